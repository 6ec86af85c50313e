"""Conditions: what fits, what is refused, how they are read aloud, and that no pattern can hang."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.core.conditions import OPERATORS, Field, check, compiled, matches, read, used_fields
from hospes.core.errors import InvalidInput

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FIELDS = {
    f.name: f
    for f in (
        Field("t.subject", "the subject", "text"),
        Field("t.body", "the text", "words"),
        Field("t.priority", "the priority", "choice", lambda: [(1, "Low"), (4, "Urgent")]),
        Field("t.count", "the number of messages", "number"),
        Field("t.vip", "the customer is a VIP", "yes_no"),
        Field("t.at", "its opening", "moment"),
        Field("t.tags", "the list of tags", "set"),
    )
}


def leaf(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "is": operator, "value": value}


@pytest.mark.parametrize(
    ("condition", "known", "fits"),
    [
        (leaf("t.subject", "is", "Kettle"), "kettle", True),
        (leaf("t.subject", "contains", ["ķēde", "tējkanna"]), "Mana TEJKANNA tek", True),
        (leaf("t.subject", "contains_none", ["refund"]), "Refund please", False),
        (leaf("t.subject", "starts_with", "RE"), "re: hello", True),
        (leaf("t.subject", "pattern", r"order\s+\d{4}"), "My ORDER 1234", True),
        (leaf("t.subject", "empty"), "", True),
        (leaf("t.subject", "filled"), None, False),
        (leaf("t.priority", "at_least", 3), 4, True),
        (leaf("t.priority", "one_of", [1, 2]), 4, False),
        (leaf("t.count", "less_than", 3), None, False),
        (leaf("t.count", "more_than", 3), 4, True),
        (leaf("t.vip", "yes"), True, True),
        (leaf("t.vip", "no"), None, True),
        (leaf("t.at", "ago_more_than", "2 d"), NOW - timedelta(days=3), True),
        (leaf("t.at", "ago_less_than", "30 min"), NOW - timedelta(minutes=31), False),
        (leaf("t.at", "within", "4 h"), NOW + timedelta(hours=4), True),
        (leaf("t.at", "past"), NOW, True),
        (leaf("t.at", "before", "2026-05-04"), NOW - timedelta(days=1), True),
        (leaf("t.at", "before", "2026-05-04"), None, False),
        (leaf("t.tags", "has_all", ["a", "b"]), ["B", "a", "c"], True),
        (leaf("t.tags", "has_none", ["x"]), None, True),
    ],
)
def test_a_leaf_compares_as_its_field_is_made(condition: Any, known: Any, fits: bool) -> None:
    check(condition, FIELDS)
    assert matches(condition, {condition["field"]: known}, now=NOW) is fits


def test_groups_combine_and_an_empty_condition_always_holds() -> None:
    yes, no = leaf("t.vip", "yes"), leaf("t.vip", "no")
    facts = {"t.vip": True}
    assert matches({"all": [yes, {"any": [no, yes]}, {"not": no}]}, facts, now=NOW)
    assert not matches({"all": [yes, no]}, facts, now=NOW)
    assert matches({}, {}, now=NOW)
    assert matches({"all": []}, {}, now=NOW)
    assert not matches({"any": []}, {}, now=NOW)


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ([], "conditions"),
        ({"all": {}}, "conditions.all"),
        ({"all": [leaf("t.nothing", "is", 1)]}, "conditions.all.0.field"),
        (leaf("t.subject", "at_least", 1), "conditions.is"),
        (leaf("t.count", "at_least", "many"), "conditions.value"),
        (leaf("t.count", "at_least", True), "conditions.value"),
        (leaf("t.subject", "is"), "conditions.value"),
        (leaf("t.at", "within", "soon"), "conditions.value"),
        (leaf("t.at", "before", "2026-05-04T12:00"), "conditions.value"),
        (leaf("t.subject", "pattern", "(a"), "conditions.value"),
        (leaf("t.subject", "pattern", r"(?=a)b"), "conditions.value"),
        ({**leaf("t.subject", "is", "x"), "also": 1}, "conditions"),
        ({"not": {}, "all": []}, "conditions.all"),
    ],
)
def test_what_is_not_well_made_is_refused_at_its_place(condition: Any, place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(condition, FIELDS)
    assert refused.value.field == place
    assert str(refused.value.message)


def test_too_deep_and_too_many_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _level in range(12):
        deep = {"not": deep} if deep else leaf("t.vip", "yes")
    for bad in (deep, {"all": [leaf("t.vip", "yes")] * 200}):
        with pytest.raises(InvalidInput):
            check(bad, FIELDS)


def test_a_condition_is_read_aloud_in_one_sentence() -> None:
    condition = {
        "all": [
            leaf("t.priority", "at_least", 4),
            {"any": [leaf("t.subject", "contains", ["refund", "money"]), leaf("t.vip", "yes")]},
            {"not": leaf("t.tags", "has", "test")},
        ]
    }
    assert read(condition, FIELDS) == (
        "the priority is at least Urgent and (the subject contains “refund”, “money” or the customer is a VIP: yes) "
        "and not (the list of tags has “test”)"
    )
    assert read({}, FIELDS) == ""
    assert "no longer exists" in read(leaf("gone.field", "is", 1), FIELDS)


def test_only_the_fields_that_are_asked_about_are_named() -> None:
    condition = {"all": [leaf("t.vip", "yes"), {"not": {"any": [leaf("t.at", "past")]}}]}
    assert used_fields(condition) == {"t.vip", "t.at"}


# Row 18: patterns that hang backtracking engines.
@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+$", r"(.*a){20}", r"^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_no_pattern_takes_long_over_a_long_text_row_18(pattern: str) -> None:
    text = "a" * 1_000_000 + "!"
    began = time.process_time()
    matches(leaf("t.body", "pattern", pattern), {"t.body": text}, now=NOW)
    # Not a timing of ours: a backtracking engine would need longer than the universe has.
    assert time.process_time() - began < 20


def test_patterns_are_compiled_once() -> None:
    assert compiled("order [0-9]+") is compiled("order [0-9]+")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(known=anything, value=anything, field=st.sampled_from(list(FIELDS)), data=st.data())
def test_what_passes_the_check_never_fails_on_any_fact(known: Any, value: Any, field: str, data: Any) -> None:
    operator = data.draw(st.sampled_from(list(OPERATORS[FIELDS[field].kind])))
    condition = leaf(field, operator, value)
    try:
        check(condition, FIELDS)
    except InvalidInput:
        return
    assert matches(condition, {field: known}, now=NOW) in {True, False}
    assert read(condition, FIELDS)
