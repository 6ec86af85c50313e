"""A believable company for those who look around: `fill` makes it, `simulate` keeps it alive, `sink` takes its mail."""

from datetime import datetime

from hospes.config.demo.company import sign_ins

__all__ = ["fill", "sign_ins", "simulate"]


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
