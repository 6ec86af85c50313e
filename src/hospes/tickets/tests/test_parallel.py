"""Many at once on one ticket, each with a connection of their own."""

import threading

import pytest
from django.db import connection

from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict
from hospes.core.models import EventRow
from hospes.testing.people import NOON, desk_actor, make_agent, receive, settle
from hospes.tickets import operations
from hospes.tickets.models import Message, Tag, Ticket
from hospes.tickets.operations.base import recount

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(*jobs):
    together, faults = threading.Barrier(len(jobs)), []

    def run(job):
        together.wait(30)
        try:
            job()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_row_29_fifty_writers_at_once_leave_the_sum_of_what_they_did():
    ticket = receive(message_id="first@x").ticket
    actor = desk_actor(make_agent())

    def answer(number):
        return lambda: operations.reply(ticket=ticket, actor=actor, now=NOON, text=f"Answer {number}")

    def note(number):
        return lambda: operations.add_note(ticket=ticket, actor=actor, now=NOON, text=f"Note {number}")

    def tag(number):
        return lambda: operations.change_ticket(ticket=ticket, actor=actor, now=NOON, add_tags=[f"t{number}"])

    def mail(number):
        return lambda: receive(f"Mail {number}", message_id=f"m{number}@x", references=("first@x",))

    def read(number):
        return lambda: operations.mark_read(ticket=ticket, message_id=number + 1, actor=actor, now=NOON)

    jobs = [kind(number) for number in range(10) for kind in (answer, note, tag, mail, read)]
    assert all_at_once(*jobs) == []
    now = Ticket.objects.get(pk=ticket.pk)
    assert now.message_count == Message.objects.filter(ticket=ticket).count() == 31
    assert set(now.tags.values_list("name", flat=True)) == {f"t{n}" for n in range(10)}
    assert now.version == ticket.version + 40
    last = now.last_message_id
    recount(now)
    assert now.last_message_id == last
    assert EventRow.objects.filter(name="TicketChanged", data__field="tags").count() == 10


def test_row_29_of_many_who_answer_what_they_saw_one_is_sent():
    ticket = receive().ticket
    ticket.refresh_from_db()
    agents = [desk_actor(make_agent(f"A{n}")) for n in range(6)]

    def answer(actor):
        return lambda: operations.reply(
            ticket=ticket, actor=actor, now=NOON, text="x", seen_message_id=ticket.last_message_id
        )

    faults = all_at_once(*(answer(actor) for actor in agents))
    assert [type(fault) for fault in faults] == [Conflict] * 5
    assert Message.objects.filter(ticket=ticket, kind="reply").count() == 1


def test_row_29_of_many_who_change_the_same_version_one_wins():
    ticket = receive().ticket
    ticket.refresh_from_db()
    actor = desk_actor(make_agent())

    def change(priority):
        return lambda: operations.change_ticket(
            ticket=ticket, actor=actor, now=NOON, version=ticket.version, priority=priority
        )

    faults = all_at_once(change(1), change(3), change(4))
    assert [type(fault) for fault in faults] == [Conflict, Conflict]
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version + 1


def test_merges_in_both_directions_at_once_end_in_one_ticket():
    one, two = receive().ticket, receive("x", sender="b@x.example").ticket
    actor = desk_actor(make_agent())

    def merge(ticket, into):
        return lambda: operations.merge_tickets(ticket=ticket, into=into, actor=actor, now=NOON)

    faults = all_at_once(*[merge(one, two), merge(two, one)] * 3)
    assert len(faults) == 5
    assert Ticket.objects.filter(merged_into=None).count() == 1
    assert Ticket.objects.get(merged_into=None).message_count == 2


def test_a_flood_of_mail_of_one_sender_is_answered_once_by_several_workers():
    for number in range(30):
        receive(f"Flood {number}", message_id=f"f{number}@x")
    assert all_at_once(settle, settle, settle) == []
    assert Message.objects.filter(automatic=True, kind="reply").count() == 1
    assert Ticket.objects.count() == 30


def test_the_same_new_tags_made_at_once_are_made_once():
    tickets = [receive("x", sender=f"c{n}@x.example").ticket for n in range(6)]
    faults = all_at_once(
        *(
            lambda ticket=ticket: operations.change_ticket(ticket=ticket, actor=SYSTEM, now=NOON, tags=["b", "a", "c"])
            for ticket in tickets
        )
    )
    assert faults == []
    assert Tag.objects.count() == 3
