"""Texts with gaps: what they say, what is refused at saving, and that filling in never fails."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.core.conditions import Field, matches
from hospes.core.wording import fill, problems
from hospes.testing.people import NOON

FIELDS = {
    "customer.first_name": Field("customer.first_name", "first name", "text"),
    "customer.vip": Field("customer.vip", "VIP", "yes_no"),
    "order.total": Field("order.total", "total", "number"),
    "ticket.tags": Field("ticket.tags", "tags", "set"),
}
FACTS = {"customer.first_name": "Anna", "customer.vip": True, "order.total": 60, "ticket.tags": ["kettle"]}
MANY = settings(max_examples=int(os.environ.get("HOSPES_EXAMPLES", "300")), deadline=None)


def said(text: str, facts: dict | None = None, **more) -> str:
    known = FACTS if facts is None else facts
    return fill(
        text, FIELDS, value=lambda name: known.get(name) and str(known[name]),
        holds=lambda condition: matches(condition, known, now=NOON), **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dear {{customer.first_name}},", "Dear Anna,"),
        ("Dear {{ customer.first_name | there }},", "Dear Anna,"),
        ("{% if customer.vip %}VIP{% else %}you{% endif %}", "VIP"),
        ("{% if not customer.vip %}VIP{% else %}you{% endif %}", "you"),
        ("{% if order.total &gt;= 100 %}a{% elif order.total &gt; 50 %}b{% else %}c{% endif %}", "b"),
        ('{% if customer.first_name == "Anna" and customer.vip %}yes{% endif %}', "yes"),
        ('{% if ticket.tags == "kettle" %}k{% endif %}{% if ticket.tags != "kettle" %}n{% endif %}', "k"),
        ("{% if customer.vip %}{% if order.total < 5 %}a{% else %}b{% endif %}{% else %}c{% endif %}", "b"),
        ("<p>a</p><p>{% if not customer.vip %}</p><p>b</p><p>{% endif %}</p><p>c</p>", "<p>a</p><p>c</p>"),
    ],
)
def test_a_text_is_filled_in(text, shown):
    assert problems(text, FIELDS) == []
    assert said(text) == shown


def test_a_default_stands_in_for_what_is_not_known():
    assert said("Dear {{customer.first_name|there}}", {}) == "Dear there"
    assert said("Dear {{customer.first_name}}", {}) == "Dear {{customer.first_name}}"


def test_values_are_escaped_and_never_filled_in_again():
    hostile = {
        "customer.first_name": '<img src=x onerror="alert(1)">{{order.total}}{% if customer.vip %}',
        "order.total": 9,
    }
    shown = said("{{customer.first_name}}", hostile)
    assert "<img" not in shown
    assert "{{order.total}}" in shown
    assert '"alert' not in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{customer.frist_name}}", "Did you mean “customer.first_name”"),
        ("{{nothing.such}}", "There is no variable"),
        ("{% if customer.vip %}x", "not closed"),
        ("x{% endif %}", "without an “if”"),
        ("{% else %}", "without an “if”"),
        ("{% if customer.vip %}a{% else %}b{% else %}c{% endif %}", "after “else”"),
        ("{% if %}x{% endif %}", "what has to hold"),
        ("{% if customer.vip or %}x{% endif %}", "what has to hold"),
        ("{% if order.total > many %}x{% endif %}", "with a number"),
        ("{% if order.total > %}x{% endif %}", "compare"),
        ("{% for x in y %}x{% endif %}", "not understood"),
        ("{% if customer.age > 3 %}x{% endif %}", "There is no variable"),
        ("Dear {{customer.first_name", "not complete"),
        ("{% if customer.vip %}" * 9 + "{% endif %}" * 9, "too deeply"),
    ],
)
def test_faults_are_named_when_a_text_is_saved(text, words):
    assert any(words in one for one in problems(text, FIELDS))


PIECES = st.sampled_from([
    "{{customer.first_name}}", "{{customer.first_name|x}}", "{% if customer.vip %}", "{% else %}", "{% endif %}",
    "{% elif order.total > 5 %}", "{{", "}}", "{%", "%}", "<p>", "&lt;", "word ", "{% if not %}",
    '{% if a == "b" or c %}',
])  # fmt: skip
ANY_TEXT = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=25).map("".join))


@MANY
@given(ANY_TEXT, st.dictionaries(st.sampled_from(sorted(FIELDS)), st.one_of(st.none(), st.text(), st.integers())))
def test_filling_in_never_fails_whatever_the_text(text, facts):
    assert isinstance(said(text, facts), str)
    assert isinstance(problems(text, FIELDS), list)


@MANY
@given(ANY_TEXT)
def test_what_is_accepted_leaves_no_marks_behind(text):
    if not problems(text, FIELDS):
        assert "{%" not in said(text)


@MANY
@given(st.lists(PIECES, max_size=25).map("".join))
def test_an_unclosed_block_is_refused(text):
    if text.count("{% if customer.vip %}") > text.count("{% endif %}"):
        assert problems(text, FIELDS)


def test_a_hostile_text_is_read_in_linear_time():
    for text in ("{{" * 100_000, "{% if " * 40_000, "{{a" + "|" * 100_000, "<p>" + " " * 199_000, "“" * 190_000):
        assert isinstance(said(text), str)
