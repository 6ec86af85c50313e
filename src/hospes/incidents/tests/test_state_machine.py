"""Whatever is done to incidents in whatever order: nobody hears a word twice, and states and times agree."""

import os
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hospes.core.actors import SYSTEM
from hospes.core.errors import HospesError
from hospes.incidents import operations
from hospes.incidents.models import Component, Incident, IncidentTicket, Telling
from hospes.incidents.policies import component_state, may_move
from hospes.testing.people import NOON, receive
from hospes.tickets import operations as ticket_operations
from hospes.tickets.models import Message, Ticket

STATES = ("investigating", "identified", "monitoring", "resolved")


class House(RuleBasedStateMachine):
    """Two incidents touching one part, six tickets of four customers, and a worker that empties the queue."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = NOON
        self.said = 0
        self.part = operations.save_component(name="Shop", actor=SYSTEM, now=NOON)
        self.tickets = [
            receive(f"Message {n}", sender=f"c{n % 4}@x.example", name=f"C{n % 4}", subject=f"S{n}").ticket
            for n in range(6)
        ]
        self.incidents = [
            operations.declare(title=f"I{n}", components=[self.part.pk], actor=SYSTEM, now=NOON) for n in range(2)
        ]

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def attempt(self, operation, **given):
        self.now += timedelta(minutes=1)
        try:
            with transaction.atomic():
                return operation(actor=SYSTEM, now=self.now, **given)
        except HospesError:
            return None

    @rule(
        which=st.integers(0, 1), some=st.sets(st.integers(0, 5), min_size=1), way=st.sampled_from(["hand", "automatic"])
    )
    def tickets_are_linked(self, which, some, way):
        chosen = [Ticket.objects.get(pk=self.tickets[n].pk) for n in sorted(some)]
        self.attempt(operations.link_tickets, incident=self.incidents[which], tickets=chosen, way=way)

    @rule(which=st.integers(0, 1), one=st.integers(0, 5))
    def a_ticket_is_taken_off(self, which, one):
        self.attempt(operations.unlink_ticket, incident=self.incidents[which], ticket=self.tickets[one])

    @rule(which=st.integers(0, 1), one=st.integers(0, 5), keep=st.booleans())
    def somebody_says_that_it_stays_open(self, which, one, keep):
        self.attempt(operations.keep_open, incident=self.incidents[which], ticket=self.tickets[one], keep=keep)

    @rule(which=st.integers(0, 1), public=st.booleans(), state=st.sampled_from(("", *STATES)), solve=st.booleans())
    def an_update_is_written(self, which, public, state, solve):
        self.said += 1
        incident = Incident.objects.get(pk=self.incidents[which].pk)
        made = self.attempt(
            operations.post_update, incident=incident, texts={"en": f"Word {self.said}."}, public=public, state=state,
            solve=solve,
        )  # fmt: skip
        wanted = state or incident.state
        assert (made is not None) == (may_move(incident.state, wanted) and (not solve or wanted == "resolved"))

    @rule(one=st.integers(0, 5), into=st.integers(0, 5))
    def tickets_are_merged(self, one, into):
        tickets = [Ticket.objects.get(pk=self.tickets[n].pk) for n in (one, into)]
        self.attempt(ticket_operations.merge_tickets, ticket=tickets[0], into=tickets[1])

    @rule(one=st.integers(0, 5))
    def a_customer_writes_again(self, one):
        self.now += timedelta(minutes=1)
        first = Message.objects.filter(ticket=self.tickets[one], kind="incoming").first()
        receive(f"Again {self.now}", sender=f"c{one % 4}@x.example", now=self.now,
                in_reply_to=first.external_id if first else "")  # fmt: skip

    @rule()
    def the_queue_is_emptied(self):
        self.now += timedelta(minutes=30)
        while operations.tell_waiting(now=self.now):
            pass

    @invariant()
    def nobody_hears_a_word_twice(self):
        heard = Counter()
        for message in Message.objects.filter(kind="reply", automatic=True).values("to", "text"):
            word = next((w for w in message["text"].split("\n") if w.startswith("Word ")), "")
            if word:
                heard[message["to"][0]["address"], word] += 1
        assert all(times == 1 for times in heard.values()), heard

    @invariant()
    def each_word_is_on_its_way_once(self):
        rows = Telling.objects.exclude(ticket=None).values_list("incident", "update", "ticket")
        assert len(rows) == len(set(rows))
        for telling in Telling.objects.filter(state="sent", ticket__isnull=False):
            assert telling.message_id is not None

    @invariant()
    def states_and_times_agree(self):
        for incident in Incident.objects.all():
            assert (incident.state == "resolved") == (incident.resolved_at is not None)
        severities = Incident.objects.exclude(state="resolved").values_list("severity", flat=True)
        assert Component.objects.get().state == component_state(severities)
        assert IncidentTicket.objects.count() <= 12


@pytest.mark.django_db
def test_whatever_happens_nobody_hears_a_word_twice():
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=int(os.environ.get("HOSPES_EXAMPLES", "25")),
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
