"""What another set of queues would have done: deterministic, never beyond what people can carry."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hospes.config.routing_cli import report
from hospes.core import clock
from hospes.routing import operations, queries
from hospes.routing.models import AssignmentRecord, RoutingEntry
from hospes.routing.queries import history
from hospes.routing.replaying import replay
from hospes.routing.tests.company import person, queue, work
from hospes.testing.people import make_team, receive
from hospes.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def ten_days() -> None:
    """Ten days of tickets, one every six hours, each solved after a day."""
    start = timezone.now() - timedelta(days=28)
    for number in range(40):
        at = start + timedelta(hours=6 * number)
        text = "Labdien! Vēlos atgriezt tējkannu, jo tā tek." if number % 2 else "I want to return my kettle."
        ticket = receive(
            text, sender=f"c{number % 7}@customer.example", now=at, message_id=f"h{number}@x.example"
        ).ticket
        Ticket.objects.filter(pk=ticket.pk).update(solved_at=at + timedelta(days=1))


def test_the_same_history_gives_the_same_outcome_and_changes_nothing():
    team = make_team()
    anna, ivo = person("Anna", team, languages=("lv",), capacity=40), person("Ivo", team, capacity=40)
    queue(team=team, match_language="required")
    ten_days()
    since, until = clock.now() - timedelta(days=30), clock.now()
    before = (AssignmentRecord.objects.count(), RoutingEntry.objects.count())
    runs = [
        replay(
            history.pasts(since=since, until=until),
            history.people_today(since=since, until=until),
            queries.rules(),
            until=until,
        )
        for _n in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0].given == {anna.pk: 20, ivo.pk: 20}
    assert runs[0].never == 0
    assert (AssignmentRecord.objects.count(), RoutingEntry.objects.count()) == before


def test_another_set_of_queues_is_read_from_a_file_and_told_beside_what_really_was():
    team, other = make_team(), make_team("Second line")
    person("Anna", team, languages=("lv", "en"), capacity=100)
    ivo = person("Ivo", other, languages=("lv", "en"), capacity=10)
    queue(team=team)
    ten_days()
    work()
    text = """
queues:
- name: Latvian
  conditions: {field: ticket.language, is: is, value: lv}
  team: Second line
- name: Rest
  team: First line
"""
    rules = history.rules_of(operations.read_queue_set(text))
    since, until = clock.now() - timedelta(days=30), clock.now()
    people = history.people_today(since=since, until=until)
    outcome = replay(history.pasts(since=since, until=until), people, rules, until=until)
    assert outcome.by_queue == {1: 20, 2: 20}
    assert outcome.given[ivo.pk] + outcome.never == 20
    assert max(outcome.waits) > 0  # Ivo can have but one at a time
    lines = report(outcome, rules, people, 40)
    assert any(line.endswith("Latvian") and line.strip().startswith("20") for line in lines)
