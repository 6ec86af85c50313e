"""Rules at the desk: made, tried, switched on, ordered, brought back, carried; webhooks; what rules did on a ticket."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hospes.automation import library, operations
from hospes.automation.content import content_of
from hospes.automation.models import InboundHook, Rule, RuleRun, Webhook
from hospes.automation.preview import try_rule
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.desk.tests.conftest import company, signed_in, ticket  # noqa: F401
from hospes.testing import people
from hospes.tickets import operations as tickets

NOW = people.NOON
URGENT = {"field": "ticket.priority", "is": "at_least", "value": 3}
FILLED = {
    "name": "Urgent ones",
    "description": "So that they are seen",
    "trigger": "priority_changed",
    "conditions": json.dumps(URGENT),
    "actions": json.dumps([{"do": "add_tags", "tags": ["hot"]}]),
}


@pytest.fixture
def manager(company):  # noqa: F811
    return signed_in(people.make_agent("Tara", role="manager"))


@pytest.fixture
def admin(company):  # noqa: F811
    return signed_in(company.admin)


def hidden(page, name):
    """The value of a hidden field, as the browser would send it."""
    import html

    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page).group(1))


def change(ticket, **changes):  # noqa: F811
    tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=clock.now(), **changes)
    people.settle()


def test_a_rule_is_made_off_then_tried_and_switched_on(manager, ticket):  # noqa: F811
    change(ticket, priority=4)
    answer = manager.post(reverse("desk:new_rule"), FILLED)
    rule = Rule.objects.get()
    assert (answer.status_code, rule.active, rule.version) == (302, False, 1)
    page = manager.get(answer.url).content.decode()
    assert "It would have touched 1 ticket" in page
    assert ticket.shown_number in page
    assert "add the tags hot" in page
    sent = {name: hidden(page, name) for name in ("content", "token", "rule")}
    assert manager.post(reverse("desk:confirm_rule"), {**sent, "on": "1"}).status_code == 302
    rule.refresh_from_db()
    assert rule.active
    assert "Urgent ones" in manager.get(reverse("desk:rules")).content.decode()


def test_a_rule_that_is_on_changes_only_after_its_preview(manager, ticket):  # noqa: F811
    rule = operations.save_rule(
        content={"name": "A", "trigger": "solved", "actions": [{"do": "mark_spam"}]}, actor=SYSTEM, now=NOW
    )
    token = try_rule(content=content_of(rule), actor=SYSTEM, now=NOW).token
    operations.switch_on(rule=rule, token=token, actor=SYSTEM, now=NOW)
    answer = manager.post(reverse("desk:rule", args=[rule.pk]), {**FILLED, "version": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Change the running rule" in page
    rule.refresh_from_db()
    assert rule.trigger == "solved"
    sent = {name: hidden(page, name) for name in ("content", "token", "rule")}
    manager.post(reverse("desk:confirm_rule"), {**sent, "change": "1"})
    rule.refresh_from_db()
    assert (rule.trigger, rule.version, rule.active) == ("priority_changed", 2, True)
    history = manager.get(reverse("desk:rule_versions", args=[rule.pk])).content.decode()
    assert "The priority changes" in history


def test_a_forged_token_switches_nothing_on(manager):
    manager.post(reverse("desk:new_rule"), FILLED)
    rule = Rule.objects.get()
    sent = {"content": json.dumps(content_of(rule)), "rule": rule.pk, "token": "forged", "on": "1"}
    manager.post(reverse("desk:confirm_rule"), sent)
    rule.refresh_from_db()
    assert not rule.active


def test_a_fault_is_shown_at_its_place(manager):
    wrong = {**FILLED, "actions": json.dumps([{"do": "set_priority", "priority": 9}])}
    answer = manager.post(reverse("desk:new_rule"), wrong)
    assert answer.status_code == 422
    assert "actions.0.priority" in answer.content.decode()
    by_time = {**FILLED, "trigger": "time", "every": "1 min"}
    assert manager.post(reverse("desk:new_rule"), by_time).status_code == 422


def test_the_whole_rule_is_read_aloud_as_it_is_written(manager):
    said = manager.post(reverse("desk:rule_reading"), FILLED).json()
    assert said["reading"] == {
        "when": "The priority changes",
        "if": "the priority is at least High",
        "then": ["add the tags hot"],
        "stop_after": False,
    }
    assert manager.post(reverse("desk:rule_reading"), {**FILLED, "actions": "[]"}).json()["faults"]


def test_order_copy_off_and_putting_away(manager):
    for name in ("A", "B", "C"):
        manager.post(reverse("desk:new_rule"), {**FILLED, "name": name})
    names = lambda: list(Rule.objects.filter(archived_at=None).values_list("name", flat=True))  # noqa: E731
    by_name = {rule.name: rule.pk for rule in Rule.objects.all()}
    url = reverse("desk:rules")
    manager.post(url, {"rule": by_name["C"], "do": "up"})
    assert names() == ["A", "C", "B"]
    manager.post(url, {"rule": by_name["A"], "do": "down"})
    assert names() == ["C", "A", "B"]
    manager.post(url, {"rule": by_name["C"], "do": "copy"})
    assert names() == ["C", "C (copy)", "A", "B"]
    manager.post(url, {"rule": by_name["A"], "do": "archive"})
    assert names() == ["C", "C (copy)", "B"]


def test_the_list_of_rules_asks_the_same_few_questions_for_many(manager):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            manager.get(reverse("desk:rules"))
        return len(asked)

    for number in range(3):
        manager.post(reverse("desk:new_rule"), {**FILLED, "name": f"Few {number}"})
    few = count()
    for number in range(20):
        manager.post(reverse("desk:new_rule"), {**FILLED, "name": f"Many {number}"})
    assert count() <= few + 25  # the choices of a condition's own field are looked up with its reading


def test_a_ready_rule_asks_for_what_is_not_here(manager, company):  # noqa: F811
    page = manager.get(reverse("desk:rule_library")).content.decode()
    assert all(str(ready.name) in page.replace("&#x27;", "'") for ready in library.TABLE)
    company.second.name = "Back office"
    company.second.save()
    url = reverse("desk:rule_library")
    page = manager.post(url, {"key": "returns-team"}).content.decode()
    assert "in place of “Returns”" in page
    answer = manager.post(url, {"key": "returns-team", "team:Returns": company.second.pk})
    assert answer.status_code == 302
    assert Rule.objects.get().actions[0]["team"] == company.second.pk


def test_rules_go_out_and_come_in_as_a_file(manager):
    manager.post(reverse("desk:new_rule"), FILLED)
    text = manager.get(reverse("desk:export_rules")).content.decode()
    Rule.objects.all().delete()
    assert manager.post(reverse("desk:import_rules"), {"text": text}).status_code == 302
    assert Rule.objects.get().name == "Urgent ones"
    broken = text.replace("add_tags", "add_tag")
    answer = manager.post(reverse("desk:import_rules"), {"text": broken})
    assert answer.status_code == 422
    assert "rules.0.then.0.do" in answer.content.decode()


def test_what_rules_did_is_beside_the_talk_and_in_the_log(manager, ticket):  # noqa: F811
    for name, condition in (("Fits", URGENT), ("Does not", {"field": "ticket.priority", "is": "is", "value": 1})):
        content = {"name": name, "trigger": "priority_changed", "conditions": condition,
                   "actions": [{"do": "add_tags", "tags": ["hot"]}]}  # fmt: skip
        rule = operations.save_rule(content=content, actor=SYSTEM, now=NOW)
        token = try_rule(content=content, actor=SYSTEM, now=NOW).token
        operations.switch_on(rule=rule, token=token, actor=SYSTEM, now=NOW)
    change(ticket, priority=4)
    panel = manager.get(reverse("desk:panels", args=[ticket.number])).content.decode()
    assert "What rules did here" in panel
    assert "not: the priority is Low" in panel
    run = RuleRun.objects.get()
    log = manager.get(reverse("desk:rule_runs", args=[run.rule_id])).content.decode()
    assert ticket.shown_number in log


def test_a_webhook_is_made_and_its_secret_shown_once(admin):
    made = admin.post(
        reverse("desk:new_webhook"),
        {"name": "Shop", "url": "https://example.com/hook", "events": ["solved"], "active": "on"},
    )
    hook = Webhook.objects.get()
    secret = re.search(r"whsec_[\w+/=]+", made.content.decode()).group(0)
    assert hook.events == ["solved"]
    page = admin.get(reverse("desk:webhook", args=[hook.pk]))
    assert page.status_code == 200
    assert secret not in page.content.decode()
    rotated = admin.post(reverse("desk:webhook", args=[hook.pk]), {"rotate": "1"}).content.decode()
    assert "whsec_" in rotated
    assert secret not in rotated
    bad = admin.post(reverse("desk:new_webhook"), {"name": "X", "url": "gopher://example.com"})
    assert bad.status_code == 422


def test_an_address_for_calls_is_made_and_put_away(admin):
    made = admin.post(reverse("desk:webhooks"), {"name": "Warehouse"}).content.decode()
    hook = InboundHook.objects.get()
    assert hook.key in made
    assert "whsec_" in made
    assert hook.key in admin.get(reverse("desk:webhooks")).content.decode()
    admin.post(reverse("desk:webhooks"), {"archive": hook.pk})
    assert hook.key not in admin.get(reverse("desk:webhooks")).content.decode()


def test_agents_see_neither_rules_nor_webhooks(company):  # noqa: F811
    desk = signed_in(company.ivo)
    for name in ("desk:rules", "desk:webhooks"):
        assert desk.get(reverse(name)).status_code == 403
