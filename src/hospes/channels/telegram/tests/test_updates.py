"""Updates as Telegram documents them, understood."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.adapter import News
from hospes.channels.telegram import updates
from hospes.tickets.incoming import Claim, IncomingMessage

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
SAMPLES = Path(__file__).parent / "samples"
ANNA = "telegram:1111111"
SENT = datetime(2015, 9, 7, 17, 5, 32, tzinfo=UTC)


def sample(name):
    """A sample as bytes."""
    return (SAMPLES / f"{name}.json").read_bytes()


def understood(name):
    """What a sample means, by the way that every update takes."""
    [piece] = updates.pieces_of(json.loads(sample(name)))
    return updates.parse(piece.body)


@pytest.mark.parametrize(
    ("name", "text", "files"),
    [
        ("reply", "It is this one", []),
        ("entities", "Bold and italics", []),
        ("audio", "🎵 4:03", [("audio.mp3", "audio/mpeg", 3897500)]),
        ("voice", "🎤 0:05", [("voice.ogg", "audio/ogg", 23000)]),
        ("document", "📎 Testfile.pdf", [("Testfile.pdf", "application/pdf", 536392)]),
        ("photo", "The lid", [("photo.jpg", "image/jpeg", 109525)]),
        ("video", "🎬 1:05", [("leak.mp4", "video/mp4", 900000)]),
        ("video_note", "🎬 0:09", [("video.mp4", "video/mp4", 300000)]),
        ("animation", "🎞 0:03", [("cat.mp4", "video/mp4", 50000)]),
        ("sticker", "👍", [("sticker.webp", "image/webp", 20000)]),
        ("location", "📍 56.949600, 24.105200", []),
        ("venue", "📍 Kettle shop, Brīvības iela 1 (56.949600, 24.105200)", []),
        ("contact_own", "👤 Test Firstname +37126000001", []),
        ("contact_other", "👤 Somebody +37126000002", []),
        ("callback_query", "No, it is dry", []),
    ],
)
def test_what_a_person_sends_becomes_a_message(name, text, files):
    message = understood(name)
    assert isinstance(message, IncomingMessage)
    assert message.text == text
    assert [(f.name, f.content_type, f.size) for f in message.remote_files] == files
    assert (message.sender.address, message.sender.name) == (ANNA, "Test Firstname Test Lastname")
    assert (message.identity, message.authenticated, message.thread_key) == ("handle", True, "1111111")
    assert message.defects == ()


def test_a_message_keeps_its_id_its_time_and_what_it_answers():
    message = understood("reply")
    assert (message.message_id, message.sent_at, message.quoted) == ("1111111:1365", SENT, "Original")
    assert message.in_reply_to == "1111111:1334"
    assert message.extra == {"username": "Testusername"}


def test_formatting_is_kept():
    assert understood("entities").html == "<b>Bold</b> and <i>italics</i>"


def test_the_largest_picture_is_taken():
    assert [f.ref for f in understood("photo").remote_files] == ["large"]


def test_only_ones_own_card_proves_a_number():
    assert understood("contact_own").claims == (Claim("phone", "+37126000001", verified=True),)
    assert understood("contact_other").claims == ()


def test_a_place_can_be_read_by_programs():
    assert understood("venue").extra["location"] == {"latitude": 56.9496, "longitude": 24.1052}


def test_a_pressed_button_says_what_stood_on_it():
    pressed = understood("callback_query")
    assert pressed.message_id == "callback:4382bfdwdsb323b2d9"
    assert pressed.extra == {"button": "No, it is dry", "data": "button:2", "of": "1111111:1370"}


@pytest.mark.parametrize(
    ("name", "news"),
    [
        ("text", News("opted_in", sender=ANNA, at=SENT)),  # "/start" alone says nothing
        (
            "edited",
            News(
                "edited",
                message_id="1111111:1365",
                text="Edited text",
                at=datetime(2015, 9, 7, 17, 23, 20, tzinfo=UTC),
                thread_key="1111111",
            ),
        ),
        (
            "message_reaction",
            News(
                "reaction",
                message_id="1111111:1370",
                sender=ANNA,
                text="👍",
                at=datetime(2015, 9, 7, 17, 8, 20, tzinfo=UTC),
            ),
        ),
        ("my_chat_member_kicked", News("opted_out", sender=ANNA, at=datetime(2015, 9, 7, 17, 10, tzinfo=UTC))),
        ("group", None),
        ("pinned", None),
    ],
)
def test_news_and_what_is_not_for_us(name, news):
    assert understood(name) == news


def test_what_we_did_not_ask_for_is_not_stored():
    assert updates.pieces_of(json.loads(sample("channel_post"))) == []


def test_a_link_that_starts_the_bot_tells_where_it_came_from():
    told = json.loads(sample("text"))
    told["message"]["text"] = "/start order_4711"
    message = updates.parse(json.dumps(told).encode())
    assert (message.text, message.extra["start"]) == ("/start order_4711", "order_4711")


def test_the_same_number_after_a_quiet_week_is_another_update():
    first, second = json.loads(sample("reply")), json.loads(sample("reply"))
    second["message"]["message_id"] = 2000
    [one], [other] = updates.pieces_of(first), updates.pieces_of(second)
    assert one.external_id != other.external_id
    assert updates.pieces_of(json.loads(sample("reply")))[0].external_id == one.external_id


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"message":' * 100_000, b"\xff\xfe", b"null", b"7"])
def test_row_16_nesting_without_end_is_no_update(body):
    assert updates.parse(body) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("text", "caption", "entities", "photo", "document", "voice", "sticker", "venue", "location", "contact",
         "dice", "poll", "from", "chat", "date", "message_id", "quote", "reply_to_message", "user", "new_reaction",
         "new_chat_member", "message", "data", "id")  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(updates.WANTED),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=8),
    st.booleans(),
)
def test_whatever_stands_where_it_should_not_parsing_never_raises(kind, held, framed):
    person = {"id": 5, "type": "private", "first_name": "A"}
    told = {"update_id": 1, kind: {**({"from": person, "chat": person} if framed else {}), **held}}
    for piece in updates.pieces_of(told):
        found = updates.parse(piece.body)
        assert found is None or isinstance(found, IncomingMessage | News)
