"""Hand-overs, work orders and swarms as the desk's screens print them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.desk.shapes.times import span
from hospes.desk.topics.escalation.texts import plain
from hospes.routing.models import EscalationRun, HandOver
from hospes.routing.queries.escalation import Watched
from hospes.routing.tiers import is_there_already, steps_of
from hospes.tickets.models import WorkOrder
from hospes.tickets.policies import agent_may_see

LOOKS = {
    "open": ("info", "circle"),
    "accepted": ("accent", "circle-dot"),
    "answered": ("good", "circle-check"),
    "declined": ("warn", "circle-x"),
    "done": ("", "badge-check"),
    "cancelled": ("", "ban"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """A due time in words: how long is left, or how late it is; `look` is the colour's class."""

    at: datetime
    words: str
    look: str

    @property
    def late(self) -> bool:
        """Whether it has passed."""
        return self.look == "bad"


def due_of(at: datetime | None, *, now: datetime, since: datetime | None = None) -> Due | None:
    """A due time as seen now; nearly due in the last quarter of the time allowed."""
    if at is None:
        return None
    left = (at - now).total_seconds()
    if left < 0:
        # Translators: how late something is, as in "2 h late"
        return Due(at, _("%(time)s late") % {"time": span(left, length="short")}, "bad")
    allowed = (at - since).total_seconds() if since else 8 * 3600
    # Translators: how much time is left, as in "2 h left"
    words = _("%(time)s left") % {"time": span(left, length="short")}
    return Due(at, words, "warn" if left <= allowed / 4 else "")


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A work order in a list."""

    it: WorkOrder
    doer: str
    look: str
    icon: str
    due: Due | None
    ticket_seen: bool = True


def doer_of(order: WorkOrder) -> str:
    """Who does it, by name."""
    if order.agent is not None:
        return order.agent.name
    return order.team.name if order.team is not None else order.contact_name or order.address or _("nobody any more")


def order_row(order: WorkOrder, *, now: datetime, actor: Actor | None = None) -> OrderRow:
    """One order as a line; its due time only while it counts."""
    look, icon = LOOKS[order.state]
    due = due_of(order.due_at, now=now, since=order.opened_at) if order.running else None
    seen = actor is None or agent_may_see(actor, team_id=order.ticket.team_id, assignee_id=order.ticket.assignee_id)
    return OrderRow(order, doer_of(order), look, icon, due, seen)


def order_rows(orders: Iterable[WorkOrder], *, now: datetime, actor: Actor | None = None) -> list[OrderRow]:
    """Several."""
    return [order_row(order, now=now, actor=actor) for order in orders]


@dataclass(frozen=True, slots=True)
class Card:
    """The hand-over that the next one reads instead of asking again."""

    it: HandOver
    answers: tuple[tuple[str, SafeString], ...]
    automatic: bool


def card_of(made: HandOver) -> Card:
    """A hand-over as a card; one by a chain has no answers of its own."""
    pairs = (
        (_("The customer wants"), made.wants),
        (_("Tried so far"), made.tried),
        (_("Promised"), made.promised),
        (_("To do now"), made.note),
    )
    return Card(made, tuple((label, plain(text)) for label, text in pairs if text), made.reason != "hand")


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a chain does next, and when."""

    words: str
    due: Due | None
    policy: str


def next_step_of(run: EscalationRun, *, tier: int, now: datetime) -> NextStep | None:
    """The next step that a running chain will really take: one that somebody took by hand only costs its time. None
    after the last."""
    if run.next_at is None:
        return None
    at, left = run.next_at, steps_of(run.policy.steps)[run.step :]
    for number, step in enumerate(left):
        at += timedelta(seconds=step.after if number else 0)
        if not is_there_already(step, tier=tier):
            words = _("Without an answer it goes to the manager on call")
            if step.to == "tier":
                words = _("Without an answer it goes to tier %(tier)d") % {"tier": step.tier}
            return NextStep(words, due_of(at, now=now, since=run.anchored_at), run.policy.name)
    return None


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A ticket of the watch list."""

    it: Watched
    seen: bool
    holder: str
    since: str
    ours: Due | None
    customer: Due | None


def watch_row(found: Watched, *, actor: Actor, now: datetime) -> WatchRow:
    """One line: who has it, since when, what others owe us, what we owe the customer."""
    ticket = found.ticket
    holder = ticket.assignee.name if ticket.assignee else ticket.team.name if ticket.team else _("nobody yet")
    return WatchRow(
        it=found,
        seen=agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id),
        holder=holder,
        since=span((now - (found.since or ticket.created_at)).total_seconds(), length="short"),
        ours=due_of(found.order_due_at, now=now),
        customer=due_of(found.customer_due_at, now=now),
    )
