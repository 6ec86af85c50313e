"""Small facts about text in our six languages: normal forms for search and comparison, and cut-offs."""

import re
import unicodedata
from typing import Any

# Letters that people and keyboards mix up: Arabic and Persian yeh and kaf, Uzbek apostrophes, Turkish dotless i.
_FOLD = str.maketrans(
    {
        "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ؤ": "و",
        "ە": "ه", "ہ": "ه", "ھ": "ه", "ں": "ن", "ٱ": "ا",
        "ı": "i", "İ": "i", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe",
        "և": "եվ", "՛": "", "՜": "", "՞": "", "՟": "", "՚": "'",
        "\u200c": " ", "\u200d": "", "\u00ad": "", "\u0640": "", "\u200e": "", "\u200f": "", "\u2060": "", "\ufeff": "",
        "ʻ": "'", "ʼ": "'", "ʽ": "'", "ʾ": "'", "ʿ": "'", "‘": "'", "’": "'", "‛": "'", "′": "'", "`": "'", "´": "'",
        "ʹ": "'", "ˈ": "'",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def fold(text: str) -> str:
    """Case, accents and look-alike letters taken away, digits made ASCII: the form in which words are compared.

    Folding what is folded changes nothing.
    """
    if text.isascii():
        return text.casefold().translate(_FOLD)
    for _again in range(4):  # taking an accent away may bare a letter that folds further
        before, text = text, _fold_once(text)
        if text == before:
            break
    return text


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.translate(_FOLD)).casefold().translate(_FOLD)
    if not text.isascii():
        text = "".join(
            str(unicodedata.decimal(c)) if c.isdecimal() else c
            for c in unicodedata.normalize("NFKD", text)
            if not unicodedata.combining(c)
        )
        # Armenian writes ev as one sign in small letters, and as two (old or new spelling) in capitals.
        text = text.replace("եւ", "եվ")
    return text


def digits(text: str) -> str:
    """The decimal digits of a text in ASCII, whatever script they were typed in (۱۲۳ → 123)."""
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep: NUL and lone halves of surrogate pairs."""
    if text.isascii():
        return text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\x00", "")


def words(text: str, *, limit: int = 5000) -> list[str]:
    """The folded words of a text in order, apostrophes inside words removed (oʻqish → oqish), at most `limit`."""
    found: list[str] = []
    for match in _WORD.finditer(fold(text)):
        found.append(match.group().replace("'", "")[:80])
        if len(found) >= limit:
            break
    return found


def storable_json(value: Any) -> Any:
    """A JSON value of which every text can be kept."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(inner) for inner in value]
    return value


def shorten(text: str, length: int) -> str:
    """One line of at most `length` signs, cut at a word where possible."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > length // 2 else cut).rstrip() + "…"
