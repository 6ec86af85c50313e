"""Rules, their versions, and what they did to which ticket because of what."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Stamp(models.Model):
    """One row whose number grows with every change of a rule: by it workers know that what they compiled is old."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


class Rule(models.Model):
    """When (`trigger`, for "time" with `schedule`), if (`conditions`), then (`actions`, in order).

    `schedule` is {"every": "30 min"} or {"at": "09:00", "days": [1, 5], "zone": "Europe/Riga"}. `limits` may hold
    messages_per_hour. `version` grows with each change of what it does. `sweep_after` is how far a time rule has come
    through the tickets in its present round.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    library_key = models.CharField(max_length=60, blank=True)
    active = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    trigger = models.CharField(max_length=60)
    schedule: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    conditions: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    actions: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    stop_after = models.BooleanField(default=False)
    limits: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    next_run_at = models.DateTimeField(null=True)
    sweep_after = models.BigIntegerField(null=True)
    sweep_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(F("name"), name="one_rule_a_name", condition=Q(archived_at=None)),
        ]
        indexes = [
            models.Index(F("next_run_at"), name="rule_due", condition=Q(active=True, trigger="time")),
            models.Index(F("trigger"), F("position"), name="rule_trigger", condition=Q(active=True)),
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """What a rule was from one change to the next."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    content: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["rule", "version"], name="one_row_a_version")]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.version}"


class Handling(models.Model):
    """One event as the rules saw it: each event is handled once.

    `missed` are the rules that did not fit, as [rule id, version, place of the first condition that failed]; `asked`
    how many were looked at. `stopped` tells why no rule was let run: "depth" or "budget"; `chain` are the names of the
    rules that led here.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+", db_index=False)
    trigger = models.CharField(max_length=60)
    at = models.DateTimeField()
    asked = models.PositiveIntegerField(default=0)
    missed: "models.JSONField[list[list[Any]], list[list[Any]]]" = models.JSONField(default=list)
    stopped = models.CharField(max_length=10, blank=True)
    chain: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(F("ticket"), F("id").desc(), name="handling_ticket"),
            models.Index(F("id").desc(), name="handling_stopped", condition=~Q(stopped="") & Q(looked_at=None)),
            models.Index(F("at"), name="handling_age"),
        ]

    def __str__(self) -> str:
        return f"{self.trigger} of {self.ticket_id}"


class RuleRun(models.Model):
    """A rule that fitted, and what it did. Once for each event, and for a time rule once as long as it goes on fitting.

    `done` is a list of {"do": action, "words": what was done or why not, "state": "done" | "same" | "held" |
    "failed"}. `ran_event_id` is the RuleRan event, the cause of all that followed.
    """

    class State(models.TextChoices):
        DONE = "done", pgettext_lazy("a rule", "Done")
        SAME = "same", _("Nothing to change")
        FAILED = "failed", pgettext_lazy("a rule", "Failed")

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="runs", db_index=False)
    version = models.PositiveIntegerField()
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+", db_index=False)
    event_id = models.BigIntegerField(null=True)
    ran_event_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    depth = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices)
    done: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                F("rule"), F("event_id"), name="a_rule_runs_once_an_event", condition=Q(event_id__isnull=False)
            ),
        ]
        indexes = [
            models.Index(F("ticket"), F("id").desc(), name="run_ticket"),
            models.Index(F("rule"), F("id").desc(), name="run_rule"),
            models.Index(F("ran_event_id"), name="run_event", condition=Q(ran_event_id__isnull=False)),
            models.Index(F("at"), name="run_age"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.ticket_id}"


class Hold(models.Model):
    """A ticket that a time rule fits at present: it ran when this began, and not again until it has ended."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "ticket"], name="one_hold_a_ticket")]

    def __str__(self) -> str:
        return f"{self.rule_id} holds for {self.ticket_id}"
