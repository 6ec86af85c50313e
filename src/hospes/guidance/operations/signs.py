"""Signs of difficult talks: read when a message comes in, offered, used, or dismissed as misread."""

from collections import Counter
from datetime import datetime

from django.db import transaction

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.guidance import events
from hospes.guidance.models import Kind, PlaybookUse, Signs
from hospes.guidance.policies.signs import Around, read_signs
from hospes.tickets.models import Message, Ticket
from hospes.tickets.operations.base import ids_after
from hospes.tickets.policies import agent_may_see

LOOKED_BACK = 12


@transaction.atomic
def read_message(*, message_id: int, now: datetime) -> Signs | None:
    """Read one incoming message of a customer, once. The work does not grow with the number of tickets."""
    message = Message.objects.select_related("ticket").filter(pk=message_id, kind=Message.Kind.INCOMING).first()
    if message is None or message.automatic or message.auto_kind:
        return None
    ticket = message.ticket
    dismissed = Signs.objects.filter(ticket=ticket, dismissed_at__isnull=False).values_list("kind", flat=True)
    around = Around(unanswered=_unanswered(ticket, message), not_so=Counter(dismissed[:50]))
    reading = read_signs(message.text, language=ticket.language, around=around)
    found, made = Signs.objects.get_or_create(
        message=message,
        defaults={
            "ticket": ticket,
            "kind": reading.kind,
            "confidence": reading.confidence,
            "upset": reading.upset,
            "why": [list(pair) for pair in reading.why],
            "at": now,
        },
    )
    if made and reading.kind:
        emit(
            events.SignsFound(
                **ids_after(ticket), message_id=message.pk, kind=reading.kind, confidence=reading.confidence
            ),
            actor=SYSTEM,
            now=now,
        )
    return found


def _unanswered(ticket: Ticket, message: Message) -> int:
    """How many messages of the customer stand in a row up to this one, without an answer of a person between."""
    kinds = Message.objects.filter(
        ticket=ticket, pk__lte=message.pk, kind__in=Message.PUBLIC_KINDS, automatic=False
    ).order_by("-id")
    count = 0
    for kind in kinds.values_list("kind", flat=True)[:LOOKED_BACK]:
        if kind == Message.Kind.REPLY:
            break
        count += 1
    return count


@transaction.atomic
def dismiss_signs(*, signs: Signs, actor: Actor, now: datetime) -> Signs:
    """Say "not so": the offer goes, and in this talk that kind must be surer from now on."""
    _check_sight(signs.ticket, actor)
    locked = Signs.objects.select_for_update().get(pk=signs.pk)
    if locked.dismissed_at is not None or not locked.kind:
        return locked
    locked.dismissed_at = now
    locked.dismissed_by_id = actor.id if actor.kind == "agent" else None
    locked.save(update_fields=["dismissed_at", "dismissed_by"])
    emit(
        events.SignsDismissed(**ids_after(signs.ticket), message_id=locked.message_id, kind=locked.kind),
        actor=actor,
        now=now,
    )
    return locked


@transaction.atomic
def note_playbook(*, ticket: Ticket, kind: str, what: str, actor: Actor, now: datetime) -> PlaybookUse:
    """Keep that an agent opened a playbook by hand, or put one of its sentences into an answer."""
    _check_sight(ticket, actor)
    if kind not in Kind.values:
        raise InvalidInput("kind", field="kind")
    if what not in PlaybookUse.What.values:
        raise InvalidInput("what", field="what")
    offer = Signs.objects.filter(ticket=ticket).order_by("-message_id").first()
    offered = offer is not None and offer.kind == kind and offer.dismissed_at is None
    if offered and offer is not None and offer.used_at is None:
        Signs.objects.filter(pk=offer.pk).update(used_at=now)
    use = PlaybookUse.objects.create(
        kind=kind,
        what=what,
        offered=offered,
        ticket=ticket,
        agent_id=actor.id if actor.kind == "agent" else None,
        at=now,
    )
    if what == PlaybookUse.What.OPENED:
        emit(events.PlaybookOpened(**ids_after(ticket), kind=kind), actor=actor, now=now)
    return use


def _check_sight(ticket: Ticket, actor: Actor) -> None:
    actor.require("ticket.note")
    if actor.kind == "agent" and not agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id):
        raise NotFound
