"""What is wrong with a definition, before it can be published: every fault names its step and the cure. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core.conditions import Field, Kind, check, compiled, span_of
from hospes.core.errors import InvalidInput
from hospes.workflows.policies.actions import fault_of
from hospes.workflows.policies.definition import INPUT_KINDS, KINDS, OPEN_TO, OUTCOMES, Plan, Step, plan_of, ways_on
from hospes.workflows.policies.texts import say

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
MOST_STEPS: Final = 300
MOST_INPUTS: Final = 30
GROUP = gettext_lazy("Answers of this run")
KINDS_OF_FACTS: Final[dict[str, Kind]] = {
    "number": "number", "money": "number", "date": "moment", "yes_no": "yes_no", "choice": "choice", "choices": "set",
    "file": "set",
}  # fmt: skip
STEP_KEYS: Final[dict[str, frozenset[str]]] = {
    "show": frozenset(),
    "ask": frozenset({"inputs", "known"}),
    "look_up": frozenset({"find", "by", "verify", "into", "table"}),
    "decide": frozenset(),
    "act": frozenset({"actions"}),
    "wait": frozenset({"span", "until", "for_answer", "into"}),
    "hand_over": frozenset({"team", "reason", "priority"}),
    "call": frozenset({"method", "url", "headers", "body", "into", "tries"}),
    "end": frozenset({"outcome", "status", "label"}),
}
COMMON: Final = frozenset({"key", "kind", "title", "text", "hint", "next", "branches", "source"})
INPUT_KEYS: Final = frozenset(
    {"key", "kind", "label", "help", "required", "min", "max", "pattern", "pattern_help", "choices", "options",
     "from", "currency", "keep"}
)  # fmt: skip
TOP_KEYS: Final = frozenset(
    {"key", "language", "languages", "name", "summary", "group", "open_to", "steps", "tables", "inbox", "source"}
)
FOUND: Final = ("customer", "order", "table")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that keeps a definition from being published. `step` is its key, `place` the way to it in the JSON."""

    step: str
    words: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.step}: {self.words}" if self.step else self.words


def facts_of_run(plan: Plan) -> dict[str, Field]:
    """What conditions can ask about a run of this definition, beside ticket, customer and order."""
    found: dict[str, Field] = {}
    for _step, asked in plan.inputs():
        key, kind = str(asked.get("key")), str(asked.get("kind"))
        name = f"run.{key}"
        label = say(asked.get("label"), "en", fallback=plan.language).text or key
        pairs = tuple(
            (str(c.get("value")), say(c.get("label"), "en", fallback=plan.language).text or str(c.get("value")))
            for c in asked.get("choices") or ()
            if isinstance(c, Mapping)
        )
        kind_of_fact = KINDS_OF_FACTS.get(kind, "text")
        found[name] = Field(name, label, kind_of_fact, _as_list(pairs) if pairs else None, group=GROUP)
    for step in plan.steps.values():
        for name, kind_of_fact in _results(step):
            found.setdefault(f"run.{name}", Field(f"run.{name}", name, kind_of_fact, group=GROUP))
    return found


def _as_list(pairs: tuple[tuple[str, str], ...]) -> Callable[[], tuple[tuple[str, str], ...]]:
    return lambda: pairs


def _results(step: Step) -> Iterable[tuple[str, Kind]]:
    """What a step itself leaves behind: whether it found, answered, came too late, and what it put where."""
    if step.kind == "look_up":
        yield f"{step.key}_found", "yes_no"
    elif step.kind == "call":
        yield f"{step.key}_worked", "yes_no"
    elif step.kind == "wait":
        yield f"{step.key}_answered", "yes_no"
    into = step.raw.get("into")
    if isinstance(into, Mapping):
        for name in into:
            yield str(name), "text"
    elif isinstance(into, str) and into:
        yield into, "text"


def faults(definition: Mapping[str, Any], fields: Mapping[str, Field]) -> list[Fault]:
    """Everything that is wrong. `fields` are those of ticket, customer, order and time."""
    plan = plan_of(definition)
    found = [*_of_head(definition, plan)]
    known = {**fields, **facts_of_run(plan)}
    answers: dict[str, str] = {}
    for step in plan.steps.values():
        found += _of_step(step, plan, known)
        for asked in step.inputs:
            kind = answers.setdefault(str(asked.get("key")), str(asked.get("kind")))
            if kind != asked.get("kind"):
                words = _("Two questions are both called “%(key)s” but are of different kinds. Rename one.")
                found.append(Fault(step.key, words % {"key": asked.get("key")}, step.place))
    if not any(fault.place == "steps" for fault in found):
        found += _of_ways(plan)
    return found


def _of_head(definition: Mapping[str, Any], plan: Plan) -> Iterable[Fault]:
    if unknown := sorted(str(name) for name in set(definition) - TOP_KEYS):
        yield Fault("", _("Unknown: %(names)s.") % {"names": ", ".join(unknown)})
    if not say(definition.get("name"), "en"):
        yield Fault("", _("Give the workflow a name."), "name")
    if definition.get("open_to", "agents") not in OPEN_TO:
        yield Fault("", _("It can be open to agents, customers or guests."), "open_to")
    listed = definition.get("steps")
    if not isinstance(listed, list) or not plan.steps:
        yield Fault("", _("Add a first step."), "steps")
    if len(plan.steps) > MOST_STEPS:
        yield Fault("", _("At most %(n)d steps. Split the workflow.") % {"n": MOST_STEPS}, "steps")
    for key in plan.doubles:
        yield Fault(key, _("Two steps have this key. Rename one."), "steps")


def _of_step(step: Step, plan: Plan, fields: Mapping[str, Field]) -> Iterable[Fault]:
    if not KEY.fullmatch(step.key):
        words = _("Give the step a key of small letters, digits and _, such as ask_reason.")
        yield Fault(step.key, words, step.place)
    if step.kind not in KINDS:
        yield Fault(step.key, _("There is no such kind of step: %(kind)s.") % {"kind": step.kind or "?"}, step.place)
        return
    if unknown := sorted(str(name) for name in set(step.raw) - COMMON - STEP_KEYS[step.kind]):
        yield Fault(step.key, _("Unknown: %(names)s.") % {"names": ", ".join(unknown)}, step.place)
    wanted = str(step.raw.get("next") or "")
    if wanted and wanted not in plan.steps:
        yield Fault(step.key, _("It leads to “%(key)s”, which does not exist.") % {"key": wanted}, f"{step.place}.next")
    yield from _of_branches(step, plan, fields)
    yield from _of_kind(step, fields)


def _of_branches(step: Step, plan: Plan, fields: Mapping[str, Field]) -> Iterable[Fault]:
    if step.branches and step.kind == "end":
        yield Fault(step.key, _("Nothing comes after an end. Take its branches away."), step.place)
    if step.kind == "decide" and not step.branches:
        yield Fault(step.key, _("Add at least one branch."), step.place)
    listed = step.raw.get("branches") or ()
    for number, branch in enumerate(listed if isinstance(listed, list) else ()):
        place = f"{step.place}.branches.{number}"
        if not isinstance(branch, Mapping) or set(branch) - {"label", "when", "steps", "next"}:
            yield Fault(step.key, _("A branch has label, when, steps and next."), place)
            continue
        wanted = str(branch.get("next") or "")
        if wanted and wanted not in plan.steps:
            words = _("A branch leads to “%(key)s”, which does not exist.")
            yield Fault(step.key, words % {"key": wanted}, f"{place}.next")
        try:
            check(branch.get("when") or {}, fields, place=f"{place}.when")
        except InvalidInput as error:
            words = _("Condition of branch %(n)d: %(error)s") % {"n": number + 1, "error": error.message}
            yield Fault(step.key, words, error.field)


def _of_kind(step: Step, fields: Mapping[str, Field]) -> Iterable[Fault]:
    raw = step.raw
    if step.kind == "ask":
        yield from _of_inputs(step)
    elif step.kind == "act":
        listed = raw.get("actions")
        if not isinstance(listed, list) or not listed:
            yield Fault(step.key, _("Say what is to be done."), step.place)
        for number, action in enumerate(listed if isinstance(listed, list) else ()):
            if words := fault_of(action):
                yield Fault(step.key, words, f"{step.place}.actions.{number}")
    elif step.kind == "look_up":
        yield from _of_look_up(step)
    elif step.kind == "wait":
        yield from _of_wait(step, fields)
    elif step.kind == "call":
        if not str(raw.get("url") or "").startswith(("https://", "http://")):
            yield Fault(step.key, _("Give the address to call, beginning with https://."), f"{step.place}.url")
        if str(raw.get("method") or "POST") not in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            yield Fault(step.key, _("Choose GET, POST, PUT, PATCH or DELETE."), f"{step.place}.method")
    elif step.kind == "end" and str(raw.get("outcome") or "done") not in OUTCOMES:
        yield Fault(step.key, _("It ends as done, refused or not applicable."), f"{step.place}.outcome")
    elif step.kind == "show" and not (say(raw.get("text"), "en") or say(raw.get("hint"), "en")):
        yield Fault(step.key, _("Write the text to show."), f"{step.place}.text")


def _of_inputs(step: Step) -> Iterable[Fault]:
    listed = step.inputs
    if not listed or not isinstance(listed, list):
        yield Fault(step.key, _("Add what is to be asked."), f"{step.place}.inputs")
        return
    if len(listed) > MOST_INPUTS:
        yield Fault(step.key, _("At most %(n)d questions in one step.") % {"n": MOST_INPUTS}, f"{step.place}.inputs")
    for number, asked in enumerate(listed):
        place = f"{step.place}.inputs.{number}"
        if not isinstance(asked, Mapping):
            yield Fault(step.key, _("A question has a key, a kind and a label."), place)
            continue
        if unknown := sorted(str(name) for name in set(asked) - INPUT_KEYS):
            yield Fault(step.key, _("Unknown: %(names)s.") % {"names": ", ".join(unknown)}, place)
        key = str(asked.get("key") or "")
        if not KEY.fullmatch(key):
            words = _("Give each question a key of small letters, digits and _, such as reason.")
            yield Fault(step.key, words, f"{place}.key")
        if asked.get("kind") not in INPUT_KINDS:
            words = _("“%(key)s”: choose one of the kinds: %(kinds)s.")
            yield Fault(step.key, words % {"key": key, "kinds": ", ".join(INPUT_KINDS)}, f"{place}.kind")
        elif asked["kind"] in {"choice", "choices"} and not asked.get("options"):
            yield from _of_choices(step, key, asked, place)
        if asked.get("keep") not in {None, "run", "no"}:
            words = _("“%(key)s”: keep is run (known only in its own run) or no (not kept).")
            yield Fault(step.key, words % {"key": key}, f"{place}.keep")
        yield from _of_limits(step, key, asked, place)


def _of_choices(step: Step, key: str, asked: Mapping[str, Any], place: str) -> Iterable[Fault]:
    listed = asked.get("choices")
    if not isinstance(listed, list) or not listed:
        yield Fault(step.key, _("“%(key)s”: add the answers to choose from.") % {"key": key}, f"{place}.choices")
        return
    values = [str(c.get("value") or "") if isinstance(c, Mapping) else "" for c in listed]
    if "" in values or len(set(values)) < len(values):
        words = _("“%(key)s”: each answer to choose needs a value of its own.")
        yield Fault(step.key, words % {"key": key}, f"{place}.choices")


def _of_limits(step: Step, key: str, asked: Mapping[str, Any], place: str) -> Iterable[Fault]:
    if asked.get("pattern"):
        try:
            compiled(str(asked["pattern"]))
        except InvalidInput as error:
            yield Fault(step.key, f"“{key}”: {error.message}", f"{place}.pattern")
    for name in ("min", "max"):
        value = asked.get(name)
        fine = value is None or asked.get("kind") == "date"
        if not fine and (isinstance(value, bool) or not isinstance(value, int | float)):
            yield Fault(step.key, _("“%(key)s”: limits are numbers.") % {"key": key}, f"{place}.{name}")
        if value is not None and asked.get("kind") == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
            yield Fault(step.key, _("“%(key)s”: limits are dates.") % {"key": key}, f"{place}.{name}")


def _of_look_up(step: Step) -> Iterable[Fault]:
    find = step.raw.get("find")
    if find not in FOUND:
        yield Fault(step.key, _("Look up a customer, an order or a table of your own."), f"{step.place}.find")
    elif find in {"order", "table"} and not step.raw.get("by"):
        yield Fault(step.key, _("Say by which answer it is found."), f"{step.place}.by")


def _of_wait(step: Step, fields: Mapping[str, Field]) -> Iterable[Fault]:
    span, until = step.raw.get("span"), str(step.raw.get("until") or "")
    if not span and not until and not step.raw.get("for_answer"):
        yield Fault(step.key, _("Say how long to wait, until when, or for the customer’s answer."), step.place)
    if span:
        try:
            span_of(span)
        except ValueError:
            words = _("Give a length of time such as 30 min, 4 h or 2 d.")
            yield Fault(step.key, words, f"{step.place}.span")
    if until and (until not in fields or fields[until].kind != "moment"):
        yield Fault(step.key, _("Wait until a date that is known, such as run.day."), f"{step.place}.until")


def _of_ways(plan: Plan) -> Iterable[Fault]:
    """Every step can be reached, every way ends, and nothing goes round without asking or waiting."""
    reached = _reached(plan)
    for key, step in plan.steps.items():
        if key not in reached:
            yield Fault(key, _("No way leads to this step. Move it, or lead to it from another."), step.place)
        elif step.kind != "hand_over" and "" in ways_on(step):
            words = _("Nothing comes after this step. Add an end, a hand-over or a step to go to.")
            yield Fault(key, words, step.place)
    leading = _ending(plan)
    for key in reached - leading:
        if key in plan.steps:
            words = _("From here no way leads to an end. Add one.")
            yield Fault(key, words, plan.steps[key].place)
    if ring := _ring(plan):
        words = _("Goes round without asking or waiting: %(keys)s. Lead one of them elsewhere.")
        yield Fault(ring[0], words % {"keys": " → ".join([*ring, ring[0]])}, plan.steps[ring[0]].place)


def _reached(plan: Plan) -> set[str]:
    found: set[str] = set()
    waiting = [plan.first]
    while waiting:
        key = waiting.pop()
        if key in plan.steps and key not in found:
            found.add(key)
            waiting += ways_on(plan.steps[key])
    return found


def _ending(plan: Plan) -> set[str]:
    """The steps from which an end, or a person, can be reached."""
    before: dict[str, list[str]] = {}
    waiting = []
    for key, step in plan.steps.items():
        ways = ways_on(step)
        if step.kind == "end" or "" in ways:
            waiting.append(key)
        for way in ways:
            before.setdefault(way, []).append(key)
    found: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += before.get(key, [])
    return found


def _ring(plan: Plan) -> list[str]:
    """A ring of steps in which nobody is asked and nothing is waited for; [] for none."""
    free = {key for key, step in plan.steps.items() if step.kind in {"show", "look_up", "decide", "act", "call"}}
    done: set[str] = set()
    for start in plan.steps:
        trail: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                trail.pop()
                done.add(key)
            elif key in trail:
                return trail[trail.index(key) :]
            elif key in free and key not in done:
                trail.append(key)
                stack.append((key, True))
                stack += [(way, False) for way in ways_on(plan.steps[key])]
    return []
