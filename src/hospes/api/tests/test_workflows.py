"""Workflows over the API: listed, started on a ticket, answered step by step."""

import pytest
from django.test import Client

from hospes.core.actors import SYSTEM
from hospes.staff import operations as staff
from hospes.testing.people import NOON, make_agent, receive
from hospes.workflows.tests.definitions import order_of, published

pytestmark = pytest.mark.django_db


def test_a_program_leads_a_run_from_start_to_end():
    ticket = receive().ticket
    order_of(ticket.customer)
    published()
    _row, token = staff.create_api_token(agent=make_agent(), name="t", actor=SYSTEM, now=NOON)
    client = Client(headers={"Authorization": f"Bearer {token}"})

    def post(path, **body):
        return client.post(f"/api/v1/{path}", body, content_type="application/json")

    [listed] = client.get("/api/v1/workflows").json()["items"]
    assert (listed["key"], listed["open_to"], listed["version"]) == ("return", "guests", 1)
    assert post("workflow-runs", workflow="return").status_code == 422
    run = post("workflow-runs", workflow="return", ticket=ticket.number)
    assert run.status_code == 201
    body = run.json()
    assert [(q["key"], q["known"]) for q in body["questions"]] == [("order", False), ("email", True)]
    place = f"workflow-runs/{body['id']}"
    refused = post(f"{place}/advance", answers={"order": {"a": []}, "email": 7}, seq=body["seq"])
    assert (refused.status_code, refused.json()["field"]) == (422, "email")
    body = post(f"{place}/advance", answers={"order": "SC-1042", "email": "anna@customer.example"}).json()
    assert body["step"] == "why"
    assert body["questions"][0]["choices"] == [["1", "Kettle"], ["2", "Tea × 2"]]
    assert post(f"{place}/advance", answers={}, seq=1).status_code == 409
    body = post(f"{place}/advance", answers={"items": ["1"], "reason": "unwanted"}, seq=body["seq"]).json()
    body = post(f"{place}/advance").json() if body["step"] != "told" else post(f"{place}/advance", answers={}).json()
    assert (body["state"], body["outcome"]) == ("ended", "done")
    assert client.get(f"/api/v1/{place}").json()["answers"]["reason"] == "unwanted"
