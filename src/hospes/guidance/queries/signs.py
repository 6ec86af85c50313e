"""Reads of signs: what is offered beside a talk."""

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.guidance.models import Signs
from hospes.tickets.models import Ticket
from hospes.tickets.policies import agent_may_see


def newest_signs(ticket: Ticket) -> Signs | None:
    """What the newest read message of a ticket shows. One query."""
    return Signs.objects.filter(ticket=ticket).order_by("-message_id").first()


def get_signs(actor: Actor, signs_id: int) -> Signs:
    """One reading, of a ticket that the actor may see. Raises NotFound."""
    found = Signs.objects.select_related("ticket").filter(pk=signs_id).first()
    if found is None or not agent_may_see(actor, team_id=found.ticket.team_id, assignee_id=found.ticket.assignee_id):
        raise NotFound
    return found
