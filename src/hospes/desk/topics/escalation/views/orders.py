"""Work orders at the desk: opened beside a ticket, listed for those who do them, answered and closed."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.core.posted import posted_id, posted_number
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.escalation.shapes import order_row, order_rows
from hospes.desk.topics.escalation.texts import plain
from hospes.desk.topics.escalation.views.handing import chosen_team, moment
from hospes.desk.views.changes import answering
from hospes.desk.views.frame import page
from hospes.staff import queries as staff
from hospes.tickets import operations, work_orders
from hospes.tickets import queries as tickets
from hospes.tickets.models import WorkOrder
from hospes.tickets.queries import work

MORE = ("GET", "HEAD", "POST")
PAGE = 50


@desk_view("work.open", methods=MORE)
@answering
def new(request: DeskRequest, number: str) -> HttpResponse:
    """The form of a template, or a free one; posting opens the order."""
    found = tickets.get_ticket(request.actor, number)
    wanted = request.POST.get("template") or request.GET.get("template", "")
    template = work.get_template(posted_id(wanted)) if wanted else None
    now = clock.now()
    if request.method != "POST":
        context = {
            "ticket": found,
            "template": template,
            "wanted": work_orders.fields_of(template.fields) if template else [],
            "teams": [] if template else staff.teams(),
            "due": timezone.localtime(now + work_orders.USUAL).strftime("%Y-%m-%dT%H:%M"),
        }
        return render(request, "desk/escalation/new_order.html", context)
    post = request.POST
    order = operations.open_work_order(
        ticket=found,
        template=template,
        subject=post.get("subject", ""),
        team=chosen_team(post.get("team", "")) if template is None else None,
        address=post.get("address", "") if template is None else "",
        text=post.get("text", ""),
        values={name: value for name, value in post.items() if isinstance(value, str)},
        due_at=moment(post.get("due_at", ""), field="due_at"),
        actor=request.actor,
        now=now,
    )
    return JsonResponse({"message": _("Work order %(number)s opened") % {"number": order.shown_number}})


@desk_view("work.answer")
def listing(request: DeskRequest) -> HttpResponse:
    """What my department and I have to do, late first; what I asked for; what came back."""
    actor, now = request.actor, clock.now()
    tab = request.GET.get("list", "mine")
    if tab not in ("mine", "asked", "answered", "all"):
        raise NotFound
    mine = frozenset(request.user.memberships.values_list("team_id", flat=True))
    if tab == "answered":
        cursor = posted_number(request.GET.get("after", ""))
        found = work.answered_orders(actor)
        if cursor is not None:
            found = found.filter(pk__lt=cursor)
    else:
        running = work.running_orders(actor, list_name=tab, team_ids=mine)
        found = work.after_order(running, request.GET.get("after", "")[:80])
    rows = list(found[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    following = ""
    if more:
        last = rows[-1]
        following = str(last.pk) if tab == "answered" else f"{last.due_at.isoformat()}~{last.pk}"
    context = {
        "rows": order_rows(rows, now=now, actor=actor),
        "tab": tab,
        "tabs": [
            ("mine", _("To do")),
            ("asked", _("Asked by me")),
            ("answered", _("Came back")),
            ("all", _("All open")),
        ],
        "next_url": f"{reverse('desk:work')}?{urlencode({'list': tab, 'after': following})}" if following else "",
    }
    if request.headers.get("HX-Request"):
        return render(request, "desk/escalation/order_rows.html", context)
    return page(request, "desk/escalation/orders.html", "work", context)


@desk_view("work.answer", methods=MORE)
def one(request: DeskRequest, number: str) -> HttpResponse:
    """One order: what is to be done, the answer, and what may be done with it now."""
    order = work.get_order(request.actor, number)
    refusal, typed = "", ""
    if request.method == "POST":
        try:
            _do(request, order)
        except HospesError as error:
            refusal, typed = str(error.message), request.POST.get("text", "")
        else:
            return redirect(request.path)
    return _order_page(request, order, refusal=refusal, typed=typed)


def _order_page(request: DeskRequest, order: WorkOrder, *, refusal: str, typed: str) -> HttpResponse:
    actor = request.actor
    steps = set(work_orders.possible(order.state))
    if not actor.may("work.open"):
        steps -= {"ask_again", "finish", "cancel"}
    context = {
        "row": order_row(order, now=clock.now(), actor=actor),
        "order": order,
        "text": plain(order.text),
        "answer": plain(order.answer),
        "steps": steps,
        "refusal": refusal,
        "typed": typed,
    }
    return page(request, "desk/escalation/order.html", "work", context, status=422 if refusal else 200)


def _do(request: DeskRequest, order: WorkOrder) -> None:
    step = request.POST.get("do", "")
    if step not in _DOES:
        raise InvalidInput(_("Choose what to do."), field="do")
    messages.success(request, _DOES[step](request, order))


def _accept(request: DeskRequest, order: WorkOrder) -> str:
    operations.accept_work_order(order=order, actor=request.actor, now=clock.now())
    return _("Accepted. It is yours.")


def _answer(request: DeskRequest, order: WorkOrder) -> str:
    now, declined = clock.now(), request.POST.get("do") == "decline"
    uploads = [
        operations.upload(
            name=file.name or "",
            content_type=file.content_type or "",
            content=file.read(),
            actor=request.actor,
            now=now,
        ).token
        for file in request.FILES.getlist("files")[:10]
    ]
    text = request.POST.get("text", "")
    operations.answer_work_order(
        order=order, text=text, uploads=uploads, declined=declined, actor=request.actor, now=now
    )
    return _("Declined. Whoever asked is told.") if declined else _("Answered. Whoever asked is told.")


def _ask_again(request: DeskRequest, order: WorkOrder) -> str:
    operations.ask_again(order=order, text=request.POST.get("text", ""), actor=request.actor, now=clock.now())
    return _("Sent back.")


def _finish(request: DeskRequest, order: WorkOrder) -> str:
    operations.close_work_order(order=order, actor=request.actor, now=clock.now())
    return _("Closed.")


def _cancel(request: DeskRequest, order: WorkOrder) -> str:
    operations.close_work_order(order=order, cancel=True, actor=request.actor, now=clock.now())
    return _("Called off.")


_DOES: dict[str, Callable[[DeskRequest, WorkOrder], str]] = {
    "accept": _accept,
    "answer": _answer,
    "decline": _answer,
    "ask_again": _ask_again,
    "finish": _finish,
    "cancel": _cancel,
}
