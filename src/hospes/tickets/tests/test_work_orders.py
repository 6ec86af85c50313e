"""Work orders: their steps, what outsiders may see and do, the clock under jumps and with two workers."""

import os
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from hospes.channels.outbound import compose
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.models import EventRow
from hospes.core.outbox import drain
from hospes.staff.models import OnCall
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive, settle
from hospes.tickets import operations, work_orders
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.models import Message, Notification, WorkOrder
from hospes.tickets.policies import reply_address
from hospes.tickets.queries import work

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
HOUR = timedelta(hours=1)


@pytest.fixture
def company(db):
    """A first line, a warehouse whose people see only their own, a template for it and one for a courier."""

    class Company:
        line, warehouse = make_team("First line"), make_team("Warehouse")
        ivo = make_agent("Ivo", teams=(line,))
        boss = make_agent("Boss", role="lead", teams=(warehouse,))
        packer = make_agent("Packer", role="light", teams=(warehouse,), only_own_teams=True)
        other = make_agent("Other", teams=(make_team("Billing"),), only_own_teams=True)
        manager = make_agent("Maija", role="manager")
        ticket = receive().ticket
        check = operations.save_work_template(
            name="Look at the stock",
            team=warehouse,
            text="Please look whether we have it.",
            fields=[{"label": "Article", "required": True}, {"label": "Shelf", "required": False}],
            due_seconds=3600,
            actor=desk_actor(boss),
            now=NOON,
        )
        courier = operations.save_work_template(
            name="Where is the parcel?",
            address="desk@courier.example",
            contact_name="Berta",
            due_seconds=7200,
            actor=desk_actor(boss),
            now=NOON,
        )

    made = Company()
    operations.change_ticket(ticket=made.ticket, team=made.line, actor=desk_actor(made.ivo), now=NOON)
    return made


def ask_warehouse(company, **more):
    return operations.open_work_order(
        ticket=company.ticket,
        template=company.check,
        values={"f1": "Kettle K-2"},
        actor=desk_actor(company.ivo),
        now=NOON,
        **more,
    )


def ask_courier(company):
    order = operations.open_work_order(
        ticket=company.ticket, template=company.courier, actor=desk_actor(company.ivo), now=NOON
    )
    sent = Message.objects.get(side=order.side, kind="side_out")
    plain = work.order_address(order.number)
    body = compose(sent).text
    token = body.partition(plain)[2].partition("/")[0].strip()
    return order, token, sent


def happened(name):
    return list(EventRow.objects.filter(name=name).order_by("id"))


def told(agent, kind):
    return Notification.objects.filter(agent=agent, kind=kind).count()


def test_a_department_gets_an_order_and_its_answer_comes_back_onto_the_ticket(company):
    order = ask_warehouse(company)
    assert order.fields == [{"label": "Article", "value": "Kettle K-2"}]
    assert order.due_at == NOON + HOUR
    settle()
    assert told(company.packer, "order") == 1
    operations.accept_work_order(order=order, actor=desk_actor(company.packer), now=NOON)
    operations.answer_work_order(
        order=order, text="Three are on shelf 7.", actor=desk_actor(company.packer), now=NOON + HOUR / 2
    )
    settle()
    note = Message.objects.get(ticket=company.ticket, kind="note")
    assert "Three are on shelf 7." in note.text
    assert order.shown_number in note.text
    assert told(company.ivo, "answered") == 1
    order.refresh_from_db()
    assert (order.state, order.agent, order.answered_by, order.next_at) == (
        "answered",
        company.packer,
        "Packer",
        None,
    )
    assert happened("WorkOrderAnswered")[0].data["late"] is False


def test_a_required_field_must_be_filled_in(company):
    with pytest.raises(InvalidInput) as refused:
        operations.open_work_order(
            ticket=company.ticket, template=company.check, actor=desk_actor(company.ivo), now=NOON
        )
    assert refused.value.field == "f1"


def test_back_office_sees_its_own_orders_and_not_the_ticket(company):
    order = ask_warehouse(company)
    packer, other = desk_actor(company.packer), desk_actor(company.other)
    assert list(work.orders_for(packer)) == [order]
    assert work.get_order(packer, order.shown_number) == order
    assert list(work.orders_for(other)) == []
    with pytest.raises(NotFound):
        work.get_order(other, order.number)
    with pytest.raises(NotFound):
        operations.accept_work_order(order=order, actor=other, now=NOON)
    with pytest.raises(NotAllowed):
        operations.close_work_order(order=order, actor=packer, now=NOON)


def test_an_answer_that_does_not_do_goes_back_with_as_much_time(company):
    order = ask_warehouse(company)
    operations.answer_work_order(order=order, text="No idea.", declined=True, actor=desk_actor(company.boss), now=NOON)
    later = NOON + 5 * HOUR
    order = operations.ask_again(order=order, text="Please count them.", actor=desk_actor(company.ivo), now=later)
    assert (order.state, order.due_at, order.warned) == ("open", later + HOUR, 0)
    assert "Please count them." in order.text
    with pytest.raises(Conflict):
        operations.ask_again(order=order, text="Now!", actor=desk_actor(company.ivo), now=later)


# Outsiders -----------------------------------------------------------------------------------------


def test_an_outsider_answers_by_a_link_that_the_desk_never_sees(company):
    order, token, sent = ask_courier(company)
    assert len(token) > 30
    assert token not in sent.text
    assert token not in order.token_sealed
    assert token not in str(EventRow.objects.values_list("data", flat=True))
    operations.answer_by_link(number=order.number, token=token, text="It left today.", now=NOON + HOUR)
    settle()
    answer = Message.objects.get(side=order.side, kind="side_in")
    assert (answer.text, answer.author_name, answer.ticket) == ("It left today.", "Berta", company.ticket)
    assert told(company.ivo, "answered") == 1
    order.refresh_from_db()
    assert (order.state, order.answer) == ("answered", "It left today.")


def test_a_link_works_once_for_one_order_while_it_lasts(company):
    order, token, _sent = ask_courier(company)
    other, other_token, _sent = ask_courier(company)
    for number, guess in (
        (order.number, other_token),
        (other.number, token),
        (order.number, token[:-1]),
        (order.number, token.swapcase()),
        (order.number, ""),
        (order.number, order.token_hash),
        (order.number, "x" * 5000),
        ("", token),
        ("ZZZZZZZ", token),
    ):
        with pytest.raises(NotFound):
            operations.answer_by_link(number=number, token=guess, text="Hello", now=NOON)
    late = order.token_expires_at
    with pytest.raises(NotFound):
        operations.answer_by_link(number=order.number, token=token, text="Hello", now=late)
    operations.answer_by_link(number=order.number, token=token, text="Found it.", now=NOON)
    with pytest.raises(Conflict):
        operations.answer_by_link(number=order.number, token=token, text="Found it twice.", now=NOON)
    operations.close_work_order(order=order, actor=desk_actor(company.ivo), now=NOON)
    with pytest.raises(NotFound):
        work.order_by_link(order.number, token, now=NOON)
    assert work.order_by_link(other.number, other_token, now=NOON) == other


def test_a_link_is_one_nobody_could_make_up(company):
    order, token, _sent = ask_courier(company)
    assert order.token_hash != token
    assert WorkOrder.objects.filter(token_hash=token).count() == 0
    operations.close_work_order(order=order, cancel=True, actor=desk_actor(company.ivo), now=NOON)
    order.refresh_from_db()
    assert (order.token_hash, order.token_sealed, order.token_expires_at) == ("", "", None)


def test_an_outsider_may_answer_by_mail_instead(company):
    order, _token, sent = ask_courier(company)
    to = reply_address(company.ticket.inbox.address, company.ticket.number, f"side{order.side_id}:desk@courier.example")
    incoming = IncomingMessage(
        message_id="answer@courier.example",
        sender=Person("desk@courier.example", "Berta"),
        to=(Person(to, ""),),
        delivered_to=(to,),
        subject="Re: Where is the parcel?",
        text="It left today.",
        reply="It left today.",
        in_reply_to=sent.external_id,
    )
    operations.receive_message(incoming=incoming, inbox=company.ticket.inbox, source_id=None, files=[], now=NOON + HOUR)
    settle()
    settle()
    order.refresh_from_db()
    assert (order.state, order.answer) == ("answered", "It left today.")
    assert told(company.ivo, "answered") == 1


def test_a_machine_s_mail_answers_no_order(company):
    order, _token, sent = ask_courier(company)
    incoming = IncomingMessage(
        message_id="away@courier.example",
        sender=Person("desk@courier.example", "Berta"),
        subject="Out of office",
        text="I am away.",
        reply="I am away.",
        in_reply_to=sent.external_id,
        auto_kind="auto-reply",
    )
    operations.receive_message(incoming=incoming, inbox=company.ticket.inbox, source_id=None, files=[], now=NOON)
    settle()
    order.refresh_from_db()
    assert order.state == "open"


# The clock -----------------------------------------------------------------------------------------


def test_late_orders_warn_then_go_to_the_lead_then_to_those_on_call(company):
    OnCall.objects.create(agent=company.manager, team=None, starts_at=NOON - HOUR, ends_at=NOON + 365 * 24 * HOUR)
    order = ask_warehouse(company)
    assert operations.watch_work_orders(now=NOON + 0.7 * HOUR) == 0
    for at in (0.76, 1.01, 1.51, 9):
        operations.watch_work_orders(now=NOON + at * HOUR)
    assert [len(happened(n)) for n in ("WorkOrderDueSoon", "WorkOrderOverdue")] == [1, 2]
    rows = happened("WorkOrderOverdue")
    assert [row.data["step"] for row in rows] == [work_orders.OVERDUE, work_orders.ESCALATED]
    order.refresh_from_db()
    assert work.whom_to_tell(order, work_orders.OVERDUE, now=NOON) == [company.ivo.pk, company.boss.pk]
    assert company.manager.pk in work.whom_to_tell(order, work_orders.ESCALATED, now=NOON)
    settle()
    assert told(company.boss, "late") == 3  # reminded as one of the team, told as its lead, and once more at the end


def test_row_28_a_clock_that_jumps_neither_repeats_a_warning_nor_gives_three_at_once(company):
    ask_warehouse(company)
    operations.watch_work_orders(now=NOON + 30 * HOUR)
    operations.watch_work_orders(now=NOON + 1.01 * HOUR)
    operations.watch_work_orders(now=NOON + 31 * HOUR)
    assert len(happened("WorkOrderDueSoon")) == 0
    assert [row.data["step"] for row in happened("WorkOrderOverdue")] == [work_orders.ESCALATED]


@pytest.mark.django_db(transaction=True)
def test_row_28_two_workers_warn_once(company):
    for _number in range(10):
        ask_warehouse(company)
    start = threading.Barrier(4)

    def run():
        start.wait()
        try:
            operations.watch_work_orders(now=NOON + 1.01 * HOUR)
        finally:
            connection.close()

    workers = [threading.Thread(target=run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(happened("WorkOrderOverdue")) == 10


def test_a_later_due_time_takes_warnings_back_and_an_earlier_one_brings_them(company):
    order = ask_warehouse(company)
    operations.watch_work_orders(now=NOON + 1.01 * HOUR)
    operations.set_work_order_due(work_order_id=order.pk, due_at=NOON + 10 * HOUR, now=NOON + 2 * HOUR)
    order.refresh_from_db()
    assert (order.warned, order.next_at) == (0, NOON + 7.5 * HOUR)
    operations.set_work_order_due(work_order_id=order.pk, due_at=NOON + 2 * HOUR, now=NOON + 2 * HOUR)
    assert operations.watch_work_orders(now=NOON + 2 * HOUR) == 1
    assert [row.data["step"] for row in happened("WorkOrderOverdue")] == [work_orders.OVERDUE] * 2
    assert len(happened("WorkOrderDueChanged")) == 2


@given(span=st.integers(1, 10**7), jumps=st.lists(st.integers(-(10**7), 10**8), max_size=20))
@settings(max_examples=EXAMPLES)
def test_warnings_only_rise_whatever_the_clock_does(span, jumps):
    due_at, warned, given_out = NOON + timedelta(seconds=span), 0, []
    for jump in jumps:
        at = NOON + timedelta(seconds=jump)
        step = work_orders.warning_due(opened_at=NOON, due_at=due_at, warned=warned, now=at)
        if step:
            given_out.append(step)
            warned = step
        look = work_orders.next_look(opened_at=NOON, due_at=due_at, warned=warned)
        assert (look is None) == (warned == work_orders.ESCALATED)
        assert look is None or look > NOON
    assert given_out == sorted(set(given_out))
    assert (work_orders.OVERDUE in given_out or work_orders.ESCALATED in given_out) == any(
        jump >= span for jump in jumps
    )


# The state machine ---------------------------------------------------------------------------------


class OrderMachine(RuleBasedStateMachine):
    """One order through all its steps, in any order, against the table read the other way round."""

    company = None

    def __init__(self):
        super().__init__()
        self.save = transaction.savepoint()
        self.now = NOON
        self.order = ask_warehouse(self.company)
        self.state = "open"

    def teardown(self):
        transaction.savepoint_rollback(self.save)

    def step(self, allowed, then, run):
        self.now += timedelta(seconds=1)
        if self.state in allowed:
            run()
            self.state = then
        else:
            with pytest.raises(Conflict):
                run()

    @rule()
    def accept(self):
        boss = desk_actor(self.company.boss)
        self.step(
            {"open"}, "accepted", lambda: operations.accept_work_order(order=self.order, actor=boss, now=self.now)
        )

    @rule(declined=st.booleans())
    def answer(self, declined):
        self.step(
            {"open", "accepted"},
            "declined" if declined else "answered",
            lambda: operations.answer_work_order(
                order=self.order, text="So.", declined=declined, actor=desk_actor(self.company.packer), now=self.now
            ),
        )

    @rule()
    def again(self):
        ivo = desk_actor(self.company.ivo)
        self.step(
            {"answered", "declined"},
            "open",
            lambda: operations.ask_again(order=self.order, text="And?", actor=ivo, now=self.now),
        )

    @rule(cancel=st.booleans())
    def close(self, cancel):
        ivo = desk_actor(self.company.ivo)
        allowed = {"answered", "declined"} | ({"open", "accepted"} if cancel else set())
        self.step(
            allowed,
            "cancelled" if cancel else "done",
            lambda: operations.close_work_order(order=self.order, cancel=cancel, actor=ivo, now=self.now),
        )

    @precondition(lambda self: self.state in {"open", "accepted"})
    @rule(minutes=st.integers(0, 200))
    def tick(self, minutes):
        self.now += timedelta(minutes=minutes)
        operations.watch_work_orders(now=self.now)

    @invariant()
    def the_row_says_the_same(self):
        row = WorkOrder.objects.get(pk=self.order.pk)
        assert row.state == self.state
        assert (row.closed_at is not None) == (self.state in {"done", "cancelled"})
        assert row.running == (self.state in {"open", "accepted"})
        assert row.running or row.next_at is None
        assert (row.answered_at is not None) == (self.state in {"answered", "declined"}) or self.state in {
            "done",
            "cancelled",
        }


def test_every_order_of_steps_keeps_the_order_whole(company):
    OrderMachine.company = company
    run_state_machine_as_test(
        OrderMachine, settings=settings(max_examples=max(20, EXAMPLES // 10), stateful_step_count=12, deadline=None)
    )
    drain(now=NOON, limit=1)
