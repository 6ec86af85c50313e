"""Full-text search in words that every database has: folded words with positions, made and read in Python.

The folding knows our six languages (see core.text); PostgreSQL's own dictionaries know only some of them.
"""

from collections.abc import Iterable

from hospes.core.text import words

MAX_POSITION = 16383  # PostgreSQL's limit of a position in a tsvector
GAP = 20  # between parts, so that a phrase never spans subject and text


def document(parts: Iterable[str]) -> str:
    """The text form of a tsvector of all parts, e.g. 'kettle':1,9 'leaks':2."""
    positions: dict[str, list[int]] = {}
    at = 1
    for part in parts:
        for word in words(part):
            known = positions.setdefault(word, [])
            if at <= MAX_POSITION and len(known) < 200:
                known.append(at)
            at += 1
        at += GAP
    return " ".join(
        f"'{word}'" + (":" + ",".join(map(str, where)) if where else "") for word, where in positions.items()
    )


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
