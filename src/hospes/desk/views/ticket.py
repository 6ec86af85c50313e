"""One ticket: its page, its panes as a fragment, and having seen it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.core.validators import slug_re
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.core.posted import posted_id
from hospes.customers import queries as customers
from hospes.customers.models import Customer
from hospes.desk.access import DeskRequest, desk_view, wants_fragment
from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.composer import composer_of
from hospes.desk.shapes.messages import message_html
from hospes.desk.shapes.rows import STATUS_ICONS, due_of
from hospes.desk.shapes.thread import Fold, in_order
from hospes.desk.shapes.times import ago, isolated, span
from hospes.desk.shapes.ways import points_shown
from hospes.desk.topics import topics
from hospes.desk.views.frame import choices, live_since, page, rights_for, side_list
from hospes.desk.views.lists import list_context
from hospes.staff import queries as staff
from hospes.tickets import operations
from hospes.tickets import queries as tickets
from hospes.tickets.models import Message, Ticket
from hospes.tickets.queries import screen

MESSAGES = 60
NAMES_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Other:
    """Another ticket of the same customer, as one line."""

    number: str
    subject: str
    category: str
    status: str
    icon: str
    at: datetime
    ago: str


@dataclass(frozen=True, slots=True)
class Lately:
    """One line of the customer's timeline."""

    text: str
    at: datetime
    ago: str


def ticket_context(request: DeskRequest, number: str) -> dict[str, Any]:
    """Everything that the talk and the customer pane print."""
    actor, now = request.actor, clock.now()
    ticket = screen.ticket_for_pane(actor, number)
    may = rights_for(actor)
    limit = 5000 if request.GET.get("all") else MESSAGES
    messages, earlier = screen.last_messages(ticket, limit=limit)
    happened = screen.events_of(ticket)
    shown_events = happened if not earlier else [e for e in happened if e.at >= messages[0].created_at]
    last_public = max((m.pk for m in messages if m.public), default=0)
    people = screen.participants_of(ticket)
    points = customers.points_of_person(ticket.customer)
    return {
        "ticket": ticket,
        "items": _drawn(in_order(messages, shown_events, _names()), may),
        "earlier": earlier,
        "last_event": happened[-1].pk if happened else 0,
        "last_message": last_public,
        "last_seen": messages[-1].pk if messages else 0,
        "tag_names": [tag.name for tag in ticket.tags.all()],
        "status_icon": STATUS_ICONS.get(ticket.category, "circle"),
        "due": _due(ticket, now=now),
        "links": [other for _link, other in screen.links_of(actor, ticket)],
        "ticket_link": request.build_absolute_uri(reverse("desk:ticket", args=[ticket.number])),
        "composer": composer_of(actor, ticket, people, points=points, now=now),
        "may": may,
        **_customer_context(actor, ticket, now=now),
        "contact_points": points_shown(points),
        "people": [p for p in people if p.kind != "requester"],
    }


def _drawn(items: list[Message | Fold], may: Mapping[str, bool]) -> list[dict[str, Any]]:
    """For the template: messages as kept markup, changes as they are."""
    return [{"fold": item} if isinstance(item, Fold) else {"html": message_html(item, may)} for item in items]


def _names() -> Names:
    """What ids in events are called; kept for some seconds, for names hardly ever change."""
    key = f"desk-names:{get_language()}"
    names: Names | None = cache.get(key)
    if names is None:
        names = Names(
            agents={str(a.pk): a.name for a in staff.agents().prefetch_related(None)},
            teams={str(t.pk): t.name for t in staff.teams()},
            statuses={str(s.pk): s.label for s in tickets.statuses()},
        )
        cache.set(key, names, NAMES_SECONDS)
    return names


def _due_words(ticket: Ticket, at: datetime, *, now: datetime) -> tuple[str, str]:
    """(how much time is left or over, what for and until when), by the nearest promise of the service levels."""
    length = span((at - now).total_seconds(), length="short")
    titles = {
        ticket.resolution_due_at: _("To be solved by %(by)s."),
        ticket.next_response_due_at: _("The next answer is due by %(by)s."),
        ticket.first_response_due_at: _("The first answer is due by %(by)s."),
    }
    title = titles.get(at, _("Due by %(by)s.")) % {"by": _local(at)}
    if at < now:
        return _("Late by %(time)s") % {"time": length}, title
    if at == ticket.resolution_due_at:
        return _("%(time)s left to solve") % {"time": length}, title
    return _("%(time)s left to answer") % {"time": length}, title


def _due(ticket: Ticket, *, now: datetime) -> dict[str, str]:
    due = due_of(
        now=now,
        active=ticket.active,
        updated_at=ticket.updated_at,
        waiting_since=ticket.waiting_since,
        promised_at=ticket.promised_at,
        first_response_at=ticket.first_response_at,
        snoozed_until=ticket.snoozed_until,
        due_at=ticket.due_at,
    )
    words = ""
    title = ""
    if ticket.due_at is not None and ticket.active:
        words, title = _due_words(ticket, ticket.due_at, now=now)
        return {"kind": due.kind if due.kind in {"late", "soon"} else "waits", "long": words, "title": title}
    if ticket.waiting_since is not None and ticket.active:
        length = span((now - ticket.waiting_since).total_seconds(), length="short")
        words = _("Waiting %(time)s") % {"time": length}
        title = _("Since %(when)s") % {"when": _local(ticket.waiting_since)}
        if ticket.promised_at is not None and ticket.first_response_at is None:
            left = span((ticket.promised_at - now).total_seconds(), length="short")
            if ticket.promised_at < now:
                words = _("Late by %(time)s") % {"time": left}
            else:
                words = _("%(time)s left to answer") % {"time": left}
            title = _("Waiting since %(since)s; an answer was promised by %(by)s.") % {
                "since": _local(ticket.waiting_since),
                "by": _local(ticket.promised_at),
            }
    return {"kind": due.kind, "long": words, "title": title}


def _local(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def _customer_context(actor: Actor, ticket: Ticket, *, now: datetime) -> dict[str, Any]:
    person = ticket.customer
    neighbours = tickets.other_tickets(actor, ticket, limit=20)
    return {
        "person_language": language_name(person.language or ticket.language),
        "person_time": _time_there(person, now),
        "others": others_of(neighbours, now=now),
        "lately": _lately([ticket, *neighbours], now=now),
    }


def others_of(found: Iterable[Ticket], *, now: datetime) -> list[Other]:
    """Tickets as one-line neighbours."""
    return [
        Other(
            number=t.number,
            subject=t.subject or t.shown_number,
            category=t.category,
            status=t.status.label,
            icon=STATUS_ICONS.get(t.category, "circle"),
            at=t.updated_at,
            ago=ago(t.updated_at, now=now),
        )
        for t in found
    ]


def language_name(code: str) -> str:
    """A language's name in the reader's language; an empty string for none or an unknown one."""
    if not code:
        return ""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return ""


def _time_there(person: Customer, now: datetime) -> str:
    import zoneinfo

    if not person.time_zone:
        return ""
    try:
        return formats.time_format(now.astimezone(zoneinfo.ZoneInfo(person.time_zone)), "H:i")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return ""


def _lately(found: Sequence[Ticket], *, now: datetime) -> list[Lately]:
    lines: list[Lately] = []
    for ticket in found:
        name = {"subject": isolated(ticket.subject or ticket.shown_number)}
        lines.append(Lately(_("Wrote “%(subject)s”") % name, ticket.created_at, ago(ticket.created_at, now=now)))
        if ticket.solved_at:
            lines.append(Lately(_("“%(subject)s” was solved") % name, ticket.solved_at, ago(ticket.solved_at, now=now)))
    lines.sort(key=lambda line: line.at, reverse=True)
    return lines[:8]


@desk_view("ticket.see")
def ticket(request: DeskRequest, number: str) -> HttpResponse:
    """A ticket beside its list; a fragment's request gets the two panes alone."""
    asked = request.GET.get("view", "")
    view_key = asked if slug_re.match(asked) else "mine"
    since = live_since(request)  # before anything is read, so that nothing falls between the page and its first push
    context = {**ticket_context(request, number), **since}
    if wants_fragment(request):
        return render(request, "desk/panes.html", {**context, "view_key": view_key})
    try:
        listed = {**list_context(request, view_key), **side_list(request, view_key)}
    except NotFound:
        listed = {**list_context(request, "mine"), **side_list(request, "mine")}
    return page(request, "desk/tickets.html", "tickets", {**listed, **choices(request), **context})


@desk_view("ticket.see")
def panels(request: DeskRequest, number: str) -> HttpResponse:
    """What the topics show beside the talk: fetched after the talk, so that opening a ticket never waits for it."""
    found = screen.ticket_for_pane(request.actor, number)
    shown = []
    for name, topic in topics().items():
        if topic.panel is None:
            continue
        context = topic.panel.context(request, found)
        if context is not None:
            context = {**context, "ticket": found, "may": rights_for(request.actor)}
            shown.append((name, render_to_string(topic.panel.template, context, request)))
    return render(request, "desk/panels.html", {"panels": shown})


@desk_view("ticket.see", methods=("POST",))
def seen(request: DeskRequest, number: str) -> HttpResponse:
    """Note that the agent has read up to a message; their notifications of this ticket are read with it."""
    found = tickets.get_ticket(request.actor, number)
    if message_id := posted_id(request.POST.get("message", "")):
        if request.POST.get("unread"):
            operations.mark_unread(ticket=found, actor=request.actor)
        else:
            operations.mark_read(ticket=found, message_id=message_id, actor=request.actor, now=clock.now())
            operations.mark_notifications_read(actor=request.actor, now=clock.now(), ticket=found)
    return HttpResponse(status=204)
