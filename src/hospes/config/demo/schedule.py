"""When tickets come, how their talks go on in time, and which of them are still open today."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hospes.config.demo.company import Company
from hospes.config.demo.people import Person
from hospes.config.demo.situations import CALM_PLOTS, CUSTOMER_TURNS, OPEN_PLOTS, PLOTS, SITUATIONS
from hospes.config.demo.texts import situation
from hospes.staff.models import Agent

WEEKDAYS: Final = (1.3, 1.2, 1.1, 1.0, 0.95, 0.55, 0.5)
HOURS: Final = (2, 1, 1, 1, 2, 4, 7, 11, 14, 15, 14, 13, 12, 12, 12, 11, 11, 12, 13, 13, 11, 8, 5, 3)
SPAM_SHARE: Final = 0.022
PARCELS: Final = ("late", "delivered", "customs")  # about which couriers are asked
FRESH_MINUTES: Final = (3, 9, 17, 31, 48, 75, 118)  # how long those that nobody has taken have been waiting
ACKNOWLEDGED_DAYS: Final = 14  # the inbox began to acknowledge two weeks ago


@dataclass(frozen=True, slots=True)
class Plan:
    """A ticket to be told: turns with their times, and how it ends (an open end: theirs, waiting, on_hold, snoozed)."""

    person: Person
    key: str
    at: datetime
    turns: tuple[tuple[str, datetime], ...]
    ending: str
    fresh: bool = False
    owner: str = ""

    def given_to(self, company: Company) -> Agent | None:
        """Whom it was handed to, when not to the one who answered."""
        return company.agents.get(self.owner)


def plans(
    people: Sequence[Person],
    *,
    spammers: Sequence[Person],
    count: int,
    days: int,
    now: datetime,
    dice: random.Random,
) -> list[Plan]:
    """`count` plans: the newest few untouched, a few dozen open, all others done; newest first."""
    fresh = min(len(FRESH_MINUTES), max(1, count // 20))
    recent, older = min(40, count // 4), min(30, count // 6)
    times = _arrivals(count - fresh, days, now - timedelta(hours=2, minutes=20), dice)
    writers = _writers(people, dice)
    made = [_fresh(next(writers), now - timedelta(minutes=m), dice) for m in FRESH_MINUTES[:fresh]]
    open_later = set(dice.sample(range(recent, min(len(times), recent + 240)), min(older, max(0, len(times) - recent))))
    owners = _owners()
    for index, at in enumerate(times):
        if dice.random() < SPAM_SHARE:
            made.append(Plan(dice.choice(spammers), "spam", at, (("open", at),), "new"))
            continue
        person = next(writers)
        if index >= recent and index not in open_later:
            made.append(_done(person, at, now, dice))
            continue
        endings = ("theirs", "waiting", "on_hold", "snoozed")
        weights = (50, 30, 14, 6) if index < recent else (12, 46, 22, 20)
        ending = dice.choices(endings, weights)[0]
        made.append(_open(person, at, now, ending, next(owners), dice))
    return made


def _owners() -> Iterator[str]:
    """Now and then a ticket is with somebody other than who answered, so that everybody has a few."""
    while True:
        yield from ("", "", "admin@demo.example", "", "james@demo.example", "", "oskars@demo.example", "")
        yield from ("", "narek@demo.example", "", "shirin@demo.example", "", "temur@demo.example", "")


def _writers(people: Sequence[Person], dice: random.Random) -> Iterator[Person]:
    """Customers in no order, a few of whom write much more often than others; everybody once in the beginning."""
    weights = [min(4.0, dice.paretovariate(1.6)) for _person in people]
    everybody = list(people)
    dice.shuffle(everybody)
    yield from everybody
    while True:
        yield from dice.choices(people, weights, k=64)


def _arrivals(count: int, days: int, until: datetime, dice: random.Random) -> list[datetime]:
    """Moments at which mails come, by weekday and hour, newest first; the desk grows a little over the months."""
    starts = [until - timedelta(hours=h) for h in range(1, days * 24)]
    weights = [WEEKDAYS[s.weekday()] * HOURS[s.hour] * (1.25 - 0.5 * i / len(starts)) for i, s in enumerate(starts)]
    hours = dice.choices(starts, weights, k=count)
    return sorted((h + timedelta(seconds=dice.uniform(0, 3600)) for h in hours), reverse=True)


def _key(dice: random.Random) -> str:
    return dice.choices(list(SITUATIONS), [s.weight for s in SITUATIONS.values()])[0]


def _fresh(person: Person, at: datetime, dice: random.Random) -> Plan:
    key = dice.choice(("late", "leak", "payment", "stock", "address", "broken", "choice"))
    acknowledged = at + timedelta(seconds=dice.uniform(2, 5))
    return Plan(person, key, at, (("open", at), ("ack", acknowledged)), "new", fresh=True)


def _done(person: Person, at: datetime, now: datetime, dice: random.Random) -> Plan:
    key = _key(dice)
    choices = CALM_PLOTS if key in {"praise", "idea"} else PLOTS
    turns = dice.choices([turns for _w, turns in choices], [w for w, _turns in choices])[0]
    return Plan(person, key, at, _timed(turns, key, person, at, now, dice), "solved")


def _open(person: Person, at: datetime, now: datetime, ending: str, owner: str, dice: random.Random) -> Plan:
    key = dice.choices(list(SITUATIONS), [0 if s.priority == 1 else s.weight for s in SITUATIONS.values()])[0]
    if ending == "on_hold" and dice.random() < 0.6:
        key = dice.choice(PARCELS)
    plots = OPEN_PLOTS[ending]
    if key not in PARCELS:
        plots = tuple(p for p in plots if "side_out" not in p)
    if not situation(person.language, key, "ask"):
        plots = tuple(p for p in plots if "ask" not in p) or plots
    turns = dice.choice(plots)
    return Plan(person, key, at, _timed(turns, key, person, at, now, dice), ending, owner=owner)


def _timed(
    turns: tuple[str, ...], key: str, person: Person, at: datetime, now: datetime, dice: random.Random
) -> tuple[tuple[str, datetime], ...]:
    """Give each turn its time: agents in working hours, customers when they are awake; all of it before now."""
    timed, moment = [(turns[0], at)], at
    if at > now - timedelta(days=ACKNOWLEDGED_DAYS):
        timed.append(("ack", at + timedelta(seconds=dice.uniform(2, 5))))
    for turn in turns[1:]:
        moment = _after(turn, moment, person, dice)
        timed.append((turn, moment))
    latest = now - timedelta(minutes=dice.uniform(2, 40))
    if moment > latest:
        pace = (latest - at) / (moment - at)
        timed = [(turn, at + (when - at) * (pace if turn != "ack" else 1)) for turn, when in timed]
    return tuple(timed)


def _after(turn: str, moment: datetime, person: Person, dice: random.Random) -> datetime:
    if turn == "nudge":
        return _awake(moment + timedelta(hours=dice.uniform(26, 60)), person, dice)
    if turn == "away":
        return moment + timedelta(seconds=dice.uniform(20, 90))
    if turn in CUSTOMER_TURNS:
        return _awake(moment + timedelta(hours=min(60.0, dice.lognormvariate(1.5, 0.9))), person, dice)
    if turn in {"note", "side_out"}:
        return moment + timedelta(minutes=dice.uniform(4, 50))
    if turn == "side_in":
        return moment + timedelta(hours=dice.uniform(1, 9))
    return _at_work(moment + timedelta(hours=min(40.0, dice.lognormvariate(0.2, 1.0))), dice)


def _at_work(moment: datetime, dice: random.Random) -> datetime:
    """The same moment if the desk is staffed (5 to 18 UTC), else the next morning."""
    if 5 <= moment.hour < 18 and (moment.weekday() < 6 or dice.random() < 0.4):
        return moment
    days = 0 if moment.hour < 5 else 1
    morning = (moment + timedelta(days=days)).replace(hour=5, minute=0)
    return morning + timedelta(minutes=dice.uniform(5, 180))


def _awake(moment: datetime, person: Person, dice: random.Random) -> datetime:
    """The same moment if it is day where the customer lives, else the next morning there."""
    local = moment + timedelta(hours=person.country.hours)
    if 7 <= local.hour < 23:
        return moment
    days = 0 if local.hour < 7 else 1
    morning = (local + timedelta(days=days)).replace(hour=7, minute=0) - timedelta(hours=person.country.hours)
    return morning + timedelta(minutes=dice.uniform(5, 200))
