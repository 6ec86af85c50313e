"""Row 6: every address of the project, tried by everybody, against the table in hospes.testing.matrix."""

import copy
import json
import re

import pytest
from django.db import transaction

from hospes.api import rates
from hospes.realtime.policies import Heard, may_hear
from hospes.realtime.queries import may_see_ticket, visitor_of
from hospes.testing.hearing import HEARD, expected_hearing, shipped_events
from hospes.testing.matrix import (
    EVERYBODY,
    METHODS,
    STAFF,
    TABLE,
    Rule,
    addresses,
    expected,
    house_of,
    outcome,
)
from hospes.testing.people import NOON
from hospes.testing.world import World, make_world
from hospes.tickets.models import Ticket

STRICT = {"api", "desk", "portal"}  # where every method is ours to refuse; elsewhere Django and allauth answer some
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
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
            for method in METHODS if house in STRICT else ("GET", "POST"):
                wanted = expected(rule, house, method, who)
                got, answer = _try(client, world, route, rule, method)
                if got != wanted:
                    what = f"{answer.status_code} {answer.headers.get('Location', '')}"
                    wrong.append(f"{method} {route} by {who}: {got} ({what}), should be {wanted}")
    assert not wrong, "\n".join(["", *wrong])


def test_row_06_every_event_has_a_decision():
    undecided = sorted({event.subject for event in shipped_events().values() if event.live} - set(HEARD))
    assert not undecided, (
        "No decision on who hears of events about these. Add a line for each to HEARD in "
        f"src/hospes/testing/hearing.py and to RIGHT_FOR in src/hospes/realtime/policies.py: {undecided}"
    )


def test_row_06_open_screens_hear_exactly_what_the_table_says(world):
    ticket = Ticket.objects.get(number=world.things["number"])
    wrong = []
    for name, event in shipped_events().items():
        if not event.live:
            continue
        about = {"ticket": ticket.pk, "agent": world.agents["agent"].pk}.get(event.subject, 1)
        heard = Heard(1, name, NOON, event.subject, about, ticket.team_id, data={"assignee_id": ticket.assignee_id})
        for who in EVERYBODY:
            hears = may_hear(world.actor(who), heard) == "all"
            if hears != expected_hearing(name, event.subject, who):
                wrong.append(f"{who} {'hears' if hears else 'does not hear'} {name}")
    assert not wrong, "\n".join(["", *wrong])


def test_row_06_presence_and_sockets_are_for_those_who_see_the_ticket(world):
    ticket = Ticket.objects.get(number=world.things["number"])
    for who in EVERYBODY:
        cookies = world.browser(who).cookies
        visitor = visitor_of("; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()))
        assert (visitor is not None) == (who in STAFF), who
        if visitor is not None:
            assert may_see_ticket(visitor.actor, ticket.pk) == (who != "other_team"), who


def _try(client, world, route, rule: Rule, method):
    """One request, undone afterwards, with cookies as they were."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        answer = _send(client, world, route, rule, method)
        if answer.streaming:
            list(answer.streaming_content)
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
    values = iter([str(world.things[name]) for name in rule.args])
    plain = re.sub(r"\(\?P<\w+>[^()]*\)|<[^>]*>", lambda _found: next(values), route)
    plain = re.sub(r"\((\w+)\|[^()]*\)", r"\1", plain)
    return "/" + plain.replace("^", "").replace("$", "")


def _filled(world, body):
    return {name: world.things.get(value, value) if isinstance(value, str) else value for name, value in body.items()}
