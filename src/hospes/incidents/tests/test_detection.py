"""The test behind the watch: its tail is exact, its words are the same whatever their form, it counts customers."""

import os
from math import exp, lgamma, log

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.incidents.detection import MAX_TERMS, Rate, Volume, judge, match, signature, tail, terms_of, threshold
from hospes.incidents.detection.judging import FALSE_ALARMS_A_WEEK, WINDOWS
from hospes.incidents.detection.rates import HOURS, fading, hour_of_week, share
from hospes.incidents.detection.words import telling, vocabulary_of

EXAMPLES = settings(
    max_examples=int(os.environ.get("HOSPES_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
AT = 1_780_000_000.0


def by_brute_force(seen, mean, shape):
    def pmf(k):
        chance = mean / (mean + shape)
        ways = lgamma(k + shape) - lgamma(shape) - lgamma(k + 1)
        return exp(ways + k * log(chance) + shape * log(1 - chance))

    return 1 - sum(pmf(k) for k in range(seen))


@EXAMPLES
@given(st.integers(1, 60), st.floats(0.01, 40), st.floats(0.5, 100))
def test_the_tail_is_that_of_the_negative_binomial(seen, mean, shape):
    if seen > mean:
        assert tail(seen, mean, shape) == pytest.approx(by_brute_force(seen, mean, shape), abs=1e-9, rel=1e-6)


@EXAMPLES
@given(st.integers(1, 40), st.floats(0.01, 10))
def test_with_a_rate_known_exactly_the_tail_is_poissons(seen, mean):
    if seen > mean:
        poisson = sum(exp(-mean + k * log(mean) - lgamma(k + 1)) for k in range(seen, seen + 200))
        assert tail(seen, mean, 1e9) == pytest.approx(poisson, rel=1e-4)


@EXAMPLES
@given(st.integers(5, 60), st.floats(0.01, 5), st.floats(0.5, 30))
def test_more_tickets_are_more_surprising_and_less_knowledge_is_less_so(seen, mean, shape):
    if seen > mean:
        assert tail(seen + 1, mean, shape) < tail(seen, mean, shape)
        assert tail(seen, mean, shape) > tail(seen, mean, shape * 4) * 0.999 or seen < mean + 3


def test_the_allowed_false_alarms_are_shared_among_all_looks():
    volume = Volume(counts=[100.0] * HOURS, weeks=[1.0] * HOURS, hour=1)
    looks = 100 * HOURS * MAX_TERMS * len(WINDOWS)
    assert threshold(volume) * looks == pytest.approx(FALSE_ALARMS_A_WEEK)


def learned(tickets=1000, *, rare=2):
    volume, rates = Volume(), {"rare": Rate(), "daily": Rate()}
    for n in range(tickets):
        weight = volume.learn(AT - 14 * 86400 + n * 14 * 86400 / tickets)
        if n < rare:
            rates["rare"].learn(weight, 0)
        if n % 3 == 0:
            rates["daily"].learn(weight, 0)
    return volume, rates


def test_a_rare_word_five_times_in_two_minutes_is_an_alarm_and_a_daily_one_is_not():
    volume, rates = learned()
    found = judge({"rare": (6, 6, 6), "daily": (6, 6, 6)}, (7, 8, 9), rates, volume, at=AT)
    assert found is not None
    assert (found.term, found.window, found.seen) == ("rare", 120, 6)
    assert judge({"daily": (4, 6, 7)}, (7, 12, 20), rates, volume, at=AT) is None


def test_nothing_is_said_before_enough_was_learned_nor_about_fewer_than_five():
    volume, rates = learned(150)
    assert judge({"rare": (50, 50, 50)}, (50, 50, 50), rates, volume, at=AT) is None
    volume, rates = learned()
    assert judge({"rare": (4, 4, 4)}, (4, 4, 4), rates, volume, at=AT) is None


def test_a_part_of_the_week_can_only_raise_what_is_usual():
    volume, rates = learned(3000, rare=30)
    overall, _shape = share(rates["rare"], volume, AT + 6 * 3600)
    assert overall >= 30 / 3100 * 0.8


def test_what_lies_back_fades():
    assert fading(AT) / fading(AT - 42 * 86400) == pytest.approx(exp(1))
    assert hour_of_week(1_779_667_200) == 0  # a Monday, 00:00 UTC


@EXAMPLES
@given(st.text(max_size=3000), st.text(max_size=3000), st.text(max_size=60))
def test_any_text_gives_a_bounded_set_of_terms(subject, text, product):
    found = terms_of(subject=subject, text=text, product=product)
    assert len(found) == len(set(found)) <= MAX_TERMS
    assert all(0 < len(term) <= 80 for term in found)


def test_words_are_compared_without_their_endings_in_every_language():
    assert telling("Maksājums") == telling("maksājumi")
    assert telling("ödemeler") == telling("Ödemelerim")
    assert telling("payment") == telling("Payments")
    assert telling("Վճարումը") == telling("վճարումներ")
    assert telling("the and for lūdzu va için از") == []


def test_codes_and_parts_come_first_and_their_order_does_not_matter():
    words = vocabulary_of({"@7": ["card payment"], "@8": ["app"]})
    found = terms_of(subject="x", text="the payment by card says E-502x and 99", product="Kettle 2", vocabulary=words)
    assert found[:2] == ["@7", "#kettle 2"]
    assert "502x" in found
    assert "@8" not in found


def test_a_ticket_is_compared_by_what_it_shares():
    words = signature([["pay", "fail", "card"]] * 8 + [["pay", "hello"]] * 2, {"pay": 0.02, "fail": 0.01, "card": 0.3})
    assert set(words) == {"pay", "fail"}
    alike = match(words, ["pay", "fail", "other"])
    assert alike.looks_alike
    assert alike.close
    assert not match(words, ["other"]).looks_alike
