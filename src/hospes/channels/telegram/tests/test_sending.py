"""Answers as Telegram's documentation asks for them, and what its refusals mean."""

from dataclasses import replace

import pytest

from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage
from hospes.channels.registry import adapters
from hospes.channels.telegram.tests.contract import SECRET, TOKEN
from hospes.testing.people import NOON
from hospes.testing.standin import Reply, standin
from hospes.tickets.incoming import RemoteFile

TELEGRAM = adapters()["telegram"]
HOOK = "https://desk.demo.example/channels/telegram/7/"


@pytest.fixture
def provider(settings):
    """Telegram, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        sent = iter(range(500, 600))
        running.usual = lambda asked: Reply(data={"ok": True, "result": {"message_id": next(sent)}})
        yield running


@pytest.fixture
def credential(provider):
    """Settings that lead there."""
    return {"token": TOKEN, "secret_token": SECRET, "mode": "webhook", "api": provider.url}


def outgoing(**more):
    """An answer to Anna."""
    message = OutgoingMessage(
        message_id="m1@demo.example",
        number="A1",
        subject="",
        text="Hello Anna",
        html="",
        sender=("Ivo", "@demoshop_bot"),
        to=(("Anna", "telegram:77"),),
        cc=(),
        reply_to={},
        in_reply_to="",
        references=(),
        automatic=False,
        language="en",
        at=NOON,
    )
    return replace(message, **more)


def paths(provider):
    """What was asked for."""
    return [asked.path.rpartition("/")[2] for asked in provider.asked]


def test_words_go_to_the_chat_as_an_answer(provider, credential):
    receipt = TELEGRAM.send(outgoing(answered_id="77:1365"), credential)
    [asked] = provider.asked
    assert (asked.method, asked.path) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert asked.data == {
        "chat_id": 77,
        "text": "Hello Anna",
        "reply_parameters": {"message_id": 1365, "allow_sending_without_reply": True},
    }
    assert receipt.provider_id == "77:500"


def test_formatted_words_and_buttons(provider, credential):
    TELEGRAM.send(outgoing(html="<p>Does it <b>leak</b>?</p>", extra={"buttons": ["Yes", "No"]}), credential)
    assert provider.asked[0].data == {
        "chat_id": 77,
        "text": "Does it <b>leak</b>?",
        "parse_mode": "HTML",
        "reply_markup": {
            "inline_keyboard": [
                [{"text": "Yes", "callback_data": "button:1"}, {"text": "No", "callback_data": "button:2"}]
            ]
        },
    }


def test_markup_that_telegram_refuses_goes_as_plain_words(provider, credential):
    told = {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities: unexpected end tag"}
    provider.answers[:] = [Reply(status=400, data=told)]
    TELEGRAM.send(outgoing(html="<p><b>Hello</b></p>"), credential)
    assert provider.asked[1].data == {"chat_id": 77, "text": "Hello"}


@pytest.mark.parametrize(
    ("content_type", "method", "field"),
    [
        ("image/jpeg", "sendPhoto", "photo"),
        ("image/gif", "sendAnimation", "animation"),
        ("video/mp4", "sendVideo", "video"),
        ("audio/mpeg", "sendAudio", "audio"),
        ("audio/ogg", "sendVoice", "voice"),
        ("application/pdf", "sendDocument", "document"),
    ],
)
def test_a_file_goes_by_the_method_of_its_kind_with_the_words_below(provider, credential, content_type, method, field):
    file = OutgoingFile("a file", content_type, b"\x00\xffcontent")
    TELEGRAM.send(outgoing(html="<p>See <i>this</i></p>", files=(file,)), credential)
    [asked] = provider.asked
    assert asked.path == f"/bot{TOKEN}/{method}"
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    for part in (b'name="chat_id"\r\n\r\n77\r\n', b'name="caption"\r\n\r\nSee <i>this</i>\r\n', b"\x00\xffcontent"):
        assert part in asked.body
    assert f'name="{field}"; filename="a file"\r\nContent-Type: {content_type}'.encode() in asked.body


def test_a_picture_that_telegram_cannot_show_goes_as_a_file(provider, credential):
    told = {"ok": False, "error_code": 400, "description": "Bad Request: PHOTO_INVALID_DIMENSIONS"}
    provider.answers[:] = [Reply(status=400, data=told)]
    TELEGRAM.send(outgoing(files=(OutgoingFile("x.png", "image/png", b"x"),)), credential)
    assert paths(provider) == ["sendPhoto", "sendDocument"]


def test_what_arrived_of_a_long_answer_is_not_sent_again(provider, credential):
    message = outgoing(text="word " * 2000, files=(OutgoingFile("x.pdf", "application/pdf", b"x"),))
    provider.answers[:] = [Reply(data={"ok": True, "result": {"message_id": 9}}), Reply(status=502)]
    with pytest.raises(ChannelError) as failed:
        TELEGRAM.send(message, credential)
    assert not failed.value.permanent
    assert failed.value.recipients_done == ("part1=77:9",)
    provider.asked.clear()
    receipt = TELEGRAM.send(replace(message, done_recipients=failed.value.recipients_done), credential)
    assert paths(provider) == ["sendMessage", "sendMessage", "sendDocument"]
    assert receipt.provider_id == "77:9 77:500 77:501 77:502"


@pytest.mark.parametrize(
    ("status", "description", "permanent", "set_up", "opted_out"),
    [
        (401, "Unauthorized", False, False, False),
        (404, "Not Found", False, False, False),
        (403, "Forbidden: bot was blocked by the user", True, True, True),
        (403, "Forbidden: user is deactivated", True, True, True),
        (400, "Bad Request: chat not found", True, True, False),
        (502, "Bad Gateway", False, True, False),
    ],
)
def test_what_a_refusal_means(provider, credential, status, description, permanent, set_up, opted_out):
    told = {"ok": False, "error_code": status, "description": description}
    provider.answers[:] = [Reply(status=status, data=told)]
    with pytest.raises(ChannelError) as failed:
        TELEGRAM.send(outgoing(), credential)
    error = failed.value
    assert (error.permanent, error.set_up, error.opted_out) == (permanent, set_up, opted_out)
    assert description in error.words
    assert TOKEN not in error.words


def test_too_fast_waits_as_long_as_telegram_says(provider, credential):
    told = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 35}}
    provider.answers[:] = [Reply(status=429, data=told)]
    with pytest.raises(ChannelError) as failed:
        TELEGRAM.send(outgoing(), credential)
    assert (failed.value.permanent, failed.value.retry_after) == (False, 35.0)


def test_row_31_the_token_is_in_no_words_when_nobody_answers(credential):
    with pytest.raises(ChannelError) as failed:
        TELEGRAM.send(outgoing(), {**credential, "api": "http://127.0.0.1:9"})
    assert TOKEN not in failed.value.words


def test_a_file_over_20_mb_is_not_even_asked_for(provider, credential):
    with pytest.raises(ChannelError) as failed:
        TELEGRAM.fetch(RemoteFile("x", "film.mp4", "video/mp4", 21 * 1024 * 1024), credential)
    assert failed.value.permanent
    assert "20 MB" in failed.value.words
    assert provider.asked == []


def test_the_check_sets_the_webhook_with_its_secret(provider, credential):
    provider.answers[:] = [
        Reply(data={"ok": True, "result": {"id": 123456, "is_bot": True, "username": "demoshop_bot"}}),
        Reply(data={"ok": True, "result": True}),
        Reply(data={"ok": True, "result": {"url": HOOK, "last_error_date": 1441645532,
                                           "last_error_message": "Connection refused", "pending_update_count": 3}}),
    ]  # fmt: skip
    findings = TELEGRAM.check(credential, HOOK)
    assert paths(provider) == ["getMe", "setWebhook", "getWebhookInfo"]
    assert provider.asked[1].data == {
        "url": HOOK,
        "secret_token": SECRET,
        "allowed_updates": ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"],
    }
    assert [finding.good for finding in findings] == [True, True, False, True]
    assert "@demoshop_bot" in findings[0].words
    assert "Connection refused" in findings[2].words


def test_the_check_takes_the_webhook_away_where_we_ask(provider, credential):
    findings = TELEGRAM.check({**credential, "mode": "polling"}, HOOK)
    assert paths(provider) == ["getMe", "deleteWebhook"]
    assert all(finding.good for finding in findings)


@pytest.mark.parametrize("url", ["http://desk.demo.example/channels/telegram/7/", ""])
def test_the_check_says_what_a_webhook_needs(provider, credential, url):
    findings = TELEGRAM.check(credential, url)
    assert [finding.good for finding in findings] == [True, False]


def test_the_check_names_a_wrong_token(provider, credential):
    provider.answers[:] = [Reply(status=401, data={"ok": False, "error_code": 401, "description": "Unauthorized"})]
    [finding] = TELEGRAM.check(credential, HOOK)
    assert not finding.good
    assert "token" in finding.words


def test_a_pressed_button_is_confirmed_in_the_answer_to_the_call():
    from hospes.channels.adapter import WebhookCall
    from hospes.channels.telegram.tests.test_updates import sample

    answer = TELEGRAM.answer(WebhookCall("POST", HOOK, {}, {}, sample("callback_query")))
    assert answer.content_type == "application/json"
    assert '"callback_query_id": "4382bfdwdsb323b2d9"' in answer.body
    assert TELEGRAM.answer(WebhookCall("POST", HOOK, {}, {}, sample("text"))).body == ""
