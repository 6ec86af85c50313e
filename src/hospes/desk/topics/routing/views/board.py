"""The queue board: what waits where, since when, and who is here for it."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from hospes.core import clock
from hospes.desk.access import DeskRequest, desk_view, wants_fragment
from hospes.desk.shapes.times import ago
from hospes.desk.topics.routing.words import sentence
from hospes.desk.views.frame import page
from hospes.routing import queries as routing
from hospes.routing.queries.board import Standing


@dataclass(frozen=True, slots=True)
class Row:
    """A queue as the board shows it."""

    standing: Standing
    wait: str
    why: str


@desk_view("ticket.see")
def board(request: DeskRequest) -> HttpResponse:
    """Every queue that one may look at; a script asks again for the rows alone."""
    now = clock.now()
    rows = [
        Row(one, ago(one.oldest_at, now=now) if one.oldest_at else "", sentence(one.why))
        for one in routing.board(request.actor, now=now)
    ]
    context = {"rows": rows, "waiting": sum(row.standing.waiting for row in rows)}
    if wants_fragment(request):
        return render(request, "desk/routing/board_rows.html", context)
    return page(request, "desk/routing/board.html", "queue_board", context)
