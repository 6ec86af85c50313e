"""Queues and the way of a ticket over the API."""

import pytest
from django.test import Client

from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.routing.tests.company import person, queue, work
from hospes.staff import operations as staff
from hospes.testing.people import make_agent, make_team, receive

pytestmark = pytest.mark.django_db


def test_queues_what_waits_and_the_way_of_a_ticket_with_its_reason():
    team = make_team()
    person("Anna", team, capacity=10)
    made = queue("Everything", team=team)
    first, second = receive().ticket, receive("Another", sender="b@customer.example").ticket
    work()
    manager = make_agent("Mara", role="manager")
    _token, text = staff.create_api_token(agent=manager, name="t", actor=SYSTEM, now=now())
    client = Client(headers={"Authorization": f"Bearer {text}"})
    [listed] = client.get("/api/v1/queues").json()["items"]
    assert (listed["id"], listed["name"], listed["team_id"]) == (made.pk, "Everything", team.pk)
    [standing] = client.get("/api/v1/queues/waiting").json()["items"]
    assert (standing["waiting"], standing["here"], standing["free"]) == (1, 1, 0)
    way = client.get(f"/api/v1/tickets/{first.number}/routing").json()
    assert way["state"] == "assigned"
    assert way["assignments"][0]["agent"]["name"] == "Anna"
    assert "only_one" in {fact["code"] for fact in way["assignments"][0]["facts"]}
    way = client.get(f"/api/v1/tickets/{second.number}/routing").json()
    assert (way["state"], way["agent"], way["facts"][0]["code"]) == ("waiting", None, "all_busy")
