"""Tables of the customers room."""

from typing import Any

from django.db import models
from django.db.models import Q


class Company(models.Model):
    """A company that customers belong to."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A person who is served. Merged ones stay as pointers, so that a merge can be undone.

    `merged_into` always points to somebody who was not merged; when that one was merged later, `merged_via` tells
    through whom. `preferred_by` tells how the preferred channel is known: customer, agent or learned.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200, blank=True)
    company = models.ForeignKey(Company, on_delete=models.SET_NULL, null=True, related_name="people")
    language = models.CharField(max_length=8, blank=True)
    time_zone = models.CharField(max_length=50, blank=True)
    vip = models.BooleanField(default=False)
    preferred_channel = models.CharField(max_length=20, blank=True, default="")
    preferred_by = models.CharField(max_length=10, blank=True, default="")
    notes = models.TextField(blank=True)
    fields: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="merged")
    merged_via = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    search = models.CharField(max_length=600, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="customer_listed", condition=Q(merged_into=None)),
            models.Index(fields=["company"], name="customer_company"),
        ]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"


class ContactPoint(models.Model):
    """One way to reach a customer. `key` is the normal form by which they are recognised."""

    class Kind(models.TextChoices):
        EMAIL = "email"
        PHONE = "phone"
        HANDLE = "handle"

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=320)
    key = models.CharField(max_length=340)
    verified_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    bounce_reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_owner_a_contact_point")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.value


class IdentityClaim(models.Model):
    """An address that somebody says is theirs, without proof: a suggestion for an agent to decide on."""

    class State(models.TextChoices):
        OPEN = "open"
        JOINED = "joined"
        DISMISSED = "dismissed"

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="claims")
    kind = models.CharField(max_length=10, choices=ContactPoint.Kind.choices)
    value = models.CharField(max_length=320)
    key = models.CharField(max_length=340)
    source = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "key"], name="claimed_once")]
        indexes = [models.Index(fields=["customer"], name="claim_open", condition=Q(state="open"))]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.value}?"


class BlockedSender(models.Model):
    """An address (anna@example.com) or a whole domain (@example.com) whose mail goes to spam."""

    id = models.BigAutoField(primary_key=True)
    pattern = models.CharField(max_length=320, unique=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pattern"]

    def __str__(self) -> str:
        return self.pattern


class PortalCode(models.Model):
    """A mailed sign-in: a code to type and a link to press, for one use within minutes. Only hashes are kept."""

    id = models.BigAutoField(primary_key=True)
    email = models.CharField(max_length=320)
    code_hash = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["email", "-id"], name="portal_code_email")]

    def __str__(self) -> str:
        return self.email
