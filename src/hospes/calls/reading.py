"""Reads for calls in the browser: who may enter a call's room, what a guest sees of it, who may hear a recording."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from hospes.calls import policies
from hospes.calls.ice import ice_servers
from hospes.calls.models import CallLink, CallPart, Recording
from hospes.calls.queries import position_of, usual_wait
from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.tickets.models import Ticket
from hospes.tickets.queries import visible


@dataclass(frozen=True, slots=True)
class Place:
    """A seat in a call's room that somebody may take."""

    call_id: int
    part_id: int
    kind: str
    name: str


def link_by(token: str) -> CallLink | None:
    """A link by its token, with its ticket and call."""
    found = CallLink.objects.select_related("ticket__inbox", "ticket__customer", "call", "made_by")
    return found.filter(token_hash=ids.token_hash(token)).first()


def part_by(key: str) -> CallPart | None:
    """A guest's part by the key of their browser; compared in constant time."""
    digest = ids.token_hash(key)
    part = CallPart.objects.select_related("call__ticket").filter(key_hash=digest).first() if key else None
    return part if part is not None and ids.same(part.key_hash, digest) else None


def place_of_guest(key: str) -> Place | None:
    """Where a guest's browser may sit, while they are in a call."""
    part = part_by(key)
    if part is None or part.state not in policies.IN or part.call.state == policies.ENDED:
        return None
    return Place(part.call_id, part.pk, part.kind, part.name)


def place_of_agent(actor: Actor, call_id: int) -> Place | None:
    """Where an agent's screen may sit: only who joined the call hears it, whatever else they may see."""
    part = (
        CallPart.objects.filter(call_id=call_id, agent_id=actor.own_id, state__in=policies.IN)
        .exclude(call__state=policies.ENDED)
        .order_by("-id")
        .first()
    )
    return Place(part.call_id, part.pk, part.kind, part.name) if part is not None else None


def still_seated(part_ids: Collection[int]) -> set[int]:
    """Which of these are still in their calls: one query however many there are."""
    found = CallPart.objects.filter(pk__in=part_ids, state__in=policies.IN).exclude(call__state=policies.ENDED)
    return set(found.exclude(agent__is_active=False).values_list("pk", flat=True))


def servers_for(part_id: int, *, now: datetime) -> list[dict[str, Any]]:
    """The ICE servers of one browser."""
    return ice_servers(
        turn=settings.TURN_URLS, secret=settings.TURN_SECRET, stun=settings.STUN_URLS, who=str(part_id), now=now
    )


def guest_state(part_id: int, *, now: datetime) -> dict[str, Any]:
    """What a guest's page shows of their call."""
    part = CallPart.objects.select_related("call__agent", "call__inbox").get(pk=part_id)
    call = part.call
    waiting = call.state in {policies.QUEUED, policies.RINGING} and call.answered_at is None
    wait = usual_wait(call.inbox_id, now=now) if waiting else None
    return {
        "state": policies.ENDED if part.state in {policies.LEFT, policies.MISSED} else call.state,
        "held": part.state == policies.HELD,
        "agent": call.agent.name if call.agent else "",
        "position": position_of(call) if waiting else 0,
        "wait_seconds": int(wait.total_seconds()) if wait else 0,
        "consent": call.facts.get("consent", ""),
        "recorded": call.recorded,
        "answered": call.answered_at is not None,
        "medium": call.medium,
    }


def recordings(actor: Actor) -> QuerySet[Recording]:
    """The recordings that an agent may hear: of tickets that they may see, with the right to hear."""
    if not actor.may("recording.hear"):
        return Recording.objects.none()
    return Recording.objects.filter(call__ticket__in=visible(actor))


def recording_to_hear(actor: Actor, token: str) -> Recording:
    """A recording that is ready. Raises NotFound."""
    found = recordings(actor).filter(token=token, state=Recording.State.READY).first()
    if found is None:
        raise NotFound
    return found


def links_of(ticket: Ticket, *, now: datetime) -> list[CallLink]:
    """Links that were sent and can still be used, newest first."""
    found = CallLink.objects.filter(ticket=ticket, used_at=None, expires_at__gt=now, kind=CallPart.Kind.CUSTOMER)
    return list(found.select_related("made_by").order_by("-id")[:5])
