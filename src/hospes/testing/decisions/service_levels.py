"""Decisions on the addresses of the topic service_levels."""

from typing import Any, Final

from hospes.testing.rules import Rule

CALENDAR: Final = {"name": "Office", "time_zone": "Europe/Riga", "day0": "09:00-18:00"}
POLICY: Final = {"name": "All", "conditions": "{}", "t-first_response-4": "1 h", "mode-first_response": "elapsed",
                 "warn_percent": "80"}  # fmt: skip
TARGETS: Final = {"first_response": {"urgent": {"seconds": 3600, "mode": "elapsed"}}}
WINDOWS: Final = [[["09:00", "18:00"]]] * 5 + [[], []]

RULES: Final[dict[str, Rule]] = {
    "desk/settings/hours/": Rule(get="manager"),
    "desk/settings/hours/new/": Rule(get="manager", post="manager", body=CALENDAR),
    "desk/settings/hours/<int:calendar_id>/": Rule(get="manager", post="manager", args=("calendar_id",), body=CALENDAR),
    "desk/settings/hours/<int:calendar_id>/apply/": Rule(post="manager", args=("calendar_id",)),
    "desk/settings/service-levels/": Rule(get="manager"),
    "desk/settings/service-levels/new/": Rule(get="manager", post="manager", body=POLICY),
    "desk/settings/service-levels/progress/": Rule(get="manager"),
    "desk/settings/service-levels/<int:policy_id>/": Rule(
        get="manager", post="manager", args=("policy_id",), body=POLICY
    ),
    "desk/settings/service-levels/<int:policy_id>/move/": Rule(post="manager", args=("policy_id",)),
    "desk/settings/service-levels/<int:policy_id>/apply/": Rule(post="manager", args=("policy_id",)),
    "desk/settings/promises/": Rule(get="lead"),
    "api/v1/calendars": Rule(
        get="light", post="manager", body={"name": "Office", "time_zone": "Europe/Riga", "windows": WINDOWS}
    ),
    "api/v1/calendars/<int:calendar_id>": Rule(
        get="light", patch="manager", args=("calendar_id",), body={"name": "Office"}
    ),
    "api/v1/service-level-policies": Rule(get="light", post="manager", body={"name": "All", "targets": TARGETS}),
    "api/v1/service-level-policies/<int:policy_id>": Rule(
        get="light", patch="manager", args=("policy_id",), body={"name": "All"}
    ),
    "api/v1/tickets/<number>/clocks": Rule(get="light", thing="ticket", args=("number",)),
}
HEARD: Final[dict[str, str]] = {}


def things(_things: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A calendar and a policy."""
    from hospes.sla import operations
    from hospes.testing.people import desk_actor

    actor = desk_actor(agents["admin"])
    calendar = operations.save_calendar(name="Office", time_zone="Europe/Riga", windows=WINDOWS, actor=actor, now=now)
    targets = {"resolution": {"2": {"seconds": 8 * 3600, "mode": "business"}}}
    policy = operations.save_policy(name="Usual", targets=targets, calendar=calendar, actor=actor, now=now)
    return {"calendar_id": calendar.pk, "policy_id": policy.pk}
