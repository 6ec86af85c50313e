"""The part beside the talk: who answers for it, the hand-over card, work orders, the swarm."""

from typing import Any

from hospes.core import clock
from hospes.desk.access import DeskRequest
from hospes.desk.topics.escalation.shapes import card_of, next_step_of, order_rows
from hospes.routing.queries import escalation, swarms
from hospes.tickets.models import Ticket
from hospes.tickets.queries import work

SHOWN_TEMPLATES = 6


def panel_of(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """Four queries for a ticket on which nothing of this happened; forms are fetched when they are opened."""
    now, actor = clock.now(), request.actor
    handed = ticket.tier > 1 or ticket.responsible_id is not None
    cards = [card_of(one) for one in escalation.hand_overs(ticket)[:5]] if handed else []
    run = escalation.running_chain(ticket) if ticket.active and ticket.waiting_since else None
    offer = escalation.open_offer(ticket) if ticket.active else None
    orders = order_rows(work.orders_of(ticket), now=now)
    swarm = next(iter(swarms.swarms_of(ticket)[:1]), None)
    may = {
        "escalate": actor.may("ticket.escalate") and ticket.active,
        "order": actor.may("work.open") and ticket.merged_into_id is None,
        "swarm": actor.may("swarm.start") and ticket.active,
        "join": actor.may("swarm.join"),
    }
    return {
        "tier": ticket.tier,
        "responsible": ticket.responsible,
        "card": cards[0] if cards else None,
        "earlier": cards[1:],
        "next_step": next_step_of(run, tier=ticket.tier, now=now) if run is not None else None,
        "can_take": run is not None and run.step > 0 and actor.may("ticket.reply"),
        "offer": offer,
        "offer_is_mine": offer is not None and offer.to_agent_id == actor.id,
        "orders": orders,
        "running": sum(row.it.running for row in orders),
        "to_review": sum(row.it.state in ("answered", "declined") for row in orders),
        "templates": list(work.templates().order_by("-uses", "name")[:SHOWN_TEMPLATES]) if may["order"] else [],
        "swarm": swarm,
        "members": swarms.members_of(swarm) if swarm is not None and swarm.running else [],
        "notes": swarms.notes_of(swarm, limit=30) if swarm is not None and swarm.running else [],
        "me": actor.id,
        "can": may,
    }
