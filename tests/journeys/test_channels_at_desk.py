"""Every channel at an open desk: a call as the provider documents it comes in by the real door, the agent answers, and
the provider's stand-in sees the very request that its documentation asks for. Channels are found by their folders;
e-mail, live chat and calls have journeys of their own."""

import urllib.error
import urllib.request
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import expect

from hospes.channels.registry import ADAPTERS, adapters
from hospes.channels.smpp.tests.smsc import smsc
from hospes.channels.tests.meta_calls import sign
from hospes.channels.tests.test_contract import contract_of
from hospes.channels.whatsapp.tests.contract import envelope
from hospes.testing.channels import Words
from hospes.testing.standin import Reply, standin
from hospes.tickets.models import Inbox

ELSEWHERE = {"email", "chat"}
KINDS = [kind for kind in sorted(ADAPTERS) if kind not in ELSEWHERE and not contract_of(kind).no_messages]
SIGNED = [kind for kind in KINDS if not contract_of(kind).unsigned]
MAKE = """
from hospes.channels import operations
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.tickets import operations as tickets
by = {"actor": SYSTEM, "now": now()}
for kind, address, settings in WANTED:
    inbox = tickets.create_inbox(name=kind, address=address, kind=kind, **by)
    operations.save_credential(inbox=inbox, values=settings, **by)
    print("inbox", kind, inbox.pk)
"""


@pytest.fixture(scope="module")
def provider():
    """The providers of webhook channels, played on loopback."""
    with standin() as running:
        yield running


@pytest.fixture(scope="module")
def hospes(installed):
    """An installation that may talk to the stand-in."""
    installation = installed("channels", HOSPES_HTTP_ALLOW="127.0.0.1")
    yield installation
    installation.stop()  # what runs on beside later journeys slows them


@pytest.fixture(scope="module")
def centre():
    """A short message centre, played on loopback."""
    with smsc() as running:
        yield running


@pytest.fixture(scope="module")
def inboxes(hospes, provider, centre):
    """An inbox of every channel in the running installation, by kind; all lead to the stand-ins."""
    contract_of("smpp").use(centre)
    wanted = [(kind, contract_of(kind).address, contract_of(kind).credential(provider)) for kind in KINDS]
    lines = [line.split() for line in hospes.shell(MAKE.replace("WANTED", repr(wanted))).splitlines()]
    made = {
        kind: Inbox(pk=int(pk), kind=kind) for _inbox, kind, pk in (line for line in lines if line[:1] == ["inbox"])
    }
    yield made
    contract_of("smpp").end()


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


def answer_at(page, kind, words, text):
    """The agent finds the ticket in the list, which was open before, and answers it by keys on the way it came; our
    message."""
    row = page.locator("#rows li.ticket", has_text=words.text)
    expect(row).to_have_count(1)
    row.locator("a").first.click()
    expect(page.locator(".message .content", has_text=words.text)).to_be_visible()
    page.locator("#writing").click()
    way = page.locator("#composer .way-now b")
    label = str(adapters()[kind].traits.label)
    if label not in way.inner_text():  # nobody is called back where a short message can be sent
        page.locator("#composer .way-now").click()
        page.locator("#ways-menu").get_by_role("menuitemradio").filter(has_text=label).first.click()
        expect(way).to_contain_text(label)
        page.locator("#writing").click()
    expect(page.locator("#composer [contenteditable=true], #composer textarea.input").first).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    ours = page.locator(".message.ours", has_text=text)
    expect(ours).to_have_count(1)
    expect(ours.locator(".delivery .unseen")).to_have_text("sent")
    return ours


@pytest.mark.parametrize("kind", SIGNED)
def test_a_message_is_answered_at_the_desk_as_its_provider_asks(hospes, desk, provider, inboxes, settings, kind):
    contract, inbox = contract_of(kind), inboxes[kind]
    settings.PUBLIC_URL = hospes.url  # some providers sign the address
    provider.usual = contract.accept
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
    answer_at(page, kind, words, text)
    requests = [one for one in provider.asked if text in unquote_plus(one.body.decode(errors="replace"))]
    [told] = contract.sent_texts(requests)
    assert text in told
    expect(page.locator("#thread .message", has_text=words.text)).to_have_count(1)


def test_the_customers_reading_is_seen_at_the_open_ticket(hospes, desk, provider, inboxes):
    contract, inbox = contract_of("whatsapp"), inboxes["whatsapp"]
    answered = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.answer"}]}
    provider.usual = lambda asked: Reply(data=answered)
    words = Words(text="Is the kettle loud?", sender="p2", message_id="m-2", name="Sheena Nelson")
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    assert post(hospes, inbox, contract.call(inbox, words)) == 200
    ours = answer_at(page, "whatsapp", words, "It whispers.")
    read = {"id": "wamid.answer", "status": "read", "timestamp": "1749416400", "recipient_id": "16505551232"}
    assert post(hospes, inbox, sign(envelope({"statuses": [read]}))) == 200
    expect(ours.locator(".delivery.read")).to_be_visible()


def test_a_short_message_is_answered_over_the_line_of_a_short_message_centre(hospes, desk, inboxes, centre):
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    words = Words(text="Does the kettle come in another colour, by SMPP?")
    sequence = centre.push(source=b"37120000002", coding=0, message=words.text.encode())
    assert centre.answer_to(sequence) == 0
    answer_at(page, "smpp", words, "Yes, in red and in blue.")
    assert contract_of("smpp").sent_texts(()) == ["Yes, in red and in blue."]
