"""A believable company for those who look around: `fill` makes it, `simulation` keeps it alive, `sink` takes its mail.

What needs Django is imported late: `hospes up` opens the sink before the settings are read.
"""

from collections.abc import Sequence
from datetime import datetime

__all__ = ["fill", "sign_ins", "simulate"]


def sign_ins() -> Sequence[tuple[str, str, str]]:
    """(e-mail, role, password) of everybody who can sign in to the demo; as text each is a line to show."""
    from hospes.config.demo.company import sign_ins as really

    return really()


def fill(
    *,
    progress: bool = True,
    tickets: int = 2000,
    customers: int = 300,
    days: int = 90,
    now: datetime | None = None,
    seed: int = 7,
) -> bool:
    """Make the company unless it is there; returns whether it was made. Raises Refused where somebody else works."""
    from hospes.config.demo.filling import fill as really

    return really(progress=progress, tickets=tickets, customers=customers, days=days, now=now, seed=seed)


def simulate(*, rate: float, host: str | None = None, port: int | None = None, minutes: float | None = None) -> int:
    """Send `rate` mails a minute through the mail door until told to stop; returns how many were taken."""
    from hospes.config.demo.simulation import run

    return run(rate=rate, host=host, port=port, minutes=minutes)
