"""Refusal of service: what it needs, who decides, how it is kept, and how it ends."""

import os
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.facts import About, LazyFacts
from hospes.core.models import EventRow
from hospes.guidance import operations, queries
from hospes.guidance.models import Refusal
from hospes.guidance.operations.refusals import end_due_refusals
from hospes.guidance.policies import refusals as policy
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket

MANY = settings(max_examples=int(os.environ.get("HOSPES_EXAMPLES", "300")), deadline=None)
LATER = NOON + timedelta(days=30)


class Talk:
    """A talk in which the customer went on after a warning."""

    def __init__(self) -> None:
        self.ivo = make_agent("Ivo")
        self.mina = make_agent("Mina", role="lead")
        self.other_lead = make_agent("Dace", role="lead")
        received = receive("You are all idiots.", sender="karl@customer.example", name="Karl")
        self.ticket = received.ticket
        self.warning = tickets.reply(ticket=self.ticket, actor=desk_actor(self.ivo), now=NOON, text="Please stop.")
        self.after = self.write("Idiots, idiots!").message
        self.ticket.refresh_from_db()

    def write(self, text: str, at=NOON):
        return receive(
            text, sender="karl@customer.example", name="Karl", now=at,
            in_reply_to=self.warning.external_id, references=(self.warning.external_id,),
            message_id=f"{abs(hash((text, at)))}@customer.example",
        )  # fmt: skip

    def ask(self, **more):
        given = {
            "ticket": self.ticket, "reason": "insults", "words": "Went on insulting us.", "evidence": [self.after.pk],
            "warning_id": self.warning.pk, "until": LATER, "actor": desk_actor(self.ivo), "now": NOON,
        }  # fmt: skip
        return operations.ask_refusal(**(given | more))

    def approve(self, refusal, agent=None, **more):
        return operations.decide_refusal(
            refusal=refusal, approve=True, words="Enough.", actor=desk_actor(agent or self.mina), now=NOON, **more
        )


@pytest.fixture
def talk(db) -> Talk:
    return Talk()


def test_a_refusal_is_asked_for_approved_told_and_kept(talk):
    refusal = talk.approve(talk.ask(until=None))
    assert refusal.state == "approved"
    told = Message.objects.get(pk=refusal.told_id)
    assert told.kind == "reply"
    assert "answer this message" in told.text
    assert "no longer serve" in told.text
    assert [row.name for row in EventRow.objects.filter(name__startswith="Refusal").order_by("id")] == [
        "RefusalAsked", "RefusalApproved",
    ]  # fmt: skip
    came = talk.write("And again: idiots!", NOON + timedelta(hours=1))
    settle()
    ticket = Ticket.objects.get(pk=came.ticket.pk)
    assert Message.objects.filter(pk=came.message.pk).exists()
    assert ticket.assignee_id == talk.mina.pk
    assert list(ticket.tags.values_list("name", flat=True)) == ["service refused"]
    assert EventRow.objects.filter(name="RefusedCustomerWrote").count() == 1
    assert LazyFacts(About(now=NOON, ticket=ticket))["signs.refused"] is True


def test_a_new_ticket_of_a_refused_customer_goes_to_the_lead_and_others_are_served(talk):
    talk.approve(talk.ask(until=None))
    new = receive("Another matter", sender="karl@customer.example", subject="New", message_id="new@customer.example")
    someone = receive("Hello", sender="anna@customer.example", message_id="anna@customer.example")
    settle()
    assert Ticket.objects.get(pk=new.ticket.pk).assignee_id == talk.mina.pk
    assert Ticket.objects.get(pk=someone.ticket.pk).assignee_id is None


def test_the_customer_is_told_in_their_language(talk):
    tickets.change_ticket(ticket=talk.ticket, actor=desk_actor(talk.ivo), now=NOON, language="lv")
    text = operations.notice_text(talk.ask())
    assert "2026" in text
    assert "Karl" in text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "moody"}, "reason"),
        ({"words": "bad"}, "words"),
        ({"evidence": []}, "evidence"),
        ({"evidence": [10**9]}, "evidence"),
        ({"warning_id": None}, "warning"),
        ({"warning_id": 10**9}, "evidence"),
        ({"until": NOON - timedelta(days=1)}, "until"),
        ({"until": NOON + timedelta(days=800)}, "until"),
        ({"scope": "planet"}, "scope"),
    ],
)
def test_a_request_that_lacks_something_is_refused(talk, wrong, field):
    with pytest.raises(InvalidInput) as error:
        talk.ask(**wrong)
    assert error.value.field == field


def test_a_threat_needs_no_warning_and_insults_must_go_on_after_it(talk):
    first = Message.objects.filter(ticket=talk.ticket, kind="incoming").order_by("id").first()
    with pytest.raises(InvalidInput):
        talk.ask(evidence=[first.pk])
    assert talk.ask(reason="threat", evidence=[first.pk], warning_id=None).state == "asked"


def test_one_at_a_time_and_only_with_the_rights(talk):
    light = desk_actor(make_agent("Ara", role="light"))
    with pytest.raises(NotAllowed):
        talk.ask(actor=light)
    stranger = desk_actor(make_agent("Deniz", teams=(make_team("Far"),), only_own_teams=True))
    with pytest.raises(NotFound):
        talk.ask(actor=stranger)
    refusal = talk.ask()
    with pytest.raises(Conflict):
        talk.ask()
    with pytest.raises(NotAllowed):
        talk.approve(refusal, talk.ivo)


def test_nobody_decides_on_what_they_asked_for_nor_on_an_appeal_against_themselves(talk):
    refusal = talk.ask(actor=desk_actor(talk.mina))
    with pytest.raises(NotAllowed):
        talk.approve(refusal, talk.mina)
    refusal = talk.approve(refusal, talk.other_lead)
    refusal = operations.appeal_refusal(refusal=refusal, words="I am sorry", actor=desk_actor(talk.ivo), now=NOON)
    for agent in (talk.mina, talk.other_lead):
        with pytest.raises(NotAllowed):
            operations.decide_appeal(refusal=refusal, lift=True, words="ok", actor=desk_actor(agent), now=NOON)
    third = desk_actor(make_agent("Olga", role="manager"))
    refusal = operations.decide_appeal(refusal=refusal, lift=True, words="They apologised.", actor=third, now=NOON)
    assert (refusal.state, refusal.ended_at) == ("ended", NOON)
    assert queries.in_force_for(talk.ticket.customer_id, channel="email", now=NOON) is None


def test_an_appeal_that_is_not_upheld_leaves_the_refusal_and_is_the_last(talk):
    refusal = talk.approve(talk.ask())
    refusal = operations.appeal_refusal(refusal=refusal, words="Unfair", actor=desk_actor(talk.ivo), now=NOON)
    refusal = operations.decide_appeal(
        refusal=refusal, lift=False, words="It stays.", actor=desk_actor(talk.other_lead), now=NOON
    )
    assert refusal.state == "approved"
    with pytest.raises(InvalidInput):
        operations.appeal_refusal(refusal=refusal, words="Again", actor=desk_actor(talk.ivo), now=NOON)


def test_it_ends_by_its_date_once(talk):
    talk.approve(talk.ask())
    assert end_due_refusals(now=LATER - timedelta(seconds=1)) == 0
    assert queries.in_force_for(talk.ticket.customer_id, channel="email", now=LATER) is None
    assert end_due_refusals(now=LATER) == 1
    assert end_due_refusals(now=LATER) == 0
    assert Refusal.objects.get().state == "ended"
    assert EventRow.objects.filter(name="RefusalEnded").count() == 1


def test_it_ends_by_hand_or_is_declined_or_withdrawn(talk):
    refusal = talk.approve(talk.ask())
    operations.end_refusal(refusal=refusal, words="Made up.", actor=desk_actor(talk.other_lead), now=NOON)
    refusal = operations.withdraw_refusal(refusal=talk.ask(), actor=desk_actor(talk.ivo), now=NOON)
    assert refusal.state == "withdrawn"
    refusal = operations.decide_refusal(
        refusal=talk.ask(), approve=False, words="Too hard.", actor=desk_actor(talk.mina), now=NOON
    )
    assert (refusal.state, refusal.told) == ("declined", None)
    with pytest.raises(InvalidInput):
        talk.approve(refusal)


def test_a_channel_alone_can_be_refused(talk):
    talk.approve(talk.ask(scope="channel"))
    customer = talk.ticket.customer_id
    assert queries.in_force_for(customer, channel="email", now=NOON) is not None
    assert queries.in_force_for(customer, channel="chat", now=NOON) is None


STEPS = st.sampled_from(["approve", "decline", "withdraw", "end", "appeal", "keep", "lift", "nonsense"])


@MANY
@given(st.lists(STEPS, max_size=12))
def test_only_the_steps_of_the_way_can_be_taken(steps):
    state = "asked"
    for step in steps:
        try:
            state = policy.next_state(state, step)
        except InvalidInput:
            continue
        assert state in Refusal.State.values
        if state in {"declined", "withdrawn", "ended"}:
            assert not any((state, other) in policy.STEPS for other in policy.STEPS.values())
            assert not policy.in_force(state=state, until=None, now=NOON)
