"""Calls in the browser: who comes in, who is rung, consent, pictures, and noticing lines that are gone."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from hospes.calls import events, policies
from hospes.calls.models import Call, CallPart, Recording
from hospes.calls.operations.base import (
    begin_call,
    finish,
    join,
    leave,
    lock_call,
    miss,
    ring,
)
from hospes.calls.operations.links import Entered, guest_actor, own_part, refuse_recording, used_link
from hospes.calls.operations.seeking import free_in
from hospes.core import ids
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooLarge
from hospes.core.shown import picture_kind
from hospes.core.text import shorten, storable
from hospes.customers import operations as customers
from hospes.customers.models import Customer
from hospes.staff.models import Agent, Team
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox

BROWSER: Final = (Call.Medium.BROWSER, Call.Medium.VIDEO)
RING_FOR: Final = timedelta(seconds=30)
LOST_AFTER: Final = timedelta(seconds=45)  # without a sign from a browser that was in the call
NEVER_CAME: Final = timedelta(seconds=90)  # pressed "Start", but its line never opened
MOST_IN: Final = 4  # everybody sends to everybody: more than four is more than a home line carries
MAX_PIXELS: Final = 40_000_000


@transaction.atomic
def start_free_call(
    *,
    inbox: Inbox,
    medium: str,
    now: datetime,
    name: str = "",
    topic: str = "",
    language: str = "",
    customer: Customer | None = None,
    consent: bool = False,
    refused: bool = False,
) -> Entered:
    """Somebody calls from the chat widget or the portal, free for them: a ticket, and a call that waits in the queue.

    `customer` is who is signed in; without one a new record is made, for nobody's word about who they are is taken.
    `refused`: they chose "Do not record".
    """
    if medium not in BROWSER:
        raise InvalidInput(_("Choose a call with or without picture."), field="medium")
    name = " ".join(storable(name).split())[:200]
    topic = storable(topic).strip()[:2000]
    if customer is None:
        # Translators: the name of a customer who called without saying theirs
        unnamed = _("Caller without a name")
        customer = customers.create_customer(name=name or unnamed, language=language, actor=SYSTEM, now=now)
    actor = Actor(kind="customer", id=customer.pk, name=customer.name or name, via="call")
    ticket = tickets.create_ticket(
        inbox=inbox,
        customer=customer,
        # Translators: subject of a ticket that begins with a call
        subject=shorten(topic, 80) or _("Call from the browser"),
        text=topic or _("(called from the browser)"),
        channel="browser",
        language=language,
        actor=actor,
        now=now,
    )
    call = begin_call(
        ticket=ticket, inbox=inbox, medium=medium, direction="in", actor=actor, now=now, customer=customer,
        facts={"consent": "yes" if consent and not refused else ""},
    )  # fmt: skip
    key = ids.token()
    part = own_part(call, name or customer.name, key)
    if refused:
        refuse_recording(part=part, now=now)
    return Entered(part, key, used_link(call, name, now=now))


@transaction.atomic
def answer(*, call: Call, actor: Actor, now: datetime) -> CallPart:
    """An agent opens the call's page: the one who is rung answers; a colleague who may see the ticket takes a call
    that waits, or comes in beside. Asked again, nothing changes. By phone their own phone rings: picking that up is
    the answer. Raises Conflict, InvalidInput, NotFound, NotAllowed."""
    if actor.kind != "agent":
        raise NotAllowed
    held = lock_call(call.pk, actor)
    own = [p for p in held.parts if p.agent_id == actor.id]
    part = next((p for p in own if p.state in policies.IN), None)
    if part is not None:
        return part
    part = next((p for p in own if p.state == policies.RINGING), None)
    by_phone = held.call.medium == Call.Medium.PHONE
    if part is not None and by_phone:
        return part
    if part is None:
        actor.require("ticket.reply")
        if by_phone and not Agent.objects.filter(pk=actor.own_id).exclude(phone="").exists():
            words = _("Write your own phone number into your profile first: it is rung first.")
            raise InvalidInput(words, field="number")
        part = _come_in(held.call, actor, taken=bool(held.line.staff_in), rung=held.line.rung is not None, now=now)
    if sum(p.state in policies.IN for p in held.parts) >= MOST_IN:
        raise Conflict(_("Four people are in this call; more do not fit."), code="full")
    if by_phone:
        return part
    join(part=part, actor=actor, now=now)
    part.refresh_from_db()
    return part


def _come_in(call: Call, actor: Actor, *, taken: bool, rung: bool, now: datetime) -> CallPart:
    agent = Agent.objects.get(pk=actor.own_id)
    kind = policies.EXPERT if taken or rung else policies.AGENT
    return ring(call=call, actor=actor, now=now, agent=agent, kind=kind)


@transaction.atomic
def invite(*, call: Call, agent: Agent, actor: Actor, now: datetime) -> CallPart:
    """Ring a colleague who knows more; they need not see the ticket. Raises Conflict, InvalidInput."""
    held = lock_call(call.pk, actor, right="ticket.reply")
    if not any(p.agent_id == actor.id and p.state in policies.IN for p in held.parts):
        raise NotFound
    if not agent.is_active:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    if held.call.medium == Call.Medium.PHONE and not agent.phone:
        raise InvalidInput(_("%(name)s could not be rung") % {"name": agent.name}, field="agent")
    return ring(call=held.call, actor=actor, now=now, agent=agent, kind=policies.EXPERT)


@transaction.atomic
def invite_team(*, call: Call, team: Team, actor: Actor, now: datetime) -> CallPart:
    """Ring whoever of a team is free, for them to take the call over or to help. Raises Conflict, NotFound."""
    agent_id = free_in(team.pk, call, now=now, but=actor.own_id)
    if agent_id is None:
        raise Conflict(_("%(name)s could not be rung") % {"name": team.name}, code="nobody-free")
    return invite(call=call, agent=Agent.objects.get(pk=agent_id), actor=actor, now=now)


@transaction.atomic
def decline(*, call: Call, actor: Actor, now: datetime) -> Call:
    """The agent who is rung says no."""
    held = lock_call(call.pk, actor)
    part = next((p for p in held.parts if p.agent_id == actor.id and p.state == policies.RINGING), None)
    return miss(part=part, actor=actor, now=now, why="declined") if part is not None else held.call


@transaction.atomic
def consent(*, part: CallPart, yes: bool, now: datetime) -> Call:
    """The customer allows recording, or takes it back: what runs stops then."""
    actor = guest_actor(part.name)
    held = lock_call(part.call_id, actor)
    if part.kind != policies.CUSTOMER or part.state not in policies.IN:
        raise NotFound
    said = "yes" if yes else "no"
    if held.call.facts.get("consent") == said:
        return held.call
    held.call.facts = {**held.call.facts, "consent": said}
    held.told.append(events.CallConsent(**held.ids(), yes=yes))
    if not yes:
        stop_open(held.call, now=now)
        held.call.recorded = False
    return finish(held, actor=actor, now=now)


@transaction.atomic
def ask_consent(*, call: Call, actor: Actor, now: datetime) -> Call:
    """The agent would like to record: the customer's page asks them, unless they said no. Raises Conflict."""
    held = lock_call(call.pk, actor, right="ticket.reply")
    if held.call.facts.get("consent") == "no":
        raise Conflict(_("The customer does not want to be recorded."), code="no-consent")
    if held.call.facts.get("consent") == "yes":
        return held.call
    held.call.facts = {**held.call.facts, "consent": "asked"}
    held.told.append(events.CallConsent(**held.ids(), asked=True))
    return finish(held, actor=actor, now=now)


def stop_open(call: Call, *, now: datetime) -> None:
    """What is being recorded is over; its pieces are joined."""
    Recording.objects.filter(call=call, state=Recording.State.OPEN).update(
        state=Recording.State.WAITING, next_try_at=now
    )


def keep_picture(*, part: CallPart, content: bytes, now: datetime, words: str = "", actor: Actor) -> None:
    """A still from the call, drawn upon or not, goes onto the ticket as a note. Raises InvalidInput, TooLarge."""
    if len(content) > settings.MAX_ATTACHMENT_BYTES:
        raise TooLarge(_("This picture is too large."), field="picture")
    kind = picture_kind(content[:16])
    if kind not in {"image/png", "image/jpeg"} or not _opens(content):
        raise InvalidInput(_("This is not a picture."), field="picture")
    name = f"call-{part.call_id}-{now:%H%M%S}.{'png' if kind == 'image/png' else 'jpg'}"
    # A guest may not write notes; what their part of the call lets them keep is written in their name.
    writer = actor if actor.kind == "agent" else Actor(kind="system", name=part.name or _("Customer"), via="call")
    kept = tickets.upload(name=name, content_type=kind, content=content, actor=writer, now=now)
    words = " ".join(storable(words).split())[:300]
    with transaction.atomic():
        held = lock_call(part.call_id, actor)
        own = held.part(part.pk)
        if own.state not in policies.IN:
            raise Conflict(_("This call has ended."), code="call-ended")
        message = tickets.add_note(
            ticket=held.call.ticket, actor=writer, now=now, text=words or _("A picture from the call"),
            uploads=[kept.token],
        )  # fmt: skip
        held.told.append(events.CallPicture(**held.ids(), message_id=message.pk))
        held.call.ticket.refresh_from_db()
        finish(held, actor=writer, now=now)


def _opens(content: bytes) -> bool:
    try:
        with Image.open(BytesIO(content), formats=["PNG", "JPEG"]) as picture:
            return picture.width * picture.height <= MAX_PIXELS
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return False


def seen(*, part_ids: list[int], now: datetime) -> None:
    """These browsers are there."""
    CallPart.objects.filter(pk__in=part_ids).update(seen_at=now)


def unseen(*, part_id: int, now: datetime) -> None:
    """A browser's line closed: it has a moment to come back, less than one that says nothing."""
    CallPart.objects.filter(pk=part_id, state__in=policies.IN).update(seen_at=now - LOST_AFTER / 2)


def sweep(*, now: datetime, limit: int = 100) -> int:
    """Lines that are gone, and those who do not answer."""
    done = 0
    found = CallPart.objects.filter(call__medium__in=BROWSER).exclude(call__state=policies.ENDED)
    ringing = found.filter(state=policies.RINGING, rang_at__lte=now - RING_FOR).exclude(agent=None)
    for part in ringing.order_by("id")[:limit]:
        miss(part=part, actor=SYSTEM, now=now)
        done += 1
    lost = found.filter(state__in=policies.IN).annotate(last=Coalesce("seen_at", F("joined_at") + NEVER_CAME / 2))
    for part in lost.filter(last__lte=now - LOST_AFTER).order_by("id")[:limit]:
        leave(part=part, actor=SYSTEM, now=now)
        done += 1
    return done


@transaction.atomic
def tell_unanswered(*, call_id: int, event_id: int, now: datetime) -> None:
    """A call that nobody answered is told to whoever should have: who was rung last, else the ticket's owner."""
    call = Call.objects.select_related("ticket", "customer").get(pk=call_id)
    rung = call.parts.filter(kind=policies.AGENT).exclude(agent=None).order_by("-id").first()
    agent_id = rung.agent_id if rung is not None else call.ticket.assignee_id
    if agent_id is None:
        return
    tickets.notify(
        agent_id=agent_id, ticket_id=call.ticket_id, kind="called", event_id=event_id,
        by_name=call.customer.name if call.customer else "", words=_("A call was missed"), now=now,
    )  # fmt: skip
