"""Small facts about text in our six languages: normal forms for search and comparison, and cut-offs."""

import re
import unicodedata

# Letters that people and keyboards mix up: Arabic and Persian yeh and kaf, Uzbek apostrophes, Turkish dotless i.
_FOLD = str.maketrans(
    {
        "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ؤ": "و",
        "ı": "i", "İ": "i", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe",
        "և": "եւ",
        "\u200c": " ", "\u200d": "", "\u00ad": "", "\u0640": "",
        "ʻ": "'", "ʼ": "'", "‘": "'", "’": "'", "`": "'", "´": "'", "ʹ": "'",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def fold(text: str) -> str:
    """Case, accents and look-alike letters taken away, digits made ASCII: the form in which words are compared."""
    text = unicodedata.normalize("NFKC", text).translate(_FOLD).casefold().translate(_FOLD)
    decomposed = unicodedata.normalize("NFKD", text)
    if not decomposed.isascii():
        decomposed = "".join(
            str(unicodedata.decimal(c)) if c.isdecimal() else c for c in decomposed if not unicodedata.combining(c)
        )
    return decomposed


def words(text: str, *, limit: int = 5000) -> list[str]:
    """The folded words of a text in order, apostrophes inside words removed (oʻqish → oqish), at most `limit`."""
    found: list[str] = []
    for match in _WORD.finditer(fold(text)):
        found.append(match.group().replace("'", "")[:80])
        if len(found) >= limit:
            break
    return found


def shorten(text: str, length: int) -> str:
    """One line of at most `length` signs, cut at a word where possible."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > length // 2 else cut).rstrip() + "…"
