"""Hostile input: what no table can hold, what tries to be SQL, what is too large, too deep or no JSON."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.testing.people import desk_actor, make_agent, make_inbox, receive
from hospes.tickets import operations
from hospes.tickets.models import Ticket

pytestmark = pytest.mark.django_db
INJECTIONS = [
    "' OR '1'='1", "1; DROP TABLE tickets_ticket; --", "1 UNION SELECT password FROM staff_agent", "%27", "\\'", "$$",
    "id DESC, (SELECT 1)", "-updated_at,--", "updated_at; SELECT pg_sleep(5)", "assignee__password", "customer__search",
    "assignee__tokens__token_hash", "%s", "%(before)s", "{}", "[]", "null", "²", "１", "1e9", "0x10", "-1", "٣",
    "a & b | !c:*", "'a' <-> 'b'", "((((", "\\", '"', '"unclosed', "-", "--", "-\"x", "*:*", ":*", "<->", "é' & 'x",
    "9" * 40, "i" + "9" * 18, "s" + "9" * 18, "s²", "WyIyMDI2IiwgMV0", "W251bGwsIG51bGxd", "e30", "W1tbW1tbW1tbXV0",
]  # fmt: skip
FIELDS = [
    "search", "view", "status", "status_id", "assignee", "team", "customer", "inbox", "channel", "language", "priority",
    "type", "tag", "snoozed", "spam", "vip", "updated_since", "created_since", "order", "cursor", "limit",
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_row_20_no_filter_or_order_takes_sql(api, field):
    receive("The secret of somebody else")
    for value in INJECTIONS:
        answer = api.get("/tickets", {field: value})
        assert answer.status_code in {200, 422}, (field, value, answer.content)
        if answer.status_code == 422:
            assert answer.json()["field"].startswith(field), (field, value, answer.content)
    assert Ticket.objects.count() == 1


def test_row_20_filters_cannot_reach_into_other_tables(api):
    for name in ("assignee__password__startswith", "customer__search", "id__in", "order_by", "team_id", "where"):
        answer = api.get("/tickets", {name: "a"})
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, name, "unknown-field")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(FIELDS), value=st.text(max_size=60))
def test_row_20_any_text_in_any_filter_is_an_answer_or_a_refusal(api, settings, field, value):
    settings.API_RATE = 10**9
    assert api.get("/tickets", {field: value.encode(errors="replace")}).status_code in {200, 422}


def test_row_20_customers_are_searched_by_words_alone(api):
    for value in INJECTIONS:
        for field in ("search", "email", "cursor"):
            assert api.get("/customers", {field: value}).status_code in {200, 422}, (field, value)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"text": "a\\u0000b"}', "text"),
        (b'{"text": "\\ud800"}', None),
        (b'{"te\\u0000xt": 1}', None),
        (b'{"text": "x", "mentions": [99999999999999999999999]}', "mentions.0"),
        (b'{"text": "x", "mentions": [1e400]}', "mentions.0"),
        (b'{"text": "x", "mentions": "1"}', "mentions"),
        (b'{"text": 1}', "text"),
        (b"[]", None),
        (b"null", None),
        (b'"x"', None),
        (b'{"text": "x", "version": 2}', "version"),
        (b'{"text": "x", "attachments": ["' + b"a" * 44 + b'"]}', "attachments.0"),
    ],
)
def test_what_no_table_can_hold_is_refused_by_name(api, body, field):
    number = receive().ticket.number
    answer = _raw(api, f"/tickets/{number}/note", body)
    assert answer.status_code == 422, answer.content
    if field:
        assert answer.json()["field"] == field
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"{'a': 1}", b'{"text": NaN}', b'{"text": Infinity}', b"\xff\xfe\x00", b"[" * 100_000, b"text=x"],
)
def test_what_is_no_json_is_refused_as_such(api, body):
    number = receive().ticket.number
    answer = _raw(api, f"/tickets/{number}/note", body)
    assert answer.status_code in {400, 422}, answer.content
    assert answer.json()["code"] in {"unreadable", "invalid"}


def test_free_fields_hold_plain_json_and_no_deep_or_odd_ones(api):
    number = receive().ticket.number
    deep = "x"
    for _ in range(40):
        deep = {"a": deep}
    assert api.patch(f"/tickets/{number}", {"fields": deep}).status_code == 422
    assert _raw(api, f"/tickets/{number}", b'{"fields": {"a": "\\u0000"}}', "PATCH").json()["field"] == "fields.a"
    kept = {"order": "12-34", "n": 1.5, "yes": True, "list": [1, {"a": None}]}
    assert api.patch(f"/tickets/{number}", {"fields": kept}).json()["fields"] == kept


def test_row_07_no_attribute_of_a_ticket_can_be_set_that_is_not_offered(api):
    ticket = receive().ticket
    offered = {
        "subject", "status", "priority", "type", "language", "fields", "assignee", "team", "customer", "tags",
        "snoozed_until", "spam", "version",
    }  # fmt: skip
    names = {f.name for f in Ticket._meta.get_fields()} | {f.attname for f in Ticket._meta.concrete_fields}
    for name in sorted(names - offered - {"status_id"}):
        answer = api.patch(f"/tickets/{ticket.number}", {name: 1})
        assert (answer.status_code, answer.json()["field"]) == (422, name), (name, answer.content)
        new = {"subject": "x", "text": "x", "customer": {"email": "a@c.example"}, name: 1}
        if name not in {"inbox"}:
            answer = api.post("/tickets", new)
            assert (answer.status_code, answer.json()["field"]) == (422, name), (name, answer.content)
    ticket.refresh_from_db()
    assert ticket.version == 1 or ticket.subject == "Kettle leaks"


def test_odd_paths_are_not_found(api):
    for path in ("/tickets/%00", "/tickets/" + "A" * 500, "/customers/" + "9" * 40, "/customers/-1", "/agents/x", "/",
                 "/tickets/%F0%9F%98%80", "/attachments/%00", "//tickets", "/tickets/"):  # fmt: skip
        answer = api.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path


def test_too_large_a_body_is_told_so(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    number = receive().ticket.number
    answer = api.post(f"/tickets/{number}/note", {"text": "x" * 2000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_refusals_speak_the_callers_language(api):
    answer = api.get("/tickets/NOTHING", Accept_Language="lv")
    assert answer["Content-Language"] == "lv"
    assert answer.json()["code"] == "not-found"


def test_a_fault_of_ours_tells_nothing_of_our_insides(api, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("hospes.tickets.queries.rows.list_rows", broken)
    answer = api.get("/tickets")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert b"hunter2" not in answer.content


def test_html_over_the_api_is_cleaned_like_any_other(api):
    number = receive().ticket.number
    html = '<p onclick="x()">Hi<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:x()">a</a></p>'
    kept = api.post(f"/tickets/{number}/reply", {"html": html}).json()["html"]
    assert not any(bad in kept for bad in ("script", "onclick", "onerror"))


def test_somebody_elses_uploads_and_messages_cannot_be_taken(api, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make_inbox("other@demo.example")
    one, two = receive().ticket, receive("Other", sender="b@c.example").ticket
    foreign = operations.upload(
        name="a", content_type="text/plain", content=b"x", actor=desk_actor(make_agent("Eva")), now=one.created_at
    )
    answer = api.post(f"/tickets/{one.number}/note", {"text": "x", "attachments": [foreign.token]})
    assert answer.status_code == 404
    message = two.messages.get().pk
    answer = api.post(f"/tickets/{one.number}/split", {"message_id": message})
    assert (answer.status_code, answer.json()["field"]) == (422, "message_id")


def _raw(api, path, body, method="POST"):
    headers = {"Authorization": f"Bearer {api.token}"}
    return api.client.generic(method, f"/api/v1{path}", body, content_type="application/json", headers=headers)


def test_a_problem_has_the_members_of_rfc_9457(api):
    body = json.loads(api.get("/tickets/NOTHING").content)
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert body["status"] == 404


def test_addresses_below_api_that_are_none_answer_as_problems(api):
    for path in ("/api/", "/api/v1", "/api/v2/tickets", "/api/v1/nothing"):
        answer = api.client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path
