"""Who may do what, by role; whether somebody is here; who stands in for whom: pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

LIGHT: Final = frozenset(
    {"desk.enter", "ticket.see", "ticket.note", "customer.see", "search", "presence.own", "work.answer", "swarm.join"}
)
AGENT: Final = LIGHT | {
    "ticket.create", "ticket.reply", "ticket.change", "ticket.merge", "ticket.spam", "ticket.forward",
    "customer.change", "view.save", "macro.own", "workflow.run",
    "refusal.ask", "work.open", "ticket.escalate", "swarm.start", "article.write", "incident.link", "recording.hear",
}  # fmt: skip
LEAD: Final = AGENT | {
    "macro.share",
    "view.share",
    "tag.manage",
    "customer.merge",
    "sender.block",
    "delivery.decide",
    "sla.report",
    "workflow.manage",
    "staffing.team",
    "work.manage",
    "skill.manage",
    "incident.manage",
    "refusal.decide",
    "playbook.change",
}
MANAGER: Final = LEAD | {"audit.see", "sla.manage", "queue.manage", "staffing.all", "escalation.manage", "rule.manage"}
ADMIN: Final = MANAGER | {
    "settings.change",
    "staff.manage",
    "inbox.manage",
    "token.manage",
    "order.save",
    "webhook.manage",
}

RIGHTS: Final[dict[str, frozenset[str]]] = {
    "light": LIGHT,
    "agent": AGENT,
    "lead": LEAD,
    "manager": MANAGER,
    "admin": ADMIN,
}

UP_TO_LEAD: Final = ("light", "agent", "lead")

AWAY_AFTER: Final = timedelta(minutes=10)  # without a sign of activity
LEASE: Final = timedelta(seconds=60)  # how long a process's word that a desk is open holds
GRACE: Final = timedelta(seconds=10)  # between the last desk's closing and being offline: loading a page anew is short
NOTED_EVERY: Final = timedelta(seconds=50)  # activity is written no more often
# Sweeps come every few seconds. A longer way from one to the next means that the clock jumped or nobody swept:
# then what the clock says about the time in between proves nothing.
JUMP: Final = timedelta(seconds=90)
BACKWARDS: Final = timedelta(seconds=5)


def rights_of(role: str) -> frozenset[str]:
    """The rights of a role; an unknown role has none."""
    return RIGHTS.get(role, frozenset())


def may_staff(rights: frozenset[str], own_teams: Iterable[int], their_teams: Iterable[int], their_role: str) -> bool:
    """Whether somebody may plan for an agent: managers for all, leads for those who share a team with them, and for
    those in no team at all who are not above them."""
    if "staffing.all" in rights:
        return True
    theirs = set(their_teams)
    if "staffing.team" not in rights:
        return False
    return not theirs.isdisjoint(own_teams) if theirs else their_role in UP_TO_LEAD


def presence_of(
    *,
    chosen: str,
    chosen_until: datetime | None,
    connected: bool,
    seen_at: datetime | None,
    absent: bool,
    now: datetime,
    away_after: timedelta = AWAY_AFTER,
) -> str:
    """Whether somebody is here. Nobody is without an open desk, whatever they chose; nobody who is out of office takes
    work. What was chosen by hand wins over activity while it lasts; only "online" gives way to a long silence, so that
    a forgotten screen takes no work."""
    if not connected or chosen_now(chosen, chosen_until, now) == "offline":
        return "offline"
    if absent:
        return "away"
    choice = chosen_now(chosen, chosen_until, now)
    if choice in {"busy", "away"}:
        return choice
    return "away" if seen_at is None or now - seen_at >= away_after else "online"


def chosen_now(chosen: str, until: datetime | None, now: datetime) -> str:
    """What somebody chose by hand, while it lasts; "" otherwise."""
    return chosen if chosen and (until is None or now < until) else ""


def worth_noting(seen_at: datetime | None, now: datetime) -> bool:
    """Whether activity now says more than what is written; a mark that lies ahead is a clock's fault and is mended."""
    return seen_at is None or now - seen_at >= NOTED_EVERY or seen_at > now + BACKWARDS


def clock_jumped(last_sweep: datetime | None, now: datetime) -> bool:
    """Whether time went another way than by itself since presence was last looked at."""
    return last_sweep is not None and not (-BACKWARDS <= now - last_sweep <= JUMP)


def mark_after_jump(seen_at: datetime, last_sweep: datetime, now: datetime) -> datetime:
    """Where a sign of activity lies after a jump: as long before now as it lay before the last sweep. A mark that was
    already made by the new clock stays."""
    made_since = last_sweep < seen_at <= now if now > last_sweep else now - JUMP < seen_at <= now
    return seen_at if made_since else now - max(timedelta(0), last_sweep - seen_at)


def stand_in(agent_id: int, substitutes: Mapping[int, int | None]) -> int | None:
    """Who does the work of somebody absent. `substitutes` has those who are absent now, each with whom they named.
    A substitute who is absent too hands on to theirs; a ring of absent people ends with nobody."""
    if agent_id not in substitutes:
        return None
    passed = {agent_id}
    heir = substitutes[agent_id]
    while heir is not None and heir in substitutes:
        if heir in passed:
            return None
        passed.add(heir)
        heir = substitutes[heir]
    return None if heir == agent_id else heir


Span = tuple[datetime, datetime]


def weekly(starts_at: datetime, ends_at: datetime, weeks: int, zone: tzinfo) -> list[Span]:
    """The same hours of the day in so many weeks on end. Hours are those of the clock on the wall there, also when
    daylight saving begins or ends in between."""
    here, there = starts_at.astimezone(zone), ends_at.astimezone(zone)
    spans = []
    for week in range(weeks):
        first, last = ((m + timedelta(weeks=week)).astimezone(UTC) for m in (here, there))
        if last > first:
            spans.append((first, last))
    return spans


def gaps(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """The parts of [start, end) that no span covers, in order."""
    found: list[Span] = []
    place = start
    for begins, ends in sorted(spans):
        if begins >= end:
            break
        if begins > place:
            found.append((place, begins))
        place = max(place, ends)
    if place < end:
        found.append((place, end))
    return found
