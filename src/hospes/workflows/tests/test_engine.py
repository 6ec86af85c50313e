"""The moves, over random definitions and answers: a run always ends or waits, never loses an answer, and going back and
on again leads to the same place."""

import os
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.core.conditions import Field, matches
from hospes.core.errors import InvalidInput
from hospes.testing.people import NOON
from hospes.workflows.policies import engine, outline
from hospes.workflows.policies.answers import clean
from hospes.workflows.policies.checking import faults
from hospes.workflows.policies.definition import Plan, plan_of
from hospes.workflows.policies.texts import say
from hospes.workflows.written import difference, from_yaml, to_yaml

many = settings(
    max_examples=int(os.environ.get("HOSPES_EXAMPLES", "200")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class Mind:
    """Hands that keep answers, and count what was done."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.done: list[str] = []

    def holds(self, condition: Mapping[str, Any]) -> bool:
        return matches(condition, {f"run.{key}": value for key, value in self.answers.items()}, now=NOON)

    def knows(self, step) -> bool:
        return all(asked["key"] in self.answers for asked in step.inputs)

    def act(self, step) -> None:
        self.done.append(step.key)

    def look_up(self, step) -> None:
        self.answers[f"{step.key}_found"] = len(self.done) % 2 == 0

    def call(self, step) -> None:
        self.done.append(step.key)

    wait = hand_over = end = call


@st.composite
def definitions(draw) -> dict[str, Any]:
    """Nested steps with branches and jumps; only those without a fault are used."""
    count = draw(st.integers(1, 9))
    kinds = [
        draw(st.sampled_from(["show", "ask", "ask", "act", "look_up", "wait", "call", "decide"])) for _ in range(count)
    ]
    keys = [f"s{n}" for n in range(count)]

    def made(number: int, depth: int) -> dict[str, Any]:
        kind, key = kinds[number], keys[number]
        step: dict[str, Any] = {"key": key, "kind": kind}
        if kind == "show":
            step["text"] = "Hello"
        elif kind == "ask":
            asked = {"key": draw(st.sampled_from(["a", "b", "c"])), "kind": "yes_no"}
            step["inputs"] = [asked]
        elif kind == "act":
            step["actions"] = [{"do": "priority", "value": 3}]
        elif kind == "look_up":
            step |= {"find": "customer", "by": {"email": "run.a"}}
        elif kind == "wait":
            step["span"] = "1 h"
        elif kind == "call":
            step["url"] = "https://shop.example/"
        if kind == "decide" or draw(st.integers(0, 3)) == 0:
            field = draw(
                st.sampled_from([f"run.{i['key']}" for n in range(count) for i in inputs(n)] or ["ticket.tier"])
            )
            when = {"field": field, "is": "yes"} if field != "ticket.tier" else {"field": field, "is": "filled"}
            target = draw(st.sampled_from([*keys, ""]))
            step["branches"] = [{"when": when, **({"next": target} if target else {})}]
        return step

    asked_of: dict[int, list] = {}

    def inputs(number: int) -> list:
        return asked_of.get(number, [])

    steps = []
    for number in range(count):
        step = made(number, 0)
        asked_of[number] = step.get("inputs", [])
        steps.append(step)
    return {"name": "Random", "steps": [*steps, {"key": "end", "kind": "end"}]}


FIELDS: dict = {}


def sound(definition) -> Plan | None:
    known = {"ticket.tier": Field("ticket.tier", "tier", "number")}
    return None if faults(definition, known) else plan_of(definition)


@many
@given(definitions(), st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=25))
def test_a_run_always_ends_or_waits_and_never_loses_an_answer(definition, moves):
    plan = sound(definition)
    if plan is None:
        return
    mind, progress = Mind(), engine.Progress()
    engine.start(plan, progress, mind)
    told: dict[str, Any] = {}
    for answer, choice in moves:
        assert progress.state in {"running", "calling", "waiting", "ended"}
        assert progress.step in plan.steps
        if progress.state == "ended":
            assert plan.steps[progress.step].kind == "end"
            return
        if choice == 0 and progress.state == "running" and progress.path:
            before = dict(mind.answers)
            assert engine.step_back(plan, progress)
            assert mind.answers == before
            continue
        step = plan.steps[progress.step]
        for asked in step.inputs:
            mind.answers[asked["key"]] = told[asked["key"]] = answer
        engine.leave(plan, progress, mind, "answered")
        assert {key: mind.answers[key] for key in told} == told


@many
@given(definitions(), st.lists(st.booleans(), min_size=1, max_size=8))
def test_going_back_and_on_with_the_same_answers_leads_to_the_same_place(definition, answers):
    plan = sound(definition)
    if plan is None:
        return
    mind, progress = Mind(), engine.Progress()
    engine.start(plan, progress, mind)
    for answer in answers:
        if progress.state != "running":
            return
        at = progress.step
        for asked in plan.steps[at].inputs:
            mind.answers[asked["key"]] = answer
        engine.leave(plan, progress, mind, "answered")
        if progress.state == "running" and progress.path and progress.path[-1] == at:
            there, kept = progress.step, dict(mind.answers)
            assert engine.step_back(plan, progress)
            assert progress.step == at
            engine.leave(plan, progress, mind, "answered")
            # what is known by now is not asked a second time, so that one is there at once, or further on
            assert mind.answers == kept
            assert progress.step == there or there not in plan.steps or plan.steps[there].kind == "ask"


@many
@given(definitions(), st.data())
def test_the_outline_never_loses_a_step(definition, data):
    keys = sorted(outline.keys(definition))
    for _move in range(6):
        key = data.draw(st.sampled_from(keys))
        change = data.draw(
            st.sampled_from(
                [
                    lambda d, k: outline.move(d, k, -1),
                    lambda d, k: outline.move(d, k, 1),
                    outline.indent,
                    outline.outdent,
                    outline.add_branch,
                ]
            )
        )
        before = to_yaml(definition)
        try:
            changed, selected = change(definition, key)
        except InvalidInput:
            continue
        assert to_yaml(definition) == before  # the one that was given stays as it is
        assert selected == key
        assert sorted(outline.keys(changed)) == keys
        definition = changed


@many
@given(definitions())
def test_a_definition_written_as_yaml_is_read_as_the_same(definition):
    assert from_yaml(to_yaml(definition)) == [definition]
    assert difference(definition, definition) == []


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "Add a first step."),
        ([{"key": "a", "kind": "show", "text": "x"}], "a: Nothing comes after this step."),
        ([{"key": "a", "kind": "end"}, {"key": "b", "kind": "end"}], "b: No way leads to this step."),
        ([{"key": "a", "kind": "show", "text": "x", "next": "a"}, {"key": "e", "kind": "end"}], "Goes round"),
        ([{"key": "A b", "kind": "end"}], "Give the step a key"),
        ([{"key": "a", "kind": "dance"}], "There is no such kind of step: dance."),
        ([{"key": "a", "kind": "end", "colour": "red"}], "a: Unknown: colour."),
        ([{"key": "a", "kind": "act", "actions": [{"do": "explode"}]}, {"key": "e", "kind": "end"}], "Choose one of"),
        ([{"key": "a", "kind": "ask", "inputs": [{"key": "x", "kind": "choice"}]}, {"key": "e", "kind": "end"}],
         "add the answers to choose from"),
        ([{"key": "a", "kind": "ask", "inputs": [{"key": "x", "kind": "text", "pattern": "(?=x)"}]},
          {"key": "e", "kind": "end"}], "not understood"),
        ([{"key": "a", "kind": "decide", "branches": [{"when": {"field": "run.nope", "is": "yes"}}]},
          {"key": "e", "kind": "end"}], "Condition of branch 1: There is no such field."),
    ],
)  # fmt: skip
def test_faults_name_the_step_and_the_cure(steps, words):
    found = [str(fault) for fault in faults({"name": "T", "steps": steps}, {})]
    assert any(words in fault for fault in found), found


def test_a_pattern_that_would_hang_others_is_matched_in_linear_time():
    asked = {"key": "code", "kind": "text", "pattern": "(a+)+$"}
    with pytest.raises(Exception, match="not in the expected form"):
        clean(asked, "a" * 400 + "!", ())


@pytest.mark.parametrize(
    ("kind", "given_", "kept"),
    [
        ("number", "۱۲٫۵", 12.5),
        ("number", "7", 7),
        ("money", "9,90", 9.9),
        ("date", "2026-05-04", "2026-05-04"),
        ("yes_no", "yes", True),
        ("email", " anna@customer.example ", "anna@customer.example"),
        ("order", " SC  1 ", "SC 1"),
        ("text", "a\x00b", "ab"),
    ],
)
def test_answers_are_kept_in_one_form(kind, given_, kept):
    assert clean({"key": "x", "kind": kind}, given_, ()) == kept


def test_a_missing_translation_is_readable_and_marked():
    said = say({"lv": "Labdien"}, "fa", fallback="lv")
    assert (said.text, said.language, said.missing) == ("Labdien", "lv", True)
    assert say({"lv": "Labdien"}, "lv").missing is False
