"""What X tells, understood, and what becomes of it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.adapter import News
from hospes.channels.models import RawMessage
from hospes.channels.registry import adapters
from hospes.channels.x import reading
from hospes.channels.x.tests.contract import CONTRACT, KEYS, US, number, signed
from hospes.core import clock
from hospes.testing.channels import Words, work
from hospes.testing.people import desk_actor, make_agent
from hospes.testing.standin import Reply
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage
from hospes.tickets.models import Message, Ticket

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
SAMPLES = Path(__file__).parent / "samples"
X = adapters()["x"]
HOOK = "https://desk.demo.example/channels/x/7/"
JORDAN = "x:3001969357"


def sample(name):
    """A sample as bytes."""
    return (SAMPLES / f"{name}.json").read_bytes()


def understood(name):
    """What a sample means: all pieces of it."""
    return [reading.parse(piece.body) for piece in reading.pieces_of(reading.loaded(sample(name)))]


@pytest.mark.parametrize(
    ("name", "text", "files"),
    [
        ("message", "Hello World!", []),
        (
            "message_photo",
            "look at this",
            ["https://ton.twitter.com/1.1/ton/data/dm/954491830116155396/954491823069732864/4zyzyzzy.jpg"],
        ),
        ("message_link", "see https://demo.example/order/4711 & tell me", []),
        ("message_quick_reply", "Red Bird", []),
    ],
)
def test_a_private_message(name, text, files):
    [message] = understood(name)
    assert (message.text, [f.ref for f in message.remote_files]) == (text, files)
    assert (message.message_id, message.thread_key) == ("954491830116155396", JORDAN)
    assert (message.sender.address, message.sender.name) == (JORDAN, "Jordan Brinks")
    assert message.sent_at == datetime(2018, 1, 19, 23, 12, 40, 557000, tzinfo=UTC)
    assert (message.authenticated, message.defects) == (True, ())
    assert not message.extra.get("public")


@pytest.mark.parametrize(
    ("name", "text", "number", "answers"),
    [
        ("mention", "@XDevelopers my kettle leaks https://demo.example/kettle", "1050118621198921728", ""),
        ("reply", "@XDevelopers still leaks", "1050118621198921999", "1050118621198921900"),
        (
            "longform",
            "The Antikythera Mechanism: A Window into Ancient Ingenuity\n"
            "Discovered in 1901 among the wreckage of a Roman ship.\n@XDevelopers",
            "1050118621198921728",
            "",
        ),
        ("mention_photo", "@XDevelopers look", "1050118621198921728", ""),
    ],
)
def test_a_post_that_is_directed_at_us_is_a_public_talk(name, text, number, answers):
    [post] = understood(name)
    assert (post.text, post.message_id, post.in_reply_to) == (text, number, answers)
    assert (post.sender.address, post.sender.name, post.extra["username"]) == ("x:6253282", "X API", "XAPI")
    assert post.extra["public"] is True
    assert post.extra["permalink"] == f"https://x.com/XAPI/status/{number}"
    assert post.thread_key == f"post:{number}:6253282"
    assert [f.name for f in post.remote_files] == (["photo.png"] if name == "mention_photo" else [])


@pytest.mark.parametrize(
    ("name", "news"),
    [
        ("own_post", [None]),
        ("retweet", [None]),
        ("not_about_us", [None]),
        ("typing", []),
        ("favorite", []),
        ("revoke", []),
        (
            "message_of_ours",
            [
                News(
                    "elsewhere",
                    message_id="954491830116155396",
                    sender=JORDAN,
                    text="We look into it.",
                    at=datetime(2018, 1, 19, 23, 12, 40, 557000, tzinfo=UTC),
                    thread_key=JORDAN,
                )
            ],
        ),
        (
            "mark_read",
            [
                News(
                    "read",
                    sender="x:199566737",
                    at=datetime(2018, 2, 12, 16, 20, 44, 662000, tzinfo=UTC),
                    until=datetime(2018, 2, 12, 16, 20, 44, 662000, tzinfo=UTC),
                    thread_key="x:199566737",
                )
            ],
        ),
        (
            "tweet_delete",
            [
                News(
                    "deleted",
                    message_id="1045405559317569537",
                    at=datetime(2015, 5, 21, 17, 9, 15, 593000, tzinfo=UTC),
                )
            ],
        ),
    ],
)
def test_news_and_what_is_not_for_us(name, news):
    assert understood(name) == news


def test_posts_of_those_whom_we_blocked_are_left_alone():
    told = {**json.loads(sample("mention")), "user_has_blocked": "true"}
    [piece] = reading.pieces_of(told)
    assert reading.parse(piece.body) is None


def test_mentions_only_where_they_are_wanted_and_each_account_gets_its_own():
    [mention] = reading.pieces_of(reading.loaded(sample("mention")))
    ours = {**KEYS, "access_token": "2244994945-abc"}
    assert X.belongs(mention, ours)
    assert not X.belongs(mention, {**ours, "mentions": "ignored"})
    assert not X.belongs(mention, KEYS)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("id", "id_str", "message_create", "sender_id", "created_timestamp", "user", "text", "entities", "status",
         "extended_tweet", "extended_entities", "created_at", "in_reply_to_user_id_str", "quoted_status",
         "timestamp_ms", "last_read_event_id", "attachment")  # fmt: skip
MEDIA = st.fixed_dictionaries({"type": st.sampled_from(["photo", "video", 5, []])}, optional={"video_info": values})


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(reading.STORED),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=8),
    MEDIA,
    st.booleans(),
)
def test_whatever_stands_where_it_should_not_parsing_never_raises(kind, held, media, framed):
    said = {"text": "x", "attachment": {"media": media}, "extended_entities": {"media": [media]}}
    frame = {
        "id": "5",
        "message_create": {"sender_id": "7", "message_data": said},
        "user": {"id_str": "7"},
        "in_reply_to_user_id_str": "1",
        **said,
    }
    told = {"for_user_id": "1", "users": held, kind: [{**(frame if framed else {}), **held}, held, 7]}
    for piece in reading.pieces_of(told):
        found = reading.parse(piece.body)
        assert found is None or isinstance(found, IncomingMessage | News)


@pytest.mark.parametrize("body", [b"[" * 200_000, b"\xff", b"null", b'{"a": 7}'])
def test_row_16_what_is_no_activity_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011 - whichever kind of it
        reading.loaded(body)
    assert reading.parse(body) is None


@pytest.mark.django_db
def test_a_public_talk_stays_one_and_can_be_taken_to_private(provider):
    inbox = CONTRACT.inbox(provider)
    provider.usual, accept = (lambda asked: Reply(status=201, data={"data": {"id": "777"}})), provider.usual
    actor = desk_actor(make_agent("Ivo"))

    def post(number, answers=None, to=None):
        told = json.loads(sample("mention"))
        told["for_user_id"] = US
        told["tweet_create_events"][0] |= {
            "id_str": number,
            "in_reply_to_status_id_str": answers,
            "in_reply_to_user_id_str": to,
            "entities": {"user_mentions": [{"id_str": US}]},
        }
        assert CONTRACT.post(inbox, signed(json.dumps(told).encode())) == 200
        work()

    post("500")
    ticket = Ticket.objects.get()
    reply = tickets.reply(ticket=ticket, actor=actor, now=clock.now(), text="Which one?", via=inbox.pk, private=False)
    work()
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.SENT, reply.delivery_words
    [asked] = provider.asked
    assert (asked.path, asked.data) == ("/2/tweets", {"text": "Which one?", "reply": {"in_reply_to_tweet_id": "500"}})
    post("501", answers="777", to=US)  # they answer our post
    assert Ticket.objects.count() == 1
    provider.asked.clear()
    provider.usual = accept
    told = tickets.reply(ticket=ticket, actor=actor, now=clock.now(), text="Your code?", via=inbox.pk, private=True)
    work()
    told.refresh_from_db()
    assert told.delivery == Message.Delivery.SENT, told.delivery_words
    [asked] = provider.asked
    assert (asked.path, asked.data) == ("/2/dm_conversations/with/6253282/messages", {"text": "Your code?"})
    assert CONTRACT.deliver(inbox, Words(sender="p1")) == 200  # a stranger's message is another talk
    work()
    assert Ticket.objects.count() == 2


@pytest.mark.django_db
def test_a_message_that_we_sent_ourselves_is_not_told_twice(provider):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words())
    work()
    tickets.reply(ticket=Ticket.objects.get(), actor=desk_actor(make_agent("Ivo")), now=clock.now(), text="Here it is")
    work()
    sent = json.loads(sample("message_of_ours"))
    sent["for_user_id"] = US
    created = sent["direct_message_events"][0]["message_create"]
    created["sender_id"], created["target"]["recipient_id"] = US, number("p1")
    created["message_data"]["text"] = "Here it is"
    assert CONTRACT.post(inbox, signed(json.dumps(sent).encode())) == 200
    work()
    assert Message.objects.filter(kind=Message.Kind.REPLY).count() == 1
    assert RawMessage.objects.filter(state="attention").count() == 0
