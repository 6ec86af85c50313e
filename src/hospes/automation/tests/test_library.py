"""Each ready rule: it is well made, acts on a ticket that fits and leaves alone one that does not."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from hospes.automation import carrying, library, operations
from hospes.automation.content import content_of
from hospes.automation.models import Rule, RuleRun
from hospes.automation.preview import try_rule
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.sla import events as sla
from hospes.staff.models import OnCall
from hospes.testing import people
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Notification, Ticket, WorkOrder
from hospes.tickets.operations.base import StoredFile, attach

NOW = people.NOON


def add(key):
    """The rule added, previewed and switched on."""
    rule = operations.add_from_library(key=key, actor=SYSTEM, now=NOW)
    token = try_rule(content=content_of(rule), actor=SYSTEM, now=NOW).token
    return operations.switch_on(rule=rule, token=token, actor=SYSTEM, now=NOW)


@pytest.fixture
def world(company):
    manager = company.manager
    OnCall.objects.create(agent=manager, starts_at=NOW - timedelta(days=900), ends_at=NOW + timedelta(days=9000))

    def write(text="My kettle leaks.", *, ticket=None, **more):
        """A customer's message, on a new ticket or on this one."""
        if ticket is not None:
            more["subject"] = f"[#{ticket.shown_number}]"
        made = people.receive(text, inbox=company.inbox, now=more.pop("now", clock.now()), **more).ticket
        people.settle()
        return made

    def change(ticket, *, now=None, **changes):
        tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=now or clock.now(), **changes)
        people.settle()

    def clock_event(kind, ticket):
        ticket.refresh_from_db()
        emit(
            kind(ticket_id=ticket.pk, assignee_id=ticket.assignee_id, clock_id=1, kind="next_response"),
            actor=SYSTEM,
            now=clock.now(),
        )
        people.settle()

    def sweep(ahead):
        Rule.objects.update(next_run_at=None)
        now = clock.now() + ahead
        for _round in range(50):
            if not operations.sweep(now=now):
                return
        people.settle()

    return SimpleNamespace(company=company, write=write, change=change, clock_event=clock_event, sweep=sweep)


def fresh(w, **changes):
    """A ticket on which nothing has happened that a rule waits for."""
    ticket = w.write()
    if changes:
        w.change(ticket, **changes)
    return ticket


def waiting(w, *, status="waiting", ahead, **changes):
    ticket = fresh(w, status=status, **changes)
    w.sweep(ahead)
    return ticket


def bounced(w, state):
    ticket = fresh(w)
    message = tickets.reply(ticket=ticket, actor=people.desk_actor(w.company.ivo), now=clock.now(), text="Hello")
    people.settle()
    tickets.mark_delivery(message_id=message.pk, state=state, actor=SYSTEM, now=clock.now(), words="550 no such user")
    people.settle()
    return ticket


def reopened(w, times):
    ticket = fresh(w)
    for _each in range(times):
        w.change(ticket, status="solved")
        w.write("Still leaks", ticket=ticket)
    return ticket


def overdue(w, overdue_event):
    ticket = fresh(w, assignee=w.company.ivo)
    order = tickets.open_work_order(
        ticket=ticket, team=w.company.second, subject="Find it", text="Please", actor=SYSTEM, now=clock.now()
    )
    people.settle()
    if overdue_event:
        WorkOrder.objects.filter(pk=order.pk).update(due_at=clock.now() - timedelta(minutes=1), next_at=clock.now())
        tickets.watch_work_orders(now=clock.now())
        people.settle()
    return ticket


def vip(w, is_vip):
    first = w.write()
    first.customer.vip = is_vip
    first.customer.save()
    return w.write("Another matter", subject="Other", message_id="other@customer.example")


def sixth(w, count):
    ticket = fresh(w)
    for number in range(count - 1):
        w.write(f"And {number}", ticket=ticket)
    return ticket


def late(w, **changes):
    ticket = fresh(w, **changes)
    w.clock_event(sla.ClockBreached, ticket)
    return ticket


def soon(w, **changes):
    ticket = fresh(w, **changes)
    w.clock_event(sla.ClockWarned, ticket)
    return ticket


def solved(w, **changes):
    ticket = fresh(w, **changes)
    w.change(ticket, status="solved")
    return ticket


def files(w, count):
    made = people.receive(inbox=w.company.inbox, now=clock.now()).ticket
    message = Message.objects.get(ticket=made)
    attach(message, [StoredFile(f"{n}.png", "image/png", 3, "k") for n in range(count)], now=clock.now())
    people.settle()
    return made


def machine(w, status):
    ticket = fresh(w, status=status)
    w.write("I am away", ticket=ticket, auto_kind="auto-reply")
    return ticket


D = lambda n: timedelta(days=n)  # noqa: E731
CASES = {
    "vip-first": (lambda w: vip(w, True), lambda w: vip(w, False)),
    "urgent-words": (lambda w: w.write("This is URGENT"), lambda w: w.write("No hurry")),
    "danger": (lambda w: w.write("There is smoke coming out"), lambda w: w.write("It is cold")),
    "returns-team": (lambda w: w.write("I want a refund"), lambda w: w.write("How does it work?")),
    "invoices": (lambda w: w.write("Please send the invoice"), lambda w: w.write("How does it work?")),
    "complaints": (lambda w: w.write("This is unacceptable"), lambda w: w.write("All is well")),
    "legal": (lambda w: w.write("You will hear from my lawyer"), lambda w: w.write("You will hear from me")),
    "out-of-hours": (None, None),
    "machines-rest": (lambda w: machine(w, "waiting"), lambda w: machine(w, "open")),
    "big-files": (lambda w: files(w, 3), lambda w: files(w, 1)),
    "ask-again": (lambda w: waiting(w, ahead=D(5)), lambda w: waiting(w, ahead=D(3))),
    "settle-silent": (lambda w: waiting(w, ahead=D(15)), lambda w: waiting(w, ahead=D(13))),
    "close-solved": (
        lambda w: waiting(w, status="solved", ahead=D(31)), lambda w: waiting(w, status="solved", ahead=D(29))
    ),
    "on-hold-week": (
        lambda w: waiting(w, status="on_hold", assignee=w.company.ivo, ahead=D(8)),
        lambda w: waiting(w, status="on_hold", ahead=D(8)),
    ),
    "unowned": (
        lambda w: waiting(w, status="open", ahead=timedelta(hours=2)),
        lambda w: waiting(w, status="open", assignee=w.company.ivo, ahead=timedelta(hours=2)),
    ),
    "due-soon": (lambda w: soon(w, assignee=w.company.ivo), soon),
    "breach-sorry": (late, lambda w: late(w, status="waiting")),
    "breach-on-call": (lambda w: late(w, priority=4), lambda w: late(w, priority=3)),
    "waiting-two-days": (
        lambda w: waiting(w, status="open", ahead=D(3)), lambda w: waiting(w, status="open", ahead=D(1))
    ),
    "work-overdue": (lambda w: overdue(w, True), lambda w: overdue(w, False)),
    "reopened-twice": (lambda w: reopened(w, 2), lambda w: reopened(w, 1)),
    "many-messages": (lambda w: sixth(w, 6), lambda w: sixth(w, 5)),
    "delivery-failed": (lambda w: bounced(w, "failed"), lambda w: bounced(w, "sent")),
    "praise": (lambda w: solved(w, type="praise"), lambda w: solved(w, type="problem")),
    "no-type": (
        lambda w: solved(w, assignee=w.company.ivo), lambda w: solved(w, assignee=w.company.ivo, type="problem")
    ),
}  # fmt: skip


def test_there_are_twenty_five_and_each_is_tried_here():
    assert len(library.TABLE) == 25
    assert set(CASES) == set(library.BY_KEY)


@pytest.mark.parametrize("key", [key for key, case in CASES.items() if case[0]])
def test_a_ready_rule_acts_where_it_fits_and_leaves_the_rest_alone(key, world):
    fits, not_fits = CASES[key]
    rule = add(key)
    not_fits(world)
    before = set(RuleRun.objects.filter(rule=rule).values_list("pk", flat=True))
    assert not before, [run.done for run in RuleRun.objects.filter(rule=rule)]
    Ticket.objects.update(spam=True, active=False)  # what was left alone stays out of the way
    fits(world)
    found = RuleRun.objects.filter(rule=rule)
    assert found.exists()
    run = found.order_by("id").first()
    assert run.state == "done", run.done
    assert all(step["state"] in {"done", "same"} for step in run.done), run.done


def test_outside_our_hours_customers_hear_when_we_are_back(world):
    from hospes.core.facts import _LOADERS

    rule = add("out-of-hours")
    real = _LOADERS["calendar"]
    try:
        for is_open, runs in ((True, 0), (False, 1)):
            _LOADERS["calendar"] = lambda about, is_open=is_open: {"calendar.open": is_open}
            world.write(subject=f"Open {is_open}", message_id=f"{is_open}@customer.example")
            assert RuleRun.objects.filter(rule=rule).count() == runs
    finally:
        _LOADERS["calendar"] = real


def test_a_name_that_does_not_exist_here_is_asked_for(company):
    company.second.name = "Rückgaben"
    company.second.save()
    with pytest.raises(InvalidInput) as refused:
        operations.add_from_library(key="returns-team", actor=SYSTEM, now=NOW)
    assert refused.value.details["missing"] == [["team", "Returns"]]
    instead = {("team", "Returns"): company.second.pk}
    rule = operations.add_from_library(key="returns-team", actor=SYSTEM, now=NOW, instead=instead)
    assert rule.actions[0] == {"do": "set_team", "team": company.second.pk}
    assert not rule.active
    with pytest.raises(Conflict):
        operations.add_from_library(key="returns-team", actor=SYSTEM, now=NOW, instead=instead)


def test_the_whole_library_is_exported_and_read_back(company):
    for ready in library.TABLE:
        operations.add_from_library(key=ready.key, actor=SYSTEM, now=NOW)
    text = operations.export_rules(list(Rule.objects.all()))
    assert carrying.imported(text) == [content_of(rule) for rule in Rule.objects.all()]
    assert Notification.objects.count() == 0
