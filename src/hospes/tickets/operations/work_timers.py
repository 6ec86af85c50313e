"""The clock of work orders: warns before, says when late, and tells the next one up. Right under clock jumps and with
several workers: a warning is counted under the order's lock and never given twice."""

from datetime import datetime

from django.db import transaction

from hospes.core.actors import SYSTEM
from hospes.core.events import emit
from hospes.tickets import events, work_orders
from hospes.tickets.models import WorkOrder
from hospes.tickets.operations.work import about


def watch_work_orders(*, now: datetime, limit: int = 50) -> int:
    """One batch of orders whose timer is due, each in its own transaction; returns how many were looked at."""
    due = list(WorkOrder.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)[:limit])
    return sum(_look(pk, now=now) for pk in due)


@transaction.atomic
def _look(order_id: int, *, now: datetime) -> int:
    order = (
        WorkOrder.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("ticket__merged_into")
        .filter(pk=order_id, next_at__lte=now)
        .first()
    )
    if order is None:  # another worker has it, or had it
        return 0
    if not order.running:
        order.next_at = None
        order.save(update_fields=["next_at"])
        return 1
    due = work_orders.warning_due(opened_at=order.opened_at, due_at=order.due_at, warned=order.warned, now=now)
    order.warned = max(order.warned, due)
    order.next_at = work_orders.next_look(opened_at=order.opened_at, due_at=order.due_at, warned=order.warned)
    order.save(update_fields=["warned", "next_at"])
    said = {**about(order, order.ticket.merged_into or order.ticket), "due_at": order.due_at.isoformat()}
    if due == work_orders.DUE_SOON:
        emit(events.WorkOrderDueSoon(**said), actor=SYSTEM, now=now)
    elif due:
        emit(events.WorkOrderOverdue(**said, step=due), actor=SYSTEM, now=now)
    return 1
