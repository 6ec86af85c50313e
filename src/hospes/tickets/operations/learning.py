"""By which channel somebody answers us: what is learned from it is kept on the customer."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from hospes.core.actors import SYSTEM
from hospes.customers import operations as customers
from hospes.customers.models import Customer
from hospes.customers.policies import learned_channel
from hospes.customers.queries import records_of
from hospes.tickets.models import Message
from hospes.tickets.ways import known

LOOKED_AT = 20


def learn_channel(*, message_id: int, now: datetime) -> bool:
    """After somebody answered: prefer the channel by which they mostly answer, unless it was chosen by them or by an
    agent. Two short queries, whatever the ticket's length; a third one only when something is learned."""
    said = Message.objects.filter(pk=message_id, kind=Message.Kind.INCOMING).values_list("customer_id", flat=True)
    person = Customer.objects.filter(pk__in=said).select_related("merged_into").first()
    person = person.merged_into or person if person is not None else None
    if person is None or person.preferred_by not in {"", "learned"}:
        return False
    answered = Message.objects.filter(ticket=OuterRef("ticket"), kind=Message.Kind.REPLY, automatic=False)
    rows = Message.objects.filter(customer_id__in=records_of(person), kind=Message.Kind.INCOMING, automatic=False)
    newest = rows.order_by("-id").annotate(is_answer=Exists(answered.filter(pk__lt=OuterRef("pk"))))[:LOOKED_AT]
    told = newest.values_list("channel", "is_answer", "extra__public")
    said_by = [(kind, is_answer) for kind, is_answer, public in told if known(kind) and not public]
    answers = [kind for kind, is_answer in said_by if is_answer]
    learnt = learned_channel(answers, person.preferred_channel, several=len({kind for kind, _answer in said_by}) > 1)
    if learnt == person.preferred_channel:
        return False
    return customers.note_learned_channel(customer_id=person.pk, channel=learnt, actor=SYSTEM, now=now)
