"""A call by phone goes its way: how far its talk with the provider has come, and what the caller chose."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from hospes.calls import events, menus, policies
from hospes.calls.models import Call, CallPart
from hospes.calls.operations.base import begin_call, end_call, finish, leave, lock_call, miss, move_call
from hospes.calls.operations.seeking import CALLS
from hospes.calls.phones import open_now, setup_of
from hospes.core.actors import SYSTEM, Actor
from hospes.core.text import storable_json
from hospes.staff.models import Team
from hospes.tickets.models import Inbox, Ticket
from hospes.tickets.operations import change_ticket

SILENT: Final = timedelta(minutes=4)  # a provider that says nothing of a caller for so long has lost them
RANG_OUT: Final = timedelta(seconds=90)
REFUSES: Final = "9"  # the key of those who do not want to be recorded
TOLD: Final = "told"  # of the recording, and did not refuse it
CUSTOMER: Final = "c"  # the caller's own line, among `facts["lines"]`


@transaction.atomic
def take_incoming(
    *, ticket: Ticket, inbox: Inbox, provider_id: str, number: str, verified: bool, language: str, now: datetime
) -> Call:
    """Somebody calls: into the menu, the queue, or (closed) to what is chosen for then."""
    setup = setup_of(inbox)
    facts: dict[str, Any] = {"language": language, "verified": verified, "path": [], "tries": 0}
    if not open_now(inbox, now=now):
        facts["closed"] = True
        state = policies.VOICEMAIL if setup.closed == "voicemail" else policies.MENU
        facts["at"] = "voicemail" if setup.closed == "voicemail" else "number"
    elif setup.record:  # they hear of it, and choose, before anything else
        state, facts["at"] = policies.MENU, "consent"
    else:
        state = policies.MENU if setup.menu else policies.QUEUED
        facts["at"] = "menu" if setup.menu else "wait"
    actor = Actor(kind="customer", id=ticket.customer_id, name=ticket.customer.name or number, via="voice")
    return begin_call(
        ticket=ticket, inbox=inbox, medium="phone", direction="in", state=state, actor=actor, now=now,
        customer=ticket.customer, provider_id=provider_id, from_number=number, to_number=inbox.address, facts=facts,
    )  # fmt: skip


@transaction.atomic
def keep(*, call_id: int, now: datetime, **facts: Any) -> None:
    """Keep what the talk with the provider needs to know; and that it said something of this call just now."""
    held = lock_call(call_id, SYSTEM)
    held.call.facts = {**held.call.facts, **storable_json(facts), "heard_at": now.isoformat()}
    finish(held, actor=CALLS, now=now)


@transaction.atomic
def told_of_recording(*, call_id: int, digits: str, now: datetime) -> None:
    """The customer heard that the call is recorded: one key refuses that for the whole call."""
    held = lock_call(call_id, SYSTEM)
    refused = digits == REFUSES
    held.call.facts = {**held.call.facts, "consent": "no" if refused else TOLD, "heard_at": now.isoformat()}
    if refused:
        held.told.append(events.CallConsent(**held.ids(), yes=False))
    customer = held.call.customer
    actor = Actor(kind="customer", id=held.call.customer_id, name=customer.name if customer else "", via="voice")
    finish(held, actor=actor, now=now)


@transaction.atomic
def go_in(*, call_id: int, now: datetime) -> None:
    """From the words about recording on to the menu, or the queue where there is none."""
    call = Call.objects.select_related("inbox").get(pk=call_id)
    menu = bool(setup_of(call.inbox).menu)
    keep(call_id=call_id, now=now, at="menu" if menu else "wait")
    if not menu:
        move_call(call=call, to=policies.QUEUED, actor=CALLS, now=now)


@transaction.atomic
def choose(*, call_id: int, digits: str, now: datetime) -> menus.Chosen:
    """The caller pressed these keys ("" for none) at their place of the menu."""
    held = lock_call(call_id, SYSTEM)
    call = held.call
    setup = setup_of(Inbox.objects.get(pk=call.inbox_id))
    chosen = menus.choose(
        setup.menu, setup.extensions, path=call.facts.get("path", []), digits=digits, tries=call.facts.get("tries", 0)
    )
    at = {"person": "wait", "callback": "number", "voicemail": "voicemail"}.get(chosen.to, "menu")
    wish = {"agent": chosen.agent_id} if chosen.agent_id else {}
    keep(call_id=call_id, now=now, path=list(chosen.path), tries=chosen.tries, at=at, **wish)
    if chosen.team_id and Team.objects.filter(pk=chosen.team_id, archived_at=None).exists():
        change_ticket(ticket=call.ticket, team=Team.objects.get(pk=chosen.team_id), actor=CALLS, now=now)
    if at in {"wait", "voicemail"}:
        to = policies.QUEUED if at == "wait" else policies.VOICEMAIL
        move_call(call=Call.objects.get(pk=call_id), to=to, actor=CALLS, now=now)
    return chosen


@transaction.atomic
def to_voicemail(*, call_id: int, now: datetime) -> None:
    """The caller leaves a message instead of waiting."""
    keep(call_id=call_id, now=now, at="voicemail")
    move_call(call=Call.objects.get(pk=call_id), to=policies.VOICEMAIL, actor=CALLS, now=now)


@transaction.atomic
def farewell(*, call_id: int, now: datetime, at: str, by: str = "customer") -> None:
    """The call is over but for a last sentence, after which the provider hangs up."""
    keep(call_id=call_id, now=now, at=at, farewell=True)
    end_call(call=Call.objects.get(pk=call_id), actor=CALLS, now=now, by=by)


@transaction.atomic
def note_line(
    *,
    call_id: int,
    line: str,
    step: int,
    digest: str,
    answer: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """How far the talk about one line has come, and what was answered last: asked at once again, it is said again."""
    call = Call.objects.select_for_update(of=("self",)).get(pk=call_id)
    lines = {**call.facts.get("lines", {}), line: {"step": step, "digest": digest, "answer": answer}}
    call.facts = {**call.facts, "lines": lines, "heard_at": now.isoformat()}
    if line == CUSTOMER:
        call.step = step
    call.save(update_fields=["facts", "step"])


@transaction.atomic
def note_conference(*, call_id: int, conference: str, now: datetime) -> None:
    """The provider's id of the room in which they talk."""
    call = Call.objects.get(pk=call_id)
    if call.facts.get("conference") != conference:
        keep(call_id=call_id, now=now, conference=conference[:64])


@transaction.atomic
def line_closed(*, part: CallPart, status: str, now: datetime) -> None:
    """The provider says that a line is closed: whoever was rung did not answer, whoever was in the call has left."""
    why = {"busy": "busy", "failed": "failed", "canceled": "withdrawn"}.get(status, "no-answer")
    fresh = CallPart.objects.get(pk=part.pk)
    if fresh.state == policies.RINGING:
        miss(part=fresh, actor=CALLS, now=now, why=why)
    elif fresh.state in policies.IN:
        leave(part=fresh, actor=CALLS, now=now)


@transaction.atomic
def record_from_now(*, call_id: int, now: datetime) -> None:
    """The caller was told that the call is recorded."""
    held = lock_call(call_id, SYSTEM)
    held.call.recorded = True
    finish(held, actor=CALLS, now=now)


def sweep_phones(*, now: datetime, limit: int = 50) -> int:
    """Callers of whom the provider says nothing any more, and phones that rang without an end: the news were lost."""
    done = 0
    under_way = Call.objects.filter(medium=Call.Medium.PHONE).exclude(state=Call.State.ENDED)
    for call in under_way.filter(state__in=["menu", "queued", "voicemail"], direction="in").order_by("id")[:limit]:
        heard = call.facts.get("heard_at")
        last = datetime.fromisoformat(heard) if isinstance(heard, str) else call.started_at
        if now - last > SILENT:
            end_call(call=call, actor=CALLS, now=now, by="customer")
            done += 1
    ringing = CallPart.objects.filter(
        call__medium=Call.Medium.PHONE, state=policies.RINGING, rang_at__lte=now - RANG_OUT
    )
    for part in ringing.exclude(call__state=Call.State.ENDED).order_by("id")[:limit]:
        miss(part=part, actor=CALLS, now=now)
        done += 1
    return done
