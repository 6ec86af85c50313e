"""Incidents, the parts of the service that they touch, and the tickets behind them."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Texts = dict[str, str]


class ComponentState(models.TextChoices):
    """How a part of the service is."""

    OPERATIONAL = "operational", _("Works")
    DEGRADED = "degraded", _("Slow or unreliable")
    PARTIAL = "partial", _("Partly out of order")
    MAJOR = "major", _("Out of order")
    MAINTENANCE = "maintenance", _("Maintenance")


class Component(models.Model):
    """A part of the service as customers know it (payments, app, deliveries).

    `names` are translations of the name by language; `keywords` are words that customers use for it, by language:
    tickets in different languages about one part are recognised by them.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    names: "models.JSONField[Texts, Texts]" = models.JSONField(default=dict, blank=True)
    keywords: "models.JSONField[dict[str, list[str]], dict[str, list[str]]]" = models.JSONField(
        default=dict, blank=True
    )
    position = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, choices=ComponentState.choices, default=ComponentState.OPERATIONAL)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def called(self, language: str) -> str:
        """The name in a language."""
        return self.names.get(language) or self.name


class IncidentState(models.TextChoices):
    """How far we are with it."""

    INVESTIGATING = "investigating", pgettext_lazy("incident", "Investigating")
    IDENTIFIED = "identified", pgettext_lazy("incident", "Cause found")
    MONITORING = "monitoring", pgettext_lazy("incident", "Fixed, being watched")
    RESOLVED = "resolved", pgettext_lazy("incident", "Resolved")


class Severity(models.TextChoices):
    """How much it hurts customers."""

    MINOR = "minor", pgettext_lazy("severity", "Minor")
    MAJOR = "major", pgettext_lazy("severity", "Major")
    CRITICAL = "critical", pgettext_lazy("severity", "Critical")


class Incident(models.Model):
    """An outage or crisis that many customers have in common. Its number is its id.

    `titles` are what it is called, by language. `words` are the signs by which further tickets are recognised, with
    their weight in bits. `began_at` is when customers first felt it. `review` holds what was learned.
    """

    id = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=200)
    titles: "models.JSONField[Texts, Texts]" = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=14, choices=IncidentState.choices, default=IncidentState.INVESTIGATING)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.MAJOR)
    components = models.ManyToManyField(Component, related_name="incidents", blank=True)
    declared_by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    owner = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    declared_at = models.DateTimeField()
    began_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    public = models.BooleanField(default=False)
    link_close_matches = models.BooleanField(default=False)
    answer_newcomers = models.BooleanField(default=True)
    words: "models.JSONField[dict[str, float], dict[str, float]]" = models.JSONField(default=dict, blank=True)
    review: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(F("id").desc(), name="incident_active", condition=~Q(state="resolved")),
            models.Index(F("declared_at").desc(), name="incident_shown", condition=Q(public=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="incident_resolved_has_its_time",
                condition=Q(state="resolved", resolved_at__isnull=False)
                | (~Q(state="resolved") & Q(resolved_at__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """The number as people say it."""
        return f"INC-{self.pk}"

    @property
    def active(self) -> bool:
        """Whether it is going on."""
        return self.state != IncidentState.RESOLVED

    def called(self, language: str) -> str:
        """The title in a language, else as it was declared."""
        return self.titles.get(language) or self.titles.get("en") or self.title


class IncidentTicket(models.Model):
    """A ticket that belongs to an incident, and how it came to. `keep_open`: the customer also asked something else,
    so the ticket is not solved with the incident."""

    class Way(models.TextChoices):
        HAND = "hand", _("by hand")
        SUGGESTION = "suggestion", _("by suggestion")
        AUTOMATIC = "automatic", _("automatically")
        BURST = "burst", _("with the burst")

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="places")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="incident_places")
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.HAND)
    by_name = models.CharField(max_length=200, blank=True)
    why: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True)
    keep_open = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "ticket"], name="once_in_an_incident")]
        indexes = [
            models.Index(F("incident"), F("id").desc(), name="incident_places", condition=Q(unlinked_at=None)),
            models.Index(F("ticket"), name="incident_of_ticket", condition=Q(unlinked_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} ← {self.ticket_id}"


class Suggestion(models.Model):
    """A ticket that looks like an incident: `why` are the words that they share, `score` is in bits."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="suggestions")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    why: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "ticket"], name="suggested_once")]
        indexes = [
            models.Index(F("incident"), F("id").desc(), name="suggestion_open", condition=Q(state="open")),
            models.Index(F("ticket"), name="suggestion_of_ticket", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} ? {self.ticket_id}"
