"""Work orders: what another department or an outsider has to do for a ticket, by when, and what they answered."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy


class WorkOrderTemplate(models.Model):
    """A kind of work order: who does it (a team, or an outsider by mail), what they must know, how long it may take.

    `fields` are [{"key", "label", "required"}], filled in when an order is opened. `business` counts `due_seconds`
    in the service hours that service levels define, otherwise in plain time.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    address = models.CharField(max_length=320, blank=True)
    contact_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, blank=True)
    text = models.TextField(blank=True)
    fields: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list, blank=True)
    due_seconds = models.PositiveIntegerField(default=8 * 3600)
    business = models.BooleanField(default=False)
    uses = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class WorkOrder(models.Model):
    """One order. It carries all that its doer may know: they need not be able to see the ticket.

    `next_at` is when its timer looks at it again, `warned` how far the warnings have gone (work_orders.py): both
    None and 0 again when it is answered. `token_hash` finds it by an outsider's link; `token_sealed` is the same
    link encrypted, so that a mail can be sent again, and is forgotten when the order is closed.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("work order", "Open")
        ACCEPTED = "accepted", pgettext_lazy("work order", "Accepted")
        ANSWERED = "answered", pgettext_lazy("work order", "Answered")
        DECLINED = "declined", pgettext_lazy("work order", "Declined")
        DONE = "done", pgettext_lazy("work order", "Done")
        CANCELLED = "cancelled", pgettext_lazy("work order", "Called off")

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=12, unique=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="work_orders")
    template = models.ForeignKey(WorkOrderTemplate, on_delete=models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=200)
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    owner = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    address = models.CharField(max_length=320, blank=True)
    contact_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, blank=True)
    text = models.TextField(blank=True)
    fields: "models.JSONField[list[dict[str, str]], list[dict[str, str]]]" = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    side = models.ForeignKey("tickets.SideConversation", on_delete=models.SET_NULL, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, blank=True)
    token_sealed = models.TextField(blank=True)
    token_expires_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    warned = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["ticket", "id"], name="work_order_ticket"),
            models.Index(F("next_at"), name="work_order_timer", condition=Q(next_at__isnull=False)),
            models.Index(
                F("team"), F("due_at"), F("id"), name="work_order_team", condition=Q(state__in=["open", "accepted"])
            ),
            models.Index(F("due_at"), F("id"), name="work_order_due", condition=Q(state__in=["open", "accepted"])),
            models.Index(F("owner"), F("id").desc(), name="work_order_owner"),
            models.Index(F("side"), name="work_order_side", condition=Q(side__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(F("token_hash"), name="one_link_a_work_order", condition=~Q(token_hash="")),
            models.CheckConstraint(
                name="work_order_has_a_doer_or_had_one",
                condition=Q(address="") | Q(team=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def shown_number(self) -> str:
        """The number as people read it: W-K7F-2M9Q."""
        return f"W-{self.number[:3]}-{self.number[3:]}"

    @property
    def running(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in {self.State.OPEN, self.State.ACCEPTED}

    @property
    def outside(self) -> bool:
        """Whether somebody outside of the company does it."""
        return bool(self.address)
