"""Mailboxes: a strict reader of addr-specs in a lenient reader of lists (RFC 5322, 6531; CVE-2023-27043)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from hospes.channels.email.parsing.headers import clean_line, decode_words, header_text
from hospes.channels.email.parsing.limits import MAX_ADDRESS_BYTES, MAX_ADDRESSES, Defects
from hospes.tickets.incoming import Person

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<special>[<>,;:()\[\]"])|(?P<atom>[^\s<>,;:()\[\]"]+)""",
    re.DOTALL,
)
# Dot-atom of RFC 5322 with UTF-8 (RFC 6531). Dots at odd places are seen at Japanese telephone companies.
_LOCAL = re.compile(r"""[^\s@<>()\[\]:;,"\\\x00-\x1f\x7f]{1,128}\Z""")
_DOMAIN_LABEL = re.compile(r"(?!-)[\w\-]{1,63}(?<!-)\Z")
_LITERAL = re.compile(r"\[(?:IPv6:)?[0-9A-Fa-f.:]{2,60}\]\Z")
_ADDRESS_LIKE = re.compile(r"[^\s@<>()\[\]:;,\"']{1,100}@[\w\-]+(?:\.[\w\-]+)+")
_SPACED = re.compile(r" *([@.]) *")
_UNESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WORDY_QUOTES: Final = "\"' "


@dataclass(slots=True)
class _Mailbox:
    """What was gathered of one mailbox so far."""

    words: list[str]
    address: str = ""
    comment: str = ""
    glued: bool = False  # the last word touches what follows
    broken: bool = False

    def __bool__(self) -> bool:
        return bool(self.words or self.address)


def valid_address(text: str) -> str:
    """The addr-spec with its domain in lower case and readable, or "" when it is not exactly one addr-spec."""
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        return ""
    if len(local) > 1 and local.startswith('"') and local.endswith('"'):
        inner = local[1:-1]
        if '"' in inner.replace('\\"', "") or any(c < " " for c in inner):
            return ""
        local = inner if _LOCAL.match(inner) else local
    elif not _LOCAL.match(local):
        return ""
    domain = _domain(domain)
    return f"{local}@{domain}" if domain else ""


@lru_cache(maxsize=2048)
def _domain(domain: str) -> str:
    """The domain in lower case; xn-- labels as people read them, when that is safe to turn back."""
    if _LITERAL.match(domain):
        return domain.lower()
    domain = domain.rstrip(".").lower().replace("\u3002", ".").replace("\uff0e", ".")
    labels = domain.split(".")
    if len(domain) > 255 or not all(_DOMAIN_LABEL.match(label) for label in labels):
        return ""
    if "xn--" not in domain:
        return domain
    try:
        readable = domain.encode("ascii").decode("idna")
        same = readable.encode("idna").decode("ascii").lower() == domain
    except (UnicodeError, ValueError):
        return domain
    return readable.lower() if same else domain


def read_list(value: bytes, charset: str = "") -> tuple[list[Person], bool]:
    """The mailboxes of one field, and whether it was well-formed. Groups are opened; words are decoded last.

    Encoded words are decoded only after the structure is known, so that none can smuggle in an address.
    """
    text = header_text(value, charset, MAX_ADDRESS_BYTES)
    people, clean = _simple(text)
    if people is not None:
        return people, clean
    found: list[Person] = []
    all_well = True
    for box in _mailboxes(text):
        person, well = _person(box)
        all_well = all_well and well
        if person and len(found) < MAX_ADDRESSES:
            found.append(person)
    return found, all_well


_PLAIN = re.compile(r"""(?:"([^"\\<>@]*)"|([^"<>@,;:()\[\]\\]*?))[ \t]*<([^\s<>@"\\,;:()]+@[\w.\-]+)>\Z""")


def _simple(text: str) -> tuple[list[Person] | None, bool]:
    """The everyday form `Name <local@domain>` without the full reader."""
    found = _PLAIN.match(text) if len(text) < 500 else None
    if not found:
        return None, True
    address = valid_address(found[3])
    if not address:
        return None, True
    name = found[1] if found[1] is not None else found[2]
    return [Person(address, _name(name))], True


def _name(text: str) -> str:
    return clean_line(decode_words(text)).strip(_WORDY_QUOTES)[:300]


def _mailboxes(text: str) -> list[_Mailbox]:
    """Cut a list into mailboxes at its top-level commas and semicolons."""
    reader = _ListReader(text)
    for token in _TOKEN.finditer(text):
        if not reader.in_comment(token):
            if reader.angle is not None:
                reader.in_angle(token)
            else:
                reader.outside(token)
    if reader.angle:
        reader.box.broken = True
        reader.close_angle()
    if reader.depth:
        reader.box.broken = True
    return [*reader.boxes, reader.box]


@dataclass(slots=True)
class _ListReader:
    """Where the reader of a list stands: in a comment, between angle brackets, or outside."""

    text: str
    boxes: list[_Mailbox] = field(default_factory=list)
    box: _Mailbox = field(default_factory=lambda: _Mailbox([]))
    angle: list[str] | None = None
    comment: list[str] = field(default_factory=list)
    depth: int = 0

    def in_comment(self, token: re.Match[str]) -> bool:
        """Comments nest; inside, everything is comment."""
        special = token["special"]
        if not self.depth:
            if special == "(":
                self.depth, self.comment = 1, []
            return special == "("
        self.depth += (special == "(") - (special == ")")
        if self.depth:
            self.comment.append(token.group())
        else:
            self.box.comment = "".join(self.comment)
        return True

    def in_angle(self, token: re.Match[str]) -> None:
        """Between < and > stands an addr-spec, perhaps after an old route."""
        special = token["special"]
        if special == ">":
            self.close_angle()
        elif special == "<":
            self.box.broken, self.angle = True, []
        elif self.angle is not None:
            self.angle.append(" " if token.lastgroup == "space" else token.group())

    def close_angle(self) -> None:
        """Only the first address of a mailbox counts; a second one is a fault."""
        inner = _SPACED.sub(r"\1", "".join(self.angle or ())).strip()
        if self.box.address:
            self.box.broken = True
        else:
            route, _, last = inner.rpartition(":")
            self.box.address = last if route.startswith("@") else inner
        self.box.glued, self.angle = False, None

    def outside(self, token: re.Match[str]) -> None:
        """Words of a name, separators, or a bare address."""
        kind, special = token.lastgroup, token["special"]
        if special == "<":
            self.angle = []
        elif special in (",", ";"):
            self.boxes.append(self.box)
            self.box = _Mailbox([])
        elif special == ":" and not self.box.address:
            self.box = _Mailbox([])  # the name of a group
        elif special in ("[", "]"):
            _glue(self.box, special)
        elif special:
            self.box.broken = True
        elif kind == "space":
            self.box.glued = False
        else:
            whole = kind == "atom" or self.text.startswith("@", token.end())
            _glue(self.box, token.group() if whole else _UNESCAPED.sub(r"\1", token["quoted"]))


def _glue(box: _Mailbox, text: str) -> None:
    if box.glued and box.words:
        box.words[-1] += text
    else:
        box.words.append(text)
    box.glued = True


def _person(box: _Mailbox) -> tuple[Person | None, bool]:
    """One mailbox as a person; the flag is False when it was not exactly one well-formed mailbox."""
    if not box:
        return None, not box.broken
    words = box.words
    if not box.address:
        spec = "".join(words) if len(words) <= 3 and "@" in words[1:2] else ""
        named = [w for w in words if "@" in w]
        address = valid_address(spec) or (valid_address(named[0]) if len(named) == 1 else "")
        if address:
            others = [] if spec else [w for w in words if "@" not in w]
            name = _name(" ".join(others)) or _name(box.comment)
            return Person(address, name), not box.broken and not others
        return _without_address(box)
    address = valid_address(box.address)
    name = _name(" ".join(words)) or _name(box.comment)
    if address:
        return Person(address, name), not box.broken
    inner = clean_line(decode_words(box.address))
    if "@" not in inner and re.fullmatch(r"[\w.+\-]{1,64}", inner):
        return Person(inner, name), False
    fixed = valid_address(inner.strip("<>'\" .").removeprefix("mailto:"))
    return (Person(fixed, name), False) if fixed else (Person("", name or inner), False)


def _without_address(box: _Mailbox) -> tuple[Person | None, bool]:
    """A name alone: a local user ("root"), or words that somebody typed."""
    if len(box.words) == 1 and re.fullmatch(r"[\w.+\-]{1,64}", box.words[0]):
        return Person(box.words[0], _name(box.comment)), False
    text = clean_line(decode_words(" ".join(box.words)))
    hidden = _ADDRESS_LIKE.search(text)
    if hidden and "=?" in " ".join(box.words):
        return Person("", text[:300]), False  # an address inside an encoded word is a name, never an address
    return Person("", text[:300].strip(_WORDY_QUOTES)), False


def merge_unquoted_commas(people: Sequence[Person]) -> list[Person]:
    """`Doe, John <j@d>` without quotes gives two pieces; the first has no address and belongs to the second."""
    out: list[Person] = []
    waiting: list[str] = []
    for person in people:
        if not person.address or ("@" not in person.address and not person.name):
            waiting.append(person.name or person.address)
            continue
        name = ", ".join([*waiting, person.name]) if waiting and person.name else person.name
        if waiting and not person.name:
            out.extend(_lone(word) for word in waiting)
        out.append(Person(person.address, name))
        waiting = []
    out.extend(_lone(word) for word in waiting)
    return out


def _lone(word: str) -> Person:
    return Person(word, "") if re.fullmatch(r"[\w.+\-]{1,64}", word) else Person("", word)


def read_people(values: Sequence[bytes], charset: str = "") -> tuple[Person, ...]:
    """Everybody in these fields (To, Cc, Reply-To), those without any address left out, each once."""
    found: dict[tuple[str, str], Person] = {}
    for value in values[:100]:
        for person in merge_unquoted_commas(read_list(value, charset)[0]):
            if person.address and len(found) < MAX_ADDRESSES:
                found.setdefault((person.address, person.name), person)
    return tuple(found.values())


def read_sender(fields: dict[str, list[bytes]], charset: str, defects: Defects) -> tuple[Person, bool]:
    """The one sender, and whether something about it should make people wary.

    Wary: several From fields or mailboxes, a malformed field, a display name that shows another address. Only
    when From gives no address are Sender, Reply-To and Return-Path looked at, and that is wary too.
    """
    wary = False
    values = fields.get("from", [])
    people: list[Person] = []
    for value in values[:20]:
        found, well = read_list(value, charset)
        if not well:
            found = merge_unquoted_commas(found)
        people.extend(found)
        wary = wary or (not well and len(_ADDRESS_LIKE.findall(header_text(value, charset))) != 1)
    addressed = [p for p in people if "@" in p.address]
    if len(values) > 1:
        defects.add("more than one From field")
    if len({p.address.lower() for p in addressed}) > 1:
        defects.add("more than one sender in From")
        wary = True
    best = addressed[0] if addressed else next((p for p in people if p.address), None)
    if best is None or "@" not in best.address:
        defects.add("no sender address in From" if values else "no From field")
        name = people[0].name if people else ""
        for other in ("sender", "reply-to", "return-path", "x-envelope-from"):
            found = read_list(fields[other][0], charset)[0] if other in fields else []
            if len(found) == 1 and "@" in found[0].address:
                return Person(found[0].address, name or found[0].name), True
        return best or Person("", name), wary or bool(values)
    shown = _ADDRESS_LIKE.findall(best.name)
    if any(valid_address(address.strip(".")).lower() != best.address.lower() for address in shown):
        wary = True
    return best, wary or len(values) > 1
