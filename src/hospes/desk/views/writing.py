"""What agents write: replies, notes, forwards, drafts, uploads, macros; taking back and trying again."""

import json
import re
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.channels.templates import words_of
from hospes.core import clock
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.posted import posted_id, posted_number
from hospes.customers.policies import email_key
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.views.changes import answering
from hospes.tickets import operations
from hospes.tickets import queries as tickets
from hospes.tickets.models import Message, SideConversation, Ticket
from hospes.tickets.queries import screen
from hospes.tickets.queries.ticket import get_message

MENTION = re.compile(r'data-mention="(\d{1,18})"')


def _addresses(value: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;\s]+", value) if part.strip()]


def sent(request: DeskRequest, message: Message, draft_kind: str) -> JsonResponse:
    """What the script needs after a message was written: how long it can be taken back."""
    held = message.delivery == Message.Delivery.HELD
    undo = reverse("desk:undo", args=[message.pk]) if held else ""
    seconds = operations.default_undo_seconds() if held else 0
    return JsonResponse({"message": message.pk, "undo": undo, "seconds": seconds, "kind": draft_kind})


@desk_view("ticket.reply", methods=("POST",))
@answering
def reply(request: DeskRequest, number: str) -> HttpResponse:
    """Answer the customer. Who was taken out of Cc takes part no longer."""
    ticket = tickets.get_ticket(request.actor, number)
    data, now = request.POST, clock.now()
    copied = _addresses(data.get("cc", ""))
    message = operations.reply(
        ticket=ticket,
        actor=request.actor,
        now=now,
        **way_chosen(request),
        uploads=data.getlist("upload"),
        cc=copied,
        status=data.get("then", ""),
        seen_message_id=posted_number(data.get("seen", "")),
        undo_seconds=operations.default_undo_seconds(),
    )
    if "cc" in data and data.get("cc_shown"):
        _take_out(request, ticket, shown=_addresses(data["cc_shown"]), left=copied)
    return sent(request, message, "reply")


def way_chosen(request: DeskRequest) -> dict[str, Any]:
    """By which way, in public or not, with which template or buttons; and the words: a template has its own."""
    data = request.POST
    via = posted_number(data.get("via", ""))
    chosen: dict[str, Any] = {
        "via": via,
        "private": {"1": True, "0": False}.get(data.get("private", "")),
        "buttons": [label for label in data.getlist("button") if label.strip()],
    }
    if not data.get("template"):
        return {**chosen, "html": data.get("html", "")}
    try:
        wanted = json.loads(data["template"])
    except ValueError:
        wanted = None
    if via is None or not isinstance(wanted, dict):
        raise InvalidInput(_("Choose a template."), field="template")
    text, template = words_of(inbox_id=via, wanted=wanted)
    return {**chosen, "text": text, "template": template}


def _take_out(request: DeskRequest, ticket: Ticket, *, shown: list[str], left: list[str]) -> None:
    """Only those whom the agent was shown and took out: somebody who joined meanwhile stays."""
    gone = {email_key(a) for a in shown} - {email_key(a) for a in left}
    for place in screen.participants_of(ticket):
        if place.kind == "cc" and place.key in gone:
            operations.remove_participant(ticket=ticket, place_id=place.pk, actor=request.actor, now=clock.now())


@desk_view("ticket.note", methods=("POST",))
@answering
def note(request: DeskRequest, number: str) -> HttpResponse:
    """Write an internal note; colleagues called with @ are told."""
    html = request.POST.get("html", "")
    message = operations.add_note(
        ticket=tickets.get_ticket(request.actor, number),
        actor=request.actor,
        now=clock.now(),
        html=html,
        uploads=request.POST.getlist("upload"),
        mentions=[int(pk) for pk in MENTION.findall(html)[:50]],
    )
    return sent(request, message, "note")


@desk_view("ticket.forward", methods=("POST",))
@answering
def forward(request: DeskRequest, number: str) -> HttpResponse:
    """Write to an outsider inside the ticket, with one of its messages when asked."""
    ticket = tickets.get_ticket(request.actor, number)
    data = request.POST
    included = data.get("message", "")
    to = _addresses(data.get("to", ""))
    if len(to) != 1:
        raise InvalidInput(_("Write one address to forward to."), field="to")
    message = operations.start_side_conversation(
        ticket=ticket,
        to=to[0],
        subject=data.get("subject", ""),
        actor=request.actor,
        now=clock.now(),
        html=data.get("html", ""),
        uploads=data.getlist("upload"),
        include_message=get_message(request.actor, posted_id(included)) if included else None,
        side=_side(ticket, to[0]),
        undo_seconds=operations.default_undo_seconds(),
    )
    return sent(request, message, "forward")


def _side(ticket: Ticket, address: str) -> SideConversation | None:
    """The running side conversation with this outsider, so that it goes on in one thread."""
    return ticket.side_conversations.filter(key=email_key(address)).order_by("-id").first()


@desk_view("ticket.note", methods=("POST",))
@answering
def undo(request: DeskRequest, message_id: int) -> HttpResponse:
    """Take a message back within its seconds of grace."""
    message = get_message(request.actor, message_id)
    draft = operations.undo_send(message=message, actor=request.actor, now=clock.now())
    if draft is None:
        return JsonResponse({})
    files = [
        {"token": u.token, "name": u.name, "size": u.size} for u in screen.uploads_of(request.actor, draft.attachments)
    ]
    kept = {"kind": draft.kind, "html": draft.html, "version": draft.version, "files": files}
    return JsonResponse({**kept, "number": message.ticket.number, "cc": ", ".join(draft.cc), "to": ", ".join(draft.to)})


@desk_view("ticket.reply", methods=("POST",))
@answering
def retry(request: DeskRequest, message_id: int) -> HttpResponse:
    """Send a failed message again."""
    message = get_message(request.actor, message_id)
    operations.retry_delivery(message=message, actor=request.actor, now=clock.now())
    return HttpResponse(status=204)


@desk_view("ticket.note", methods=("POST",))
@answering
def draft(request: DeskRequest, number: str) -> HttpResponse:
    """Keep what is being written; an empty text throws the draft away."""
    ticket = tickets.get_ticket(request.actor, number)
    data = request.POST
    kind = data.get("kind", "reply")
    html = data.get("html", "")
    uploads = data.getlist("upload")
    if not html.strip() and not uploads:
        operations.discard_draft(ticket=ticket, kind=kind, actor=request.actor)
        return JsonResponse({"version": 0})
    kept = operations.save_draft(
        ticket=ticket,
        kind=kind,
        html=html,
        actor=request.actor,
        now=clock.now(),
        version=posted_id(data.get("version", "")) or None,
        to=_addresses(data.get("to", "")) if kind == "forward" else (),
        cc=_addresses(data.get("cc", "")),
        attachments=uploads,
    )
    return JsonResponse({"version": kept.version})


@desk_view("ticket.note", methods=("POST",))
@answering
def upload(request: DeskRequest) -> HttpResponse:
    """Keep a file for a message that is being written; with `remove`, take one back."""
    if token := request.POST.get("remove", ""):
        operations.discard_upload(token=token, actor=request.actor)
        return HttpResponse(status=204)
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput(_("Choose a file."), field="file")
    kept = operations.upload(
        name=file.name or "file",
        content_type=file.content_type or "",
        content=file.read(),
        actor=request.actor,
        now=clock.now(),
    )
    return JsonResponse({"token": kept.token, "name": kept.name, "size": kept.size})


@desk_view("ticket.note", methods=("POST",))
@answering
def macro(request: DeskRequest, number: str) -> HttpResponse:
    """Make a macro's changes and hand back its words for the composer."""
    ticket = tickets.get_ticket(request.actor, number)
    found = screen.get_macro(request.actor, posted_id(request.POST.get("macro", "")))
    if found is None:
        raise NotFound
    html = operations.apply_macro(macro=found, ticket=ticket, actor=request.actor, now=clock.now())
    answer: dict[str, Any] = {"html": html, "name": found.name, "changed": bool(found.actions)}
    return JsonResponse(answer)
