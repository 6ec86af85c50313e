"""Texts with gaps: `{{customer.first_name|there}}` and `{% if customer.vip %}…{% else %}…{% endif %}`. Pure.

An own tiny syntax for texts that people write in the settings: it can look facts up and compare them by
`core.conditions`, and nothing else. Checking a text names every fault; filling one in never raises.
"""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, Final

from django.utils.translation import gettext as _

from hospes.core.conditions import Condition, Field, check
from hospes.core.errors import InvalidInput

MAX_TEXT: Final = 200_000
MAX_NESTING: Final = 8
MAX_VALUE: Final = 2_000
_TAG = re.compile(r"\{\{([^{}]{0,300})\}\}|\{%([^{}]{0,300})%\}")
_ALONE = re.compile(r"<p>\s{0,20}(\{%[^{}]{0,300}%\})\s{0,20}</p>")
_NAME = re.compile(r"[a-z_][\w.-]{0,80}")
_PART = re.compile(
    r"""\s{0,50}(?:"([^"]{0,200})"|'([^']{0,200})'|“([^”]{0,200})”|(>=|<=|==|!=|=|<|>)|([\w.+-]{1,80}))"""
)
_ORDER: Final = {">=": "at_least", "<=": "at_most", ">": "more_than", "<": "less_than"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: kind is text, gap, if, elif, else, endif or wrong. `words` is the text, the gap's default,
    or what is wrong."""

    kind: str
    words: str = ""
    name: str = ""
    condition: Condition | None = None
    raw: str = ""


def pieces(text: str, fields: Mapping[str, Field] | None = None) -> list[Piece]:
    """A text taken apart. Never raises: what is not understood comes back as "wrong", with the reason."""
    text = _ALONE.sub(r"\1", text[:MAX_TEXT])
    found: list[Piece] = []
    end = 0
    for match in _TAG.finditer(text):
        if match.start() > end:
            found.append(Piece("text", text[end : match.start()]))
        found.append(_gap(match[1], match[0]) if match[1] is not None else _block(match[2], match[0], fields or {}))
        end = match.end()
    if end < len(text):
        found.append(Piece("text", text[end:]))
    return found


def _gap(inner: str, raw: str) -> Piece:
    name, _bar, default = inner.partition("|")
    name = unescape(name).strip()
    if _NAME.fullmatch(name) is None:
        return Piece("wrong", _("“%(text)s” is not the name of a variable.") % {"text": name[:60]}, raw=raw)
    return Piece("gap", unescape(default).strip(), name, raw=raw)


def _block(inner: str, raw: str, fields: Mapping[str, Field]) -> Piece:
    words = unescape(inner).replace("\xa0", " ").strip()
    kind, _space, rest = words.partition(" ")
    if kind in {"if", "elif"}:
        try:
            return Piece(kind, condition=condition_of(rest, fields), raw=raw)
        except ValueError as error:
            return Piece("wrong", str(error), raw=raw)
    if kind in {"else", "endif"} and not rest.strip():
        return Piece(kind, raw=raw)
    said = _("“%(text)s” is not understood. Use if, elif, else or endif.") % {"text": words[:60]}
    return Piece("wrong", said, raw=raw)


# Conditions ----------------------------------------------------------------------------------------


def condition_of(text: str, fields: Mapping[str, Field]) -> Condition:
    """`customer.vip and order.total >= 50` in the language of conditions. Raises ValueError with words for people."""
    parts = _parts(text)
    anything: list[list[Condition]] = [[]]
    at = 0
    while at < len(parts):
        at, one = _comparison(parts, at, fields)
        anything[-1].append(one)
        if at == len(parts):
            break
        if parts[at] == ("word", "or"):
            anything.append([])
        elif parts[at] != ("word", "and"):
            raise ValueError(_("Join comparisons with “and” or “or”."))
        at += 1
    if not anything[-1]:
        raise ValueError(_("Write after “if” what has to hold."))
    joined = [{"all": every} if len(every) > 1 else every[0] for every in anything]
    return {"any": joined} if len(joined) > 1 else joined[0]


def _parts(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            raise ValueError(_("“%(text)s” is not understood here.") % {"text": text[at : at + 30].strip()})
        quoted = match[1] if match[1] is not None else match[2] if match[2] is not None else match[3]
        if quoted is not None:
            found.append(("value", quoted))
        else:
            found.append(("sign", match[4]) if match[4] else ("word", match[5]))
        at = match.end()
    return found


def _comparison(parts: list[tuple[str, str]], at: int, fields: Mapping[str, Field]) -> tuple[int, Condition]:
    negated = False
    while at < len(parts) and parts[at] == ("word", "not"):
        negated, at = not negated, at + 1
    if at >= len(parts) or parts[at][0] != "word" or _NAME.fullmatch(parts[at][1]) is None:
        raise ValueError(_("Write after “if” what has to hold."))
    name = parts[at][1]
    kind = fields[name].kind if name in fields else "text"
    at += 1
    one: Condition
    if at < len(parts) and (parts[at][0] == "sign" or parts[at] == ("word", "contains")):
        if at + 1 >= len(parts) or parts[at + 1][0] == "sign":
            raise ValueError(_("Write what to compare “%(name)s” with.") % {"name": name})
        one = _compared(name, kind, parts[at][1], parts[at + 1])
        at += 2
    else:
        one = {"field": name, "is": "yes" if kind == "yes_no" or name not in fields else "filled"}
        if name not in fields:  # not known here: holds when there is anything, as for a text
            one = {"field": name, "is": "filled"}
    return at, ({"not": one} if negated else one)


def _compared(name: str, kind: str, sign: str, part: tuple[str, str]) -> Condition:
    value: Any = part[1]
    if sign in _ORDER or kind == "number" or (kind == "choice" and part[0] == "word"):
        try:
            value = float(value) if "." in value else int(value)
        except ValueError:
            if sign in _ORDER or kind == "number":
                raise ValueError(_("Compare “%(name)s” with a number.") % {"name": name}) from None
    if kind == "yes_no":
        same = str(value).casefold() in {"yes", "true", "1"}
        return {"field": name, "is": "yes" if same == (sign != "!=") else "no"}
    if sign in _ORDER:
        return {"field": name, "is": _ORDER[sign], "value": value}
    if sign == "contains":
        return {"field": name, "is": "has" if kind == "set" else "contains", "value": value}
    same_as = {"set": ("has", "has_none"), "words": ("contains", "contains_none")}.get(kind, ("is", "is_not"))
    return {"field": name, "is": same_as[sign == "!="], "value": value}


# Checking ------------------------------------------------------------------------------------------


def problems(text: str, fields: Mapping[str, Field], *, free: Collection[str] = ()) -> list[str]:
    """All that is wrong with a text, in words; `free` are beginnings of names that may go on as they like."""
    if len(text) > MAX_TEXT:
        return [_("This text is too long.")]
    found: list[str] = []
    open_blocks: list[str] = []
    for piece in pieces(text, fields):
        if piece.kind == "wrong":
            found.append(piece.words)
        elif piece.kind == "text" and ("{{" in piece.words or "{%" in piece.words or "%}" in piece.words):
            found.append(_("A variable is not complete: write it as {{name}}, without formatting inside."))
        elif piece.kind == "gap" and not _known(piece.name, fields, free):
            found.append(_unknown(piece.name, fields))
        elif piece.kind in {"if", "elif", "else", "endif"}:
            found += _block_problems(piece, fields, free, open_blocks)
    if open_blocks:
        found.append(_("An “if” is not closed: write {% endif %} where it ends."))
    return list(dict.fromkeys(found))


def _block_problems(
    piece: Piece, fields: Mapping[str, Field], free: Collection[str], open_blocks: list[str]
) -> list[str]:
    if piece.kind == "if":
        open_blocks.append("if")
        if len(open_blocks) > MAX_NESTING:
            return [_("These conditions are nested too deeply.")]
    elif not open_blocks:
        return [_("“%(word)s” stands without an “if” before it.") % {"word": piece.kind}]
    elif piece.kind == "endif":
        open_blocks.pop()
    elif open_blocks[-1] == "else":
        return [_("“%(word)s” stands after “else”.") % {"word": piece.kind}]
    elif piece.kind == "else":
        open_blocks[-1] = "else"
    return _condition_problems(piece.condition, fields, free) if piece.condition is not None else []


def _condition_problems(condition: Condition, fields: Mapping[str, Field], free: Collection[str]) -> list[str]:
    from hospes.core.conditions import used_fields

    names = used_fields(condition)
    unknown = [_unknown(name, fields) for name in sorted(names) if not _known(name, fields, free)]
    if unknown:
        return unknown
    known = {**fields, **{n: Field(n, n, "text") for n in names if n not in fields}}
    try:
        check(condition, known)
    except InvalidInput as error:
        return [str(error.message)]
    return []


def _known(name: str, fields: Mapping[str, Field], free: Collection[str]) -> bool:
    return name in fields or any(name.startswith(begin) and len(name) > len(begin) for begin in free)


def _unknown(name: str, fields: Mapping[str, Field]) -> str:
    near = difflib.get_close_matches(name, list(fields), n=1, cutoff=0.6)
    if near:
        return _("There is no variable “%(name)s”. Did you mean “%(near)s”?") % {"name": name, "near": near[0]}
    return _("There is no variable “%(name)s”.") % {"name": name}


# Filling in ----------------------------------------------------------------------------------------


def fill(
    text: str,
    fields: Mapping[str, Field],
    *,
    value: Callable[[str], str | None],
    holds: Callable[[Condition], bool],
    html: bool = True,
) -> str:
    """The text with its gaps filled: `value` gives a fact in words (None for one that nobody knows: the gap stays, for
    the writer to see), `holds` decides a condition. Values are escaped for HTML. A gap in a value stays words."""
    out: list[str] = []
    # For each open block: whether the text around it is shown, whether a branch was taken, whether this one is shown.
    stack: list[list[bool]] = []
    shown = True
    for piece in pieces(text, fields):
        if piece.kind == "if":
            now = shown and holds(piece.condition or {})
            stack.append([shown, now, now])
            shown = now
        elif piece.kind in {"elif", "else"} and stack:
            around, taken, _now = stack[-1]
            now = around and not taken and (piece.kind == "else" or holds(piece.condition or {}))
            stack[-1] = [around, taken or now, now]
            shown = now
        elif piece.kind == "endif" and stack:
            shown = stack.pop()[0]
        elif shown:
            out.append(_said(piece, value, html))
    return "".join(out)


def _said(piece: Piece, value: Callable[[str], str | None], html: bool) -> str:
    if piece.kind == "text":
        return piece.words
    if piece.kind != "gap":
        return piece.raw
    known = value(piece.name)
    if known is None and not piece.words:
        return piece.raw
    words = (known or piece.words)[:MAX_VALUE]
    return escape(words) if html else words
