"""Every documented call of a page is understood, and whatever is done to a call, its good messages are found."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.adapter import News, Raw, WebhookCall
from hospes.channels.messenger.adapter import MessengerAdapter
from hospes.testing.payloads import JUNK, paths_in, spoiled
from hospes.tickets.incoming import IncomingMessage

SAMPLES = Path(__file__).parent / "samples"
ADAPTER = MessengerAdapter()
PERSON = "messenger:10158000111222333"
MID = "m_1457764197618:41d102a3e1ae206a38"
COMMENT = "1044444444_2002222222"
POST = "682498302938465_1044444444"
EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))

PRIVATE = {
    "text": "hello, world!",
    "quick_reply": "Red",
    "answering": "This one",
    "image": "Picture",
    "thumb": "👍",
    "sticker": "Sticker",
    "link": "https://shop.example/kettle\nA kettle",
    "advertisement": "Is this still there?",
    "postback": "Get started",
    "unknown_attachment": "A message of a kind that cannot be shown here (appointment_booking). Ask for it in words.",
}
PUBLIC = {
    "comment": "Great looking kettle! Where is mine?",
    "comment_with_picture": "Picture",
    "visitor_post": "Do you open on Sunday?",
}
FILES = {"image": "photo_n.jpg", "sticker": "cat.png", "comment_with_picture": "broken.jpg"}
NEWS = {
    "reaction": [("reaction", MID, PERSON, "❤️")],
    "reaction_taken_back": [("reaction", MID, PERSON, "")],
    "read": [("read", "", PERSON, "")],
    "delivery": [
        ("delivered", "mid.1458668856218:ed81099e15d3f4f233", "", ""),
        ("delivered", "mid.second", "", ""),
    ],
    "edit": [("edited", MID, PERSON, "hello, new world!")],
    "echo": [("elsewhere", "m_echo", PERSON, "I answered from the page's inbox")],
    "comment_edited": [("edited", COMMENT, PERSON, "Where is my kettle?")],
    "comment_removed": [("deleted", COMMENT, PERSON, "")],
}
NOTHING = {"referral", "echo_of_ours", "own_comment", "like"}


def call_of(value):
    return WebhookCall("POST", "https://hospes.example/channels/messenger/1/", {}, {}, json.dumps(value).encode())


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def understood(value):
    return [ADAPTER.parse(Raw(piece.body, piece.envelope, "")) for piece in ADAPTER.split(call_of(value))]


def test_no_sample_is_without_its_expectation():
    assert {path.stem for path in SAMPLES.glob("*.json")} == PRIVATE.keys() | PUBLIC.keys() | NEWS.keys() | NOTHING


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_message_says_what_the_customer_said(name):
    [message] = understood(sample(name))
    assert isinstance(message, IncomingMessage)
    assert message.text == PRIVATE[name]
    assert (message.sender.address, message.identity, message.authenticated) == (PERSON, "handle", True)
    assert (message.thread_key, message.ask, message.message_id) == (PERSON, "name", MID)
    assert message.sent_at == datetime(2016, 3, 23, 0, 25, 52, 478000, tzinfo=UTC)
    assert [file.name for file in message.remote_files] == ([FILES[name]] if name in FILES else [])
    assert bool(message.defects) == (name == "unknown_attachment")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_message_is_known_to_be_public(name):
    [message] = understood(sample(name))
    assert isinstance(message, IncomingMessage)
    assert message.text == PUBLIC[name]
    assert (message.sender.address, message.sender.name) == (PERSON, "Cinderella Hoover")
    assert message.extra["public"] is True
    assert message.extra["comment_id"] == message.message_id
    assert message.thread_key.startswith("post:682498302938465_")
    assert message.thread_key.endswith(PERSON.partition(":")[2])
    assert [file.name for file in message.remote_files] == ([FILES[name]] if name in FILES else [])


def test_a_comment_knows_its_post_and_where_to_look_at_it():
    [message] = understood(sample("comment"))
    assert message.extra["post_id"] == POST
    assert message.extra["permalink"] == "https://www.facebook.com/kettles/posts/1044444444"
    [answer] = understood(sample("comment_with_picture"))
    assert answer.in_reply_to == "1044444444_1001111111"
    [post] = understood(sample("visitor_post"))
    assert post.message_id == "post:682498302938465_3003333333"


@pytest.mark.parametrize("name", NEWS)
def test_news_are_of_the_right_message(name):
    assert [(n.kind, n.message_id, n.sender, n.text) for n in understood(sample(name))] == NEWS[name]


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_what_tells_nothing_to_anybody_becomes_nothing(name):
    assert [found for found in understood(sample(name)) if found is not None] == []


def test_what_was_pressed_answered_and_advertised_is_kept():
    assert understood(sample("quick_reply"))[0].extra["pressed"] == "<DEVELOPER_DEFINED_PAYLOAD>"
    assert understood(sample("answering"))[0].in_reply_to.startswith("m_1fTq8oLumEyIp3Q2MR")
    assert understood(sample("advertisement"))[0].extra["referral"]["headline"] == "Kettles in summer"
    assert understood(sample("postback"))[0].extra["referral"]["ref"] == "website"
    assert understood(sample("read"))[0].until == datetime(2016, 3, 22, 17, 47, 36, 253000, tzinfo=UTC)


@settings(max_examples=EXAMPLES, deadline=None)
@given(name=st.sampled_from(sorted(path.stem for path in SAMPLES.glob("*.json"))), junk=JUNK, data=st.data())
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
@given(
    junk=st.lists(JUNK, max_size=3), where=st.integers(0, 3), name=st.sampled_from(["text", "comment"]), data=st.data()
)
def test_a_good_message_is_never_lost_among_bad_ones(junk, where, name, data):
    value = sample(name)
    entry = value["entry"][0]
    among = data.draw(st.sampled_from([value["entry"], entry.get("messaging") or entry["changes"]]))
    good = among.pop()
    among.extend([*junk[:where], good, *junk[where:]])
    texts = [found.text for found in understood(value) if isinstance(found, IncomingMessage)]
    assert {**PRIVATE, **PUBLIC}[name] in texts
