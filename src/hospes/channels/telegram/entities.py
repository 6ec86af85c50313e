"""A message's formatting as Telegram describes it (Telegram Bot API: MessageEntity), as clean HTML.

Offsets and lengths are in UTF-16 code units; entities may nest. What does not fit the text is left out.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from hospes.core.html import clean_html

_TAGS: Final = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
MAX_ENTITIES: Final = 200


def units(text: str) -> int:
    """A text's length as Telegram counts it: in UTF-16 code units."""
    return len(text) + sum(c > "\uffff" for c in text)


def html_of(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """The text as HTML when anything in it is formatted or a link hides its address; else ""."""
    starts: dict[int, list[tuple[int, str, str]]] = {}
    ends: dict[int, int] = {}
    for entity in entities[:MAX_ENTITIES]:
        tag, attributes = _tag(entity)
        start, length = entity.get("offset"), entity.get("length")
        if tag and isinstance(start, int) and isinstance(length, int) and start >= 0 and length > 0:
            starts.setdefault(start, []).append((start + length, tag, attributes))
            ends[start + length] = ends.get(start + length, 0) + 1
    if not starts:
        return ""
    return clean_html(_written(text, starts, set(ends)))


def _tag(entity: Mapping[str, Any]) -> tuple[str, str]:
    kind = entity.get("type")
    if kind == "text_link" and str(entity.get("url", "")).startswith(("http://", "https://")):
        return "a", f' href="{escape(str(entity["url"]))}"'
    return (_TAGS.get(kind, ""), "") if isinstance(kind, str) else ("", "")


def _written(text: str, starts: Mapping[int, list[tuple[int, str, str]]], ends: set[int]) -> str:
    """Tags put in by one scan. Where an entity ends inside another that began later, the inner one is closed and
    opened again, so that tags always nest."""
    out: list[str] = []
    open_: list[tuple[int, str, str]] = []
    at = 0
    for char in text:
        if at in ends:
            _close(out, open_, at)
        for entity in sorted(starts.get(at, ()), key=lambda e: -e[0]):
            out.append(f"<{entity[1]}{entity[2]}>")
            open_.append(entity)
        out.append("<br>" if char == "\n" and not any(e[1] == "pre" for e in open_) else escape(char))
        at += 2 if char > "\uffff" else 1
    out += [f"</{tag}>" for _end, tag, _attributes in reversed(open_)]
    return "".join(out)


def _close(out: list[str], open_: list[tuple[int, str, str]], at: int) -> None:
    if not any(end <= at for end, _tag, _attributes in open_):
        return
    first = next(i for i, entity in enumerate(open_) if entity[0] <= at)
    later = open_[first:]
    out += [f"</{tag}>" for _end, tag, _attributes in reversed(later)]
    del open_[first:]
    for entity in later:
        if entity[0] > at:
            out.append(f"<{entity[1]}{entity[2]}>")
            open_.append(entity)
