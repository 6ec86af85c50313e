"""Decisions on the addresses of the topic staffing."""

from datetime import timedelta
from typing import Any, Final

from hospes.core.actors import SYSTEM
from hospes.staff import operations as staff
from hospes.testing.rules import Rule

MAY_NOT: Final = dict.fromkeys(("light", "other_team"), "refused")
LATER: Final = {"starts_at": "2090-01-01", "ends_at": "2090-01-02"}
RULES: Final[dict[str, Rule]] = {
    "desk/presence/": Rule(get="light", post="light", body={"state": "busy"}),
    "desk/staffing/": Rule(get="light"),
    "desk/t/<str:number>/reach/": Rule(get="light", thing="ticket", args=("number",)),
    "desk/t/<str:number>/call/": Rule(post="light", thing="ticket", args=("number",), body={"agent": "agent_id"}),
    "desk/settings/skills/": Rule(get="lead", post="lead", body={"name": "Repairs"}),
    "desk/settings/skills/levels/": Rule(post="lead"),
    "desk/settings/capacity/": Rule(get="lead", post="lead"),
    "desk/settings/shifts/": Rule(get="light", post="lead"),
    "desk/settings/shifts/<int:shift_id>/": Rule(get="lead", post="lead", args=("shift_id",)),
    "desk/settings/absences/": Rule(get="light", post="light"),
    "desk/settings/absences/<int:absence_id>/": Rule(get="light", post="light", args=("absence_id",), but=MAY_NOT),
    "desk/settings/on-call/": Rule(get="light", post="lead"),
    "desk/settings/on-call/<int:duty_id>/": Rule(get="lead", post="lead", args=("duty_id",)),
    "desk/settings/lines/": Rule(get="admin", post="admin"),
    "api/v1/presence": Rule(get="light"),
    "api/v1/presence/me": Rule(get="light", put="light", body={"state": "busy"}),
    "api/v1/skills": Rule(get="light"),
    "api/v1/on-call": Rule(get="light"),
    "api/v1/absences": Rule(get="light", post="light", body=LATER),
    "api/v1/absences/<int:absence_id>": Rule(delete="light", args=("absence_id",), but=MAY_NOT),
}
HEARD: Final[dict[str, str]] = dict.fromkeys(("presence", "roster", "skill", "line"), "light")


def things(_world: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A shift, an absence and a duty of the world's agent."""
    agent = agents["agent"]
    span = {"starts_at": now + timedelta(days=20), "ends_at": now + timedelta(days=20, hours=8)}
    common = {"agent": agent, **span, "actor": SYSTEM, "now": now}
    return {
        "shift_id": staff.add_shift(**common)[0].pk,
        "absence_id": staff.add_absence(**common).pk,
        "duty_id": staff.add_on_call(team=None, **common)[0].pk,
    }
