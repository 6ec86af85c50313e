"""How django-allauth is bent to Hospes: nobody signs up by themselves; agents are invited."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Agents come by invitation, the first admin by the set-up page."""
        return False
