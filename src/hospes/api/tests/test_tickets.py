"""The API as programs use it: tokens, lists, writes, refusals."""

import json

import pytest
from django.test import Client

from hospes.api import rates
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.staff import operations as staff
from hospes.testing.people import NOON, make_agent, make_inbox, make_team, receive
from hospes.tickets import operations
from hospes.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_rates():
    rates.forget()


class Program:
    """A program with a token."""

    def __init__(self, agent):
        _token, text = staff.create_api_token(agent=agent, name="test", actor=SYSTEM, now=now())
        self.client, self.headers = Client(), {"Authorization": f"Bearer {text}"}

    def get(self, path, **query):
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def send(self, method, path, body=None, **headers):
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(
            method, f"/api/v1{path}", json.dumps(body or {}), "application/json", headers={**self.headers, **more}
        )


@pytest.fixture
def program():
    return Program(make_agent("Api", role="admin"))


def test_without_a_good_token_nothing_is_told():
    for header in ({}, {"Authorization": "Bearer hsp_wrong"}, {"Authorization": "Basic eDp5"}):
        answer = Client().get("/api/v1/tickets", headers=header)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token():
    client = Client()
    client.force_login(make_agent(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/api/v1/tickets").status_code == 401


def test_a_list_is_paged_to_its_end_and_filtered(program):
    make_inbox()
    for index in range(7):
        receive(f"Words {index}", sender=f"c{index}@c.example", subject=f"Subject {index}")
    seen, cursor = [], None
    while True:
        page = program.get("/tickets", limit=3, **({"cursor": cursor} if cursor else {})).json()
        seen += [item["number"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert program.get("/tickets", search="words 3").json()["items"][0]["subject"] == "Subject 3"
    assert program.get("/tickets", status="solved").json()["items"] == []


def test_a_page_of_tickets_takes_the_same_few_queries_however_long(program, django_assert_max_num_queries):
    make_inbox()
    for index in range(12):
        receive(f"Words {index}", sender=f"c{index}@c.example")
    program.get("/tickets")
    with django_assert_max_num_queries(6):
        assert len(program.get("/tickets").json()["items"]) == 12


def test_a_ticket_is_created_answered_noted_and_solved(program):
    make_inbox()
    made = program.send(
        "POST",
        "/tickets",
        {
            "subject": "Kettle",
            "text": "It leaks",
            "customer": {"email": "anna@c.example", "name": "Anna"},
            "tags": ["leak"],
        },
    )
    assert made.status_code == 201, made.content
    number = made.json()["number"]
    assert made["Location"].endswith(number)
    reply = program.send("POST", f"/tickets/{number}/reply", {"text": "Send a photo", "status": "waiting"})
    assert reply.status_code == 201, reply.content
    assert reply.json()["delivery"] == "queued"
    assert program.send("POST", f"/tickets/{number}/note", {"html": "<p>Hm <script>x</script></p>"}).status_code == 201
    kinds = [m["kind"] for m in program.get(f"/tickets/{number}/messages").json()["items"]]
    assert kinds == ["incoming", "reply", "note"]
    changed = program.send("PATCH", f"/tickets/{number}", {"status": "solved", "priority": "high"})
    assert (changed.json()["status"], changed.json()["priority"]) == ("solved", "high")
    names = [e["name"] for e in program.get(f"/tickets/{number}/events").json()["items"]]
    assert {"TicketCreated", "ReplyQueued", "NoteAdded", "TicketChanged"} <= set(names)


def test_row_07_what_is_not_declared_is_refused_by_name(program):
    make_inbox()
    number = receive().ticket.number
    for body in ({"number": "X"}, {"merged_into": 1}, {"version_": 1}, {"customer_id": 1}, {"is_agent": True}):
        answer = program.send("PATCH", f"/tickets/{number}", body)
        assert answer.status_code == 422
        assert answer.json()["field"] == next(iter(body))
    answer = program.send("POST", "/customers", {"name": "A", "vip": True})
    assert (answer.status_code, answer.json()["field"]) == (422, "vip")
    assert program.get("/tickets", color="red").json()["field"] == "color"


def test_row_06_a_limited_agents_token_does_not_know_of_other_teams_tickets():
    ours, theirs = make_team("Ours"), make_team("Theirs")
    make_inbox()
    ticket = receive().ticket
    operations.change_ticket(ticket=ticket, actor=SYSTEM, now=NOON, team=theirs)
    program = Program(make_agent("Lim", teams=(ours,), only_own_teams=True))
    assert program.get("/tickets").json()["items"] == []
    assert program.get("/tickets", search="kettle").json()["items"] == []
    for method, path in (
        ("GET", ""), ("GET", "/messages"), ("GET", "/events"), ("PATCH", ""), ("POST", "/reply"), ("POST", "/note"),
        ("POST", "/merge"), ("POST", "/split"), ("POST", "/links"),
    ):  # fmt: skip
        body = {"text": "x"} if path in {"/reply", "/note"} else {"into": "ABCDEFG"} if path == "/merge" else {}
        body = {"message_id": 1} if path == "/split" else {"number": "ABCDEFG"} if path == "/links" else body
        answer = (
            program.send(method, f"/tickets/{ticket.number}{path}", body)
            if method != "GET"
            else program.get(f"/tickets/{ticket.number}{path}")
        )
        assert answer.status_code == 404, (method, path, answer.content)


def test_a_light_agents_token_may_note_and_not_reply():
    make_inbox()
    number = receive().ticket.number
    program = Program(make_agent("Light", role="light"))
    assert program.send("POST", f"/tickets/{number}/note", {"text": "x"}).status_code == 201
    assert program.send("POST", f"/tickets/{number}/reply", {"text": "x"}).status_code == 403
    assert program.send("PATCH", f"/tickets/{number}", {"status": "solved"}).status_code == 403


def test_a_write_sent_twice_under_one_key_is_done_once(program):
    make_inbox()
    number = receive().ticket.number
    first = program.send("POST", f"/tickets/{number}/note", {"text": "once"}, Idempotency_Key="k1")
    again = program.send("POST", f"/tickets/{number}/note", {"text": "once"}, Idempotency_Key="k1")
    assert first.json() == again.json()
    assert again["Idempotent-Replay"] == "true"
    assert Message.objects.filter(kind="note").count() == 1
    other = program.send("POST", f"/tickets/{number}/note", {"text": "other"}, Idempotency_Key="k1")
    assert other.status_code == 422


def test_a_change_on_an_old_version_is_refused(program):
    make_inbox()
    number = receive().ticket.number
    version = program.get(f"/tickets/{number}").json()["version"]
    assert program.send("PATCH", f"/tickets/{number}", {"subject": "A", "version": version}).status_code == 200
    assert program.send("PATCH", f"/tickets/{number}", {"subject": "B", "version": version}).status_code == 409
    assert program.send("PATCH", f"/tickets/{number}", {"subject": "C"}, If_Match=f'"{version}"').status_code == 412
    assert Ticket.objects.get(number=number).subject == "A"


def test_calls_over_the_rate_are_told_when_to_come_back(program, settings):
    settings.API_RATE = 3
    answers = [program.get("/tags") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[0]["RateLimit-Remaining"] == "2"
    assert int(answers[-1]["Retry-After"]) > 0


def test_row_03_files_are_only_ever_downloaded(program):
    from django.core.files.uploadedfile import SimpleUploadedFile

    evil = SimpleUploadedFile("x.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
    made = program.client.post("/api/v1/attachments", {"file": evil}, headers=program.headers)
    assert made.status_code == 201, made.content
    content = program.get(f"/attachments/{made.json()['token']}/content")
    assert content["Content-Disposition"].startswith("attachment")
    assert content["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in content["Content-Security-Policy"]
    assert b"".join(content.streaming_content) == b"<svg onload='alert(1)'/>"
    other = Program(make_agent("Other"))
    assert other.get(f"/attachments/{made.json()['token']}").status_code == 404


def test_customers_are_made_found_changed_and_merged(program):
    one = program.send(
        "POST", "/customers", {"name": "Ann Lee", "email": "ann@c.example", "company": "Lee Co Ltd"}
    ).json()
    two = program.send("POST", "/customers", {"name": "Ann L.", "email": "lee@c.example"}).json()
    assert program.send("POST", "/customers", {"email": "ANN@c.example"}).status_code == 409
    assert [c["id"] for c in program.get("/customers", search="co ltd ann").json()["items"]] == [one["id"]]
    assert [c["id"] for c in program.get("/customers", email="lee@c.example").json()["items"]] == [two["id"]]
    changed = program.send("PATCH", f"/customers/{one['id']}", {"vip": True})
    assert changed.json()["vip"] is True
    merged = program.send("POST", f"/customers/{two['id']}/merge", {"into": one["id"]})
    assert merged.json()["id"] == one["id"]
    assert program.get(f"/customers/{two['id']}").json()["id"] == one["id"]
    assert program.send("POST", f"/customers/{two['id']}/unmerge").json()["id"] == two["id"]


def test_the_reference_and_the_document_are_there_for_everybody():
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200
    assert b"<script" not in page.content
    assert Client().get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")


def test_unknown_addresses_and_methods_answer_as_problems(program):
    assert program.get("/nothing").json()["status"] == 404
    wrong = program.send("DELETE", "/tickets")
    assert (wrong.status_code, wrong["Allow"]) == (405, "GET, HEAD, POST")
    assert program.client.post(
        "/api/v1/tickets", b"{", content_type="application/json", headers=program.headers
    ).status_code == 400  # fmt: skip
