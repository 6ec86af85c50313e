"""The ticket screen: what it shows, what can be done on it, and that it asks little of the database."""

from datetime import timedelta

import pytest
from django.urls import reverse

from hospes.core.actors import SYSTEM
from hospes.desk.tests.conftest import signed_in
from hospes.testing import people
from hospes.tickets import operations
from hospes.tickets.models import Ticket, TicketLink


def pane(client, ticket, **query) -> str:
    answer = client.get(reverse("desk:ticket", args=[ticket.number]), query, headers={"Hospes-Fragment": "1"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_ticket_is_found_by_its_number_as_people_write_it(desk, ticket):
    for written in (ticket.number, ticket.shown_number, ticket.number.lower()):
        assert "Kettle leaks" in desk.get(reverse("desk:ticket", args=[written])).content.decode()


def test_a_fragment_holds_talk_and_customer_and_no_frame_of_the_page(desk, ticket):
    page = pane(desk, ticket)
    assert 'data-for="talk"' in page
    assert 'data-for="customer"' in page
    assert "<html" not in page


def test_the_pane_names_the_newest_event_that_it_shows(desk, ticket, change):
    before = int(pane(desk, ticket).split('data-event="')[1].split('"')[0])
    change(ticket, priority=4)
    assert int(pane(desk, ticket).split('data-event="')[1].split('"')[0]) > before


def test_changes_between_messages_fold_into_one_line(desk, ticket, change, company):
    change(ticket, priority=4)
    assert "set the priority to Urgent" in pane(desk, ticket)
    change(ticket, assignee=company.ivo)
    change(ticket, status="on_hold")
    page = pane(desk, ticket)
    assert "3 changes" in page
    assert "gave it to" in page


def test_a_failed_message_shows_the_servers_words_and_a_retry(desk, company, ticket):
    message = operations.reply(ticket=ticket, actor=people.desk_actor(company.ivo), now=people.NOON, text="Hello")
    operations.mark_delivery(
        message_id=message.pk, state="failed", words="550 no such user", actor=SYSTEM, now=people.NOON
    )
    page = pane(desk, ticket)
    assert "550 no such user" in page
    assert f'data-retry="{message.pk}"' in page
    assert desk.post(reverse("desk:retry", args=[message.pk])).status_code == 204
    message.refresh_from_db()
    assert message.delivery == "queued"


def test_quoted_history_is_folded_away(desk, company):
    received = people.receive("New words", quoted="> old words", inbox=company.inbox, sender="q@x.example")
    page = pane(desk, received.ticket)
    folded = page.split('<details class="fold">')[1].split("</details>")[0]
    assert "old words" in folded
    assert "New words" not in folded


def test_long_talks_show_their_end_and_offer_the_rest(desk, company, ticket, monkeypatch):
    monkeypatch.setattr("hospes.desk.views.ticket.MESSAGES", 3)
    for i in range(5):
        operations.add_note(
            ticket=ticket,
            actor=people.desk_actor(company.ivo),
            now=people.NOON + timedelta(minutes=i),
            text=f"Thought {i}",
        )
    page = pane(desk, ticket)
    assert "Show 3 earlier messages" in page
    assert "Thought 4" in page
    assert "Thought 0" not in page
    assert "Thought 0" in pane(desk, ticket, all="1")


def test_a_ticket_costs_the_same_queries_however_long_it_is(desk, company, ticket, django_assert_max_num_queries):
    actor = people.desk_actor(company.ivo)
    operations.add_note(ticket=ticket, actor=actor, now=people.NOON, text="One")
    pane(desk, ticket)
    with django_assert_max_num_queries(17) as few:
        pane(desk, ticket)
    for i in range(30):
        operations.add_note(ticket=ticket, actor=actor, now=people.NOON + timedelta(minutes=i), text=f"Note {i}")
        people.receive(f"More {i}", inbox=company.inbox, sender=f"n{i}@x.example", message_id=f"n{i}@x.example")
    with django_assert_max_num_queries(len(few)):
        pane(desk, ticket)


def test_the_customers_other_tickets_stand_beside(desk, company, ticket):
    other = people.receive("Where is my invoice?", subject="Invoice", inbox=company.inbox, message_id="o@x.example")
    assert other.ticket.number in pane(desk, ticket)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("priority", "4", lambda t: t.priority == 4),
        ("type", "problem", lambda t: t.type == "problem"),
        ("subject", "Kettle drips", lambda t: t.subject == "Kettle drips"),
        ("status", "solved", lambda t: t.category == "solved"),
        ("tags", "hot,broken", lambda t: sorted(x.name for x in t.tags.all()) == ["broken", "hot"]),
        ("spam", "1", lambda t: t.spam),
        ("snoozed_until", "2099-01-01T09:00:00Z", lambda t: t.snoozed_until is not None),
    ],
)
def test_each_fact_can_be_changed(desk, ticket, name, value, read):
    answer = desk.post(reverse("desk:change", args=[ticket.number]), {name: value})
    assert answer.status_code == 204
    assert read(Ticket.objects.get(pk=ticket.pk))


def test_owner_and_team_are_set_and_taken_off(desk, company, ticket):
    url = reverse("desk:change", args=[ticket.number])
    desk.post(url, {"assignee": company.bek.pk, "team": company.second.pk})
    changed = Ticket.objects.get(pk=ticket.pk)
    assert (changed.assignee, changed.team) == (company.bek, company.second)
    desk.post(url, {"assignee": "", "team": ""})
    changed = Ticket.objects.get(pk=ticket.pk)
    assert (changed.assignee, changed.team) == (None, None)


@pytest.mark.parametrize(
    "data",
    [
        {"number": "AAAAAAA"},
        {"customer": "1"},
        {"merged_into": "1"},
        {"priority": "9"},
        {"status": "999999"},
        {"team": "x"},
        {"snoozed_until": "yesterday"},
        {"snoozed_until": "2001-01-01T00:00:00Z"},
    ],
)
def test_row_7_unknown_fields_and_values_change_nothing(desk, ticket, data):
    answer = desk.post(reverse("desk:change", args=[ticket.number]), data)
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


def test_many_are_changed_at_once_and_the_refused_ones_are_named(desk, company, ticket, change):
    second = people.receive("Other", sender="b@x.example", inbox=company.inbox).ticket
    solved = people.receive("Third", sender="c@x.example", inbox=company.inbox).ticket
    change(solved, status="solved")
    numbers = ",".join([ticket.number, second.number, solved.number])
    answer = desk.post(reverse("desk:bulk"), {"tickets": numbers, "snoozed_until": "2099-01-01T09:00:00Z"}).json()
    assert sorted(answer["done"]) == sorted([ticket.number, second.number])
    assert [r["number"] for r in answer["refused"]] == [solved.number]


def test_bulk_passes_over_tickets_that_one_may_not_see(company, ticket):
    answer = signed_in(company.limited).post(reverse("desk:bulk"), {"tickets": ticket.number, "priority": "4"})
    assert answer.json() == {"done": [], "refused": [], "missing": 1}
    assert Ticket.objects.get(pk=ticket.pk).priority == 2


def test_merge_moves_the_talk_and_can_be_undone(desk, company, ticket):
    other = people.receive("Again", sender="anna2@x.example", inbox=company.inbox).ticket
    answer = desk.post(reverse("desk:merge", args=[other.number]), {"into": ticket.shown_number})
    assert answer.json()["number"] == ticket.number
    assert "Again" in pane(desk, ticket)
    assert "This was merged into" in pane(desk, other)
    assert desk.post(reverse("desk:unmerge", args=[other.number])).status_code == 204
    assert "This was merged into" not in pane(desk, other)


def test_links_are_made_and_taken_off(desk, company, ticket):
    other = people.receive("Again", sender="anna2@x.example", inbox=company.inbox).ticket
    url = reverse("desk:link", args=[ticket.number])
    assert desk.post(url, {"other": other.number}).status_code == 204
    assert other.shown_number in pane(desk, ticket)
    assert desk.post(url, {"other": other.number, "remove": "1"}).status_code == 204
    assert not TicketLink.objects.exists()


def test_one_message_can_be_split_off(desk, ticket):
    answer = desk.post(reverse("desk:split", args=[ticket.last_message_id])).json()
    assert answer["number"] != ticket.number
    assert "My kettle leaks." in pane(desk, Ticket.objects.get(number=answer["number"]))


def test_blocking_a_sender_puts_the_ticket_into_spam(company, ticket):
    client = signed_in(company.lead)
    assert (
        client.post(reverse("desk:block", args=[ticket.number]), {"pattern": "anna@customer.example"}).status_code
        == 204
    )
    assert Ticket.objects.get(pk=ticket.pk).spam
    assert "anna@customer.example" in client.get(reverse("desk:blocked")).content.decode()
