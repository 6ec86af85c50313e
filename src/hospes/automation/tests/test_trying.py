"""Trying a rule on the past: what it would have touched, told as it was then; and the token that switching on needs."""

from datetime import timedelta

import pytest
import time_machine

from hospes.automation import operations
from hospes.automation.content import content_of
from hospes.automation.models import Rule, RuleRun
from hospes.automation.preview import try_rule
from hospes.automation.tests.conftest import HIGH, NOW, change
from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, InvalidInput, NotAllowed
from hospes.core.models import EventRow
from hospes.testing import people
from hospes.tickets.models import Message

LATER = NOW + timedelta(days=2)


def content(trigger, *actions, when=None, **more):
    return {"name": "Tried", "trigger": trigger, "conditions": when or {}, "actions": list(actions), **more}


def test_the_tickets_of_the_past_are_told_with_what_would_have_changed(company, ticket):
    change(ticket, priority=4)
    other = people.receive("Other", inbox=company.inbox, sender="bek@c.example", subject="Quiet").ticket
    change(other, priority=1)
    rows = EventRow.objects.count()
    steps = [{"do": "set_team", "team": company.second.pk}, {"do": "set_priority", "priority": 4}]
    found = try_rule(content=content("priority_changed", *steps, when=HIGH), actor=SYSTEM, now=LATER)
    assert (found.asked, found.fitted, found.tickets) == (2, 1, 1)
    [touched] = found.touched
    assert (touched.ticket, touched.at) == (ticket, NOW)
    assert touched.changes == ["give it to the team Returns"]  # the priority was so already
    assert EventRow.objects.count() == rows
    assert not RuleRun.objects.exists()


def test_a_ticket_is_told_as_it_was_when_the_event_happened(company, ticket):
    change(ticket, priority=4, hours=1)
    change(ticket, add_tags=["hot"], hours=2)
    change(ticket, priority=1, status="waiting", team=company.second, hours=3)
    change(ticket, tags=[], hours=4)
    was = {
        "all": [
            HIGH,
            {"field": "ticket.category", "is": "is", "value": "new"},
            {"field": "ticket.team", "is": "is", "value": company.first.pk},
            {"field": "ticket.tags", "is": "has", "value": "hot"},
        ]
    }
    found = try_rule(content=content("tags_changed", {"do": "mark_spam"}, when=was), actor=SYSTEM, now=LATER)
    assert found.touched[0].at == NOW + timedelta(hours=2)
    assert found.fitted == 1
    assert found.as_now == []


def test_what_is_told_as_it_is_now_is_said(ticket):
    vip = {"field": "customer.vip", "is": "no"}
    found = try_rule(content=content("ticket_opened", {"do": "mark_spam"}, when=vip), actor=SYSTEM, now=LATER)
    assert found.as_now == ["the customer is a VIP"]


def test_messages_are_counted_and_none_is_sent(ticket):
    found = try_rule(
        content=content("customer_wrote", {"do": "reply", "texts": {"en": "Hello"}}), actor=SYSTEM, now=LATER
    )
    assert found.messages == 1
    assert not Message.objects.filter(kind="reply", text__contains="Hello").exists()


def test_a_rule_by_time_is_tried_on_tickets_as_they_are(ticket):
    old = {"field": "ticket.waiting_since", "is": "ago_more_than", "value": "1 d"}
    made = content("time", {"do": "raise_priority"}, when=old, schedule={"every": "1 h"})
    assert try_rule(content=made, actor=SYSTEM, now=NOW + timedelta(hours=23)).tickets == 0
    assert try_rule(content=made, actor=SYSTEM, now=NOW + timedelta(hours=25)).tickets == 1


def test_switching_on_needs_the_token_of_this_very_rule_this_very_person_and_this_hour(company):
    manager = people.desk_actor(company.manager)
    made = content("solved", {"do": "add_tags", "tags": ["done"]})
    rule = operations.save_rule(content=made, actor=manager, now=NOW)
    other = content("solved", {"do": "mark_spam"})
    tokens = ["", "forged", try_rule(content=other, actor=manager, now=NOW).token]
    tokens.append(try_rule(content=made, actor=SYSTEM, now=NOW).token)
    with time_machine.travel(NOW, tick=False):
        good = try_rule(content=made, actor=manager, now=NOW).token
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        for token in [*tokens, good]:
            with pytest.raises(Conflict) as refused:
                operations.switch_on(rule=rule, token=token, actor=manager, now=NOW)
            assert refused.value.code == "preview"
    with time_machine.travel(NOW + timedelta(minutes=59), tick=False):
        assert operations.switch_on(rule=rule, token=good, actor=manager, now=NOW).active


def test_changing_what_a_running_rule_does_needs_its_preview_and_a_name_does_not(company, make_rule):
    rule = make_rule("Runs", "solved", {"do": "add_tags", "tags": ["done"]})
    named = {**content_of(rule), "name": "Runs well"}
    assert operations.save_rule(rule=rule, content=named, actor=SYSTEM, now=NOW).version == 1
    changed = {**named, "actions": [{"do": "mark_spam"}]}
    with pytest.raises(Conflict):
        operations.save_rule(rule=rule, content=changed, actor=SYSTEM, now=NOW)
    token = try_rule(content=changed, actor=SYSTEM, now=NOW).token
    kept = operations.save_rule(rule=rule, content=changed, actor=SYSTEM, now=NOW, token=token)
    assert (kept.version, kept.active) == (2, True)
    operations.switch_off(rule=rule, actor=SYSTEM, now=NOW)
    back = operations.restore_version(rule=Rule.objects.get(), version=1, actor=SYSTEM, now=NOW)
    assert (back.version, back.actions, back.name) == (3, [{"do": "add_tags", "tags": ["done"]}], "Runs well")


def test_two_people_cannot_change_a_rule_unaware_of_each_other(make_rule):
    rule = make_rule("A", "solved", {"do": "mark_spam"}, on=False)
    changed = {**content_of(rule), "actions": [{"do": "raise_priority"}]}
    operations.save_rule(rule=rule, content=changed, actor=SYSTEM, now=NOW, version=1)
    with pytest.raises(Conflict):
        operations.save_rule(rule=rule, content=changed, actor=SYSTEM, now=NOW, version=1)
    with pytest.raises(Conflict):
        operations.save_rule(content=changed, actor=SYSTEM, now=NOW)


def test_rules_need_the_right_to(company):
    ivo = people.desk_actor(company.ivo)
    made = content("solved", {"do": "mark_spam"})
    with pytest.raises(NotAllowed):
        operations.save_rule(content=made, actor=ivo, now=NOW)
    with pytest.raises(NotAllowed):
        try_rule(content=made, actor=ivo, now=NOW)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"trigger": "never"}, "trigger"),
        ({"trigger": "time", "schedule": {"every": "1 min"}}, "schedule.every"),
        ({"trigger": "time", "schedule": {"at": "25:00"}}, "schedule.at"),
        ({"trigger": "time", "schedule": {"at": "09:00", "days": [8]}}, "schedule.days"),
        ({"trigger": "time", "schedule": {"at": "09:00", "zone": "Mars/Crater"}}, "schedule.zone"),
        ({"actions": []}, "actions"),
        ({"actions": [{"do": "fly"}]}, "actions.0.do"),
        ({"actions": [{"do": "add_tags", "tags": "x"}]}, "actions.0.tags"),
        ({"actions": [{"do": "set_team", "team": 99999999}]}, "actions.0.team"),
        ({"actions": [{"do": "snooze", "for": "soon"}]}, "actions.0.for"),
        ({"actions": [{"do": "reply", "texts": {"en": "{{ticket.subject}}"}}]}, "actions.0.texts.en"),
        ({"actions": [{"do": "reply", "texts": {"en": "{{nobody.knows}}"}}]}, "actions.0.texts.en"),
        ({"conditions": {"field": "ticket.subject", "is": "pattern", "value": "(a+)+("}}, "conditions.value"),
        ({"limits": {"messages_per_hour": 0}}, "limits.messages_per_hour"),
        ({"name": "  "}, "name"),
        ({"more": 1}, "more"),
    ],
)
def test_a_rule_that_cannot_be_kept_names_the_place(company, wrong, place):
    with pytest.raises(InvalidInput) as refused:
        operations.save_rule(content={**content("solved", {"do": "mark_spam"}), **wrong}, actor=SYSTEM, now=NOW)
    assert refused.value.field == place
