"""Beside the composer: by which ways a ticket can be answered now, and the templates of one of them."""

from django.http import HttpResponse, JsonResponse

from hospes.channels import queries as channels
from hospes.channels.templates import gaps
from hospes.core import clock
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.shapes.ways import ways_shown
from hospes.desk.views.changes import answering
from hospes.tickets import queries as tickets
from hospes.tickets.queries.ways import ways_of


@desk_view("ticket.reply")
@answering
def ways(request: DeskRequest, number: str) -> HttpResponse:
    """As they are at this moment: a reply window may have closed since the ticket was opened."""
    ticket, now = tickets.get_ticket(request.actor, number), clock.now()
    return JsonResponse({"ways": ways_shown(ticket, ways_of(ticket, now=now), now=now)})


@desk_view("ticket.reply")
@answering
def templates(request: DeskRequest, number: str, inbox_id: int) -> HttpResponse:
    """The approved templates of an inbox, each in the customer's language where there is one."""
    ticket = tickets.get_ticket(request.actor, number)
    found = channels.templates_for(inbox_id, ticket.language)
    listed = [{"name": t.name, "language": t.language, "body": t.body, "gaps": gaps(t.body)} for t in found]
    return JsonResponse({"templates": listed})
