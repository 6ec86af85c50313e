"""Taking a message back within its seconds of grace: it is a draft again, and the ticket is as it was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, NotAllowed
from hospes.core.events import Event, emit
from hospes.tickets import events
from hospes.tickets.models import Draft, Message, Participant, Status, Ticket
from hospes.tickets.operations.base import ids_after, lock_ticket, recount, set_status

MOMENTS = ("waiting_since", "first_response_at", "snoozed_until", "solved_at", "closed_at")


def snapshot(ticket: Ticket) -> dict[str, Any]:
    """What an answer may change on a ticket, as plain values."""
    moments = {name: value.isoformat() if (value := getattr(ticket, name)) else None for name in MOMENTS}
    return {"status": ticket.status_id, "assignee": ticket.assignee_id, **moments}


@transaction.atomic
def undo_send(*, message: Message, actor: Actor, now: datetime) -> Draft | None:
    """Take a reply back within its seconds of grace: it becomes a draft again and the ticket is as before, except
    for what somebody else changed meanwhile. What the agent has begun to write since stays in the draft.

    Raises Conflict when it has left already.
    """
    ticket = lock_ticket(message.ticket, actor)
    found = Message.objects.select_for_update(no_key=True).filter(pk=message.pk, ticket=ticket).first()
    if found is None:
        raise Conflict(_("It has been taken back already."))
    if actor.kind != "agent" or found.agent_id != actor.id:
        raise NotAllowed
    if found.delivery != Message.Delivery.HELD or found.send_after is None or found.send_after <= now:
        raise Conflict(_("It has already been sent."))
    draft = _as_draft(found, ticket, actor, now)
    found.attachments.update(message=None, owner=f"agent:{actor.id}")
    message_id, side = found.pk, found.side
    happened: list[Event] = _restore(ticket, found.undo, now=now)
    found.delete()
    if side is not None and not side.messages.exists():
        side.delete()
    recount(ticket)
    ticket.updated_at = now
    ticket.version += 1
    ticket.save()
    withdrawn = events.ReplyWithdrawn(**ids_after(ticket), message_id=message_id)
    emit(withdrawn, *happened, actor=actor, now=now)
    return draft


def _as_draft(message: Message, ticket: Ticket, actor: Actor, now: datetime) -> Draft:
    kind = "reply" if message.kind == Message.Kind.REPLY else "forward"
    draft, _made = Draft.objects.select_for_update().get_or_create(
        ticket=ticket, agent_id=actor.own_id, kind=kind, defaults={"updated_at": now, "version": 0}
    )
    written = message.html or "<br>".join(escape(message.text).split("\n"))
    draft.html = written + draft.html
    draft.to = draft.to or [p["address"] for p in message.to]
    draft.cc = list(dict.fromkeys([*(p["address"] for p in message.cc), *draft.cc]))
    tokens = message.attachments.values_list("token", flat=True)
    draft.attachments = list(dict.fromkeys([*tokens, *draft.attachments]))
    draft.version += 1
    draft.updated_at = now
    draft.save()
    return draft


def _restore(ticket: Ticket, undo: Mapping[str, Any], *, now: datetime) -> list[Event]:
    before, after = undo.get("before", {}), undo.get("after", {})
    here = snapshot(ticket)
    back = {name for name in before if here[name] == after.get(name) and before[name] != here[name]}
    happened: list[Event] = []
    if "assignee" in back:
        ticket.assignee_id = before["assignee"]
        happened.append(_changed(ticket, "assignee", here, before))
    if "status" in back:
        set_status(ticket, Status.objects.get(pk=before["status"]), now=now)
        happened.append(_changed(ticket, "status", here, before))
    for name in set(MOMENTS) & back:
        setattr(ticket, name, datetime.fromisoformat(before[name]) if before[name] else None)
    # Those whom this message was to bring in are gone with it, unless they wrote meanwhile.
    joined = Participant.objects.filter(ticket=ticket, pk__in=undo.get("joined", []))
    wrote = Message.objects.filter(ticket=ticket, kind=Message.Kind.INCOMING).values("author_address")
    joined.exclude(address__in=wrote).update(removed_at=now)
    return [events.TicketChanged(**{**_fields(e), **ids_after(ticket)}) for e in happened]


def _changed(ticket: Ticket, field: str, here: Mapping[str, Any], before: Mapping[str, Any]) -> events.TicketChanged:
    words = {name: "" if value is None else str(value) for name, value in (("b", here[field]), ("a", before[field]))}
    return events.TicketChanged(ticket_id=ticket.pk, field=field, before=words["b"], after=words["a"])


def _fields(event: Event) -> dict[str, Any]:
    assert isinstance(event, events.TicketChanged)
    return {"field": event.field, "before": event.before, "after": event.after}
