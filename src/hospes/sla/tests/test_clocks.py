"""Clocks of tickets: what starts, stops and meets them, through the events of the tickets room."""

from datetime import UTC, datetime, timedelta

import pytest

from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.sla import operations as sla
from hospes.sla.models import Clock, ClockChange
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, make_team, receive, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Notification, Ticket

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WEEK = [[["09:00", "18:00"]]] * 5 + [[], []]


def elapsed(seconds):
    return {p: {"seconds": seconds, "mode": "elapsed"} for p in "1234"}


def make_calendar(**more):
    kept = {"name": "Riga", "time_zone": "Europe/Riga", "windows": WEEK, "actor": SYSTEM, "now": NOON}
    return sla.save_calendar(**{**kept, **more})


def make_policy(**more):
    targets = {
        "first_response": {**elapsed(3600), "4": {"seconds": 600, "mode": "elapsed"}},
        "next_response": elapsed(7200),
        "resolution": elapsed(8 * 3600),
    }
    return sla.save_policy(**{"name": "Usual", "targets": targets, "actor": SYSTEM, "now": NOON, **more})


@pytest.fixture
def ivo():
    return make_agent("Ivo")


@pytest.fixture
def actor(ivo):
    make_policy()
    return desk_actor(ivo)


def clock(ticket, kind):
    return Clock.objects.filter(ticket=ticket, kind=kind).order_by("-id").first()


def states(ticket):
    return {c.kind: c.state for c in Clock.objects.filter(ticket=ticket).order_by("id")}


def names(ticket):
    found = EventRow.objects.filter(subject="ticket", subject_id=ticket.pk, name__startswith="Clock").order_by("id")
    return [(row.name, row.data["kind"]) for row in found]


def again(ticket):
    settle()
    ticket.refresh_from_db()
    return ticket


def test_a_mail_starts_the_first_answer_and_the_solution(actor):
    ticket = again(receive().ticket)
    assert states(ticket) == {"resolution": "running", "first_response": "running"}
    assert ticket.first_response_due_at == NOON + HOUR
    assert ticket.resolution_due_at == NOON + 8 * HOUR
    assert ticket.due_at == NOON + HOUR
    assert ticket.promised_at == NOON + HOUR


def test_without_policies_nothing_is_promised_and_the_inbox_promise_stays():
    ticket = again(receive().ticket)
    assert not Clock.objects.exists()
    assert ticket.promised_at == NOON + timedelta(hours=24)


def test_a_person_keeps_the_promise_and_a_machine_does_not(actor):
    ticket = receive().ticket
    tickets.reply(ticket=ticket, actor=SYSTEM, now=NOON + MINUTE, text="Received", automatic=True)
    tickets.add_note(ticket=ticket, actor=actor, now=NOON + MINUTE, text="Hm")
    tickets.start_side_conversation(
        ticket=ticket, to="maker@maker.example", subject="Leak", text="Hello", actor=actor, now=NOON + MINUTE
    )
    again(ticket)
    assert clock(ticket, "first_response").state == "running"
    tickets.reply(ticket=ticket, actor=actor, now=NOON + 30 * MINUTE, text="Yes")
    again(ticket)
    met = clock(ticket, "first_response")
    assert (met.state, met.met_at, met.used_seconds) == ("met", NOON + 30 * MINUTE, 1800)
    assert ticket.first_response_due_at is None
    assert ticket.due_at == ticket.resolution_due_at


def test_an_update_never_replaces_the_first_answer(actor):
    ticket = receive().ticket
    receive("And?", now=NOON + 30 * MINUTE, subject=f"Re: [#{ticket.shown_number}]")
    again(ticket)
    assert ticket.first_response_due_at == NOON + HOUR
    assert clock(ticket, "next_response") is None


def test_the_next_answer_runs_from_the_first_unanswered_message(actor):
    ticket = receive().ticket
    tickets.reply(ticket=ticket, actor=actor, now=NOON + 10 * MINUTE, text="Yes")
    receive("One", now=NOON + 20 * MINUTE, subject=f"Re: [#{ticket.shown_number}]")
    receive("Two", now=NOON + 40 * MINUTE, subject=f"Re: [#{ticket.shown_number}]")
    again(ticket)
    assert ticket.next_response_due_at == NOON + 20 * MINUTE + 2 * HOUR
    tickets.reply(ticket=ticket, actor=actor, now=NOON + HOUR, text="Now")
    again(ticket)
    assert clock(ticket, "next_response").used_seconds == 2400


def test_several_answers_that_are_heard_of_at_once_each_have_their_clock(actor):
    ticket = receive().ticket
    settle()
    for n in range(1, 4):
        tickets.reply(ticket=ticket, actor=actor, now=NOON + n * 20 * MINUTE, text="Yes")
        receive("And?", now=NOON + n * 20 * MINUTE + MINUTE, subject=f"Re: [#{ticket.shown_number}]")
    again(ticket)
    kept = Clock.objects.filter(ticket=ticket, kind="next_response").order_by("id")
    assert [c.used_seconds for c in kept] == [19 * 60, 19 * 60, None]


def test_a_customer_s_machine_wants_no_answer(actor):
    ticket = again(receive(auto_kind="auto-reply").ticket)
    assert clock(ticket, "first_response") is None


def test_waiting_stops_the_solution_but_not_an_answer_that_is_owed(actor):
    ticket = receive().ticket
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 10 * MINUTE, status="waiting")
    again(ticket)
    assert states(ticket) == {"resolution": "paused", "first_response": "running"}
    assert ticket.resolution_due_at is None
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 2 * HOUR + 10 * MINUTE, status="open")
    again(ticket)
    assert ticket.resolution_due_at == NOON + 10 * HOUR


def test_on_hold_stops_only_where_the_policy_says_so(actor):
    ticket = receive().ticket
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + HOUR, status="on_hold")
    assert states(again(ticket))["resolution"] == "running"
    make_policy(name="Third parties", pause_on_hold=True, pause_answers=True, conditions={})
    other = receive(sender="bek@customer.example", subject="Other").ticket
    policies = [p.pk for p in sla.setup.queries.policies()]
    sla.order_policies(ids=policies[::-1], actor=SYSTEM, now=NOON)
    tickets.change_ticket(ticket=other, actor=actor, now=NOON + HOUR, status="on_hold")
    assert states(again(other)) == {"resolution": "paused", "first_response": "paused"}


def test_snoozing_stops_no_clock(actor):
    ticket = receive().ticket
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + MINUTE, snoozed_until=NOON + 20 * HOUR)
    assert states(again(ticket)) == {"resolution": "running", "first_response": "running"}


def test_the_solution_stops_every_clock_and_opening_again_goes_on_with_what_was_used(actor):
    ticket = receive().ticket
    tickets.reply(ticket=ticket, actor=actor, now=NOON + HOUR, text="Done", status="solved")
    again(ticket)
    assert states(ticket) == {"resolution": "met", "first_response": "met"}
    assert ticket.due_at is None
    receive("Not at all", now=NOON + 5 * HOUR, subject=f"Re: [#{ticket.shown_number}]")
    again(ticket)
    assert states(ticket) == {"resolution": "running", "first_response": "met", "next_response": "running"}
    assert ticket.resolution_due_at == NOON + 12 * HOUR  # eight hours, four of them were solved ones
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 6 * HOUR, status="solved")
    again(ticket)
    assert clock(ticket, "resolution").used_seconds == 2 * 3600


def test_solved_without_an_answer_leaves_the_answer_owed_when_opened_again(actor):
    ticket = receive().ticket
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 30 * MINUTE, status="solved")
    again(ticket)
    assert states(ticket) == {"resolution": "met", "first_response": "paused"}
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 5 * HOUR, status="open")
    again(ticket)
    assert ticket.first_response_due_at == NOON + 5 * HOUR + 30 * MINUTE


def test_an_answer_that_is_taken_back_has_never_been(actor):
    ticket = receive().ticket
    sent = tickets.reply(
        ticket=ticket, actor=actor, now=NOON + 30 * MINUTE, text="Oops", status="solved", undo_seconds=10
    )
    again(ticket)
    assert states(ticket) == {"resolution": "met", "first_response": "met"}
    tickets.undo_send(message=sent, actor=actor, now=NOON + 30 * MINUTE + timedelta(seconds=5))
    again(ticket)
    assert states(ticket) == {"resolution": "running", "first_response": "running"}
    assert ticket.first_response_due_at == NOON + HOUR
    assert ticket.resolution_due_at == NOON + 8 * HOUR
    assert clock(ticket, "resolution").pauses == []


def test_taken_back_before_anybody_noticed_it_has_never_been_either(actor):
    ticket = receive().ticket
    settle()
    sent = tickets.reply(ticket=ticket, actor=actor, now=NOON + MINUTE, text="Oops", status="waiting", undo_seconds=10)
    tickets.undo_send(message=sent, actor=actor, now=NOON + MINUTE + timedelta(seconds=5))
    again(ticket)
    assert states(ticket) == {"resolution": "running", "first_response": "running"}
    assert ticket.resolution_due_at == NOON + 8 * HOUR


def test_a_raised_priority_counts_the_time_used_and_says_both_due_times(actor):
    ticket = receive().ticket
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 5 * MINUTE, priority=4)
    again(ticket)
    assert ticket.first_response_due_at == NOON + 10 * MINUTE
    change = ClockChange.objects.get()
    assert (change.reason, change.words) == ("priority", "4")
    assert (change.before_due_at, change.due_at) == (NOON + HOUR, NOON + 10 * MINUTE)
    assert change.by_name == "Ivo"
    assert ("ClockChanged", "first_response") in names(ticket)


def test_the_first_policy_that_fits_holds_and_a_change_of_team_matches_anew(actor):
    team = make_team("Second line")
    fast = make_policy(
        name="Fast",
        targets={"first_response": elapsed(900), "resolution": elapsed(8 * 3600)},
        conditions={"field": "ticket.team", "is": "is", "value": team.pk},
    )
    others = [p.pk for p in sla.setup.queries.policies() if p.pk != fast.pk]
    sla.order_policies(ids=[fast.pk, *others], actor=SYSTEM, now=NOON)
    ticket = again(receive().ticket)
    assert clock(ticket, "first_response").policy_version.policy.name == "Usual"
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + MINUTE, team=team)
    again(ticket)
    assert ticket.first_response_due_at == NOON + 15 * MINUTE
    assert ClockChange.objects.get().words == "Fast"


def test_an_edit_leaves_running_clocks_until_it_is_applied(actor):
    ticket = again(receive().ticket)
    policy = sla.setup.queries.policies().get()
    make_policy(policy=policy, targets={"first_response": elapsed(7200)})
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + MINUTE, type="question")
    assert again(ticket).first_response_due_at == NOON + HOUR
    sla.apply_to_open(policy=policy, actor=SYSTEM, now=NOON + 2 * MINUTE)
    assert sla.work_through(now=NOON + 2 * MINUTE) == 1
    ticket.refresh_from_db()
    assert ticket.first_response_due_at == NOON + 2 * HOUR
    assert clock(ticket, "resolution").state == "ended"
    assert sla.work_through(now=NOON + 3 * MINUTE) == 0


def test_a_policy_applied_to_old_tickets_counts_their_past_quietly():
    ivo = make_agent("Ivo")
    ticket = receive().ticket
    tickets.change_ticket(ticket=ticket, actor=desk_actor(ivo), now=NOON + MINUTE, status="waiting")
    tickets.change_ticket(ticket=ticket, actor=desk_actor(ivo), now=NOON + 61 * MINUTE, status="open")
    settle()
    policy = make_policy()
    sla.apply_to_open(policy=policy, actor=SYSTEM, now=NOON + 3 * HOUR)
    sla.work_through(now=NOON + 3 * HOUR)
    ticket.refresh_from_db()
    assert ticket.resolution_due_at == NOON + 9 * HOUR
    assert clock(ticket, "first_response").breached_at == NOON + HOUR
    assert names(ticket) == []


def test_spam_and_merged_tickets_have_no_clocks_and_get_them_back(actor):
    lead = desk_actor(make_agent("Lea", role="lead"))
    one, two = receive().ticket, receive(sender="bek@customer.example", subject="Other").ticket
    tickets.change_ticket(ticket=one, actor=lead, now=NOON + MINUTE, spam=True)
    assert set(states(again(one)).values()) == {"ended"}
    assert one.due_at is None
    tickets.change_ticket(ticket=one, actor=lead, now=NOON + 2 * MINUTE, spam=False)
    assert set(states(again(one)).values()) == {"running"}
    assert one.first_response_due_at == NOON + HOUR
    tickets.merge_tickets(ticket=one, into=two, actor=lead, now=NOON + 3 * MINUTE)
    assert set(states(again(one)).values()) == {"ended"}
    tickets.unmerge_ticket(ticket=one, actor=lead, now=NOON + 4 * MINUTE)
    assert set(states(again(one)).values()) == {"running"}
    assert again(two).first_response_due_at == NOON + HOUR


def test_a_merged_in_customer_who_waits_longer_is_owed_the_answer_since_then(actor):
    lead = desk_actor(make_agent("Lea", role="lead"))
    old = receive(now=NOON - HOUR).ticket
    young = receive(sender="bek@customer.example", subject="Other").ticket
    settle()
    tickets.merge_tickets(ticket=old, into=young, actor=lead, now=NOON + MINUTE)
    assert again(young).first_response_due_at == NOON


def test_a_split_ticket_owes_its_answer_since_the_message(actor):
    lead = desk_actor(make_agent("Lea", role="lead"))
    first = receive()
    made = tickets.split_ticket(message=first.message, subject="Second matter", actor=lead, now=NOON + 10 * MINUTE)
    assert again(made).first_response_due_at == NOON + HOUR


def test_writing_first_starts_no_answer_clock_before_the_customer_writes(actor, ivo):
    inbox = make_inbox()
    customer = receive().ticket.customer
    ticket = tickets.create_ticket(
        inbox=inbox, customer=customer, subject="News", text="Hello", direction="outgoing", actor=actor, now=NOON
    )
    assert states(again(ticket)) == {"resolution": "paused"}
    receive("Oh", now=NOON + HOUR, subject=f"Re: [#{ticket.shown_number}]")
    assert states(again(ticket))["next_response"] == "running"


def test_news_that_comes_twice_changes_nothing(actor):
    ticket = again(receive().ticket)
    before = list(Clock.objects.order_by("id").values())
    sla.follow(ticket_id=ticket.pk, now=NOON + HOUR)
    sla.follow(ticket_id=ticket.pk, now=NOON + 2 * HOUR)
    assert list(Clock.objects.order_by("id").values()) == before


# Timers ----------------------------------------------------------------------------------------------


def test_a_warning_then_a_breach_each_once_and_the_right_people_hear(actor, ivo):
    team = make_team()
    lea = make_agent("Lea", role="lead", teams=(team,))
    ticket = receive().ticket
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + MINUTE, assignee=ivo, team=team)
    again(ticket)
    assert sla.ring(now=NOON + 47 * MINUTE) == 0
    for at in (48, 49, 48, 59):
        sla.ring(now=NOON + at * MINUTE)
    settle()
    assert names(ticket).count(("ClockWarned", "first_response")) == 1
    assert set(Notification.objects.filter(kind="due_soon").values_list("agent_id", flat=True)) == {ivo.pk}
    for at in (60, 61, 30, 90):
        sla.ring(now=NOON + at * MINUTE)
    settle()
    assert names(ticket).count(("ClockBreached", "first_response")) == 1
    assert set(Notification.objects.filter(kind="overdue").values_list("agent_id", flat=True)) == {ivo.pk, lea.pk}
    assert clock(ticket, "first_response").breached_at == NOON + HOUR


def test_a_worker_that_was_away_for_a_day_says_the_breach_and_no_stale_warning(actor):
    ticket = again(receive().ticket)
    sla.ring(now=NOON + 24 * HOUR)
    assert [n for n in names(ticket) if n[0] != "ClockStarted"] == [
        ("ClockBreached", "resolution"),
        ("ClockBreached", "first_response"),
    ]
    assert sla.ring(now=NOON + 25 * HOUR) == 0


def test_an_answer_in_time_counts_though_its_news_was_slow(actor):
    ticket = again(receive().ticket)
    tickets.reply(ticket=ticket, actor=actor, now=NOON + 59 * MINUTE, text="Just in time")
    sla.ring(now=NOON + 2 * HOUR)
    assert clock(ticket, "first_response").breached_at is None
    assert ("ClockBreached", "first_response") not in names(ticket)


def test_a_late_answer_is_a_breach_even_if_no_timer_rang(actor):
    ticket = again(receive().ticket)
    tickets.reply(ticket=ticket, actor=actor, now=NOON + 2 * HOUR, text="Sorry")
    again(ticket)
    told = [n for n in names(ticket) if n[1] == "first_response"]
    assert told == [
        ("ClockStarted", "first_response"),
        ("ClockBreached", "first_response"),
        ("ClockMet", "first_response"),
    ]


def test_a_clock_that_jumps_back_neither_repeats_nor_loses_anything(actor):
    ticket = receive().ticket
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + HOUR, status="waiting")
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 30 * MINUTE, status="open")
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 40 * MINUTE, status="waiting")
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 2 * HOUR, status="open")
    again(ticket)
    kept = clock(ticket, "resolution")
    moments = [datetime.fromisoformat(p[side]) for p in kept.pauses for side in ("start", "end")]
    assert moments == sorted(moments)
    assert kept.due_at == NOON + 9 * HOUR


def test_business_time_of_a_ticket_passes_only_when_we_are_open(ivo):
    calendar = make_calendar(country="LV")
    business = {p: {"seconds": 3600, "mode": "business"} for p in "1234"}
    make_policy(calendar=calendar, targets={"first_response": business})
    # 4 May 2026 is a holiday in Latvia: the hour runs from nine the next morning in Riga.
    ticket = again(receive().ticket)
    assert ticket.first_response_due_at == datetime(2026, 5, 5, 7, 0, tzinfo=UTC)
    assert Ticket.objects.get(pk=ticket.pk).promised_at == ticket.first_response_due_at


def test_the_acknowledgement_tells_the_promise_of_the_policy(actor):
    ticket = receive(sender="zoe@customer.example").ticket
    from hospes.tickets.operations.due import settle_promise

    assert settle_promise(ticket_id=ticket.pk, now=NOON) == NOON + HOUR


def test_a_policy_with_no_target_left_ends_its_clock_and_another_brings_it_back(actor):
    ticket = again(receive().ticket)
    policy = sla.setup.queries.policies().get()
    make_policy(policy=policy, targets={"first_response": elapsed(3600)})
    sla.apply_to_open(policy=policy, actor=SYSTEM, now=NOON + MINUTE)
    sla.work_through(now=NOON + MINUTE)
    assert states(ticket)["resolution"] == "ended"
    make_policy(policy=policy)
    sla.apply_to_open(policy=policy, actor=SYSTEM, now=NOON + 2 * MINUTE)
    sla.work_through(now=NOON + 2 * MINUTE)
    assert clock(ticket, "resolution").due_at == NOON + 8 * HOUR
