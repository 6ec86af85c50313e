"""Merging, unmerging, splitting and linking: nothing is lost, nothing leaks, everything comes apart again."""

from datetime import timedelta

import pytest

from hospes.core.errors import InvalidInput, NotAllowed, NotFound
from hospes.core.models import EventRow
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive
from hospes.tickets import operations, queries
from hospes.tickets.incoming import Person
from hospes.tickets.models import Message, MessageSearch, Participant, Ticket
from hospes.tickets.policies import reply_address
from hospes.tickets.queries.ticket import attachment_for_customer

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def actor():
    return desk_actor(make_agent())


@pytest.fixture
def anna():
    return receive("Anna's secret", message_id="anna1@x").ticket


@pytest.fixture
def bert():
    return receive("Bert's secret", sender="bert@x.example", name="Bert", message_id="bert1@x").ticket


def merge(ticket, into, actor):
    return operations.merge_tickets(ticket=ticket, into=into, actor=actor, now=LATER)


def unmerge(ticket, actor):
    return operations.unmerge_ticket(ticket=ticket, actor=actor, now=LATER)


def fresh(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def texts(messages):
    return [m.text for m in messages]


def test_a_merged_ticket_is_gone_from_lists_and_its_messages_are_on_the_other(anna, bert, actor):
    merge(anna, bert, actor)
    assert (fresh(anna).active, fresh(anna).message_count, fresh(bert).message_count) == (False, 0, 2)
    assert [t.pk for t in queries.list_tickets(actor, queries.TicketFilter()).items] == [bert.pk]
    assert not MessageSearch.objects.filter(ticket=anna).exists()
    assert [t.pk for t in queries.search_tickets(actor, "secret").items] == [bert.pk]
    assert EventRow.objects.filter(name="TicketMerged").count() == 2


def test_a_merge_shows_neither_customer_what_the_other_wrote_before(anna, bert, actor):
    file = operations.StoredFile("secret.txt", "text/plain", 3, "files/x")
    operations.reply(ticket=anna, actor=actor, now=NOON, text="To Anna", files=[file])
    merge(anna, bert, actor)
    both = operations.reply(ticket=fresh(bert), actor=actor, now=LATER, text="To both")
    seen_by_bert = texts(queries.customer_messages(bert.customer, fresh(bert)))
    seen_by_anna = texts(queries.customer_messages(anna.customer, fresh(bert)))
    assert seen_by_bert == ["Bert's secret", "To both"]
    assert seen_by_anna == ["Anna's secret", "To Anna", "To both"]
    attached = both.attachments.model.objects.get()
    assert attachment_for_customer(anna.customer, attached.token) == attached
    with pytest.raises(NotFound):
        attachment_for_customer(bert.customer, attached.token)


def test_mail_to_a_merged_ticket_lands_where_it_went(anna, bert, actor):
    address = reply_address(anna.inbox.address, anna.number, "anna@customer.example")
    merge(anna, bert, actor)
    got = receive("More", to=(Person(address),))
    assert got.ticket.pk == bert.pk
    assert queries.get_for_customer(anna.customer, anna.number).pk == bert.pk
    for write in (operations.reply, operations.add_note):
        with pytest.raises(InvalidInput):
            write(ticket=fresh(anna), actor=actor, now=LATER, text="x")


def test_an_unmerged_ticket_is_as_it_was_and_its_people_are_gone_from_the_other(anna, bert, actor):
    before = {t.pk: (t.message_count, t.last_message_id, t.waiting_since, t.active) for t in (fresh(anna), fresh(bert))}
    merge(anna, bert, actor)
    unmerge(fresh(anna), actor)
    after = {t.pk: (t.message_count, t.last_message_id, t.waiting_since, t.active) for t in (fresh(anna), fresh(bert))}
    assert after == before
    reply = operations.reply(ticket=fresh(bert), actor=actor, now=LATER, text="To Bert")
    assert reply.cc == []
    with pytest.raises(NotFound):
        queries.get_for_customer(anna.customer, bert.number)
    assert MessageSearch.objects.filter(ticket=anna).count() == 1
    with pytest.raises(InvalidInput):
        unmerge(fresh(anna), actor)


def test_merges_of_merges_come_apart_in_any_order(anna, bert, actor):
    carl = receive("Carl's", sender="carl@x.example", name="Carl").ticket
    merge(anna, bert, actor)
    merge(fresh(bert), carl, actor)
    assert fresh(carl).message_count == 3
    unmerge(fresh(bert), actor)  # brings what was merged into it
    assert (fresh(bert).message_count, fresh(carl).message_count) == (2, 1)
    merge(fresh(bert), fresh(carl), actor)
    unmerge(fresh(anna), actor)  # straight out of the ticket at the end
    assert (fresh(anna).message_count, fresh(carl).message_count) == (1, 2)
    assert texts(Message.objects.filter(ticket=anna)) == ["Anna's secret"]
    assert not Participant.objects.filter(ticket=carl, key="anna@customer.example", removed_at=None).exists()


def test_open_work_merged_into_a_settled_ticket_stays_open(anna, bert, actor):
    operations.change_ticket(ticket=bert, status="closed", actor=actor, now=NOON)
    into = merge(anna, bert, actor)
    assert (into.category, into.active, into.waiting_since) == ("open", True, NOON)


def test_merges_that_make_no_sense_are_refused(anna, bert, actor):
    with pytest.raises(InvalidInput):
        merge(anna, anna, actor)
    operations.change_ticket(ticket=bert, spam=True, actor=actor, now=NOON)
    with pytest.raises(InvalidInput):
        merge(anna, bert, actor)
    merge(bert, anna, actor)
    with pytest.raises(InvalidInput):
        merge(anna, bert, actor)


def test_only_who_sees_both_and_may_merge_merges(anna, bert, actor):
    team = make_team()
    operations.change_ticket(ticket=anna, team=team, actor=actor, now=NOON)
    limited = desk_actor(make_agent("Lim", teams=(team,), only_own_teams=True))
    light = desk_actor(make_agent("Lux", role="light"))
    for attempt in (
        lambda: merge(anna, bert, limited),
        lambda: merge(bert, anna, limited),
        lambda: operations.link_tickets(ticket=anna, other=bert, actor=limited, now=NOON),
        lambda: operations.split_ticket(message=bert.messages.get(), subject="", actor=limited, now=NOON),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotAllowed):
        merge(anna, bert, light)


def test_a_side_conversation_goes_on_after_a_merge(anna, bert, actor):
    out = operations.start_side_conversation(
        ticket=anna, to="courier@x.example", subject="Where?", text="Where is it?", actor=actor, now=NOON
    )
    address = reply_address(anna.inbox.address, anna.number, f"side{out.side_id}:courier@x.example")
    merge(anna, bert, actor)
    got = receive("In Riga", sender="courier@x.example", to=(Person(address),))
    assert (got.ticket.pk, got.message.kind) == (bert.pk, "side_in")
    more = operations.start_side_conversation(
        ticket=fresh(bert), to="", subject="", text="Thanks", side=out.side, actor=actor, now=LATER
    )
    address = reply_address(bert.inbox.address, bert.number, f"side{more.side_id}:courier@x.example")
    again = receive("Bye", sender="courier@x.example", to=(Person(address),))
    assert again.message.side_id == out.side_id
    assert not queries.customer_messages(bert.customer, fresh(bert)).filter(kind__startswith="side").exists()


def test_a_split_message_starts_a_ticket_of_the_same_customer(anna, actor):
    new = operations.split_ticket(message=anna.messages.get(), subject="", actor=actor, now=LATER)
    assert (new.customer_id, new.subject, new.message_count, new.waiting_since) == (
        anna.customer_id, anna.subject, 1, NOON,
    )  # fmt: skip
    assert new.links.get().kind == "split"
    assert fresh(anna).message_count == 1
    reply = operations.reply(ticket=new, actor=actor, now=LATER, text="About that")
    assert reply.to[0]["address"] == "anna@customer.example"
    with pytest.raises(InvalidInput):
        operations.split_ticket(message=reply, subject="", actor=actor, now=LATER)


def test_links_are_made_once_and_taken_away_from_either_side(anna, bert, actor):
    link = operations.link_tickets(ticket=anna, other=bert, actor=actor, now=NOON)
    same = operations.link_tickets(ticket=bert, other=anna, kind="duplicate", actor=actor, now=NOON)
    assert (same.pk, same.kind) == (link.pk, "duplicate")
    with pytest.raises(InvalidInput):
        operations.link_tickets(ticket=anna, other=anna, actor=actor, now=NOON)
    with pytest.raises(InvalidInput):
        operations.link_tickets(ticket=anna, other=bert, kind="enemy", actor=actor, now=NOON)
    operations.unlink_tickets(ticket=bert, link_id=link.pk, actor=actor, now=NOON)
    with pytest.raises(NotFound):
        operations.unlink_tickets(ticket=bert, link_id=link.pk, actor=actor, now=NOON)
