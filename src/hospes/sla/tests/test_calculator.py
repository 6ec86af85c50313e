"""Working time and clocks against an oracle that asks the wall clock about every single second."""

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.sla.calculator import (
    Calendar,
    ClockTime,
    Pause,
    Segment,
    add_business_seconds,
    business_seconds_between,
    is_open,
    next_change,
    time_between,
)

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
# Zones, and moments around which their clocks do something: an hour forth and back, half an hour (Lord Howe), the
# month of fasting (Casablanca), a day that never was (Apia), at midnight (Tehran); Tashkent does nothing.
ZONES = {
    "Europe/Riga": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "Asia/Tehran": ["2021-03-21T20:30", "2021-09-21T19:30"],
    "Africa/Casablanca": ["2026-02-15T02:00", "2026-03-22T02:00"],
    "Pacific/Apia": ["2011-12-30T10:00", "2021-04-03T14:00"],
    "Asia/Tashkent": ["2026-03-21T00:00", "2026-09-01T19:00"],
}
COUNTRIES = {
    "Europe/Riga": "LV", "America/New_York": "US", "Australia/Lord_Howe": "AU", "Asia/Tehran": "IR",
    "Africa/Casablanca": "MA", "Pacific/Apia": "WS", "Asia/Tashkent": "UZ",
}  # fmt: skip


# The oracle: plain second-counting, and nothing of the code under test ------------------------------


def oracle_open(spec, at):
    """Whether a second (since 1970) is open: look at the local wall clock, then at the rules, in their order."""
    local = datetime.fromtimestamp(at, spec["info"])
    return (local.hour * 3600 + local.minute * 60 + local.second) in oracle_day(spec, local.date())


def oracle_day(spec, on):
    """Every open second of a local date, as a set of ranges written out."""
    if on not in spec["made"]:
        spec["made"][on] = Seconds(oracle_rules(spec, on))
    return spec["made"][on]


class Seconds:
    """A date's seconds, one flag each."""

    def __init__(self, windows):
        self.flags = bytearray(86_400)
        for start, end in windows:
            for second in range(start, min(end, 86_400)):
                self.flags[second] = 1

    def __contains__(self, second):
        return self.flags[second] == 1


def oracle_begins(spec, on):
    if on in spec["days"]:
        return spec["days"][on]
    if spec["country"] and on in spec["holidays"]:
        return []
    return spec["weekly"][on.weekday()]


def oracle_rules(spec, on):
    if on in spec["days"]:
        return spec["days"][on]
    if spec["country"] and on in spec["holidays"]:
        return []
    night = [(0, end - 86_400) for _start, end in oracle_begins(spec, on - timedelta(days=1)) if end > 86_400]
    return [*spec["weekly"][on.weekday()], *night]


def oracle_clock(segments, pauses, until):
    """Second by second: (seconds used, the first second at which the last target had been used up, or None)."""
    target, begin, part = segments[-1][1], segments[0][0], 0
    stopped = bytearray(until - begin)
    for start, end in pauses:
        for at in range(max(start, begin), until if end is None else min(end, until)):
            stopped[at - begin] = 1
    used, due = 0, (begin if target <= 0 else None)
    for at in range(begin, until):
        while part + 1 < len(segments) and segments[part + 1][0] <= at:
            part += 1
        if stopped[at - begin]:
            continue
        if segments[part][2] is None or oracle_open(segments[part][2], at):
            used += 1
            if due is None and used >= target:
                due = at + 1
    return used, due


# What is tried ---------------------------------------------------------------------------------------


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@st.composite
def windows(draw):
    """Up to three windows a day, some over midnight, some until 24:00, some round the clock."""
    found = []
    for _n in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, 86_399))
        length = draw(st.one_of(st.integers(1, 4 * 3600), st.integers(1, 86_400), st.just(86_400 - start)))
        found.append((start, start + min(length, 86_400)))
    return found


@st.composite
def specs(draw, zone, centre):
    around = datetime.fromtimestamp(centre, ZoneInfo(zone)).date()
    country = draw(st.sampled_from(["", COUNTRIES[zone]]))
    days = draw(st.dictionaries(st.integers(-2, 2), windows(), max_size=3))
    return {
        "zone": zone,
        "info": ZoneInfo(zone),
        "weekly": [draw(windows()) for _day in range(7)],
        "days": {around + timedelta(days=n): w for n, w in days.items()},
        "country": country,
        "holidays": holidays.country_holidays(country, years=[around.year - 1, around.year, around.year + 1])
        if country
        else {},
        "made": {},
    }


def calendar_of(spec):
    return Calendar(
        zone=spec["zone"],
        weekly=tuple(tuple(w) for w in spec["weekly"]),
        days={on: tuple(w) for on, w in spec["days"].items()},
        country=spec["country"],
    )


@st.composite
def centres(draw):
    """(zone, a second near which its clocks change, or a holiday lies, or nothing)."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    if draw(st.integers(0, 4)) == 0:
        country = holidays.country_holidays(COUNTRIES[zone], years=2021)
        on = draw(st.sampled_from(sorted(country)))
        return zone, int(datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone)).timestamp())
    return zone, int(datetime.fromisoformat(draw(st.sampled_from(ZONES[zone])) + "+00:00").timestamp())


@st.composite
def clocks(draw):
    """A clock with pauses and changes of its terms, and the moment at which it is looked at."""
    zone, centre = draw(centres())
    begin = centre + draw(st.integers(-14 * 3600, 3 * 3600))
    until = begin + draw(st.integers(1, 10 * 3600))
    one, two = draw(specs(zone, centre)), draw(specs(zone, centre))
    inside = st.integers(begin, until)
    since = [begin, *sorted(draw(st.lists(inside, max_size=3)))]
    segments = [(at, draw(st.integers(0, 12 * 3600)), draw(st.sampled_from([None, one, one, two]))) for at in since]
    cuts = sorted(draw(st.lists(inside, max_size=6)))
    pauses = list(zip(cuts[::2], cuts[1::2], strict=False))
    if len(cuts) % 2:
        pauses.append((cuts[-1], None))
    return segments, pauses, until


@pytest.mark.timeout(7200)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(clocks())
def test_a_clock_counts_as_counting_every_second_does(drawn):
    segments, pauses, until = drawn
    made = {id(s[2]): calendar_of(s[2]) for s in segments if s[2] is not None}
    clock = ClockTime(
        tuple(Segment(moment(a), timedelta(seconds=t), made[id(s)] if s else None) for a, t, s in segments),
        tuple(Pause(moment(a), moment(b) if b is not None else None) for a, b in pauses),
    )
    used, due = oracle_clock(segments, pauses, until)
    assert clock.used(moment(until)) == timedelta(seconds=used)
    found = clock.due()
    if due is not None:
        assert found.at == moment(due)
    else:
        assert found.at is None or found.at > moment(until)
        if found.at is None:
            assert found.reason in {"paused", "never_open", "too_far"}


@pytest.mark.timeout(7200)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_adding_and_measuring_are_each_others_inverse(data):
    zone, centre = data.draw(centres())
    calendar = calendar_of(data.draw(specs(zone, centre)))
    start = moment(centre + data.draw(st.integers(-20 * 86_400, 20 * 86_400)))
    seconds = data.draw(st.integers(1, 40 * 86_400))
    found = add_business_seconds(calendar, start, seconds)
    if found.at is None:
        assert found.reason in {"never_open", "too_far"}
        assert business_seconds_between(calendar, start, start + timedelta(days=4000)) < seconds
        return
    assert business_seconds_between(calendar, start, found.at) == seconds
    assert business_seconds_between(calendar, start, found.at - timedelta(seconds=1)) == seconds - 1
    assert is_open(calendar, found.at - timedelta(seconds=1))


# Cases that people would ask about -------------------------------------------------------------------

NINE_TO_SIX = ((9 * 3600, 18 * 3600),)
OFFICE = Calendar("Europe/Riga", (*(NINE_TO_SIX,) * 5, (), ()), country="LV")


def riga(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Riga"))


def test_a_friday_evening_goes_on_on_monday():
    assert add_business_seconds(OFFICE, riga("2026-05-15T17:30"), 3600).at == riga("2026-05-18T09:30")


def test_a_target_that_ends_with_the_day_is_due_when_the_day_ends():
    assert add_business_seconds(OFFICE, riga("2026-05-15T17:30"), 1800).at == riga("2026-05-15T18:00")


def test_a_public_holiday_is_no_working_day():
    assert OFFICE.holiday(date(2026, 5, 4))
    assert add_business_seconds(OFFICE, riga("2026-05-03T12:00"), 60).at == riga("2026-05-05T09:01")


def test_a_day_of_ones_own_opens_on_a_holiday_and_shortens_a_day():
    calendar = Calendar(
        "Europe/Riga",
        OFFICE.weekly,
        {date(2026, 5, 4): ((10 * 3600, 12 * 3600),), date(2026, 5, 5): ()},
        country="LV",
    )
    assert business_seconds_between(calendar, riga("2026-05-04T00:00"), riga("2026-05-06T00:00")) == 2 * 3600


def test_a_night_shift_counts_on_both_sides_of_midnight():
    night = Calendar("Europe/Riga", (((22 * 3600, 30 * 3600),), (), (), (), (), (), ()))
    assert business_seconds_between(night, riga("2026-05-11T12:00"), riga("2026-05-12T12:00")) == 8 * 3600
    assert is_open(night, riga("2026-05-12T05:59"))
    assert not is_open(night, riga("2026-05-12T06:00"))


def test_the_hour_that_comes_twice_counts_twice_and_the_skipped_one_not():
    always = Calendar("Europe/Riga", (((0, 86_400),),) * 7)
    assert business_seconds_between(always, riga("2026-10-25T00:00"), riga("2026-10-26T00:00")) == 25 * 3600
    assert business_seconds_between(always, riga("2026-03-29T00:00"), riga("2026-03-30T00:00")) == 23 * 3600


def test_a_calendar_that_never_opens_says_so_at_once():
    never = Calendar("Europe/Riga", ((),) * 7, {date(2020, 1, 1): NINE_TO_SIX})
    found = add_business_seconds(never, riga("2026-05-15T17:30"), 1)
    assert (found.at, found.reason) == (None, "never_open")


def test_a_calendar_of_single_days_that_are_over_is_not_searched_for_ever():
    few = Calendar("Europe/Riga", ((),) * 7, {date(2026, 6, 1): NINE_TO_SIX})
    assert add_business_seconds(few, riga("2026-05-15T17:30"), 9 * 3600).at == riga("2026-06-01T18:00")
    assert add_business_seconds(few, riga("2026-05-15T17:30"), 9 * 3600 + 1).reason == "too_far"


def test_when_it_opens_next_and_how_long_it_stays_open():
    assert next_change(OFFICE, riga("2026-05-15T20:00")) == (False, riga("2026-05-18T09:00"))
    assert next_change(OFFICE, riga("2026-05-15T10:00")) == (True, riga("2026-05-15T18:00"))
    always = Calendar("UTC", (((0, 86_400),),) * 7)
    assert next_change(always, riga("2026-05-15T10:00"))[0]


def test_a_raised_priority_counts_the_time_already_used():
    normal, urgent = timedelta(hours=8), timedelta(hours=1)
    start = riga("2026-05-11T09:00")
    clock = ClockTime((Segment(start, normal, OFFICE), Segment(riga("2026-05-11T11:00"), urgent, OFFICE)))
    assert clock.due().at == riga("2026-05-11T10:00")
    assert clock.used(riga("2026-05-11T12:00")) == timedelta(hours=3)


def test_a_clock_that_stands_still_is_due_when_it_goes_on():
    start = riga("2026-05-11T09:00")
    segments = (Segment(start, timedelta(hours=2), OFFICE),)
    assert ClockTime(segments, (Pause(riga("2026-05-11T10:00")),)).due().reason == "paused"
    again = ClockTime(segments, (Pause(riga("2026-05-11T10:00"), riga("2026-05-12T10:00")),))
    assert again.due().at == riga("2026-05-12T11:00")


@pytest.mark.parametrize("span", [timedelta(microseconds=1), timedelta(seconds=90, microseconds=7)])
def test_parts_of_a_second_are_not_lost(span):
    start = riga("2026-05-11T10:00")
    assert time_between(OFFICE, start, start + span) == span
