"""Out of office: with a substitute who does the work meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.staff import events
from hospes.staff.models import Absence, Agent
from hospes.staff.operations.base import check_spans, check_working, require_planning, tidy
from hospes.staff.operations.presence import announce_absences, settle

LONGEST = timedelta(days=400)


@transaction.atomic
def add_absence(
    *,
    agent: Agent,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    now: datetime,
    substitute: Agent | None = None,
    note: str = "",
) -> Absence:
    """Somebody will be out of office: said by themselves or their lead. Raises InvalidInput, Conflict, NotAllowed."""
    require_planning(actor, agent, own="presence.own")
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    absence = Absence(agent=agent, starts_at=starts_at, ends_at=ends_at, substitute=substitute, note=tidy(note, 200))
    _check(absence, now=now)
    absence.save()
    _told(absence, "added", actor=actor, now=now)
    return absence


@transaction.atomic
def change_absence(*, absence: Absence, actor: Actor, now: datetime, **changes: Any) -> Absence:
    """Change starts_at, ends_at, substitute or note."""
    if unknown := set(changes) - {"starts_at", "ends_at", "substitute", "note"}:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    require_planning(actor, absence.agent, own="presence.own")
    Agent.objects.select_for_update(no_key=True).get(pk=absence.agent_id)
    absence = Absence.objects.select_for_update(no_key=True).get(pk=absence.pk)
    if "note" in changes:
        changes["note"] = tidy(changes["note"], 200)
    for name, value in changes.items():
        setattr(absence, name, value)
    _check(absence, now=now)
    if absence.announced and absence.starts_at > now:
        _ended(absence, actor=actor, now=now)  # moved ahead: it begins anew when its time comes
        absence.announced = ""
    if absence.announced == "ended" and absence.ends_at > now:
        absence.announced = ""
    absence.save()
    _told(absence, "changed", actor=actor, now=now)
    return absence


@transaction.atomic
def remove_absence(*, absence: Absence, actor: Actor, now: datetime) -> None:
    """Somebody is not away after all, or is back early."""
    require_planning(actor, absence.agent, own="presence.own")
    found = Absence.objects.select_for_update(no_key=True).filter(pk=absence.pk).first()
    if found is None:
        return
    _ended(found, actor=actor, now=now)
    _told(found, "removed", actor=actor, now=now)
    found.delete()
    settle([found.agent_id], actor=actor, now=now)


def _ended(absence: Absence, *, actor: Actor, now: datetime) -> None:
    if absence.announced == "started":
        emit(events.AbsenceEnded(agent_id=absence.agent_id, absence_id=absence.pk), actor=actor, now=now)


def _check(absence: Absence, *, now: datetime) -> None:
    check_spans([(absence.starts_at, absence.ends_at)], longest=LONGEST, now=now)
    if absence.ends_at <= now:
        raise InvalidInput(_("Choose a time that lies ahead."), field="ends_at")
    check_working(absence.substitute, "substitute")
    if absence.substitute_id == absence.agent_id:
        raise InvalidInput(_("Choose somebody else as the substitute."), field="substitute")
    others = Absence.objects.filter(agent_id=absence.agent_id).exclude(pk=absence.pk)
    if others.filter(starts_at__lt=absence.ends_at, ends_at__gt=absence.starts_at).exists():
        raise Conflict(_("There is an absence at this time already. Change that one."), field="starts_at")


def _told(absence: Absence, what: str, *, actor: Actor, now: datetime) -> None:
    emit(
        events.AbsenceChanged(
            agent_id=absence.agent_id,
            absence_id=absence.pk,
            what=what,
            starts_at=absence.starts_at,
            ends_at=absence.ends_at,
            substitute_id=absence.substitute_id,
        ),
        actor=actor,
        now=now,
    )
    if what != "removed":
        announce_absences(now=now)
        settle([absence.agent_id], actor=actor, now=now)
