"""What an agent's screen says of writing reaches the customer's provider through the socket, and no further."""

import pytest

from hospes.channels.models import Telling
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.realtime.tests.test_socket import Page, run, sign_in
from hospes.testing.people import make_agent, settle
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk():
    """A ticket by Telegram."""
    now = clock.now()
    inbox = tickets.create_inbox(name="Bot", address="@bot", kind="telegram", actor=SYSTEM, now=now)
    incoming = IncomingMessage(
        message_id="42:7", sender=Person("telegram:42", "Anna"), text="Hello?", reply="Hello?", identity="handle",
        authenticated=True, thread_key="telegram:42",
    )  # fmt: skip
    received = tickets.receive_message(
        incoming=incoming, inbox=inbox, source_id=None, files=[], now=now, channel="telegram"
    )
    settle()
    return received.ticket


@pytest.fixture
def cookie():
    """Ivo's session."""
    return sign_in(make_agent("Ivo"))


def heard(cookie, *said):
    """Say it over a socket, and be answered afterwards."""

    async def story():
        async with Page(cookie) as page:
            await page.next()
            for one in said:
                page.say(**one)
            page.say(type="ping")
            await page.until(lambda message: message["type"] == "pong")

    run(story)


def test_writing_is_asked_for_once_and_stopping_is_heard(talk, cookie):
    writes = {"type": "typing", "ticket": talk.pk, "via": talk.inbox_id, "on": True}
    heard(cookie, writes, writes)
    telling = Telling.objects.get()
    assert (telling.what, telling.ticket_id, telling.on) == ("typing", talk.pk, True)
    first = telling.asked_at
    heard(cookie, {**writes, "on": False}, writes)
    telling.refresh_from_db()
    assert telling.on is False
    assert telling.asked_at > first


@pytest.mark.parametrize(
    "wrong",
    [{"ticket": "1"}, {"via": None}, {"on": 1}, {"ticket": 2**70}, {"via": -1}, {"ticket": 999_999}, {"via": 999_999}],
)
def test_row_21_what_names_nothing_of_theirs_is_let_be(talk, cookie, wrong):
    heard(cookie, {"type": "typing", "ticket": talk.pk, "via": talk.inbox_id, "on": True, **wrong})
    assert not Telling.objects.exists()
