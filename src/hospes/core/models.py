"""Tables of the core room: events, their deliveries, idempotency keys, rate counters."""

import dataclasses
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Func

from hospes.core.events import Event, known_events


class CurrentTransaction(Func):
    """The number of the writing transaction (pg_current_xact_id), by which readers know what they cannot have seen."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()
    arity = 0


class EventRow(models.Model):
    """One thing that happened. Rows are never changed. `cause_id` is the event because of which it happened."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    via = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    live = models.BooleanField(default=True)
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    cause_id = models.BigIntegerField(null=True)
    depth = models.PositiveSmallIntegerField(default=0)
    xact = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        db_table = "core_event"
        indexes = [
            models.Index(fields=["subject", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["xact", "id"], name="event_xact"),
            models.Index(fields=["name", "id"], name="event_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"

    def as_event(self) -> Event | None:
        """The typed event, or None when a newer or older version knew this name and we do not."""
        cls = known_events().get(self.name)
        if cls is None:
            return None
        known = {f.name for f in dataclasses.fields(cls)} - {"team_id"}
        return cls(team_id=self.team_id, **{k: v for k, v in self.data.items() if k in known})


class EventDelivery(models.Model):
    """An event that a subscriber still has to hear. Done ones are deleted; given-up ones stay until someone decides."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(EventRow, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.CharField(max_length=120)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    given_up_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "core_event_delivery"
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="one_delivery_a_subscriber"),
        ]
        indexes = [
            models.Index(F("next_try_at"), F("id"), name="delivery_due", condition=Q(given_up_at=None)),
            models.Index(F("given_up_at"), name="delivery_given_up", condition=~Q(given_up_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} ← {self.event_id}"


class IdempotencyKey(models.Model):
    """The answer once given to a write, given again when it is repeated (IETF draft idempotency-key-header)."""

    id = models.BigAutoField(primary_key=True)
    owner = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="one_answer_a_key")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.owner}:{self.key}"


class RateCounter(models.Model):
    """How often something was done in a window of time."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=160)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="one_count_a_window")]
        indexes = [models.Index(fields=["window"], name="rate_window")]

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
