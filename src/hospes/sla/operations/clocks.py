"""The clocks of one ticket while its row is locked: they are changed in memory, told about, and saved together."""

from datetime import datetime
from typing import Any

from hospes.core.actors import SYSTEM, Actor
from hospes.core.events import emit
from hospes.sla import events, queries
from hospes.sla.models import ANSWERS, OF_TICKET, Clock, ClockChange, Following
from hospes.sla.policies import Terms
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket

State = Clock.State
OPEN = (State.RUNNING, State.PAUSED)


class Bench:
    """A ticket's clocks at work. `quiet` says nothing: used when a policy is applied to what lies in the past."""

    def __init__(self, ticket: Ticket, following: Following, *, now: datetime, quiet: bool = False) -> None:
        self.ticket, self.following, self.now, self.quiet = ticket, following, now, quiet
        self.clocks = list(Clock.objects.select_for_update().filter(ticket=ticket).order_by("id"))
        self.touched: dict[int, Clock] = {}
        self.changed = False
        self.changes: list[ClockChange] = []
        self.told: list[events.ClockEvent] = []
        self.by_name = ""
        self.by_id: int | None = None

    # Looking ----------------------------------------------------------------------------------------

    @property
    def terms(self) -> Terms | None:
        """The policy that the ticket is under, as it was when it came under it."""
        number = self.following.policy_version_id
        return queries.terms(number) if number else None

    def open(self, *kinds: str, ref: str | None = None) -> list[Clock]:
        """The clocks of these kinds that are not over."""
        return [
            c
            for c in self.clocks
            if c.state in OPEN and (not kinds or c.kind in kinds) and (ref is None or c.ref == ref)
        ]

    def latest(self, kind: str) -> Clock | None:
        """The newest clock of a kind, over or not."""
        return next((c for c in reversed(self.clocks) if c.kind == kind), None)

    # Changing ---------------------------------------------------------------------------------------

    def start(self, kind: str, at: datetime, *, message_id: int | None = None, ref: str = "") -> Clock | None:
        """Start a clock, if the terms promise something of this kind."""
        terms = self.terms
        segment = self._segment(kind, at)
        if terms is None or segment is None:
            return None
        clock = Clock(
            ticket=self.ticket,
            kind=kind,
            ref=ref,
            policy_version_id=terms.version_id,
            segments=[segment],
            started_at=at,
            started_message_id=message_id,
        )
        self.reckon(clock)
        self._write()  # the one before it is over, which the database must know first
        clock.save(force_insert=True)
        self.clocks.append(clock)
        self._touch(clock)
        self.tell(events.ClockStarted, clock)
        return clock

    def _segment(self, kind: str, at: datetime) -> dict[str, Any] | None:
        terms = self.terms
        target = terms.target(kind, self.following.priority) if terms else None
        if target is None:
            return None
        calendar = self.following.calendar_version_id if target.business else None
        return {"since": at.isoformat(), "target": target.seconds, "calendar": calendar}

    def renew(self, clock: Clock, at: datetime, *, reason: str, words: str) -> None:
        """Bring a clock under the terms that hold from now on; what it has counted stays counted."""
        segment = self._segment(clock.kind, at)
        if segment is None:
            self.end(clock, at, reason="no-target", words=words)
            return
        newest = clock.segments[-1]
        version = self.following.policy_version_id
        assert version is not None
        if (newest["target"], newest["calendar"]) == (segment["target"], segment["calendar"]):
            if clock.policy_version_id != version:
                clock.policy_version_id = version
                self.reckon(clock)  # it may warn at another time
                self._touch(clock)
            return
        before = clock.due_at
        clock.segments = [*clock.segments, segment]
        clock.policy_version_id = version
        self.reckon(clock)
        self._touch(clock)
        self._note(clock, at, reason=reason, words=words, before=before)

    def begin_earlier(self, clock: Clock, at: datetime, *, words: str) -> None:
        """The customer has waited for longer (or less long) than it counted: another ticket was merged in or out."""
        before = clock.due_at
        clock.segments[0]["since"] = at.isoformat()
        clock.segments = [s for n, s in enumerate(clock.segments) if n == 0 or s["since"] > at.isoformat()]
        clock.started_at = at
        self.reckon(clock)
        self._touch(clock)
        self._note(clock, self.now, reason="merged", words=words, before=before)

    def pause(self, clock: Clock, at: datetime, *, reason: str, tag: int | None) -> None:
        """Stop a running clock for a while."""
        at = max(at, self._last_moment(clock))
        pause = {"start": at.isoformat(), "end": None, "reason": reason, "tag": tag, "by": self.by_id}
        clock.pauses = [*clock.pauses, pause]
        clock.state = State.PAUSED
        self.reckon(clock)
        self._touch(clock)
        if reason != "solved":
            self.tell(events.ClockPaused, clock, reason=reason)

    def resume(self, clock: Clock, at: datetime, *, withdrawn: int | None) -> str:
        """Let a stopped clock run on; returns what it had stopped for. A pause that came with an answer which is
        taken back has never been."""
        newest = dict(clock.pauses[-1])
        undone = withdrawn is not None and newest.get("tag") == withdrawn
        newest["end"] = max(at, datetime.fromisoformat(newest["start"])).isoformat()
        clock.pauses = clock.pauses[:-1] if undone else [*clock.pauses[:-1], newest]
        clock.state = State.RUNNING
        self.reckon(clock)
        self._touch(clock)
        self.tell(events.ClockResumed, clock, reason=newest["reason"])
        return str(newest["reason"])

    def meet(self, clock: Clock, at: datetime, *, message_id: int | None = None, tag: int | None = None) -> None:
        """What was promised is done. One that nobody had called late yet is called late first."""
        at = max(at, clock.started_at)
        if clock.state == State.PAUSED:
            clock.pauses[-1]["end"] = max(at, datetime.fromisoformat(clock.pauses[-1]["start"])).isoformat()
            clock.state = State.RUNNING
        due = queries.time_of(clock).due().at
        late = due is not None and due < at
        if late and clock.breached_at is None:
            clock.due_at = due
            self.breach(clock)
        clock.state, clock.met_at, clock.met_message_id = State.MET, at, message_id or tag
        clock.used_seconds = int(queries.time_of(clock).used(at).total_seconds())
        clock.due_at = due
        clock.warn_at = clock.next_at = None
        clock.agent_id, clock.team_id = self.ticket.assignee_id, self.ticket.team_id
        self._touch(clock)
        self.tell(events.ClockMet, clock, late=late)

    def unmeet(self, clock: Clock, at: datetime, *, withdrawn: bool) -> None:
        """It is not done after all: an answer was taken back (nothing happened), or a ticket is opened again (the
        time while it was solved does not count)."""
        met_at, tag = clock.met_at, clock.met_message_id
        assert met_at is not None
        clock.state, clock.met_at, clock.met_message_id, clock.used_seconds = State.RUNNING, None, None, None
        if not withdrawn:
            pause = {"start": met_at.isoformat(), "end": max(at, met_at).isoformat(), "reason": "solved", "tag": tag}
            clock.pauses = [*clock.pauses, pause]
        self.reckon(clock)
        self._touch(clock)
        if withdrawn:
            self._note(clock, at, reason="withdrawn", words="", before=None)
        else:
            self.tell(events.ClockResumed, clock, reason="solved")

    def end(self, clock: Clock, at: datetime, *, reason: str, words: str = "") -> None:
        """Nothing is promised any more."""
        before = clock.due_at
        clock.used_seconds = int(queries.time_of(clock).used(max(at, clock.started_at)).total_seconds())
        clock.state, clock.ended_at, clock.ended_reason = State.ENDED, at, reason
        clock.due_at = clock.warn_at = clock.next_at = None
        self._touch(clock)
        self._note(clock, at, reason="ended", words=words or reason, before=before)

    def revive(self, clock: Clock, at: datetime) -> None:
        """It ended by a mistake that was put right: it runs on as if nothing had been."""
        clock.ended_at, clock.ended_reason, clock.used_seconds = None, "", None
        stopped = bool(clock.pauses) and clock.pauses[-1]["end"] is None
        clock.state = State.PAUSED if stopped else State.RUNNING
        self.reckon(clock)
        self._touch(clock)
        self._note(clock, at, reason="restored", words="", before=None)

    def breach(self, clock: Clock) -> None:
        """It was not met in time: kept and said once."""
        assert clock.due_at is not None
        clock.breached_at = clock.due_at
        clock.warned_at = clock.warned_at or clock.due_at
        clock.agent_id, clock.team_id = self.ticket.assignee_id, self.ticket.team_id
        self._touch(clock)
        self.tell(events.ClockBreached, clock)

    def warn(self, clock: Clock) -> None:
        """It is due soon."""
        clock.warned_at = self.now
        self._touch(clock)
        self.tell(events.ClockWarned, clock)

    # Reckoning --------------------------------------------------------------------------------------

    def reckon(self, clock: Clock) -> None:
        """Work out anew when a clock is due, and when a timer must look at it."""
        time = queries.time_of(clock)
        found = time.due()
        clock.due_at, clock.why_not = found.at, found.reason
        share = queries.terms(clock.policy_version_id).warn_percent / 100
        clock.warn_at = time.due(share=share).at if found.at is not None else None
        self.plan(clock)

    def plan(self, clock: Clock) -> None:
        """When a timer must look at it next."""
        waits = [
            at
            for at, done in ((clock.warn_at, clock.warned_at or clock.breached_at), (clock.due_at, clock.breached_at))
            if at is not None and done is None
        ]
        clock.next_at = min(waits, default=None) if clock.state in OPEN else None

    def _last_moment(self, clock: Clock) -> datetime:
        """No pause begins before the last one ended, however the machine's clock jumps."""
        ends = [datetime.fromisoformat(p["end"]) for p in clock.pauses if p["end"]]
        return max([clock.started_at, *ends])

    # Telling and saving -----------------------------------------------------------------------------

    def tell(self, kind: type[events.ClockEvent], clock: Clock, **more: Any) -> None:
        """Note an event for the end of the work."""
        if self.quiet:
            return
        self.told.append(
            kind(
                ticket_id=self.ticket.pk,
                team_id=self.ticket.team_id,
                assignee_id=self.ticket.assignee_id,
                clock_id=clock.pk,
                kind=clock.kind,
                due_at=clock.due_at,
                policy=queries.terms(clock.policy_version_id).name,
                **more,
            )
        )

    def _note(self, clock: Clock, at: datetime, *, reason: str, words: str, before: datetime | None) -> None:
        self.changes.append(
            ClockChange(
                clock=clock, at=at, reason=reason, words=words[:200], before_due_at=before, due_at=clock.due_at,
                by_name=self.by_name[:200],
            )
        )  # fmt: skip
        self.tell(events.ClockChanged, clock, reason=reason, words=words, before_due_at=before)

    def _touch(self, clock: Clock) -> None:
        self.touched[clock.pk] = clock
        self.changed = True

    def save(self, *, actor: Actor = SYSTEM) -> None:
        """Write what changed, bring the ticket's due times in step, and say what happened."""
        self._write()
        ClockChange.objects.bulk_create(self.changes)
        self.following.save()
        if self.changed:
            self._due_times()
        if self.told:
            emit(*self.told, actor=actor, now=self.now)

    def _write(self) -> None:
        """Save what changed: those that are over before those that go on, as only one of a kind may go on."""
        for clock in sorted(self.touched.values(), key=lambda c: c.state in OPEN):
            self.plan(clock)
            clock.save()
        self.touched.clear()

    def _due_times(self) -> None:
        due: dict[str, datetime | None] = dict.fromkeys(OF_TICKET)
        for clock in self.open(*OF_TICKET):
            if clock.state == State.RUNNING:
                due[clock.kind] = clock.due_at
        owed = next((c.due_at for c in self.open(*ANSWERS) if c.due_at), None) or due["resolution"]
        promise = owed if self.ticket.first_response_at is None else None
        tickets.set_due_times(
            ticket_id=self.ticket.pk,
            first_response=due["first_response"],
            next_response=due["next_response"],
            resolution=due["resolution"],
            promised_at=promise,
        )
