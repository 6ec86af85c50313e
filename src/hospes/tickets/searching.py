"""Full-text search in words that every database has: folded words with positions, made and read in Python.

The folding knows our six languages (see core.text); PostgreSQL's own dictionaries know only some of them.
"""

import re
from collections.abc import Iterable, Iterator

from hospes.core.text import words

MAX_LENGTH = 500_000  # signs of a document; PostgreSQL's limit is a megabyte
JOINED = re.compile(r"\w+(?:\u200c\w+)+")  # Persian words held together by a zero-width non-joiner
MAX_POSITION = 16383  # PostgreSQL's limit of a position in a tsvector
GAP = 20  # between parts, so that a phrase never spans subject and text


def document(parts: Iterable[str]) -> str:
    """The text form of a tsvector of all parts, e.g. 'kettle':1,9 'leaks':2.

    A Persian compound is kept in its parts and as one word, because people write it both ways.
    """
    positions: dict[str, list[int]] = {}
    at, room = 1, MAX_LENGTH
    for part in parts:
        for word in words(part):
            if word not in positions:
                room -= len(word)
                if room < 0:
                    break
            known = positions.setdefault(word, [])
            if at <= MAX_POSITION and len(known) < 200:
                known.append(at)
            at += 1
        for word in _joined(part):
            positions.setdefault(word, [])
        at += GAP
    return " ".join(
        f"'{word}'" + (":" + ",".join(map(str, where)) if where else "") for word, where in positions.items()
    )


def _joined(text: str) -> Iterator[str]:
    if "\u200c" in text:
        for match in JOINED.finditer(text[:60_000]):
            yield from words(match.group().replace("\u200c", ""), limit=1)


def parse_query(text: str) -> str:
    """What a person typed as a tsquery's text form; empty when there is nothing to look for.

    Words must all occur (as beginnings of words from three letters on), "quoted words" occur in this order,
    and -word or -"quoted words" must not occur. Words joined by signs (an order number 12-34) count as a phrase.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for token, quoted, negative in _tokens(text):
        found = words(token, limit=30)
        if not found:
            continue
        if quoted or len(found) > 1:
            query = "(" + " <-> ".join(f"'{word}'" for word in found) + ")"
            if not quoted and (joined := list(_joined(token))):
                query = f"({query} | " + " & ".join(f"'{word}'" for word in joined) + ")"
        else:
            query = f"'{found[0]}'" + (":*" if len(found[0]) >= 3 and not negative else "")
        (unwanted if negative else wanted).append(query)
    if not wanted:
        return ""
    return " & ".join([*wanted[:12], *(f"!{query}" for query in unwanted[:12])])


def _tokens(text: str) -> Iterable[tuple[str, bool, bool]]:
    """(words, quoted, negative) of a typed query, left to right; an open quote runs to the end."""
    at, end = 0, min(len(text), 500)
    for opening in ("“", "”", "„", "«", "»"):
        text = text.replace(opening, '"')
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        negative = text[at] in "-−" and at + 1 < end and not text[at + 1].isspace()
        at += negative
        if text[at] == '"':
            close = text.find('"', at + 1, end)
            close = end if close < 0 else close
            yield text[at + 1 : close], True, negative
            at = close + 1
        else:
            stop = at
            while stop < end and not text[stop].isspace() and text[stop] != '"':
                stop += 1
            yield text[at:stop], False, negative
            at = stop
