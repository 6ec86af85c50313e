"""Ways, templates, suggestions and the preferred channel over HTTP."""

import pytest

from hospes.channels.models import ReadyTemplate
from hospes.core import clock
from hospes.customers.models import IdentityClaim
from hospes.testing.people import receive
from hospes.tickets.models import Inbox, Message

PHONE = "+37120000001"


@pytest.fixture
def talk(db):
    inbox = Inbox.objects.create(name="Shop", kind="whatsapp", address="+37167000000", created_at=clock.now())
    return receive(
        "Is it ready?", sender=PHONE, subject="", inbox=inbox, now=clock.now(), identity="phone", authenticated=True,
        thread_key=PHONE,
    ).ticket  # fmt: skip


def test_ways_are_listed_and_a_reply_goes_by_the_one_named(api, talk):
    [way] = api.get(f"/tickets/{talk.number}/ways").json()["items"]
    assert (way["channel"], way["address"], way["why"], way["open"]) == ("whatsapp", PHONE, "latest", True)
    said = api.post(f"/tickets/{talk.number}/reply", {"text": "Yes", "via": way["via"], "buttons": ["Thanks"]})
    assert said.status_code == 201, said.content
    assert (said.json()["channel"], said.json()["inbox_id"]) == ("whatsapp", way["via"])
    assert Message.objects.get(pk=said.json()["id"]).extra["buttons"] == ["Thanks"]
    wrong = api.post(f"/tickets/{talk.number}/reply", {"text": "Yes", "via": 999999})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "via")


def test_a_template_goes_with_its_values(api, talk):
    ReadyTemplate.objects.create(
        inbox=talk.inbox, name="ready", language="en", body="Hello {{1}}", updated_at=clock.now()
    )
    [shown] = api.get(f"/inboxes/{talk.inbox_id}/templates").json()["items"]
    assert shown == {"name": "ready", "language": "en", "body": "Hello {{1}}", "gaps": 1}
    body = {"via": talk.inbox_id, "template": {"name": "ready", "language": "en", "values": ["Anna"]}}
    said = api.post(f"/tickets/{talk.number}/reply", body)
    assert said.json()["text"] == "Hello Anna"


def test_a_suggestion_is_decided_and_a_channel_preferred(admin_api, talk):
    api = admin_api
    claim = IdentityClaim.objects.create(
        customer=talk.customer, kind="email", key="anna@c.example", value="anna@c.example", source="chat",
        created_at=clock.now(),
    )  # fmt: skip
    [shown] = api.get(f"/customers/{talk.customer_id}/claims").json()["items"]
    assert (shown["value"], shown["owner"]) == ("anna@c.example", None)
    taken = api.post(f"/claims/{claim.pk}/accept", {"why": "She said so"})
    assert "anna@c.example" in [p["value"] for p in taken.json()["contact_points"]]
    again = api.post(f"/claims/{claim.pk}/dismiss", {})
    assert again.status_code == 422
    changed = api.patch(f"/customers/{talk.customer_id}", {"preferred_channel": "email"})
    assert (changed.json()["preferred_channel"], changed.json()["preferred_by"]) == ("email", "agent")
