"""Escalation, work orders and swarms over the API."""

import json

import pytest

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.staff import operations as staff
from hospes.staff.queries import actor_of
from hospes.testing.people import make_agent, receive
from hospes.tickets import operations

NOTE = {"wants": "A lid", "tried": "A seal", "promised": "Today", "promised_until": "2030-05-04T12:00:00Z"}


@pytest.fixture
def company(db, client):
    """A ticket of the first line, and calls with tokens."""
    now = clock.now()

    class Company:
        first, second = (
            staff.create_team(name=name, tier=tier, actor=SYSTEM, now=now)
            for name, tier in (("First line", 1), ("Specialists", 2))
        )
        ivo = make_agent("Ivo", teams=(first,))
        packer = make_agent("Packer", role="light", teams=(first,))

        def call(self, who, method, path, body=None):
            token = staff.create_api_token(agent=who, name="t", actor=SYSTEM, now=now)[1]
            return client.generic(
                method,
                f"/api/v1{path}",
                json.dumps(body) if body is not None else "",
                content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )

    made = Company()
    ticket = receive(now=now).ticket
    made.ticket = operations.change_ticket(ticket=ticket, team=made.first, assignee=made.ivo, actor=SYSTEM, now=now)
    return made


def test_a_ticket_goes_up_and_back_down(company):
    place = f"/tickets/{company.ticket.number}"
    up = company.call(company.ivo, "POST", f"{place}/escalate", NOTE)
    assert up.status_code == 201, up.content
    assert (up.json()["to_team_id"], up.json()["to_tier"], up.json()["reason"]) == (company.second.pk, 2, "hand")
    gap = company.call(company.ivo, "POST", f"{place}/escalate", {**NOTE, "wants": " "})
    assert (gap.status_code, gap.json()["field"]) == (422, "wants")
    down = company.call(company.ivo, "POST", f"{place}/give-back", {"note": "Send it"})
    assert down.json()["to_agent_id"] == company.ivo.pk
    listed = company.call(company.packer, "GET", f"{place}/hand-overs").json()["items"]
    assert [one["kind"] for one in listed] == ["down", "up"]
    assert company.call(company.packer, "POST", f"{place}/escalate", NOTE).status_code == 403


def test_a_work_order_is_opened_done_and_closed(company):
    place = f"/tickets/{company.ticket.number}/work-orders"
    made = company.call(company.ivo, "POST", place, {"subject": "Look", "team_id": company.first.pk})
    assert made.status_code == 201, made.content
    order = made.json()
    todo = company.call(company.packer, "GET", "/work-orders").json()["items"]
    assert [one["number"] for one in todo] == [order["number"]]
    here = f"/work-orders/{order['number']}"
    assert company.call(company.packer, "POST", f"{here}/accept").json()["agent_id"] == company.packer.pk
    assert company.call(company.packer, "POST", f"{here}/answer", {"text": "7"}).json()["answer"] == "7"
    assert company.call(company.packer, "POST", f"{here}/answer", {"text": "8"}).status_code == 409
    again = company.call(company.ivo, "POST", f"{here}/ask-again", {"text": "Sure?"})
    assert again.json()["state"] == "open"
    assert company.call(company.ivo, "POST", f"{here}/close", {"cancel": True}).json()["state"] == "cancelled"
    assert company.call(company.ivo, "GET", place).json()["items"][0]["state"] == "cancelled"
    assert "token" not in json.dumps(order)


def test_experts_are_called_and_their_solution_is_kept(company):
    place = f"/tickets/{company.ticket.number}/swarms"
    made = company.call(company.ivo, "POST", place, {"question": "Why?", "agent_ids": [company.packer.pk]}).json()
    assert made["agent_ids"] == [company.packer.pk]
    here = f"/swarms/{made['id']}"
    assert company.call(company.packer, "POST", f"{here}/join").status_code == 200
    assert company.call(company.packer, "POST", f"{here}/notes", {"text": "The seal"}).status_code == 200
    assert company.call(company.packer, "POST", f"{here}/end", {"solved": False}).status_code == 403
    ended = company.call(company.ivo, "POST", f"{here}/end", {"problem": "p", "cause": "c", "solution": "s"}).json()
    assert ended["article_id"] is not None
    assert company.call(company.ivo, "GET", place).json()["items"][0]["solved"] is True


def test_nobody_orders_in_another_s_name(company):
    actor = actor_of(company.ivo, via="test")
    order = operations.open_work_order(
        ticket=company.ticket, subject="Look", address="x@courier.example", actor=actor, now=clock.now()
    )
    for field in ("owner_id", "state", "token_hash", "answered_by", "number"):
        body = {"subject": "x", "team_id": company.first.pk, field: "1"}
        refused = company.call(company.ivo, "POST", f"/tickets/{company.ticket.number}/work-orders", body)
        assert refused.status_code == 422
    seen = company.call(company.packer, "GET", f"/work-orders/{order.number}").content.decode()
    assert order.token_hash not in seen
