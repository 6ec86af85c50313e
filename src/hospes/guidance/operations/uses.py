"""The use of ready answers: noted when they are put in, followed until one sees what came of it."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from hospes.core.text import words
from hospes.guidance.models import MacroUse, MacroWords, Signs
from hospes.tickets.models import Macro, Message, Ticket

SENT_WITHIN = timedelta(hours=12)
FOLLOWED = timedelta(days=30)
KEPT_WORDS = 150


@transaction.atomic
def note_use(*, event_id: int, macro_id: int, ticket_id: int, agent_id: int | None, at: datetime) -> MacroUse | None:
    """Keep that a ready answer was used; once for each event."""
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None or not Macro.objects.filter(pk=macro_id).exists():
        return None
    use, made = MacroUse.objects.get_or_create(
        event_id=event_id,
        defaults={
            "macro_id": macro_id,
            "ticket": ticket,
            "agent_id": agent_id,
            "at": at,
            "ticket_type": ticket.type,
            "tags": list(ticket.tags.values_list("name", flat=True)[:20]),
        },
    )
    if made:
        _learn_words(macro_id, ticket)
    return use


def _learn_words(macro_id: int, ticket: Ticket) -> None:
    """Which words customers used when this answer was chosen: a count of each, the commonest ones."""
    last = Message.objects.filter(ticket=ticket, kind=Message.Kind.INCOMING).order_by("-id").first()
    if last is None:
        return
    kept, _made = MacroWords.objects.select_for_update().get_or_create(macro_id=macro_id)
    counts = Counter(kept.words)
    counts.update({w for w in words(last.text, limit=200) if len(w) > 3 and not any(c.isdigit() for c in w)})
    kept.words = dict(counts.most_common(KEPT_WORDS))
    kept.save(update_fields=["words"])


def note_sent(*, ticket_id: int, message_id: int, agent_id: int, at: datetime) -> int:
    """The reply with which the answers that this agent put in lately have left."""
    return MacroUse.objects.filter(
        ticket_id=ticket_id, agent_id=agent_id, message=None, at__gt=at - SENT_WITHIN, at__lte=at
    ).update(message_id=message_id)


def note_solved(*, ticket_id: int, at: datetime) -> int:
    """The ticket was solved after the use."""
    return _open_uses(ticket_id, at).filter(solved_at=None).update(solved_at=at)


def note_reopened(*, ticket_id: int, at: datetime) -> int:
    """The customer came back after it had been solved with the answer."""
    return _open_uses(ticket_id, at).filter(solved_at__isnull=False, reopened_at=None).update(reopened_at=at)


def note_tone(*, signs: Signs) -> int:
    """The customer's next message after the answer had left, and whether they were upset."""
    return (
        _open_uses(signs.ticket_id, signs.at)
        .filter(message__isnull=False, message_id__lt=signs.message_id, next_message_id=None)
        .update(next_message_id=signs.message_id, upset=signs.upset)
    )


def note_score(*, ticket_id: int, message_id: int, score: int) -> int:
    """What the customer gave in a survey about an answer, 0 to 100. For the surveys to call."""
    if not 0 <= score <= 100:
        raise ValueError(score)
    return MacroUse.objects.filter(ticket_id=ticket_id, message_id=message_id).update(score=score)


def _open_uses(ticket_id: int, at: datetime) -> QuerySet[MacroUse]:
    return MacroUse.objects.filter(ticket_id=ticket_id, at__gt=at - FOLLOWED, at__lte=at)
