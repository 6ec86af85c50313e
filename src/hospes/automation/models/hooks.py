"""Webhooks out, with every try of every delivery; addresses at which others call in."""

from typing import Any

from django.db import models
from django.db.models import F, Q


class Webhook(models.Model):
    """Somebody else's address that hears of events. `sealed` holds {"secrets": [newest, …]} (core.secrets);
    `failing_since` is when the first delivery failed after which none succeeded."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000)
    events: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    sealed = models.TextField()
    active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_why = models.CharField(max_length=300, blank=True)
    notice_due = models.BooleanField(default=False)
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One message to one webhook, tried again under the same `key` until it is taken or dead."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        DEAD = "dead"

    id = models.BigAutoField(primary_key=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    key = models.CharField(max_length=60, unique=True)
    source = models.CharField(max_length=80)
    kind = models.CharField(max_length=60)
    payload: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    taken_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [models.UniqueConstraint(fields=["webhook", "source"], name="one_delivery_a_source")]
        indexes = [
            models.Index(F("next_try_at"), F("id"), name="hook_waiting", condition=Q(state="waiting")),
            models.Index(F("webhook"), F("id").desc(), name="hook_listed"),
            models.Index(F("id").desc(), name="hook_dead", condition=Q(state="dead")),
            models.Index(F("created_at"), name="hook_age"),
        ]

    def __str__(self) -> str:
        return self.key


class WebhookTry(models.Model):
    """What one try was answered: the status (0 without an answer) and the first words."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    words = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.status} for {self.delivery_id}"


class InboundHook(models.Model):
    """An address at which another system says that something happened to a ticket. Calls are signed with the sealed
    secret; those that are not are counted and nothing else."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    key = models.CharField(max_length=43, unique=True)
    sealed = models.TextField()
    active = models.BooleanField(default=True)
    calls = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    last_called_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class InboundCall(models.Model):
    """A call that was taken, kept so that the same one sent again does nothing."""

    id = models.BigAutoField(primary_key=True)
    hook = models.ForeignKey(InboundHook, on_delete=models.CASCADE, related_name="taken")
    webhook_id = models.CharField(max_length=200)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    words = models.TextField(blank=True)
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hook", "webhook_id"], name="a_call_counts_once")]
        indexes = [models.Index(F("at"), name="call_age")]

    def __str__(self) -> str:
        return self.webhook_id
