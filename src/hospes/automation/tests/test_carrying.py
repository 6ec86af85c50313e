"""Rules as YAML: out and back the same, with names for ids, faults with their place, nothing dangerous read."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.automation import carrying, operations
from hospes.automation.content import checked, content_of
from hospes.automation.models import Rule
from hospes.automation.tests.conftest import NOW
from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, InvalidInput
from hospes.tickets.models.setup import Category

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "60"))
GOOD = """
hospes_rules: 1
rules:
- name: To returns
  when: ticket_opened
  if:
    all:
    - {field: ticket.team, is: is, value: First line}
    - {field: ticket.status, is: one_of, value: [open, new]}
  then:
  - {do: set_team, team: Returns}
  - {do: set_owner, agent: bek@demo.example}
- name: Each morning
  when: time
  schedule: {at: 10:30, days: [1, 5]}
  then:
  - do: add_tags
    tags: [yes, no]
"""


def test_names_become_ids_and_back(company):
    first, second = carrying.imported(GOOD)
    assert first["conditions"]["all"][0]["value"] == company.first.pk
    assert first["actions"][0]["team"] == company.second.pk
    assert first["actions"][1]["agent"] == company.bek.pk
    assert second["schedule"] == {"at": "10:30", "days": [1, 5]}
    assert second["actions"][0]["tags"] == ["yes", "no"]
    text = carrying.exported([first, second])
    assert "value: First line" in text
    assert "agent: bek@demo.example" in text
    assert carrying.imported(text) == [first, second]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("{nonsense", "file", "Line"),
        ("rules: []", "file", "Begin with"),
        ("hospes_rules: 1\nrules: [1]", "rules.0", "A rule has"),
        ("hospes_rules: 1\nrules: [{name: A, whne: solved}]", "rules.0", "Unknown: whne"),
        (GOOD.replace("Returns}", "Retunrs}"), "rules.0.then.0.team", "“Retunrs” does not exist here"),
        (GOOD.replace("First line", "Frist"), "rules.0.if.all.0.value", "“Frist” does not exist here"),
        (GOOD.replace("is: one_of", "is: one"), "rules.0.if.all.1.is", "Ask this field"),
        (GOOD.replace("10:30", "25:00"), "rules.1.schedule.at", "time of day"),
        (GOOD.replace("add_tags", "add_tag"), "rules.1.then.0.do", "no such step"),
        (GOOD.replace("ticket_opened", "opened"), "rules.0.when", "Choose when"),
        (GOOD.replace("Each morning", "To returns"), "rules", "Two rules"),
        (GOOD.replace("name: To returns", "name: ''"), "rules.0.name", "Write a name"),
    ],
)
def test_a_fault_names_its_place(company, text, place, words):
    with pytest.raises(InvalidInput) as refused:
        carrying.imported(text)
    assert refused.value.field == place
    assert words in str(refused.value.message)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\nhospes_rules: 1\nrules: [*b, *b]",
        "!!python/object/apply:os.system [id]",
        "hospes_rules: 1\nrules: !!python/name:os.system",
        "[" * 5000,
        "hospes_rules: 1\nrules: []\n" + "#" * 2_000_001,
    ],
)
def test_nothing_dangerous_is_read(text, db):
    with pytest.raises(InvalidInput):
        carrying.imported(text)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)
LEAVES = st.one_of(
    st.builds(lambda v: {"field": "ticket.subject", "is": "contains", "value": v}, st.lists(WORDS, min_size=1)),
    st.builds(lambda v: {"field": "ticket.priority", "is": "at_least", "value": v}, st.integers(1, 4)),
    st.builds(lambda v: {"field": "ticket.category", "is": "is", "value": v}, st.sampled_from(Category.values)),
    st.builds(lambda n: {"field": "ticket.created_at", "is": "ago_more_than", "value": f"{n} h"}, st.integers(1, 99)),
    st.just({"field": "customer.vip", "is": "yes"}),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=6,
)
ACTIONS = st.one_of(
    st.builds(lambda p: {"do": "set_priority", "priority": p}, st.integers(1, 4)),
    st.builds(lambda t: {"do": "add_tags", "tags": t}, st.lists(WORDS, min_size=1, max_size=3)),
    st.builds(lambda v: {"do": "set_field", "name": "colour", "value": v}, WORDS),
    st.builds(lambda n: {"do": "snooze", "for": f"{n} d"}, st.integers(1, 9)),
)
SCHEDULES = st.one_of(
    st.builds(lambda n: {"every": f"{n} min"}, st.integers(5, 600)),
    st.builds(lambda h, m, d: {"at": f"{h:02}:{m:02}", "days": sorted(d)}, st.integers(0, 23), st.integers(0, 59),
              st.sets(st.integers(1, 7), min_size=1)),
)  # fmt: skip
CONTENTS = st.builds(
    lambda name, description, when, conditions, actions, last, schedule, limit: {
        "name": name,
        "description": description,
        "trigger": when,
        "schedule": schedule if when == "time" else {},
        "conditions": conditions,
        "actions": actions,
        "stop_after": last,
        "limits": {"messages_per_hour": limit} if limit else {},
    },
    WORDS, WORDS, st.sampled_from(["solved", "time", "customer_wrote"]), st.one_of(st.just({}), TREES),
    st.lists(ACTIONS, min_size=1, max_size=3), st.booleans(), SCHEDULES, st.integers(0, 100),
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(CONTENTS, max_size=4, unique_by=lambda c: " ".join(c["name"].split())))
def test_whatever_can_be_saved_comes_back_the_same(db, contents):
    made = [checked(content) for content in contents]
    assert carrying.imported(carrying.exported(made)) == made


def test_a_file_makes_rules_switched_off_and_twice_is_as_once(company):
    made = operations.import_rules(text=GOOD, actor=SYSTEM, now=NOW)
    assert [(rule.name, rule.active) for rule in made] == [("To returns", False), ("Each morning", False)]
    operations.import_rules(text=GOOD, actor=SYSTEM, now=NOW)
    assert Rule.objects.count() == 2
    assert [rule.version for rule in Rule.objects.all()] == [1, 1]
    assert carrying.imported(operations.export_rules(made)) == [content_of(rule) for rule in made]


def test_a_file_never_changes_a_rule_that_is_on(company, make_rule):
    make_rule("To returns", "solved", {"do": "add_tags", "tags": ["x"]})
    with pytest.raises(Conflict) as refused:
        operations.import_rules(text=GOOD, actor=SYSTEM, now=NOW)
    assert refused.value.field == "rules.0"
    assert Rule.objects.count() == 1
