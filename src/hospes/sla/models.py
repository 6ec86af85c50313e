"""Tables of service levels: calendars and policies with their versions, and the clocks that run by them."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What a clock measures."""

    FIRST_RESPONSE = "first_response", _("First answer")
    NEXT_RESPONSE = "next_response", _("Next answer")
    RESOLUTION = "resolution", pgettext_lazy("service level", "Solution")
    QUEUE_WAIT = "queue_wait", _("Wait in a queue")
    CALLBACK = "callback", _("Call back")
    WORK_ORDER = "work_order", _("Work order")


ANSWERS = (Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE)
OF_TICKET = (*ANSWERS, Kind.RESOLUTION)


class Calendar(models.Model):
    """When somebody is there. `windows` has up to seven lists, Monday to Sunday, of ["09:00", "18:00"] pairs (an end
    before its beginning is on the next day, "24:00" is midnight); `days` are single dates with their own windows.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64)
    windows: "models.JSONField[list[list[list[str]]], list[list[list[str]]]]" = models.JSONField(default=list)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=10, blank=True)
    days: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=1)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """A calendar as it was: never changed, so that a clock counts by what it was started with."""

    id = models.BigAutoField(primary_key=True)
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "version"], name="calendar_version_once")]

    def __str__(self) -> str:
        return f"{self.calendar_id} v{self.version}"


class Policy(models.Model):
    """A promise: the first policy (by position) whose conditions fit a ticket holds for it.

    `targets` is {kind: {priority: {"seconds": 3600, "mode": "business" | "elapsed"}}}; what is not named has no
    target. Clocks of the solution stand still while we wait for the customer (`pause_waiting`) or for a third party
    (`pause_on_hold`); those of answers only with `pause_answers`. `warn_percent` of the time used gives a warning.
    """

    id = models.BigAutoField(primary_key=True)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=100)
    conditions: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, null=True, related_name="policies")
    targets: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    pause_waiting = models.BooleanField(default=True)
    pause_on_hold = models.BooleanField(default=False)
    pause_answers = models.BooleanField(default=False)
    warn_percent = models.PositiveSmallIntegerField(default=80)
    version = models.PositiveIntegerField(default=1)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "policies"
        constraints = [
            models.CheckConstraint(condition=Q(warn_percent__gte=10, warn_percent__lte=99), name="warn_before_due")
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """A policy as it was; each change of a policy, its place or its putting away makes one, so that the newest id
    tells whether the list of policies is still the one that a process remembers."""

    id = models.BigAutoField(primary_key=True)
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    created_at = models.DateTimeField()
    by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "version"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.policy_id} v{self.version}"


class Following(models.Model):
    """How far a ticket's events have been followed, and the terms that the ticket is under.

    `set_aside` is "spam" or "merged" while no clock runs for it; `category` the state as of the last event followed.
    """

    ticket = models.OneToOneField("tickets.Ticket", on_delete=models.CASCADE, primary_key=True, related_name="+")
    event_id = models.BigIntegerField(default=0)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, related_name="+")
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, null=True, related_name="+")
    priority = models.PositiveSmallIntegerField(default=2)
    category = models.CharField(max_length=10, blank=True)
    set_aside = models.CharField(max_length=10, blank=True)

    def __str__(self) -> str:
        return f"{self.ticket_id} up to {self.event_id}"


class Clock(models.Model):
    """One promise on one ticket. `segments` are the terms in order ([{"since", "target", "calendar"}], target in
    seconds, calendar the id of a version or null for elapsed time), `pauses` when it stood still and why
    ([{"start", "end", "reason", "tag"}], the tag naming the message that came with it, should it be taken back).

    `next_at` is when a timer has to look at it: to warn, or to say that it was not met. `used_seconds` is kept when
    it stops. `agent` and `team` are who had the ticket when it was met or breached.
    """

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("clock", "Running")
        PAUSED = "paused", pgettext_lazy("clock", "Stopped for now")
        MET = "met", pgettext_lazy("clock", "Done")
        ENDED = "ended", pgettext_lazy("clock", "No longer due")

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    ref = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    segments: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    pauses: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    started_at = models.DateTimeField()
    started_message_id = models.BigIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    why_not = models.CharField(max_length=12, blank=True)
    warn_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    met_message_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=16, blank=True)
    used_seconds = models.PositiveIntegerField(null=True)
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(F("next_at"), F("id"), name="clock_next", condition=Q(next_at__isnull=False)),
            models.Index(F("ticket"), F("id"), name="clock_ticket"),
            models.Index(F("met_at"), name="clock_met", condition=Q(met_at__isnull=False)),
            models.Index(F("breached_at"), name="clock_breached", condition=Q(breached_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "ref"],
                condition=Q(state__in=["running", "paused"]),
                name="one_open_clock_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.ticket_id}"


class ClockChange(models.Model):
    """Why a clock is due at another time than before."""

    id = models.BigAutoField(primary_key=True)
    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    reason = models.CharField(max_length=16)
    words = models.CharField(max_length=200, blank=True)
    before_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.clock_id}: {self.reason}"


class Application(models.Model):
    """An edit that is being applied to open tickets, in the background: how far it has come."""

    id = models.BigAutoField(primary_key=True)
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, null=True, related_name="+")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, null=True, related_name="+")
    label = models.CharField(max_length=100)
    last_ticket_id = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    looked_at = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(F("id"), name="application_open", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.label}: {self.looked_at}/{self.total}"
