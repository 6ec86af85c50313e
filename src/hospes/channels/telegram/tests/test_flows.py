"""Telegram through the real door and gate: who blocks the bot and comes back, edits, reactions, answers to answers."""

import json

import pytest

from hospes.channels.models import OptOut
from hospes.channels.telegram.tests.contract import CONTRACT
from hospes.channels.telegram.tests.test_updates import sample
from hospes.core import clock
from hospes.testing.channels import Sent, Words, work
from hospes.testing.people import desk_actor, make_agent
from hospes.testing.standin import Reply, standin
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
PERSON = {"id": 1111111, "type": "private", "first_name": "Test"}


@pytest.fixture
def provider(settings):
    """Telegram, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def inbox(provider):
    """A bot with a webhook."""
    return CONTRACT.inbox(provider)


@pytest.fixture
def agent():
    """Somebody who answers."""
    return desk_actor(make_agent("Ivo"))


def post(inbox, told):
    """Telegram calls, and workers work."""
    headers = CONTRACT.call(inbox, Words()).headers
    assert CONTRACT.post(inbox, Sent(json.dumps(told).encode(), headers)) == 200
    work()


def says(inbox, update_id, text, **more):
    """The person of the samples writes."""
    held = {"message_id": update_id, "date": 1441645532, "chat": PERSON, "from": PERSON, "text": text, **more}
    post(inbox, {"update_id": update_id, "message": held})


def test_who_blocks_the_bot_is_not_written_to_until_they_write_again(inbox, provider, agent):
    says(inbox, 1, "Where is my order?")
    ticket = Ticket.objects.get()
    blocked = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    provider.answers[:] = [Reply(status=403, data=blocked)]
    first = tickets.reply(ticket=ticket, actor=agent, now=clock.now(), text="On its way.")
    work()
    first.refresh_from_db()
    assert first.delivery == Message.Delivery.FAILED
    assert "blocked by the user" in first.delivery_words
    assert OptOut.objects.get().address == "telegram:1111111"
    says(inbox, 2, "I am back")
    assert not OptOut.objects.exists()
    second = tickets.reply(ticket=ticket, actor=agent, now=clock.now(), text="Welcome back.")
    work()
    second.refresh_from_db()
    assert second.delivery == Message.Delivery.SENT


def test_stopping_the_bot_counts_too(inbox):
    says(inbox, 1, "Hello")
    post(inbox, json.loads(sample("my_chat_member_kicked")))
    assert OptOut.objects.get().address == "telegram:1111111"
    post(inbox, json.loads(sample("text")))  # /start
    assert not OptOut.objects.exists()
    assert Message.objects.count() == 1


def test_an_edited_message_changes_and_keeps_its_first_words(inbox):
    says(inbox, 1365, "First text")
    post(inbox, json.loads(sample("edited")))
    message = Message.objects.get()
    assert (message.text, message.extra["first_text"]) == ("Edited text", "First text")


def test_a_reaction_is_seen_on_our_answer(inbox, provider, agent):
    says(inbox, 1, "Hello")
    provider.usual = lambda asked: Reply(data={"ok": True, "result": {"message_id": 1370}})
    reply = tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text="Does it leak?")
    work()
    post(inbox, json.loads(sample("message_reaction")))
    reply.refresh_from_db()
    assert reply.extra["reactions"] == {"telegram:1111111": "👍"}


def test_an_answer_to_an_answer_of_ours_finds_its_ticket(inbox, provider, agent):
    says(inbox, 1, "My kettle leaks")
    old = Ticket.objects.get()
    provider.usual = lambda asked: Reply(data={"ok": True, "result": {"message_id": 77}})
    tickets.reply(ticket=old, actor=agent, now=clock.now(), text="Which one is it?")
    work()
    other = tickets.create_ticket(
        customer=old.customer, inbox=inbox, subject="Another thing", text="We call you.", actor=agent, now=clock.now()
    )
    Message.objects.filter(ticket=other).update(thread_key="1111111", inbox=inbox)
    says(inbox, 2, "The blue one", reply_to_message={"message_id": 77, "chat": PERSON, "text": "Which one is it?"})
    answer = Message.objects.get(text="The blue one")
    assert answer.ticket_id == old.pk
    assert answer.quoted == "Which one is it?"


def test_ones_own_card_joins_with_the_customer_of_that_number(inbox):
    from hospes.customers.models import ContactPoint

    says(inbox, 1, "Hello")
    held = json.loads(sample("contact_own"))["message"]
    post(inbox, {"update_id": 2, "message": {**held, "message_id": 2}})
    ticket = Ticket.objects.get()
    points = set(ContactPoint.objects.filter(customer=ticket.customer).values_list("kind", "value"))
    assert points == {("handle", "telegram:1111111"), ("phone", "+37126000001")}


def test_a_group_is_left_alone(inbox):
    post(inbox, json.loads(sample("group")))
    assert not Ticket.objects.exists()
