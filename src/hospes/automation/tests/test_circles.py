"""However rules are put together, they come to rest: random sets of rules on one event, and two workers at once."""

import os
import threading

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.automation import operations, policies
from hospes.automation.models import Handling, RuleRun
from hospes.automation.preview import try_rule
from hospes.automation.tests.conftest import NOW, change
from hospes.core import clock, outbox
from hospes.core.actors import SYSTEM
from hospes.core.models import EventDelivery, EventRow
from hospes.testing import people
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "15"))
TRIGGERS = st.sampled_from(["priority_changed", "tags_changed", "type_changed", "note_added", "status_changed"])
STEPS = st.one_of(
    st.builds(lambda n: {"do": "set_priority", "priority": n}, st.integers(1, 4)),
    st.builds(lambda t: {"do": "add_tags", "tags": [t]}, st.sampled_from(["a", "b"])),
    st.builds(lambda t: {"do": "remove_tags", "tags": [t]}, st.sampled_from(["a", "b"])),
    st.builds(lambda t: {"do": "set_type", "type": t}, st.sampled_from(["problem", "question"])),
    st.just({"do": "note", "text": "And again"}),
)
RULES = st.lists(st.tuples(TRIGGERS, st.lists(STEPS, min_size=1, max_size=2)), min_size=1, max_size=6)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=RULES)
def test_any_set_of_rules_comes_to_rest(company, rules):
    with transaction.atomic():
        for number, (trigger, steps) in enumerate(rules):
            content = {"name": f"R{number}", "trigger": trigger, "actions": steps}
            rule = operations.save_rule(content=content, actor=SYSTEM, now=NOW)
            token = try_rule(content=content, actor=SYSTEM, now=NOW).token
            operations.switch_on(rule=rule, token=token, actor=SYSTEM, now=NOW)
        ticket = people.receive(inbox=company.inbox).ticket
        change(ticket, priority=4, type="problem", add_tags=["a"])
        assert not EventDelivery.objects.exists()
        assert RuleRun.objects.filter(ticket=ticket).count() <= policies.MAX_A_TICKET
        deepest = RuleRun.objects.order_by("-depth").values_list("depth", flat=True).first() or 0
        assert deepest <= 2 * policies.MAX_STEPS + 2
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_workers_handle_each_event_once(transactional_db):
    inbox = people.make_inbox()
    content = {"name": "Note", "trigger": "priority_changed", "actions": [{"do": "note", "text": "Once"}]}
    rule = operations.save_rule(content=content, actor=SYSTEM, now=NOW)
    token = try_rule(content=content, actor=SYSTEM, now=NOW).token
    operations.switch_on(rule=rule, token=token, actor=SYSTEM, now=NOW)
    made = [people.receive(f"{n}", inbox=inbox, sender=f"c{n}@c.example", subject=f"S{n}").ticket for n in range(6)]
    people.settle()
    for ticket in made:
        tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=clock.now(), priority=4)
    happened = [outbox.as_happened(row) for row in EventRow.objects.filter(name="TicketChanged")]
    faults = []

    def work():
        try:
            for one in happened:
                operations.handle_event(one, now=clock.now())
            while outbox.drain(now=clock.now()):
                pass
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not faults
    assert connection.is_usable()
    assert RuleRun.objects.count() == len(made)
    assert Message.objects.filter(kind="note").count() == len(made)
    assert Handling.objects.count() >= len(made)
