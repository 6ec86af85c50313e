"""Setting up queues: the list in order, the editor, a try with a real ticket, export and import."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.core import clock
from hospes.core.conditions import Field, read
from hospes.core.errors import HospesError, InvalidInput
from hospes.core.facts import all_fields
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view, wants_fragment
from hospes.desk.topics.routing.forms import QueueForm, first_values
from hospes.desk.topics.routing.words import phrases, said
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.routing import operations
from hospes.routing import queries as routing
from hospes.routing.models.queue import MatchLanguage, Queue, Strategy
from hospes.routing.queries.explaining import Explanation
from hospes.staff.models import Skill
from hospes.tickets.queries import screen

BOTH = ("GET", "HEAD", "POST")


@dataclass(frozen=True, slots=True)
class Row:
    """A queue as its line shows it."""

    queue: Queue
    takes: str
    how: str
    needs: str
    waiting: int


@desk_view("queue.manage")
def queues(request: DeskRequest) -> HttpResponse:
    """Every queue in the order in which they are asked."""
    rows = list(routing.queues())
    fields = all_fields("ticket", "customer", "message", "time")
    skills = dict(Skill.objects.values_list("pk", "name"))
    standings = routing.board(request.actor, now=clock.now(), details=False)
    waiting = {standing.id: standing.waiting for standing in standings}
    shown = [_row(queue, fields, skills, waiting.get(queue.pk, 0)) for queue in rows]
    return settings_page(request, "desk/routing/queues.html", "queues", {"rows": shown, "stuck": routing.stuck()})


def _row(queue: Queue, fields: dict[str, Field], skills: dict[int, str], waiting: int) -> Row:
    words = read(queue.conditions, fields)
    takes = words[:1].upper() + words[1:] if words else _("Every ticket that no queue above takes")
    needs = [f"{skills.get(skill, '')} {level}/5" for skill, level in queue.skills]
    if queue.match_language == MatchLanguage.REQUIRED:
        needs.append(_("the customer’s language"))
    return Row(queue, takes, str(Strategy(queue.strategy).label), " · ".join(needs), waiting)


@desk_view("queue.manage", methods=BOTH)
def queue(request: DeskRequest, queue_id: int | None = None) -> HttpResponse:
    """Make or change a queue, or put it away."""
    found = routing.get_queue(queue_id) if queue_id else None
    if found is not None and request.POST.get("archive"):
        operations.archive_queue(queue_id=found.pk, actor=request.actor, now=clock.now())
        messages.success(request, _("Put away."))
        return redirect("desk:queues")
    form = QueueForm(request.POST or None, initial=first_values(found), queue=found)
    if request.method == "POST" and form.is_valid():
        try:
            if found is None:
                operations.create_queue(actor=request.actor, now=clock.now(), **form.values())
            else:
                operations.change_queue(queue_id=found.pk, actor=request.actor, now=clock.now(), **form.values())
            messages.success(request, _("Saved."))
            return redirect("desk:queues")
        except HospesError as error:
            refuse(form, error)
    heading = found.name if found else _("New queue")
    extra = {"archive": found is not None}
    return form_page(request, form, tab="queues", heading=heading, back="desk:queues", extra=extra)


@desk_view("queue.manage", methods=("POST",))
def order(request: DeskRequest) -> HttpResponse:
    """Put the queues into an order: all ids at once (dragged), or one a place up or down (by button)."""
    ids = list(routing.queues().values_list("pk", flat=True))
    wanted = [posted_id(one) for one in request.POST.getlist("order")]
    if not wanted:
        wanted = _moved(ids, request.POST.get("queue", ""), request.POST.get("move", ""))
    operations.order_queues(queue_ids=wanted, actor=request.actor, now=clock.now())
    return JsonResponse({}) if wants_fragment(request) else redirect("desk:queues")


def _moved(ids: list[int], which: str, where: str) -> list[int]:
    if posted_id(which) not in ids or where not in {"up", "down"}:
        raise InvalidInput(_("Name each queue once."), field="order")
    place = ids.index(posted_id(which))
    other = place - 1 if where == "up" else place + 1
    if 0 <= other < len(ids):
        ids[place], ids[other] = ids[other], ids[place]
    return ids


@desk_view("queue.manage")
def try_ticket(request: DeskRequest) -> HttpResponse:
    """What would happen with a ticket if it had no owner now, and why not otherwise."""
    number = request.GET.get("ticket", "").replace("-", "").replace("#", "").strip().upper()
    context: dict[str, Any] = {"typed": request.GET.get("ticket", "")[:20]}
    if number:
        try:
            ticket = screen.ticket_for_pane(request.actor, number)
            context |= {"ticket": ticket, **_explained(routing.explain(ticket, now=clock.now()))}
        except HospesError:
            context["missing"] = True
    return settings_page(request, "desk/routing/try.html", "queues", context)


def _explained(found: Explanation) -> dict[str, Any]:
    """An explanation in words."""
    because = {
        "takes": _("takes it"),
        "channel": _("is for other channels"),
        "tier": _("is for another tier"),
        "team": _("is of another team than somebody chose"),
        "conditions": _("its conditions do not hold"),
    }
    goes_to = next((one.name for one in found.people if one.why is None), "") if found.decision else ""
    facts = found.decision.reason.facts if found.decision else ()
    return {
        "asked": [(one.rule.name, because[one.because], one.because == "takes") for one in found.asked],
        "taken": found.rule,
        "goes_to": goes_to,
        "why": phrases(facts, but=frozenset({"queue"})),
        "people": [(one.name, said(one.why) if one.why else "") for one in found.people],
    }


@desk_view("queue.manage")
def export(request: DeskRequest) -> HttpResponse:
    """The whole set as a file."""
    answer = HttpResponse(routing.exported(), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="queues.yaml"'
    return answer


@desk_view("queue.manage", methods=("POST",))
def read_file(request: DeskRequest) -> HttpResponse:
    """Take over a set of queues from a file."""
    sent = request.FILES.get("file")
    try:
        if sent is None or (sent.size or 0) > 1_000_000:
            raise InvalidInput(_("Choose a file of at most 1 MB."), field="file")
        text = sent.read().decode("utf-8", "replace")
        count = operations.import_queues(text=text, actor=request.actor, now=clock.now())
        messages.success(request, ngettext("%(n)d queue read.", "%(n)d queues read.", count) % {"n": count})
    except InvalidInput as error:
        messages.error(request, str(error.message))
    return redirect("desk:queues")
