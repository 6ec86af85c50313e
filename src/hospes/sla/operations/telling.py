"""What follows from clocks and reaches beyond them: who is told, work orders in service hours, a customer's tickets."""

from datetime import datetime, timedelta

from django.db import transaction

from hospes.sla import queries
from hospes.sla.calculator import time_after
from hospes.sla.models import Clock, Kind
from hospes.sla.operations.clocks import OPEN
from hospes.sla.operations.following import catch_up, lock, rematch
from hospes.sla.operations.others import start_clock, stop_clock
from hospes.staff.queries import leads_of
from hospes.tickets import operations as tickets
from hospes.tickets.queries import followed


@transaction.atomic
def tell_of(*, clock_id: int, kind: str, event_id: int, now: datetime) -> None:
    """Tell the owner that something is due soon; that it is overdue the team's lead too. What was done meanwhile is
    not worth a word."""
    clock = Clock.objects.select_related("ticket").filter(pk=clock_id).first()
    if clock is None or clock.state not in OPEN or clock.kind == Kind.WORK_ORDER:
        return
    ticket = clock.ticket
    told = {ticket.assignee_id} if ticket.assignee_id else set()
    if kind == "overdue" or not told:
        told |= {agent.pk for agent in leads_of(ticket.team_id)}
    for agent_id in sorted(told):
        tickets.notify(
            agent_id=agent_id, ticket_id=ticket.pk, kind=kind, event_id=event_id, by_name="", words=clock.kind, now=now
        )


def follow_customer(*, customer_id: int, now: datetime) -> None:
    """A customer became somebody else (a VIP, of another company): their open tickets may come under other terms."""
    if not any(name.startswith("customer.") for terms in queries.book() for name in terms.uses):
        return
    for ticket_id in followed.open_tickets_of(customer_id):
        with transaction.atomic():
            bench = lock(ticket_id=ticket_id, now=now)
            if bench is not None:
                catch_up(bench)
                rematch(bench, now, reason="policy", words="")
                bench.save()


def set_order_clock(*, ticket_id: int, order_id: int, business: bool, seconds: int, now: datetime) -> None:
    """A work order was opened: start its clock where the policy promises one, and count its due time in service hours
    where that is wanted."""
    clock = start_clock(ticket_id=ticket_id, kind=Kind.WORK_ORDER, ref=str(order_id), now=now)
    due = clock.due_at if clock is not None else None
    if due is None and business:
        calendar = queries.hours_for(ticket_id)
        due = time_after(calendar, now, timedelta(seconds=seconds)).at if calendar else None
    if due is not None:
        tickets.set_work_order_due(work_order_id=order_id, due_at=due, now=now)


def stop_order_clock(*, ticket_id: int, order_id: int, met: bool, now: datetime) -> None:
    """A work order was answered, or called off."""
    stop_clock(ticket_id=ticket_id, kind=Kind.WORK_ORDER, ref=str(order_id), now=now, met=met)
