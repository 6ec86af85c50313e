"""What we send to X, as documented, and what its refusals mean."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage
from hospes.channels.registry import adapters
from hospes.channels.x import api
from hospes.channels.x.tests.contract import KEYS, US, check_signed
from hospes.testing.people import NOON
from hospes.testing.standin import Reply
from hospes.tickets.incoming import RemoteFile

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
SAMPLES = Path(__file__).parent / "samples"
X = adapters()["x"]
HOOK = "https://desk.demo.example/channels/x/7/"
JORDAN = "x:3001969357"


def outgoing(**more):
    """An answer to Jordan."""
    message = OutgoingMessage(
        message_id="m1@demo.example",
        number="A1",
        subject="",
        text="Hello Jordan",
        html="<p>Hello <b>Jordan</b></p>",
        sender=("Ivo", "@demoshop"),
        to=(("Jordan", JORDAN),),
        cc=(),
        reply_to={},
        in_reply_to="",
        references=(),
        automatic=False,
        language="en",
        at=NOON,
    )
    return replace(message, **more)


def test_a_private_message_goes_as_documented(provider, credential):
    receipt = X.send(outgoing(), credential)
    [asked] = provider.asked
    assert (asked.method, asked.path) == ("POST", "/2/dm_conversations/with/3001969357/messages")
    assert asked.data == {"text": "Hello Jordan"}
    check_signed(asked, provider.url)
    assert receipt.provider_id.isdigit()


def test_a_long_public_answer_is_a_thread(provider, credential):
    text = "It arrives on Friday. " * 30
    receipt = X.send(outgoing(text=text, extra={"public": True}, answered_id="42"), credential)
    assert [asked.path for asked in provider.asked] == ["/2/tweets"] * 3
    assert [asked.data["reply"]["in_reply_to_tweet_id"] for asked in provider.asked] == ["42", "9000", "9001"]
    assert receipt.provider_id == "9000 9001 9002"


def test_a_thread_goes_on_where_it_stopped(provider, credential):
    message = outgoing(text="It arrives on Friday. " * 30, extra={"public": True}, answered_id="42")
    provider.answers[:] = [Reply(status=201, data={"data": {"id": "1"}}), Reply(status=503)]
    with pytest.raises(ChannelError) as failed:
        X.send(message, credential)
    assert failed.value.recipients_done == ("part1=1",)
    provider.asked.clear()
    receipt = X.send(replace(message, done_recipients=failed.value.recipients_done), credential)
    assert [asked.data["reply"]["in_reply_to_tweet_id"] for asked in provider.asked] == ["1", "9000"]
    assert receipt.provider_id == "1 9000 9001"


def test_a_picture_is_uploaded_first(provider, credential):
    picture = OutgoingFile("lid.jpg", "image/jpeg", b"\xff\xd8x")
    X.send(outgoing(files=(picture,)), credential)
    upload, message = provider.asked
    assert (upload.method, upload.path) == ("POST", "/2/media/upload")
    for part in (b'name="media_category"\r\n\r\ndm_image\r\n', b'name="media"; filename="lid.jpg"', b"\xff\xd8x"):
        assert part in upload.body
    check_signed(upload, provider.url)
    assert message.data == {"text": "Hello Jordan", "attachments": [{"media_id": "1880028106020515840"}]}


def test_a_film_is_uploaded_in_pieces_and_waited_for_outside(provider, credential, monkeypatch):
    monkeypatch.setattr("hospes.channels.x.sending.CHUNK", 2)
    film = OutgoingFile("leak.mp4", "video/mp4", b"abcde")
    message = outgoing(text="See", files=(film,), extra={"public": True}, answered_id="42")
    ok = Reply(data={"data": {"id": "18"}})
    working = {"data": {"id": "18", "processing_info": {"state": "in_progress", "check_after_secs": 7}}}
    provider.answers[:] = [ok, *[Reply(data={})] * 3, ok, Reply(data=working)]
    with pytest.raises(ChannelError) as failed:
        X.send(message, credential)
    assert (failed.value.permanent, failed.value.retry_after) == (False, 7.0)
    assert [asked.path for asked in provider.asked] == [
        "/2/media/upload/initialize",
        *["/2/media/upload/18/append"] * 3,
        "/2/media/upload/18/finalize",
        "/2/media/upload",
    ]
    assert provider.asked[0].data == {"media_type": "video/mp4", "total_bytes": 5, "media_category": "tweet_video"}
    check_signed(provider.asked[-1], provider.url)
    provider.asked.clear()
    X.send(replace(message, done_recipients=failed.value.recipients_done), credential)
    assert [asked.path for asked in provider.asked] == ["/2/media/upload", "/2/tweets"]
    assert provider.asked[1].data["media"] == {"media_ids": ["18"]}


@pytest.mark.parametrize(
    "more",
    [
        {"files": (OutgoingFile("a.pdf", "application/pdf", b"x"),)},
        {"files": (OutgoingFile("a.jpg", "image/jpeg", b"x" * 6_000_000),)},
        {"files": (OutgoingFile("a.jpg", "image/jpeg", b"x"),) * 5, "extra": {"public": True}, "answered_id": "4"},
        {"extra": {"public": True}},
        {"text": "word " * 2000, "extra": {"public": True}, "answered_id": "4"},
        {"to": (("", "x:somebody"),)},
        {"text": ""},
    ],
)
def test_what_x_never_takes_is_said_before_anything_is_sent(provider, credential, more):
    with pytest.raises(ChannelError) as failed:
        X.send(outgoing(**more), credential)
    assert failed.value.permanent
    assert provider.asked == []


FORBIDDEN = {"title": "Forbidden", "status": 403, "type": "about:blank"}


@pytest.mark.parametrize(
    ("status", "data", "permanent", "set_up", "words"),
    [
        (401, {"title": "Unauthorized", "detail": "Unauthorized"}, False, False, "Unauthorized"),
        (403, {**FORBIDDEN, "detail": "You cannot send messages to this user."}, True, True, "cannot send"),
        (403, {**FORBIDDEN, "reason": "client-not-enrolled", "detail": "Attach your app"}, False, False, "Attach"),
        (403, {**FORBIDDEN, "type": "https://api.x.com/2/problems/oauth1-permissions"}, False, False, "Forbidden"),
        (404, {"errors": [{"message": "Sorry, that page does not exist"}]}, True, True, "Sorry"),
        (503, {"title": "Service Unavailable"}, False, True, "Service"),
    ],
)
def test_what_a_refusal_means(provider, credential, status, data, permanent, set_up, words):
    provider.answers[:] = [Reply(status=status, data=data)]
    with pytest.raises(ChannelError) as failed:
        X.send(outgoing(), credential)
    assert (failed.value.permanent, failed.value.set_up) == (permanent, set_up)
    assert words in failed.value.words


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-reset": str(int((NOON + timedelta(seconds=90)).timestamp()))}, 90.0),
        ({"x-rate-limit-reset": str(int((NOON - timedelta(seconds=90)).timestamp()))}, 1.0),
        ({"x-rate-limit-reset": "soon", "retry-after": "7"}, 7.0),
        ({}, 0.0),
    ],
)
def test_too_fast_waits_until_the_window_begins_anew(headers, seconds):
    assert api.wait_of(headers, now=NOON) == seconds


def test_files_of_private_messages_are_asked_for_with_our_signature_others_without(provider, credential):
    provider.usual = lambda asked: Reply(body=b"x", headers={"Content-Type": "image/jpeg"})
    X.fetch(RemoteFile(f"{provider.url}/dm/pic.jpg", "photo.jpg", "image/jpeg"), credential)
    check_signed(provider.asked[0], provider.url)
    elsewhere = {**credential, "api": "https://api.x.com"}
    X.fetch(RemoteFile(f"{provider.url}/media/pic.jpg", "photo.jpg", "image/jpeg"), elsewhere)
    assert "authorization" not in provider.asked[1].headers


def test_row_4_a_file_in_our_own_network_is_not_fetched():
    for url in ("http://127.0.0.1/x", "http://169.254.169.254/latest/", "file:///etc/passwd"):
        with pytest.raises(ChannelError):
            X.fetch(RemoteFile(url, "x", ""), KEYS)


def test_the_check_registers_the_webhook_and_subscribes(provider, credential):
    provider.answers[:] = [
        Reply(data={"data": {"id": US, "name": "Demo shop", "username": "demoshop"}}),
        Reply(data={"data": [], "meta": {"result_count": 0}}),
        Reply(data={"data": {"id": "1234567890", "url": HOOK, "valid": True}}),
        Reply(data={"data": {"subscribed": False}}),
        Reply(data={"data": {"subscribed": True}}),
    ]
    findings = X.check(credential, HOOK)
    subscribing = "/2/account_activity/webhooks/1234567890/subscriptions/all"
    assert [(asked.method, asked.path) for asked in provider.asked] == [
        ("GET", "/2/users/me"),
        ("GET", "/2/webhooks"),
        ("POST", "/2/webhooks"),
        ("GET", subscribing),
        ("POST", subscribing),
    ]
    assert provider.asked[1].headers["authorization"] == "Bearer AAAA"
    assert provider.asked[2].data == {"url": HOOK}
    check_signed(provider.asked[4], provider.url)
    assert all(finding.good for finding in findings)


def test_the_check_wakes_a_webhook_that_x_gave_up(provider, credential):
    provider.answers[:] = [
        Reply(data={"data": {"username": "demoshop"}}),
        Reply(data={"data": [{"id": "12", "url": HOOK, "valid": False}]}),
        Reply(data={"data": {"valid": True}}),
        Reply(data={"data": {"subscribed": True}}),
    ]
    assert all(finding.good for finding in X.check(credential, HOOK))
    assert (provider.asked[2].method, provider.asked[2].path) == ("PUT", "/2/webhooks/12")


@pytest.mark.parametrize(
    ("url", "keys"),
    [("http://desk.demo.example/", {}), ("https://desk.demo.example:8443/", {}), (HOOK, {"bearer_token": ""})],
)
def test_the_check_says_what_is_missing(provider, credential, url, keys):
    provider.usual = lambda asked: Reply(data={"data": {"username": "demoshop"}})
    assert not X.check({**credential, **keys}, url)[-1].good


def test_the_check_names_wrong_keys(provider, credential):
    provider.answers[:] = [Reply(status=401, data={"title": "Unauthorized", "detail": "Unauthorized"})]
    [finding] = X.check(credential, HOOK)
    assert not finding.good
    assert "Unauthorized" in finding.words
