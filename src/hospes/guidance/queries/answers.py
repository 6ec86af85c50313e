"""Reads of ready answers for a ticket, best first and with the reason, and of how each of them fared."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, F, Q

from hospes.core.actors import Actor
from hospes.core.conditions import matches
from hospes.core.facts import About, LazyFacts
from hospes.core.html import html_to_text
from hospes.core.text import words
from hospes.guidance.models import MacroUse, MacroWords
from hospes.guidance.policies.ranking import Candidate, Ranked, rank
from hospes.tickets.models import Macro, Message, Ticket
from hospes.tickets.queries.macros import best_variants, macros_for

LATELY = timedelta(days=60)
USES_READ = 500
MACROS_READ = 500
SOLVED_WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A ready answer for a ticket: the form that suits it, whether that is in another language, and why it stands
    where it does."""

    macro: Macro
    fell_back: bool
    ranked: Ranked

    @property
    def title(self) -> str:
        """What it is called in the picker."""
        return self.macro.situation or self.macro.name


def suggestions(*, ticket: Ticket, actor: Actor, now: datetime) -> list[Suggestion]:
    """All that the actor may use on this ticket and whose conditions hold, best first. Five queries and those of the
    facts that conditions ask for; the work grows with the number of macros, not of tickets."""
    facts = LazyFacts(About(now=now, ticket=ticket))
    offered = [
        macro
        for macro in macros_for(actor)[:MACROS_READ]
        if not macro.conditions or matches(macro.conditions, facts, now=now)
    ]
    best = best_variants(offered, ticket)
    last = Message.objects.filter(ticket=ticket, kind=Message.Kind.INCOMING).order_by("-id").first()
    past = dict(MacroWords.objects.filter(macro__in=[m.pk for m, _fell in best]).values_list("macro_id", "words"))
    used = _used_alike(ticket, now=now)
    candidates = [
        Candidate(
            id=macro.pk,
            in_language=not fell_back,
            words=_own_words(macro),
            past=past.get(macro.pk, {}),
            used_alike=used[macro.pk],
            has_conditions=bool(macro.conditions),
        )
        for macro, fell_back in best
    ]
    said = words(f"{ticket.subject} {last.text if last else ''}", limit=300)
    by_id = {macro.pk: (macro, fell_back) for macro, fell_back in best}
    return [Suggestion(*by_id[one.id], one) for one in rank(candidates, said=said)]


def _own_words(macro: Macro) -> frozenset[str]:
    text = f"{macro.name} {macro.situation} {html_to_text(macro.body_html)}"
    return frozenset(word for word in words(text, limit=300) if len(word) > 3)


def _used_alike(ticket: Ticket, *, now: datetime) -> Counter[int]:
    """How often each answer was used lately on tickets of this type or with one of these tags: of the newest uses,
    so that it costs the same however many there are."""
    tags = set(ticket.tags.values_list("name", flat=True))
    newest = MacroUse.objects.filter(at__gt=now - LATELY, at__lte=now).order_by("-at")
    if ticket.type and not tags:
        newest = newest.filter(ticket_type=ticket.type)
    found: Counter[int] = Counter()
    for macro_id, kind, had in newest.values_list("macro_id", "ticket_type", "tags")[:USES_READ]:
        if (ticket.type and kind == ticket.type) or tags.intersection(had):
            found[macro_id] += 1
    return found


@dataclass(frozen=True, slots=True)
class MacroFigures:
    """How a ready answer fared. `n` is how often it was used; each share is of those it can be said of."""

    n: int = 0
    sent: int = 0
    solved: int = 0
    reopened: int = 0
    heard: int = 0
    upset: int = 0
    scored: int = 0
    score: float | None = None

    @property
    def solved_share(self) -> int | None:
        """Solved within three days, of a hundred uses."""
        return round(100 * self.solved / self.n) if self.n else None

    @property
    def reopened_share(self) -> int | None:
        """Came back, of a hundred solved ones."""
        return round(100 * self.reopened / self.solved) if self.solved else None

    @property
    def calm_share(self) -> int | None:
        """Not upset in their next message, of a hundred who wrote again."""
        return round(100 * (self.heard - self.upset) / self.heard) if self.heard else None


def macro_figures(macro_ids: Iterable[int], *, since: datetime) -> dict[int, MacroFigures]:
    """Figures of many ready answers since a moment. One query."""
    rows = (
        MacroUse.objects.filter(macro_id__in=list(macro_ids), at__gte=since)
        .values("macro_id")
        .annotate(
            n=Count("id"),
            sent=Count("message_id"),
            solved=Count("id", filter=Q(solved_at__lte=F("at") + SOLVED_WITHIN)),
            reopened=Count("id", filter=Q(reopened_at__isnull=False, solved_at__lte=F("at") + SOLVED_WITHIN)),
            heard=Count("next_message_id"),
            upset_n=Count("id", filter=Q(upset=True)),
            scored=Count("score"),
            mean=Avg("score"),
        )
    )
    return {
        row["macro_id"]: MacroFigures(
            row["n"], row["sent"], row["solved"], row["reopened"], row["heard"], row["upset_n"], row["scored"],
            row["mean"],
        )
        for row in rows
    }  # fmt: skip
