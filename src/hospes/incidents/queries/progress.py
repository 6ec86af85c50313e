"""How far an update has come, and whom the next one would reach."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from hospes.incidents.models import Incident, IncidentTicket, Subscriber, Telling
from hospes.incidents.policies import Place, chosen_language, one_for_each
from hospes.tickets.models import Participant


@dataclass(frozen=True, slots=True)
class Progress:
    """How many heard it, wait for it, could not be told, or are left out."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All who are to hear it."""
        return self.sent + self.waiting + self.failed

    @property
    def percent(self) -> int:
        """How much is done."""
        return 100 if not self.total else 100 * (self.sent + self.failed) // self.total


def progress_of(update_ids: Sequence[int]) -> dict[int, Progress]:
    """Of several updates, in one query."""
    counted: dict[int, dict[str, int]] = {pk: {} for pk in update_ids}
    rows = Telling.objects.filter(update__in=list(update_ids), quiet=False)
    for update_id, state, times in rows.values_list("update_id", "state").annotate(Count("id")).order_by():
        counted[update_id][state] = times
    return {pk: Progress(**states) for pk, states in counted.items()}


def places_of(incident: Incident) -> list[Place]:
    """The linked tickets by whose they are (merged customers are one); spam and what cannot be reached are marked."""
    found = IncidentTicket.objects.filter(incident=incident, unlinked_at=None, ticket__merged_into=None)
    customer = Coalesce(F("ticket__customer__merged_into"), F("ticket__customer"))
    rows = found.values_list("ticket_id", customer, "ticket__language", "ticket__channel", "ticket__spam")
    reachable = set(
        Participant.objects.filter(ticket__in=found.values("ticket_id"), kind="requester", removed_at=None).values_list(
            "ticket_id", flat=True
        )
    )
    return [
        Place(ticket_id, customer_id, language, channel, reachable=not spam and ticket_id in reachable)
        for ticket_id, customer_id, language, channel, spam in rows
    ]


def subscribers_of(incident: Incident) -> QuerySet[Subscriber]:
    """Who follows one of the parts that it touches, or everything."""
    touched = list(incident.components.values_list("pk", flat=True))
    wanted = Q(components=None) | Q(components__in=touched) if touched else Q()
    return Subscriber.objects.filter(wanted, confirmed_at__isnull=False).distinct().order_by("id")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a public update would reach: customers by the language they write and by channel, subscribers by
    language; how many cannot be reached; and in which wanted languages nothing is written."""

    customers: int = 0
    languages: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    subscribers: int = 0
    subscriber_languages: Mapping[str, int] = field(default_factory=dict)
    unreachable: int = 0

    def missing(self, texts: Mapping[str, str]) -> dict[str, int]:
        """Languages that people write in and for which there is no text, with how many would get another one."""
        wanted = Counter(self.languages) + Counter(self.subscriber_languages)
        return {code: many for code, many in wanted.items() if chosen_language(texts, code) != code}


def audience(incident: Incident) -> Audience:
    """Three queries, in step with what `post_update` does."""
    told, _again = one_for_each(places_of(incident))
    reached = [place for place in told if place.reachable]
    follow = Counter(subscribers_of(incident).values_list("language", flat=True)) if incident.public else Counter[str]()
    return Audience(
        customers=len(reached),
        languages=dict(Counter(place.language for place in reached).most_common()),
        channels=dict(Counter(place.channel for place in reached).most_common()),
        subscribers=sum(follow.values()),
        subscriber_languages=dict(follow.most_common()),
        unreachable=len(told) - len(reached),
    )
