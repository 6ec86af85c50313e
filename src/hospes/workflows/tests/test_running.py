"""Runs: what is asked, what is known already, what is kept, and who has it."""

from datetime import timedelta

import pytest

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.models import EventRow
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, make_team, receive, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket
from hospes.workflows import operations
from hospes.workflows.models import StepLog, WorkflowRun
from hospes.workflows.tests.definitions import ask, one_step, order_of, published, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket():
    return receive().ticket


@pytest.fixture
def agent(ticket):
    return desk_actor(make_agent())


def go(run, actor, **answers):
    return operations.advance(run=run, answers=answers, actor=actor, now=NOON, seq=run.seq)


def test_an_agent_is_asked_only_for_what_nobody_knows(ticket, agent):
    order_of(ticket.customer)
    ticket = tickets.change_ticket(ticket=ticket, actor=agent, now=NOON, fields={"order": "SC-1042"})
    run = operations.start_run(workflow=published(), ticket=ticket, actor=agent, now=NOON)
    # The order stands on the ticket and the address in the customer's record: the first question is a new one.
    assert run.step == "why"
    assert {key: kept["from"] for key, kept in run.answers.items()} == {"order": "ticket", "email": "customer"}
    assert run.facts["order_lines"] == ["Kettle", "Tea × 2"]


def test_every_answer_is_on_the_ticket_when_it_ends(ticket, agent):
    order_of(ticket.customer)
    run = operations.start_run(workflow=published(), ticket=ticket, actor=agent, now=NOON)
    run = go(run, agent, order="sc 1042", email="anna@customer.example")
    run = go(run, agent, items=["2"], reason="broken")
    assert run.step == "what"
    run = go(run, agent, damage="The lid does not close.")
    assert run.step == "told"
    run = go(run, agent)
    assert (run.state, run.outcome) == ("ended", "done")
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.category == "on_hold"
    assert [tag.name for tag in ticket.tags.all()] == ["return"]
    assert ticket.fields["damage"] == "The lid does not close."
    assert ticket.fields["order"] == "SC-1042"
    note = Message.objects.get(ticket=ticket, kind="note")
    assert "Why: It is broken" in note.text
    assert "What: Tea × 2" in note.text
    names = list(
        EventRow.objects.filter(subject="ticket", name__startswith="Workflow")
        .order_by("pk")
        .values_list("name", flat=True)
    )
    assert names[0] == "WorkflowStarted"
    assert names[-1] == "WorkflowEnded"


def test_wrong_answers_are_named_and_nothing_moves(ticket, agent):
    run = operations.start_run(workflow=published(), ticket=ticket, actor=agent, now=NOON)
    with pytest.raises(InvalidInput) as refused:
        go(run, agent, order="–", email="anna")
    assert set(refused.value.details["errors"]) == {"order", "email"}
    run.refresh_from_db()
    assert (run.step, run.answers) == ("who", {})


def test_an_order_is_shown_only_to_whoever_knows_its_address(ticket):
    order_of(ticket.customer)
    guest = visitor()
    run = operations.start_run(workflow=published(), actor=guest, now=NOON, language="en")
    run = go(run, guest, order="SC-1042", email="bert@customer.example")
    assert run.step == "who"
    assert "order_lines" not in run.facts
    run = go(run, guest, order="SC-1042", email="ANNA@customer.example")
    assert run.step == "why"


def test_two_tabs_move_a_run_once(ticket, agent):
    run = operations.start_run(workflow=published(one_step(ask("a"), ask("b"))), ticket=ticket, actor=agent, now=NOON)
    moved = go(run, agent, a_text="1")
    with pytest.raises(Conflict):
        go(run, agent, a_text="2")
    moved.refresh_from_db()
    assert moved.answers["a_text"]["value"] == "1"


def test_going_back_keeps_the_answers_and_going_on_does_not_ask_them_again(ticket, agent):
    workflow = published(one_step(ask("a"), ask("b"), ask("c")))
    run = operations.start_run(workflow=workflow, ticket=ticket, actor=agent, now=NOON)
    run = go(go(run, agent, a_text="1"), agent, b_text="2")
    run = operations.go_back(run=operations.go_back(run=run, actor=agent, now=NOON), actor=agent, now=NOON)
    assert (run.step, run.answers["b_text"]["value"]) == ("a", "2")
    run = go(run, agent, a_text="one")
    assert (run.step, run.answers["a_text"]["value"]) == ("c", "one")
    with pytest.raises(Conflict):
        operations.go_back(
            run=operations.start_run(
                workflow=published(one_step(ask("x")), "other"), ticket=ticket, actor=agent, now=NOON
            ),
            actor=agent,
            now=NOON,
        )


def test_nobody_goes_back_behind_what_was_done(ticket, agent):
    act = {"key": "do", "kind": "act", "actions": [{"do": "priority", "value": 4}]}
    run = operations.start_run(
        workflow=published(one_step(ask("a"), act, ask("b"))), ticket=ticket, actor=agent, now=NOON
    )
    run = go(run, agent, a_text="1")
    with pytest.raises(Conflict):
        operations.go_back(run=run, actor=agent, now=NOON)
    assert Ticket.objects.get(pk=ticket.pk).priority == 4


def test_a_run_finishes_on_its_version(ticket, agent):
    workflow = published(one_step(ask("a"), ask("b")))
    run = operations.start_run(workflow=workflow, ticket=ticket, actor=agent, now=NOON)
    published(one_step(ask("a")))
    run = go(run, agent, a_text="1")
    assert (run.step, run.version.number) == ("b", 1)
    assert operations.start_run(workflow=workflow, ticket=None, actor=agent, now=NOON).version.number == 2


def test_who_asks_for_a_person_is_asked_nothing_twice(ticket):
    make_inbox("shop@demo.example")
    order_of(ticket.customer)
    guest = visitor()
    run = operations.start_run(workflow=published(), actor=guest, now=NOON, language="en")
    run = go(run, guest, order="SC-1042", email="anna@customer.example")
    run = operations.ask_for_person(
        run=run, actor=guest, now=NOON, answers={"reason": "broken"}, words="I am in a hurry."
    )
    settle()
    assert (run.state, run.step) == ("handed_over", "why")
    said = Message.objects.get(ticket=run.ticket, kind="incoming")
    assert said.text.startswith("I am in a hurry.")
    assert "Why: It is broken" in said.text
    assert run.ticket.fields["reason"] == "broken"
    someone = desk_actor(make_agent("Zoe"))
    run = go(WorkflowRun.objects.get(pk=run.pk), someone, items=["1"], reason="broken")
    assert (run.step, run.channel, run.answers["email"]["where"]) == ("what", "desk", "portal")


def test_a_guest_without_an_address_is_asked_for_one_before_a_person_answers():
    make_inbox()
    run = operations.start_run(workflow=published(), actor=visitor(), now=NOON, language="en")
    with pytest.raises(InvalidInput) as refused:
        operations.ask_for_person(run=run, actor=visitor(), now=NOON)
    assert refused.value.code == "need-email"
    run = operations.ask_for_person(run=run, actor=visitor(), now=NOON, email="zoe@customer.example", name="Zoe")
    assert run.ticket.customer.name == "Zoe"


def test_a_step_hands_over_with_everything_known(ticket, agent):
    team = make_team("Specialists")
    over = {"key": "over", "kind": "hand_over", "team": "specialists", "reason": {"en": "It is about {{run.a_text}}."}}
    run = operations.start_run(
        workflow=published({"name": "T", "steps": [ask("a"), over]}), ticket=ticket, actor=agent, now=NOON
    )
    run = go(run, agent, a_text="a leak")
    assert (run.state, run.outcome) == ("ended", "handed_over")
    assert Ticket.objects.get(pk=ticket.pk).team_id == team.pk
    notes = Message.objects.filter(ticket=ticket, kind="note").values_list("text", flat=True)
    assert any("It is about a leak." in text for text in notes)


def test_a_wait_ends_by_its_time_once_whatever_the_clock_does(ticket, agent):
    wait = {"key": "w", "kind": "wait", "span": "2 d"}
    run = operations.start_run(workflow=published(one_step(wait, ask("a"))), ticket=ticket, actor=agent, now=NOON)
    assert run.state == "waiting"
    later = NOON + timedelta(days=2)
    assert operations.wake_due(now=later - timedelta(seconds=1)) == 0
    assert operations.wake_due(now=later) == 1
    assert operations.wake_due(now=NOON - timedelta(days=1)) == 0
    assert operations.wake_due(now=later + timedelta(days=900)) == 0
    run.refresh_from_db()
    assert (run.state, run.step, run.wake_at) == ("running", "a", None)


def test_a_wait_ends_by_the_customers_answer(ticket, agent):
    wait = {"key": "w", "kind": "wait", "span": "2 d", "for_answer": True, "into": "said"}
    late = {"field": "run.w_answered", "is": "no"}
    steps = [{**wait, "branches": [{"when": late, "steps": [{"key": "no", "kind": "end", "outcome": "refused"}]}]}]
    run = operations.start_run(workflow=published(one_step(*steps, ask("a"))), ticket=ticket, actor=agent, now=NOON)
    tickets.add_customer_message(ticket=ticket, customer=ticket.customer, actor=SYSTEM, now=NOON, text="Blue, please")
    settle()
    run.refresh_from_db()
    assert (run.step, run.facts["said"]) == ("a", "Blue, please")
    assert operations.wake_due(now=NOON + timedelta(days=9)) == 0


def test_strangers_and_other_teams_do_not_move_runs(ticket, agent):
    run = operations.start_run(workflow=published(one_step(ask("a"))), ticket=ticket, actor=agent, now=NOON)
    tickets.change_ticket(ticket=ticket, actor=agent, now=NOON, team=make_team())
    other = make_agent("Other", teams=(make_team("Second"),), only_own_teams=True)
    with pytest.raises(NotFound):
        go(run, desk_actor(other), a_text="1")
    with pytest.raises(NotAllowed):
        go(run, desk_actor(make_agent("Light", role="light")), a_text="1")
    with pytest.raises(NotAllowed):
        operations.create_workflow(name="Mine", actor=agent, now=NOON)


def test_starting_again_on_the_ticket_goes_on_where_it_was(ticket, agent):
    workflow = published(one_step(ask("a"), ask("b")))
    run = go(operations.start_run(workflow=workflow, ticket=ticket, actor=agent, now=NOON), agent, a_text="1")
    again = operations.start_run(workflow=workflow, ticket=ticket, actor=agent, now=NOON)
    assert again.pk == run.pk
    operations.stop_run(run=run, actor=agent, now=NOON)
    fresh = operations.start_run(workflow=workflow, ticket=ticket, actor=agent, now=NOON)
    assert (fresh.step, fresh.answers["a_text"]["from"]) == ("b", "earlier")


def test_the_log_tells_how_long_each_step_took(ticket, agent):
    run = operations.start_run(workflow=published(one_step(ask("a"), ask("b"))), ticket=ticket, actor=agent, now=NOON)
    operations.advance(run=run, answers={"a_text": "1"}, actor=agent, now=NOON + timedelta(minutes=3))
    stays = list(StepLog.objects.filter(run=run).values_list("step", "how", "came_at", "left_at"))
    assert stays == [("a", "answered", NOON, NOON + timedelta(minutes=3)), ("b", "", NOON + timedelta(minutes=3), None)]


def test_a_signed_in_customer_is_known():
    make_inbox()
    ticket = receive().ticket
    order_of(ticket.customer)
    me = Actor(kind="customer", id=ticket.customer_id, name="Anna", via="portal")
    run = operations.start_run(workflow=published(), customer=ticket.customer, actor=me, now=NOON, language="lv")
    assert run.answers == {}
    run = go(run, me, order="SC-1042", email="other@customer.example")
    assert run.step == "why"  # it is their own order, whatever address they typed
