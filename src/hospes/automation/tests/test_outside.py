"""Rules over the API and from the command line."""

import json

import pytest
from django.test import Client

from hospes.automation.models import Rule, Webhook
from hospes.automation.tests.conftest import change
from hospes.config import automation_cli
from hospes.config.folder import Refused
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.staff import operations as staff
from hospes.testing import people

RULE = {
    "name": "Urgent ones",
    "trigger": "priority_changed",
    "conditions": {"field": "ticket.priority", "is": "at_least", "value": 3},
    "actions": [{"do": "add_tags", "tags": ["hot"]}],
}


@pytest.fixture
def api(company):
    admin = people.make_agent("Ilze", role="admin")
    _row, token = staff.create_api_token(agent=admin, name="Test", actor=SYSTEM, now=clock.now())

    def ask(method, path, body=None):
        answer = Client().generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code, answer.json()

    return ask


def test_a_rule_is_made_tried_and_switched_on_over_the_api(api, ticket):
    change(ticket, priority=4, hours=(clock.now() - people.NOON).total_seconds() / 3600)
    status, made = api("POST", "/rules", RULE)
    assert (status, made["active"]) == (201, False)
    path = f"/rules/{made['id']}"
    assert api("POST", f"{path}/switch", {"active": True})[0] == 409
    _status, tried = api("POST", f"{path}/try", {"days": 7})
    assert (tried["tickets"], tried["touched"][0]["number"]) == (1, ticket.number)
    assert tried["touched"][0]["changes"] == ["add the tags hot"]
    status, on = api("POST", f"{path}/switch", {"active": True, "token": tried["token"]})
    assert (status, on["active"]) == (200, True)
    changes = {"actions": [{"do": "raise_priority"}]}
    assert api("PATCH", path, changes)[0] == 409
    _status, tried = api("POST", f"{path}/try", {"days": 7, "changes": changes})
    status, changed = api("PATCH", path, {**changes, "token": tried["token"]})
    assert (status, changed["version"], changed["active"]) == (200, 2, True)
    assert api("POST", f"{path}/switch", {"active": False})[1]["active"] is False
    assert [rule["id"] for rule in api("GET", "/rules")[1]["items"]] == [made["id"]]


def test_the_api_names_the_place_of_a_fault(api):
    status, problem = api("POST", "/rules", {**RULE, "actions": [{"do": "fly"}]})
    assert (status, problem["field"]) == (422, "actions.0.do")
    assert api("POST", "/rules", {**RULE, "active": True})[0] == 422


def test_webhooks_over_the_api_tell_their_secret_once(api):
    status, made = api("POST", "/webhooks", {"name": "Shop", "url": "https://example.com/a", "events": ["solved"]})
    assert status == 201
    assert made["secret"].startswith("whsec_")
    assert api("GET", "/webhooks")[1]["items"][0]["secret"] is None
    status, changed = api("PATCH", f"/webhooks/{made['id']}", {"active": False})
    assert (status, changed["active"], changed["url"]) == (200, False, "https://example.com/a")
    assert Webhook.objects.get().active is False


def test_the_command_line_carries_and_tries_rules(company, ticket, tmp_path, capsys):
    file = tmp_path / "rules.yaml"
    file.write_text(
        "hospes_rules: 1\nrules:\n- name: To returns\n  when: ticket_opened\n  then: [{do: set_team, team: Returns}]\n"
    )
    automation_cli.take(str(file))
    assert capsys.readouterr().out == "To returns (off)\n"
    automation_cli.export()
    assert "team: Returns" in capsys.readouterr().out
    automation_cli.try_rules("to RETURNS", "", 90)
    assert "To returns: asked" in capsys.readouterr().out
    file.write_text("hospes_rules: 1\nrules: [{name: A, when: never, then: []}]")
    with pytest.raises(Refused, match=r"rules\.0\.when"):
        automation_cli.take(str(file))
    with pytest.raises(Refused):
        automation_cli.try_rules("Nothing of this name", "", 30)
    assert Rule.objects.count() == 1
