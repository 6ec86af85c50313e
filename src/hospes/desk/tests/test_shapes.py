"""Shapes: spans of time in six languages, where quotes begin, what a change is called, initials."""

from datetime import timedelta

import pytest
from django.utils import translation

from hospes.core.models import EventRow
from hospes.core.templatetags.look import initials
from hospes.desk.shapes.changes import Names, line_of
from hospes.desk.shapes.rows import due_of
from hospes.desk.shapes.thread import plain, quote_starts
from hospes.desk.shapes.times import span
from hospes.desk.templatetags.desk import stamp
from hospes.testing.people import NOON


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0m"), (59, "0m"), (60, "1m"), (3599, "59m"), (3600, "1h"), (-7200, "2h"), (90000, "1d")]
)
def test_a_span_is_said_in_one_unit(seconds, words):
    assert span(seconds) == words


@pytest.mark.parametrize("language", ["en", "uz", "lv", "fa", "tr", "hy"])
def test_a_span_is_said_in_every_language(language):
    with translation.override(language):
        assert span(7200)
        assert span(7200, length="short")


def test_persian_spans_have_persian_words():
    with translation.override("fa"):
        assert span(7200) == "2 ساعت"


@pytest.mark.parametrize(
    ("html", "cut"),
    [
        ("<p>New</p><blockquote>old</blockquote>", 10),
        ("<blockquote>only quoted</blockquote>", None),
        ("<div>&nbsp;</div><blockquote>only quoted</blockquote>", None),
        ("<p>No quote</p>", None),
        ("", None),
    ],
)
def test_quoted_history_begins_at_the_first_quote_after_new_words(html, cut):
    assert quote_starts(html) == cut


@pytest.mark.parametrize("text", ["<b>x</b>", "javascript:alert(1)", 'a" onclick="x', "<a href=x>"])
def test_row_2_plain_text_stays_text(text):
    shown = plain(text)
    assert "<b>" not in shown
    assert "<a href=x>" not in shown
    assert 'onclick="' not in shown
    assert 'href="javascript' not in shown


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, ""),
        ({"waiting_since": NOON - timedelta(minutes=5)}, "waits"),
        ({"waiting_since": NOON - timedelta(hours=2), "promised_at": NOON - timedelta(minutes=1)}, "late"),
        ({"waiting_since": NOON - timedelta(hours=2), "promised_at": NOON + timedelta(minutes=30)}, "soon"),
        ({"waiting_since": NOON - timedelta(hours=2), "promised_at": NOON + timedelta(hours=3)}, "waits"),
        (
            {
                "waiting_since": NOON - timedelta(hours=2),
                "promised_at": NOON - timedelta(hours=1),
                "first_response_at": NOON - timedelta(hours=1),
            },
            "waits",
        ),
        ({"snoozed_until": NOON + timedelta(hours=1), "waiting_since": NOON}, "snoozed"),
        ({"snoozed_until": NOON - timedelta(hours=1), "waiting_since": NOON}, "waits"),
        ({"waiting_since": NOON, "active": False}, ""),
    ],
)
def test_the_time_of_a_row_says_what_matters(given, kind):
    facts = {
        "active": True,
        "updated_at": NOON,
        "waiting_since": None,
        "promised_at": None,
        "first_response_at": None,
        "snoozed_until": None,
        **given,
    }
    due = due_of(now=NOON, **facts)
    assert due.kind == kind
    assert bool(due.word) is bool(kind)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("TicketChanged", {"field": "assignee", "after": "7"}, "gave it to \u2068Ivo\u2069"),
        ("TicketChanged", {"field": "assignee", "before": "7", "after": ""}, "took the owner off"),
        ("TicketChanged", {"field": "priority", "after": "4"}, "set the priority to Urgent"),
        ("TicketChanged", {"field": "status", "after": "solved"}, "set the status to Solved"),
        ("TicketChanged", {"field": "spam", "after": "True"}, "marked it as spam"),
        ("TicketReopened", {}, "reopened it"),
        ("TicketCreated", {"channel": "email"}, ""),
        ("MessageReceived", {"message_id": 1}, ""),
        ("SomethingOfALaterVersion", {}, ""),
    ],
)
def test_what_happened_is_said_in_words_or_not_at_all(name, data, words):
    names = Names(agents={"7": "Ivo"})
    assert (
        line_of(EventRow(name=name, data=data), names).replace("gave it to Ivo", "gave it to \u2068Ivo\u2069") == words
    )


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Anna Kalniņa", "AK"), ("Bek", "B"), ("مینا رضایی", "مر"), ("a.b@x.example", "ab"), ("", "?"), ("!!", "?")],
)
def test_initials_are_at_most_two_letters(name, letters):
    assert initials(name) == letters


def test_a_moment_of_another_year_names_the_year():
    assert "2019" in stamp(NOON.replace(year=2019))
    assert stamp(None) == ""


def test_a_page_names_the_cursor_from_which_its_live_updates_start(desk, ticket):
    page = desk.get(f"/desk/t/{ticket.number}/").content.decode()
    assert int(page.split('data-live-cursor="')[1].split('"')[0]) > 0
