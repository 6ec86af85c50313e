"""An incident begins, changes, and is looked back on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.events import Event, emit
from hospes.core.text import storable
from hospes.incidents import events
from hospes.incidents.models import Burst, Component, Incident
from hospes.incidents.models.incident import Severity
from hospes.incidents.operations.base import lock_incident, one_line, texts_of
from hospes.incidents.operations.components import bring_up_to_date
from hospes.incidents.operations.linking import link_burst, signs_from_words
from hospes.staff.models import Agent

SWITCHES = ("public", "link_close_matches", "answer_newcomers")
REVIEW_TEXTS = ("cause", "went_well", "went_badly", "summary")


@transaction.atomic
def declare(
    *,
    title: str,
    actor: Actor,
    now: datetime,
    titles: Mapping[str, str] | None = None,
    severity: str = Severity.MAJOR,
    components: Sequence[int] = (),
    public: bool = False,
    owner: Agent | None = None,
    began_at: datetime | None = None,
    link_close_matches: bool = False,
    answer_newcomers: bool = True,
    burst: Burst | None = None,
) -> Incident:
    """Say that there is an incident; with `burst`, its tickets are linked. Nobody outside is told by this alone.

    Raises InvalidInput, NotAllowed, Conflict when somebody decided about the burst meanwhile.
    """
    actor.require("incident.manage")
    if severity not in Severity.values:
        raise InvalidInput(_("Choose how severe it is."), field="severity")
    if burst is not None:
        burst = _undecided(burst)
        began_at = began_at or burst.began_at
    if began_at is not None and began_at > now:
        raise InvalidInput(_("Choose a time that has passed."), field="began_at")
    incident = Incident(
        title=one_line(title, field="title"),
        titles=_titles(titles or {}),
        severity=severity,
        declared_by_id=actor.id if actor.kind == "agent" else None,
        owner_id=owner.pk if owner else (actor.id if actor.kind == "agent" else None),
        declared_at=now,
        began_at=began_at or now,
        public=public,
        link_close_matches=link_close_matches,
        answer_newcomers=answer_newcomers,
    )
    touched = _components(components)
    incident.words = {**signs_from_words(incident, touched), **(burst.words if burst else {})}
    incident.save(force_insert=True)
    incident.components.set(touched)
    declared = events.IncidentDeclared(incident_id=incident.pk, title=incident.title, severity=severity, public=public)
    emit(declared, actor=actor, now=now)
    bring_up_to_date(touched, actor=actor, now=now)
    if burst is not None:
        link_burst(incident=incident, burst=burst, actor=actor, now=now)
    return incident


def _titles(titles: Mapping[str, str]) -> dict[str, str]:
    kept = texts_of(titles, field="titles", needed=False)
    return {language: " ".join(text.split())[:200] for language, text in kept.items()}


def _components(wanted: Sequence[int]) -> list[Component]:
    found = list(Component.objects.filter(pk__in=list(wanted), archived_at=None))
    if len(found) != len(set(wanted)):
        raise InvalidInput(_("Choose among the parts of the service."), field="components")
    return found


def _undecided(burst: Burst) -> Burst:
    locked = Burst.objects.select_for_update(no_key=True).filter(pk=burst.pk).first()
    if locked is None:
        raise NotFound
    if locked.state != Burst.State.PROPOSED:
        raise Conflict(_("Somebody decided about these tickets meanwhile."))
    return locked


@transaction.atomic
def dismiss_burst(*, burst: Burst, actor: Actor, now: datetime) -> None:
    """It is no incident: the same words are not proposed again for a day, and its tickets count as usual ones."""
    actor.require("incident.manage")
    burst = _undecided(burst)
    burst.state = Burst.State.DISMISSED
    burst.decided_at = now
    burst.decided_by_id = actor.id if actor.kind == "agent" else None
    burst.save(update_fields=["state", "decided_at", "decided_by"])
    emit(events.BurstDecided(burst_id=burst.pk, state=burst.state), actor=actor, now=now)


@transaction.atomic
def change_incident(
    *, incident: Incident, actor: Actor, now: datetime, version: int | None = None, **changes: Any
) -> Incident:
    """Change any of title, titles, severity, components (ids), owner (Agent or None), began_at, public,
    link_close_matches, answer_newcomers. One event for each that really changed. Raises Conflict, InvalidInput."""
    incident = lock_incident(incident, actor, right="incident.manage")
    if version is not None and version != incident.version:
        raise Conflict(field="version", version=incident.version)
    happened: list[Event] = []
    for field, value in changes.items():
        before, after = _change_one(incident, field, value, now=now)
        if before != after:
            happened.append(
                events.IncidentChanged(
                    incident_id=incident.pk, title=incident.title, field=field, before=before[:300], after=after[:300]
                )
            )
    if not happened:
        return incident
    incident.version += 1
    incident.save()
    emit(*happened, actor=actor, now=now)
    if {"severity", "components"} & set(changes):
        bring_up_to_date(Component.objects.filter(archived_at=None), actor=actor, now=now)
    return incident


def _change_one(incident: Incident, field: str, value: Any, *, now: datetime) -> tuple[str, str]:
    """Change one field; (before, after) in words that events keep."""
    if field == "components":
        before = sorted(incident.components.values_list("name", flat=True))
        touched = _components(value)
        incident.components.set(touched)
        return ", ".join(before), ", ".join(sorted(part.name for part in touched))
    if field == "owner":
        if value is not None and not (isinstance(value, Agent) and value.is_active):
            raise InvalidInput(_("Choose somebody who works here."), field="owner")
        names = (incident.owner.name if incident.owner else "", value.name if value else "")
        incident.owner = value
        return names
    if field == "title":
        value = one_line(value, field="title")
    elif field == "titles":
        value = _titles(value)
    elif field == "severity" and value not in Severity.values:
        raise InvalidInput(_("Choose how severe it is."), field="severity")
    elif field == "began_at" and (not isinstance(value, datetime) or value.tzinfo is None or value > now):
        raise InvalidInput(_("Choose a time that has passed."), field="began_at")
    elif field in SWITCHES:
        value = bool(value)
    elif field not in {"severity", "began_at"}:
        raise InvalidInput(_("This cannot be changed here."), field=field)
    before = getattr(incident, field)
    setattr(incident, field, value)
    return str(before), str(value)


@transaction.atomic
def save_review(
    *,
    incident: Incident,
    actor: Actor,
    now: datetime,
    texts: Mapping[str, str],
    actions: Sequence[Mapping[str, Any]] = (),
    version: int | None = None,
) -> Incident:
    """Write down what was learned: cause, went_well, went_badly, summary, and actions (what, owner, due, done).

    Raises Conflict when somebody else wrote meanwhile, InvalidInput.
    """
    incident = lock_incident(incident, actor, right="incident.manage")
    if version is not None and version != incident.version:
        raise Conflict(_("Somebody else changed this meanwhile. Load the page again and add what is missing."))
    kept: dict[str, Any] = {name: storable(str(texts.get(name, "")))[:20_000].strip() for name in REVIEW_TEXTS}
    kept["actions"] = [_action(action) for action in actions if str(action.get("what", "")).strip()][:50]
    incident.review = kept
    incident.version += 1
    incident.save(update_fields=["review", "version"])
    emit(events.IncidentReviewed(incident_id=incident.pk, title=incident.title), actor=actor, now=now)
    return incident


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    due = str(action.get("due") or "")
    try:
        due = date.fromisoformat(due).isoformat() if due else ""
    except ValueError:
        raise InvalidInput(_("Write a date such as 2026-05-04."), field="due") from None
    return {
        "what": one_line(action["what"], field="what", length=500),
        "owner": one_line(action.get("owner"), field="owner", length=150, needed=False),
        "due": due,
        "done": bool(action.get("done")),
    }
