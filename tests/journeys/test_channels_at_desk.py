"""Every channel at an open desk: a call as the provider documents it comes in by the real door, the agent answers, and
the provider's stand-in sees the very request that its documentation asks for. Channels are found by their folders;
e-mail, live chat and calls have journeys of their own."""

import urllib.error
import urllib.request
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import expect

from hospes.channels.registry import ADAPTERS, adapters
from hospes.channels.smpp.tests.smsc import Smsc
from hospes.channels.tests.test_contract import contract_of
from hospes.testing.channels import Words
from hospes.testing.standin import standin
from hospes.tickets.models import Inbox

ELSEWHERE = {"email", "chat"}
KINDS = [kind for kind in sorted(ADAPTERS) if kind not in ELSEWHERE and not contract_of(kind).no_messages]
SIGNED = [kind for kind in KINDS if not contract_of(kind).unsigned]
MAKE = """
from hospes.channels import operations
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.tickets import operations as tickets
inbox = tickets.create_inbox(name=KIND, address=ADDRESS, kind=KIND, actor=SYSTEM, now=now())
operations.save_credential(inbox=inbox, values=SETTINGS, actor=SYSTEM, now=now())
print(inbox.pk)
"""


@pytest.fixture(scope="module")
def provider():
    """The providers of webhook channels, played on loopback."""
    with standin() as running:
        yield running


@pytest.fixture(scope="module")
def hospes(installed):
    """An installation that may talk to the stand-in."""
    return installed("channels", HOSPES_HTTP_ALLOW="127.0.0.1")


def set_up(hospes, contract, credential) -> Inbox:
    """An inbox of this channel in the running installation."""
    code = MAKE.replace("KIND", repr(contract.kind)).replace("ADDRESS", repr(contract.address))
    pk = hospes.shell(code.replace("SETTINGS", repr(credential))).strip().splitlines()[-1]
    return Inbox(pk=int(pk), kind=contract.kind, address=contract.address)


def post(hospes, inbox, sent) -> int:
    """Post as the provider does; the status of the answer."""
    query = f"?{sent.query}" if sent.query else ""
    headers = {"Content-Type": sent.content_type, **sent.headers}
    call = urllib.request.Request(f"{hospes.url}/channels/{inbox.kind}/{inbox.pk}/{query}", sent.body, headers)
    try:
        with urllib.request.urlopen(call, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def answer_at(page, words, text):
    """The agent finds the ticket in the list, which was open before, and answers it by keys; our message."""
    row = page.locator("#rows li.ticket", has_text=words.text)
    expect(row).to_have_count(1, timeout=20_000)
    row.locator("a").first.click()
    expect(page.locator(".message .content", has_text=words.text)).to_be_visible()
    page.locator("#writing").click()
    expect(page.locator("#composer [contenteditable=true], #composer textarea.input").first).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    ours = page.locator(".message.ours", has_text=text)
    expect(ours).to_have_count(1, timeout=20_000)
    expect(ours.locator(".delivery .unseen")).to_have_text("sent", timeout=20_000)
    return ours


@pytest.mark.parametrize("kind", SIGNED)
def test_a_message_is_answered_at_the_desk_as_its_provider_asks(hospes, desk, provider, settings, kind):
    contract = contract_of(kind)
    settings.PUBLIC_URL = hospes.url  # some providers sign the address
    provider.usual = contract.accept
    inbox = set_up(hospes, contract, contract.credential(provider))
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    words = Words(text=f"Does the kettle come in another colour, by {kind}?")
    sent = contract.call(inbox, words)
    assert post(hospes, inbox, contract.forge(sent)) in {401, 403}
    assert post(hospes, inbox, sent) == 200
    again = post(hospes, inbox, sent)  # the very same call again is a replay
    assert again == (403 if adapters()[kind].replays == "refused" else 200)
    provider.asked.clear()
    text = f"Yes, in red and in blue: {kind}."
    answer_at(page, words, text)
    requests = [one for one in provider.asked if text in unquote_plus(one.body.decode(errors="replace"))]
    assert [text] == contract.sent_texts(requests)
    expect(page.locator("#thread .message", has_text=words.text)).to_have_count(1)


def test_a_short_message_is_answered_over_the_line_of_a_short_message_centre(hospes, desk):
    contract = contract_of("smpp")
    contract._smsc = centre = Smsc()
    try:
        set_up(hospes, contract, contract.credential())
        page = desk("ivo")
        page.goto(f"{hospes.url}/desk/v/open/")
        words = Words(text="Does the kettle come in another colour, by SMPP?")
        sequence = centre.push(source=b"37120000001", coding=0, message=words.text.encode())
        assert centre.answer_to(sequence) == 0
        answer_at(page, words, "Yes, in red and in blue.")
        assert contract.sent_texts(()) == ["Yes, in red and in blue."]
    finally:
        centre.close()
        contract._smsc = None
