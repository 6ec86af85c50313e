"""An answer's HTML as Telegram takes it: its few tags, and parts that fit one message (Telegram Bot API: HTML style).

Length is counted after entities are parsed, in UTF-16 code units, which is never less than what Telegram counts. A
part never ends within a tag or an entity: what is open is closed at its end and opened again in the next.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import Final

from hospes.channels import cutting
from hospes.channels.telegram.entities import units
from hospes.core.html_text import words

TEXT: Final = 4096
CAPTION: Final = 1024
_STYLES: Final = {
    "b": "b", "strong": "b", "i": "i", "em": "i", "cite": "i", "var": "i", "u": "u", "ins": "u", "s": "s",
    "strike": "s", "del": "s", "code": "code", "kbd": "code", "samp": "code", "tt": "code", "pre": "pre",
    "blockquote": "blockquote", "h1": "b", "h2": "b", "h3": "b", "h4": "b", "h5": "b", "h6": "b", "th": "b",
}  # fmt: skip
_BLOCKS: Final = words(
    "address article aside blockquote caption center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_SPACED: Final = words("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul")
_LITERAL: Final = frozenset({"<code>", "<pre>"})  # nothing else may stand inside
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")


@dataclass(frozen=True, slots=True)
class Run:
    """Text under one set of styles, which are written as their opening tags, the outermost first."""

    text: str
    styles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One message's text: `html` for Telegram ("" when nothing is formatted), `plain` without any of it."""

    plain: str
    html: str = ""


def parts_of(html: str, text: str, *, limit: int = TEXT) -> list[Part]:
    """An answer in as many parts as it needs; none when it has no words."""
    runs = runs_of(html) if html else [Run(text)]
    return [_part(piece) for piece in _pieces(runs, limit)]


def runs_of(html: str) -> list[Run]:
    """Clean HTML as lines of styled text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.runs


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[Run] = []
        self._open: list[tuple[str, str]] = []  # (tag, its style or "")
        self._lists: list[int] = []  # 0 in a list with dots, else the number of the next item
        self._breaks = 0  # line ends owed before the next words
        self._space = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        if tag == "br":
            self._breaks += 1
            return
        if tag in _BLOCKS:
            self._block(tag)
        if tag in {"ul", "ol"}:
            self._lists.append(0 if tag == "ul" else 1)
        elif tag == "li":
            self._item()
        elif tag == "hr":
            self._write("———")
        elif tag in {"td", "th"}:
            self._space = True
        if tag not in {"hr", "img", "br", "wbr", "col"}:
            self._open.append((tag, self._style(tag, dict(attrs))))

    def handle_endtag(self, tag: str) -> None:
        """Note what ends; an end without its beginning is nothing."""
        if tag not in {name for name, _style in self._open}:
            return
        while self._open:
            name, _style = self._open.pop()
            if name == tag:
                break
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag in _BLOCKS:
            self._block(tag)

    def handle_data(self, data: str) -> None:
        """Words; runs of white space are one space, except where they were set by hand."""
        if any(name == "pre" for name, _style in self._open):
            self._write(data)
            return
        words = _SPACE.sub(" ", data)
        if words.startswith(" "):
            self._space = True
        if words.strip(" "):
            self._write(words.strip(" "))
            self._space = words.endswith(" ")

    def _style(self, tag: str, attributes: dict[str, str | None]) -> str:
        already = {style for _tag, style in self._open}
        if already & _LITERAL:
            return ""
        if tag == "a":
            href = attributes.get("href") or ""
            inside = any(style.startswith("<a ") for style in already)
            fine = href.startswith(("http://", "https://", "mailto:", "tel:"))
            return f'<a href="{escape(href)}">' if fine and not inside else ""
        style = f"<{_STYLES[tag]}>" if tag in _STYLES else ""
        return "" if style in already else style

    def _block(self, tag: str) -> None:
        self._breaks = max(self._breaks, 2 if tag in _SPACED and not self._lists else 1)

    def _item(self) -> None:
        if not self._lists:
            self._lists.append(0)
        number = self._lists[-1]
        mark = f"{number}. " if number else "• "
        if number:
            self._lists[-1] += 1
        self._write("  " * (len(self._lists) - 1) + mark)

    def _write(self, words: str) -> None:
        before = ("\n" * min(self._breaks, 3)) if self._breaks else (" " if self._space else "")
        if not self.runs or self.runs[-1].text.endswith((" ", "\n")):
            before = before.lstrip(" ") if self.runs else ""
        styles = tuple(style for _tag, style in self._open if style)
        if before:
            shared = tuple(s for s, t in zip(styles, self.runs[-1].styles, strict=False) if s == t)
            self.runs.append(Run(before, shared))
        self.runs.append(Run(words, styles))
        self._breaks, self._space = 0, False


def _pieces(runs: Sequence[Run], limit: int) -> Iterator[list[Run]]:
    """The runs in stretches of at most `limit` units; links and code are not cut where there is another way."""
    plain = "".join(run.text for run in runs)
    where = list(_spans(runs))
    whole = [(a, b) for a, b, run in where if any(s in _LITERAL or s.startswith("<a ") for s in run.styles)]
    for start, end in cutting.spans(plain, limit=limit, length=units, whole=whole):
        piece = _between(where, *_trimmed(plain, start, end))
        if piece:
            yield piece


def _spans(runs: Sequence[Run]) -> Iterator[tuple[int, int, Run]]:
    at = 0
    for run in runs:
        yield at, at + len(run.text), run
        at += len(run.text)


def _trimmed(plain: str, start: int, end: int) -> tuple[int, int]:
    """Without empty lines at the beginning and white space at the end."""
    while start < end and plain[start] in "\r\n":
        start += 1
    while end > start and plain[end - 1].isspace():
        end -= 1
    return start, end


def _between(spans: Sequence[tuple[int, int, Run]], start: int, end: int) -> list[Run]:
    return [
        Run(run.text[max(start - a, 0) : end - a], run.styles)
        for a, b, run in spans
        if a < end and b > start and run.text[max(start - a, 0) : end - a]
    ]


def _part(runs: Sequence[Run]) -> Part:
    plain = "".join(run.text for run in runs)
    if not any(run.styles for run in runs):
        return Part(plain)
    out: list[str] = []
    open_: tuple[str, ...] = ()
    for run in runs:
        same = 0
        while same < min(len(open_), len(run.styles)) and open_[same] == run.styles[same]:
            same += 1
        out += [_closing(style) for style in reversed(open_[same:])]
        out += run.styles[same:]
        out.append(escape(run.text, quote=False))
        open_ = run.styles
    out += [_closing(style) for style in reversed(open_)]
    return Part(plain, "".join(out))


def _closing(style: str) -> str:
    return f"</{style[1:].split(' ', maxsplit=1)[0].rstrip('>')}>"
