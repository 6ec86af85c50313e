"""The one way in which a run moves, for agents, customers and whoever comes later. Pure: what touches the world is
done by `Hands`, so that the same moves serve a real run, the editor's preview and the tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from hospes.core.errors import HospesError
from hospes.workflows.policies.definition import Plan, Raw, Step

MOST_MOVES: Final = 300


class Lost(HospesError):
    """A run came to a step that its definition does not have, or moves without end. The check forbids both."""

    code = "workflow-lost"
    status = 500


@dataclass(slots=True)
class Progress:
    """Where a run is. `path` are the steps to which one can go back, `log` what happened in this move."""

    step: str = ""
    state: str = "running"
    path: list[str] = field(default_factory=list)
    outcome: str = ""
    log: list[tuple[str, str]] = field(default_factory=list)


class Hands(Protocol):
    """What a run can do and ask beyond its definition."""

    def holds(self, condition: Mapping[str, Any]) -> bool:
        """Whether a condition holds for what is known."""

    def knows(self, step: Step) -> bool:
        """Whether everything that a step must ask is known already; it is then noted down as answered."""

    def act(self, step: Step) -> None:
        """Do what an act step says."""

    def look_up(self, step: Step) -> None:
        """Find what a look-up step looks for, and note it down."""

    def call(self, step: Step) -> None:
        """Have an address called; the run is moved on when it has answered."""

    def wait(self, step: Step) -> None:
        """Set the timer."""

    def hand_over(self, step: Step) -> None:
        """Give it to a person."""

    def end(self, step: Step) -> None:
        """Write down how it ended."""


def next_of(step: Step, hands: Hands) -> str:
    """The key of the step after this one."""
    for branch in step.branches:
        if hands.holds(branch.when):
            return branch.goes_to
    return step.follows


def start(plan: Plan, progress: Progress, hands: Hands) -> None:
    """Go to the first step at which somebody or something has to be waited for."""
    _go(plan, plan.first, progress, hands)


def leave(plan: Plan, progress: Progress, hands: Hands, how: str) -> None:
    """Leave the step that the run stands at, and go to the next stop."""
    step = step_of(plan, progress.step)
    progress.log.append((step.key, how))
    if step.kind in {"show", "ask"}:
        progress.path.append(step.key)
    else:
        progress.path.clear()  # what was done, waited for or given away cannot be gone back behind
    progress.state = "running"
    _go(plan, next_of(step, hands), progress, hands)


def step_of(plan: Plan, key: str) -> Step:
    """A step by its key. Raises Lost."""
    found = plan.steps.get(key)
    if found is None:
        raise Lost(f"There is no step {key!r}.")
    return found


def _go(plan: Plan, key: str, progress: Progress, hands: Hands) -> None:
    skipped: set[str] = set()
    for _move in range(MOST_MOVES):
        step = step_of(plan, key)
        progress.step = step.key
        if step.kind == "ask" and step.key not in skipped and step.key not in progress.path and hands.knows(step):
            skipped.add(step.key)
            progress.log.append((step.key, "known"))
        elif step.kind in _STOPPING:
            _stop(step, progress, hands)
            return
        elif step.kind == "act":
            hands.act(step)
            progress.path.clear()
            progress.log.append((step.key, "done"))
        elif step.kind == "look_up":
            hands.look_up(step)
            progress.log.append((step.key, "done"))
        key = next_of(step, hands)
    raise Lost("A run moves without end.")


_STOPPING: Final = {
    "show": "running",
    "ask": "running",
    "call": "calling",
    "wait": "waiting",
    "hand_over": "handed_over",
    "end": "ended",
}


def _stop(step: Step, progress: Progress, hands: Hands) -> None:
    progress.state = _STOPPING[step.kind]
    if step.kind == "call":
        hands.call(step)
    elif step.kind == "wait":
        hands.wait(step)
    elif step.kind == "hand_over":
        hands.hand_over(step)
        if not step.follows and not step.branches:  # nobody goes on behind it here
            progress.state, progress.outcome = "ended", "handed_over"
            progress.log.append((step.key, "done"))
            hands.end(step)
    elif step.kind == "end":
        progress.outcome = str(step.raw.get("outcome") or "done")
        progress.log.append((step.key, "done"))
        hands.end(step)


def step_back(plan: Plan, progress: Progress) -> bool:
    """Go back to the step before; False when there is none that one can go back to."""
    while progress.path:
        key = progress.path.pop()
        if key in plan.steps:
            progress.log.append((progress.step, "back"))
            progress.step, progress.state = key, "running"
            return True
    return False


def must_be_asked(asked: Raw) -> bool:
    """Whether an input has to be answered before the run goes on."""
    return bool(asked.get("required", True))
