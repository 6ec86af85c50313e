"""Long polling against Telegram's queue: outages, restarts, kills; everything is stored once, whatever happens."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection

from hospes.channels import operations
from hospes.channels.models import Credential, MailboxPosition, RawMessage
from hospes.channels.telegram import polling
from hospes.channels.telegram.tests.bot_api import Queue
from hospes.channels.telegram.tests.contract import TOKEN, update
from hospes.channels.telegram.tests.test_updates import sample
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON
from hospes.testing.standin import Reply, standin
from hospes.tickets.models import Inbox, Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(settings):
    """Telegram, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def queue(provider):
    """The bot's news."""
    provider.usual = made = Queue()
    return made


@pytest.fixture
def inbox(provider):
    """A bot that is asked for its news."""
    made = Inbox.objects.create(name="Demo shop", kind="telegram", address="@demoshop_bot", created_at=NOON)
    operations.save_credential(inbox=made, values=wish(provider), actor=SYSTEM, now=NOON)
    return made


def wish(provider):
    """Settings that lead to the stand-in."""
    return {"token": TOKEN, "mode": "polling", "api": provider.url}


def numbered(update_id, text=""):
    """One more message of Anna."""
    told = update(Words(text=text or f"Message {update_id}", message_id=f"m-{update_id}"))
    return {**told, "update_id": update_id}


@pytest.fixture
def running(inbox, provider):
    """Starts pollers, and ends them."""
    started = []

    def start():
        poller = polling.Poller(inbox.pk, wish(provider), pause=0.01, wait=1)
        poller.start()
        started.append(poller)
        return poller

    yield start
    for poller in started:
        poller.stopping.set()
        poller.join(20)
        assert not poller.is_alive()


def until(what):
    """Wait for something that another thread does."""
    waiting = threading.Event()
    for _ in range(600):
        if what():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not happen")


def stored():
    """Which updates are stored, and how often."""
    return Counter(int(raw.external_id.partition(":")[0]) for raw in RawMessage.objects.all())


def test_news_are_stored_in_order_and_forgotten_by_telegram_only_then(queue, running):
    seen_when_confirmed = []

    def before(question):
        seen_when_confirmed.append((question.get("offset", 0), set(stored())))
        connection.close()  # it belongs to the stand-in's thread
        return False

    queue.before = before
    queue.add(*(numbered(n) for n in range(100, 350)))
    running()
    until(lambda: len(stored()) == 250 and not queue.waiting)
    assert set(stored().values()) == {1}
    for offset, there in seen_when_confirmed:
        assert there >= {n for n in range(100, 350) if n < offset}
    assert queue.forgotten == list(range(100, 350))
    until(lambda: Credential.objects.get().working is True)


def test_what_comes_in_becomes_tickets_and_a_pressed_button_is_confirmed(queue, running, inbox):
    queue.add(numbered(1, "Where is my order?"), json.loads(sample("callback_query")))
    running()
    until(lambda: queue.pressed == ["4382bfdwdsb323b2d9"])
    work()
    texts = set(Message.objects.values_list("text", flat=True))
    assert texts == {"Where is my order?", "No, it is dry"}
    assert Credential.objects.get(pk=inbox.pk).seen_at is not None


def test_an_outage_is_waited_out_and_what_telegram_repeats_is_stored_once(queue, running):
    queue.add(numbered(1), numbered(2))
    refused = {"ok": False, "error_code": 502, "description": "Bad Gateway"}
    queue.faults = [Reply(drop=True), Reply(status=502, data=refused), Reply(body=b"<html>", status=200)]
    running()
    until(lambda: stored() == {1: 1, 2: 1} and not queue.waiting)
    queue.add(numbered(1), numbered(2), numbered(3))  # a queue restored from an older copy
    until(lambda: 3 in stored() and not queue.waiting)
    assert stored() == {1: 1, 2: 1, 3: 1}


def test_a_database_that_is_away_loses_nothing(queue, running, monkeypatch):
    real, left = operations.store_raws, [2]

    def failing(**values):
        if left[0]:
            left[0] -= 1
            raise ConnectionError("the database is away")
        return real(**values)

    monkeypatch.setattr(operations, "store_raws", failing)
    queue.add(numbered(7))
    running()
    until(lambda: stored() == {7: 1} and queue.forgotten == [7])
    assert left == [0]


def test_a_webhook_that_is_set_is_named_to_the_admin_until_it_is_gone(queue, running):
    queue.webhook = "https://elsewhere.example/"
    queue.add(numbered(1))
    running()
    until(lambda: "webhook" in Credential.objects.get().words)
    assert Credential.objects.get().working is False
    queue.webhook = ""
    until(lambda: stored() == {1: 1} and Credential.objects.get().working is True)


def test_a_poller_that_waits_for_an_answer_ends_when_told(provider, running):
    provider.usual = lambda asked: Reply(late=True)
    poller = running()
    until(lambda: provider.asked)
    poller.stopping.set()
    poller.join(15)
    assert not poller.is_alive()


def test_two_machines_take_turns(queue, running, monkeypatch):
    monkeypatch.setattr(polling, "OTHER_READS", 0.05)
    first = running()
    until(lambda: queue.offsets)
    second = running()
    queue.add(numbered(1))
    until(lambda: stored() == {1: 1})
    first.stopping.set()
    first.join(20)
    queue.add(numbered(2))
    until(lambda: stored() == {1: 1, 2: 1})  # the second took over
    assert second.is_alive()


def test_pollers_follow_the_settings(queue, inbox, monkeypatch):
    monkeypatch.setattr(polling.Pollers, "look_seconds", 0.05)
    everyone = polling.Pollers()
    everyone.start()
    try:
        queue.add(numbered(1))
        until(lambda: stored() == {1: 1})
        operations.save_credential(inbox=inbox, values={"mode": "webhook"}, actor=SYSTEM, now=NOON)
        until(lambda: not everyone._running)
    finally:
        everyone.stop()


def test_after_a_quiet_week_numbers_may_begin_below_the_old_ones(queue, running, inbox):
    operations.store_raw(
        inbox=inbox, external_id="old", body=b"{}", envelope={}, now=clock.now() - timedelta(days=8), channel="telegram"
    )
    RawMessage.objects.update(state="done")
    row = operations.mailbox_position(inbox=inbox, folder=polling.FOLDER, uidvalidity=123456)
    MailboxPosition.objects.filter(pk=row.pk).update(last_uid=900_000_000)  # killed before Telegram was told
    queue.add(numbered(5))
    RawMessage.objects.filter(external_id="old").update(external_id="4:old")
    running()
    until(lambda: 5 in stored())


def process(inbox, provider):
    """A machine of its own."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return subprocess.Popen(
        [sys.executable, "-m", "hospes.channels.telegram.tests.poll_once", str(inbox.pk), provider.url],
        env={**os.environ, "DATABASE_URL": address, "HOSPES_HTTP_ALLOW": "127.0.0.1"},
    )


@pytest.mark.parametrize("moment", ["before its news are stored", "before telegram is told"])
def test_row_25_killed_at_the_worst_moment_nothing_is_lost_or_doubled(moment, queue, provider, inbox):
    killed = threading.Event()
    machine = process(inbox, provider)

    def before(question):
        if killed.is_set() or (moment == "before telegram is told") != bool(question.get("offset")):
            return False
        machine.kill()
        machine.wait(20)
        killed.set()
        return True

    queue.before = before
    queue.add(numbered(1), numbered(2))
    try:
        assert killed.wait(60)
    finally:
        machine.kill()
        machine.wait(20)
    assert stored() == ({1: 1, 2: 1} if moment == "before telegram is told" else {})
    assert queue.forgotten == []
    queue.add(numbered(3))
    machine = process(inbox, provider)
    try:
        until(lambda: not queue.waiting)
    finally:
        machine.terminate()
        assert machine.wait(20) == 0
    assert stored() == {1: 1, 2: 1, 3: 1}
    work()
    assert Counter(Message.objects.values_list("text", flat=True)) == {f"Message {n}": 1 for n in (1, 2, 3)}
