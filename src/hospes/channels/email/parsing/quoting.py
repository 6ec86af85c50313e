"""The new words of a mail told apart from what is quoted below, above or between them. Linear in the text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hospes.channels.email.parsing import quote_lines
from hospes.channels.email.parsing.quote_lines import is_quoted
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
    lines = text.split("\n")
    if " On " in text or "-On " in text:
        whole, lines = lines, []
        for at, line in enumerate(whole):
            parts = quote_lines.split_inline(whole, at) if "On " in line and line[:1] != ">" else None
            lines.extend(parts or (line,))
    return split_lines(lines, [], subject)


def split_lines(lines: list[str], marks: Sequence[str], subject: str = "") -> Split:
    """Split lines. `marks` may say of a line (HTML): "cut" quoted from here on, "attr" an attribution starts here."""
    scan = _Scan(lines, marks, forward=quote_lines.forwards(subject))
    scan.run()
    result = Split(lines, forwarded=scan.forwarded)
    regions = _mend(lines, scan.regions)
    texts = [r for r in regions if not r.quote]
    if scan.forwarded or not texts:
        result.new = [(0, len(lines))]
        return result
    result.new = _keep(regions, texts)
    _cut_signature(result)
    return result


def _keep(regions: list[_Region], texts: list[_Region]) -> list[tuple[int, int]]:
    """Which lines are kept as new, given the order of text and quotes."""
    last = texts[-1]
    quotes = [r for r in regions if r.quote and r.first < last.first]
    if not quotes:
        return [(texts[0].first, last.last)]
    if len(quotes) == 1 and (quotes[0].attributed or quotes[0].first < texts[0].first):
        return [(t.first, t.last) for t in texts]
    return [(regions[0].first, last.last)]  # answers between quotes make no sense without them


def _mend(lines: Sequence[str], regions: list[_Region]) -> list[_Region]:
    """Lines of a quote that some program wrapped without repeating the ">" are joined to their quote again."""
    out: list[_Region] = []
    for number, region in enumerate(regions):
        previous = out[-1] if out else None
        if previous is not None and previous.quote:
            following = regions[number + 1] if number + 1 < len(regions) else None
            if region.quote or (following and following.quote and _wrapped(lines, region)):
                previous.last = region.last
                continue
        out.append(region)
    return out


def _wrapped(lines: Sequence[str], region: _Region) -> bool:
    before = lines[region.first - 1]
    words = lines[region.first]
    if region.last - region.first != 1 or before[:1] != ">" or lines[region.last][:1] != ">":
        return False
    return len(before) >= 60 and len(words) < 60 and before.rstrip()[-1] not in ".!?:;" and not words[0].isupper()


def _cut_signature(result: Split) -> None:
    """Take the signature off the last stretch of new text, or off the first, unless nothing would be left."""
    for at in {len(result.new) - 1: None, 0: None}:
        first, last = result.new[at]
        rest = [span for i, span in enumerate(result.new) if i != at]
        others = any(result.lines[i].strip() for a, b in rest for i in range(a, b))
        start = find_signature(result.lines, first, last, others=others)
        if start is not None:
            result.signature = (start, last)
            result.new[at] = (first, start)
            return


@dataclass(slots=True)
class _Scan:
    """One pass over the lines. `budget` bounds the closer looks, so that hostile text costs no more than plain."""

    lines: list[str]
    marks: Sequence[str]
    forward: bool
    regions: list[_Region] = field(default_factory=list)
    forwarded: bool = False
    floor: int = 0
    budget: int = 2_000

    def run(self) -> None:
        """Fill `regions` with alternating stretches of text and quotes."""
        at, lines = 0, self.lines
        while at < len(lines):
            line = lines[at]
            if is_quoted(line) and (not line.startswith(">From ") or self._in_quote(at)):
                end = _quote_end(lines, at)
                self.regions.append(_Region(at, end, quote=True))
                at = self.floor = end
            elif not line or line.isspace():
                at += 1
            elif (verdict := self._look(at)) is None:
                self._add_text(at)
                at += 1
            else:
                at = self._apply(*verdict)

    def _in_quote(self, at: int) -> bool:
        return bool(self.regions) and self.regions[-1].quote and self.regions[-1].last >= at - 1

    def _apply(self, kind: str, first: int, last: int) -> int:
        """Act on a marker that reaches from `first` to `last`; returns where to go on."""
        end = len(self.lines)
        earlier = any(r.quote for r in self.regions)
        if kind == "forward" or (kind == "cut" and self.forward and not earlier):
            self.forwarded = not earlier
            self._add_text(first)
            self.regions[-1].last = end
            return end
        self._take_back(first)
        if kind == "quote":
            end = _quote_end(self.lines, _next_filled(self.lines, last + 1))
        self.regions.append(_Region(first, end, quote=True, attributed=True))
        self.floor = end
        return end

    def _add_text(self, at: int) -> None:
        if self.regions and not self.regions[-1].quote:
            self.regions[-1].last = at + 1
        else:
            self.regions.append(_Region(at, at + 1, quote=False))

    def _take_back(self, first: int) -> None:
        """Lines that turned out to belong to what follows are taken from the text before."""
        while self.regions and not self.regions[-1].quote and self.regions[-1].last > first:
            if self.regions[-1].first >= first:
                self.regions.pop()
            else:
                self.regions[-1].last = first

    def _look(self, at: int) -> tuple[str, int, int] | None:
        """What this line is: ("forward" | "cut" | "quote", first and last line of the marker), or None for text."""
        lines, line = self.lines, self.lines[at]
        if self.marks and (mark := self.marks[at]) and (verdict := _marked(lines, at, mark)):
            return verdict
        stripped = line.strip()
        if len(line) > 600 or not stripped or self.budget <= 0:
            return None
        first, last = stripped[0], stripped[-1]
        if first in "-_=*~–—#" or last in ":：-–—#=_":
            self.budget -= 1
            if quote_lines.is_forward(line):
                return "forward", at, at
            if quote_lines.is_original(stripped) or quote_lines.is_reply_above(line):
                return "cut", _with_intro(lines, at, self.floor), at
        if (block := self._header_block(at, stripped)) is not None:
            return "cut", block, at
        following = _next_filled(lines, at + 1)
        if following >= len(lines):
            return None
        quote_follows = is_quoted(lines[following]) or lines[following].lstrip()[:1] == ">"
        if quote_lines.is_bare_original(stripped) and quote_lines.field_kinds(lines[following][:200]):
            return "cut", at, at
        if not (quote_follows or last in ":：" or (first == "-" and last == "-")):
            return None
        self.budget -= 1
        found = quote_lines.attribution(lines, at, self.floor)
        if found is None:
            return None
        if quote_follows:
            return "quote", found[0], at
        return ("cut", found[0], at) if found[1] else None

    def _header_block(self, at: int, stripped: str) -> int | None:
        """Where the quote begins when a block of quoted header fields stands here."""
        if not (":" in stripped[:60] or "：" in stripped[:60]) or not quote_lines.field_kinds(stripped[:200]):
            return None
        self.budget -= 1
        if quote_lines.field_block(self.lines, at):
            return _with_rule(self.lines, at, self.floor)
        notes = quote_lines.notes_block(self.lines, at, self.floor)
        return None if notes is None else _with_rule(self.lines, notes, self.floor)


def _next_filled(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _quote_end(lines: Sequence[str], at: int) -> int:
    """The line after the last ">" line of this quote; empty lines inside belong to it."""
    end = at
    while at < len(lines):
        line = lines[at]
        if is_quoted(line) or line.lstrip()[:1] == ">":
            end = at + 1
        elif line and not line.isspace():
            break
        at += 1
    return end


def _marked(lines: Sequence[str], at: int, mark: str) -> tuple[str, int, int] | None:
    """What the HTML says of this line, when the words do not contradict it."""
    if any(quote_lines.is_forward(line) for line in lines[at : at + 3]):
        return "forward", at, at
    if mark == "border":
        return ("cut", at, at) if quote_lines.field_kinds(lines[at][:200]) else None
    if mark == "cut":
        return "cut", _with_rule(lines, at, 0), at
    for last in range(at, min(at + 4, len(lines))):
        following = _next_filled(lines, last + 1)
        if lines[last].strip() and following < len(lines) and lines[following][:1] == ">":
            return "quote", at, last
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
