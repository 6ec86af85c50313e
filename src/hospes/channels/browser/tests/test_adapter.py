"""What an inbox for calls in the browser says of itself, and that nothing is sent by it in silence."""

from datetime import UTC, datetime

import pytest

from hospes.channels.adapter import ChannelError, OutgoingMessage, Raw
from hospes.channels.browser.adapter import BrowserAdapter


def test_a_written_answer_is_refused_in_plain_words():
    message = OutgoingMessage(
        message_id="m", number="K7F-2", subject="", text="Hello", html="", sender=("", ""), to=(("", "browser:1"),),
        cc=(), reply_to={}, in_reply_to="", references=(), automatic=False, language="en",
        at=datetime(2026, 5, 4, tzinfo=UTC),
    )  # fmt: skip
    with pytest.raises(ChannelError, match="Choose another way") as refused:
        BrowserAdapter().send(message, {})
    assert refused.value.permanent


def test_whatever_lies_there_is_no_message():
    assert BrowserAdapter().parse(Raw(b"anything", {}, "calls")) is None


def test_an_admin_is_told_what_is_missing(settings):
    settings.PUBLIC_URL, settings.HTTPS = "http://help.example", False
    settings.TURN_URLS, settings.TURN_SECRET = [], ""
    assert [finding.good for finding in BrowserAdapter().check({}, "")] == [False, False]
    settings.PUBLIC_URL, settings.HTTPS = "https://help.example", True
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:turn.example"], "secret"
    assert [finding.good for finding in BrowserAdapter().check({}, "")] == [True, True]
