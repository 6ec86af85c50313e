"""Rates: exact for one process, agreed between processes, cheap when busy."""

from datetime import timedelta

import pytest

from hospes.api import rates
from hospes.core import limits
from hospes.testing.people import NOON

pytestmark = pytest.mark.django_db


def test_a_limit_holds_exactly_in_one_process():
    taken = [rates.take(1, now=NOON, limit=5).allowed for _ in range(8)]
    assert taken == [True] * 5 + [False] * 3


def test_the_next_minute_begins_anew():
    for _ in range(5):
        rates.take(1, now=NOON, limit=5)
    assert not rates.take(1, now=NOON + timedelta(seconds=59), limit=5).allowed
    assert rates.take(1, now=NOON + timedelta(seconds=60), limit=5).remaining == 4


def test_what_other_processes_counted_is_learned_within_a_second():
    assert rates.take(1, now=NOON, limit=100).remaining == 99
    limits.count("api:1", limit=100, seconds=60, now=NOON, times=60)
    assert rates.take(1, now=NOON + timedelta(seconds=0.5), limit=100).remaining == 98
    assert rates.take(1, now=NOON + timedelta(seconds=1), limit=100).remaining == 37


def test_two_processes_overstep_by_at_most_one_seconds_worth():
    allowed = 0
    books = [{}, {}]
    for step in range(400):
        rates._books = books[step % 2]
        allowed += rates.take(1, now=NOON + timedelta(seconds=step * 0.1), limit=100).allowed
    assert 100 <= allowed <= 110


def test_a_busy_client_costs_one_write_a_second(django_assert_num_queries):
    with django_assert_num_queries(3):
        for step in range(300):
            rates.take(1, now=NOON + timedelta(seconds=step * 0.01), limit=1000)


def test_tokens_are_counted_apart():
    rates.take(1, now=NOON, limit=1)
    assert rates.take(2, now=NOON, limit=1).allowed
