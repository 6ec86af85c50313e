"""Raw originals, deliveries under way, credentials, mailbox positions."""

from typing import Any

from django.db import models
from django.db.models import F, Q


class RawMessage(models.Model):
    """What a channel handed us, byte for byte, stored before it was acknowledged; unique by inbox and external id."""

    class State(models.TextChoices):
        NEW = "new"
        DONE = "done"
        ATTENTION = "attention"

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20, default="email")
    external_id = models.CharField(max_length=200)
    envelope: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    file_key = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error = models.TextField(blank=True)
    message_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "external_id"], name="stored_once")]
        indexes = [
            models.Index(F("next_try_at"), F("id"), name="raw_due", condition=Q(state="new")),
            models.Index(F("id"), name="raw_attention", condition=Q(state="attention")),
            models.Index(F("message_id"), name="raw_message", condition=Q(message_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.external_id}"


class Delivery(models.Model):
    """An outgoing message on its way: one row a message, gone over again until sent or given up."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given_up"
        WITHDRAWN = "withdrawn"

    id = models.BigAutoField(primary_key=True)
    message = models.OneToOneField("tickets.Message", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    first_try_at = models.DateTimeField(null=True)
    taken_until = models.DateTimeField(null=True)
    done_recipients: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    words = models.CharField(max_length=1000, blank=True)
    receipt = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [models.Index(F("next_try_at"), F("id"), name="delivery_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"delivery of {self.message_id}"


class Credential(models.Model):
    """How an inbox reaches its provider, sealed (see core.secrets). Keys depend on the channel.

    E-mail: smtp (URL), imap_host, imap_port, imap_user, imap_password, imap_token, imap_folder, webhook_secret,
    anymail_backend, anymail_settings. Others: the names of their adapter's `fields`. `seen_at` is when the provider
    last called us with a good signature.
    """

    inbox = models.OneToOneField("tickets.Inbox", on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed = models.TextField(blank=True)
    working = models.BooleanField(null=True)
    words = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"credential of inbox {self.pk}"


class MailboxPosition(models.Model):
    """How far an IMAP folder has been read: state is (mailbox, UIDVALIDITY, UID), never the unread flag."""

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    folder = models.CharField(max_length=200, default="INBOX")
    uidvalidity = models.BigIntegerField()
    last_uid = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inbox", "folder", "uidvalidity"], name="one_position_a_mailbox")
        ]

    def __str__(self) -> str:
        return f"{self.folder}: {self.last_uid}"
