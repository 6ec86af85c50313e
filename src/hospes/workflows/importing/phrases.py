"""What the sentences of a written procedure mean: choices, conditions over what was asked before, where they lead."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

LEVELS: Final = ("gold", "silver", "bronze", "guest")
STATUSES: Final = ("Order Received", "In Transit", "Out for Delivery", "Delivered")
ORACLE = re.compile(r"\boracle\s+(?:says|returns|said|returned)\s+(yes|no)\b", re.I)
QUOTED = re.compile(r"[‘’'\"“”]([^‘’'\"“”]{1,60})[‘’'\"“”]")
OPTIONS = re.compile(
    r"^(?:possible |valid )?options?(?: include| are(?: one of the \w+)?)?\s*:?\s*(.+)$|^either (.+)$"
    r"|\bpossible options(?: are)?:?\s*(.+)$|\boptions?: (.+)$",
    re.I,
)
IF = re.compile(r"^(?:however, |alternatively, |perhaps )?\(?(?:only )?if\b\s*(.*)$", re.I)
SKIP_NEXT = re.compile(r"\bskip (?:the )?(?:next|following) step\b(?!s)", re.I)
SKIP_TO = re.compile(r"\bskip (?:ahead )?to (?:the )?\[?([A-Z][\w /-]+?)\]?(?: step)?(?: below)?[.!]?$", re.I)
ENDS = re.compile(r"\[end conversation\]|\bend the conversation\b|\byou are done\b|\bskip the following steps\b", re.I)
REFUSES = re.compile(
    r"\bcannot help\b|\bnothing (?:else )?you can do\b|\bcannot do anything\b|\bdo not update order\b"
    r"|\bno way to help\b|\bthe customer cannot return\b|\bdoes not get the refund\b"
    r"|\bmust wait until the item arrives\b",
    re.I,
)
# What only says where to go on is no text to be read: the branch itself goes there.
ONLY_WAY = re.compile(r"^(?:then )?(?:skip|go|move|head|continue)\b[^.]*\bstep\b[^.]*\.?$", re.I)
# A way that goes on says so after it has closed another one ("the fee stays … Go to next step").
GOES_ON = re.compile(
    r"\b(?:go|move|head|moves?)(?: on| onto)? to (?:the )?next step\b|\bcontinue to the next step\b", re.I
)
DAYS = re.compile(
    r"\b(more than|over|less than|under|at least)\s+(\d{1,3}|a week)\s*(?:days?)?|\b(\d{1,3}) days? or (less|more)\b"
    r"|\ba week or (longer|more|less)\b",
    re.I,
)
RIGHT = re.compile(r"\b(?:customer is (?:right|correct)|legitimate error|company error|company(?:'s)? mistake)\b", re.I)
WRONG = re.compile(r"\bcustomer is (?:wrong|mistaken)\b", re.I)
Way = Literal["on", "skip", "to", "end", "refuse"]
Condition = Mapping[str, Any]


@dataclass(slots=True)
class Asked:
    """What the steps so far have asked, for the conditions of later ones."""

    oracle: str = ""
    level: str = ""
    status: str = ""
    days: str = ""
    choices: dict[str, list[str]] = field(default_factory=dict)


def words_of(text: str) -> set[str]:
    """The words of a text in small letters."""
    return set(re.findall(r"[a-z]+", text.casefold()))


def options_in(line: str) -> list[str]:
    """The answers that a line lists ("Options include: 'By Mail', 'In Store', or 'Drop off Center'"); [] for none."""
    found = OPTIONS.search(line)
    if found is None:
        return []
    rest = next(group for group in found.groups() if group)
    quoted = [one.strip() for one in QUOTED.findall(rest) if one.strip()]
    if len(quoted) < 2 and "'" not in rest and found[2] is None:
        quoted = [one.strip(" .:[]") for one in re.split(r",| or | and ", rest) if one.strip(" .:[]")]
    short = [one for one in quoted if len(one) <= 40]
    return list(dict.fromkeys(short)) if len(short) >= 2 else []


def levels_in(text: str) -> list[str]:
    """The membership levels that a text names, in order."""
    found = re.findall(r"\b(gold|silver|bronze|guest)s?\b", text, re.I)
    return list(dict.fromkeys(one.lower() for one in found))


def statuses_in(text: str) -> list[str]:
    """The shipping statuses that a text names."""
    plain = text.replace("’", "'").casefold()
    found = [status for status in STATUSES if re.search(rf"(?<![a-z]){status.casefold()}(?![a-z])", plain)]
    if not found and re.search(r"\bnot (?:yet )?(?:been )?(?:yet )?shipped\b", plain):
        found = ["Order Received"]
    elif not found and re.search(r"\b(?:already|has) shipped\b", plain):
        found = [status for status in STATUSES if status != "Order Received"]
    return found


def condition_of(text: str, asked: Asked) -> Condition | None:
    """The condition that a clause states, over what was asked before; None when only a person can tell."""
    parts: list[Condition] = []
    said = ORACLE.search(text)
    if said and asked.oracle:
        parts.append(_yes(asked.oracle, said[1].lower() == "yes"))
    levels = levels_in(text) if asked.level else []
    if levels and re.search(r"\b(?:gold|silver|bronze|guest)s?\b", text, re.I):
        parts.append(_of(asked.level, levels))
    statuses = statuses_in(text) if asked.status else []
    if statuses:
        parts.append(_of(asked.status, statuses))
    if not said and (RIGHT.search(text) or WRONG.search(text)):
        right = _right(asked, wrong=WRONG.search(text) is not None)
        if right is not None and not _has_days(text, asked):
            parts.append(right)
    days = _days(text, asked)
    if days is not None:
        parts.append(days)
    if parts:
        joined = "any" if re.search(r"\berror or\b|\bmistake or\b", text, re.I) else "all"
        return parts[0] if len(parts) == 1 else {joined: parts}
    return _chosen(text, asked)


def _has_days(text: str, asked: Asked) -> bool:
    return bool(asked.days and DAYS.search(text))


def _right(asked: Asked, *, wrong: bool) -> Condition | None:
    if asked.oracle:
        return _yes(asked.oracle, not wrong)
    if asked.days:  # whoever has waited for more than a week is right
        return {"field": asked.days, "is": "at_most" if wrong else "more_than", "value": 7}
    return None


def _yes(name: str, yes: bool) -> Condition:
    return {"field": name, "is": "yes" if yes else "no"}


def _of(name: str, values: Sequence[str]) -> Condition:
    if len(values) == 1:
        return {"field": name, "is": "is", "value": values[0]}
    return {"field": name, "is": "one_of", "value": list(values)}


def _days(text: str, asked: Asked) -> Condition | None:
    found = DAYS.search(text) if asked.days else None
    if found is None:
        return None
    exact = re.search(r"(\d{1,3}) days? or (less|more)", text, re.I)
    if exact:
        return {"field": asked.days, "is": "at_most" if exact[2] == "less" else "at_least", "value": int(exact[1])}
    if found[5]:
        return {"field": asked.days, "is": "at_most" if found[5] == "less" else "at_least", "value": 7}
    number = 7 if found[2] == "a week" else int(found[2])
    operator = {"more than": "more_than", "over": "more_than", "less than": "at_most", "under": "at_most"}
    return {"field": asked.days, "is": operator.get(found[1].lower(), "at_least"), "value": number}


def _chosen(text: str, asked: Asked) -> Condition | None:
    """One or more of the answers that an earlier question offers, named in the clause."""
    plain = f" {' '.join(re.findall(r'[a-z]+', text.casefold()))} "
    for name, values in asked.choices.items():
        named = [value for value in values if f" {' '.join(re.findall(r'[a-z]+', value.casefold()))} " in plain]
        if named and len(named) < len(values):
            return _of(name, named)
    return None


def way_of(text: str) -> tuple[Way, str]:
    """Where a sentence leads, and the button that it names for "to"."""
    if SKIP_NEXT.search(text):
        return "skip", ""
    to = SKIP_TO.search(text)
    if to:
        return "to", to[1].strip()
    if GOES_ON.search(text) and not ENDS.search(text):
        return "on", ""
    if REFUSES.search(text):
        return "refuse", ""
    if ENDS.search(text):
        return "end", ""
    return "on", ""


def clause_of(line: str) -> tuple[str, str] | None:
    """(the condition's words, what is to be done) of a line that begins with "If"; None for any other line."""
    found = IF.match(line)
    if found is None:
        return None
    rest = found[1]
    head, arrow, tail = rest.partition(" > ")
    for mark in (r",? then\b", r":\s", r", "):
        cut = re.search(mark, head)
        if cut and cut.start() > 3:
            tail = f"{head[cut.end() :].strip()}{arrow}{tail}"
            head = head[: cut.start()]
            break
    return head.strip(" :,)"), tail.strip()


def level_clause(line: str, told: Sequence[str]) -> tuple[list[str], str] | None:
    """(levels, what is to be done) of a line about membership levels; `told` are those that lines before named."""
    if re.match(r"(?:for )?all other (?:members|customers)\b", line, re.I):
        return [level for level in LEVELS if level not in told], line
    if re.match(r"(?:enter|ask|find|type|get|choose|click|then)\b", line, re.I):
        return None
    head = re.split(r" > |:|, then\b|, but\b", line, maxsplit=1)[0]
    head = re.split(r"\b(?:can(?:not)?|get|gets|have|depend|will|all qualify|they must|customer, then)\b", head)[0]
    levels = levels_in(head)
    return (levels, line) if levels else None


def sentences(text: str) -> list[str]:
    """A line's parts between ">" marks, each a sentence or a few."""
    return [part.strip() for part in re.split(r"\s>\s|^>\s", text) if part.strip()]
