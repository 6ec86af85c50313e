"""Whatever is done to tickets in whatever order, their copies agree with their messages and nothing is lost."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import HospesError
from hospes.core.models import EventRow
from hospes.testing.people import NOON, desk_actor, make_agent, receive
from hospes.tickets import operations
from hospes.tickets.models import Message, MessageSearch, Ticket
from hospes.tickets.operations.base import recount
from hospes.tickets.policies import CATEGORIES, is_active

COPIES = ("message_count", "last_message_id", "last_words", "last_from_customer")


class Desk(RuleBasedStateMachine):
    """Two agents and a few customers do all that can be done to tickets."""

    tickets = Bundle("tickets")
    held = Bundle("held")
    agents: list[Actor] = []

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = NOON
        self.said = 0
        self.taken_back = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def tick(self):
        self.now += timedelta(seconds=30)
        return self.now

    def attempt(self, operation, **given):
        """The operation, or None when it was refused; a refusal changes nothing."""
        version = dict(Ticket.objects.values_list("pk", "version"))
        told = EventRow.objects.count()
        try:
            with transaction.atomic():
                result = operation(now=self.now, **given)
        except HospesError:
            assert dict(Ticket.objects.values_list("pk", "version")) == version
            assert EventRow.objects.count() == told
            return None
        return result

    @rule(target=tickets, who=st.integers(0, 2))
    def a_customer_writes_anew(self, who):
        self.tick()
        self.said += 1
        return receive(f"New {self.said}", sender=f"c{who}@x.example", name=f"C{who}", now=self.now).ticket

    @rule(ticket=tickets, automatic=st.booleans())
    def somebody_answers_by_mail(self, ticket, automatic):
        self.tick()
        first = Message.objects.filter(source_id=None, kind="incoming", customer=ticket.customer).first()
        self.said += 1
        receive(
            f"More {self.said}", sender=ticket.participants.first().address, now=self.now,
            in_reply_to=first.external_id if first else "", auto_kind="auto-reply" if automatic else "",
        )  # fmt: skip

    @rule(target=held, ticket=tickets, agent=st.integers(0, 1), status=st.sampled_from(["", "solved", "waiting"]))
    def an_agent_replies(self, ticket, agent, status):
        self.tick()
        message = self.attempt(
            operations.reply, ticket=ticket, actor=self.agents[agent], text="Answer", status=status, undo_seconds=20
        )
        if message is None:
            return multiple()
        self.said += 1
        return message

    @rule(message=consumes(held))
    def the_agent_takes_it_back(self, message):
        actor = next(a for a in self.agents if a.id == message.agent_id)
        if self.attempt(operations.undo_send, message=message, actor=actor) is not None:
            self.taken_back += 1

    @rule(ticket=tickets, agent=st.integers(0, 1))
    def an_agent_notes(self, ticket, agent):
        self.tick()
        if self.attempt(operations.add_note, ticket=ticket, actor=self.agents[agent], text="Note"):
            self.said += 1

    @rule(
        ticket=tickets,
        agent=st.integers(0, 1),
        changes=st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from([*CATEGORIES, "nonsense"]),
                "spam": st.booleans(),
                "priority": st.integers(0, 5),
                "snoozed_until": st.sampled_from([None, NOON + timedelta(days=400), NOON]),
                "add_tags": st.lists(st.sampled_from(["a", "b"]), max_size=2),
            },
        ),
    )
    def an_agent_changes(self, ticket, agent, changes):
        self.tick()
        told = EventRow.objects.count()
        before = Ticket.objects.get(pk=ticket.pk)
        after = self.attempt(operations.change_ticket, ticket=ticket, actor=self.agents[agent], **changes)
        if after is not None and after.version != before.version:
            assert EventRow.objects.count() > told

    @rule(one=tickets, other=tickets)
    def two_are_merged(self, one, other):
        self.tick()
        self.attempt(operations.merge_tickets, ticket=one, into=other, actor=self.agents[0])

    @rule(ticket=tickets)
    def one_is_unmerged(self, ticket):
        self.tick()
        self.attempt(operations.unmerge_ticket, ticket=ticket, actor=self.agents[0])

    @rule(target=tickets, ticket=tickets)
    def a_message_is_split_off(self, ticket):
        self.tick()
        message = Message.objects.filter(ticket=ticket, kind="incoming").first()
        if message is None:
            return multiple()
        new = self.attempt(operations.split_ticket, message=message, subject="Split", actor=self.agents[1])
        if new is None:
            return multiple()
        self.said += 1
        return new

    @rule()
    def snoozed_ones_wake(self):
        self.tick()
        operations.wake_snoozed(now=self.now, actor=SYSTEM)

    @invariant()
    def copies_agree_with_messages(self):
        for ticket in Ticket.objects.all():
            kept = {name: getattr(ticket, name) for name in COPIES}
            recount(ticket)
            assert kept == {name: getattr(ticket, name) for name in COPIES}
            assert ticket.category == ticket.status.category
            merged = ticket.merged_into_id is not None
            assert ticket.active == is_active(category=ticket.category, spam=ticket.spam, merged=merged)
            if not ticket.active:
                assert ticket.waiting_since is None
                assert ticket.snoozed_until is None
            assert (ticket.category in {"solved", "closed"}) == (ticket.solved_at is not None)

    @invariant()
    def no_message_is_lost_or_on_a_ticket_that_was_merged_away(self):
        assert Message.objects.count() == self.said - self.taken_back
        assert not Message.objects.filter(ticket__merged_into__isnull=False).exists()
        on = dict(Message.objects.values_list("pk", "ticket_id"))
        assert on == dict(MessageSearch.objects.values_list("message_id", "ticket_id"))


@pytest.mark.django_db
def test_tickets_stay_sound_whatever_is_done_to_them():
    Desk.agents = [desk_actor(make_agent("Ivo")), desk_actor(make_agent("Eva"))]  # once: passwords are hashed slowly
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=20, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
