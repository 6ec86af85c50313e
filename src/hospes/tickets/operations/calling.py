"""Calling somebody to a ticket now: the manager on call, an expert."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.core.models import EventRow
from hospes.core.text import storable
from hospes.staff.models import Agent
from hospes.staff.queries import actor_of
from hospes.tickets import events
from hospes.tickets.models import Message, Ticket
from hospes.tickets.operations.base import ids_after
from hospes.tickets.operations.write import add_note
from hospes.tickets.policies import agent_may_see

AGAIN_AFTER = timedelta(minutes=1)


@transaction.atomic
def call_to(*, ticket: Ticket, agent: Agent, actor: Actor, now: datetime, note: str = "") -> Message:
    """Call a colleague to a ticket now: an internal note says why, and they are told in every way they did not switch
    off. Raises InvalidInput for somebody who left or may not see the ticket, Conflict when just called."""
    actor.require("ticket.note")
    if not agent.is_active:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    if not agent_may_see(actor_of(agent, via="desk"), team_id=ticket.team_id, assignee_id=ticket.assignee_id):
        raise InvalidInput(_("%(name)s may not see this ticket.") % {"name": agent.name}, field="agent")
    lately = EventRow.objects.filter(
        subject="ticket", subject_id=ticket.pk, name="AgentCalled", at__gt=now - AGAIN_AFTER, data__agent_id=agent.pk
    )
    if lately.exists():
        raise Conflict(_("%(name)s was called a moment ago.") % {"name": agent.name}, field="agent")
    words = " ".join(storable(note).split())[:1000] or _("Please look at this now.")
    message = add_note(ticket=ticket, actor=actor, now=now, text=f"@{agent.name}: {words}")
    ticket = Ticket.objects.get(pk=ticket.pk)
    emit(events.AgentCalled(**ids_after(ticket), message_id=message.pk, agent_id=agent.pk), actor=actor, now=now)
    return message
