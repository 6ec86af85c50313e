"""Argon2 at its cheapest, for tests: hundreds of them make half a dozen agents each."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """The same scheme as the product's with parameters that nobody may use for real."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
