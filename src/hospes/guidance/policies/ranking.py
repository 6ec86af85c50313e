"""Which ready answers suit a ticket best, and why: by language, by use on such tickets lately, by words. Pure."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

LANGUAGE, USE, WORDS, CONDITIONS = 0.5, 1.2, 2.0, 0.4
MIN_SHARED: Final = 0.05


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ready answer: its own words, those of messages it was used for (with how often), how often it was used
    lately on tickets of this type or with these tags, and whether it asks for conditions, which hold."""

    id: int
    in_language: bool
    words: frozenset[str]
    past: Mapping[str, int] = field(default_factory=dict)
    used_alike: int = 0
    has_conditions: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """`why` are codes: "words", "used", "conditions"; `shared` are the words that count most."""

    id: int
    score: float
    why: tuple[str, ...]
    shared: tuple[str, ...]


def rank(candidates: Sequence[Candidate], *, said: Collection[str]) -> list[Ranked]:
    """Best first; equal ones keep their order. Rare words count for more than those that every answer has."""
    spoken = frozenset(word for word in said if len(word) > 3)
    spread: Counter[str] = Counter()
    for one in candidates:
        spread.update(spoken & (one.words | one.past.keys()))
    # A word that a quarter of them have (a greeting) tells nothing.
    common = max(3, len(candidates) // 4)
    rarity = {word: math.log(1 + len(candidates) / (1 + n)) if n < common else 0.0 for word, n in spread.items()}
    most_used = max((one.used_alike for one in candidates), default=0)
    found = [_ranked(one, spoken, rarity, most_used) for one in candidates]
    return sorted(found, key=lambda one: -one.score)


def _ranked(one: Candidate, spoken: frozenset[str], rarity: Mapping[str, float], most_used: int) -> Ranked:
    often = max(one.past.values(), default=0)
    weights = {word: rarity[word] for word in spoken & one.words}
    for word in spoken & one.past.keys():
        weights[word] = max(weights.get(word, 0.0), rarity[word] * math.sqrt(one.past[word] / often))
    whole = math.sqrt(sum(rarity.get(word, 0.0) for word in spoken) or 1.0)
    alike = min(1.0, sum(weights.values()) / (whole * 2))
    used = math.log1p(one.used_alike) / math.log1p(most_used) if most_used else 0.0
    why = [("words", alike > MIN_SHARED), ("used", used > 0), ("conditions", one.has_conditions)]
    score = WORDS * alike + USE * used + LANGUAGE * one.in_language + CONDITIONS * one.has_conditions
    best = sorted((word for word in weights if weights[word]), key=lambda word: (-weights[word], word))[:3]
    return Ranked(one.id, round(score, 6), tuple(code for code, holds in why if holds), tuple(best))
