"""The new words of a mail told apart from what is quoted below, above or between them. Linear in the text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hospes.channels.email.parsing import quote_lines
from hospes.channels.email.parsing.signature import find_signature


@dataclass(slots=True)
class Split:
    """Line numbers: what is new, what is quoted, where the signature begins. `found` when anything was cut."""

    lines: list[str]
    new: list[tuple[int, int]] = field(default_factory=list)
    signature: tuple[int, int] | None = None
    forwarded: bool = False

    @property
    def reply(self) -> str:
        """The new words; stretches that stood apart are joined by an empty line."""
        return "\n\n".join(t for a, b in self.new if (t := _block(self.lines[a:b])))

    @property
    def signature_text(self) -> str:
        """The signature without its delimiter line."""
        if self.signature is None:
            return ""
        first, last = self.signature
        if self.lines[first].strip() in ("--", "—", "-- ", "––"):
            first += 1
        return _block(self.lines[first:last])

    @property
    def quoted(self) -> str:
        """Everything that is neither new nor signature, in order."""
        kept: set[int] = set()
        for first, last in [*self.new, *([self.signature] if self.signature else [])]:
            kept.update(range(first, last))
        return _block([line for i, line in enumerate(self.lines) if i not in kept])

    @property
    def found(self) -> bool:
        """Whether something was quoted."""
        return bool(self.quoted)


@dataclass(slots=True)
class _Region:
    """Consecutive lines of one kind. `attributed`: an "On … wrote:" stands above the quote."""

    first: int
    last: int
    quote: bool
    attributed: bool = False


def _block(lines: Sequence[str]) -> str:
    """Lines as text without empty lines around."""
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return "\n".join(line.rstrip() for line in lines[first:last])


def split(text: str, subject: str = "") -> Split:
    """Split plain text. `subject` tells forwards from answers."""
    lines: list[str] = []
    for line in text.split("\n"):
        parts = quote_lines.split_inline(line) if "On " in line and line[:1] != ">" else None
        lines.extend(parts if parts else (line,))
    result = split_lines(lines, [], subject)
    if len(lines) != text.count("\n") + 1 and not result.found:
        return split_lines(text.split("\n"), [], subject)
    return result


def split_lines(lines: list[str], marks: Sequence[str], subject: str = "") -> Split:
    """Split lines. `marks` may say of a line (HTML): "cut" quoted from here on, "attr" an attribution starts here."""
    regions, forwarded = _regions(lines, marks, quote_lines.forwards(subject))
    result = Split(lines, forwarded=forwarded)
    texts = [r for r in regions if not r.quote]
    if forwarded or not texts:
        result.new = [(0, len(lines))]
        if not forwarded:
            return result
        return result
    result.new = _keep(lines, regions, texts)
    _cut_signature(result)
    return result


def _keep(lines: Sequence[str], regions: list[_Region], texts: list[_Region]) -> list[tuple[int, int]]:
    """Which lines are kept as new, given the order of text and quotes."""
    last = texts[-1]
    quotes = [r for r in regions if r.quote and r.first < last.first]
    if len(quotes) > 1:
        quotes = [q for q in quotes if not _broken_wrap(lines, q, regions)] or quotes
    if not quotes:
        return [(texts[0].first, last.last)]
    if len(quotes) == 1 and (quotes[0].attributed or quotes[0].first < texts[0].first):
        return [(t.first, t.last) for t in texts]
    return [(regions[0].first, last.last)]  # answers between quotes make no sense without them


def _broken_wrap(lines: Sequence[str], quote: _Region, regions: list[_Region]) -> bool:
    return False


def _cut_signature(result: Split) -> None:
    """Take the signature off the last stretch of new text, unless nothing would be left."""
    first, last = result.new[-1]
    others = any(result.lines[i].strip() for a, b in result.new[:-1] for i in range(a, b))
    start = find_signature(result.lines, first, last, others=others)
    if start is not None:
        result.signature = (start, last)
        result.new[-1] = (first, start)
        return
    if len(result.new) > 1:
        first, last = result.new[0]
        start = find_signature(result.lines, first, last, others=True)
        if start is not None:
            result.signature = (start, last)
            result.new[0] = (first, start)


def _regions(lines: list[str], marks: Sequence[str], forward: bool) -> tuple[list[_Region], bool]:
    """The lines as alternating stretches of text and quotes; and whether it is a forwarded message."""
    regions: list[_Region] = []
    at, count, fresh = 0, len(lines), False
    floor = 0
    while at < count:
        line = lines[at]
        head = line[:1]
        if head == ">" and not line.startswith((">From ", ">>> ")) or (head == ">" and regions and regions[-1].quote):
            end = _quote_end(lines, at, marks)
            regions.append(_Region(at, end, quote=True))
            at = floor = end
            continue
        if not line or line.isspace():
            at += 1
            continue
        mark = marks[at] if marks else ""
        verdict = _look(lines, at, mark, floor)
        if verdict is None:
            _text(regions, at)
            fresh = True
            at += 1
            continue
        kind, first = verdict
        if kind == "forward" or (kind == "cut" and forward):
            if kind == "forward" or not any(r.quote for r in regions):
                _close(regions, first)
                return regions, True
        if kind == "quote":
            _close(regions, first)
            following = _next_filled(lines, at + 1)
            end = _quote_end(lines, following, marks)
            regions.append(_Region(first, end, quote=True, attributed=True))
            at = floor = end
            continue
        _close(regions, first)
        regions.append(_Region(first, count, quote=True, attributed=True))
        break
    del fresh
    return regions, False


def _text(regions: list[_Region], at: int) -> None:
    if regions and not regions[-1].quote:
        regions[-1].last = at + 1
    else:
        regions.append(_Region(at, at + 1, quote=False))


def _close(regions: list[_Region], first: int) -> None:
    """Lines that turned out to belong to what follows are taken from the text before."""
    while regions and not regions[-1].quote and regions[-1].last > first:
        if regions[-1].first >= first:
            regions.pop()
        else:
            regions[-1].last = first


def _next_filled(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _quote_end(lines: Sequence[str], at: int, marks: Sequence[str]) -> int:
    """The line after the last ">" line of this quote; empty lines inside belong to it."""
    end = at
    while at < len(lines):
        line = lines[at]
        if line[:1] == ">" or line.lstrip()[:1] == ">":
            end = at + 1
        elif line and not line.isspace():
            break
        at += 1
    return end


def _look(lines: list[str], at: int, mark: str, floor: int) -> tuple[str, int] | None:
    """What begins at, or ends on, this line: ("forward" | "cut" | "quote", first line of it), or None for text."""
    line = lines[at]
    if mark and (verdict := _marked(lines, at, mark)):
        return verdict
    if len(line) > 600:
        return None
    stripped = line.strip()
    first, last = stripped[0], stripped[-1]
    if first in "-_=*~–—#" or last in ":：":
        if quote_lines.is_forward(line):
            return "forward", at
        if quote_lines.is_original(line) or quote_lines.is_reply_above(line):
            return "cut", _with_intro(lines, at, floor)
    elif last in "-–—#=_" and quote_lines.is_reply_above(line):
        return "cut", _with_intro(lines, at, floor)
    if (":" in stripped[:60] or "：" in stripped[:60]) and quote_lines.field_block(lines, at):
        return "cut", _with_rule(lines, at, floor)
    if quote_lines.is_bare_original(line):
        following = _next_filled(lines, at + 1)
        if following < len(lines) and quote_lines.field_kinds(lines[following][:200]):
            return "cut", at
    found = quote_lines.attribution(lines, at, floor)
    if found is None:
        return None
    start, sure = found
    following = _next_filled(lines, at + 1)
    if following < len(lines) and lines[following].lstrip()[:1] == ">":
        return "quote", start
    return ("cut", start) if sure and following < len(lines) else None


def _marked(lines: list[str], at: int, mark: str) -> tuple[str, int] | None:
    """What the HTML says of this line, when the words do not contradict it."""
    following = _next_filled(lines, at + 1)
    block = lines[at : at + 4]
    if any(quote_lines.is_forward(line) for line in block):
        return "forward", at
    if mark == "border":
        return ("cut", at) if ":" in lines[at][:60] or "：" in lines[at][:60] else None
    if mark == "cut":
        return "cut", _with_rule(lines, at, 0)
    for last in range(at, min(at + 4, len(lines))):
        following = _next_filled(lines, last + 1)
        if following < len(lines) and lines[following][:1] == ">" and lines[last].strip():
            lines[at : last + 1] = lines[at : last + 1]
            return "quote_at", last
    return None


def _with_rule(lines: Sequence[str], at: int, floor: int) -> int:
    """A line of underscores or a bare "Original Message" above belongs to the quote."""
    above = at - 1
    while above >= floor and not lines[above].strip():
        above -= 1
    if above >= floor and (quote_lines.is_rule(lines[above]) or quote_lines.is_bare_original(lines[above])):
        return above
    return at


def _with_intro(lines: Sequence[str], at: int, floor: int) -> int:
    """An "On … wrote:" straight above a marker belongs to it."""
    above = at - 1
    while above >= floor and not lines[above].strip():
        above -= 1
    if above < floor:
        return at
    found = quote_lines.attribution(lines, above, floor)
    return found[0] if found and found[1] else _with_rule(lines, at, floor)
