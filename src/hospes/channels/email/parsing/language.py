"""Which of our languages a text is in, when its letters or commonest words leave no doubt."""

import re
from collections.abc import Sequence
from typing import Final

LANGUAGES: Final = ("en", "uz", "lv", "fa", "tr", "hy")
_WORD = re.compile(r"[^\W\d_]{2,}(?:[‘’ʻʼ'`][^\W\d_]+)?")
_COMMON: Final = {
    "en": ("the and you your for with this that have not are was please thank thanks would hello can will my our"),
    "tr": (
        "ve bir bu için ile merhaba teşekkürler teşekkür ederim değil var yok olarak ama daha çok "
        "siparişim lütfen nasıl kadar sayın günler iyi ediyorum istiyorum mi mı"
    ),
    "lv": (
        "un ir es ka lai ar par labdien paldies lūdzu vai mans mana jūs no uz bet nav pasūtījums "
        "sveiki kas esmu cienījamie jau tikai"
    ),
    "uz": (
        "va bu uchun bilan salom assalomu alaykum rahmat iltimos men siz menga kerak emas bor "
        "yo‘q yo'q yoq qanday buyurtma mening yaxshi ham lekin qachon"
    ),
    "uz-cyrl": (
        "ва бу учун билан салом ассалому алайкум раҳмат илтимос мен сиз менга керак эмас бор йўқ қандай буюртма менинг"
    ),
}
_PERSIAN: Final = set("پچژگیک")
_ARABIC_ONLY: Final = set("ةىيك")


def from_header(value: str) -> str:
    """The short code of Content-Language ("en-GB, de" gives "en"), or ""."""
    found = re.match(r"\s*([A-Za-z]{2,3})(?:[-_,;\s]|\Z)", value)
    return found[1].lower() if found else ""


def guess(text: str) -> str:
    """One of our languages, or "" when it is not clear."""
    seen = text[:4000]
    letters = [c for c in seen if c.isalpha()]
    if len(letters) < 8:
        return ""
    if sum("\u0531" <= c <= "\u0587" for c in letters) * 2 > len(letters):
        return "hy"
    if sum("\u0600" <= c <= "\u06ff" for c in letters) * 2 > len(letters):
        persian = sum(c in _PERSIAN for c in letters)
        return "fa" if persian and persian > sum(c in _ARABIC_ONLY for c in letters) else ""
    return _by_words([word.casefold() for word in _WORD.findall(seen)[:400]])


def _by_words(words: Sequence[str]) -> str:
    """The language whose commonest words make up at least a tenth, and twice as many as any other's."""
    if len(words) < 3:
        return ""
    scores = sorted(((sum(w in common for w in words), code) for code, common in _SETS.items()), reverse=True)
    best, second = scores[0], scores[1]
    if best[0] >= max(2, len(words) // 10) and best[0] >= 2 * second[0]:
        return best[1].partition("-")[0]
    return ""


_SETS: Final = {code: frozenset(text.split()) for code, text in _COMMON.items()}
