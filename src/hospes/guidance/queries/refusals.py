"""Reads of refusals of service. `in_force_for` is what routing and others ask before they give a ticket to somebody."""

from datetime import datetime

from django.db.models import Q, QuerySet

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.customers.queries import same_person
from hospes.guidance.models import Refusal
from hospes.tickets.models import Message, Ticket
from hospes.tickets.policies import agent_may_see


def in_force_for(customer_id: int, *, channel: str, now: datetime) -> Refusal | None:
    """The refusal that holds for a customer on a channel at this moment, if any. Two small queries."""
    found = Refusal.objects.filter(customer_id__in=same_person(customer_id), state__in=Refusal.IN_FORCE)
    found = found.filter(Q(scope=Refusal.Scope.ALL) | Q(channel=channel)).filter(Q(until=None) | Q(until__gt=now))
    return found.order_by("-id").first()


def current_for(ticket: Ticket) -> Refusal | None:
    """The newest refusal about a ticket's customer, whatever its state. One query."""
    found = Refusal.objects.filter(Q(customer_id=ticket.customer_id) | Q(ticket_id=ticket.pk))
    return found.select_related("asked_by", "decided_by").order_by("-id").first()


def refusals(actor: Actor, *, state: str = "") -> QuerySet[Refusal]:
    """Refusals on tickets that the actor may see, newest first."""
    found = Refusal.objects.select_related("ticket", "customer", "asked_by", "decided_by").order_by("-id")
    if actor.team_ids is not None:
        found = found.filter(Q(ticket__team_id__in=actor.team_ids) | Q(ticket__assignee_id=actor.id))
    return found.filter(state=state) if state else found


def get_refusal(actor: Actor, refusal_id: int) -> Refusal:
    """One refusal whose ticket the actor may see. Raises NotFound."""
    found = (
        Refusal.objects.select_related("ticket__inbox", "customer", "asked_by", "decided_by")
        .filter(pk=refusal_id)
        .first()
    )
    if found is None or not agent_may_see(actor, team_id=found.ticket.team_id, assignee_id=found.ticket.assignee_id):
        raise NotFound
    return found


def messages_for_request(ticket: Ticket) -> tuple[list[Message], list[Message]]:
    """(the customer's newest messages, our newest answers) to choose evidence and warning from. One query."""
    newest = list(
        Message.objects.filter(ticket=ticket, kind__in=Message.PUBLIC_KINDS, automatic=False)
        .only("id", "kind", "text", "created_at", "auto_kind", "delivery")
        .order_by("-id")[:20]
    )
    theirs = [m for m in newest if m.kind == Message.Kind.INCOMING]
    ours = [m for m in newest if m.kind == Message.Kind.REPLY]
    return theirs, ours
