"""Row 6: every address of the project, tried by everybody, against the table in hospes.testing.matrix."""

import copy
import json

import pytest
from django.db import transaction

from hospes.api import rates
from hospes.testing.matrix import METHODS, STAFF, TABLE, VISITORS, Rule, addresses, expected, house_of, outcome
from hospes.testing.world import World, make_world

pytestmark = pytest.mark.django_db
EVERYBODY = (*VISITORS, *STAFF)


@pytest.fixture
def world(settings) -> World:
    settings.API_RATE = 10**9
    settings.ACCOUNT_RATE_LIMITS = False
    rates.forget()
    return make_world()


def test_row_06_every_address_has_a_decision():
    found = {route for route, _view in addresses()}
    undecided = sorted(found - set(TABLE))
    assert not undecided, (
        "No decision on who may open these addresses. Add a line for each to its house in "
        f"src/hospes/testing/matrix.py, e.g. \"{undecided[0]}\": Rule(get='light'): {undecided}"
    )
    gone = sorted(set(TABLE) - found)
    assert not gone, f"These addresses are gone; take their lines out of src/hospes/testing/matrix.py: {gone}"


@pytest.mark.parametrize("house", ["rest", "portal", "account", "desk", "api"])
def test_row_06_everybody_gets_exactly_what_the_table_says(world, house):
    wrong = []
    for who in EVERYBODY:
        client = world.program(who) if house == "api" else world.browser(who)
        for route, rule in TABLE.items():
            if house_of(route) != house:
                continue
            for method in METHODS if house in {"api", "desk", "portal"} else ("GET", "POST"):
                wanted = expected(rule, house, method, who)
                got, answer = _try(client, world, route, rule, method)
                if got != wanted:
                    wrong.append(f"{method} {route} by {who}: {got} ({answer.status_code}), should be {wanted}")
    assert not wrong, "\n".join(["", *wrong])


def _try(client, world, route, rule: Rule, method):
    """One request, undone afterwards, with cookies as they were."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        answer = _send(client, world, route, rule, method)
        transaction.set_rollback(True)
    client.cookies = cookies
    return outcome(answer.status_code, answer.headers.get("Location", "")), answer


def _send(client, world, route, rule: Rule, method):
    path, body = _path(world, route, rule), _filled(world, rule.body)
    if route.startswith("api/") and method != "GET":
        if "assignee" in body:
            body["assignee"] = world.agents["agent"].pk
        content = json.dumps(body) if rule.who(method) else ""
        return client.generic(method, path, content, content_type="application/json")
    if method == "POST":
        return client.post(path, body)
    return client.generic(method, path, "", QUERY_STRING="&".join(f"{k}={v}" for k, v in rule.query.items()))


def _path(world, route, rule: Rule):
    """The route with its variables filled from the world, in order."""
    values = [str(world.things[name]) for name in rule.args]
    plain, at = "", 0
    route = route.replace("(?P<uidb36>[0-9A-Za-z]+)", "<>").replace("(?P<key>.+)", "<>")
    route = route.replace("(?P<key>[-:\\w]+)", "<>").replace("^(signup|email|confirm-email|password/set|login/code)", "signup")
    route = route.replace("^", "").replace("$", "")
    while at < len(route):
        if route[at] == "<":
            plain += values.pop(0)
            at = route.index(">", at) + 1
        else:
            plain += route[at]
            at += 1
    return f"/{plain}"


def _filled(world, body):
    return {name: world.things.get(value, value) if isinstance(value, str) else value for name, value in body.items()}
