"""What single lines around quotes say: "On … wrote:", Outlook's block of fields, "Original Message", forwards."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from hospes.channels.email.parsing import phrases

MAX_WINDOW: Final = 4  # lines over which "On … wrote:" may be wrapped
MAX_JOINED: Final = 450
_ADDRESS = re.compile(r"[^\s<>@\"]{1,64}@[^\s<>@]{2,100}|\[mailto:|<\s?mailto:")
_TIME = re.compile(r"\d{1,2}[:.٫hH]\d{2}(?!\d)|\d\s?(?:am|pm|AM|PM|Uhr|時|点|시)")
_DATE = re.compile(
    r"(?<!\d)\d{4}(?!\d)|\d{1,2}\s?[./\-]\s?\d{1,2}\s?[./\-]\s?\d{2,4}|\d{1,2}月|"
    r"(?i:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\b)"
)
_FIELD = re.compile(r"[\s>*_•|]{0,8}([^\s:：*][^:：\n]{0,38}?)\s{0,4}\*?\s{0,3}[:：]\s{0,3}\*?\s*(.*)\Z")
_MARKER = re.compile(r"[-_=*~\s–—]{2,200}([^-_=*~\s–—].{1,120}?)[-_=*~\s:–—]*\Z")
_QUOTED = re.compile(r"\s{0,2}(?:[A-ZА-ЯЁ]{1,3})?>")
_RULE = re.compile(r"[-_=*–—]{3,}\Z")
_INLINE_START = re.compile(
    r"On (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?|\d{1,4}[-/. ]|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|"
    r"Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} \d)"
)
_WEEKDAY = re.compile(
    r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|mié|mie|jeu|jue|gio|ven|vie|sam|sab|sáb|dim|dom|"
    r"seg|ter|qua|qui|sex|пон|вто|сре|чет|пят|суб|вос|нед|пн|вт|ср|чт|пт|сб|вс|нд|pon|wto|śro|czw|pią|sob|nie|"
    r"mån|tis|ons|tor|fre|lör|sön|man|lør|søn|ma|ti|ke|to|pe|la|su|po|út|st|čt|pá|so|ne|paz|pzt|sal|çar|per|cum|cmt|"
    r"pirm|otr|treš|cet|piek|sest|svēt|شنبه|یک|دو|سه|چهار|پنج|جمعه|երկ|երեք|չոր|հինգ|ուրբ|շաբ|կիր|dush|sesh|chor|pay|jum|shan|yak)\w{0,10}[.,]{0,2}\s+(?:[\w.]{1,14}\s+)?\d",
    re.IGNORECASE,
)


def _words(entries: Sequence[str]) -> str:
    return "|".join(re.escape(e) for e in sorted(set(entries), key=len, reverse=True))


_SPELLED = [word for word in phrases.WROTE if word < "\u0e00"]  # in scripts that put spaces between words
_UNSPACED = [word for word in phrases.WROTE if word >= "\u0e00"]
_WROTE = re.compile(rf"(?<!\w)(?:{_words(_SPELLED)})(?!\w)|{_words(_UNSPACED)}")
_BEGINS = re.compile(rf"[-–—*_>\s]{{0,8}}(?:{_words(phrases.BEGINS)})(?![^\W\d_])")
_DEVICE_BEGINS = tuple(phrases.DEVICE_BEGINS)
_DEVICE_ENDS = tuple(phrases.DEVICE_ENDS)
_ORIGINAL = frozenset(phrases.ORIGINAL)
_FORWARDED = tuple(phrases.FORWARDED)
_FORWARDED_SET = frozenset(phrases.FORWARDED)
_FORWARD_PREFIX = re.compile(rf"\s*(?:\[[^\]]{{0,40}}\]\s*)?(?:{_words(phrases.FORWARD_PREFIXES)})\s?[:：]")


def _labels() -> dict[str, str]:
    """Label -> the kinds of field it may stand for, as letters (some words mean one thing here, another there)."""
    kinds: dict[str, str] = {}
    for letter, words in (
        ("f", phrases.FROM),
        ("s", phrases.SENT),
        ("t", phrases.TO),
        ("c", phrases.CC),
        ("j", phrases.SUBJECT),
    ):
        for word in words:
            kinds[word] = kinds.get(word, "") + letter
    return kinds


LABELS: Final = _labels()


@lru_cache(maxsize=1024)
def field_kinds(line: str) -> str:
    """Which field of a quoted header this line may be (letters of `_labels`), or "" for none."""
    found = _FIELD.match(line)
    return LABELS.get(found[1].strip().casefold(), "") if found else ""


def field_value(line: str) -> str:
    """What stands after the colon of a field line."""
    found = _FIELD.match(line)
    return found[2] if found else ""


def field_block(lines: Sequence[str], start: int) -> int:
    """The line after the block of quoted header fields that starts here, or 0 when there is none.

    Three kinds of field make a block; two suffice when an address or a full date stands in them and an empty
    line before. Long lists of people may be wrapped.
    """
    first = field_kinds(lines[start][:200])
    if not first or not (set(first) & set("fstj")):
        return 0
    seen: list[str] = []
    evidence, strangers, at, end = False, 0, start, start
    while at < min(start + 16, len(lines)) and strangers <= 3:
        line = lines[at]
        kinds = field_kinds(line[:200]) if ":" in line[:60] or "：" in line[:60] else ""
        if kinds:
            seen.append(kinds)
            evidence = evidence or bool(
                _ADDRESS.search(line[:400]) or (_DATE.search(line[:400]) and _TIME.search(line[:400]))
            )
            strangers, end = 0, at + 1
        elif line.strip("> \t"):
            strangers += 1
        elif seen and strangers == 0 and at + 1 < len(lines) and not field_kinds(lines[at + 1][:200]):
            break
        at += 1
    kinds_seen = _distinct(seen)
    if kinds_seen >= 3 and any("f" in k or "s" in k for k in seen):
        return end
    alone = start == 0 or not lines[start - 1].strip("> \t-_*")
    return end if kinds_seen == 2 and evidence and alone and any("f" in k or "s" in k for k in seen) else 0


def _distinct(seen: Sequence[str]) -> int:
    """How many different fields these lines can be at the same time (greedy; ambiguous labels last)."""
    used: set[str] = set()
    for kinds in sorted(seen, key=len):
        free = next((k for k in kinds if k not in used), "")
        if free:
            used.add(free)
    return len(used)


def notes_block(lines: Sequence[str], start: int, floor: int) -> int | None:
    """Where a quote in the manner of Notes begins: name, then date, then `To:`, `cc:` and `Subject:` from `start`."""
    kinds = [field_kinds(line[:200]) for line in lines[start : start + 6]]
    if "t" not in kinds[0] or not any("j" in kind for kind in kinds):
        return None
    for above in range(start - 1, max(start - 4, floor - 1), -1):
        line = lines[above].strip()
        if line and len(line) < 120 and _DATE.search(line) and _TIME.search(line):
            name = above - 1
            named = name >= floor and 0 < len(lines[name].strip()) < 80 and lines[name].strip()[-1] not in ".!?,"
            return name if named and not is_rule(lines[name]) else above
    return None


def is_quoted(line: str) -> bool:
    """Whether the line carries a quote mark: ">", with a space before it, or after somebody's initials."""
    return line[:1] == ">" or (">" in line[:6] and _QUOTED.match(line) is not None)


def is_original(line: str) -> bool:
    """Whether the line is "-----Original Message-----" in some language."""
    found = _MARKER.match(line) if line[:1] in "-_=*~–— " and len(line) <= 200 else None
    return bool(found) and found is not None and found[1].strip(" :").casefold() in _ORIGINAL


def is_forward(line: str) -> bool:
    """Whether the line stands above a forwarded message."""
    stripped = line.strip()
    if not 5 <= len(stripped) <= 160:
        return False
    if stripped[0] in "-_=*~–—":
        found = _MARKER.match(stripped)
        words = found[1].strip(" :").casefold() if found else ""
        return words in _FORWARDED_SET or words.startswith(("forwarded by", "weitergeleitet von"))
    if stripped[-1] not in ":：":
        return False
    return stripped.strip(" :：*").casefold() in _FORWARDED_SET


def is_bare_original(line: str) -> bool:
    """The phrase without dashes; only a field after it makes it a marker."""
    return len(line) < 80 and line.strip(" :：*-_").casefold() in _ORIGINAL


def is_rule(line: str) -> bool:
    """A line of dashes, underscores or stars."""
    return _RULE.match(line.strip()) is not None


def is_reply_above(line: str) -> bool:
    """The line above which we asked people to write."""
    if len(line) > 200:
        return False
    bare = line.strip("> \t*")
    if bare.startswith("##-") and bare.rstrip().endswith("-##"):
        return True
    if bare[:1] not in "-–—#=_*" and not bare.endswith(("-", "–", "—", "#", "=", "_")):
        return False
    folded = bare.casefold()
    return any(phrase in folded for phrase in phrases.REPLY_ABOVE)


def is_device_line(line: str) -> bool:
    """A line such as "Sent from my iPhone" that no person wrote."""
    bare = re.sub(r"<[^>]*>|\[[^\]]*\]|\(https?:[^)]*\)", "", line[:400]).strip(" \t*_-–—.,()|").casefold()
    if not 5 <= len(bare) <= 90:
        return False
    if not (bare.startswith(_DEVICE_BEGINS) or bare.endswith(_DEVICE_ENDS)):
        return False
    return any(device in bare for device in phrases.DEVICES)


def forwards(subject: str) -> bool:
    """Whether the subject says that the mail passes another one on."""
    return _FORWARD_PREFIX.match(subject[:200].casefold()) is not None


def attribution(lines: Sequence[str], last: int, floor: int) -> tuple[int, bool] | None:
    """The line where an "On … wrote:" that ends on this line begins, and whether it is beyond doubt.

    One that is in doubt counts only when a quote follows it.
    """
    tail = lines[last].strip().rstrip("-*_ \t")
    if not tail:
        return None
    joined, doubtful = "", None
    for start in range(last, max(last - MAX_WINDOW, floor - 1), -1):
        line = lines[start].strip()
        if not line or (line.startswith(">") and start != last):
            break
        joined = f"{line} {joined}".strip()
        if len(joined) > MAX_JOINED:
            break
        sure = _strength(joined)
        if sure:
            return _extend(lines, start, floor, joined), True
        if sure is False and doubtful is None:
            doubtful = _extend(lines, start, floor, joined)
    return None if doubtful is None else (doubtful, False)


def _ends_with_verb(tail: str) -> bool:
    last = tail[-40:].casefold()
    return any(found.end() >= len(last) - 1 for found in _WROTE.finditer(last))


def _strength(joined: str) -> bool | None:
    """True: an attribution for sure. False: one if a quote follows. None: none."""
    folded = joined.casefold()
    wrote = _WROTE.search(folded) is not None
    address = _ADDRESS.search(joined) is not None
    time = _TIME.search(joined) is not None
    date = _DATE.search(joined) is not None
    colon = joined.rstrip("-*_ \t")[-1:] in (":", "：")
    begins = joined[0].isdigit() or _BEGINS.match(folded) is not None or _WEEKDAY.match(folded) is not None
    if wrote:
        if (address and (date or time or begins)) or (date and time and begins):
            return bool(colon or _ends_with_verb(joined.rstrip("-*_ \t")))
        return False if colon or (date and begins) else None
    if address and (date or time) and begins:
        return bool(colon and date and time)
    return False if date and time and colon and begins else None


def _extend(lines: Sequence[str], start: int, floor: int, joined: str) -> int:
    """Take in the lines above when they are the wrapped beginning of the same sentence."""
    if _BEGINS.match(joined.casefold()) and not joined.casefold().startswith(("a ", "to ", "do ")):
        return start
    for above in range(start - 1, max(start - 3, floor - 1), -1):
        line = lines[above].strip()
        if not line or line.startswith(">") or len(line) > 200:
            return start
        if any(c.isdigit() for c in line) and (
            line[0].isdigit() or _BEGINS.match(line.casefold()) or _WEEKDAY.match(line)
        ):
            return above if line[-1] not in ".!?" or line[-2:-1].isdigit() or len(line) < 12 else start
    return start


def split_inline(lines: Sequence[str], at: int) -> tuple[str, str] | None:
    """A line on which the answer runs into "On Wed, … wrote:", cut in two; the verb may stand two lines below."""
    line = lines[at]
    if len(line) > 2000 or not any(_closes(lines[i]) for i in range(at, min(at + 3, len(lines)))):
        return None
    found = _INLINE_START.search(line)
    if not found or not found.start() or line[found.start() - 1] not in " -":
        return None
    before = line[: found.start()].rstrip(" -")
    return (before, line[found.start() :]) if before else None


def _closes(line: str) -> bool:
    return line[-30:].rstrip(" -").endswith(("wrote:", "wrote", "writes:"))
