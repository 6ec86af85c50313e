"""What would happen with a ticket and why not otherwise: the rules and the people, one by one."""

from dataclasses import dataclass
from datetime import datetime

from hospes.core.conditions import matches
from hospes.core.facts import About, LazyFacts
from hospes.routing.models import RoutingEntry
from hospes.routing.policies import Decision, Fact, decide
from hospes.routing.queries.people import candidates
from hospes.routing.queries.rules import Rule, rules
from hospes.routing.queries.works import work_of
from hospes.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Asked:
    """One queue and why it takes a ticket or not: "takes", "channel", "tier", "team" or "conditions"."""

    rule: Rule
    because: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody and why not them; no fact for whom it would go to."""

    id: int
    name: str
    why: Fact | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The queues asked until one took it, and what its people's decision would be now."""

    asked: tuple[Asked, ...]
    rule: Rule | None
    decision: Decision | None
    people: tuple[Person, ...]


def explain(ticket: Ticket, *, now: datetime, others: tuple[Rule, ...] | None = None) -> Explanation:
    """As routing would see this ticket now if it had no owner. Nothing is changed."""
    entry = RoutingEntry.objects.filter(pk=ticket.pk).first() or RoutingEntry(ticket=ticket)
    facts = LazyFacts(About(now=now, ticket=ticket))
    asked: list[Asked] = []
    taken: Rule | None = None
    for rule in rules() if others is None else others:
        because = _because(rule, ticket, entry, facts, now)
        asked.append(Asked(rule, because))
        if because == "takes":
            taken = rule
            break
    if taken is None:
        return Explanation(tuple(asked), None, None, ())
    seen = taken.at_step(entry.step if entry.queue_id == taken.id else 0, team_id=ticket.team_id)
    work = work_of(ticket, entry)
    found = candidates(work, seen, now=now)
    decision = decide(work, found, seen, now)
    people = [Person(one.id, one.name, decision.rejected.get(one.id)) for one in found]
    people.sort(key=lambda one: (one.why is not None, one.name, one.id))
    return Explanation(tuple(asked), taken, decision, tuple(people))


def _because(rule: Rule, ticket: Ticket, entry: RoutingEntry, facts: LazyFacts, now: datetime) -> str:
    if rule.channels and ticket.channel not in rule.channels:
        return "channel"
    if rule.tier is not None and rule.tier != ticket.tier:
        return "tier"
    if entry.team_by_hand and ticket.team_id is not None and rule.team_id not in {None, ticket.team_id}:
        return "team"
    return "takes" if matches(rule.conditions, facts, now=now) else "conditions"
