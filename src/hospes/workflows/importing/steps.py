"""The actions of a written procedure as steps, with a branch for every condition that can be understood, a question to
the agent for every one that only a person can judge, and everything else as readable text."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from hospes.workflows.importing.buttons import Button, button_of, field_of
from hospes.workflows.importing.phrases import (
    LEVELS,
    ONLY_WAY,
    STATUSES,
    Asked,
    clause_of,
    condition_of,
    level_clause,
    options_in,
    sentences,
    way_of,
)
from hospes.workflows.importing.shape import Action

JUDGED = re.compile(r"\bif\b|\bunless\b|\botherwise\b", re.I)
ASKING = re.compile(r"\b(?:ask|asking|check|see|out) (?:them )?(?:if|whether)\b|\beven if\b|\boracle\b", re.I)
REFUSED_LATER = re.compile(r"\bif they do not\b|\bnot satisfied\b|\bunhappy\b", re.I)
GUARD = re.compile(
    r"^\s*(?:\(option [a-z]\)\s*)?(?:alternatively,\s*)?\(?(?:only\s+)?if\b|\(only (?:if|for)\b|^optional\b", re.I
)
DAYS_ASKED = re.compile(r"\b(?:number of days|in days|how long)\b", re.I)
EMPTY = frozenset({"x", "communication"})
SHARED = frozenset({"account", "account_id", "full_name", "order", "username", "email", "zip_code", "phone",
                    "membership_level"})  # fmt: skip
Json = dict[str, Any]


class Writer:
    """Writes one workflow. `asked` is what conditions can refer to so far."""

    def __init__(self, asked: Asked, actions: Sequence[Action]) -> None:
        self.asked = asked
        self.actions = actions
        self.buttons = [button_of(action.button) for action in actions]
        self.keys: set[str] = set()
        self.firsts: dict[int, str] = {}
        self.kept: list[str] = []
        self.branches = 0
        self.judged = 0

    # Small parts

    def key(self, wanted: str) -> str:
        """A key that no step has yet."""
        plain = re.sub(r"[^a-z0-9]+", "_", wanted.casefold()).strip("_") or "step"
        plain = plain if plain[0].isalpha() else f"step_{plain}"
        plain, key, number = plain[:50], plain[:50], 2
        while key in self.keys:
            key, number = f"{plain}_{number}", number + 1
        self.keys.add(key)
        return key

    def shown(self, key: str, title: str, lines: Iterable[str]) -> Json:
        """A step to be read."""
        return {"key": self.key(key), "kind": "show", "title": {"en": title}, "text": {"en": bullets(lines)}}

    def title_of(self, action: Action) -> str:
        """What an action is called in a list of things to try."""
        if action.lines:
            return action.lines[0].rstrip(".")[:120]
        return button_of(action.button).title

    # Actions

    def action(self, number: int, action: Action) -> list[Json]:
        """The steps of one action, behind the condition under which it is to be done."""
        guard = guard_of(action.text)
        condition = condition_of(guard, self.asked) if guard else None
        question = None
        if guard and condition is None:
            question = self._judge([guard], number)
            condition = {"field": f"run.{question['inputs'][0]['key']}", "is": "yes"}
        steps = self._steps(number, action)
        first = self.firsts[number] = steps[0]["key"]
        if condition is not None:
            self.branches += 1
            branch = {"label": {"en": _sentence(guard or "")[:120]}, "when": condition, "steps": steps}
            decide = {"key": self.key(f"whether_{number + 1}"), "kind": "decide", "branches": [branch]}
            steps = [*([question] if question else []), decide]
            # Whoever is led here by name is meant to do it, whatever the guard says: jumps go behind it.
            self.firsts[number] = first
        elif JUDGED.search(action.text) and not ASKING.search(action.text):
            self.kept.append(action.text)
        return steps

    def _judge(self, clauses: Sequence[str], number: int) -> Json:
        """A question to the agent about what only a person can tell: yes or no, or which of several applies."""
        self.judged += 1
        key = self.key(f"judge_{number + 1}")
        if len(clauses) == 1:
            label = f"{_sentence(clauses[0])}?".replace("??", "?").replace(":?", "?")
            asked: Json = {"key": key, "kind": "yes_no", "label": {"en": label}, "keep": "run"}
        else:
            choices = [{"value": f"case_{i}", "label": {"en": _sentence(c)}} for i, c in enumerate(clauses, start=1)]
            choices.append({"value": "none", "label": {"en": "None of these"}})
            asked = {"key": key, "kind": "choice", "label": {"en": "What applies?"}, "choices": choices, "keep": "run"}
        return {"key": key, "kind": "ask", "title": {"en": "Your judgement"}, "inputs": [asked]}

    def _steps(self, number: int, action: Action) -> list[Json]:
        button = button_of(action.button)
        text, lines = action.text, list(action.lines)
        step: Json = {"key": self.key(f"{action.button or button.title}"), "title": {"en": button.title}}
        step["source"] = action.button
        inputs = [_kept(asked) for asked in self._inputs(button, step["key"], text, lines)]
        more: list[Json] = []
        clauses, rest = self._clauses(button, lines)
        words = [line for line in (without_guard(text), *rest) if line and line.casefold() not in EMPTY]
        self.kept += [line for line in rest if JUDGED.search(line) and not ASKING.search(line)]
        branching = self._branching(number, clauses)
        if inputs:
            step |= {"kind": "ask", "inputs": inputs}
        else:
            if not words and branching:
                return branching
            step["kind"] = "show"
            words = words or [button.title]
        step["hint" if inputs else "text"] = {"en": bullets(words)}
        if button.role in {"account", "order"} and inputs:
            more.append(self._look_up(button, inputs, number))
        if button.do and inputs:
            more.append(self._act(button, inputs, number))
        if button.role == "details" and all(not branch.get("next") for s in branching for branch in _branches(s)):
            return [*branching, step, *more]  # they tell what to ask for, so they come before it
        return [step, *more, *branching]

    # What is asked

    def _inputs(self, button: Button, key: str, text: str, lines: list[str]) -> list[Json]:
        if button.role == "account":
            return [{"key": "account", "kind": "text", "label": {"en": "Full name or account ID"}, "from": "name"}]
        if button.role == "order":
            found = [asked for line in lines if (asked := field_of(line))]
            return list({asked["key"]: asked for asked in found}.values())
        if button.role == "oracle":
            self.asked.oracle = f"run.{key}"
            label = next((c for line in lines if (c := _oracle_question(line))), "What does the system say?")
            return [{"key": key, "kind": "yes_no", "label": {"en": label}}]
        if button.role == "level":
            self.asked.level = "run.membership_level"
            choices = [{"value": level, "label": {"en": level.title()}} for level in LEVELS]
            words = {"en": "Membership level"}
            return [{"key": "membership_level", "kind": "choice", "label": words, "choices": choices}]
        if button.role == "status":
            self.asked.status = "run.shipping_status"
            choices = [{"value": status, "label": {"en": status}} for status in STATUSES]
            words = {"en": "Shipping status"}
            return [{"key": "shipping_status", "kind": "choice", "label": words, "choices": choices}]
        if button.ask:
            return [self._value(button, key, text, lines)]
        return []

    def _value(self, button: Button, key: str, text: str, lines: list[str]) -> Json:
        """What is typed into a button: chosen from what the text offers, a number of days, or free."""
        options = next((found for line in [text, *lines] if (found := options_in(line))), [])
        if not options and re.search(r"\boptions (?:are|include)\b", text, re.I):
            options = [head for line in lines if 1 < len(head := line.split(" - ")[0]) <= 30 and " - " in line]
        fixed = _fixed_value(lines, button)
        if options:
            values = list(dict.fromkeys(options))
            self.asked.choices[f"run.{key}"] = values
            choices = [{"value": value, "label": {"en": _sentence(value)}} for value in values]
            return {"key": key, "kind": "choice", "label": {"en": button.ask}, "choices": choices}
        if DAYS_ASKED.search(" ".join([text, *lines])) and button.role == "reason":
            self.asked.days = f"run.{key}"
            return {"key": key, "kind": "number", "label": {"en": "Number of days"}, "min": 0}
        if fixed and button.role != "refund":
            choices = [{"value": fixed, "label": {"en": _sentence(fixed)}}]
            return {"key": key, "kind": "choice", "label": {"en": button.ask}, "choices": choices}
        wanted = {"key": key, "kind": button.kind, "label": {"en": button.ask}}
        optional = button.role in {"code", "link", "details", "password", "subscription", "select"}
        return wanted | ({"required": False} if optional else {}) | ({"min": 0} if button.kind == "money" else {})

    # What is done

    def _look_up(self, button: Button, inputs: Sequence[Json], number: int) -> Json:
        key = self.key(f"look_up_{number + 1}")
        keys = {asked["key"] for asked in inputs}
        if button.role == "order" and "order" in keys:
            names = {"email": "email", "full_name": "name", "phone": "phone", "zip_code": "zip_code"}
            verify = {names[k]: f"run.{k}" for k in names if k in keys}
            return {"key": key, "kind": "look_up", "find": "order", "by": "run.order", "verify": verify}
        by = {kind: f"run.{kind}" for kind in ("email", "phone") if kind in keys}
        return {"key": key, "kind": "look_up", "find": "customer", "by": by}

    def _act(self, button: Button, inputs: Sequence[Json], number: int) -> Json:
        value = f"{{{{run.{inputs[0]['key']}}}}}"
        if button.do == "refund":
            actions: list[Json] = [{"do": "refund", "amount": value}]
        else:
            actions = [
                {"do": "field", "name": button.do, "value": value},
                {"do": "note", "text": {"en": f"{button.title}: {value}"}},
            ]
        title = {"en": f"{button.title}: on the ticket"}
        return {"key": self.key(f"do_{number + 1}"), "kind": "act", "title": title, "actions": actions}

    # Where it goes on

    def _clauses(self, button: Button, lines: Sequence[str]) -> tuple[list[tuple[str, Any, str]], list[str]]:
        """([(words of the condition, condition or None, what is to be done)], the lines that are just text)."""
        clauses: list[tuple[str, Any, str]] = []
        rest: list[str] = []
        told: list[str] = []
        for line in lines:
            if button.role == "level" and (found := level_clause(line, told)):
                levels, tail = found
                told += levels
                clauses.append((", ".join(levels), self._levels(levels), tail))
                if re.search(r"\b(?:get|gets|return)\b.*\bif\b", tail, re.I):
                    self.kept.append(line)
            elif clause := clause_of(line):
                words, tail = clause
                condition = condition_of(words, self.asked)
                told += [level for level in LEVELS if level in words.casefold()]
                if condition is not None or way_of(line)[0] != "on" or button.role in {"end"}:
                    clauses.append((words, condition, tail or line))
                else:
                    rest.append(line)
            else:
                rest.append(line)
        return clauses, rest

    def _levels(self, levels: Sequence[str]) -> Json:
        if len(levels) == 1:
            return {"field": "run.membership_level", "is": "is", "value": levels[0]}
        return {"field": "run.membership_level", "is": "one_of", "value": list(levels)}

    def _branching(self, number: int, clauses: Sequence[tuple[str, Any, str]]) -> list[Json]:
        """A decision with a branch for each clause; before it a question about those that only a person can judge."""
        if not clauses:
            return []
        steps: list[Json] = []
        open_ones = [words for words, condition, _tail in clauses if condition is None]
        key = ""
        if open_ones:
            question = self._judge(open_ones, number)
            key = question["inputs"][0]["key"]
            steps.append(question)
        branches = []
        case = 0
        for words, condition, tail in clauses:
            when = condition
            if when is None:
                case += 1
                one = len(open_ones) == 1
                when = {"field": f"run.{key}", "is": "yes"} if one else _is(f"run.{key}", f"case_{case}")
            branches.append(self._branch(number, words, when, tail))
        self.branches += len(branches)
        steps.append({"key": self.key(f"decide_{number + 1}"), "kind": "decide", "branches": branches})
        return steps

    def _branch(self, number: int, words: str, condition: Any, tail: str) -> Json:
        branch: Json = {"label": {"en": _sentence(words)[:120]}, "when": condition, "steps": []}
        parts = sentences(tail)
        inner = [
            (part, clause)
            for place, part in enumerate(parts)
            if (clause := clause_of(part)) and condition_of(clause[0], self.asked) and (place or not part.endswith(":"))
        ]
        if inner:  # cases within the case
            parts = [part for part in parts if part not in {one for one, _clause in inner}]
            tail = " > ".join(parts)
        way, button = way_of(tail)
        if way == "end" and way_of(words)[0] == "refuse":
            way = "refuse"
        if way == "refuse" and "[end" not in tail.casefold() and self._refused_later(number):
            way = "on"  # what is done for those who are refused comes later
        parts = [part for part in parts if not ONLY_WAY.match(part) and not (inner and part.endswith(":"))]
        if parts:
            branch["steps"].append(self.shown(f"say_{number + 1}", _sentence(words)[:120], parts))
        if inner:
            cases = [(clause[0], condition_of(clause[0], self.asked), clause[1]) for _part, clause in inner]
            branch["steps"] += self._branching(number, cases)
        if way in {"end", "refuse"}:
            outcome = "refused" if way == "refuse" else "done"
            branch["steps"].append({"key": self.key(f"end_{number + 1}"), "kind": "end", "outcome": outcome})
        elif way == "skip":
            branch["next"] = f"@{number + 2}"
        elif way == "to":
            found = self._later(button, number)
            if found is None:
                self.kept.append(tail)
            else:
                branch["next"] = f"@{found}"
        return branch

    def _refused_later(self, number: int) -> bool:
        return any(REFUSED_LATER.search(action.text) for action in self.actions[number + 1 :])

    def _later(self, words: str, number: int) -> int | None:
        """The action behind this one whose button is named."""
        plain = words.casefold().removesuffix(" step")
        for later in range(number + 1, len(self.buttons)):
            title = self.buttons[later].title.casefold().replace(" a ", " ").replace(" the ", " ")
            if plain.replace(" the ", " ") in title or title in plain:
                return later
        return None

    def resolve(self, steps: Iterable[Json], after: str) -> None:
        """Turn "@4" into the key of the first step of action 4, in all branches."""
        for step in steps:
            for branch in step.get("branches", ()):
                wanted = str(branch.get("next") or "")
                if wanted.startswith("@"):
                    branch["next"] = self.firsts.get(int(wanted[1:]), after)
                self.resolve(branch.get("steps", ()), after)


def bullets(lines: Iterable[str]) -> str:
    """Lines as a text: the first as it is, the others as a list."""
    found = [part for line in lines for part in sentences(line)]
    return "\n".join([found[0], *(f"– {line}" for line in found[1:])]) if found else ""


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:]


def guard_of(text: str) -> str:
    """The condition that an action begins with ("If Oracle Says No, …", "(Only if …)"), without "if"; "" for none."""
    if not GUARD.search(text):
        return ""
    plain = re.sub(r"^\s*\(option [a-z]\)\s*", "", text, flags=re.I)
    bracket = re.search(r"\(only (?:if|for)\s+([^)]+)\)", plain, re.I)
    if bracket:
        return bracket[1].strip()
    if re.match(r"^optional\b", plain, re.I):
        return "The customer wants this"
    clause = clause_of(plain)
    if clause is None:
        return ""
    head = clause[0] or plain
    inside = re.search(
        r"\((?:[^()]*\b(?:oracle|days?)\b[^()]*)\)?", plain, re.I
    )  # "(Oracle says No)" is the plain word
    return f"{head} {inside[0]}" if inside and inside[0] not in head else head


def without_guard(text: str) -> str:
    """An action's text; its condition stays readable in it."""
    return re.sub(r"^\s*\(option [a-z]\)\s*", "", text, flags=re.I).strip()


def _oracle_question(line: str) -> str:
    """ "Check if the company made error by 'Asking the Oracle'" as a question to the system."""
    found = re.search(r"\bif (.+?)(?:,? (?:by|which)\b|$)", line, re.I)
    if not found or re.search(r"\boracle\b", found[1], re.I):
        return ""
    return f"Does the system say that {found[1].strip()}?"


def _is(name: str, value: str) -> Json:
    return {"field": name, "is": "is", "value": value}


def _branches(step: Json) -> list[Json]:
    found: list[Json] = step.get("branches") or []
    return found


def _kept(asked: Json) -> Json:
    """What means the same in every procedure is known in all; the rest only in its own run; secrets nowhere."""
    if asked["key"] == "pin" or asked["label"]["en"].startswith("PIN"):
        return asked | {"keep": "no"}
    return asked if asked["key"] in SHARED else asked | {"keep": "run"}


def _fixed_value(lines: Sequence[str], button: Button) -> str:
    """The one thing that is always typed ("Enter 'give credit' into the field"); "" when it differs."""
    for line in lines:
        found = re.match(r"(?:enter|type in|enter in)(?: the value of)? [‘'“\"]([^‘’'“”\"]{2,40})[’'”\"]", line, re.I)
        named = re.search(r"\[([^\]]+)\]", line)
        other = named is not None and button_of(named[1]).role != button.role
        if found and not other and "such as" not in line and not found[1].isdigit():
            return found[1].strip()
    return ""
