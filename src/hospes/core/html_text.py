"""HTML read as text by one linear scan: lines that know where in the source they end, so that HTML can be cut."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Final

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_RUN = re.compile("<+")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CELL: Final = "\x1f"  # between the cells of a row
_CELLS = re.compile(rf" ?{_CELL} ?")
_HREF = re.compile(r"""(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
_ALT = re.compile(r"""(?:^|\s)alt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_HIDDEN = re.compile(
    r"""display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?\s*(?:[;"'!]|\Z)|(?:^|\s)hidden(?:[\s=]|\Z)""",
    re.IGNORECASE,
)
_INDENT_ONLY = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
_START = re.compile(r"""(?:^|\s)start\s*=\s*["']?(\d{1,6})""", re.IGNORECASE)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\u034f\u00ad\ufeff\u2007\u180e]+")


def words(text: str) -> frozenset[str]:
    """A set of names written as one text."""
    return frozenset(text.split())


_BLOCKS: Final = words(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol option p pre section "
    "summary table tbody tfoot thead tr ul caption"
)
_SPACED: Final = words("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul")
_RAW: Final = words("script style title template textarea noscript noframes noembed iframe xmp svg math object")
_VOID: Final = words("area base br col embed hr img input link meta param source track wbr")
RULE: Final = "_" * 32
MAX_TAGS: Final = 30_000
MAX_LINK: Final = 500
MAX_ATTRIBUTES: Final = 20_000
MAX_DEPTH: Final = 20
MAX_LINES: Final = 30_000
MAX_MARKED: Final = 800  # characters of a tag in which its class and id are looked for

Mark = Callable[[str, str], str]


@dataclass(slots=True)
class Line:
    """One line of text. `end` is where its last character stands in the source; `mark` what `mark()` said."""

    text: str
    start: int = 0
    end: int = 0
    mark: str = ""


@dataclass(slots=True)
class _Reader:
    """The state of one scan."""

    html: str
    mark: Mark | None
    show_hidden: bool = False
    lines: list[Line] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    start: int = 0
    end: int = 0
    pending: str = ""
    blank: bool = False
    quotes: list[bool] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    links: list[tuple[str, int]] = field(default_factory=list)
    pre: int = 0
    hidden: str = ""
    hidden_depth: int = 0
    bullet: str = ""
    unclosed: set[str] = field(default_factory=set)
    depth: int = 0
    tight: bool = False

    def run(self) -> list[Line]:
        """Read the whole source."""
        html, at, tags = self.html, 0, 0
        while True:
            opening = html.find("<", at)
            if opening < 0:
                self.text(html[at:], at)
                break
            if opening > at:
                self.text(html[at:opening], at)
            found = _TAG.match(html, opening)
            if not found:
                at = self.other(opening)
                continue
            closing_at = self.tag_end(found.end())
            tags += 1
            if closing_at < 0 or tags > MAX_TAGS or len(self.lines) > MAX_LINES:
                break
            at = closing_at + 1
            name = found[2].lower()
            if found[1]:
                self.close(name)
            elif name in _RAW and not html.startswith("/", closing_at - 1):
                at = self.skip_raw(name, at)
            else:
                self.open(name, html[found.end() : min(closing_at, found.end() + MAX_ATTRIBUTES)])
        self.newline()
        return self.lines

    def tag_end(self, at: int) -> int:
        """Where the tag's ">" stands; one inside a quoted value does not count. -1 when there is none."""
        html = self.html
        end = html.find(">", at)
        for _ in range(20):
            if end < 0:
                return -1
            quote = '"' if html.count('"', at, end) % 2 else "'" if html.count("'", at, end) % 2 else ""
            if not quote or (quote == "'" and '"' in html[at:end]):
                return end
            partner = html.find(quote, end, end + MAX_ATTRIBUTES)
            if partner < 0:
                return end
            following = html.find(">", partner)
            if following < 0:
                return end
            end = following
        return end

    def other(self, at: int) -> int:
        """Comments, declarations, and "<" that is only a character."""
        html = self.html
        if html.startswith("<!--", at):
            if html.startswith(("<!-->", "<!--->"), at):
                return html.index(">", at) + 1
            end = html.find("-->", at + 4)
            return end + 3 if end >= 0 else len(html)
        if html.startswith(("<!", "<?", "</"), at):
            end = html.find(">", at)
            return end + 1 if end >= 0 else len(html)
        run = _RUN.match(html, at)
        end = max(run.end() - 1 if run else 0, at + 1)  # the last of several may open a tag
        self.text(html[at:end], at)
        return end

    def skip_raw(self, name: str, at: int) -> int:
        """Past an element whose content is no text."""
        end = None
        if name not in self.unclosed:
            end = re.compile(rf"</{name}[\s/>]", re.IGNORECASE).search(self.html, at)
        if not end:
            self.unclosed.add(name)
            return at if name in ("textarea", "noscript", "object", "svg", "math") else len(self.html)
        closing = self.html.find(">", end.start())
        return closing + 1 if closing >= 0 else len(self.html)

    def text(self, data: str, at: int) -> None:
        """A run of characters."""
        if self.hidden or not data:
            return
        if "&" in data:
            raw_length = len(data)
            data = unescape(data)
        else:
            raw_length = len(data)
        if self.pre:
            first, *rest = data.replace("\r\n", "\n").split("\n")
            self.add(first, at, at + raw_length)
            for line in rest[:MAX_LINES]:
                self.newline(forced=True)
                self.add(line, at, at + raw_length)
            return
        data = _SPACE.sub(" ", data)
        if data == " " and not self.pieces:
            return
        self.add(data, at, at + raw_length)

    def add(self, data: str, start: int, end: int) -> None:
        """Words go onto the current line."""
        if not data:
            return
        if not self.pieces:
            self.start = start
        self.pieces.append(data)
        self.end = end

    def newline(self, *, forced: bool = False) -> None:
        """End the current line; an empty one appears only when it was forced (<br>)."""
        text = "".join(self.pieces)
        self.pieces.clear()
        self.links = [(href, 0) for href, _ in self.links]
        text = text.replace("\xa0", " ")
        text = text.rstrip() if self.pre else _SPACE.sub(" ", text).strip()
        if _CELL in text:
            text = _CELLS.sub("\t", text.strip(_CELL + " "))
        if text and not text.isascii() and not _INVISIBLE.sub("", text).strip():
            text = ""
        if not text and not forced:
            return
        prefix = "> " * min(self.depth, MAX_DEPTH)
        if text:
            if self.blank and self.lines and self.lines[-1].text.strip("> "):
                quoted = self.lines[-1].text.startswith(">")
                self.lines.append(Line(prefix.rstrip() if quoted else "", self.start, self.lines[-1].end))
            self.lines.append(Line(prefix + self.bullet + text, self.start, self.end, self.pending))
            self.pending, self.bullet, self.blank = "", "", False
        else:
            end = self.lines[-1].end if self.lines else 0
            self.lines.append(Line(prefix.rstrip(), end, end))

    def open(self, name: str, attributes: str) -> None:
        """A start tag."""
        if self.hidden:
            self.hidden_depth += name == self.hidden
            return
        if attributes and self.mark is not None and (said := self.mark(name, attributes[:MAX_MARKED])):
            self.newline()
            self.pending = said
        if (
            attributes
            and not self.show_hidden
            and name not in _VOID
            and (":" in attributes or "hidden" in attributes)
            and _HIDDEN.search(attributes)
        ):
            self.hidden, self.hidden_depth = name, 1
            return
        if name == "br":
            self.newline(forced=True)
        elif name in _BLOCKS:
            self.open_block(name, attributes)
        elif name in ("td", "th"):
            if self.pieces and self.pieces[-1] != _CELL:
                self.pieces.append(_CELL)
        elif name == "a":
            found = _HREF.search(attributes)
            href = unescape(found[1] or found[2] or found[3] or "") if found else ""
            self.links.append((href, len(self.pieces)))
            if len(self.links) > 50:
                del self.links[0]
        elif name == "img":
            found = _ALT.search(attributes)
            alt = unescape(found[1] or found[2] or "") if found else ""
            if 0 < len(alt) <= 8 and not alt.isascii():  # an emoji drawn as a picture
                self.add(alt, self.end, self.end)

    def open_block(self, name: str, attributes: str) -> None:
        """A block begins on its own line, some after an empty one."""
        self.newline()
        if name == "p":
            self.tight = "Mso" in attributes or "margin:0" in attributes
        if name in _SPACED and not (name == "p" and self.tight):
            self.blank = self.blank or not (name in ("ul", "ol") and self.lists)
        if name == "blockquote":
            self.quotes.append(not _INDENT_ONLY.search(attributes) or "cite" in attributes)
            self.depth += self.quotes[-1]
        elif name in ("ul", "ol"):
            start = _START.search(attributes)
            self.lists.append((int(start[1]) if start else 1) if name == "ol" else 0)
        elif name == "li":
            indent = "  " * min(max(len(self.lists) - 1, 0), 8)
            number = self.lists[-1] if self.lists else 0
            self.bullet = f"{indent}{number}. " if number else f"{indent}- "
            if number:
                self.lists[-1] += 1
        elif name == "pre":
            self.pre += 1
        elif name == "hr":
            self.add(RULE, self.end, self.end)
            self.newline()

    def close(self, name: str) -> None:
        """An end tag."""
        if self.hidden:
            if name == self.hidden:
                self.hidden_depth -= 1
                if not self.hidden_depth:
                    self.hidden = ""
            return
        if name == "a" and self.links:
            self.close_link()
            return
        if name not in _BLOCKS:
            return
        self.newline()
        if name in _SPACED:
            nested = name in ("ul", "ol") and len(self.lists) > 1
            self.blank = self.blank or not (nested or (name == "p" and self.tight))
        if name == "blockquote" and self.quotes:
            self.depth -= self.quotes.pop()
        elif name in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif name == "li":
            self.bullet = ""
        elif name == "pre" and self.pre:
            self.pre -= 1

    def close_link(self) -> None:
        """Where a link leads is written after its words, unless they say so themselves."""
        href, index = self.links.pop()
        words = "".join(self.pieces[index:]).strip()
        if not words or len(href) > MAX_LINK:
            return
        if href.lower().startswith(("http://", "https://")):
            bare = href.split("://", 1)[1].rstrip("/").lower()
            shown = words.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
            if shown != bare and shown.removeprefix("www.") != bare.removeprefix("www."):
                self.pieces.append(f" <{href}>")
        elif href.lower().startswith("mailto:"):
            address = href[7:].split("?", 1)[0]
            if address and address.lower() not in words.lower():
                self.pieces.append(f" <{address}>")


def html_lines(html: str, mark: Mark | None = None) -> list[Line]:
    """The text line by line; what the sender hid (preheaders) is left out unless there is nothing else."""
    lines = _Reader(html, mark).run()
    if not any(line.text for line in lines):
        lines = _Reader(html, mark, show_hidden=True).run()
    while lines and not lines[-1].text:
        lines.pop()
    first = next((i for i, line in enumerate(lines) if line.text), 0)
    return lines[first:]


def html_to_text(html: str) -> str:
    """HTML as text: links with their address, lists with marks, cells with tabs, quotes with "> "."""
    return "\n".join(line.text for line in html_lines(html))
