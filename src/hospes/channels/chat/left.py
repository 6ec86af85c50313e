"""What a visitor left by the offline form, and our answers to it by mail: shown to them again when they come back."""

from django.db.models import Q

from hospes.channels.models import ChatVisitor
from hospes.customers.policies import email_key
from hospes.tickets.models import Message

MOST = 50


def left_by(visitor: ChatVisitor) -> list[Message]:
    """Their words that went to an e-mail inbox, with what we answered to the address that they gave. Two queries.

    An address in the form is only a claim, so nothing is shown from where somebody else writes on the ticket: that
    may be the true owner of the address.
    """
    if not visitor.email:
        return []
    found = Message.objects.select_related("agent").prefetch_related("attachments")
    own = found.filter(inbox__kind="email", thread_key=visitor.key, kind=Message.Kind.INCOMING)
    theirs = list(own.order_by("id")[:MOST])
    if not theirs:
        return []
    first = theirs[0].pk
    talks = Q(ticket_id__in={message.ticket_id for message in theirs}, pk__gt=first, kind__in=Message.PUBLIC_KINDS)
    later = found.filter(talks, automatic=False).exclude(delivery=Message.Delivery.HELD)
    return sorted([*theirs, *_answers(visitor, theirs, list(later.order_by("id")[:MOST]))], key=lambda m: m.pk)


def _answers(visitor: ChatVisitor, theirs: list[Message], later: list[Message]) -> list[Message]:
    begun = {message.ticket_id: message.pk for message in reversed(theirs)}
    over: set[int] = set()
    answers = []
    for message in later:
        if message.kind == Message.Kind.INCOMING and message.thread_key != visitor.key:
            over.add(message.ticket_id)
        if message.kind != Message.Kind.REPLY or message.ticket_id in over or message.pk < begun[message.ticket_id]:
            continue
        if {email_key(one.get("address", "")) for one in message.to} == {email_key(visitor.email)}:
            answers.append(message)
    return answers
