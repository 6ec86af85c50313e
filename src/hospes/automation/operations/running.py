"""One event goes through the rules that wait for it: each event once, each rule once, never round in a circle."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation

from hospes.automation import events, policies
from hospes.automation.actions import BY_KEY, Doing, Held
from hospes.automation.compiled import Compiled, active_rules
from hospes.automation.facts import message_of
from hospes.automation.models import Handling, RuleRun
from hospes.automation.triggers import fired_by
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import HospesError
from hospes.core.events import Event, Happened, because_of, current_depth, emit
from hospes.core.facts import About, LazyFacts
from hospes.core.text import storable
from hospes.tickets.models import Message, Status, Ticket

log = logging.getLogger(__name__)
MOST_MISSED = 1_000
# The rules that led to an event, from the newest to the oldest.
_CHAIN = """WITH RECURSIVE chain AS (
    SELECT id, cause_id, name, data, 0 AS step FROM core_event WHERE id = %s
    UNION ALL SELECT e.id, e.cause_id, e.name, e.data, c.step + 1 FROM core_event e JOIN chain c ON e.id = c.cause_id
    WHERE c.step < 60)
    SELECT (data->>'rule_id')::bigint, data->>'rule_name' FROM chain WHERE name = 'RuleRan' ORDER BY step"""


def chain_of(event_id: int) -> list[tuple[int, str]]:
    """(rule id, name) of the rules because of which this event happened, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN, [event_id])
        return [(int(row[0]), str(row[1])) for row in cursor.fetchall()]


def event_data(event: Event, actor: Actor) -> dict[str, Any]:
    """The event's fields as triggers and conditions see them: with who did it, and the category of a new status."""
    data = event.payload()
    data["by"] = "rule" if actor.via == "rule" else actor.kind
    if data.get("field") == "status":
        after = str(data.get("after", ""))
        found = Status.objects.filter(pk=int(after)) if after.isdecimal() else Status.objects.none()
        data["category"] = found.values_list("category", flat=True).first()
    return data


def locked_ticket(ticket_id: int) -> Ticket | None:
    """The ticket under its lock, with what facts ask for."""
    if not Ticket.objects.select_for_update(no_key=True).filter(pk=ticket_id).values_list("pk", flat=True):
        return None
    return Ticket.objects.select_related("customer__company", "inbox", "status").get(pk=ticket_id)


def handle_event(happened: Happened, *, now: datetime) -> Handling | None:
    """Let the rules that wait for this event look at it; None when none does or it was handled before."""
    waiting = active_rules()
    ticket_id = getattr(happened.event, "ticket_id", None)
    if not waiting or ticket_id is None:
        return None
    data = event_data(happened.event, happened.actor)
    fired = fired_by(type(happened.event), data)
    rules = [rule for key in fired for rule in waiting.get(key, ())]
    if not rules:
        return None
    with transaction.atomic(), because_of(happened.id, happened.depth):
        ticket = locked_ticket(ticket_id)
        if ticket is None or (ticket.spam and "spam_marked" not in fired):
            return None
        handling, new = Handling.objects.get_or_create(
            event_id=happened.id, defaults={"ticket": ticket, "trigger": fired[0], "at": now}
        )
        if not new:
            return None
        _go_through(handling, ticket, rules, data, happened, now=now)
        handling.save()
    return handling


def _go_through(
    handling: Handling,
    ticket: Ticket,
    rules: Sequence[Compiled],
    data: Mapping[str, Any],
    happened: Happened,
    *,
    now: datetime,
) -> None:
    chain = chain_of(happened.id) if happened.depth else []
    own = chain[0][0] if chain else None
    facts = _facts(ticket, data, now)
    for rule in rules:
        handling.asked += 1
        if rule.id == own:  # its own change does not set it off again
            handling.missed.append([rule.id, rule.version, "own"])
            continue
        missed = policies.first_miss(rule.conditions, facts, now=now)
        if missed is not None:
            if len(handling.missed) < MOST_MISSED:
                handling.missed.append([rule.id, rule.version, missed])
            continue
        why = policies.why_stop(steps=len(chain), lately=runs_lately(ticket.pk, now=now))
        if why:
            handling.stopped = why
            handling.chain = [rule.name, *(name for _id, name in chain)][::-1]
            tell_stopped(ticket, why, handling.chain, now=now)
            return
        run_rule(rule, ticket, facts, event_id=happened.id, now=now)
        ticket.refresh_from_db()
        facts = _facts(ticket, data, now)
        if rule.stop_after:
            return


def _facts(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> LazyFacts:
    message: Message | None = message_of(data)
    return LazyFacts(About(now=now, ticket=ticket, message=message, event=data))


def runs_lately(ticket_id: int, *, now: datetime) -> int:
    """How many rules ran on a ticket within the last hour."""
    return RuleRun.objects.filter(ticket_id=ticket_id, at__gt=now - timedelta(hours=1)).count()


def tell_stopped(ticket: Ticket, why: str, chain: Sequence[str], *, now: datetime) -> int:
    """A circle was cut: said in the log, on the ticket and in "Needs attention"; returns the event's id."""
    names = " → ".join(chain)
    log.warning("Rules stopped on ticket %s (%s): %s", ticket.number, why, names)
    stopped = events.RuleStopped(
        ticket_id=ticket.pk, team_id=ticket.team_id, assignee_id=ticket.assignee_id, why=why, rules=names[:500]
    )
    return emit(stopped, actor=SYSTEM, now=now)[0]


def run_rule(rule: Compiled, ticket: Ticket, facts: LazyFacts, *, event_id: int | None, now: datetime) -> RuleRun:
    """Do a rule's steps in order, all or none; what was done is kept. The ticket is under its lock."""
    actor = Actor(kind="system", name=rule.name, via="rule")
    ran = events.RuleRan(
        ticket_id=ticket.pk,
        team_id=ticket.team_id,
        assignee_id=ticket.assignee_id,
        rule_id=rule.id,
        rule_version=rule.version,
        rule_name=rule.name,
    )
    depth = current_depth()
    run = RuleRun(
        rule_id=rule.id, version=rule.version, ticket=ticket, event_id=event_id, at=now, depth=min(depth, 32_000)
    )
    [run.ran_event_id] = emit(ran, actor=actor, now=now)
    doing = Doing(ticket, actor, rule.id, rule.name, rule.limits, facts, run.ran_event_id, now)
    with because_of(run.ran_event_id, depth):
        run.done, failed = _do_all(rule, doing)
    states = {step["state"] for step in run.done}
    run.state = RuleRun.State.FAILED if failed else RuleRun.State.DONE if "done" in states else RuleRun.State.SAME
    run.save(force_insert=True)
    return run


def _do_all(rule: Compiled, doing: Doing) -> tuple[list[dict[str, Any]], bool]:
    """(what was done, whether it failed). A step that fails takes back those before it."""
    done: list[dict[str, Any]] = []
    try:
        with transaction.atomic(), translation.override(doing.ticket.inbox.language or "en"):
            for given in rule.actions:
                done.append({"do": given.get("do"), **_do_one(given, doing)})
    except (OperationalError, InterfaceError):
        raise  # the database's own trouble: the whole event is tried again
    except HospesError as error:
        return _failed(done, given, str(error.message)), True
    except Exception as error:  # a fault of one rule must not stop the others
        log.exception("Rule %s failed on ticket %s", rule.id, doing.ticket.pk)
        return _failed(done, given, f"{type(error).__name__}: {error}"), True
    return done, False


def _failed(done: list[dict[str, Any]], given: Mapping[str, Any], words: str) -> list[dict[str, Any]]:
    undone = [{**step, "state": "undone"} for step in done]
    return [*undone, {"do": given.get("do"), "state": "failed", "words": storable(words)[:300]}]


def _do_one(given: Mapping[str, Any], doing: Doing) -> dict[str, Any]:
    action = BY_KEY.get(str(given.get("do")))
    if action is None:
        return {"state": "held", "words": "?"}
    try:
        with transaction.atomic():
            words = action.run(doing, given)
    except Held as held:
        return {"state": "held", "words": str(held)[:300]}
    return {"state": "same" if words is None else "done", "words": storable(words or "")[:300]}
