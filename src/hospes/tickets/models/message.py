"""What is said on a ticket: messages, attachments, drafts, side conversations, and the search index."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TsVector(models.Field):  # type: ignore[type-arg]
    """A PostgreSQL tsvector given as its text form ('word':1 'other':2), which we build in Python."""

    def db_type(self, connection: Any) -> str:
        return "tsvector"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Bound as text, cast by the server."""
        return "%s::tsvector"


class SideConversation(models.Model):
    """A talk with an outsider (a supplier, a courier) inside a ticket, unseen by the customer."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="side_conversations")
    subject = models.CharField(max_length=500)
    address = models.CharField(max_length=320)
    key = models.CharField(max_length=340)
    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.subject


class Message(models.Model):
    """One message. `kind` tells who may see it; `delivery` tells how far an outgoing one has come.

    `text` is the new words alone; what was quoted or signed is kept beside it. `source_id` is the channel's raw
    message. `external_id` is the channel's own id (e-mail: Message-ID without brackets).

    `inbox` is where it came in or goes out by (None: the ticket's own), `thread_key` the talk within that inbox.
    `delivered_at` and `read_at` are what the channel told of ours; of theirs, `read_at` is when one of us first had it
    before them, on channels that can tell the customer so. `edited_at` and `withdrawn_at` when the customer changed
    or took back their words in the channel. `extra` holds what only the channel understands: template, buttons,
    reactions, public.
    """

    class Kind(models.TextChoices):
        INCOMING = "incoming", _("From the customer")
        REPLY = "reply", _("Reply")
        NOTE = "note", _("Internal note")
        SIDE_OUT = "side_out", _("To an outsider")
        SIDE_IN = "side_in", _("From an outsider")

    class Delivery(models.TextChoices):
        NONE = "none"
        HELD = "held", _("Sending in a moment")
        QUEUED = "queued", _("Waiting to be sent")
        SENT = "sent", pgettext_lazy("message", "Sent")
        FAILED = "failed", _("Could not be sent")
        BOUNCED = "bounced", _("Came back")

    PUBLIC_KINDS = (Kind.INCOMING, Kind.REPLY)

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    side = models.ForeignKey(SideConversation, on_delete=models.CASCADE, null=True, related_name="messages")
    channel = models.CharField(max_length=20, default="email")
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.PROTECT, null=True, related_name="+")
    thread_key = models.CharField(max_length=200, blank=True, default="")
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=200, blank=True)
    author_address = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    signature = models.TextField(blank=True)
    to: "models.JSONField[list[dict[str, str]], list[dict[str, str]]]" = models.JSONField(default=list)
    cc: "models.JSONField[list[dict[str, str]], list[dict[str, str]]]" = models.JSONField(default=list)
    external_id = models.CharField(max_length=998, blank=True)
    in_reply_to = models.CharField(max_length=998, blank=True)
    references: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    auto_kind = models.CharField(max_length=20, blank=True)
    automatic = models.BooleanField(default=False)
    flags: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    source_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    delivery = models.CharField(max_length=8, choices=Delivery.choices, default=Delivery.NONE)
    delivery_words = models.CharField(max_length=1000, blank=True)
    send_after = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    extra: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    undo: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    moved_from = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["ticket", "id"], name="message_ticket"),
            models.Index(F("external_id"), name="message_external", condition=~Q(external_id="")),
            models.Index(
                F("inbox"), F("thread_key"), F("id").desc(), name="message_thread", condition=~Q(thread_key="")
            ),
            models.Index(
                F("delivery"),
                F("id"),
                name="message_undelivered",
                condition=Q(delivery__in=["failed", "bounced"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                F("source_id"), name="one_message_a_raw_original", condition=Q(source_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def public(self) -> bool:
        """Whether the customer may see it."""
        return self.kind in self.PUBLIC_KINDS


class Attachment(models.Model):
    """A file on a message, or uploaded and not yet sent (`message` is None, then `owner` alone may see it)."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="attachments")
    token = models.CharField(max_length=43, unique=True)
    owner = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField()
    file_key = models.CharField(max_length=120)
    inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(F("created_at"), name="attachment_unsent", condition=Q(message=None))]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What an agent is writing, kept on the server. `version` guards against two windows of one agent."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="drafts")
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    html = models.TextField(blank=True)
    to: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    cc: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    attachments: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent", "kind"], name="one_draft_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind} draft of {self.agent_id}"


class MessageSearch(models.Model):
    """A message's folded words, apart from the message so that search reads little."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="search")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+", db_index=False)
    doc = TsVector()

    class Meta:
        db_table = "tickets_message_search"

    def __str__(self) -> str:
        return f"search of {self.message_id}"
