"""Incidents over the API: declared, linked, told, resolved; strictly, and by those who may."""

import pytest

from hospes.api.tests.conftest import call_as
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.incidents import operations
from hospes.testing.people import make_agent, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return call_as(make_agent("Lead", role="lead"))


def test_an_incident_is_declared_linked_told_and_resolved(lead):
    ticket = receive("I cannot pay", language="lv").ticket
    part = operations.save_component(name="Payments", actor=SYSTEM, now=clock.now())
    made = lead.post("/incidents", {"title": "Payments fail", "components": [part.pk], "public": True})
    assert made.status_code == 201, made.content
    incident = made.json()
    assert made["Location"] == f"/api/v1/incidents/{incident['id']}"
    assert (incident["state"], incident["severity"], incident["tickets"]) == ("investigating", "major", 0)
    where = f"/incidents/{incident['id']}"
    assert lead.post(f"{where}/tickets", {"numbers": [ticket.shown_number]}).json() == {"linked": [ticket.number]}
    assert [t["way"] for t in lead.get(f"{where}/tickets").json()["items"]] == ["hand"]
    told = lead.post(f"{where}/updates", {"texts": {"en": "Soon.", "lv": "Drīz."}, "public": True}).json()
    assert told["progress"] == {"sent": 0, "waiting": 1, "failed": 0, "skipped": 0}
    operations.tell_waiting(now=clock.now())
    assert lead.get(f"{where}/updates").json()["items"][0]["progress"]["sent"] == 1
    assert lead.get("/status").json()["state"] == "partial"
    ended = lead.post(
        f"{where}/updates", {"texts": {"en": "Fixed."}, "public": True, "state": "resolved", "solve": True}
    )
    assert ended.status_code == 201
    operations.tell_waiting(now=clock.now())
    ticket.refresh_from_db()
    assert ticket.category == "solved"
    status = lead.get("/status").json()
    assert (status["state"], status["incidents"]) == ("operational", [])
    assert lead.get("/incidents", {"active": "false"}).json()["items"][0]["resolved_at"]
    assert lead.send("DELETE", f"{where}/tickets/{ticket.number}").status_code == 204


def test_unknown_fields_states_and_languages_are_refused(lead):
    where = f"/incidents/{lead.post('/incidents', {'title': 'X'}).json()['id']}"
    for path, body in (
        ("/incidents", {"title": "X", "declared_by": 1}),
        ("/incidents", {"title": ""}),
        ("/incidents", {"title": "X", "severity": "huge"}),
        ("/incidents", {"title": "X", "components": [99999]}),
        ("/incidents", {"title": "X", "began_at": "2999-01-01"}),
        (f"{where}/updates", {"texts": {"xx": "?"}}),
        (f"{where}/updates", {"texts": {}}),
        (f"{where}/updates", {"texts": {"en": "Y"}, "solve": True}),
        (f"{where}/tickets", {"numbers": []}),
    ):
        assert lead.post(path, body).status_code == 422, (path, body)
    assert lead.patch(where, {"state": "resolved"}).status_code == 422
    assert lead.patch(where, {"severity": "minor"}).json()["severity"] == "minor"
    assert lead.patch(where, {"severity": "major", "version": 1}).status_code == 409
    assert lead.get("/incidents/999999").status_code == 404


def test_agents_link_and_note_but_do_not_declare_or_speak_to_customers(lead):
    agent = call_as(make_agent("Ivo"))
    where = f"/incidents/{lead.post('/incidents', {'title': 'X'}).json()['id']}"
    assert agent.post("/incidents", {"title": "Mine"}).status_code == 403
    assert agent.post(f"{where}/updates", {"texts": {"en": "A note"}}).status_code == 201
    assert agent.post(f"{where}/updates", {"texts": {"en": "Hello"}, "public": True}).status_code == 403
    assert agent.get(where).status_code == 200
