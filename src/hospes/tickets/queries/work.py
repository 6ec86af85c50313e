"""Reads of work orders: one of them, a ticket's, a department's, and by an outsider's link."""

from datetime import datetime

from django.conf import settings
from django.db.models import F, Q, QuerySet

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.core.secrets import unseal
from hospes.staff import queries as staff
from hospes.staff.models import Agent
from hospes.tickets.models import Message, Ticket, WorkOrder, WorkOrderTemplate
from hospes.tickets.policies import plain_number
from hospes.tickets.queries.lists import visible
from hospes.tickets.work_orders import ESCALATED, RUNNING

ORDER_LISTS = ("mine", "asked", "all")
LEADING = ("lead", "manager")


def templates() -> QuerySet[WorkOrderTemplate]:
    """Templates in use, by name."""
    return WorkOrderTemplate.objects.filter(archived_at=None).select_related("team")


def get_template(template_id: int) -> WorkOrderTemplate:
    """One template in use. Raises NotFound."""
    found = templates().filter(pk=template_id).first()
    if found is None:
        raise NotFound
    return found


def orders_for(actor: Actor) -> QuerySet[WorkOrder]:
    """The orders that somebody may see (work_orders.may_see as a filter)."""
    found = WorkOrder.objects.select_related("ticket", "team", "agent", "owner")
    if actor.kind == "system" or (actor.may("desk.enter") and actor.team_ids is None):
        return found
    if not actor.may("desk.enter"):
        return found.none()
    own = Q(team__in=actor.team_ids) | Q(agent=actor.own_id) | Q(owner=actor.own_id)
    return found.filter(own | Q(ticket__in=visible(actor)))


def get_order(actor: Actor, number: str) -> WorkOrder:
    """One order by its number as people write it. Raises NotFound."""
    plain = plain_number(number.strip().upper().removeprefix("W-"))
    found = orders_for(actor).filter(number=plain).first()
    if found is None:
        raise NotFound
    return found


def orders_of(ticket: Ticket) -> QuerySet[WorkOrder]:
    """A ticket's orders and those of tickets that were merged into it, oldest first."""
    found = WorkOrder.objects.select_related("team", "agent", "owner")
    return found.filter(Q(ticket=ticket) | Q(ticket__merged_into=ticket)).order_by("id")


def running_orders(
    actor: Actor, *, list_name: str = "mine", team_ids: frozenset[int] = frozenset()
) -> QuerySet[WorkOrder]:
    """What still has to be done, late first: "mine" to do by me or my teams (`team_ids`), "asked" what I asked for,
    "all" all that I may see."""
    found = orders_for(actor).filter(state__in=sorted(RUNNING)).order_by(F("due_at"), F("id"))
    if list_name == "asked":
        return found.filter(owner=actor.own_id)
    if list_name == "all":
        return found
    return found.filter(Q(team__in=team_ids, agent=None) | Q(agent=actor.own_id))


def answered_orders(actor: Actor) -> QuerySet[WorkOrder]:
    """What came back and waits for me to look at it, newest first."""
    return orders_for(actor).filter(owner=actor.own_id, state__in=["answered", "declined"]).order_by("-id")


def after_order(found: QuerySet[WorkOrder], cursor: str) -> QuerySet[WorkOrder]:
    """The orders after a cursor of a list by due time ("<iso time>~<id>"); what is no cursor is passed over."""
    at, _tilde, pk = cursor.partition("~")
    try:
        due = datetime.fromisoformat(at)
        last = int(pk)
    except ValueError:
        return found
    if due.tzinfo is None or not 0 < last < 2**62:
        return found
    return found.filter(Q(due_at__gt=due) | Q(due_at=due, pk__gt=last))


def order_by_link(number: str, token: str, *, now: datetime) -> WorkOrder:
    """The order behind an outsider's link. Raises NotFound when the link is another order's, too old, or taken back:
    whoever guesses learns nothing."""
    if not token or len(token) > 100:
        raise NotFound
    found = (
        WorkOrder.objects.filter(token_hash=ids.token_hash(token), token_expires_at__gt=now)
        .select_related("ticket__inbox", "side")
        .first()
    )
    if found is None or not ids.same(found.number, number.strip().upper()[:12] or "-"):
        raise NotFound
    return found


def order_address(number: str, token: str = "") -> str:
    """Where an outsider answers; without the token the address opens nothing."""
    return f"{settings.PUBLIC_URL}/portal/work/{number}/{token + '/' if token else ''}"


def with_link(message: Message) -> str:
    """A message's text as it leaves the house: the outsider's own link is put in only now, so that whoever can read
    the ticket, or a copy of the database, cannot answer in the outsider's name."""
    if message.side_id is None or "/portal/work/" not in message.text:
        return message.text
    text = message.text
    for order in WorkOrder.objects.filter(side=message.side_id).exclude(token_sealed=""):
        if token := unseal(order.token_sealed).get("token"):
            text = text.replace(order_address(order.number), order_address(order.number, str(token)))
    return text


def doers_of(order: WorkOrder) -> list[int]:
    """Whom to tell that there is something to do: the agent asked, else everybody of the team."""
    if order.agent_id:
        return [order.agent_id]
    members = Agent.objects.filter(is_active=True, memberships__team=order.team_id) if order.team_id else []
    return [agent.pk for agent in members]


def whom_to_tell(order: WorkOrder, step: int, *, now: datetime) -> list[int]:
    """Who hears that an order is late: its owner and doer and the department's leads first, then those on call."""
    told = [pk for pk in (order.owner_id, order.agent_id) if pk]
    leads = Agent.objects.filter(is_active=True, role__in=LEADING, memberships__team=order.team_id or 0)
    told += list(leads.values_list("pk", flat=True))
    if step >= ESCALATED or not leads:
        on_call = staff.on_call_now(order.team_id, now) if order.team_id else []
        told += [one.agent_id for one in on_call or staff.reachable_now(now, []).get(None, [])]
    return list(dict.fromkeys(told))
