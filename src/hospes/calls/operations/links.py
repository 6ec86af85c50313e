"""One-time links by which somebody without an account comes into a call in the browser.

The link is looked at as often as anybody likes (mail scanners do); it is used up by whoever presses "Start" first, and
belongs to that browser from then on, which gets a key of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.calls import events, policies
from hospes.calls.models import Call, CallLink, CallPart
from hospes.calls.operations.base import begin_call, finish, join, lock_call, ring
from hospes.core import ids
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket
from hospes.tickets.operations.base import ids_after, lock_ticket

LIFE: Final = timedelta(hours=24)
MEDIA: Final = (Call.Medium.BROWSER, Call.Medium.VIDEO)


@dataclass(frozen=True, slots=True)
class Entered:
    """Who came in by a link, and the key by which their browser speaks for them; kept only as its hash."""

    part: CallPart
    key: str
    token: str = ""


def address_of(token: str) -> str:
    """The page that a link opens."""
    return f"{settings.PUBLIC_URL}/portal/call/{token}/"


@transaction.atomic
def make_link(
    *,
    ticket: Ticket,
    medium: str,
    actor: Actor,
    now: datetime,
    kind: str = "customer",
    call: Call | None = None,
    name: str = "",
) -> tuple[CallLink, str]:
    """(a link, its token, which is not kept). `kind` is customer, or expert for somebody outside who joins `call`.
    Raises InvalidInput, NotAllowed, NotFound."""
    ticket = lock_ticket(ticket, actor, right="ticket.reply")
    if medium not in MEDIA:
        raise InvalidInput(_("Choose a call with or without picture."), field="medium")
    if kind not in {CallPart.Kind.CUSTOMER, CallPart.Kind.EXPERT}:
        raise InvalidInput(_("Choose whom the link is for."), field="kind")
    if kind == CallPart.Kind.EXPERT and (call is None or call.ticket_id != ticket.pk):
        raise InvalidInput(_("An expert joins a call that is under way."), field="kind")
    name = " ".join(storable(name).split())[:200]
    token = ids.token()
    link = CallLink.objects.create(
        ticket=ticket,
        call=call,
        kind=kind,
        medium=medium,
        token_hash=ids.token_hash(token),
        name=name or (ticket.customer.name[:200] if kind == CallPart.Kind.CUSTOMER else ""),
        made_by_id=actor.id if actor.kind == "agent" else None,
        created_at=now,
        expires_at=now + LIFE,
    )
    emit(
        events.CallLinkMade(**ids_after(ticket), link_id=link.pk, medium=medium, kind=kind, who=link.name),
        actor=actor,
        now=now,
    )
    return link, token


@transaction.atomic
def send_link(
    *, ticket: Ticket, medium: str, actor: Actor, now: datetime, via: int | None = None
) -> tuple[CallLink, Message]:
    """Make a link and send it to the customer by any channel, in their language. Raises as tickets.reply does."""
    link, token = make_link(ticket=ticket, medium=medium, actor=actor, now=now)
    language = ticket.language if ticket.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        text = ready_words(medium, address_of(token))
    message = tickets.reply(ticket=ticket, actor=actor, now=now, text=text, via=via)
    return link, message


def ready_words(medium: str, address: str) -> str:
    """What is sent with a link, in the active language."""
    if medium == Call.Medium.VIDEO:
        words = _("Let us look at it together: open this link to start a free video call with us.")
    else:
        words = _("Let us talk: open this link to call us for free from your browser.")
    hint = _("You need nothing but your browser. The link works once and for 24 hours.")
    return f"{words}\n\n{address}\n\n{hint}"


@transaction.atomic
def withdraw_link(*, link: CallLink, actor: Actor, now: datetime) -> None:
    """A link that was not used works no more."""
    lock_ticket(link.ticket, actor, right="ticket.reply")
    CallLink.objects.filter(pk=link.pk, used_at=None).update(expires_at=now)


@transaction.atomic
def use_link(*, token: str, now: datetime, name: str = "", consent: bool = False, refused: bool = False) -> Entered:
    """Somebody presses "Start": the link is used up, and they are in the call. The agent who made it is rung.
    `refused`: they chose "Do not record". Raises NotFound (no such link), Conflict (code used, expired, call-ended)."""
    link = (
        CallLink.objects.select_for_update(of=("self",))
        .select_related("ticket__inbox", "ticket__customer", "call", "made_by")
        .filter(token_hash=ids.token_hash(token))
        .first()
    )
    if link is None:
        raise NotFound
    if link.used_at is not None:
        raise Conflict(_("This link was used already. Ask for a new one."), code="used")
    if link.expires_at <= now:
        raise Conflict(_("This link is too old. Ask for a new one."), code="expired")
    key = ids.token()
    name = " ".join(storable(name).split())[:200] or link.name
    if link.kind == CallPart.Kind.EXPERT and link.call is not None:
        part = _guest(link.call, CallPart.Kind.EXPERT, name, key, now=now)
    else:
        part = _customer(link, name, key, now=now, consent=consent and not refused)
        if refused:
            refuse_recording(part=part, now=now)
    link.used_at, link.call_id = now, part.call_id
    link.save(update_fields=["used_at", "call"])
    return Entered(part, key, token)


def _guest(call: Call, kind: str, name: str, key: str, *, now: datetime) -> CallPart:
    actor = guest_actor(name)
    part = ring(call=call, actor=actor, now=now, kind=kind, name=name, key_hash=ids.token_hash(key))
    join(part=part, actor=actor, now=now)
    part.refresh_from_db()
    return part


def _customer(link: CallLink, name: str, key: str, *, now: datetime, consent: bool) -> CallPart:
    """The customer's own call; whoever sent the link is rung, if they are still here to be."""
    if link.call is not None and link.call.state != policies.ENDED:
        return _guest(link.call, CallPart.Kind.CUSTOMER, name, key, now=now)
    ticket = link.ticket
    actor = Actor(kind="customer", id=ticket.customer_id, name=name, via="call")
    call = begin_call(
        ticket=ticket, inbox=ticket.inbox, medium=link.medium, direction="in", actor=actor, now=now,
        facts={"consent": "yes" if consent else ""},
    )  # fmt: skip
    part = own_part(call, name, key)
    if link.made_by is not None and link.made_by.is_active:
        ring(call=call, actor=SYSTEM, now=now, agent=link.made_by)
    return part


@transaction.atomic
def refuse_recording(*, part: CallPart, now: datetime) -> None:
    """They chose so before they came in."""
    actor = guest_actor(part.name)
    held = lock_call(part.call_id, actor)
    held.call.facts = {**held.call.facts, "consent": "no"}
    held.told.append(events.CallConsent(**held.ids(), yes=False))
    finish(held, actor=actor, now=now)


def used_link(call: Call, name: str, *, now: datetime) -> str:
    """The token of a link that its own browser alone can open: the address of a call that began without one."""
    token = ids.token()
    CallLink.objects.create(
        ticket_id=call.ticket_id, call=call, medium=call.medium, token_hash=ids.token_hash(token), name=name[:200],
        created_at=now, expires_at=now + LIFE, used_at=now,
    )  # fmt: skip
    return token


def own_part(call: Call, name: str, key: str) -> CallPart:
    """The customer's part of a call that has just begun, with the key of their browser."""
    part = call.parts.get(kind=CallPart.Kind.CUSTOMER)
    part.key_hash, part.name = ids.token_hash(key), name or part.name
    part.save(update_fields=["key_hash", "name"])
    return part


def guest_actor(name: str) -> Actor:
    """Somebody without an account, who does what their part of the call lets them do and nothing else."""
    return Actor(kind="customer", name=name, via="call")
