"""X: what it tells, what we send, how both are signed, and what its refusals mean."""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.adapter import ChannelError, News, OutgoingFile, OutgoingMessage, Refused, WebhookCall
from hospes.channels.models import DoorCount, RawMessage
from hospes.channels.registry import adapters
from hospes.channels.x import api, reading
from hospes.channels.x.adapter import HEADER
from hospes.channels.x.tests.contract import CONTRACT, KEYS, US, check_signed, number, signed
from hospes.core import clock
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON, desk_actor, make_agent
from hospes.testing.standin import Reply, standin
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, RemoteFile
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


@pytest.fixture
def provider(settings):
    """X, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        posted = iter(range(9000, 9100))

        def usual(asked):
            if asked.path == "/2/tweets":
                return Reply(status=201, data={"data": {"id": str(next(posted)), "text": "…"}})
            if asked.path.startswith("/2/media/upload"):
                return Reply(data={"data": {"id": "1880028106020515840", "media_key": "13_1880028106020515840"}})
            return CONTRACT.accept(asked)

        running.usual = usual
        yield running


@pytest.fixture
def credential(provider):
    """Settings that lead there."""
    return {**KEYS, "bearer_token": "AAAA", "api": provider.url}


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


# Signatures ---------------------------------------------------------------------------------------


def test_the_signature_of_the_documentations_example():
    """Creating a signature: oauthlib signs the published request as published, from the same base string."""
    from oauthlib.oauth1 import Client as Signer

    signer = Signer(
        *(KEYS[name] for name in api.SIGNED),
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        timestamp="1318622958",
    )
    _url, headers, _body = signer.sign(
        "https://api.x.com/1.1/statuses/update.json?include_entities=true",
        http_method="POST",
        body="status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert 'oauth_signature="Ls93hJiZbQ3akF3HF3x1Bz8%2FzU4%3D"' in headers["Authorization"]


def test_our_header_signs_the_documented_base_string():
    header = api.authorization(
        "POST",
        "https://api.x.com/1.1/statuses/update.json?include_entities=true",
        KEYS,
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        at="1318622958",
    )
    base = (
        "POST&https%3A%2F%2Fapi.x.com%2F1.1%2Fstatuses%2Fupdate.json&include_entities%3Dtrue%26"
        "oauth_consumer_key%3Dxvz1evFS4wEEPTGEFPHBog%26oauth_nonce%3DkYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg%26"
        "oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1318622958%26"
        "oauth_token%3D370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb%26oauth_version%3D1.0"
    )  # the published one without the form's `status`: our bodies are JSON, which is not signed
    key = b"kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw&LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"
    digest = base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()
    assert f'oauth_signature="{digest.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")}"' in header


def test_a_missing_key_waits_for_the_admin():
    with pytest.raises(ChannelError) as failed:
        api.authorization("GET", "https://api.x.com/2/users/me", {**KEYS, "access_token_secret": ""})
    assert (failed.value.permanent, failed.value.set_up) == (False, False)


@pytest.mark.django_db
def test_the_challenge_is_answered_as_documented(provider):
    inbox = CONTRACT.inbox(provider)
    token = "9b4507b3-9040-4669-9ca3-6b94edb50553"
    answer = Client().get(f"/channels/x/{inbox.pk}/?crc_token={token}&nonce=MTIz")
    digest = hmac.new(KEYS["consumer_secret"].encode(), token.encode(), hashlib.sha256).digest()
    assert answer.json() == {"response_token": "sha256=" + base64.b64encode(digest).decode()}
    assert answer["Content-Type"] == "application/json"


@pytest.mark.django_db
@pytest.mark.parametrize("token", ['{"for_user_id":"1"}', "", "a" * 300, "[1]"])
def test_row_24_the_challenge_signs_nothing_that_could_be_posted(token, provider):
    inbox = CONTRACT.inbox(provider)
    assert Client().get(f"/channels/x/{inbox.pk}/", {"crc_token": token}).status_code == 403
    assert DoorCount.objects.get().count == 1


def test_the_newer_signature_counts_where_both_are_known():
    body, now = sample("message"), NOON
    old, new = signed(body), signed(body, "client", f"{HEADER}-oauth2")
    both = {**KEYS, "client_secret": "client"}

    def call(headers):
        return WebhookCall("POST", HOOK, headers, {}, body)

    X.verify(call(new.headers), both, now)
    X.verify(call({**old.headers, **new.headers}), KEYS, now)
    X.verify(call(old.headers), both, now)
    for headers, keys in (
        ({**old.headers, f"{HEADER}-oauth2": "sha256=x"}, both),
        (new.headers, KEYS),
        (old.headers, {**KEYS, "consumer_secret": ""}),
    ):
        with pytest.raises(Refused):
            X.verify(call(headers), keys, now)


# What comes in ------------------------------------------------------------------------------------


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


# What goes out ------------------------------------------------------------------------------------


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
