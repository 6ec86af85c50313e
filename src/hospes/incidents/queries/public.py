"""What the status page shows: nothing here is secret, and nothing of customers or agents is in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet

from hospes.core.errors import NotFound
from hospes.incidents.models import Component, Incident, IncidentUpdate
from hospes.incidents.policies import chosen_language, worst

HISTORY = 50


@dataclass(frozen=True, slots=True)
class Said:
    """One public word."""

    id: int
    state: str
    text: str
    language: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident in one language. `language` of a word may be another one, when there is no translation."""

    id: int
    title: str
    state: str
    severity: str
    components: tuple[str, ...]
    began_at: datetime
    resolved_at: datetime | None
    updates: tuple[Said, ...]

    @property
    def updated_at(self) -> datetime:
        """When something was said or changed last."""
        return max(
            [self.began_at, *(said.at for said in self.updates), *([self.resolved_at] if self.resolved_at else [])]
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the service and how it is."""

    id: int
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Status:
    """All at a glance."""

    state: str
    parts: tuple[Part, ...]
    current: tuple[Shown, ...]


def _public() -> QuerySet[Incident]:
    said = IncidentUpdate.objects.filter(public=True).order_by("-id")
    return Incident.objects.filter(public=True).prefetch_related(
        "components", Prefetch("updates", queryset=said, to_attr="said")
    )


def _shown(incident: Incident, language: str) -> Shown:
    words = []
    for update in incident.said:  # type: ignore[attr-defined]
        chosen = chosen_language(update.texts, language)
        words.append(Said(update.pk, update.state, update.texts.get(chosen, ""), chosen, update.at))
    return Shown(
        id=incident.pk,
        title=incident.called(language),
        state=incident.state,
        severity=incident.severity,
        components=tuple(part.called(language) for part in incident.components.all()),
        began_at=incident.began_at,
        resolved_at=incident.resolved_at,
        updates=tuple(words),
    )


def status_now(language: str) -> Status:
    """The parts and what goes on: four queries."""
    parts = tuple(Part(c.pk, c.called(language), c.state) for c in Component.objects.filter(archived_at=None))
    current = tuple(_shown(i, language) for i in _public().exclude(state="resolved").order_by("-id")[:HISTORY])
    return Status(worst(part.state for part in parts), parts, current)


def public_incidents(language: str, *, since: datetime | None = None, before: int | None = None) -> list[Shown]:
    """Newest first; with `since` those declared after it, with `before` those below this id."""
    found = _public()
    if since is not None:
        found = found.filter(declared_at__gte=since)
    if before is not None:
        found = found.filter(pk__lt=before)
    return [_shown(incident, language) for incident in found.order_by("-id")[:HISTORY]]


def public_incident(incident_id: int, language: str) -> Shown:
    """One of the status page. Raises NotFound for all others."""
    found = _public().filter(pk=incident_id).first()
    if found is None:
        raise NotFound
    return _shown(found, language)


def lately(now: datetime) -> datetime:
    """Since when the page shows what is over."""
    return now - timedelta(days=14)
