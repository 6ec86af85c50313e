"""Who is here: by open desks and activity, by hand, by absence; and the sweep that looks at what time alone changes.

`state` of a Presence row is always what `policies.presence_of` says; whatever changes one of its reasons ends in
`settle`, which locks the rows, works the state out anew and tells of changes.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.staff import events, queries
from hospes.staff.models import Absence, Agent, DeskLease, LastSweep, Presence, PresenceState
from hospes.staff.operations.base import require_planning, tidy
from hospes.staff.policies import (
    GRACE,
    LEASE,
    chosen_now,
    clock_jumped,
    mark_after_jump,
    presence_of,
    worth_noting,
)

LONGEST_CHOICE = timedelta(days=31)
CHANNEL_NAME = 20
SWEEP_APART = timedelta(seconds=2)


@transaction.atomic
def set_presence(
    *, agent: Agent, state: str, actor: Actor, now: datetime, until: datetime | None = None, note: str = ""
) -> Presence:
    """Say by hand whether somebody is here: their own by anybody, their team's by leads. "online" gives the choice
    back to activity. Raises InvalidInput, NotAllowed."""
    require_planning(actor, agent, own="presence.own")
    if state not in PresenceState.values:
        raise InvalidInput(_("Choose online, busy, away or offline."), field="state")
    if until is not None and not now < until <= now + LONGEST_CHOICE:
        raise InvalidInput(_("Choose a time that lies ahead, within a month."), field="until")
    _exist([agent.pk], now=now)
    row = Presence.objects.select_for_update(no_key=True).get(pk=agent.pk)
    online = state == PresenceState.ONLINE
    row.chosen = "" if online else state
    row.chosen_until = None if online else until
    row.note = "" if online else tidy(note, 120)
    if actor.kind == "agent" and actor.id == agent.pk:
        row.seen_at = now
    row.save(update_fields=["chosen", "chosen_until", "note", "seen_at"])
    settle([agent.pk], actor=actor, now=now, why="chosen")
    return Presence.objects.get(pk=agent.pk)


@transaction.atomic
def set_channel_presence(*, agent: Agent, channel: str, on: bool, actor: Actor, now: datetime) -> Presence:
    """Take no more of one channel for now, or take it again."""
    require_planning(actor, agent, own="presence.own")
    channel = tidy(channel, CHANNEL_NAME).lower()
    if not channel.isidentifier():
        raise InvalidInput(_("Choose one of the channels."), field="channel")
    _exist([agent.pk], now=now)
    row = Presence.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if row.channels.get(channel, True) == on:
        return row
    row.channels = {name: False for name, yes in row.channels.items() if not yes and name != channel}
    if not on:
        row.channels[channel] = False
    row.save(update_fields=["channels"])
    emit(events.ChannelPresenceChanged(agent_id=agent.pk, channel=channel, on=on), actor=actor, now=now)
    return row


@transaction.atomic
def note_activity(*, agent_id: int, now: datetime) -> None:
    """Somebody acts at an open desk. Written at most about once a minute, however often it is said."""
    row = Presence.objects.filter(pk=agent_id).first()
    if row is None:
        _exist([agent_id], now=now)
    elif not worth_noting(row.seen_at, now):
        return
    Presence.objects.filter(pk=agent_id).update(seen_at=now)
    if row is None or row.state in {PresenceState.AWAY, PresenceState.OFFLINE}:
        settle([agent_id], actor=SYSTEM, now=now)


@transaction.atomic
def note_connected(
    *, agent_ids: Collection[int], process: str, now: datetime, active: bool = False, lease: timedelta = LEASE
) -> None:
    """Desks are open in a web process: said when the first one opens and again well within the lease. `active` means
    that somebody has just loaded a page."""
    ids = sorted(set(agent_ids))
    if not ids:
        return
    DeskLease.objects.bulk_create(
        (DeskLease(agent_id=pk, process=process[:40], until=now + lease) for pk in ids),
        update_conflicts=True,
        unique_fields=["agent", "process"],
        update_fields=["until"],
    )
    _exist(ids, now=now)
    if active:
        Presence.objects.filter(pk__in=ids).update(seen_at=now)
    changed = Presence.objects.filter(pk__in=ids).filter(
        Q(connected=False) | Q(state="away") if active else Q(connected=False)
    )
    if waiting := list(changed.values_list("pk", flat=True)):
        settle(waiting, actor=SYSTEM, now=now)


@transaction.atomic
def note_disconnected(*, agent_id: int, process: str, now: datetime) -> None:
    """An agent's last desk in a process closed. They stay here for a few seconds more, as a page that is loaded anew
    closes one desk and opens another; the sweep does the rest."""
    DeskLease.objects.filter(agent_id=agent_id, process=process[:40], until__gt=now + GRACE).update(until=now + GRACE)


def _exist(agent_ids: Collection[int], *, now: datetime) -> None:
    Presence.objects.bulk_create((Presence(agent_id=pk, changed_at=now) for pk in agent_ids), ignore_conflicts=True)


def settle(agent_ids: Collection[int], *, actor: Actor, now: datetime, why: str = "") -> int:
    """Work out anew whether these are here, and tell of each change; returns how many changed. Within atomic()."""
    rows = list(Presence.objects.select_for_update(no_key=True).filter(pk__in=agent_ids).order_by("pk"))
    leased = queries.with_open_desk(agent_ids, now=now)
    absent = queries.absent_ids(agent_ids, now=now)
    told, written = [], []
    for row in rows:
        before = (row.state, row.connected, row.chosen)
        ran_out = bool(row.chosen) and not chosen_now(row.chosen, row.chosen_until, now)
        row.state = _state(row, connected=row.pk in leased, absent=row.pk in absent, now=now)
        reason = why or _reason(row, before, leased, absent, ran_out=ran_out)
        row.connected = row.pk in leased
        if ran_out:
            row.chosen, row.chosen_until, row.note = "", None, ""
        if before[0] != row.state:
            row.changed_at = now
            until = row.chosen_until.isoformat() if row.chosen_until else ""
            told.append(
                events.PresenceChanged(agent_id=row.pk, before=before[0], after=row.state, why=reason, until=until)
            )
        if before != (row.state, row.connected, row.chosen):
            written.append(row)
    if written:
        fields = ["state", "connected", "chosen", "chosen_until", "note", "changed_at"]
        Presence.objects.bulk_update(written, fields, batch_size=500)
    if told:
        emit(*told, actor=actor, now=now)
    return len(told)


def _state(row: Presence, *, connected: bool, absent: bool, now: datetime) -> str:
    return presence_of(
        chosen=row.chosen,
        chosen_until=row.chosen_until,
        connected=connected,
        seen_at=row.seen_at,
        absent=absent,
        now=now,
    )


def _reason(row: Presence, before: tuple[str, bool, str], leased: set[int], absent: set[int], *, ran_out: bool) -> str:
    """Why a state changed, when nobody chose it."""
    if before[1] != (row.pk in leased):
        return "desk-opened" if row.pk in leased else "desk-closed"
    if ran_out:
        return "ran-out"
    if row.pk in absent:
        return "absence"
    return "idle" if row.state == PresenceState.AWAY else "activity"


@transaction.atomic
def sweep_presence(*, now: datetime) -> int:
    """Look at what time alone changes: silence, closed desks, choices that ran out, absences that begin or end.
    Returns how many things changed. Any number of workers may run it; one at a time does."""
    last = LastSweep.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if last is None:
        LastSweep.objects.bulk_create([LastSweep(pk=1, at=now)], ignore_conflicts=True)
        return 0
    if timedelta(0) <= now - last.at < SWEEP_APART:
        return 0
    if clock_jumped(last.at, now):
        _after_jump(last.at, now)
    DeskLease.objects.filter(until__lte=now).delete()
    changed = announce_absences(now=now)
    rows = list(Presence.objects.filter(Q(connected=True) | ~Q(state="offline") | ~Q(chosen="")))
    ids = [row.pk for row in rows]
    leased, absent = queries.with_open_desk(ids, now=now), queries.absent_ids(ids, now=now)
    stale = [
        row.pk
        for row in rows
        if row.connected != (row.pk in leased)
        or row.state != _state(row, connected=row.pk in leased, absent=row.pk in absent, now=now)
        or (row.chosen and not chosen_now(row.chosen, row.chosen_until, now))
    ]
    if stale:
        changed += settle(stale, actor=SYSTEM, now=now)
    last.at = now
    last.save(update_fields=["at"])
    return changed


def _after_jump(last_sweep: datetime, now: datetime) -> None:
    """The clock jumped, or nobody swept for long: whoever was here still is, and gets a lease to say so again. Those
    who do not are gone a minute later; nobody is thrown out, and nobody stays for ever."""
    DeskLease.objects.filter(agent__presence__connected=True).update(until=now + LEASE)
    DeskLease.objects.exclude(agent__presence__connected=True).update(until=now)
    rows = list(Presence.objects.filter(~Q(state="offline"), seen_at__isnull=False).select_for_update(no_key=True))
    for row in rows:
        if row.seen_at is not None:
            row.seen_at = mark_after_jump(row.seen_at, last_sweep, now)
    Presence.objects.bulk_update(rows, ["seen_at"], batch_size=500)


def announce_absences(*, now: datetime) -> int:
    """Tell of absences that have begun or ended since the last look. Within atomic()."""
    due = list(
        Absence.objects.filter(~Q(announced="ended"), starts_at__lte=now)
        .filter(Q(announced="") | Q(ends_at__lte=now))
        .select_for_update(no_key=True, skip_locked=True)[:500]
    )
    told: list[events.StateEvent] = []
    for absence in due:
        if absence.announced == "started":
            told.append(events.AbsenceEnded(agent_id=absence.agent_id, absence_id=absence.pk))
            absence.announced = "ended"
        elif absence.ends_at <= now:
            absence.announced = "ended"  # over before anybody could tell: there is nothing left to do about it
        else:
            told.append(
                events.AbsenceStarted(
                    agent_id=absence.agent_id, absence_id=absence.pk, substitute_id=absence.substitute_id
                )
            )
            absence.announced = "started"
    if due:
        Absence.objects.bulk_update(due, ["announced"])
    if told:
        emit(*told, actor=SYSTEM, now=now)
    return len(told)
