"""The clocks of a ticket beside its talk: what is due when, why, and how that came about."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from hospes.core import clock as clocks
from hospes.core.conditions import read
from hospes.core.facts import all_fields
from hospes.sla import queries
from hospes.sla.models import Clock

if TYPE_CHECKING:
    from hospes.desk.access import DeskRequest
    from hospes.tickets.models import Ticket

SOON = timedelta(minutes=60)


def panel_of(request: "DeskRequest", ticket: "Ticket") -> dict[str, Any] | None:
    """Open clocks with what is left, those that are over folded away, and the policy with its reason."""
    now = clocks.now()
    found = queries.clocks_with_history(ticket)
    if not found:
        return None
    following = queries.following_of(ticket)
    policy = following.policy_version if following else None
    shown = [_shown(clock, now) for clock in found]
    return {
        "open": [one for one in shown if one["open"]],
        "over": [one for one in shown if not one["open"]],
        "policy": policy.data["name"] if policy else "",
        "why": _why(policy.data["conditions"]) if policy else "",
        "manage": request.actor.may("sla.manage"),
        "policy_id": policy.policy_id if policy else None,
    }


def _why(conditions: dict[str, Any]) -> str:
    words = read(conditions, all_fields())
    return _("because %(condition)s") % {"condition": words} if words else _("it holds for every ticket")


def _shown(clock: Clock, now: Any) -> dict[str, Any]:
    from hospes.desk.topics.service_levels.lines import pause_words, when, why_words
    from hospes.desk.topics.service_levels.words import kind_label, length

    target = clock.segments[-1]["target"]
    business = clock.segments[-1]["calendar"] is not None
    time = queries.time_of(clock)
    is_open = clock.state in {Clock.State.RUNNING, Clock.State.PAUSED}
    used = time.used(now).total_seconds() if is_open else clock.used_seconds or 0
    reason = clock.pauses[-1]["reason"] if clock.state == Clock.State.PAUSED else ""
    return {
        "it": clock,
        "open": is_open and reason != "solved",
        "label": kind_label(clock.kind),
        "due": when(clock.due_at) if clock.due_at else "",
        "left": length(target - used, business=business),
        "late": used > target,
        "soon": is_open and not reason and clock.due_at is not None and clock.due_at - now < SOON,
        "paused": pause_words(reason) if reason else "",
        "never": clock.why_not in {"never_open", "too_far"},
        "target": length(target, business=business),
        "business": business,
        "used": length(used, business=business),
        "share": max(0, min(100, round(used * 100 / target))),
        "missed": clock.breached_at is not None,
        "changes": [
            {
                "why": why_words(change.reason, change.words),
                "before": when(change.before_due_at) if change.before_due_at else "",
                "due": when(change.due_at) if change.due_at else "",
                "at": change.at,
                "by": change.by_name,
            }
            for change in clock.changes.all()
        ],
        "pauses": [p for p in clock.pauses if p["reason"] != "solved"],
    }
