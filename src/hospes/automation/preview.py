"""Trying a rule on the past before it is let run: which tickets it would have touched, and what it would have changed.

Honest about what can be known: a ticket's own fields are wound back to the moment of the event from the changes kept
since; what other rooms tell (orders, the customer) is as it is now, and the preview says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.core import signing
from django.utils.translation import gettext as _

from hospes.automation import policies
from hospes.automation.actions import BY_KEY, read_actions
from hospes.automation.content import checked, fields_for, fingerprint
from hospes.automation.queries import swept_tickets
from hospes.automation.triggers import BY_KEY as TRIGGERS
from hospes.automation.triggers import TIME
from hospes.core.actors import Actor
from hospes.core.conditions import used_fields
from hospes.core.errors import Conflict
from hospes.core.facts import About, LazyFacts
from hospes.core.models import EventRow
from hospes.tickets.models import Message, Status, Ticket

SALT: Final = "preview of a rule"
GOOD_FOR: Final = 3600
MOST_EVENTS: Final = 5_000
MOST_SHOWN: Final = 100
BATCH: Final = 250
# Facts that can be told as they were then; the rest is as it is now.
THEN: Final = frozenset({
    "ticket.subject", "ticket.priority", "ticket.type", "ticket.language", "ticket.status", "ticket.category",
    "ticket.assignee", "ticket.team", "ticket.tags", "ticket.spam", "ticket.product", "ticket.tier",
    "ticket.created_at", "ticket.inbox", "ticket.channel",
})  # fmt: skip
THEN_TOO: Final = ("message.", "event.", "history.", "time.", "call.")


@dataclass(slots=True)
class Touched:
    """A ticket that the rule would have touched, when for the first time, how often, and what it would have done: what
    it would have found so already is not among `changes`."""

    ticket: Ticket
    at: datetime
    times: int = 1
    changes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Preview:
    """`asked` events (or tickets, for a rule by time) were looked at, `fitted` of them fitted; `whole` is False when
    there were more than could be looked at. `as_now` are the fields that are told as they are now."""

    since: datetime
    asked: int = 0
    fitted: int = 0
    tickets: int = 0
    messages: int = 0
    whole: bool = True
    by_time: bool = False
    touched: list[Touched] = field(default_factory=list)
    as_now: list[str] = field(default_factory=list)
    token: str = ""


def try_rule(*, content: Mapping[str, Any], actor: Actor, now: datetime, days: int = 30) -> Preview:
    """What a rule with this content would have done in the last days. Reads only. The preview's token lets the same
    actor switch on a rule with exactly this content within an hour."""
    actor.require("rule.manage")
    made = checked(content)
    since = now - timedelta(days=max(1, min(90, days)))
    preview = Preview(since=since, by_time=made["trigger"] == TIME)
    cases = _now_fitting(made, preview, now) if preview.by_time else _past_events(made, preview)
    seen: dict[int, Touched] = {}
    sends = sum(action.sends for given in made["actions"] if (action := BY_KEY.get(given["do"])))
    for ticket, at, facts in cases:
        preview.fitted += 1
        preview.messages += sends
        if (known := seen.get(ticket.pk)) is not None:
            known.times, known.at = known.times + 1, min(known.at, at)
            continue
        changes = _changes(made["actions"], facts) if len(seen) < MOST_SHOWN else []
        seen[ticket.pk] = Touched(ticket, at, changes=changes)
    preview.tickets = len(seen)
    preview.touched = list(islice(seen.values(), MOST_SHOWN))
    if not preview.by_time:
        preview.as_now = _told_as_now(made["conditions"])
    preview.token = signing.dumps({"content": fingerprint(made), "by": actor.own_id}, salt=SALT)
    return preview


def require_preview(token: str, content: Mapping[str, Any], *, actor: Actor) -> None:
    """Raise Conflict (code "preview") unless this actor was shown within the last hour what this content does."""
    try:
        shown = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        shown = {}
    if shown.get("content") != fingerprint(content) or shown.get("by") != actor.own_id:
        raise Conflict(
            _("Look first at what this rule would have done, then switch it on."), code="preview", field="token"
        )


def _told_as_now(conditions: Mapping[str, Any]) -> list[str]:
    fields = fields_for(conditions)
    names = sorted(n for n in used_fields(conditions) if n not in THEN and not n.startswith(THEN_TOO))
    return [str(fields[name].label) if name in fields else name for name in names]


def _changes(actions: Sequence[Mapping[str, Any]], facts: LazyFacts) -> list[str]:
    """What would be done, without what is so already."""
    words = read_actions(actions)
    return [said for given, said in zip(actions, words, strict=True) if not _so_already(given, facts)]


def _so_already(given: Mapping[str, Any], facts: LazyFacts) -> bool:
    action = BY_KEY.get(given["do"])
    if action is None or not action.sets:
        return False
    if action.key == "mark_spam":
        return bool(facts.get("ticket.spam"))
    wanted = given.get(action.params[0].name)
    known = facts.get(action.sets.lstrip("+-"))
    if action.sets.startswith("+"):
        return set(wanted or ()) <= set(known or ())
    if action.sets.startswith("-"):
        return not set(wanted or ()) & set(known or ())
    return str(known or "") == str(wanted or "")


Case = tuple[Ticket, datetime, LazyFacts]


def _now_fitting(made: Mapping[str, Any], preview: Preview, now: datetime) -> Iterator[Case]:
    """Tickets that a rule by time would find now."""
    tickets = swept_tickets(made["conditions"], now=now).select_related("customer__company", "inbox", "status")
    for ticket in tickets[: MOST_EVENTS + 1]:
        if preview.asked >= MOST_EVENTS:
            preview.whole = False
            return
        preview.asked += 1
        facts = LazyFacts(About(now=now, ticket=ticket))
        if policies.first_miss(made["conditions"], facts, now=now) is None:
            yield ticket, now, facts


def _past_events(made: Mapping[str, Any], preview: Preview) -> Iterator[Case]:
    """Past events that would have set the rule off, the newest first."""
    trigger = TRIGGERS[made["trigger"]]
    categories = {str(pk): category for pk, category in Status.objects.values_list("pk", "category")}
    rows = EventRow.objects.filter(name=trigger.event.name(), at__gte=preview.since).order_by("-id")
    stream = iter(rows[: MOST_EVENTS + 1].iterator(chunk_size=BATCH))
    looked = 0
    while batch := list(islice(stream, BATCH)):
        looked += len(batch)
        if looked > MOST_EVENTS:
            preview.whole = False
            batch = batch[: MOST_EVENTS - looked]
        firing = [(row, data) for row in batch if trigger.fits(data := _data(row, categories))]
        preview.asked += len(firing)
        yield from _fitting(made, firing, categories)


def _data(row: EventRow, categories: Mapping[str, str]) -> dict[str, Any]:
    data = {**row.data, "by": "rule" if row.via == "rule" else row.actor_kind}
    if data.get("field") == "status":
        data["category"] = categories.get(str(data.get("after")))
    return data


def _fitting(
    made: Mapping[str, Any], firing: Sequence[tuple[EventRow, dict[str, Any]]], categories: Mapping[str, str]
) -> Iterator[Case]:
    ids = {int(row.subject_id) for row, _d in firing if row.subject_id}
    tickets = Ticket.objects.select_related("customer__company", "inbox", "status").prefetch_related("tags")
    found = tickets.in_bulk(ids)
    messages = Message.objects.in_bulk({data["message_id"] for _row, data in firing if data.get("message_id")})
    past = _changes_since(ids, min((row.pk for row, _d in firing), default=0))
    for row, data in firing:
        ticket = found.get(row.subject_id or 0)
        if ticket is None or (ticket.spam and made["trigger"] != "spam_marked"):
            continue
        then = _as_then(ticket, (change for change in past.get(ticket.pk, ()) if change.pk > row.pk), categories)
        message = messages.get(data.get("message_id") or 0)
        facts = LazyFacts(About(now=row.at, ticket=ticket, message=message, event=data, extra=then))
        if policies.first_miss(made["conditions"], facts, now=row.at) is None:
            yield ticket, row.at, facts


def _changes_since(ids: Iterable[int], event_id: int) -> dict[int, list[EventRow]]:
    """The changes of each ticket after an event, the newest first."""
    rows = EventRow.objects.filter(subject="ticket", subject_id__in=list(ids), pk__gt=event_id, name="TicketChanged")
    found: dict[int, list[EventRow]] = {}
    for row in rows.order_by("-id"):
        found.setdefault(int(row.subject_id or 0), []).append(row)
    return found


def _as_then(ticket: Ticket, undone: Iterable[EventRow], categories: Mapping[str, str]) -> dict[str, Any]:
    """The ticket's fields before these changes: each is taken back, the newest first."""
    then: dict[str, Any] = {}
    for row in undone:
        name, before = str(row.data.get("field")), str(row.data.get("before", ""))
        if name in {"assignee", "team", "status", "priority", "tier"}:
            then[f"ticket.{name}"] = int(before) if before.isdecimal() else None
            if name == "status":
                then["ticket.category"] = categories.get(before)
        elif name == "tags":
            then["ticket.tags"] = [tag for tag in before.split(", ") if tag]
        elif name == "spam":
            then["ticket.spam"] = before == "True"
        elif name in {"subject", "type", "language", "product"}:
            then[f"ticket.{name}"] = before
    return then
