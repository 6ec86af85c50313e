"""The ticket itself, who takes part in it, and what agents have seen of it."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hospes.tickets.models.setup import ACTIVE_CATEGORIES, Category


class Priority(models.IntegerChoices):
    """How urgent; higher is more so."""

    LOW = 1, pgettext_lazy("priority", "Low")
    NORMAL = 2, pgettext_lazy("priority", "Normal")
    HIGH = 3, pgettext_lazy("priority", "High")
    URGENT = 4, pgettext_lazy("priority", "Urgent")


class TicketType(models.TextChoices):
    """What the customer came with."""

    QUESTION = "question", _("Question")
    PROBLEM = "problem", _("Problem")
    REQUEST = "request", _("Request")
    COMPLAINT = "complaint", _("Complaint")
    PRAISE = "praise", _("Praise")
    IDEA = "idea", _("Idea")


class Ticket(models.Model):
    """One matter of one customer. `category` copies the status's, `active` tells open work, both for the indexes.

    `waiting_since` is when the customer began to wait for us (None while we wait for them). `responsible` is who
    answers for it to the customer, also while somebody of another tier works on it. The `…_due_at` are the running
    service-level targets, None when met, paused or without one; `due_at` is the nearest of them.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=12, unique=True)
    subject = models.CharField(max_length=500, blank=True)
    status = models.ForeignKey("tickets.Status", on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=10, choices=Category.choices)
    active = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    type = models.CharField(max_length=10, choices=TicketType.choices, blank=True)
    tags = models.ManyToManyField("tickets.Tag", related_name="tickets", blank=True)
    assignee = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    responsible = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    tier = models.PositiveSmallIntegerField(default=1)
    product = models.CharField(max_length=100, blank=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20, default="email")
    language = models.CharField(max_length=8, blank=True)
    fields: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(null=True)
    first_response_due_at = models.DateTimeField(null=True)
    next_response_due_at = models.DateTimeField(null=True)
    resolution_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    spam = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="merged")
    split_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="split_off")
    last_message_id = models.BigIntegerField(null=True)
    last_words = models.CharField(max_length=240, blank=True)
    last_from_customer = models.BooleanField(default=True)
    message_count = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(F("updated_at").desc(), F("id").desc(), name="ticket_listed"),
            models.Index(F("updated_at").desc(), F("id").desc(), name="ticket_active", condition=Q(active=True)),
            models.Index(
                F("assignee"),
                F("updated_at").desc(),
                F("id").desc(),
                name="ticket_assignee",
                condition=Q(active=True),
            ),
            models.Index(
                F("team"),
                F("updated_at").desc(),
                F("id").desc(),
                name="ticket_team",
                condition=Q(active=True),
            ),
            models.Index(F("category"), F("updated_at").desc(), F("id").desc(), name="ticket_category"),
            models.Index(F("created_at").desc(), F("id").desc(), name="ticket_created"),
            models.Index(F("priority").desc(), F("id").desc(), name="ticket_priority"),
            models.Index(F("waiting_since"), F("id"), name="ticket_waiting", condition=Q(waiting_since__isnull=False)),
            models.Index(F("due_at"), F("id"), name="ticket_due", condition=Q(due_at__isnull=False)),
            models.Index(F("responsible"), F("due_at"), name="ticket_responsible", condition=Q(active=True)),
            models.Index(F("customer"), F("id").desc(), name="ticket_customer"),
            models.Index(F("snoozed_until"), name="ticket_snoozed", condition=Q(snoozed_until__isnull=False)),
            models.Index(F("updated_at").desc(), F("id").desc(), name="ticket_spam", condition=Q(spam=True)),
            models.Index(F("assignee"), F("updated_at").desc(), name="ticket_assignee_all"),
            models.Index(F("team"), F("updated_at").desc(), name="ticket_team_all"),
            models.Index(F("merged_into"), name="ticket_merged", condition=Q(merged_into__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="ticket_active_is_true_of_open_work",
                condition=Q(
                    active=True,
                    category__in=[c.value for c in ACTIVE_CATEGORIES],
                    spam=False,
                    merged_into=None,
                )
                | (
                    Q(active=False)
                    & (
                        ~Q(category__in=[c.value for c in ACTIVE_CATEGORIES])
                        | Q(spam=True)
                        | Q(merged_into__isnull=False)
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def shown_number(self) -> str:
        """The number as people read it: K7F-2M9Q."""
        return f"{self.number[:3]}-{self.number[3:]}"


class Participant(models.Model):
    """Somebody outside who takes part. Those who joined later see public messages from `since_message_id` on.

    `came_with_id` is the ticket by whose merging they came, and with which they leave again.
    """

    class Kind(models.TextChoices):
        REQUESTER = "requester"
        CC = "cc"

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="participants")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=340)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    since_message_id = models.BigIntegerField(default=0)
    came_with_id = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "key"], name="takes_part_once")]
        indexes = [
            models.Index(fields=["key"], name="participant_key"),
            models.Index(fields=["customer"], name="participant_customer"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.address


class TicketLink(models.Model):
    """Two tickets that belong together, with the reason: related, follow-up, duplicate, split."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links")
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="linked_from")
    kind = models.CharField(max_length=12, default="related")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "other"], name="linked_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} → {self.other_id}"


class TicketRead(models.Model):
    """Up to which message an agent has seen a ticket."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="+")
    message_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "ticket"], name="read_once")]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.ticket_id} ≤ {self.message_id}"


class Notification(models.Model):
    """Something an agent wants to know: kind is assigned, mentioned, called, replied, failed or that of a topic."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    by_name = models.CharField(max_length=200, blank=True)
    words = models.CharField(max_length=240, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(F("agent"), F("id").desc(), name="notification_listed"),
            models.Index(F("agent"), name="notification_unread", condition=Q(read_at=None)),
        ]
        constraints = [models.UniqueConstraint(fields=["agent", "event_id", "kind"], name="told_once")]

    def __str__(self) -> str:
        return f"{self.kind} → {self.agent_id}"
