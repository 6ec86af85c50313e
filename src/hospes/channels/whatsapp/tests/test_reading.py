"""Every documented call is understood, and whatever is done to a call, its good messages are found."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.adapter import News, Raw, WebhookCall
from hospes.channels.whatsapp.adapter import WhatsAppAdapter
from hospes.testing.payloads import JUNK, paths_in, spoiled
from hospes.tickets.incoming import Claim, IncomingMessage

SAMPLES = Path(__file__).parent / "samples"
ADAPTER = WhatsAppAdapter()
SHEENA = "+16505551234"
SENT = "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI4RjE5NjA5MTQyRkI4ODlBODYA"
EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))


def call_of(value):
    return WebhookCall("POST", "https://hospes.example/channels/whatsapp/1/", {}, {}, json.dumps(value).encode())


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def understood(name):
    pieces = ADAPTER.split(call_of(sample(name)))
    return [ADAPTER.parse(Raw(piece.body, piece.envelope, "")) for piece in pieces]


def only(name):
    [found] = understood(name)
    return found


MESSAGES = {
    "text": "Does it come in another color?",
    "text_answering": "Yes, that one",
    "text_from_advertisement": "Can I get more info about this?",
    "image": "Taj Mahal",
    "voice": "Voice message",
    "video": "Video",
    "document": "Bill",
    "sticker": "Sticker",
    "location": "Location\nSolomon R. Guggenheim Museum\n1071 5th Ave, New York, NY 10128\n"
    "https://www.guggenheim.org/\n40.782910059774, -73.959075808525",
    "contacts": "Contact\nBarbara J. Johnson, Social Tsunami, 14155550829, bjohnson@socialtsunami.com",
    "button_reply": "Cancel",
    "list_reply": "Priority Mail Express",
    "form_reply": "day: Friday\npeople: 4",
    "template_button": "Unsubscribe",
    "order": "Order\n2 × di9ozbzfi4 (30 USD)\n1 × nqryix03ez (25.5 USD)\nLove these!",
    "unsupported": "A message of a kind that cannot be shown here (poll_creation). Ask for it in words.",
    "number_and_user_id": "Hello",
}
FILES = {
    "image": ("1003383421387256", "image.jpg", "image/jpeg"),
    "voice": ("1227829768162607", "voice.oga", "audio/ogg"),
    "video": ("1166846181421424", "video.mp4", "video/mp4"),
    "document": ("1376223850470843", "invoice-88.pdf", "application/pdf"),
    "sticker": ("2754859441498128", "sticker.webp", "image/webp"),
}
NEWS = {
    "reaction": [
        ("reaction", "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA=", SHEENA, "👍"),
    ],
    "reaction_taken_back": [
        ("reaction", "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA=", SHEENA, ""),
    ],
    "edit": [("edited", "wamid.first", SHEENA, "Does it come in blue?")],
    "revoke": [("deleted", "wamid.first", SHEENA, "")],
    "number_changed": [("moved", "", SHEENA, "+12195555358")],
    "status_sent": [],
    "status_delivered": [("delivered", SENT, "", "")],
    "status_read": [("read", SENT, "", "")],
    "status_failed": [("failed", SENT, "", "")],
    "echo": [("elsewhere", SENT, SHEENA, "Here's the info you requested!")],
}


def test_no_sample_is_without_its_expectation():
    names = {path.stem for path in SAMPLES.glob("*.json")}
    assert names == MESSAGES.keys() | NEWS.keys() | {"several", "without_number"}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_says_what_the_customer_said(name):
    message = only(name)
    assert isinstance(message, IncomingMessage)
    assert (message.text, message.reply) == (MESSAGES[name], MESSAGES[name])
    assert (message.sender.address, message.sender.name) == (SHEENA, "Sheena Nelson")
    assert (message.identity, message.authenticated, message.thread_key) == ("phone", True, SHEENA)
    assert message.sent_at == datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
    files = [(f.ref, f.name, f.content_type) for f in message.remote_files]
    assert files == ([FILES[name]] if name in FILES else [])
    assert bool(message.defects) == (name == "unsupported")


@pytest.mark.parametrize("name", NEWS)
def test_news_are_of_the_right_message(name):
    found = understood(name)
    assert all(isinstance(news, News) for news in found)
    assert [(n.kind, n.message_id, n.sender, n.text) for n in found] == NEWS[name]


def test_why_a_message_was_not_delivered_is_told_in_the_providers_words():
    news = only("status_failed")
    assert news.permanent
    assert news.words.startswith("131047 Re-engagement message: Message failed to send because more than 24 hours")


def test_what_is_answered_what_was_pressed_and_the_advertisement_are_kept():
    assert only("text_answering").in_reply_to.startswith("wamid.HBgLMTY0NjcwNDM1OTU")
    assert only("button_reply").extra["pressed"] == "cancel-button"
    assert only("template_button").in_reply_to == "wamid.before"
    assert only("text_from_advertisement").extra["referral"]["headline"] == "Chat with us"
    assert only("location").extra["location"]["latitude"] == "40.782910059774"


def test_who_shows_no_number_is_known_by_the_id_that_stands_for_it():
    message = only("without_number")
    assert message.sender.address == "whatsapp:US.13491208655302741918"
    assert (message.identity, message.authenticated) == ("handle", True)
    both = only("number_and_user_id")
    assert both.claims == (Claim("handle", "whatsapp:US.13491208655302741918", verified=True),)


def test_one_call_can_bring_several_messages_and_news():
    first, second, read = understood("several")
    assert (first.text, second.text, read.kind) == ("First", "Second", "read")
    ids = [piece.external_id for piece in ADAPTER.split(call_of(sample("several")))]
    assert len(set(ids)) == 3


def test_a_status_sent_again_has_the_same_id():
    once, again = (ADAPTER.split(call_of(sample("status_read"))) for _time in range(2))
    assert once[0].external_id == again[0].external_id


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"object":"page","entry":[]}', b"[" * 100_000])
def test_what_the_provider_never_sends_is_refused_as_unreadable(body):
    with pytest.raises(ValueError, match=r".*"):
        ADAPTER.split(WebhookCall("POST", "", {}, {}, body))


NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))


@settings(max_examples=EXAMPLES, deadline=None)
@given(name=st.sampled_from(NAMES), junk=JUNK, data=st.data())
def test_a_call_with_anything_in_any_place_is_read_and_never_raises(name, junk, data):
    value = sample(name)
    path = data.draw(st.sampled_from([p for p in paths_in(value) if p]))
    try:
        pieces = ADAPTER.split(call_of(spoiled(value, path, junk)))
    except ValueError:
        assert path[0] in {"object", "entry"}
        return
    for piece in pieces:
        assert piece.external_id
        parsed = ADAPTER.parse(Raw(piece.body, piece.envelope, ""))
        assert parsed is None or isinstance(parsed, IncomingMessage | News)
        if isinstance(parsed, IncomingMessage):
            assert parsed.text.strip()


@settings(max_examples=EXAMPLES, deadline=None)
@given(junk=st.lists(JUNK, max_size=3), where=st.integers(0, 3), data=st.data())
def test_a_good_message_is_never_lost_among_bad_ones(junk, where, data):
    value = sample("text")
    [change] = value["entry"][0]["changes"]
    level = data.draw(st.sampled_from(["entry", "changes", "messages"]))
    among = {"entry": value["entry"], "changes": value["entry"][0]["changes"], "messages": change["value"]["messages"]}
    good = among[level].pop()
    among[level].extend([*junk[:where], good, *junk[where:]])
    found = [ADAPTER.parse(Raw(p.body, p.envelope, "")) for p in ADAPTER.split(call_of(value))]
    assert "Does it come in another color?" in [m.text for m in found if isinstance(m, IncomingMessage)]
