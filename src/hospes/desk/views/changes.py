"""What is done to tickets from the desk: changes of one or of many, merges, links, splits, spam, blocks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.actors import Actor
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.core.posted import posted_number
from hospes.customers import operations as customer_operations
from hospes.desk.access import DeskRequest, desk_view
from hospes.staff import queries as staff
from hospes.tickets import operations
from hospes.tickets import queries as tickets
from hospes.tickets.models import Ticket
from hospes.tickets.queries import screen
from hospes.tickets.queries.ticket import get_message

BULK_AT_ONCE = 50


def refused(error: HospesError) -> JsonResponse:
    """A refusal as the scripts read it."""
    details = {k: v for k, v in error.details.items() if isinstance(v, (str, int, list))}
    body = {"message": str(error.message), "code": error.code, "field": error.field, **details}
    return JsonResponse(body, status=error.status)


def answering(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view for scripts answer refusals as JSON instead of a page."""

    def answer(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except HospesError as error:
            return refused(error)

    answer.__doc__ = view.__doc__
    answer.__name__ = view.__name__
    return answer


def _status(value: str) -> Any:
    if (pk := posted_number(value)) is not None:
        found = tickets.statuses().filter(pk=pk).first()
        if found is None:
            raise InvalidInput(_("Choose one of the statuses."), field="status")
        return found
    return value


def _moment(value: str) -> datetime | None:
    if not value:
        return None
    try:
        moment = parse_datetime(value)
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidInput(_("Choose a day and a time."), field="snoozed_until")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _number(value: str, field: str) -> int:
    number = posted_number(value)
    if number is None:
        raise InvalidInput(_("Choose one of those offered."), field=field)
    return number


def _team(value: str) -> Any:
    if not value:
        return None
    found = staff.teams().filter(pk=_number(value, "team")).first()
    if found is None:
        raise InvalidInput(_("Choose one of the teams."), field="team")
    return found


def changes_from(data: QueryDict) -> dict[str, Any]:
    """The wanted changes out of a form. Raises InvalidInput for a field or value that there is not."""
    readers: dict[str, Callable[[str], Any]] = {
        "status": _status,
        "assignee": lambda v: staff.get_agent(_number(v, "assignee")) if v else None,
        "team": _team,
        "priority": lambda v: _number(v, "priority"),
        "type": str,
        "subject": str,
        "language": str,
        "tags": lambda v: v.split(","),
        "add_tags": lambda v: v.split(","),
        "remove_tags": lambda v: v.split(","),
        "snoozed_until": _moment,
        "spam": lambda v: v == "1",
    }
    wanted = {}
    for name, value in data.items():
        if name in ("csrfmiddlewaretoken", "tickets", "version"):
            continue
        if name not in readers:
            raise InvalidInput(_("This cannot be changed here."), field=name)
        wanted[name] = readers[name](str(value))
    return wanted


@desk_view("ticket.change", methods=("POST",))
@answering
def change(request: DeskRequest, number: str) -> HttpResponse:
    """Change one ticket."""
    ticket = tickets.get_ticket(request.actor, number)
    operations.change_ticket(ticket=ticket, actor=request.actor, now=clock.now(), **changes_from(request.POST))
    return HttpResponse(status=204)


@desk_view("ticket.change", methods=("POST",))
@answering
def bulk(request: DeskRequest) -> HttpResponse:
    """Change at most BULK_AT_ONCE tickets, each on its own; the script sends further ones after, and shows how far."""
    numbers = [n for n in request.POST.get("tickets", "").split(",") if n][:BULK_AT_ONCE]
    found = screen.tickets_by_number(request.actor, numbers)
    wanted = changes_from(request.POST)
    done, not_done = operations.change_many(tickets=found, actor=request.actor, now=clock.now(), **wanted)
    missing = len(numbers) - len(found)
    return JsonResponse(
        {
            "done": [t.number for t in done],
            "refused": [{"number": t.number, "why": str(error.message)} for t, error in not_done],
            "missing": missing,
        }
    )


@desk_view("ticket.merge", methods=("POST",))
@answering
def merge(request: DeskRequest, number: str) -> HttpResponse:
    """Merge this ticket, or those in `tickets`, into the one named `into`."""
    into = tickets.get_ticket(request.actor, request.POST.get("into", ""))
    numbers = [n for n in request.POST.get("tickets", number).split(",") if n][:BULK_AT_ONCE]
    for ticket in screen.tickets_by_number(request.actor, numbers):
        if ticket.pk != into.pk:
            operations.merge_tickets(ticket=ticket, into=into, actor=request.actor, now=clock.now())
    return JsonResponse({"number": into.number, "url": reverse("desk:ticket", args=[into.number])})


@desk_view("ticket.merge", methods=("POST",))
@answering
def unmerge(request: DeskRequest, number: str) -> HttpResponse:
    """Undo a merge."""
    ticket = tickets.get_ticket(request.actor, number)
    operations.unmerge_ticket(ticket=ticket, actor=request.actor, now=clock.now())
    return HttpResponse(status=204)


@desk_view("ticket.merge", methods=("POST",))
@answering
def split(request: DeskRequest, message_id: int) -> HttpResponse:
    """Start a new ticket from one message."""
    message = get_message(request.actor, message_id)
    subject = request.POST.get("subject", "") or message.subject or message.ticket.subject
    made = operations.split_ticket(message=message, subject=subject, actor=request.actor, now=clock.now())
    url = reverse("desk:ticket", args=[made.number])
    return JsonResponse({"number": made.number, "shown": made.shown_number, "url": url})


@desk_view("ticket.merge", methods=("POST",))
@answering
def link(request: DeskRequest, number: str) -> HttpResponse:
    """Show two tickets beside each other, or with `remove` no longer."""
    ticket = tickets.get_ticket(request.actor, number)
    now = clock.now()
    other = tickets.get_ticket(request.actor, request.POST.get("other", ""))
    if request.POST.get("remove"):
        found = [known for known, end in screen.links_of(request.actor, ticket) if end.pk == other.pk]
        if not found:
            raise NotFound
        operations.unlink_tickets(ticket=ticket, link_id=found[0].pk, actor=request.actor, now=now)
    else:
        operations.link_tickets(ticket=ticket, other=other, actor=request.actor, now=now)
    return HttpResponse(status=204)


@desk_view("sender.block", methods=("POST",))
@answering
def block(request: DeskRequest, number: str) -> HttpResponse:
    """Block a sender and put this ticket into spam."""
    ticket = tickets.get_ticket(request.actor, number)
    now = clock.now()
    _block(request.actor, request.POST.get("pattern", ""), ticket, now)
    operations.change_ticket(ticket=ticket, actor=request.actor, now=now, spam=True)
    return HttpResponse(status=204)


def _block(actor: Actor, pattern: str, ticket: Ticket, now: datetime) -> None:
    reason = f"#{ticket.shown_number}"
    customer_operations.block_sender(pattern=pattern, reason=reason, actor=actor, now=now)
