"""Viber: callbacks as documented, answers as documented, and what its status numbers mean."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.adapter import ChannelError, News, OutgoingFile, OutgoingMessage, WebhookCall
from hospes.channels.models import OptOut
from hospes.channels.registry import adapters
from hospes.channels.viber import callbacks
from hospes.channels.viber.tests.contract import CONTRACT, TOKEN, signed
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON
from hospes.testing.standin import Reply, standin
from hospes.tickets.incoming import IncomingMessage, RemoteFile

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
SAMPLES = Path(__file__).parent / "samples"
VIBER = adapters()["viber"]
JOHN = "viber:01234567890A="
AT = datetime(2016, 3, 12, 6, 29, 57, 627000, tzinfo=UTC)
TOKEN_OF = "4912661846655238145"
HOOK = "https://desk.demo.example/channels/viber/7/"


def sample(name):
    """A sample as bytes."""
    return (SAMPLES / f"{name}.json").read_bytes()


def understood(name):
    """What a sample means: all pieces of it."""
    return [callbacks.parse(piece.body) for piece in callbacks.pieces_of(callbacks.loaded(sample(name)))]


@pytest.fixture
def provider(settings):
    """Viber, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        running.usual = CONTRACT.accept
        yield running


@pytest.fixture
def credential(provider):
    """Settings that lead there."""
    return {**CONTRACT.credential(provider), "avatar": "https://demo.example/us.png"}


def outgoing(**more):
    """An answer to John."""
    message = OutgoingMessage(
        message_id="m1@demo.example",
        number="A1",
        subject="",
        text="Hello John",
        html="<p>Hello <b>John</b></p>",
        sender=("Ivo (Demo shop of kettles and more)", "Demo shop"),
        to=(("John", JOHN),),
        cc=(),
        reply_to={},
        in_reply_to="",
        references=(),
        automatic=False,
        language="en",
        at=NOON,
    )
    return replace(message, **more)


@pytest.mark.parametrize(
    ("name", "text", "files"),
    [
        ("text", "a message to the service", []),
        ("picture", "Photo description", [("photo.jpg", "image/jpeg", "http://www.images.com/img.jpg", 0)]),
        ("video", "🎬", [("video.mp4", "video/mp4", "http://www.images.com/video.mp4", 10000)]),
        (
            "file",
            "📎 name_of_file.doc",
            [("name_of_file.doc", "application/octet-stream", "http://www.images.com/file.doc", 10000)],
        ),
        ("contact", "👤 Itamar +972511123123", []),
        ("location", "📍 50.768910, 6.114990", []),
        ("url", "http://www.website.com/go_here", []),
        ("sticker", "🖼", []),
    ],
)
def test_what_a_person_sends_becomes_a_message(name, text, files):
    [message] = understood(name)
    assert (message.text, message.message_id, message.sent_at) == (text, TOKEN_OF, AT)
    assert [(f.name, f.content_type, f.ref, f.size) for f in message.remote_files] == files
    assert (message.sender.address, message.sender.name) == (JOHN, "John McClane")
    assert (message.identity, message.authenticated, message.claims) == ("handle", True, ())
    assert message.defects == ()


def test_what_a_link_carried_comes_with_the_message():
    assert understood("text")[0].extra == {"start": "tracking data"}


@pytest.mark.parametrize(
    ("name", "news"),
    [
        ("delivered", [News("delivered", message_id=TOKEN_OF, at=AT)]),
        ("seen", [News("read", message_id=TOKEN_OF, at=AT)]),
        ("failed", [News("failed", message_id=TOKEN_OF, words="failure description", at=AT)]),
        ("subscribed", [News("opted_in", sender=JOHN, at=AT)]),
        ("unsubscribed", [News("opted_out", sender=JOHN, at=AT)]),
        ("conversation_started", []),
        ("webhook", []),
    ],
)
def test_news_and_what_is_only_answered(name, news):
    assert understood(name) == news


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(sorted(callbacks.STORED)),
    st.dictionaries(st.sampled_from(["timestamp", "message_token", "user_id", "user", "sender", "desc"]), values),
    st.dictionaries(
        st.sampled_from(["type", "text", "media", "size", "file_name", "location", "contact", "tracking_data"]), values
    ),
    st.sampled_from(["text", "picture", "video", "file", "location", "contact", "url", "sticker", 7]),
)
def test_whatever_stands_where_it_should_not_parsing_never_raises(event, around, held, kind):
    told = {"event": event, "sender": {"id": "a="}, **around, "message": {"type": kind, **held}}
    for piece in callbacks.pieces_of(told):
        found = callbacks.parse(piece.body)
        assert found is None or isinstance(found, IncomingMessage | News)


@pytest.mark.parametrize("body", [b"[" * 200_000, b"\xff", b"null", b'{"event": 7}'])
def test_row_16_what_is_no_callback_is_refused_in_words(body):
    with pytest.raises(ValueError):  # noqa: PT011 - whichever kind of it
        callbacks.loaded(body)
    assert callbacks.parse(body) is None


@pytest.mark.django_db
def test_who_left_gets_nothing_until_they_write_again(provider):
    inbox = CONTRACT.inbox(provider)
    assert CONTRACT.deliver(inbox, Words(sender="01234567890A")) == 200
    work()
    gone = {"event": "unsubscribed", "timestamp": 1, "user_id": "01234567890A==", "message_token": 5}
    assert CONTRACT.post(inbox, signed(json.dumps(gone).encode())) == 200
    work()
    assert OptOut.objects.get().address == "viber:01234567890A=="
    assert CONTRACT.deliver(inbox, Words(sender="01234567890A", message_id="m-2")) == 200
    work()
    assert not OptOut.objects.exists()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x", "http://169.254.169.254/latest/", "http://[::ffff:10.0.0.1]/", "file:///etc/passwd"]
)
def test_row_4_a_file_in_our_own_network_is_not_fetched(url):
    with pytest.raises(ChannelError):
        VIBER.fetch(RemoteFile(url, "x", ""), {"token": TOKEN})


@pytest.mark.django_db
def test_the_webhooks_own_check_is_answered_and_leaves_nothing(provider):
    inbox = CONTRACT.inbox(provider)
    assert CONTRACT.post(inbox, signed(sample("webhook"))) == 200
    work()


def test_a_welcome_is_said_only_when_there_is_one(credential):
    call = WebhookCall("POST", HOOK, {}, {}, sample("conversation_started"))
    assert VIBER.answer_for(call, credential).body == ""
    answer = VIBER.answer_for(call, {**credential, "welcome": "Welcome! What can we do for you?"})
    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == {
        "sender": {"name": "Demo shop"},
        "type": "text",
        "text": "Welcome! What can we do for you?",
        "tracking_data": "context information",
    }


def test_words_go_as_documented(provider, credential):
    receipt = VIBER.send(outgoing(), {**credential, "sender_name": ""})
    [asked] = provider.asked
    assert (asked.method, asked.path) == ("POST", "/pa/send_message")
    assert asked.headers["x-viber-auth-token"] == TOKEN
    assert asked.data == {
        "receiver": "01234567890A=",
        "sender": {"name": "Ivo (Demo shop of kettles an", "avatar": "https://demo.example/us.png"},
        "type": "text",
        "text": "Hello John",
    }
    assert receipt.provider_id.isdigit()


def test_buttons_become_a_keyboard(provider, credential):
    VIBER.send(outgoing(extra={"buttons": ["Yes", "No <3"]}), credential)
    assert provider.asked[0].data["keyboard"] == {
        "Type": "keyboard",
        "DefaultHeight": False,
        "Buttons": [
            {"Columns": 3, "Rows": 1, "ActionType": "reply", "ActionBody": "Yes", "Text": "Yes"},
            {"Columns": 3, "Rows": 1, "ActionType": "reply", "ActionBody": "No <3", "Text": "No &lt;3"},
        ],
    }


@pytest.mark.parametrize(
    ("file", "body"),
    [
        (OutgoingFile("lid.jpg", "image/jpeg", b"x"), {"type": "picture", "text": "Hello John"}),
        (OutgoingFile("film.mp4", "video/mp4", b"xx"), {"type": "video", "size": 2}),
        (OutgoingFile("a.pdf", "application/pdf", b"xxx"), {"type": "file", "size": 3, "file_name": "a.pdf"}),
        (OutgoingFile("big.png", "image/png", b"x" * 1_100_000), {"type": "file", "size": 1_100_000}),
    ],
)
def test_files_are_fetched_from_us(provider, credential, file, body):
    url = f"https://desk.demo.example/channels/file/token/{file.name}"
    VIBER.send(outgoing(files=(file,), file_urls=(url,)), credential)
    last = provider.asked[-1].data
    assert last["media"] == url
    assert {name: last[name] for name in body} == body
    assert len(provider.asked) == (1 if body["type"] == "picture" else 2)


@pytest.mark.parametrize(
    "file",
    [OutgoingFile("run.exe", "application/x-msdownload", b"x"), OutgoingFile("huge.pdf", "application/pdf", b"x")],
)
def test_what_viber_never_takes_is_said_before_anything_is_sent(provider, credential, file, monkeypatch):
    monkeypatch.setattr("hospes.channels.viber.sending.FILE_BYTES", 0)
    with pytest.raises(ChannelError) as failed:
        VIBER.send(outgoing(files=(file,), file_urls=("https://demo.example/x",)), credential)
    assert failed.value.permanent
    assert file.name in failed.value.words
    assert provider.asked == []


def test_a_long_answer_goes_in_parts_and_on_where_it_stopped(provider, credential):
    message = outgoing(text="word " * 3000)
    ok = {"status": 0, "status_message": "ok", "message_token": 11}
    provider.answers[:] = [Reply(data=ok), Reply(data={"status": 12, "status_message": "tooManyRequests"})]
    with pytest.raises(ChannelError) as failed:
        VIBER.send(message, credential)
    assert (failed.value.permanent, failed.value.retry_after > 0) == (False, True)
    assert failed.value.recipients_done == ("part1=11",)
    provider.asked.clear()
    receipt = VIBER.send(replace(message, done_recipients=failed.value.recipients_done), credential)
    assert [len(asked.data["text"]) <= 7000 for asked in provider.asked] == [True, True]
    assert receipt.provider_id.startswith("11 ")


@pytest.mark.parametrize(
    ("status", "permanent", "set_up"),
    [(2, False, False), (10, False, False), (24, False, False), (5, True, True), (6, True, True), (12, False, True),
     (21, True, True), (99, False, True), (None, False, True)],
)  # fmt: skip
def test_what_a_status_means(provider, credential, status, permanent, set_up):
    provider.answers[:] = [Reply(data={"status": status, "status_message": "its words"})]
    with pytest.raises(ChannelError) as failed:
        VIBER.send(outgoing(), credential)
    assert (failed.value.permanent, failed.value.set_up) == (permanent, set_up)
    assert "its words" in failed.value.words


def test_the_check_sets_the_webhook(provider, credential):
    provider.answers[:] = [Reply(data={"status": 0, "status_message": "ok", "name": "Demo shop"})]
    findings = VIBER.check(credential, HOOK)
    assert [asked.path for asked in provider.asked] == ["/pa/get_account_info", "/pa/set_webhook"]
    assert provider.asked[1].data == {
        "url": HOOK,
        "event_types": ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"],
        "send_name": True,
        "send_photo": False,
    }
    assert all(finding.good for finding in findings)


def test_the_check_names_what_is_wrong(provider, credential):
    provider.answers[:] = [Reply(data={"status": 2, "status_message": "invalidAuthToken"})]
    [finding] = VIBER.check(credential, HOOK)
    assert not finding.good
    assert "invalidAuthToken" in finding.words
    assert not VIBER.check(credential, "http://desk.demo.example/")[-1].good
