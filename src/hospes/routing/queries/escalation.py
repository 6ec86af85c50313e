"""Reads of escalation: teams by tier, policies, who is on call, the watch list, the card on a ticket."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Min, Q, QuerySet

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.routing.models import (
    EscalationPolicy,
    EscalationRun,
    HandOver,
    HandOverNotice,
    ResponsibilityOffer,
)
from hospes.routing.tiers import TeamFacts
from hospes.staff.models import Agent, Role, Team
from hospes.staff.queries import Reachable, on_call_now, reachable_now
from hospes.tickets.models import Ticket, WorkOrder
from hospes.tickets.work_orders import RUNNING


def team_facts() -> list[TeamFacts]:
    """Every team in use as the decision sees it."""
    found = Team.objects.filter(archived_at=None).order_by("pk")
    return [
        TeamFacts(pk, tier, line, back, name)
        for pk, tier, line, back, name in found.values_list("pk", "tier", "line_id", "back_office", "name")
    ]


def on_call_people(now: datetime) -> list[Reachable]:
    """Who decides now, first the one to be asked first: the managers on call, else those who stand in for them."""
    return on_call_now(None, now) or reachable_now(now, []).get(None, [])


def active_policies() -> list[EscalationPolicy]:
    """Policies that are switched on, in order."""
    return list(EscalationPolicy.objects.filter(active=True, archived_at=None).order_by("position", "id"))


def policies() -> QuerySet[EscalationPolicy]:
    """All that were not put away, in order."""
    return EscalationPolicy.objects.filter(archived_at=None).order_by("position", "id")


def get_policy(policy_id: int) -> EscalationPolicy:
    """One policy. Raises NotFound."""
    found = policies().filter(pk=policy_id).first()
    if found is None:
        raise NotFound
    return found


def tells(ticket: Ticket, team_id: int | None) -> bool:
    """Whether the customer of a ticket is told that this team has it now: the team's word, else the inbox's, else
    yes."""
    rows = HandOverNotice.objects.filter(Q(team_id=team_id or 0) | Q(inbox_id=ticket.inbox_id))
    said = {("team" if row.team_id else "inbox"): row.tell for row in rows}
    return said.get("team", said.get("inbox", True))


def notices() -> tuple[dict[int, bool], dict[int, bool]]:
    """(by inbox, by team): where something else than yes was said."""
    rows = list(HandOverNotice.objects.all())
    return (
        {row.inbox_id: row.tell for row in rows if row.inbox_id},
        {row.team_id: row.tell for row in rows if row.team_id},
    )


def hand_overs(ticket: Ticket) -> QuerySet[HandOver]:
    """A ticket's hand-overs, newest first."""
    return HandOver.objects.filter(ticket=ticket).select_related("to_team", "from_team", "to_agent").order_by("-id")


def running_chain(ticket: Ticket) -> EscalationRun | None:
    """The chain that runs on a ticket."""
    return EscalationRun.objects.select_related("policy").filter(ticket=ticket, running=True).first()


def open_offer(ticket: Ticket) -> ResponsibilityOffer | None:
    """Who is asked to become responsible."""
    found = ResponsibilityOffer.objects.select_related("to_agent", "from_agent")
    return found.filter(ticket=ticket, state=ResponsibilityOffer.State.OPEN).first()


def get_offer(actor: Actor, offer_id: int) -> ResponsibilityOffer:
    """A question put to this very agent. Raises NotFound."""
    found = ResponsibilityOffer.objects.select_related("ticket").filter(pk=offer_id, to_agent=actor.own_id).first()
    if found is None:
        raise NotFound
    return found


def who_leads() -> list[int]:
    """Managers and admins: who is told when nobody on call takes a customer's case."""
    found = Agent.objects.filter(is_active=True, role__in=[Role.MANAGER, Role.ADMIN])
    return list(found.order_by("pk").values_list("pk", flat=True)[:20])


def subject_of(ticket_id: int) -> str:
    """What a ticket is about."""
    return Ticket.objects.filter(pk=ticket_id).values_list("subject", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class Watched:
    """A ticket that somebody answers for while others work on it. `order_due_at` is the earliest due time of what
    other departments owe for it."""

    ticket: Ticket
    since: datetime | None
    promised_until: datetime | None
    order_due_at: datetime | None
    orders: int

    @property
    def customer_due_at(self) -> datetime | None:
        """By when the customer is to hear: the running service level, else what was promised."""
        return self.ticket.due_at or self.promised_until or self.ticket.promised_at


def watched(actor: Actor, *, agent_id: int, cursor: str = "", limit: int = 50) -> tuple[list[Watched], str | None]:
    """(tickets that this agent is responsible for and others have, the next cursor): first what is due first, then
    what has no due time. Four queries, whatever their number."""
    found = (
        Ticket.objects.filter(responsible=agent_id, active=True)
        .exclude(assignee=agent_id)
        .select_related("customer", "assignee", "team", "status")
    )
    with_due = found.filter(due_at__isnull=False).order_by("due_at", "id")
    without = found.filter(due_at=None).order_by("id")
    rows: list[Ticket] = []
    if not cursor.startswith("n"):
        rows = list(_after(with_due, cursor)[: limit + 1])
        cursor = ""
    if len(rows) <= limit:
        last = int(cursor[1:]) if cursor[1:].isdecimal() and len(cursor) < 20 else 0
        rows += list(without.filter(pk__gt=last)[: limit + 1 - len(rows)])
    more = len(rows) > limit
    rows = rows[:limit]
    return _with_details(rows), _cursor(rows[-1]) if more else None


def _after(found: QuerySet[Ticket], cursor: str) -> QuerySet[Ticket]:
    at, _tilde, pk = cursor.partition("~")
    try:
        due, last = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return found
    if due.tzinfo is None or not 0 < last < 2**62:
        return found
    return found.filter(Q(due_at__gt=due) | Q(due_at=due, pk__gt=last))


def _cursor(ticket: Ticket) -> str:
    return f"{ticket.due_at.isoformat()}~{ticket.pk}" if ticket.due_at else f"n{ticket.pk}"


def _with_details(rows: list[Ticket]) -> list[Watched]:
    ids = [ticket.pk for ticket in rows]
    latest = HandOver.objects.filter(ticket_id__in=ids).order_by("ticket_id", F("id").desc()).distinct("ticket_id")
    handed = {one.ticket_id: one for one in latest}
    orders = {
        row["ticket_id"]: row
        for row in WorkOrder.objects.filter(ticket_id__in=ids, state__in=sorted(RUNNING))
        .order_by()
        .values("ticket_id")
        .annotate(due=Min("due_at"), n=Count("pk"))
    }
    return [
        Watched(
            ticket=ticket,
            since=handed[ticket.pk].at if ticket.pk in handed else None,
            promised_until=handed[ticket.pk].promised_until if ticket.pk in handed else None,
            order_due_at=orders[ticket.pk]["due"] if ticket.pk in orders else None,
            orders=orders[ticket.pk]["n"] if ticket.pk in orders else 0,
        )
        for ticket in rows
    ]
