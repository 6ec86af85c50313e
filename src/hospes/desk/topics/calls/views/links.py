"""A one-time link to a call: sent by any channel, or copied."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hospes.calls import reading
from hospes.calls.models import Call
from hospes.calls.operations import links
from hospes.core import clock
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.views.changes import answering
from hospes.tickets import queries as tickets
from hospes.tickets.queries.ways import ways_of


@desk_view("ticket.reply", methods=("GET", "HEAD", "POST"))
@answering
def link(request: DeskRequest, number: str) -> HttpResponse:
    """The form (voice or video, by which channel); posting sends a link, hands one out to be copied, or stops one."""
    found, now = tickets.get_ticket(request.actor, number), clock.now()
    if request.method != "POST":
        ways = [way for way in ways_of(found, now=now) if way.open]
        return render(request, "desk/calls/link_form.html", {"ticket": found, "ways": ways})
    post = request.POST
    step, medium = post.get("do", ""), post.get("medium", Call.Medium.BROWSER)
    if step == "send":
        via = posted_id(post.get("via", ""))
        links.send_link(ticket=found, medium=medium, via=via or None, actor=request.actor, now=now)
        return JsonResponse({"message": _("The link is on its way. You are rung when it is opened.")})
    if step == "copy":
        _link, token = links.make_link(ticket=found, medium=medium, actor=request.actor, now=now)
        return JsonResponse({"copy": links.address_of(token), "message": _("The link was copied.")})
    if step == "stop":
        wanted = posted_id(post.get("link", ""))
        kept = next((one for one in reading.links_of(found, now=now) if one.pk == wanted), None)
        if kept is None:
            raise NotFound
        links.withdraw_link(link=kept, actor=request.actor, now=now)
        return JsonResponse({"message": _("The link works no more.")})
    raise InvalidInput(_("Choose what to do."), field="do")
