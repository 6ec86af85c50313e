"""Rules on events: each event once, in order, never round in a circle, all or none of a rule's steps."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from hospes.automation import operations
from hospes.automation.models import Handling, RuleRun
from hospes.automation.tests.conftest import HIGH, NOW, change, runs
from hospes.core import clock, outbox
from hospes.core.models import EventRow
from hospes.testing import people
from hospes.tickets.models import Message, Notification


def test_a_rule_acts_on_its_event_and_the_log_tells_why(company, ticket, make_rule):
    rule = make_rule("Urgent to returns", "priority_changed", {"do": "set_team", "team": company.second.pk}, when=HIGH)
    change(ticket, priority=4)
    assert ticket.team == company.second
    [run] = RuleRun.objects.all()
    event = EventRow.objects.get(pk=run.event_id)
    assert (event.name, event.data["field"]) == ("TicketChanged", "priority")
    assert (run.rule, run.version, run.state) == (rule, 1, "done")
    assert run.done == [{"do": "set_team", "state": "done", "words": "Returns"}]
    caused = EventRow.objects.get(cause_id=run.ran_event_id)
    assert (caused.data["field"], caused.via, caused.actor_name) == ("team", "rule", "Urgent to returns")


def test_a_rule_that_does_not_fit_leaves_its_first_failed_condition_in_the_log(ticket, make_rule):
    subject = {"field": "ticket.subject", "is": "contains", "value": ["kettle"]}
    rule = make_rule("Never", "priority_changed", {"do": "mark_spam"}, when={"all": [subject, HIGH]})
    change(ticket, priority=1)
    [handling] = Handling.objects.all()
    assert handling.missed == [[rule.pk, 1, "conditions.all.1"]]
    assert not RuleRun.objects.exists()


def test_an_event_is_handled_once_however_often_it_is_delivered(ticket, make_rule):
    make_rule("Note", "priority_changed", {"do": "note", "text": "Look here"})
    change(ticket, priority=4)
    row = EventRow.objects.filter(name="TicketChanged").first()
    again = operations.handle_event(outbox.as_happened(row), now=clock.now())
    assert again is None
    assert Message.objects.filter(kind="note").count() == 1


def test_rules_run_in_order_see_what_the_former_did_and_one_may_be_the_last(ticket, make_rule):
    make_rule("First", "customer_wrote", {"do": "set_priority", "priority": 4})
    make_rule("Second", "customer_wrote", {"do": "add_tags", "tags": ["hot"]}, when=HIGH, stop_after=True)
    make_rule("Third", "customer_wrote", {"do": "add_tags", "tags": ["never"]})
    people.settle()
    ticket.refresh_from_db()
    assert runs(ticket) == [("First", "done"), ("Second", "done")]
    assert [tag.name for tag in ticket.tags.all()] == ["hot"]


def test_a_rule_switched_off_rests_at_once(ticket, make_rule):
    rule = make_rule("Note", "priority_changed", {"do": "note", "text": "Look"})
    operations.switch_off(rule=rule, actor=people.SYSTEM, now=NOW)
    change(ticket, priority=4)
    assert runs(ticket) == []


def test_a_step_that_fails_takes_back_those_before_it_and_other_rules_go_on(company, ticket, make_rule):
    make_rule(
        "Breaks",
        "priority_changed",
        {"do": "add_tags", "tags": ["half"]},
        {"do": "set_owner", "agent": company.bek.pk},
    )
    make_rule("Goes on", "priority_changed", {"do": "add_tags", "tags": ["whole"]})
    company.bek.is_active = False
    company.bek.save()
    change(ticket, priority=4)
    assert runs(ticket) == [("Breaks", "failed"), ("Goes on", "done")]
    failed = RuleRun.objects.get(state="failed")
    assert [step["state"] for step in failed.done] == ["undone", "failed"]
    assert [tag.name for tag in ticket.tags.all()] == ["whole"]


def test_a_rules_own_change_does_not_set_it_off_again(ticket, make_rule):
    rule = make_rule("Up", "priority_changed", {"do": "raise_priority"})
    change(ticket, priority=1)
    assert ticket.priority == 2
    assert [rule.pk, 1, "own"] in Handling.objects.order_by("-id").first().missed


def test_two_rules_that_would_loop_for_ever_are_stopped_with_a_clear_line(ticket, make_rule, caplog):
    make_rule("To high", "priority_changed", {"do": "set_priority", "priority": 3})
    make_rule("To low", "priority_changed", {"do": "set_priority", "priority": 1})
    with caplog.at_level(logging.WARNING):
        change(ticket, priority=4)
    [stopped] = Handling.objects.exclude(stopped="")
    assert stopped.stopped == "depth"
    assert {"To high", "To low"} == set(stopped.chain)
    assert RuleRun.objects.count() < 40
    assert "Rules stopped on ticket" in caplog.text
    event = EventRow.objects.get(name="RuleStopped")
    assert "To high → To low" in event.data["rules"]


def test_a_ticket_has_a_budget_of_rules_an_hour(ticket, make_rule, monkeypatch):
    monkeypatch.setattr("hospes.automation.policies.MAX_A_TICKET", 3)
    make_rule("Note", "priority_changed", {"do": "note", "text": "Look"})
    for priority in (1, 2, 3, 4, 1):
        change(ticket, priority=priority)
    assert RuleRun.objects.count() == 3
    assert Handling.objects.filter(stopped="budget").count() == 1 + (ticket.priority == 1)


def test_customers_are_answered_in_their_language_and_not_too_often(company, make_rule):
    texts = {"en": "Hello {{customer.first_name}}, number {{ticket.number}}.", "lv": "Sveiki, {{customer.first_name}}!"}
    make_rule("Answer", "customer_wrote", {"do": "reply", "texts": texts})
    ticket = people.receive(inbox=company.inbox, now=clock.now()).ticket
    change(ticket, language="lv")
    for number in range(5):
        words = f"Labdien, mana tējkanna vēl aizvien tek, lūdzu, palīdziet man {number}."
        people.receive(words, inbox=company.inbox, now=clock.now(), subject=f"[#{ticket.shown_number}]")
        people.settle()
    sent = Message.objects.filter(ticket=ticket, kind="reply", automatic=True).exclude(author_name="Hospes")
    ours = [m for m in sent if "Sveiki" in m.text or "Hello Anna, number #" in m.text]
    assert len(ours) == 3
    assert "Sveiki, Anna!" in ours[-1].text
    held = RuleRun.objects.filter(ticket=ticket).order_by("-id").first()
    assert held.done[0]["state"] == "held"
    assert held.done[0]["words"] == "Enough messages on this ticket."


def test_machines_are_never_answered(company, make_rule):
    make_rule("Answer", "ticket_opened", {"do": "reply", "texts": {"en": "Hello"}})
    ticket = people.receive(inbox=company.inbox, auto_kind="auto-reply").ticket
    people.settle()
    assert not Message.objects.filter(ticket=ticket, kind="reply").exists()


def test_a_name_that_is_not_plainly_a_name_is_not_sent_to_anybody(company, make_rule):
    make_rule("Answer", "ticket_opened", {"do": "reply", "texts": {"en": "Hello {{customer.first_name|there}}."}})
    ticket = people.receive(inbox=company.inbox, name="Visit http://evil.example now").ticket
    people.settle()
    said = " ".join(Message.objects.filter(ticket=ticket, kind="reply").values_list("text", flat=True))
    assert "evil" not in said


def test_colleagues_are_notified_by_rules(company, ticket, make_rule):
    make_rule("Tell", "priority_changed", {"do": "notify_team", "team": company.second.pk, "text": "Please look"})
    change(ticket, priority=4)
    [notice] = Notification.objects.filter(kind="rule")
    assert (notice.agent, notice.by_name, notice.words) == (company.bek, "Tell", "Please look")


def test_solved_is_told_from_other_statuses(ticket, make_rule):
    make_rule("Thanks", "solved", {"do": "add_tags", "tags": ["done"]})
    change(ticket, status="waiting")
    assert runs(ticket) == []
    change(ticket, status="solved")
    assert runs(ticket) == [("Thanks", "done")]


def test_who_did_it_can_be_asked(company, ticket, make_rule):
    by_agent = {"field": "event.by", "is": "is", "value": "agent"}
    make_rule("By hand", "priority_changed", {"do": "add_tags", "tags": ["by hand"]}, when=by_agent)
    change(ticket, priority=4)
    assert runs(ticket) == []


@pytest.mark.parametrize("minutes", [0, 1])
def test_facts_of_history_are_as_of_the_moment(ticket, make_rule, minutes):
    from hospes.core.facts import About, LazyFacts

    change(ticket, status="waiting", hours=1)
    moment = NOW + timedelta(hours=1) - timedelta(minutes=minutes)
    since = LazyFacts(About(now=moment, ticket=ticket))["history.status_since"]
    assert since == (NOW + timedelta(hours=1) if minutes == 0 else ticket.created_at)
    assert timezone.is_aware(since)
