"""Somebody who is offered a ticket takes it or leaves it to the next."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict
from hospes.routing.models import RoutingEntry, State
from hospes.routing.operations.giving import settle_assignment
from hospes.routing.operations.looking import end_offer
from hospes.routing.operations.nudges import nudge_tickets
from hospes.tickets.models import Ticket
from hospes.tickets.operations.base import lock_ticket, locking


def _offered(ticket: Ticket, actor: Actor) -> RoutingEntry:
    entry = RoutingEntry.objects.select_for_update(no_key=True).filter(pk=ticket.pk).first()
    if entry is None or entry.state != State.OFFERED or entry.agent_id != actor.id:
        raise Conflict(_("This is no longer offered to you."))
    return entry


@transaction.atomic
def accept_offer(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Take what one is offered. Raises Conflict when the offer has gone to somebody else."""
    ticket = _reachable(ticket, actor)
    entry = _offered(ticket, actor)
    reason = entry.why
    settle_assignment(ticket, entry, actor.own_id, reason=reason, how="accepted", now=now)
    entry.looked_at = now
    entry.save()
    ticket.refresh_from_db()
    return ticket


@transaction.atomic
def decline_offer(*, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """Leave it to the next."""
    ticket = _reachable(ticket, actor)
    entry = _offered(ticket, actor)
    end_offer(ticket, entry, how="declined", now=now)
    entry.next_at, entry.looked_at = None, now
    entry.save()
    nudge_tickets([ticket.pk], now=now)


def _reachable(ticket: Ticket, actor: Actor) -> Ticket:
    """Under its lock. Whoever it is offered to may take it, also when it is not among their teams' tickets."""
    if RoutingEntry.objects.filter(pk=ticket.pk, agent_id=actor.own_id, state=State.OFFERED).exists():
        actor.require("ticket.change")
        return locking().get(pk=ticket.pk)
    return lock_ticket(ticket, actor, right="ticket.change")
