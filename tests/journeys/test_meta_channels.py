"""WhatsApp at an open desk: a call as Meta documents it comes in by the real door, the agent answers, and Meta's
stand-in sees the very request that its documentation asks for."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from hospes.testing.standin import Reply, standin
from tests.journeys.running import SEED, Hospes

SECRET = "app-secret-of-the-journey"
NUMBER_ID = "106540352242922"
ACCOUNT = "102290129340398"
MAKE = """
from hospes.channels import operations
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.tickets import operations as tickets
inbox = tickets.create_inbox(name="WhatsApp", address="whatsapp", kind="whatsapp", actor=SYSTEM, now=now())
operations.save_credential(inbox=inbox, values=SETTINGS, actor=SYSTEM, now=now())
print(inbox.pk)
"""


@pytest.fixture(scope="module")
def meta():
    """Meta, played on loopback."""
    with standin() as running:
        answered = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.answer"}]}
        running.usual = lambda asked: Reply(data=answered)
        yield running


@pytest.fixture(scope="module")
def hospes(tmp_path_factory, sink, meta):
    """An installation that may talk to the stand-in."""
    folder = tmp_path_factory.mktemp("whatsapp") / "data"
    installation = Hospes(folder, sink, HOSPES_HTTP_ALLOW="127.0.0.1")
    installation.start()
    installation.shell(SEED)
    yield installation
    installation.stop()


@pytest.fixture(scope="module")
def door(hospes, meta):
    """The address that Meta was given."""
    settings = {
        "phone_number_id": NUMBER_ID, "waba_id": ACCOUNT, "access_token": "token", "app_secret": SECRET,
        "verify_token": "verify", "api_base": meta.url, "api_version": "v23.0",
    }  # fmt: skip
    pk = hospes.shell(MAKE.replace("SETTINGS", repr(settings))).strip().splitlines()[-1]
    return f"{hospes.url}/channels/whatsapp/{pk}/"


def call(door: str, value: object, *, secret: str = SECRET) -> int:
    """Post as Meta does, signed over the raw body."""
    body = json.dumps(value).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
    try:
        with urllib.request.urlopen(urllib.request.Request(door, body, headers), timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def change(**value: object) -> dict[str, object]:
    """The documented wrapping."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": NUMBER_ID}
    told = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": ACCOUNT, "changes": [{"value": told, "field": "messages"}]}],
    }


def test_a_whatsapp_message_is_answered_at_the_desk(hospes, desk, door, meta):
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    asked = change(
        contacts=[{"profile": {"name": "Sheena Nelson"}, "wa_id": "16505551234"}],
        messages=[
            {
                "from": "16505551234", "id": "wamid.asked", "timestamp": "1749416383", "type": "text",
                "text": {"body": "Does the kettle come in another colour?"},
            }
        ],
    )  # fmt: skip
    assert call(door, asked, secret="guessed") == 403
    assert call(door, asked) == 200
    assert call(door, asked) == 403  # the very same call again is a replay

    row = page.locator("#rows li.ticket", has_text="Sheena Nelson")
    expect(row).to_have_count(1, timeout=20_000)
    row.locator("a").first.click()
    expect(page.locator(".message .content", has_text="come in another colour?")).to_be_visible()
    page.locator("#writing").click()
    expect(page.locator("#composer [contenteditable=true]").first).to_be_focused()
    page.keyboard.type("Yes, in red and in blue.")
    page.keyboard.press("Control+Enter")
    ours = page.locator(".message", has_text="Yes, in red and in blue.")
    expect(ours).to_have_count(1, timeout=20_000)
    expect(ours.locator(".delivery")).to_have_text("sent", timeout=20_000)

    [answer] = [one for one in meta.asked if one.method == "POST" and one.data.get("type") == "text"]
    assert answer.path == f"/v23.0/{NUMBER_ID}/messages"
    assert answer.headers["authorization"] == "Bearer token"
    assert answer.data == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+16505551234",
        "type": "text",
        "text": {"preview_url": False, "body": "Yes, in red and in blue."},
    }

    read = [{"id": "wamid.answer", "status": "read", "timestamp": "1749416400", "recipient_id": "16505551234"}]
    assert call(door, change(statuses=read)) == 200
    expect(ours.locator(".delivery.read")).to_be_visible(timeout=20_000)
