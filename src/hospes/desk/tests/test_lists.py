"""Lists: what stands in them, further and live rows, counts, saved views; and how little they ask."""

from datetime import timedelta

import pytest
from django.urls import reverse

from hospes.desk.tests.conftest import signed_in
from hospes.testing import people
from hospes.tickets.models import SavedView


def fill(company, count: int) -> None:
    for i in range(count):
        people.receive(
            f"Message {i}",
            sender=f"person{i}@x.example",
            name=f"Person {i}",
            subject=f"Matter {i}",
            inbox=company.inbox,
            now=people.NOON + timedelta(minutes=i),
            message_id=f"fill{i}@x.example",
        )


def test_a_row_says_who_what_and_the_newest_words(desk, ticket):
    page = desk.get(reverse("desk:view", args=["open"])).content.decode()
    assert "Anna Kalniņa" in page
    assert "Kettle leaks" in page
    assert "My kettle leaks." in page
    assert f'data-number="{ticket.number}"' in page


def test_who_told_no_name_is_listed_by_their_number(desk, company):
    people.receive(
        "Is it ready?", sender="+37126112233", name="", subject="", inbox=company.inbox, identity="phone",
        message_id="SM1",
    )  # fmt: skip
    page = desk.get(reverse("desk:view", args=["open"])).content.decode()
    assert "+37126112233" in page
    assert "Somebody without a name" not in page


def test_an_unread_row_says_so_in_words(desk, ticket):
    page = desk.get(reverse("desk:view", args=["open"])).content.decode()
    assert "Unread" in page
    desk.post(reverse("desk:seen", args=[ticket.number]), {"message": ticket.last_message_id})
    assert "Unread" not in desk.get(reverse("desk:view", args=["open"])).content.decode()
    desk.post(reverse("desk:seen", args=[ticket.number]), {"message": "1", "unread": "1"})
    assert "Unread" in desk.get(reverse("desk:view", args=["open"])).content.decode()


def test_a_late_ticket_says_late_in_words_not_only_in_colour(desk, company, ticket):
    ticket.promised_at = people.NOON
    ticket.save()
    page = desk.get(reverse("desk:view", args=["open"])).content.decode()
    assert "late, waiting for" in page


@pytest.mark.parametrize(
    ("view", "changes", "belongs"),
    [
        ("unassigned", {}, True),
        ("mine", {}, False),
        ("team", {}, True),
        ("solved", {"status": "solved"}, True),
        ("open", {"status": "solved"}, False),
        ("spam", {"spam": True}, True),
        ("open", {"spam": True}, False),
    ],
)
def test_a_ticket_stands_in_the_views_that_it_belongs_to(desk, ticket, change, view, changes, belongs):
    if changes:
        change(ticket, **changes)
    page = desk.get(reverse("desk:view", args=[view])).content.decode()
    assert (f'data-number="{ticket.number}"' in page) is belongs


def test_further_rows_begin_where_the_first_ones_ended(desk, company):
    fill(company, 60)
    first = desk.get(reverse("desk:view", args=["open"])).content.decode()
    assert first.count('class="ticket') == 50
    more = first.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    second = desk.get(more, headers={"HX-Request": "true"}).content.decode()
    assert second.count('class="ticket') == 10
    assert "more-rows" not in second
    numbers = {part.split('"')[0] for part in (first + second).split('data-number="')[1:]}
    assert len(numbers) == 60


def test_a_list_costs_the_same_queries_however_long_it_is(desk, company, django_assert_max_num_queries):
    fill(company, 3)
    desk.get(reverse("desk:rows", args=["open"]))
    with django_assert_max_num_queries(6) as few:
        desk.get(reverse("desk:rows", args=["open"]))
    fill_more = 40
    for i in range(3, fill_more):
        people.receive(f"M {i}", sender=f"p{i}@x.example", inbox=company.inbox, message_id=f"more{i}@x.example")
    with django_assert_max_num_queries(len(few)):
        desk.get(reverse("desk:rows", args=["open"]))


def test_the_whole_page_asks_little_too(desk, company, django_assert_max_num_queries):
    fill(company, 20)
    desk.get(reverse("desk:counts"))
    with django_assert_max_num_queries(16):
        desk.get(reverse("desk:view", args=["open"]))


def test_live_rows_come_only_for_tickets_that_belong_to_the_list(desk, company, ticket, change):
    url = reverse("desk:rows", args=["unassigned"])
    assert ticket.number in desk.get(url, {"ids": str(ticket.pk)}).content.decode()
    change(ticket, assignee=company.bek)
    assert ticket.number not in desk.get(url, {"ids": str(ticket.pk)}).content.decode()


def test_counts_follow_what_happens(desk, company, ticket, change):
    from django.core.cache import cache

    assert desk.get(reverse("desk:counts")).json()["counts"]["unassigned"] == 1
    change(ticket, assignee=company.ivo)
    cache.clear()
    counts = desk.get(reverse("desk:counts")).json()["counts"]
    assert (counts["unassigned"], counts["mine"]) == (0, 1)


def test_a_list_can_be_narrowed_and_kept_as_a_view(desk, company, ticket, change):
    url = reverse("desk:view", args=["open"])
    assert ticket.number not in desk.get(url, {"priority": "4"}).content.decode()
    change(ticket, priority=4)
    assert ticket.number in desk.get(url, {"priority": "4"}).content.decode()
    answer = desk.post(reverse("desk:save_view"), {"name": "Urgent", "base": "open", "query": "priority=4"})
    saved = SavedView.objects.get()
    assert answer["Location"] == reverse("desk:view", args=[f"saved-{saved.pk}"])
    page = desk.get(answer["Location"]).content.decode()
    assert ticket.number in page
    assert "Urgent" in page


def test_another_agents_saved_view_is_not_found(desk, company):
    desk.post(reverse("desk:save_view"), {"name": "Mine alone", "base": "open", "query": "priority=4"})
    saved = SavedView.objects.get()
    other = signed_in(company.bek)
    assert other.get(reverse("desk:view", args=[f"saved-{saved.pk}"])).status_code == 404
    assert other.post(reverse("desk:delete_view", args=[saved.pk])).status_code == 404
    assert desk.post(reverse("desk:delete_view", args=[saved.pk])).status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("query", [{"after": "nonsense"}, {"order": "password"}, {"priority": "x"}, {"ids": "1,x,'"}])
def test_row_20_strange_filters_neither_break_nor_pass(desk, ticket, query):
    assert desk.get(reverse("desk:rows", args=["open"]), query).status_code in (200, 422)


def test_row_2_markup_in_names_and_subjects_is_text(desk, company):
    canary = "<img src=x onerror=alert(1)>"
    received = people.receive(canary, sender="x@x.example", name=canary, subject=canary, inbox=company.inbox)
    for url in (reverse("desk:view", args=["open"]), reverse("desk:ticket", args=[received.ticket.number])):
        page = desk.get(url).content.decode()
        assert canary not in page
        assert "&lt;img src=x" in page
