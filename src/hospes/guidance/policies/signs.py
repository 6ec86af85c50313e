"""Reading signs of a difficult talk out of a message: rules on words and facts, and a small classifier. Pure.

The result is an offer with its reasons. It never does anything by itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from hospes.core.text import shorten, words
from hospes.guidance.policies.classifier import probabilities

KINDS: Final = ("unsure", "knows_better", "rude", "offended")
UPSET: Final = frozenset({"rude", "offended"})
THRESHOLD: Final = 0.5
AFTER_NOT_SO: Final = 0.2  # how much surer it must be for each "not so" in this talk
READ: Final = 4_000
FIRST, LAST = 6, 4  # a long letter shows its temper at its beginning and at its end
_SENTENCE = re.compile(r"[^.!?։؟\n]{2,300}[.!?։؟]{0,5}")
_MARKS = re.compile(r"[!?՜՞！]{3,}|!!")


@dataclass(frozen=True, slots=True)
class Around:
    """Facts beside the words: how many messages in a row nobody answered, and how often each kind was said to be
    misread in this talk."""

    unanswered: int = 1
    not_so: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """`kind` is "" for a calm message. `why` are (code, words): words, sentence, capitals, marks, repeated, long,
    question."""

    kind: str
    confidence: float
    upset: bool
    why: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Evidence:
    rules: float = 0.0
    learned: float = 0.0
    why: list[tuple[str, str]] = field(default_factory=list)

    def score(self) -> float:
        return 1 - (1 - 0.9 * self.learned) * (1 - min(0.9, 0.55 * self.rules))


@cache
def lexicon() -> dict[str, dict[str, tuple[tuple[str, str, bool, float], ...]]]:
    """By language and kind: (folded phrase, phrase as written, whether its last word may go on, weight)."""
    kept: dict[str, Any] = yaml.safe_load(
        files("hospes.guidance").joinpath("data/lexicon.yaml").read_text(encoding="utf-8")
    )
    return {
        language: {
            kind: tuple(
                (" ".join(words(phrase)), phrase.rstrip("*"), phrase.endswith("*"), weight)
                for name, weight in (("strong", 1.0), ("weak", 0.4))
                for phrase in lists.get(name, ())
            )
            for kind, lists in kinds.items()
        }
        for language, kinds in kept.items()
    }


def read_signs(text: str, *, language: str = "", around: Around | None = None) -> Reading:
    """What a message shows. Without a known language the words of all languages count."""
    around = around or Around()
    text = text[:READ]
    evidence = {kind: _Evidence() for kind in KINDS}
    _by_words(text, language, evidence)
    _by_sentences(text, evidence)
    _by_facts(text, around, evidence)
    scores = {kind: found.score() for kind, found in evidence.items()}
    fitting = [k for k in KINDS if scores[k] >= THRESHOLD + AFTER_NOT_SO * around.not_so.get(k, 0)]
    upset = any(scores[kind] >= THRESHOLD for kind in UPSET)
    if not fitting:
        return Reading("", round(1 - max(scores.values()), 3), upset, ())
    # Somebody rude is often offended as well: what hurts staff most is handled first.
    kind = max(fitting, key=lambda k: (scores[k] + (0.02 if k == "rude" else 0), k))
    return Reading(kind, round(scores[kind], 3), upset, tuple(evidence[kind].why[:6]))


def _by_words(text: str, language: str, evidence: Mapping[str, _Evidence]) -> None:
    known = lexicon()
    said = f" {' '.join(words(text, limit=1200))} "
    for kinds in [known[language]] if language in known else known.values():
        for kind, phrases in kinds.items():
            for folded, shown, goes_on, weight in phrases:
                if (f" {folded}" if goes_on else f" {folded} ") in said:
                    evidence[kind].rules += weight
                    evidence[kind].why.append(("words", shown))


def _by_sentences(text: str, evidence: Mapping[str, _Evidence]) -> None:
    best: dict[str, tuple[float, str]] = {}
    sentences = _SENTENCE.findall(text)
    for sentence in sentences[:FIRST] + sentences[FIRST:][-LAST:]:
        found = probabilities(sentence)
        for kind in KINDS:
            if found[kind] > best.get(kind, (0.0, ""))[0]:
                best[kind] = (found[kind], sentence)
    for kind, (likely, sentence) in best.items():
        evidence[kind].learned = max(0.0, (likely - 0.35) / 0.65)
        if evidence[kind].learned > 0.1:
            evidence[kind].why.append(("sentence", shorten(sentence, 120)))


def _by_facts(text: str, around: Around, evidence: Mapping[str, _Evidence]) -> None:
    """Facts weigh only beside words: capitals or a fourth message alone are no reason to think ill of somebody."""
    letters = [c for c in text if c.isalpha() and c.lower() != c.upper()]
    facts: list[tuple[str, str, Sequence[tuple[str, float]]]] = []
    if len(letters) >= 15 and sum(c.isupper() for c in letters) > 0.6 * len(letters):
        facts.append(("capitals", "", (("rude", 0.4), ("offended", 0.2))))
    if _MARKS.search(text):
        facts.append(("marks", "", (("rude", 0.3), ("offended", 0.2))))
    if around.unanswered >= 3:
        facts.append(("repeated", str(around.unanswered), (("offended", 0.4), ("rude", 0.2))))
    if len(text) > 1500:
        facts.append(("long", "", (("knows_better", 0.2),)))
    if "?" in text and len(words(text, limit=9)) <= 6:
        facts.append(("question", "", (("unsure", 0.3),)))
    for code, shown, adds in facts:
        for kind, weight in adds:
            if evidence[kind].rules or evidence[kind].learned > 0.1:
                evidence[kind].rules += weight
                evidence[kind].why.append((code, shown))
