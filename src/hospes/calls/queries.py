"""Every read of calls: by id, of a ticket, of an agent; who waits, and how long it may take."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet

from hospes.calls import policies
from hospes.calls.models import Call, CallPart, Recording
from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.tickets.models import Ticket
from hospes.tickets.policies import agent_may_see


def line_of(call: Call, parts: Sequence[CallPart]) -> policies.Line:
    """A call as the rules see it."""
    return policies.Line(
        state=call.state,
        incoming=call.direction == Call.Direction.IN,
        parts=tuple(policies.Part(p.pk, p.kind, p.state, p.agent_id) for p in parts),
    )


def may_see(actor: Actor, call: Call, parts: Sequence[CallPart]) -> bool:
    """Whether an agent may see a call: its ticket is theirs to see, or they were rung for it."""
    if actor.kind == "system":
        return True
    if actor.kind != "agent":
        return False
    if any(p.agent_id == actor.id for p in parts):
        return True
    return agent_may_see(actor, team_id=call.ticket.team_id, assignee_id=call.ticket.assignee_id)


def get_call(actor: Actor, call_id: int) -> Call:
    """A call with its ticket and parts. Raises NotFound when it does not exist or may not be seen."""
    found = Call.objects.select_related("ticket", "inbox", "customer", "agent").filter(pk=call_id).first()
    if found is None or not may_see(actor, found, list(found.parts.all())):
        raise NotFound
    return found


def calls_of(ticket: Ticket, *, limit: int = 20) -> list[Call]:
    """A ticket's calls, newest first, with parts and recordings (three queries)."""
    return list(
        Call.objects.filter(ticket=ticket)
        .select_related("agent", "customer")
        .prefetch_related(
            Prefetch("parts", queryset=CallPart.objects.select_related("agent")),
            Prefetch("recordings", queryset=Recording.objects.select_related("transcript")),
        )
        .order_by("-id")[:limit]
    )


def open_call_of(ticket: Ticket) -> Call | None:
    """The call that is under way on a ticket."""
    return Call.objects.filter(ticket=ticket).exclude(state=Call.State.ENDED).order_by("-id").first()


def open_parts_of(agent_id: int) -> QuerySet[CallPart]:
    """Where somebody is rung or talks now."""
    return (
        CallPart.objects.filter(agent_id=agent_id, state__in=["ringing", "joined", "held"])
        .exclude(call__state=Call.State.ENDED)
        .select_related("call", "call__ticket", "call__customer")
        .order_by("-id")
    )


def position_of(call: Call) -> int:
    """How many callers of this inbox's queue wait longer, plus one."""
    if call.queued_at is None:
        return 1
    waiting = Call.objects.filter(inbox_id=call.inbox_id, state__in=[Call.State.QUEUED, Call.State.RINGING])
    waiting = waiting.filter(direction=Call.Direction.IN, queued_at__isnull=False, answered_at=None)
    return waiting.filter(queued_at__lt=call.queued_at).exclude(pk=call.pk).count() + 1


def usual_wait(inbox_id: int, *, now: datetime) -> timedelta | None:
    """How long callers waited lately: the middle of the last twenty answered within three hours."""
    answered = Call.objects.filter(
        inbox_id=inbox_id,
        direction=Call.Direction.IN,
        answered_at__gt=now - timedelta(hours=3),
        queued_at__isnull=False,
    ).order_by("-answered_at")
    waits = sorted(a - q for a, q in answered.values_list("answered_at", "queued_at")[:20] if a and q)
    return waits[len(waits) // 2] if waits else None
