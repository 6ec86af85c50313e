"""Search: any text can be indexed and asked for, and each word is found again in each of our languages."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.core.errors import InvalidInput
from hospes.core.text import words
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive
from hospes.tickets import operations, queries
from hospes.tickets.searching import document, parse_query

pytestmark = pytest.mark.django_db
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ALPHABETS = "abcxyzšķņūāēģçğıİöüʻʼ'‘’-_ \u200cپچژگیكيىة۱۲۳٤أآؤئԱԲաբգևւ՞՛Ўқғҳ \n\t\"\\:&|!()<>*%\x00\ud800漢🙂"
anything = st.one_of(st.text(max_size=80), st.text(st.sampled_from(ALPHABETS), max_size=80))


def matches(text: str, query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [document([text]), query])
        return bool(cursor.fetchone()[0])


@relaxed
@given(anything, anything)
def test_row_18_any_text_is_a_valid_document_and_any_text_a_valid_question(text, question):
    matches(text, parse_query(question) or "'x'")


@relaxed
@given(anything)
def test_every_word_of_a_text_finds_it(text):
    for word in dict.fromkeys(words(text)):
        assert matches(text, parse_query(word))


@relaxed
@given(anything)
def test_a_quoted_line_of_a_text_finds_it_and_excluding_its_words_does_not(text):
    found = words(text)[:12]
    if found:
        assert matches(text, parse_query('"' + " ".join(found) + '"'))
        assert not matches(text, parse_query(f"{found[0]} -{found[-1]}"))


@pytest.mark.parametrize(
    ("text", "question", "found"),
    [
        ("Mans tējkannas vāks ir salauzts", "tejkann", True),
        ("Mans tējkannas vāks ir salauzts", "VĀKS", True),
        ("نمی‌خواهم کتری را برگردانم", "نمیخواهم", True),
        ("نمی‌خواهم کتری را برگردانم", "نمی‌خواهم", True),
        ("نمی‌خواهم کتری را برگردانم", "نمی خواهم", True),
        ("نمیخواهم کتری", "نمی‌خواهم", True),
        ("كتري من خراب است", "کتری", True),
        ("سفارش ۱۲۳۴", "1234", True),
        ("Oʻzbekistonda choynak", "o'zbekiston", True),
        ("Oʻzbekistonda choynak", "o‘zbekiston", True),
        ("Oʻzbekistonda choynak", "ozbekiston", True),
        ("IŞIKLI çaydanlık İSTANBUL", "ışıklı", True),
        ("IŞIKLI çaydanlık İSTANBUL", "istanbul", True),
        ("Թեյնիկը և գավաթը", "ԵՎ", True),
        ("Ինչո՞ւ է կաթում", "ինչու", True),
        ("Order 12-34/56 came", "12-34/56", True),
        ("Order 12-35/56 34", "12-34", False),
        ("write to anna@x.example", "anna@x.example", True),
        ("the blue kettle", '"blue kettle"', True),
        ("the blue big kettle", '"blue kettle"', False),
        ("the blue kettle", "„blue kettle“", True),
        ("the blue kettle", "kettle -blue", False),
        ("the blue kettle", 'kettle -"kettle blue"', True),
        ("the blue kettle", '"blue ket', False),
        ("the blue kettle", "ket", True),
        ("the blue kettle", "ke", False),
    ],
)
def test_what_is_found_by_what(text, question, found):
    assert matches(text, parse_query(question)) is found


@pytest.mark.parametrize("question", ["", " ", "-", '"', '""', "-kettle", "''", "!&|()", '-"x"'])
def test_a_question_without_a_wanted_word_asks_nothing(question):
    assert parse_query(question) == ""


def test_row_18_a_pathological_question_or_document_is_bounded():
    assert len(parse_query("-" * 100_000 + '"' * 100_000 + "a" * 100_000)) < 1000
    big = document(["".join(chr(0x20000 + n % 5000) + ("" if n % 7 else " ") for n in range(400_000))] * 3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT length(%s::tsvector)", [big])
        assert cursor.fetchone()[0] > 100


def test_pages_of_a_search_show_each_ticket_once():
    actor = desk_actor(make_agent())
    made = [receive("kettle", sender=f"c{n}@x.example").ticket for n in range(5)]
    for ticket in made * 3:
        operations.add_note(ticket=ticket, actor=actor, now=NOON, text="kettle again")
    shown, cursor = [], None
    while True:
        page = queries.search_tickets(actor, "kettle", cursor=cursor, limit=2)
        shown += [t.pk for t in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert sorted(shown) == sorted(t.pk for t in made)


def test_a_limited_agent_finds_only_what_they_may_see():
    team = make_team()
    limited = desk_actor(make_agent("Lim", teams=(team,), only_own_teams=True))
    hidden = receive("kettle one").ticket
    own = receive("kettle two", sender="b@x.example").ticket
    operations.change_ticket(ticket=own, team=team, actor=desk_actor(make_agent()), now=NOON)
    assert [t.pk for t in queries.search_tickets(limited, "kettle").items] == [own.pk]
    assert queries.search_tickets(limited, hidden.number).items == []


@pytest.mark.parametrize("cursor", ["x", "s", "s-1", "s²", "s" + "9" * 30, "\x00", "W10", "Ww" * 5000])
def test_row_20_cursors_that_nobody_handed_out_are_refused(cursor):
    actor = desk_actor(make_agent())
    with pytest.raises(InvalidInput):
        queries.search_tickets(actor, "x", cursor=cursor)
    with pytest.raises(InvalidInput):
        queries.list_tickets(actor, queries.TicketFilter(), cursor=cursor)


HOSTILE = ["' OR 1=1 --", "'; DROP TABLE tickets_ticket; --", "\x00", "%' UNION SELECT", "{}", "$$", "a'b\\c", "²"]


@pytest.mark.parametrize("text", HOSTILE)
def test_row_20_hostile_words_are_only_words(text):
    actor = desk_actor(make_agent())
    receive()
    for wanted in (
        queries.TicketFilter(channel=text), queries.TicketFilter(language=text),
        queries.TicketFilter(type=text), queries.TicketFilter(tag=text),
    ):  # fmt: skip
        assert queries.list_tickets(actor, wanted).items == []
    with pytest.raises(InvalidInput):
        queries.list_tickets(actor, queries.TicketFilter(order=text))
    for key in (text, f"team-{text}", f"saved-{text}"):
        with pytest.raises(InvalidInput):
            queries.view_counts(actor, [key])
    queries.search_tickets(actor, text)
