"""A talk however the line behaves: cut, sent twice, answered out of order: each message exactly once on both sides."""

import json
import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.channels.chat import policies, shown
from hospes.channels.chat.tests.contract import ChatContract
from hospes.channels.chat.tests.test_door import Page
from hospes.channels.models import ChatVisitor
from hospes.core import clock
from hospes.testing.channels import work
from hospes.testing.people import desk_actor, make_agent
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "25"))
STEPS = ("say", "again", "lost", "answer", "work", "cut", "back", "push", "reload")


class Widget:
    """What the widget promises of its side: it keeps a message until it is taken, sends again under the same id, shows
    by id, and catches up by its cursor."""

    def __init__(self, inbox):
        self.page = Page(inbox)
        self.page.start()
        self.outbox: dict[str, str] = {}
        self.shown: dict[int, dict] = {}
        self.cursor, self.connected, self.said = "0", True, 0

    def say(self):
        self.said += 1
        self.outbox[f"client-{self.said:04d}"] = f"visitor {self.said}"

    def send(self, *, answer_lost=False):
        """Every message that waits, newest first: the server must not care."""
        for message_id, text in reversed(list(self.outbox.items())):
            if not self.connected:
                return
            assert self.page.say(text, message_id).status_code == 202
            if not answer_lost:
                del self.outbox[message_id]

    def catch_up(self):
        talk = self.page.talk(self.cursor)
        for message in talk["messages"]:
            self.shown[message["id"]] = message
        self.cursor = talk["cursor"]

    def push(self, texts):
        for text in texts:
            said = json.loads(text)
            if said["type"] == "message" and self.connected:
                self.shown[said["message"]["id"]] = said["message"]


def play(steps, inbox, agent):
    widget, answered, pushed = Widget(inbox), 0, set()
    key = frozenset({ChatVisitor.objects.get(key__gt="").key})
    for step, shuffle in steps:
        if step == "say":
            widget.say()
            widget.send()
        elif step == "again":
            widget.send()
        elif step == "lost":
            widget.say()
            widget.send(answer_lost=True)
        elif step == "answer" and Ticket.objects.exists():
            answered += 1
            ticket = Ticket.objects.get()
            tickets.reply(ticket=ticket, actor=agent, now=clock.now(), text=f"agent {answered}")
        elif step == "work":
            work()
        elif step == "cut":
            widget.connected = False
        elif step == "back":
            widget.connected = True
            widget.send()
            widget.catch_up()
        elif step == "push":  # events may come late, twice and in any order
            ids = list(Message.objects.values_list("pk", flat=True))
            shuffle.shuffle(ids)
            told = shown.messages(ids, [], key)
            shuffle.shuffle(told)
            widget.push([one.text for one in told])
            pushed |= set(ids)
        elif step == "reload":
            widget.shown, widget.cursor, widget.connected = {}, "0", True
            widget.catch_up()
    widget.connected = True
    widget.send()
    work()
    widget.catch_up()
    return widget, answered


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.randoms(use_true_random=False)), max_size=14))
def test_each_message_is_there_exactly_once_on_both_sides(steps):
    with transaction.atomic():
        inbox = ChatContract().inbox(None)
        agent = desk_actor(make_agent("Ivo"))
        widget, answered = play(steps, inbox, agent)
        here = sorted(Message.objects.values_list("text", flat=True))
        wanted = [f"visitor {n + 1}" for n in range(widget.said)] + [f"agent {n + 1}" for n in range(answered)]
        assert here == sorted(wanted)
        assert sorted(m["text"] for m in widget.shown.values()) == sorted(wanted)
        assert Ticket.objects.count() <= 1
        assert not widget.outbox
        transaction.set_rollback(True)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_an_origin_is_clean_or_none_and_cleaning_it_again_changes_nothing(text):
    found = policies.clean_origin(text)
    assert policies.clean_origin(found) == found
    assert not found or found.startswith(("https://", "http://"))
    assert "*" not in found
    assert "@" not in found


@settings(max_examples=200, deadline=None)
@given(
    position=st.integers(-3, 500),
    seconds=st.lists(st.integers(-4000, 4000), max_size=40),
)
def test_a_wait_is_only_told_when_the_queue_moved_and_grows_with_the_place(position, seconds):
    from datetime import timedelta

    from hospes.testing.people import NOON

    recent = [NOON - timedelta(seconds=s) for s in seconds]
    wait = policies.estimated_wait(position=position, recent=recent, now=NOON)
    moved = [s for s in seconds if 0 <= s < 1800]
    assert (wait is None) == (len(moved) < 3 or position < 1)
    if wait is not None:
        further = policies.estimated_wait(position=position + 1, recent=recent, now=NOON)
        assert further is not None
        assert 0 <= wait <= further
