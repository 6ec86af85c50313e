"""What the watch over the stream remembers: each ticket's signs, how often words usually come, proposed bursts."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from hospes.incidents.models.incident import Incident


class Burst(models.Model):
    """Tickets that came in far more often than usual and look alike: proposed to people, who decide.

    `words` are the signs with their weight in bits; `seen` of them came in `window` seconds where `expected` were
    usual, which chance does with probability `p_value`.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("burst of tickets", "Proposed")
        DECLARED = "declared", pgettext_lazy("burst of tickets", "Declared")
        DISMISSED = "dismissed", pgettext_lazy("burst of tickets", "Dismissed")

    id = models.BigAutoField(primary_key=True)
    words: "models.JSONField[dict[str, float], dict[str, float]]" = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    began_at = models.DateTimeField()
    proposed_at = models.DateTimeField()
    last_at = models.DateTimeField()
    term = models.CharField(max_length=80)
    window = models.PositiveIntegerField()
    seen = models.PositiveIntegerField()
    expected = models.FloatField()
    p_value = models.FloatField()
    incident = models.ForeignKey(Incident, on_delete=models.SET_NULL, null=True, related_name="bursts")
    decided_by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(F("id").desc(), name="burst_proposed", condition=Q(state="proposed")),
            models.Index(F("last_at").desc(), name="burst_lately"),
        ]

    def __str__(self) -> str:
        return f"burst {self.pk}: {self.term}"


class TicketSign(models.Model):
    """The signs of one ticket: its folded words and what stands for them in every language. Kept for a week."""

    ticket = models.OneToOneField("tickets.Ticket", on_delete=models.CASCADE, primary_key=True, related_name="+")
    who_id = models.BigIntegerField()
    at = models.DateTimeField()
    terms = ArrayField(models.CharField(max_length=80))
    burst = models.ForeignKey(Burst, on_delete=models.SET_NULL, null=True, related_name="signs")
    learned = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(F("at"), name="sign_at"),
            models.Index(F("at"), name="sign_to_learn", condition=Q(learned=False)),
            models.Index(F("burst"), F("at").desc(), name="sign_burst", condition=Q(burst__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"signs of {self.ticket_id}"


class TermRate(models.Model):
    """How often a word usually comes: counts that fade with time, in all and by the part of the week."""

    term = models.CharField(max_length=80, primary_key=True)
    total = models.FloatField(default=0)
    parts: "models.JSONField[dict[str, float], dict[str, float]]" = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(F("total"), F("at"), name="term_weak")]

    def __str__(self) -> str:
        return self.term


class StreamState(models.Model):
    """The one row about the stream as a whole: how many tickets come in which hour of the week."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    volume: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    def __str__(self) -> str:
        return "the stream"
