"""The main job at the level of operations: a message opens a ticket, is answered, the answer's answer comes back."""

import pytest

from hospes.core.models import EventDelivery, EventRow
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive, settle
from hospes.tickets import operations, queries
from hospes.tickets.incoming import Person
from hospes.tickets.models import Message, Ticket
from hospes.tickets.policies import reply_address

pytestmark = pytest.mark.django_db


def test_a_first_message_opens_a_ticket_and_emits_in_the_same_transaction():
    received = receive()
    ticket = Ticket.objects.get(pk=received.ticket.pk)
    assert received.opened
    assert (ticket.category, ticket.active, ticket.waiting_since) == ("new", True, NOON)
    names = list(EventRow.objects.filter(subject="ticket").order_by("id").values_list("name", flat=True))
    assert names == ["TicketCreated", "MessageReceived"]
    assert EventDelivery.objects.filter(subscriber__startswith="tickets.").exists()


def test_the_outbox_acknowledges_the_newcomer_once_in_their_language():
    received = receive("Mana tējkanna tek.", subject="Tējkanna tek")
    settle()
    [reply] = Message.objects.filter(ticket=received.ticket, kind="reply")
    assert reply.automatic
    assert "kettle" not in reply.text.lower()
    assert not EventDelivery.objects.filter(subscriber__startswith="tickets.").exists()


def test_a_reply_by_token_lands_in_its_ticket_whatever_the_subject():
    received = receive()
    inbox = received.ticket.inbox
    address = reply_address(inbox.address, received.ticket.number, "anna@customer.example")
    again = receive("Still leaking", subject="something else", to=(Person(address),))
    assert again.ticket.pk == received.ticket.pk
    assert not again.opened


def test_a_reply_never_lands_in_another_customers_ticket():
    received = receive(message_id="first@customer.example")
    actor = desk_actor(make_agent())
    answer = operations.reply(ticket=received.ticket, actor=actor, now=NOON, text="Please send a photo.")
    thief = receive(
        "Hello",
        sender="eve@elsewhere.example",
        subject=f"Re: Kettle leaks [#{received.ticket.shown_number}]",
        references=("first@customer.example", answer.external_id),
        in_reply_to=answer.external_id,
    )
    assert thief.opened
    assert thief.ticket.pk != received.ticket.pk
    assert thief.ticket.links.get().other_id == received.ticket.pk


def test_a_solved_ticket_is_reopened_by_its_customer():
    received = receive(message_id="first@customer.example")
    actor = desk_actor(make_agent())
    operations.reply(ticket=received.ticket, actor=actor, now=NOON, text="Done.", status="solved")
    again = receive("Not done", in_reply_to="first@customer.example")
    assert again.ticket.pk == received.ticket.pk
    assert Ticket.objects.get(pk=received.ticket.pk).category == "open"
    assert EventRow.objects.filter(name="TicketReopened").count() == 1


def test_search_finds_words_phrases_and_leaves_out_what_is_excluded():
    make_inbox()
    one = receive("The blue kettle leaks at night", sender="a@c.example", subject="Kettle")
    two = receive("The kettle is blue and warm", sender="b@c.example", subject="Praise")
    actor = desk_actor(make_agent())

    def found(text):
        return {t.pk for t in queries.search_tickets(actor, text).items}

    assert found("kettle") == {one.ticket.pk, two.ticket.pk}
    assert found('"blue kettle"') == {one.ticket.pk}
    assert found("kettle -leaks") == {two.ticket.pk}
    assert found("lea") == {one.ticket.pk}
    assert found(f"#{one.ticket.shown_number}") == {one.ticket.pk}
