"""First line's watch list: what I am responsible for and others have."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hospes.core import clock
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.escalation.shapes import watch_row
from hospes.desk.views.frame import page
from hospes.routing.queries import escalation

PAGE = 50


@desk_view("ticket.escalate")
def watch(request: DeskRequest) -> HttpResponse:
    """Who has it, since when, what others owe us and what we owe the customer; what is due first stands first."""
    now = clock.now()
    cursor = request.GET.get("after", "")[:80]
    found, following = escalation.watched(request.actor, agent_id=request.actor.own_id, cursor=cursor, limit=PAGE)
    rows = [watch_row(one, actor=request.actor, now=now) for one in found]
    context = {
        "rows": rows,
        "late": sum(bool((r.ours and r.ours.late) or (r.customer and r.customer.late)) for r in rows),
        "next_url": f"{reverse('desk:watch')}?{urlencode({'after': following})}" if following else "",
    }
    if request.headers.get("HX-Request"):
        return render(request, "desk/escalation/watch_rows.html", context)
    return page(request, "desk/escalation/watch.html", "watch", context)
