"""Where a message belongs: by a token that we gave, or because the sender takes part; never in another's ticket."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.customers import operations as customers
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive, settle
from hospes.tickets import operations, queries
from hospes.tickets.incoming import Bounce, Person
from hospes.tickets.models import Message, Participant, Ticket
from hospes.tickets.policies import (
    Candidate,
    choose_thread,
    is_ours,
    number_in_subject,
    parse_reply_address,
    plain_number,
    reply_address,
    reply_token,
    token_fits,
)

HOUR = timedelta(hours=1)
signs = st.builds(Candidate, st.integers(1, 5), st.sampled_from(["token", "references", "subject"]), st.booleans())


@given(st.lists(signs, max_size=8))
def test_no_sign_but_a_token_leads_to_a_ticket_of_others(candidates):
    chosen = choose_thread(candidates)
    if chosen is None:
        assert not any(c.by == "token" or c.sender_takes_part for c in candidates)
    else:
        assert chosen.by == "token" or chosen.sender_takes_part
        if any(c.by == "token" for c in candidates):
            assert chosen.by == "token"


@given(st.emails(), st.emails())
def test_row_8_a_token_fits_its_ticket_and_its_recipient_alone(one, other):
    token = reply_token("K7F2M9Q", one)
    assert token_fits("K7F2M9Q", token, [other, one])
    assert not token_fits("K7F2M9R", token, [one, other])
    if one != other:
        assert not token_fits("K7F2M9Q", token, [other])
    assert not token_fits("K7F2M9Q", token[:-1], [one])
    assert not token_fits("K7F2M9Q", "", [one])


@pytest.mark.parametrize("inbox", ["support@demo.example", "Help+eu@Demo.example", "straße@demo.example"])
def test_a_reply_address_is_read_back_whatever_its_case(inbox):
    address = reply_address(inbox, "K7F2M9Q", "anna@x.example")
    for spelled in (address, address.upper().replace("STRASSE", "straße")):
        assert parse_reply_address(spelled, inbox) == ("K7F2M9Q", reply_token("K7F2M9Q", "anna@x.example"))
    assert parse_reply_address(address, "sales@demo.example") is None
    assert parse_reply_address(address.replace("@", "@evil."), inbox) is None
    assert is_ours(address, {inbox.casefold()})
    assert not is_ours("anna+x@demo.example", {inbox.casefold()})


@given(st.text(max_size=60))
def test_any_text_may_be_read_as_address_number_or_subject(text):
    parse_reply_address(text, "support@demo.example")
    number_in_subject(text)
    assert plain_number(text) in {"", text.strip().lstrip("#").replace("-", "").upper()}


def test_a_number_is_read_as_people_write_it():
    assert plain_number(" #k7f-2m9q ") == "K7F2M9Q" == number_in_subject("Re: [#XXX] kettle [#K7F-2M9Q] (was: x)")
    assert plain_number("K7F2M9") == plain_number("K7F2M9\x00") == number_in_subject("Re: [#K7F") == ""


@pytest.fixture
def answered(db):
    """Anna's ticket, answered once by an agent."""
    got = receive(message_id="first@x.example")
    answer = operations.reply(ticket=got.ticket, actor=desk_actor(make_agent()), now=NOON, text="Which model?")
    return got.ticket, answer


def address_for(ticket: Ticket, key: str = "anna@customer.example") -> tuple[Person, ...]:
    return (Person(reply_address(ticket.inbox.address, ticket.number, key)),)


def test_row_8_guessed_references_and_numbers_open_a_ticket_that_is_only_linked(answered):
    ticket, answer = answered
    for more in (
        {"in_reply_to": answer.external_id},
        {"references": ("first@x.example",)},
        {"subject": f"[#{ticket.shown_number}]"},
        {"to": (Person(address_for(ticket)[0].address[:-15] + "x@demo.example"),)},
        {"to": address_for(ticket, "eve@x.example")},
    ):
        got = receive("Let me in", sender=f"eve{len(str(more))}@evil.example", **more)
        assert got.opened
        assert got.ticket.pk != ticket.pk


def test_row_8_mail_in_the_name_of_an_agent_is_never_a_reply(answered):
    _ticket, answer = answered
    got = receive("Send the money", sender="ivo@demo.example", in_reply_to=answer.external_id)
    assert got.opened
    assert got.message.kind == "incoming"
    assert got.message.agent_id is None


def test_somebody_with_our_reply_address_may_write_and_sees_only_what_follows(answered):
    ticket, _answer = answered
    got = receive("I am her husband", sender="bert@x.example", to=address_for(ticket))
    assert (got.ticket.pk, got.opened) == (ticket.pk, False)
    assert "new-participant" in got.message.flags
    bert = got.message.customer
    seen = queries.customer_messages(bert, got.ticket)
    assert list(seen) == [got.message]
    more = operations.reply(ticket=ticket, actor=desk_actor(make_agent("Eva")), now=NOON, text="Hello both")
    assert list(queries.customer_messages(bert, got.ticket)) == [got.message, more]
    assert {p["address"] for p in more.cc} == {"bert@x.example"}


def test_row_10_a_sign_up_mail_sent_to_a_reply_address_is_seen_by_agents_alone(answered):
    ticket, _answer = answered
    got = receive(
        "Your code is 123456", sender="no-reply@slack.example", to=address_for(ticket), auto_kind="auto-reply"
    )
    assert got.ticket.pk == ticket.pk
    anna = ticket.customer
    assert "123456" not in "".join(m.text for m in queries.customer_messages(anna, ticket))
    assert not Participant.objects.filter(ticket=ticket, key="no-reply@slack.example").exists()
    person = receive("Code 99", sender="person@slack.example", to=address_for(ticket))
    assert person.message not in queries.customer_messages(anna, ticket)


def test_row_10_who_is_copied_in_by_a_forged_mail_sees_nothing_of_before(answered):
    ticket, answer = answered
    got = receive(
        "Add my friend", message_id="f2@x.example", in_reply_to=answer.external_id, cc=(Person("eve@evil.example"),)
    )
    assert got.ticket.pk == ticket.pk
    eve = customers.recognise(kind="email", value="eve@evil.example", name="", actor=SYSTEM, now=NOON)
    assert list(queries.customer_messages(eve, got.ticket)) == [got.message]
    assert EventRow.objects.filter(name="ParticipantJoined").count() == 1
    mismatched = receive(
        "And her", in_reply_to=answer.external_id, cc=(Person("mallory@evil.example"),), sender_mismatch=True
    )
    assert not Participant.objects.filter(ticket=ticket, key="mallory@evil.example").exists()
    assert "sender-mismatch" in mismatched.message.flags


def test_who_was_taken_off_stays_off(answered):
    ticket, answer = answered
    receive("Me too", sender="bert@x.example", to=address_for(ticket))
    place = Participant.objects.get(key="bert@x.example")
    actor = desk_actor(make_agent("Eva"))
    operations.remove_participant(ticket=ticket, place_id=place.pk, actor=actor, now=NOON)
    back = receive("Again", sender="bert@x.example", to=address_for(ticket, "bert@x.example"))
    assert back.opened
    receive("With him", in_reply_to=answer.external_id, cc=(Person("bert@x.example"),))
    place.refresh_from_db()
    assert place.removed_at is not None


def test_people_without_an_address_never_share_a_ticket(db):
    one = receive("a", sender="", message_id="one@x")
    two = receive("b", sender="", references=("one@x",), subject=f"[#{one.ticket.shown_number}]")
    assert two.opened


def test_an_answer_to_a_closed_ticket_opens_one_that_follows_it(answered):
    ticket, answer = answered
    actor = desk_actor(make_agent("Eva"))
    operations.change_ticket(ticket=ticket, status="closed", actor=actor, now=NOON)
    away = receive("I am away", in_reply_to=answer.external_id, auto_kind="out-of-office")
    assert away.ticket.pk == ticket.pk
    assert Ticket.objects.get(pk=ticket.pk).category == "closed"
    got = receive("It leaks again", in_reply_to=answer.external_id)
    assert got.opened
    assert got.ticket.links.get().kind == "follow-up"
    assert got.ticket.links.get().other_id == ticket.pk


@pytest.mark.parametrize("category", ["waiting", "on_hold", "solved"])
def test_a_customers_answer_opens_a_resting_ticket_and_says_so(answered, category):
    ticket, answer = answered
    actor = desk_actor(make_agent("Eva"))
    operations.change_ticket(ticket=ticket, status=category, actor=actor, now=NOON)
    later = NOON + HOUR
    receive("More", in_reply_to=answer.external_id, now=later)
    ticket.refresh_from_db()
    assert (ticket.category, ticket.active, ticket.waiting_since) == ("open", True, later)
    last = EventRow.objects.filter(name="TicketChanged").latest("id")
    assert last.data["after"] == str(ticket.status_id)


def test_row_13_a_machines_answer_neither_opens_nor_is_answered(answered):
    ticket, answer = answered
    operations.change_ticket(ticket=ticket, status="solved", actor=desk_actor(make_agent("Eva")), now=NOON)
    receive("Away", in_reply_to=answer.external_id, auto_kind="out-of-office")
    settle()
    ticket.refresh_from_db()
    assert ticket.category == "solved"
    assert Message.objects.filter(automatic=True, kind="reply").count() == 0


@pytest.mark.django_db
def test_row_13_two_helpdesks_that_answer_each_other_stop_at_once():
    """The other one's acknowledgements are not marked as automatic: each looks like a new question."""
    for number in range(20):
        receive(f"We got your mail {number}", sender="support@other.example", message_id=f"{number}@other")
        settle()
    assert Message.objects.filter(automatic=True, kind="reply").count() <= 2


@pytest.mark.django_db
def test_mail_from_ourselves_and_from_machines_and_blocked_ones_is_not_acknowledged():
    inbox = make_inbox()
    customers.block_sender(pattern="@spam.example", reason="", actor=SYSTEM, now=NOON)
    receive("a", sender=inbox.address)
    receive("b", sender=reply_address(inbox.address, "K7F2M9Q", "x"))
    receive("c", sender="list@x.example", auto_kind="list")
    spam = receive("d", sender="eve@deep.spam.example")
    settle()
    assert spam.ticket.spam
    assert not spam.ticket.active
    assert not Message.objects.filter(kind="reply").exists()


def test_a_blocked_sender_gets_into_no_good_ticket(answered):
    _ticket, answer = answered
    customers.block_sender(pattern="anna@customer.example", reason="", actor=SYSTEM, now=NOON)
    got = receive("Hello again", in_reply_to=answer.external_id)
    assert got.opened
    assert got.ticket.spam


def test_an_acknowledgement_goes_to_the_writer_alone_and_holds_no_word_of_theirs(db):
    receive(
        "Click https://evil.example", subject="WIN A PRIZE", name="Buy now http://x",
        cc=tuple(Person(f"victim{n}@x.example") for n in range(30)),
    )  # fmt: skip
    settle()
    [ack] = Message.objects.filter(automatic=True, kind="reply")
    assert [p["address"] for p in ack.to] == ["anna@customer.example"]
    assert ack.cc == []
    assert "evil" not in ack.text + ack.subject
    assert "PRIZE" not in ack.text + ack.subject
    assert "Buy" not in ack.text


def test_row_15_a_bounce_marks_the_message_and_wakes_no_customer(answered):
    ticket, answer = answered
    operations.change_ticket(ticket=ticket, status="solved", actor=desk_actor(make_agent("Eva")), now=NOON)
    bounce = Bounce(("anna@customer.example", "bystander@x.example"), "5.1.1", "no such user", True, answer.external_id)
    customers.recognise(kind="email", value="bystander@x.example", name="", actor=SYSTEM, now=NOON)
    got = receive("Undelivered", sender="mailer-daemon@x.example", auto_kind="bounce", bounce=bounce)
    assert (got.ticket.pk, got.opened) == (ticket.pk, False)
    answer.refresh_from_db()
    ticket.refresh_from_db()
    assert (answer.delivery, ticket.category) == ("bounced", "solved")
    flagged = ticket.customer.contact_points.model.objects.exclude(bounced_at=None)
    assert [p.key for p in flagged] == ["anna@customer.example"]
    assert got.message not in queries.customer_messages(ticket.customer, ticket)


@pytest.mark.django_db
def test_text_that_no_database_keeps_is_kept_without_the_bad_signs():
    got = receive("a\x00b\ud800", subject="s\x00", name="n\x00\ud800", references=("r\x00",), defects=("d\x00",))
    assert got.message.text == "ab?"
    assert got.ticket.subject == "s"
