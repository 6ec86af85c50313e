"""Guidance over the API: ready answers, playbooks, refusals."""

from hospes.core.actors import SYSTEM
from hospes.testing.people import NOON, receive
from hospes.tickets import operations
from hospes.tickets.models import Ticket


def test_a_macro_is_applied_by_situation_in_the_tickets_language(api):
    ticket = receive("My kettle leaks.", language="lv").ticket
    for language, words in (("en", "Hello"), ("lv", "Sveiki")):
        operations.save_macro(
            name=words, body_html=f"<p>{words} {{{{customer.first_name}}}}</p>", language=language,
            situation="Greeting", actions={"tags": ["greeted"]}, sharing="all", actor=SYSTEM, now=NOON,
        )  # fmt: skip
    found = api.get(f"/tickets/{ticket.number}/macros").json()["items"]
    assert [(one["macro"]["name"], one["fell_back"]) for one in found] == [("Sveiki", False)]
    answer = api.post(f"/tickets/{ticket.number}/macro", {"situation": "greeting"}).json()
    assert (answer["html"], answer["text"], answer["fell_back"]) == ("<p>Sveiki Anna</p>", "Sveiki Anna", False)
    assert list(Ticket.objects.get(pk=ticket.pk).tags.values_list("name", flat=True)) == ["greeted"]
    for wrong in ({}, {"situation": "none"}, {"macro_id": 10**9}, {"macro_id": 1, "situation": "x"}, {"odd": 1}):
        assert api.post(f"/tickets/{ticket.number}/macro", wrong).status_code == 422
    listed = api.get("/macros").json()["items"]
    assert {(one["situation"], one["language"], one["channel"]) for one in listed} == {
        ("Greeting", "en", ""), ("Greeting", "lv", ""),
    }  # fmt: skip


def test_playbooks_are_listed_by_language(api):
    found = api.get("/playbooks", {"language": "fa"}).json()["items"]
    assert [one["kind"] for one in found] == ["unsure", "knows_better", "rude", "offended"]
    assert api.get("/playbooks", {"language": "xx"}).status_code == 422


def test_a_refusal_is_asked_for_and_decided_by_another(api, admin_api):
    received = receive("I will come and hurt you.")
    body = {"reason": "threat", "words": "Threatened us.", "evidence": [received.message.pk]}
    made = api.post(f"/tickets/{received.ticket.number}/refusals", body)
    assert made.status_code == 201
    step = f"/refusals/{made.json()['id']}/step"
    assert api.post(step, {"step": "approve", "words": "Yes"}).status_code == 403
    answer = admin_api.post(step, {"step": "approve", "words": "Yes, at once."}).json()
    assert (answer["state"], answer["reason"], answer["ticket"]) == ("approved", "threat", received.ticket.number)
    assert admin_api.post(step, {"step": "approve", "words": "Again"}).status_code == 422
    assert [one["id"] for one in api.get("/refusals").json()["items"]] == [made.json()["id"]]
