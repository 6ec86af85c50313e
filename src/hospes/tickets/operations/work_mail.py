"""Work orders of outsiders: the mail with their own link, the answer by the link, the answer by mail."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.core.secrets import seal
from hospes.core.text import storable
from hospes.tickets import events, work_orders
from hospes.tickets.models import Message, Ticket, WorkOrder
from hospes.tickets.operations.base import (
    StoredFile,
    attach,
    count_message,
    ids_after,
    index_message,
    lock_where_it_went,
)
from hospes.tickets.operations.side import start_side_conversation
from hospes.tickets.operations.write import body_of
from hospes.tickets.queries.work import order_address, order_by_link


def ask_outside(order: WorkOrder, ticket: Ticket, *, actor: Actor, now: datetime) -> None:
    """Write to the outsider, in a side conversation, with a link that is theirs alone."""
    _new_link(order, now=now)
    message = start_side_conversation(
        ticket=ticket,
        to=order.address,
        subject=order.subject,
        text=_letter(order, ticket, order.text),
        from_draft=False,
        actor=actor,
        now=now,
    )
    order.side = message.side
    order.save(update_fields=["side", "token_hash", "token_sealed", "token_expires_at"])


def write_again(order: WorkOrder, ticket: Ticket, *, text: str, actor: Actor, now: datetime) -> None:
    """Go on in the same conversation; an old link is replaced when it has run out."""
    if order.token_expires_at is None or order.token_expires_at <= now:
        _new_link(order, now=now)
        order.save(update_fields=["token_hash", "token_sealed", "token_expires_at"])
    start_side_conversation(
        ticket=ticket,
        to=order.address,
        subject=order.subject,
        text=_letter(order, ticket, text),
        side=order.side,
        from_draft=False,
        actor=actor,
        now=now,
    )


def _new_link(order: WorkOrder, *, now: datetime) -> None:
    token = ids.token()
    order.token_hash = ids.token_hash(token)
    order.token_sealed = seal({"token": token})
    order.token_expires_at = max(now, order.due_at) + work_orders.LINK_LIFE


def _letter(order: WorkOrder, ticket: Ticket, text: str) -> str:
    """What the outsider reads: only what the order carries, in the template's language or the inbox's."""
    known = dict(settings.LANGUAGES)
    language = next((code for code in (order.language, ticket.inbox.language) if code in known), "en")
    with translation.override(language):
        zone = timezone.get_default_timezone()
        when = formats.date_format(order.due_at.astimezone(zone), "DATETIME_FORMAT")
        hello = _("Hello %(name)s,") % {"name": order.contact_name} if order.contact_name else _("Hello,")
        lines = [hello, "", _("%(company)s needs something from you:") % {"company": ticket.inbox.name}]
        lines += ["", f"{order.subject} ({order.shown_number})", *([text] if text else [])]
        if order.fields:
            lines += ["", *(f"{field['label']}: {field['value']}" for field in order.fields)]
        lines += ["", _("Please answer by %(when)s.") % {"when": f"{when} ({zone})"}]
        lines += ["", _("Answer here; you need no account:"), order_address(order.number)]
        lines += ["", _("Or simply answer this e-mail.")]
    return "\n".join(lines)


@transaction.atomic
def answer_by_link(
    *,
    number: str,
    token: str,
    text: str,
    now: datetime,
    files: Sequence[StoredFile] = (),
    declined: bool = False,
) -> WorkOrder:
    """An outsider answers by their link: their words stand in the side conversation on the ticket. Raises NotFound for
    a link that opens nothing, Conflict when it was answered already, InvalidInput for an empty answer."""
    from hospes.tickets.operations.work import keep_answer, take_step

    order, ticket, actor = _by_link(number, token, now=now)
    take_step(order, "decline" if declined else "answer", now=now)
    _html, text = body_of("", text)
    message = Message(
        ticket=ticket,
        kind=Message.Kind.SIDE_IN,
        side_id=order.side_id,
        channel="portal",
        author_name=actor.name[:200],
        author_address=order.address,
        subject=order.subject,
        text=text[:100_000],
        created_at=now,
    )
    message.save(force_insert=True)
    attach(message, files, now=now)
    index_message(message, ticket)
    count_message(ticket, message, now=now, from_customer=False)
    ticket.snoozed_until = None
    ticket.save()
    emit(events.MessageReceived(**ids_after(ticket), message_id=message.pk), actor=actor, now=now)
    keep_answer(order, ticket, message, text=text, by_name=actor.name, declined=declined, actor=actor, now=now)
    return order


@transaction.atomic
def accept_by_link(*, number: str, token: str, now: datetime) -> WorkOrder:
    """An outsider says that it will be done. Raises NotFound, Conflict."""
    from hospes.tickets.operations.work import about, take_step

    order, ticket, actor = _by_link(number, token, now=now)
    take_step(order, "accept", now=now)
    order.accepted_at = now
    order.save()
    emit(events.WorkOrderAccepted(**about(order, ticket), by_name=actor.name), actor=actor, now=now)
    return order


def _by_link(number: str, token: str, *, now: datetime) -> tuple[WorkOrder, Ticket, Actor]:
    found = order_by_link(number, token, now=now)
    ticket = lock_where_it_went(found.ticket_id)
    WorkOrder.objects.select_for_update(no_key=True).get(pk=found.pk)
    order = order_by_link(number, token, now=now)  # as it is now that nobody else can change it
    name = storable(order.contact_name or order.address)
    return order, ticket, Actor(kind="customer", name=name, via="link")


@transaction.atomic
def take_mail_answer(*, message_id: int, actor: Actor, now: datetime) -> WorkOrder | None:
    """An outsider answered the mail instead: the message that came in is the answer. Never a machine's."""
    from hospes.tickets.operations.work import keep_answer, take_step

    message = Message.objects.filter(pk=message_id, kind=Message.Kind.SIDE_IN, automatic=False).first()
    if message is None or message.side_id is None or message.auto_kind:
        return None
    found = WorkOrder.objects.filter(side=message.side_id, state__in=sorted(work_orders.RUNNING)).first()
    if found is None:
        return None
    ticket = lock_where_it_went(found.ticket_id)
    order = WorkOrder.objects.select_for_update(no_key=True).get(pk=found.pk)
    if not order.running:
        return None
    take_step(order, "answer", now=now)
    by_name = message.author_name or message.author_address
    keep_answer(order, ticket, message, text=message.text, by_name=by_name, declined=False, actor=actor, now=now)
    return order
