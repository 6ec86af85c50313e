"""Clocks follow what happens to a ticket: each event once, in the order in which it happened, whoever brings the news.

Subscribers only say that something happened. What it was is read here from the ticket's own events, under the ticket's
lock, from where the last reading ended. So news that comes twice, late, or in another order changes nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction

from hospes.core.models import EventRow
from hospes.sla import queries
from hospes.sla.models import ANSWERS, OF_TICKET, Clock, Following, Kind
from hospes.sla.operations.clocks import Bench, State
from hospes.sla.policies import needs_match
from hospes.tickets.models import Priority
from hospes.tickets.operations.base import locking
from hospes.tickets.queries import followed

SETTLED: Final = frozenset({"solved", "closed"})
HEARD: Final = (
    "TicketCreated", "MessageReceived", "ReplyQueued", "ReplyWithdrawn", "TicketChanged", "TicketMerged",
    "TicketUnmerged",
)  # fmt: skip


def follow(*, ticket_id: int, now: datetime, event_id: int | None = None) -> None:
    """Take a ticket's clocks up to its newest event; nothing to do when `event_id` was followed already."""
    if not queries.book_number():
        return  # nobody has promised anything yet
    if event_id is not None and Following.objects.filter(ticket_id=ticket_id, event_id__gte=event_id).exists():
        return
    with transaction.atomic():
        bench = lock(ticket_id=ticket_id, now=now)
        if bench is not None:
            catch_up(bench)
            bench.save()


def lock(*, ticket_id: int, now: datetime, quiet: bool = False, waiting: bool = True) -> Bench | None:
    """A ticket's clocks under its lock, or None for one that is gone (or, not `waiting`, that somebody else holds)."""
    rows = locking() if waiting else locking().select_for_update(no_key=True, skip_locked=True)
    ticket = rows.filter(pk=ticket_id).first()
    if ticket is None:
        return None
    following, _made = Following.objects.get_or_create(ticket=ticket, defaults={"priority": ticket.priority})
    return Bench(ticket, following, now=now, quiet=quiet)


def catch_up(bench: Bench) -> None:
    """Follow what happened since the last time."""
    Follower(bench).run()


class Follower:
    """One reading of a ticket's events."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.ticket, self.state = bench, bench.ticket, bench.following
        self.matched = False
        self.withdrawn: int | None = None
        self.sent: tuple[int, datetime] | None = None  # the answer that was just sent, and when
        self.does: dict[str, Callable[[EventRow], None]] = {
            "TicketCreated": self.created,
            "MessageReceived": self.received,
            "ReplyQueued": self.answered,
            "ReplyWithdrawn": self.taken_back,
            "TicketChanged": self.changed,
            "TicketMerged": self.merged,
            "TicketUnmerged": self.unmerged,
        }

    def run(self) -> None:
        """Follow all that is new, in order."""
        rows = followed.events_since(self.ticket.pk, self.state.event_id, HEARD)
        if not rows:
            return
        self.said = followed.said({r.data["message_id"] for r in rows if "message_id" in r.data})
        self.categories = followed.category_of_status(
            {int(r.data["after"]) for r in rows if r.data.get("field") == "status" and r.data["after"].isdigit()}
        )
        if self.state.event_id == 0:
            self.state.priority = self._first_priority(rows)
            self.match(rows[0].at, reason="policy", words="")
            self.state.set_aside = "spam" if self._first_spam(rows) else ""
        for row in rows:
            self.bench.by_name = row.actor_name
            self.bench.by_id = row.actor_id if row.actor_kind == "agent" else None
            self.does[row.name](row)
            self.state.event_id = row.pk
        self.still_owed()

    def _first_priority(self, rows: list[EventRow]) -> int:
        """The priority that the ticket was opened with, although we hear of it only now."""
        changed = next((r.data["before"] for r in rows if r.data.get("field") == "priority"), "")
        return int(changed) if changed.isdigit() else self.ticket.priority

    def _first_spam(self, rows: list[EventRow]) -> bool:
        """Whether the ticket was spam when it was opened."""
        changed = next((r.data["before"] for r in rows if r.data.get("field") == "spam"), None)
        return self.ticket.spam if changed is None else changed.lower() in {"true", "1"}

    # What happened ----------------------------------------------------------------------------------

    def created(self, row: EventRow) -> None:
        """From now on there is something to be solved."""
        self.state.category = "new"
        if not self.state.set_aside:
            self.bench.start(Kind.RESOLUTION, row.at)

    def received(self, row: EventRow) -> None:
        """A customer's words want an answer; a machine's do not, nor an outsider's."""
        message = self.said.get(row.data["message_id"])
        if row.data.get("automatic") or message is None or message.kind != "incoming":
            return
        self.owe(row.at, message_id=message.id)

    def owe(self, at: datetime, *, message_id: int | None) -> None:
        """Start the clock of the answer that is now owed, unless one is owed already."""
        if self.state.set_aside or self.bench.open(*ANSWERS):
            return
        first = self.ticket.first_response_at
        earlier = self.bench.latest(Kind.FIRST_RESPONSE)
        answered = (first is not None and first < at) or (earlier is not None and earlier.state == State.MET)
        self.bench.start(Kind.NEXT_RESPONSE if answered else Kind.FIRST_RESPONSE, at, message_id=message_id)

    def answered(self, row: EventRow) -> None:
        """A person's public reply keeps the promise of an answer; automatic ones and mail to outsiders do not."""
        message = self.said.get(row.data["message_id"])
        self.sent = (row.data["message_id"], row.at)
        if row.data.get("automatic") or row.actor_kind != "agent":
            return
        if message is None or message.kind != "reply" or message.automatic:
            return
        for clock in self.bench.open(*ANSWERS):
            if message.id > (clock.started_message_id or 0):
                self.bench.meet(clock, message.created_at, message_id=message.id)

    def taken_back(self, row: EventRow) -> None:
        """A reply was withdrawn before it left: it has never been."""
        self.withdrawn = row.data["message_id"]
        met = [c for c in self.bench.clocks if c.met_message_id == self.withdrawn and c.kind in ANSWERS]
        for clock in met:
            for other in self.bench.open(*ANSWERS):
                self.bench.end(other, row.at, reason="withdrawn")
            self.bench.unmeet(clock, row.at, withdrawn=True)

    def changed(self, row: EventRow) -> None:
        """A field changed: the state stops and starts clocks, others may bring the ticket under other terms."""
        field, after = row.data.get("field", ""), row.data.get("after", "")
        tag = self.sent[0] if self.sent and self.sent[1] == row.at else None
        if field == "status" and after.isdigit() and int(after) in self.categories:
            self.moved(self.categories[int(after)], row.at, tag=tag)
        if field == "spam":
            self.state.set_aside = "" if after.lower() not in {"true", "1"} else "spam"
            self.aside(row.at)
        policies = queries.book()
        if field == "priority" or needs_match(policies, field):
            if field == "priority" and after.isdigit() and int(after) in Priority.values:
                self.state.priority = int(after)
                self.match(row.at, reason="priority", words=after)
            else:
                self.match(row.at, reason="policy", words="")

    def moved(self, category: str, at: datetime, *, tag: int | None = None) -> None:
        """Another state: solved stops everything, opened again lets it go on, waiting and on hold as the terms say."""
        before, self.state.category = self.state.category, category
        terms = self.bench.terms
        solution = self.bench.latest(Kind.RESOLUTION)
        if solution is not None and category in SETTLED and solution.state in {State.RUNNING, State.PAUSED}:
            self.bench.meet(solution, at, tag=tag)
        elif solution is not None and category not in SETTLED and before in SETTLED and solution.state == State.MET:
            undone = self.withdrawn is not None and solution.met_message_id == self.withdrawn
            self.bench.unmeet(solution, at, withdrawn=undone)
            self.bench.renew(solution, at, reason="policy", words="")
        for clock in self.bench.open(*OF_TICKET):
            self.stand(clock, terms.pause_for(clock.kind, category) if terms else "", at, tag=tag)

    def stand(self, clock: Clock, wanted: str, at: datetime, *, tag: int | None) -> None:
        """Let a clock run or stand still for a reason."""
        standing = clock.pauses[-1]["reason"] if clock.state == State.PAUSED else ""
        if standing == wanted:
            return
        if standing:
            self.bench.resume(clock, at, withdrawn=self.withdrawn)
            if standing == "solved":
                self.bench.renew(clock, at, reason="policy", words="")
        if wanted and clock.state == State.RUNNING:
            self.bench.pause(clock, at, reason=wanted, tag=tag)

    def merged(self, row: EventRow) -> None:
        """This ticket went into another, or another came into this one with a customer who waits for longer."""
        if row.data["into_id"] != self.ticket.pk:
            self.state.set_aside = "merged"
            self.aside(row.at)
            return
        self.wait_from_here("merged")

    def unmerged(self, row: EventRow) -> None:
        """This ticket is its own again, or another left this one."""
        if self.state.set_aside == "merged" and self.ticket.merged_into_id is None:
            self.state.set_aside = "spam" if self.ticket.spam else ""
            self.aside(row.at)
        elif self.ticket.waiting_since is None:
            for clock in self.bench.open(*ANSWERS):
                if clock.state == State.RUNNING and self.state.category not in {"waiting"}:
                    self.bench.end(clock, row.at, reason="unmerged")
        else:
            self.wait_from_here("unmerged")

    def wait_from_here(self, words: str) -> None:
        """The answer that is owed is owed since the customer began to wait, wherever they wrote."""
        since = self.ticket.waiting_since
        for clock in self.bench.open(*ANSWERS):
            if since is not None and clock.started_at != since:
                self.bench.begin_earlier(clock, since, words=words)

    # What follows from it ---------------------------------------------------------------------------

    def aside(self, at: datetime) -> None:
        """No clock runs for spam, nor for a ticket that was merged away; said not to be so, they run as before."""
        reason = self.state.set_aside
        if reason:
            for clock in self.bench.open():
                self.bench.end(clock, at, reason=reason)
            return
        busy = {(c.kind, c.ref) for c in self.bench.open()}
        for clock in reversed(self.bench.clocks):
            ended = clock.state == State.ENDED and clock.ended_reason in {"spam", "merged"}
            if ended and (clock.kind, clock.ref) not in busy:
                self.bench.revive(clock, at)
                busy.add((clock.kind, clock.ref))
        _start_missing(self.bench)
        terms = self.bench.terms
        for clock in self.bench.open(*OF_TICKET):
            self.stand(clock, terms.pause_for(clock.kind, self.state.category) if terms else "", at, tag=None)

    def still_owed(self) -> None:
        """A customer who waits has a clock, however it came about that they wait (a split, a merge, the portal)."""
        ticket = self.ticket
        if ticket.waiting_since is None or not ticket.active or self.state.set_aside:
            return
        if not self.bench.open(*ANSWERS):
            self.owe(ticket.waiting_since, message_id=None)

    def match(self, at: datetime, *, reason: str, words: str) -> None:
        """Which policy holds now; clocks go on under its terms with the time that they have used."""
        rematch(self.bench, at, reason=reason, words=words)


def rematch(bench: Bench, at: datetime, *, reason: str, words: str, newest: bool = False) -> bool:
    """Find the terms of a ticket. A policy that was edited since goes on to hold as it was, unless the `newest` is
    asked for. Returns whether anything changed."""
    state, ticket = bench.following, bench.ticket
    found = queries.fitting(ticket, queries.book())
    held = bench.terms
    same = found is not None and held is not None and found.policy_id == held.policy_id
    if newest or not same:
        state.policy_version_id = found.version_id if found else None
        state.calendar_version_id = queries.current_version(found.calendar_id) if found else None
    if newest:
        state.priority = ticket.priority
    if found is not None and not same and held is not None and not words:
        words = found.name
    before = {c.pk: (c.due_at, c.state) for c in bench.clocks}
    for clock in bench.open():
        bench.renew(clock, at, reason=reason, words=words)
    _start_missing(bench)
    return {c.pk: (c.due_at, c.state) for c in bench.clocks} != before


def _start_missing(bench: Bench) -> None:
    """A policy that promises a solution where none was promised counts from the opening."""
    state, ticket = bench.following, bench.ticket
    if not state.category or state.category in SETTLED or state.set_aside or bench.open(Kind.RESOLUTION):
        return
    if any(c.kind == Kind.RESOLUTION and c.state == State.MET for c in bench.clocks):
        return
    started = bench.start(Kind.RESOLUTION, ticket.created_at)
    reason = bench.terms.pause_for(Kind.RESOLUTION, state.category) if started and bench.terms else ""
    if started is not None and reason:
        bench.pause(started, bench.now, reason=reason, tag=None)
