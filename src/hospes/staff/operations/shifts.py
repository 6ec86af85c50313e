"""Shifts and the on-call roster: who is to be here when."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.staff import events
from hospes.staff.models import Agent, OnCall, Shift, Team
from hospes.staff.operations.base import (
    check_spans,
    check_weeks,
    check_working,
    require_planning,
    require_roster,
    tidy,
    zone_of,
)
from hospes.staff.policies import Span, weekly

LONGEST_SHIFT = timedelta(hours=24)
LONGEST_DUTY = timedelta(days=31)


@transaction.atomic
def add_shift(
    *,
    agent: Agent,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    now: datetime,
    team: Team | None = None,
    note: str = "",
    weeks: int = 1,
) -> list[Shift]:
    """Plan a shift, and the same hours in the following weeks. Raises InvalidInput, Conflict, NotAllowed."""
    require_planning(actor, agent)
    check_working(agent)
    check_spans([(starts_at, ends_at)], longest=LONGEST_SHIFT, now=now)
    spans = weekly(starts_at, ends_at, check_weeks(weeks), zone_of(agent, team))
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    _refuse_overlap(agent.pk, spans)
    made = Shift.objects.bulk_create(
        Shift(agent=agent, team=team, starts_at=start, ends_at=end, note=tidy(note, 200)) for start, end in spans
    )
    _shifts_changed(made, "added", actor=actor, now=now)
    return made


@transaction.atomic
def change_shift(*, shift: Shift, actor: Actor, now: datetime, **changes: Any) -> Shift:
    """Change starts_at, ends_at, team or note."""
    if unknown := set(changes) - {"starts_at", "ends_at", "team", "note"}:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    require_planning(actor, shift.agent)
    Agent.objects.select_for_update(no_key=True).get(pk=shift.agent_id)
    shift = Shift.objects.select_for_update(no_key=True).get(pk=shift.pk)
    for name, value in changes.items():
        setattr(shift, name, tidy(value, 200) if name == "note" else value)
    check_spans([(shift.starts_at, shift.ends_at)], longest=LONGEST_SHIFT, now=now)
    _refuse_overlap(shift.agent_id, [(shift.starts_at, shift.ends_at)], but=shift.pk)
    shift.save()
    _shifts_changed([shift], "changed", actor=actor, now=now)
    return shift


@transaction.atomic
def remove_shift(*, shift: Shift, actor: Actor, now: datetime) -> None:
    """Take a shift out of the plan."""
    require_planning(actor, shift.agent)
    if Shift.objects.filter(pk=shift.pk).delete()[0]:
        _shifts_changed([shift], "removed", actor=actor, now=now)


def _refuse_overlap(agent_id: int, spans: list[Span], but: int = 0) -> None:
    meets = Q(pk__in=[])
    for start, end in spans:
        meets |= Q(starts_at__lt=end, ends_at__gt=start)
    found = Shift.objects.filter(meets, agent_id=agent_id).exclude(pk=but).order_by("starts_at").first()
    if found is not None:
        raise Conflict(
            _("There is a shift at this time already, on %(day)s.") % {"day": found.starts_at.date().isoformat()},
            field="starts_at",
        )


def _shifts_changed(shifts: list[Shift], what: str, *, actor: Actor, now: datetime) -> None:
    emit(
        events.ShiftsChanged(
            agent_id=shifts[0].agent_id,
            team_id=shifts[0].team_id,
            what=what,
            count=len(shifts),
            starts_at=shifts[0].starts_at,
            ends_at=shifts[-1].ends_at,
        ),
        actor=actor,
        now=now,
    )


@transaction.atomic
def add_on_call(
    *,
    agent: Agent,
    team: Team | None,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    now: datetime,
    rank: int = 1,
    note: str = "",
    weeks: int = 1,
) -> list[OnCall]:
    """Put somebody on call for a team, or for management (no team), and again in the following weeks."""
    require_roster(actor, team)
    check_working(agent)
    _check_rank(rank)
    check_spans([(starts_at, ends_at)], longest=LONGEST_DUTY, now=now)
    spans = weekly(starts_at, ends_at, check_weeks(weeks), zone_of(agent, team))
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    _refuse_same_duty(agent.pk, team, spans)
    made = OnCall.objects.bulk_create(
        OnCall(agent=agent, team=team, starts_at=start, ends_at=end, rank=rank, note=tidy(note, 200))
        for start, end in spans
    )
    _on_call_changed(made, "added", actor=actor, now=now)
    return made


@transaction.atomic
def change_on_call(*, duty: OnCall, actor: Actor, now: datetime, **changes: Any) -> OnCall:
    """Change agent, starts_at, ends_at, rank or note."""
    if unknown := set(changes) - {"agent", "starts_at", "ends_at", "rank", "note"}:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    require_roster(actor, duty.team)
    duty = OnCall.objects.select_for_update(no_key=True).get(pk=duty.pk)
    for name, value in changes.items():
        setattr(duty, name, tidy(value, 200) if name == "note" else value)
    check_working(duty.agent)
    _check_rank(duty.rank)
    check_spans([(duty.starts_at, duty.ends_at)], longest=LONGEST_DUTY, now=now)
    _refuse_same_duty(duty.agent_id, duty.team, [(duty.starts_at, duty.ends_at)], but=duty.pk)
    duty.save()
    _on_call_changed([duty], "changed", actor=actor, now=now)
    return duty


@transaction.atomic
def remove_on_call(*, duty: OnCall, actor: Actor, now: datetime) -> None:
    """Take somebody off the roster."""
    require_roster(actor, duty.team)
    if OnCall.objects.filter(pk=duty.pk).delete()[0]:
        _on_call_changed([duty], "removed", actor=actor, now=now)


def _check_rank(rank: int) -> None:
    if not 1 <= rank <= 9:
        raise InvalidInput(_("Choose a place from 1 to 9."), field="rank")


def _refuse_same_duty(agent_id: int, team: Team | None, spans: list[Span], but: int = 0) -> None:
    meets = Q(pk__in=[])
    for start, end in spans:
        meets |= Q(starts_at__lt=end, ends_at__gt=start)
    if OnCall.objects.filter(meets, agent_id=agent_id, team=team).exclude(pk=but).exists():
        raise Conflict(_("They are on call at this time already."), field="starts_at")


def _on_call_changed(duties: list[OnCall], what: str, *, actor: Actor, now: datetime) -> None:
    emit(
        events.OnCallChanged(
            agent_id=duties[0].agent_id,
            on_call_team_id=duties[0].team_id,
            what=what,
            count=len(duties),
            starts_at=duties[0].starts_at,
            ends_at=duties[-1].ends_at,
        ),
        actor=actor,
        now=now,
    )
