"""Beside a talk: ready answers in their order, how each reads, playbooks, signs that were misread."""

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.guidance.shapes import offered
from hospes.guidance import operations, queries
from hospes.tickets import operations as ticket_operations
from hospes.tickets import queries as tickets
from hospes.tickets.queries import screen


@desk_view("ticket.note")
def answers(request: DeskRequest, number: str) -> HttpResponse:
    """The ready answers that fit this ticket, best first."""
    ticket = screen.ticket_for_pane(request.actor, number)
    found = queries.suggestions(ticket=ticket, actor=request.actor, now=clock.now())
    return render(request, "desk/guidance/answers.html", {"answers": [offered(one, ticket) for one in found]})


@desk_view("ticket.note")
def answer(request: DeskRequest, number: str, macro_id: int) -> HttpResponse:
    """How one of them reads on this ticket."""
    ticket = screen.ticket_for_pane(request.actor, number)
    macro = screen.get_macro(request.actor, macro_id)
    if macro is None:
        raise NotFound
    html = ticket_operations.render_macro(macro=macro, ticket=ticket, actor=request.actor, now=clock.now())
    language = dict(settings.LANGUAGES).get(macro.language, "")
    foreign = bool(macro.language and ticket.language and macro.language != ticket.language)
    context = {
        "macro": macro, "html": html, "language": language, "foreign": foreign,
        "talk_language": dict(settings.LANGUAGES).get(ticket.language, ticket.language),
    }  # fmt: skip
    return JsonResponse({"html": render_to_string("desk/guidance/answer.html", context, request)})


@desk_view("ticket.note", methods=("POST",))
def playbook(request: DeskRequest, number: str) -> HttpResponse:
    """Note that a playbook was opened or one of its sentences used."""
    ticket = tickets.get_ticket(request.actor, number)
    operations.note_playbook(
        ticket=ticket,
        kind=request.POST.get("kind", ""),
        what=request.POST.get("what", ""),
        actor=request.actor,
        now=clock.now(),
    )
    return JsonResponse({})


@desk_view("ticket.note", methods=("POST",))
def dismiss(request: DeskRequest, number: str, signs_id: int) -> HttpResponse:
    """These signs were misread."""
    ticket = tickets.get_ticket(request.actor, number)
    signs = queries.get_signs(request.actor, signs_id)
    if signs.ticket_id != ticket.pk:
        raise NotFound
    operations.dismiss_signs(signs=signs, actor=request.actor, now=clock.now())
    return JsonResponse({"message": _("Thank you. It will be surer before it says so again in this talk.")})
