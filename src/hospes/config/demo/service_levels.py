"""What the kettle shop promises: two calendars, four policies, and the clocks of its newest tickets."""

import random
from datetime import datetime, timedelta
from typing import Any, Final

from hospes.config.demo.company import BILLING, Company
from hospes.sla import operations as sla
from hospes.tickets.queries.followed import recent_ids

HOUR: Final = 3600
OFFICE: Final = [[["09:00", "13:00"], ["14:00", "18:00"]]] * 4 + [[["09:00", "17:00"]], [], []]
EVERY_DAY: Final = [[["08:00", "22:00"]]] * 7
FOLLOWED: Final = 160  # the newest tickets get their clocks: enough to see, quick enough to wait for


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Calendars and policies as of last year, so that they were there when the tickets came."""
    then = now - timedelta(days=365)
    actor = company.admin()
    eve = {"date": f"{now.year}-12-24", "windows": [["09:00", "13:00"]], "name": "Christmas Eve"}
    stock = {"date": f"{now.year + 1}-01-02", "windows": [], "name": "Stocktaking"}
    office = sla.save_calendar(
        name="Riga office", time_zone="Europe/Riga", windows=OFFICE, country="LV", days=[eve, stock], actor=actor,
        now=then,
    )  # fmt: skip
    line = sla.save_calendar(name="Every day", time_zone="Europe/Riga", windows=EVERY_DAY, actor=actor, now=then)
    for name, conditions, calendar, targets, more in _policies(company, office, line):
        sla.save_policy(
            name=name, conditions=conditions, calendar=calendar, targets=targets, actor=actor, now=then, **more
        )
    for ticket_id in recent_ids(limit=FOLLOWED):
        sla.follow_past(ticket_id=ticket_id, now=now)


def _grid(urgent: float, high: float, normal: float, low: float, mode: str = "business") -> dict[str, Any]:
    hours = {"4": urgent, "3": high, "2": normal, "1": low}
    return {priority: {"seconds": int(n * HOUR), "mode": mode} for priority, n in hours.items()}


def _policies(company: Company, office: Any, line: Any) -> list[tuple[str, dict[str, Any], Any, dict[str, Any], Any]]:
    every = "elapsed"
    return [
        (
            "VIP customers",
            {"field": "customer.vip", "is": "yes"},
            line,
            {
                "first_response": _grid(0.25, 0.5, 1, 2),
                "next_response": _grid(0.5, 1, 2, 4),
                "resolution": _grid(8, 14, 28, 42),
                "callback": _grid(0.25, 0.5, 1, 1),
                "work_order": _grid(4, 8, 14, 28),
            },
            {"pause_on_hold": False},
        ),
        (
            "Complaints",
            {"field": "ticket.type", "is": "is", "value": "complaint"},
            line,
            {
                "first_response": _grid(1, 2, 4, 4),
                "next_response": _grid(2, 4, 8, 8),
                "resolution": _grid(48, 72, 120, 168, every),
            },
            {},
        ),
        (
            "Invoices",
            {"field": "ticket.inbox", "is": "is", "value": company.inboxes[BILLING].pk},
            office,
            {
                "first_response": _grid(2, 4, 8, 16),
                "next_response": _grid(4, 8, 8, 16),
                "resolution": _grid(16, 24, 40, 40),
            },
            {"pause_on_hold": True},
        ),
        (
            "Everybody",
            {},
            line,
            {
                "first_response": _grid(1, 4, 14, 28),
                "next_response": _grid(2, 6, 14, 28),
                "resolution": _grid(14, 42, 70, 140),
                "queue_wait": _grid(1 / 60, 1 / 60, 2 / 60, 2 / 60, every),
                "callback": _grid(0.5, 1, 4, 8),
                "work_order": _grid(8, 14, 28, 42),
            },
            {"pause_on_hold": True},
        ),
    ]
