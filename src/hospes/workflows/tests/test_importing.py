"""Written procedures: all 55 become workflows that run to an end along every way; other files are taken or refused."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hospes.config.workflows_cli import import_file
from hospes.core.actors import SYSTEM
from hospes.core.conditions import matches
from hospes.core.errors import InvalidInput
from hospes.core.facts import all_fields
from hospes.testing.people import NOON, desk_actor, make_agent, receive
from hospes.workflows import operations, queries
from hospes.workflows.importing import read_procedures
from hospes.workflows.models import Workflow, WorkflowVersion
from hospes.workflows.policies import engine
from hospes.workflows.policies.checking import faults
from hospes.workflows.policies.definition import plan_of

REAL = Path(__file__).resolve().parents[5] / "shared" / "data" / "abcd" / "guidelines.json"
needs_file = pytest.mark.skipif(not REAL.exists(), reason="the file of procedures is not here")
SMALL = {
    "Tea": {
        "description": "questions about tea",
        "subflows": {
            "Too cold": {
                "instructions": ["The tea is cold.", "Be kind."],
                "actions": [
                    {"type": "interaction", "button": "Pull up Account", "text": "Ask for the name", "subtext": []},
                    {"type": "kb query", "button": "Ask the Oracle", "text": "Is it cold?", "subtext": [
                        "If the Oracle says No, apologize and [End Conversation]",
                        "If the Oracle says Yes, skip to the Warm Up step below"]},
                    {"type": "x", "button": "Offer Refund", "text": "If they are still unhappy:", "subtext": []},
                    {"type": "interaction", "button": "Warm Up", "text": "Warm it", "subtext": ["Slowly."]},
                ],
            }
        },
    }
}  # fmt: skip


class Dreaming:
    """Hands that change nothing: each question is answered as the path says."""

    def __init__(self, plan):
        self.plan, self.answers, self.ended = plan, {}, ""

    def holds(self, condition: Mapping) -> bool:
        return matches(condition, {f"run.{key}": value for key, value in self.answers.items()}, now=NOON)

    def knows(self, step) -> bool:
        return all(asked["key"] in self.answers for asked in step.inputs) and step.raw.get("known") != "confirm"

    def act(self, step) -> None: ...
    def look_up(self, step) -> None: ...
    def call(self, step) -> None: ...
    def wait(self, step) -> None: ...
    def hand_over(self, step) -> None: ...
    def end(self, step) -> None:
        self.ended = step.key


def answers_for(asked) -> list:
    """Every answer that could lead another way."""
    return {
        "yes_no": [True, False],
        "choice": [choice["value"] for choice in asked.get("choices", ())],
        "number": [1, 7, 8],
        "money": [9.5],
    }.get(asked["kind"], ["something"])


def all_ways(plan) -> Iterator[tuple[list[str], str]]:
    """(steps passed, outcome) of every way through a plan, going round a loop once; one answer changes at a time only
    where it matters: for questions whose answers some condition asks about."""
    asked_about = {
        name.removeprefix("run.")
        for step in plan.steps.values()
        for branch in step.branches
        for name in _fields(branch.when)
    }
    waiting = [({}, None, [])]
    while waiting:
        answers, at, trail = waiting.pop()
        hands = Dreaming(plan)
        hands.answers = dict(answers)
        progress = engine.Progress(step=plan.first)
        if at is None:
            engine.start(plan, progress, hands)
        else:
            progress.step = at
            engine.leave(plan, progress, hands, "answered")
        trail = [*trail, progress.step]
        if progress.state == "ended":
            yield trail, progress.outcome
            continue
        assert progress.state == "running", progress
        if trail.count(progress.step) > 2:
            continue
        step = plan.steps[progress.step]
        ways = [hands.answers]
        for asked in step.inputs:
            options = answers_for(asked)
            options = options if asked["key"] in asked_about else options[:1]
            ways = [{**way, asked["key"]: option} for way in ways for option in options]
        waiting += [(way, progress.step, trail) for way in ways]


def _fields(condition) -> set[str]:
    from hospes.core.conditions import used_fields

    return used_fields(condition)


@needs_file
def test_all_55_procedures_run_to_an_end_along_every_branch():
    found = read_procedures(REAL.read_bytes())
    assert len(found) == 55
    walked = 0
    fields = all_fields("ticket", "customer", "order", "time")
    for imported in found:
        assert [str(fault) for fault in faults(imported.definition, fields)] == [], imported.key
        plan = plan_of(imported.definition)
        ways = list(all_ways(plan))
        walked += len(ways)
        passed = {key for trail, _outcome in ways for key in trail}
        stops = {key for key, step in plan.steps.items() if step.kind in {"show", "ask", "end"}}
        assert stops <= passed, (imported.key, stops - passed)
        assert all(outcome in {"done", "refused"} for _trail, outcome in ways)
    assert walked > 300


@needs_file
def test_every_sentence_of_the_procedures_can_be_read_at_some_step():
    for imported in read_procedures(REAL.read_bytes()):
        steps = plan_of(imported.definition).steps.values()
        for step in steps:
            assert step.kind != "show" or step.raw["text"]["en"].strip(), imported.key
        assert all(sentence.strip() for sentence in imported.kept_as_text)


@needs_file
@pytest.mark.django_db
def test_the_real_file_is_imported_once_and_a_second_time_changes_nothing(capsys):
    import_file(str(REAL))
    assert Workflow.objects.filter(published__isnull=False).count() == 55
    assert "55 procedures: 55 new, 0 changed, 0 as they were." in capsys.readouterr().out
    import_file(str(REAL))
    assert WorkflowVersion.objects.count() == 55
    assert "0 new, 0 changed, 55 as they were." in capsys.readouterr().out
    ticket = receive().ticket
    actor = desk_actor(make_agent())
    run = operations.start_run(
        workflow=queries.published_by_key("order-issue-status-quantity"), ticket=ticket, actor=actor, now=NOON
    )
    given = {"account": "Anna", "full_name": "Anna", "account_id": "1", "order": "77", "ask_the_oracle": "no"}
    for _step in range(9):
        if run.state == "ended":
            break
        run = operations.advance(run=run, answers=given, actor=actor, now=NOON)
    assert (run.state, run.outcome) == ("ended", "done")
    ticket.refresh_from_db()
    assert ticket.fields["order-issue-status-quantity.ask_the_oracle"] is False


@pytest.mark.django_db
def test_a_changed_procedure_becomes_a_new_version():
    [first] = read_procedures(json.dumps(SMALL).encode())
    operations.import_workflow(key=first.key, definition=first.definition, actor=SYSTEM, now=NOON)
    changed = json.loads(json.dumps(SMALL).replace("Slowly.", "Quickly."))
    [second] = read_procedures(json.dumps(changed).encode())
    version, what = operations.import_workflow(key=second.key, definition=second.definition, actor=SYSTEM, now=NOON)
    assert (version.number, what) == (2, "changed")


def test_an_unknown_button_becomes_a_step_to_be_read_and_can_be_jumped_to():
    [imported] = read_procedures(json.dumps(SMALL).encode())
    plan = plan_of(imported.definition)
    assert plan.steps["warm_up"].raw["text"]["en"] == "Warm it\n– Slowly."
    yes = next(b for b in plan.steps["decide_2"].branches if b.when["is"] == "yes")
    assert yes.goes_to == "warm_up"
    assert sorted({outcome for _trail, outcome in all_ways(plan)}) == ["done"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "This is not JSON"),
        (b"[]", "the file: an object is expected here, not list."),
        (b"{}", "There is no procedure in this file."),
        (b'{"Tea": {"subflows": {"Cold": {"actions": [{}]}}}}', "“Tea”, “Cold”, action 1: it says nothing."),
        (b'{"Tea": {"subflows": {"Cold": {"actions": 3}}}}', "a list is expected here, not int."),
        (b'{"Tea": {"subflows": {"Cold": {"instructions": [1], "actions": []}}}}', "it has no actions."),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_place(content, words):
    with pytest.raises(InvalidInput) as refused:
        read_procedures(content)
    assert words in str(refused.value.message)
