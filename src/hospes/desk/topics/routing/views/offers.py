"""An agent takes what they are offered, leaves it to others, or puts back what they have."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.routing.words import phrases
from hospes.routing import operations
from hospes.routing import queries as routing
from hospes.tickets import operations as tickets
from hospes.tickets import queries
from hospes.tickets.models import Ticket


@desk_view("ticket.change")
def mine(request: DeskRequest) -> HttpResponse:
    """What I am asked to take now, for whatever page of the desk I am on."""
    offers = [
        {
            "ticket": entry.ticket,
            "ends_at": entry.offer_ends_at,
            "why": phrases(entry.why.get("facts", []), but=frozenset({"queue"})),
        }
        for entry in routing.offered_to(request.actor.own_id)
    ]
    return render(request, "desk/routing/offers.html", {"offers": offers})


def _offered(request: DeskRequest, number: str) -> Ticket:
    """Whoever is asked to take a ticket may say yes, also when it is not among their teams' tickets."""
    for entry in routing.offered_to(request.actor.own_id):
        if entry.ticket.number == number:
            return entry.ticket
    return queries.get_ticket(request.actor, number)


@desk_view("ticket.change", methods=("POST",))
def answer(request: DeskRequest, number: str) -> HttpResponse:
    """Accept or decline an offer."""
    ticket = _offered(request, number)
    if request.POST.get("answer") == "accept":
        operations.accept_offer(ticket=ticket, actor=request.actor, now=clock.now())
        return JsonResponse({"message": _("It is yours.")})
    if request.POST.get("answer") == "decline":
        operations.decline_offer(ticket=ticket, actor=request.actor, now=clock.now())
        return JsonResponse({"message": _("Left to others.")})
    raise InvalidInput(_("Accept or decline."), field="answer")


@desk_view("ticket.change", methods=("POST",))
def put_back(request: DeskRequest, number: str) -> HttpResponse:
    """Give one's ticket back to the queue: somebody else is looked for first."""
    ticket = queries.get_ticket(request.actor, number)
    if ticket.assignee_id != request.actor.own_id:
        raise InvalidInput(_("Only its owner can put it back."))
    tickets.change_ticket(ticket=ticket, actor=request.actor, now=clock.now(), assignee=None)
    return JsonResponse({"message": _("Back in the queue.")})
