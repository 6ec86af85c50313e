"""Escalation: hand-overs between tiers with their notes, chains that run while nobody answers, who is told."""

from typing import Any

from django.db import models
from django.db.models import F, Q


class HandOver(models.Model):
    """A ticket went to another tier or to whoever is on call: what the next one must know, so that nobody asks again.

    By hand all three questions are answered; a chain leaves them empty and the card says what the ticket says.
    `reason` is "hand", "waited", "breach"; `told_message_id` is the mail by which the customer was told.
    """

    class Kind(models.TextChoices):
        UP = "up"
        DOWN = "down"
        ON_CALL = "on_call"

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="hand_overs")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    from_team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    to_team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    to_agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    from_tier = models.PositiveSmallIntegerField()
    to_tier = models.PositiveSmallIntegerField()
    wants = models.TextField(blank=True)
    tried = models.TextField(blank=True)
    promised = models.TextField(blank=True)
    promised_until = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    reason = models.CharField(max_length=8, default="hand")
    policy = models.ForeignKey("routing.EscalationPolicy", on_delete=models.SET_NULL, null=True, related_name="+")
    step = models.PositiveSmallIntegerField(null=True)
    by_agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=200, blank=True)
    tell = models.BooleanField(default=True)
    told_message_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(F("ticket"), F("id").desc(), name="hand_over_ticket"),
            models.Index(F("at"), name="hand_over_at"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: tier {self.from_tier} → {self.to_tier}"


class ResponsibilityOffer(models.Model):
    """Somebody is asked to become responsible for a ticket; until they say yes, nothing changes."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="responsibility_offers")
    from_agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    to_agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="+")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="open"), name="one_open_offer_a_ticket")
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} → {self.to_agent_id}: {self.state}"


class EscalationPolicy(models.Model):
    """What happens while a customer waits and nobody answers. The first active one whose conditions hold counts.

    `steps` are [{"after": seconds, "to": "tier", "tier": 2}, …, {"after": seconds, "to": "on_call", "rank": 1}];
    "after" counts from when the customer began to wait, then from the step before. `on_breach`: a missed service
    level takes the next step at once.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    conditions: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    steps: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    on_breach = models.BooleanField(default=True)
    tell_customer = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "escalation policies"
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(archived_at=None), name="escalation_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class EscalationRun(models.Model):
    """A chain that runs on a ticket because its customer waits. `step` counts the steps taken, `next_at` is when the
    next is due (None: none left), counted from `anchored_at`. `asked` are those on call who were asked. `cause_id`
    and `depth` are of the event that began it."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="escalation_runs")
    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="runs")
    waiting_since = models.DateTimeField()
    started_at = models.DateTimeField()
    step = models.PositiveSmallIntegerField(default=0)
    anchored_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    asked: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list, blank=True)
    breached = models.BooleanField(default=False)
    running = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, blank=True)
    cause_id = models.BigIntegerField(null=True)
    depth = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(F("next_at"), F("id"), name="escalation_timer", condition=Q(running=True)),
            models.Index(F("anchored_at"), name="escalation_anchor", condition=Q(running=True)),
            models.Index(F("ticket"), F("id").desc(), name="escalation_ticket"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(running=True), name="one_chain_a_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: step {self.step}"


class HandOverNotice(models.Model):
    """Whether customers are told who has their ticket now: for a team, for an inbox; a team's word counts first.
    Without a row they are told."""

    id = models.BigAutoField(primary_key=True)
    inbox = models.OneToOneField("tickets.Inbox", on_delete=models.CASCADE, null=True, related_name="+")
    team = models.OneToOneField("staff.Team", on_delete=models.CASCADE, null=True, related_name="+")
    tell = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(inbox=None) ^ Q(team=None), name="notice_about_one_thing")]

    def __str__(self) -> str:
        return f"{self.inbox_id or ''}{self.team_id or ''}: {self.tell}"
