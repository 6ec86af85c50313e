"""What is on its way to whom: tickets in queues, what agents carry, each assignment with its reason."""

from typing import Any

from django.db import models
from django.db.models import F, Q


class State(models.TextChoices):
    """Where a ticket stands on its way to an owner."""

    WAITING = "waiting"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    LEFT = "left"


class RoutingEntry(models.Model):
    """One ticket on its way. Written by the routing worker alone, under the ticket's lock.

    `agent` has it or is offered it, and `units` of their capacity are taken by it. `rank_at` is when it came, less
    what its priority is worth: the smallest goes first, so that whoever waits long enough is before all newcomers.
    `needs` is the language an agent must speak ("" for any). `step` counts the overflow steps taken; `overflowed`
    tells that one of them brought it into this queue. Those who `declined` are asked again from `ask_again_at` on.
    `why` is the reason why it waits, as policies.Reason keeps it. `next_at` is when it has to be looked at again.
    `resting`: its customer has ended the talk, so it takes nobody's capacity until they write again.
    """

    ticket = models.OneToOneField("tickets.Ticket", on_delete=models.CASCADE, primary_key=True, related_name="routing")
    queue = models.ForeignKey("routing.Queue", on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.LEFT)
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    units = models.PositiveSmallIntegerField(default=0)
    by_hand = models.BooleanField(default=False)
    team_by_hand = models.BooleanField(default=False)
    channel = models.CharField(max_length=20, blank=True)
    needs = models.CharField(max_length=8, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    entered_at = models.DateTimeField(null=True)
    rank_at = models.DateTimeField(null=True)
    overflowed = models.BooleanField(default=False)
    offer_ends_at = models.DateTimeField(null=True)
    ask_again_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    declined: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list, blank=True)
    previous = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    why: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    next_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    resting = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "routing entries"
        indexes = [
            models.Index(F("next_at"), name="routing_next", condition=Q(next_at__isnull=False)),
            models.Index(F("looked_at"), name="routing_looked", condition=Q(next_at__isnull=False)),
            models.Index(
                F("queue"), F("needs"), F("rank_at"), F("ticket"), name="routing_line", condition=Q(state="waiting")
            ),
            models.Index(F("agent"), F("ticket"), name="routing_agent", condition=Q(state__in=["offered", "assigned"])),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.state}"


class AgentLoad(models.Model):
    """What an agent carries now, counted: units of capacity, and how many tickets by channel."""

    agent = models.OneToOneField("staff.Agent", on_delete=models.CASCADE, primary_key=True, related_name="load")
    units = models.PositiveIntegerField(default=0)
    channels: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.units}"


class QueueTurn(models.Model):
    """When an agent was last given something of a queue, as a running number: the smallest is next in turn."""

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey("routing.Queue", on_delete=models.CASCADE, related_name="turns")
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="+")
    turn = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "agent"], name="one_turn_a_queue")]
        indexes = [models.Index(F("queue"), F("turn").desc(), name="turn_last")]

    def __str__(self) -> str:
        return f"{self.queue_id}/{self.agent_id}: {self.turn}"


class AssignmentRecord(models.Model):
    """Who got a ticket, when and why. `how` is "routed", "accepted" (an offer) or "hand"; `reason` is structured and
    said in the reader's language. `back_why` tells why it was taken back, "" while it was not."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="assignments")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="+")
    queue = models.ForeignKey("routing.Queue", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    waited_seconds = models.PositiveIntegerField(default=0)
    how = models.CharField(max_length=10)
    reason: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    back_at = models.DateTimeField(null=True)
    back_why = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(F("ticket"), F("id").desc(), name="assignment_ticket"),
            models.Index(F("customer"), F("id").desc(), name="assignment_customer"),
            models.Index(F("at"), name="assignment_at"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} → {self.agent_id}"


class Nudge(models.Model):
    """A wish that the routing worker looks at a ticket or an agent, from `at` on. Only ever inserted by others, so
    that nobody waits for a lock; taken and deleted by the worker. `cause_id` and `depth` are of the event because of
    which it was made."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, null=True, related_name="+")
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, null=True, related_name="+")
    team_by_hand = models.BooleanField(default=False)
    at = models.DateTimeField()
    made_at = models.DateTimeField()
    cause_id = models.BigIntegerField(null=True)
    depth = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(F("at"), F("id"), name="nudge_due"),
            models.Index(F("ticket"), name="nudge_ticket"),
            models.Index(F("made_at"), name="nudge_made"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ticket=None) ^ Q(agent=None), name="nudge_about_one_thing"),
        ]

    def __str__(self) -> str:
        return f"ticket {self.ticket_id}" if self.ticket_id else f"agent {self.agent_id}"
