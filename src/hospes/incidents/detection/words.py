"""A ticket's signs: its folded words, and what stands for the same thing in every language. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from hospes.core.text import fold, words

MAX_TERMS: Final = 24
READ_CHARACTERS: Final = 4000
STEM: Final = 6  # our languages inflect at the end of words: the beginning is what a word has in common with its forms
HEAVIEST: Final = 10.0  # bits; one word alone never decides everything
SIGNATURE: Final = 16
LOOKS_LIKE: Final = 5.0  # bits: chance does it once in 32
CLOSE: Final = 10.0

_STOP: Final = frozenset(
    fold(
        # English
        "the and for you your are was were have has had not but with this that from they them their what when why how "
        "can could would should will shall may please hello dear thank thanks regards best kind about there here been "
        "any all our out get got did does doing just still also into over than then some who which its hi hey "
        # Latvian
        "kas kad kur kam bet vai jau nav ir arī par pēc pie tas šis jums mums mans mana man mani lūdzu paldies labdien "
        "sveiki cieņu ļoti tikai vēl būtu esmu bija kāpēc "
        # Uzbek
        "va bu shu men siz biz uchun bilan ham lekin emas bor yoq edi esa kerak iltimos rahmat salom assalomu alaykum "
        "qanday nima nega meni mening sizning hurmat "
        # Turkish
        "bir bu ve için ile ama değil var yok ben siz biz mi mı ne neden nasıl çok daha gibi kadar lütfen merhaba "
        "teşekkürler teşekkür ederim saygılarımla selam olan oldu "
        # Persian
        "از به در با را که این آن من شما ما برای است هست نیست بود شد می های یک هم اما چرا چه لطفا سلام ممنون تشکر "
        # Armenian
        "և եւ է են եմ որ այս այդ այն ես դուք մենք իմ ձեր մեր համար հետ չէ բայց ինչ երբ ինչպես ինչու խնդրում բարեւ բարև "
        "շնորհակալություն հարգանքով "
    ).split()
)


def stem(word: str) -> str:
    """A word as it is compared. Codes with digits stay whole."""
    return word if any(c.isdigit() for c in word) else word[:STEM]


def telling(text: str) -> list[str]:
    """The words of a text that may tell something, as stems, each once, in order."""
    found: dict[str, None] = {}
    for word in words(text[:READ_CHARACTERS], limit=400):
        if len(word) < 3 or len(word) > 40 or word in _STOP or (word.isdigit() and len(word) > 4):
            continue
        found[stem(word)] = None
    return list(found)


Vocabulary = Mapping[str, Sequence[frozenset[str]]]


def vocabulary_of(concepts: Mapping[str, Iterable[str]]) -> dict[str, list[frozenset[str]]]:
    """What stands for a thing: the phrases of every language as sets of stems, so that their order does not matter."""
    made: dict[str, list[frozenset[str]]] = {}
    for sign, phrases in concepts.items():
        stems = (frozenset(telling(phrase)) for phrase in phrases)
        made[sign] = [phrase for phrase in stems if phrase]
    return made


def terms_of(*, subject: str, text: str, product: str = "", vocabulary: Vocabulary | None = None) -> list[str]:
    """At most MAX_TERMS signs of a ticket: first what stands for a thing in every language ("@…" a part of the
    service, "#…" a product), then codes and the subject's words, then the text's."""
    named, said = telling(subject), telling(text)
    everything = frozenset(named) | frozenset(said)
    signs = [sign for sign, phrases in (vocabulary or {}).items() if any(phrase <= everything for phrase in phrases)]
    if product.strip():
        signs.append(f"#{fold(product.strip())}"[:80])
    codes = [word for word in (*named, *said) if any(c.isdigit() for c in word) and not word.isdigit()]
    return list(dict.fromkeys((*signs[:6], *codes[:4], *named[:12], *said)))[:MAX_TERMS]


@dataclass(frozen=True, slots=True)
class Match:
    """How much a ticket looks like an incident or burst, in bits, and by which words."""

    score: float
    words: tuple[str, ...]

    @property
    def looks_alike(self) -> bool:
        """Worth showing to a person."""
        return self.score >= LOOKS_LIKE

    @property
    def close(self) -> bool:
        """So alike, in more than one word, that it may be linked without asking."""
        return self.score >= CLOSE and len(self.words) > 1


NONE: Final = Match(0.0, ())


def match(signs: Mapping[str, float], terms: Iterable[str]) -> Match:
    """Compare a ticket's signs with those of an incident: the weights of what they share."""
    shared = sorted((term for term in terms if term in signs), key=lambda term: (-signs[term], term))
    return Match(sum(signs[term] for term in shared), tuple(shared)) if shared else NONE


def signature(
    tickets: Sequence[Iterable[str]],
    usual: Mapping[str, float],
    *,
    least: int = 3,
    share: float = 0.12,
    least_lift: float = 4.0,
) -> dict[str, float]:
    """What tells these tickets from others: words that are at least four times as frequent among them as usual, with
    the surprise in bits as weight. `usual` is each word's share of all tickets."""
    counted = Counter(term for terms in tickets for term in set(terms))
    found: dict[str, float] = {}
    for term, times in counted.items():
        part = times / len(tickets)
        lift = part / max(usual.get(term, 0.0), 1e-6)
        if times >= min(least, len(tickets)) and part >= share and lift >= least_lift:
            found[term] = round(min(HEAVIEST, log2(lift)), 2)
    best = sorted(found, key=lambda term: (-found[term] * counted[term] / len(tickets), term))
    return {term: found[term] for term in best[:SIGNATURE]}


def kinship(known: Sequence[Iterable[str]], others: Sequence[Iterable[str]], usual: Mapping[str, float]) -> float:
    """What the others have in common with the known ones, in bits a ticket, weak signs included."""
    wide = signature(known, usual, share=0.08, least_lift=1.7)
    return sum(match(wide, terms).score for terms in others) / len(others) if others else 0.0
