"""Escalation by hand and by chains: one owner, one timeline, the customer told once, right under bad clocks."""

import os
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.models import EventRow
from hospes.routing import operations
from hospes.routing.models import EscalationRun, HandOver, HandOverNotice
from hospes.routing.queries import escalation as queries
from hospes.staff import operations as staff
from hospes.staff.models import OnCall
from hospes.testing.people import NOON, desk_actor, make_agent, receive, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Notification, Ticket

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
MINUTE = timedelta(minutes=1)
STEPS = [
    {"after": 60, "to": "tier", "tier": 2},
    {"after": 60, "to": "tier", "tier": 3},
    {"after": 60, "to": "on_call", "rank": 1},
    {"after": 60, "to": "on_call", "rank": 2},
]
NOTE = {"wants": "A new lid.", "tried": "A new seal.", "promised": "An answer today."}


@pytest.fixture
def company(db):
    """Three tiers, a lead, and two managers on call."""

    class Company:
        first, second, third = (
            staff.create_team(name=name, tier=tier, actor=SYSTEM, now=NOON)
            for name, tier in (("First line", 1), ("Specialists", 2), ("Systems", 3))
        )
        lead = make_agent("Lead", role="lead", teams=(first,))
        ivo = make_agent("Ivo", teams=(first,))
        anna = make_agent("Anna", teams=(second,))
        maija = make_agent("Maija", role="manager")
        narek = make_agent("Narek", role="manager")
        own = make_agent("Own", teams=(first,), only_own_teams=True)
        policy = operations.save_escalation_policy(
            name="Nobody answers", steps=STEPS, actor=desk_actor(maija), now=NOON
        )

    made = Company()
    for rank, agent in ((1, made.maija), (2, made.narek)):
        OnCall.objects.create(agent=agent, rank=rank, starts_at=NOON - MINUTE, ends_at=NOON + 10000 * MINUTE)
    return made


def arrive(company, **more):
    ticket = receive(**more).ticket
    ticket = tickets.change_ticket(ticket=ticket, team=company.first, assignee=company.ivo, actor=SYSTEM, now=NOON)
    operations.consider_chain(ticket_id=ticket.pk, now=NOON)
    return ticket


def escalate(company, ticket, **more):
    asked = {**NOTE, "promised_until": NOON + 60 * MINUTE, "actor": desk_actor(company.ivo), "now": NOON, **more}
    return operations.escalate(ticket=ticket, **asked)


def fresh(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def happened(*names):
    rows = EventRow.objects.filter(name__in=names).order_by("id")
    return [row.data for row in rows]


def told(ticket):
    ids = HandOver.objects.filter(ticket=ticket).values_list("told_message_id", flat=True)
    return list(Message.objects.filter(pk__in=[pk for pk in ids if pk], automatic=True).order_by("id"))


# By hand -------------------------------------------------------------------------------------------


def test_a_ticket_goes_up_with_its_history_and_keeps_whoever_is_responsible(company):
    ticket = arrive(company)
    made = escalate(company, ticket)
    after = fresh(ticket)
    assert (after.number, after.team, after.tier, after.assignee, after.responsible) == (
        ticket.number,
        company.second,
        2,
        None,
        company.ivo,
    )
    assert (made.wants, made.tried, made.promised, made.from_team) == (*NOTE.values(), company.first)
    assert after.message_count == ticket.message_count
    third = escalate(company, after, actor=desk_actor(company.anna))
    assert (third.from_tier, third.to_tier, fresh(ticket).responsible) == (2, 3, company.ivo)
    assert [e["to_name"] for e in happened("TicketEscalated")] == ["Specialists", "Systems"]


@pytest.mark.parametrize("field", [*NOTE, "promised_until"])
def test_all_three_questions_must_be_answered(company, field):
    ticket = arrive(company)
    with pytest.raises(InvalidInput) as refused:
        escalate(company, ticket, **{field: None if field == "promised_until" else "  "})
    assert refused.value.field == field
    assert HandOver.objects.count() == 0


def test_who_may_not_see_or_not_escalate_cannot(company):
    ticket = arrive(company)
    with pytest.raises(NotAllowed):
        escalate(company, ticket, actor=desk_actor(make_agent("Oskars", role="light")))
    escalate(company, ticket)
    with pytest.raises(NotFound):
        escalate(company, ticket, actor=desk_actor(company.own))


def test_a_closed_ticket_and_the_same_team_are_refused(company):
    ticket = arrive(company)
    with pytest.raises(InvalidInput):
        escalate(company, ticket, to_team=company.first)
    solved = tickets.change_ticket(ticket=ticket, status="solved", actor=SYSTEM, now=NOON)
    with pytest.raises(InvalidInput):
        escalate(company, solved)


def test_it_goes_back_down_to_whoever_is_responsible(company):
    ticket = arrive(company)
    escalate(company, ticket)
    back = operations.de_escalate(
        ticket=ticket, note="Send the lid.", actor=desk_actor(company.anna), now=NOON + MINUTE
    )
    after = fresh(ticket)
    assert (after.team, after.assignee, after.tier, back.to_agent) == (company.first, company.ivo, 1, company.ivo)
    with pytest.raises(InvalidInput):
        operations.de_escalate(ticket=ticket, note="Once more.", actor=desk_actor(company.anna), now=NOON)


def test_the_manager_on_call_is_reached_by_hand(company):
    ticket = arrive(company)
    made = escalate(company, ticket, on_call=True)
    settle()
    assert (made.to_agent, fresh(ticket).assignee, fresh(ticket).tier) == (company.maija, company.maija, 3)
    assert Notification.objects.filter(agent=company.maija, kind="escalated").count() == 1


def test_responsibility_changes_only_when_the_new_one_says_yes(company):
    ticket = arrive(company)
    escalate(company, ticket, new_responsible=company.anna)
    offer = queries.open_offer(ticket)
    assert (offer.to_agent, fresh(ticket).responsible) == (company.anna, company.ivo)
    with pytest.raises(NotFound):
        operations.answer_responsibility(offer=offer, accept=True, actor=desk_actor(company.lead), now=NOON)
    operations.answer_responsibility(offer=offer, accept=True, actor=desk_actor(company.anna), now=NOON)
    assert fresh(ticket).responsible == company.anna
    with pytest.raises(Conflict):
        operations.answer_responsibility(offer=offer, accept=False, actor=desk_actor(company.anna), now=NOON)
    with pytest.raises(NotAllowed):
        operations.offer_responsibility(ticket=ticket, to=company.narek, actor=desk_actor(company.ivo), now=NOON)


def test_a_new_question_takes_the_former_back(company):
    ticket = arrive(company)
    escalate(company, ticket, new_responsible=company.anna)
    first = queries.open_offer(ticket)
    operations.offer_responsibility(ticket=ticket, to=company.narek, actor=desk_actor(company.ivo), now=NOON)
    with pytest.raises(Conflict):
        operations.answer_responsibility(offer=first, accept=True, actor=desk_actor(company.anna), now=NOON)
    assert happened("ResponsibilityDeclined")[0]["withdrawn"] is True


# The customer is told ------------------------------------------------------------------------------


def test_the_customer_is_told_once_and_in_their_language(company):
    ticket = arrive(company, subject="Buy at http://evil.example")
    escalate(company, ticket)
    settle()
    settle()
    operations.tell_customer(hand_over_id=HandOver.objects.get().pk, now=NOON)
    (message,) = told(ticket)
    assert ticket.shown_number in message.text
    assert "Specialists" in message.text
    assert "Ivo" in message.text
    assert "evil" not in message.text + message.subject
    assert HandOver.objects.get().told_message_id == message.pk
    assert message.to == [{"name": "Anna Kalniņa", "address": "anna@customer.example"}]
    assert fresh(ticket).waiting_since is not None


def test_the_words_are_those_of_the_customer_s_language(company):
    ticket = arrive(company)
    tickets.change_ticket(ticket=ticket, language="lv", actor=SYSTEM, now=NOON)
    escalate(company, ticket)
    message = operations.tell_customer(hand_over_id=HandOver.objects.get().pk, now=NOON)
    assert "maij" in message.text  # the day by which they hear from us, as Latvians write it


@pytest.mark.parametrize("by", ["inbox", "team", "policy", "hand"])
def test_where_the_setting_says_no_nothing_is_sent(company, by):
    boss = desk_actor(company.maija)
    ticket = arrive(company)
    if by in {"inbox", "team"}:
        thing = ticket.inbox if by == "inbox" else company.second
        operations.set_notice(tell=False, actor=boss, now=NOON, **{by: thing})
    if by == "policy":
        operations.save_escalation_policy(
            policy=company.policy, name="Quiet", steps=STEPS, tell_customer=False, actor=boss, now=NOON
        )
        operations.take_steps(now=NOON + 2 * MINUTE)
    else:
        escalate(company, ticket, tell=by != "hand")
    settle()
    assert HandOver.objects.count() == 1
    assert told(ticket) == []
    if by == "inbox":  # the team's word counts before the inbox's
        HandOverNotice.objects.create(team=company.third, tell=True)
        escalate(company, ticket)
        settle()
        assert len(told(ticket)) == 1


def test_machines_and_spam_are_not_written_to(company):
    ticket = arrive(company, auto_kind="auto-reply")
    escalate(company, ticket)
    settle()
    assert told(ticket) == []


# Chains --------------------------------------------------------------------------------------------


def test_nobody_answers_and_it_goes_through_three_tiers_to_the_managers_on_call(company):
    ticket = arrive(company)
    places = []
    for minute in (1, 2, 3, 4, 5):
        operations.take_steps(now=NOON + minute * MINUTE)
        after = fresh(ticket)
        places.append((after.tier, after.team.name, after.assignee.name if after.assignee else ""))
    assert places == [
        (2, "Specialists", ""),
        (3, "Systems", ""),
        (3, "Systems", "Maija"),
        (3, "Systems", "Narek"),
        (3, "Systems", "Narek"),
    ]
    rows = happened("TicketEscalated")
    assert [(row["reason"], row["policy"], row["step"], row["waited_seconds"]) for row in rows] == [
        ("waited", "Nobody answers", step, 60 * step) for step in (1, 2, 3, 4)
    ]
    assert fresh(ticket).responsible == company.ivo
    settle()
    assert Notification.objects.filter(kind="escalated").count() == 2
    assert [m.text.count("#") for m in told(ticket)] == [1, 1, 1, 1]


def test_every_step_names_the_event_that_began_it(company):
    receive()
    settle()
    run = EscalationRun.objects.get()
    assert run.cause_id == EventRow.objects.get(name="MessageReceived").pk
    operations.take_steps(now=run.next_at)
    assert EventRow.objects.get(name="TicketEscalated").cause_id == run.cause_id


@pytest.mark.parametrize("how", ["reply", "solve", "hold", "spam", "taken"])
def test_the_chain_stops_when_nobody_waits_any_more(company, how):
    ticket = arrive(company)
    actor = desk_actor(company.ivo)
    if how == "reply":
        tickets.reply(ticket=ticket, text="Here is a lid.", actor=actor, now=NOON)
    elif how == "taken":
        operations.take_escalated(ticket=ticket, actor=actor, now=NOON)
    else:
        changes = {"solve": {"status": "solved"}, "hold": {"status": "on_hold"}, "spam": {"spam": True}}[how]
        tickets.change_ticket(ticket=ticket, actor=actor, now=NOON, **changes)
    settle()
    operations.take_steps(now=NOON + 100 * MINUTE)
    assert happened("TicketEscalated") == []
    assert not EscalationRun.objects.filter(running=True).exists()


def test_an_automatic_answer_does_not_stop_it_and_the_next_message_begins_it_anew(company):
    ticket = arrive(company)
    tickets.reply(ticket=ticket, text="We have it.", actor=SYSTEM, automatic=True, now=NOON)
    settle()
    assert EscalationRun.objects.filter(running=True).count() == 1
    tickets.reply(ticket=ticket, text="A lid is on its way.", actor=desk_actor(company.ivo), now=NOON)
    settle()
    receive("Where?", in_reply_to=Message.objects.get(kind="reply", automatic=False).external_id, now=NOON + MINUTE)
    settle()
    run = EscalationRun.objects.get(running=True)
    assert (run.ticket, run.next_at, run.step) == (ticket, NOON + 2 * MINUTE, 0)


def test_a_step_that_was_taken_by_hand_is_not_taken_twice(company):
    ticket = arrive(company)
    escalate(company, ticket)
    operations.take_steps(now=NOON + MINUTE)
    assert (fresh(ticket).tier, len(happened("TicketEscalated"))) == (2, 1)
    operations.take_steps(now=NOON + 2 * MINUTE)
    assert fresh(ticket).tier == 3


def test_a_tier_without_a_team_is_passed_over_at_once_and_said(company):
    ticket = arrive(company)
    staff.change_team(team=company.second, tier=1, actor=SYSTEM, now=NOON)
    operations.take_steps(now=NOON + MINUTE)
    operations.take_steps(now=NOON + MINUTE)
    assert fresh(ticket).team == company.third
    assert happened("EscalationSkipped") == [] or happened("EscalationSkipped")[0]["why"] == "no-team"
    assert len(happened("EscalationSkipped")) == 1


def test_when_nobody_on_call_is_left_all_who_lead_are_told(company):
    arrive(company)
    OnCall.objects.exclude(agent=company.maija).delete()
    for minute in (1, 2, 3, 4):
        operations.take_steps(now=NOON + minute * MINUTE)
    settle()
    assert happened("EscalationSkipped")[0]["why"] == "nobody-on-call"
    assert Notification.objects.filter(agent=company.narek, kind="escalated").count() == 1


def test_a_snoozed_ticket_sleeps(company):
    ticket = arrive(company)
    tickets.change_ticket(ticket=ticket, snoozed_until=NOON + 10 * MINUTE, actor=SYSTEM, now=NOON)
    operations.take_steps(now=NOON + 5 * MINUTE)
    assert fresh(ticket).tier == 1
    operations.take_steps(now=NOON + 10 * MINUTE)
    assert fresh(ticket).tier == 2


def test_a_missed_service_level_takes_the_next_step_at_once_where_the_policy_says_so(company):
    ticket = arrive(company)
    assert operations.hasten_chain(ticket_id=ticket.pk, now=NOON + MINUTE / 2)
    operations.take_steps(now=NOON + MINUTE / 2)
    assert (fresh(ticket).tier, happened("TicketEscalated")[0]["reason"]) == (2, "breach")
    operations.save_escalation_policy(
        policy=company.policy, name="Calm", steps=STEPS, on_breach=False, actor=desk_actor(company.maija), now=NOON
    )
    assert not operations.hasten_chain(ticket_id=ticket.pk, now=NOON + MINUTE / 2)


def test_the_first_policy_that_fits_counts_and_a_change_may_bring_another(company):
    boss = desk_actor(company.maija)
    urgent = operations.save_escalation_policy(
        name="Urgent",
        conditions={"field": "ticket.priority", "is": "at_least", "value": 4},
        steps=[{"after": 5, "to": "on_call", "rank": 1}],
        actor=boss,
        now=NOON,
    )
    operations.order_escalation_policies(ids=[urgent.pk, company.policy.pk], actor=boss, now=NOON)
    ticket = arrive(company)
    assert EscalationRun.objects.get(running=True).policy == company.policy
    tickets.change_ticket(ticket=ticket, priority=4, actor=SYSTEM, now=NOON)
    settle()
    run = EscalationRun.objects.get(running=True)
    assert (run.policy, run.next_at) == (urgent, NOON + timedelta(seconds=5))
    operations.archive_escalation_policy(policy=urgent, actor=boss, now=NOON)
    assert not EscalationRun.objects.filter(running=True).exists()


def test_only_managers_set_it_up_and_what_cannot_be_is_refused(company):
    with pytest.raises(NotAllowed):
        operations.save_escalation_policy(name="Mine", steps=STEPS, actor=desk_actor(company.lead), now=NOON)
    for field, more in (
        ("name", {"name": "Nobody answers", "steps": STEPS}),
        ("name", {"name": " ", "steps": STEPS}),
        ("steps", {"name": "x", "steps": []}),
    ):
        with pytest.raises(InvalidInput) as refused:
            operations.save_escalation_policy(actor=desk_actor(company.maija), now=NOON, **more)
        assert refused.value.field == field
    with pytest.raises(InvalidInput):
        operations.save_escalation_policy(
            name="x",
            steps=STEPS,
            conditions={"field": "no.such", "is": "is"},
            actor=desk_actor(company.maija),
            now=NOON,
        )


@pytest.mark.django_db(transaction=True)
def test_row_28_workers_beside_each_other_never_escalate_twice(company):
    found = [arrive(company, sender=f"c{n}@customer.example", now=NOON) for n in range(8)]
    start = threading.Barrier(4)

    def run():
        start.wait()
        try:
            operations.take_steps(now=NOON + MINUTE)
        finally:
            connection.close()

    workers = [threading.Thread(target=run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(happened("TicketEscalated")) == len(found)
    assert {fresh(ticket).tier for ticket in found} == {2}


def test_row_28_a_clock_that_jumps_takes_one_step_at_a_time_and_none_twice(company):
    ticket = arrive(company)
    operations.take_steps(now=NOON + 5000 * MINUTE)
    operations.take_steps(now=NOON + 5000 * MINUTE)
    assert (fresh(ticket).tier, len(happened("TicketEscalated"))) == (2, 1)
    # The clock is put back to where it should be: the next step is due a minute from now, not in three days.
    operations.take_steps(now=NOON + 2 * MINUTE)
    assert len(happened("TicketEscalated")) == 1
    assert EscalationRun.objects.get(running=True).next_at == NOON + 3 * MINUTE
    operations.take_steps(now=NOON + 3 * MINUTE)
    assert fresh(ticket).tier == 3


@given(jumps=st.lists(st.integers(-600, 600), min_size=1, max_size=25))
@settings(
    max_examples=max(10, EXAMPLES // 10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_row_28_whatever_the_clock_does_each_step_is_taken_once_and_in_order(company, jumps):
    EscalationRun.objects.update(running=False, next_at=None)
    ticket = arrive(company, sender=f"c{Ticket.objects.count()}@customer.example")
    now = NOON
    for jump in jumps:
        now += timedelta(seconds=jump)
        operations.take_steps(now=now)
        run = EscalationRun.objects.get(ticket=ticket, running=True)
        assert run.next_at is None or run.next_at <= now + MINUTE + timedelta(seconds=30)
    steps = [row["step"] for row in happened("TicketEscalated") if row["ticket_id"] == ticket.pk]
    assert steps == list(range(1, len(steps) + 1))


# First line's watch list ---------------------------------------------------------------------------


def test_the_watch_list_shows_what_others_have_and_what_is_due_first_in_few_queries(company):
    found = [arrive(company, sender=f"c{n}@customer.example") for n in range(7)]
    for number, ticket in enumerate(found):
        escalate(company, ticket)
        due = None if number == 3 else NOON + (10 - number) * MINUTE
        Ticket.objects.filter(pk=ticket.pk).update(due_at=due)
    tickets.open_work_order(
        ticket=found[0], team=company.third, subject="Look", actor=desk_actor(company.ivo), now=NOON
    )
    actor, seen, cursor = desk_actor(company.ivo), [], ""
    for _page in range(4):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            rows, cursor = queries.watched(actor, agent_id=company.ivo.pk, cursor=cursor, limit=2)
        assert len(asked) <= 5
        seen += rows
        if cursor is None:
            break
    order = [found[n] for n in (6, 5, 4, 2, 1, 0, 3)]
    assert [row.ticket for row in seen] == order
    assert {row.since for row in seen} == {NOON}
    assert [row.orders for row in seen] == [0, 0, 0, 0, 0, 1, 0]
    assert seen[-1].customer_due_at == NOON + 60 * MINUTE
    assert queries.watched(actor, agent_id=company.anna.pk)[0] == []
