"""Every documented call of Instagram is understood, and whatever is done to a call, its good messages are found."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.adapter import News, Raw, WebhookCall
from hospes.channels.instagram.adapter import InstagramAdapter
from hospes.testing.payloads import JUNK, paths_in, spoiled
from hospes.tickets.incoming import IncomingMessage

SAMPLES = Path(__file__).parent / "samples"
ADAPTER = InstagramAdapter()
PERSON = "instagram:637000001112223"
MID = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDA1MzA5MjExODQ0OjM0MDI4MjM2Njg0MTcxMDMwMTI0NDI1"
EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))

PRIVATE = {
    "text": "Is it in stock?",
    "image": "Picture",
    "story_mention": "Mentioned you in a story",
    "story_answer": "[Answer to your story]\nI want this",
    "share": "https://www.instagram.com/p/Cabc/",
    "reel": "Kettles sing\nhttps://www.instagram.com/reel/Cdef/",
    "unsupported": "A message of a kind that cannot be shown here (unsupported). Ask for it in words.",
    "icebreaker": "When do you open?",
    "advertisement": "This one?",
}
PUBLIC = {
    "comment": "When will it be back?",
    "comment_answering": "Hello?",
    "comment_by_instagram_login": "Nice",
    "mention": "Mentioned you on Instagram",
    "caption_mention": "Mentioned you on Instagram",
}
NEWS = {
    "deleted": [("deleted", MID, PERSON, "")],
    "seen": [("read", MID, "", "")],
    "reaction": [("reaction", MID, PERSON, "❤")],
    "echo": [("elsewhere", "aWdfECHO", PERSON, "Answered on the phone")],
    "own_comment": [],
}


def call_of(value):
    return WebhookCall("POST", "https://hospes.example/channels/instagram/1/", {}, {}, json.dumps(value).encode())


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def understood(value):
    return [ADAPTER.parse(Raw(piece.body, piece.envelope, "")) for piece in ADAPTER.split(call_of(value))]


def test_no_sample_is_without_its_expectation():
    assert {path.stem for path in SAMPLES.glob("*.json")} == PRIVATE.keys() | PUBLIC.keys() | NEWS.keys()


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_message_says_what_the_customer_said(name):
    [message] = understood(sample(name))
    assert isinstance(message, IncomingMessage)
    assert message.text == PRIVATE[name]
    assert (message.sender.address, message.identity, message.authenticated) == (PERSON, "handle", True)
    assert (message.thread_key, message.ask) == (PERSON, "name")
    assert message.sent_at == datetime(2019, 9, 23, 18, 14, 45, 349000, tzinfo=UTC)
    assert len(message.remote_files) == (name in {"image", "story_mention"})
    assert bool(message.defects) == (name == "unsupported")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_message_is_known_to_be_public(name):
    [message] = understood(sample(name))
    assert message.text == PUBLIC[name]
    assert message.extra["public"] is True
    assert message.ask == "details"
    if "mention" not in name:
        assert (message.sender.address, message.sender.name) == (PERSON, "anna.k")
        assert message.thread_key == "post:17887498072083520:637000001112223"
        assert message.sent_at == datetime(2018, 3, 9, 19, 16, 8, tzinfo=UTC)


@pytest.mark.parametrize("name", NEWS)
def test_news_are_of_the_right_message(name):
    assert [(n.kind, n.message_id, n.sender, n.text) for n in understood(sample(name))] == NEWS[name]


def test_stories_advertisements_and_parents_are_kept():
    assert understood(sample("story_answer"))[0].extra["story"]["id"] == "17952000000"
    assert understood(sample("advertisement"))[0].extra["referral"]["headline"] == "Kettles"
    assert understood(sample("comment_answering"))[0].in_reply_to == "17865799348089039"
    assert understood(sample("mention"))[0].message_id == "mention:17918195224117851:17894227972186120"


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
