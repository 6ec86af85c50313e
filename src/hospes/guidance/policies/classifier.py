"""The small local classifier of sentences: logistic regression over hashed letter groups, in plain Python.

Its weights (`data/signs.json`) are trained from `data/training` by `scripts/train_signs.py`. Nothing leaves the house.
"""

import itertools
import json
import math
from base64 import b64decode
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final
from zlib import crc32

from hospes.core.text import words

CLASSES: Final = ("calm", "unsure", "knows_better", "rude", "offended")
BUCKETS: Final = 1 << 15
MAX_WORDS: Final = 60


@lru_cache(maxsize=20_000)
def features_of(word: str) -> tuple[int, ...]:
    """Buckets of a folded word: itself, and its groups of three to five letters with its edges."""
    edged = f"<{word[:24]}>"
    found = [crc32(f"={word}".encode()) % BUCKETS]
    found += [
        crc32(edged[at : at + size].encode()) % BUCKETS
        for size in (3, 4, 5)
        for at in range(max(1, len(edged) - size + 1))
    ]
    return tuple(found)


def pair_feature(first: str, second: str) -> int:
    """The bucket of two words in a row."""
    return crc32(f"{first} {second}".encode()) % BUCKETS


def sentence_features(sentence: str) -> list[int]:
    """All buckets of a sentence."""
    said = words(sentence, limit=MAX_WORDS)
    found = [bucket for word in said for bucket in features_of(word)]
    return found + [pair_feature(a, b) for a, b in itertools.pairwise(said)]


@cache
def _model() -> tuple[tuple[float, ...], tuple[tuple[int, ...], ...], float]:
    """(bias of each class, weights of each bucket, their scale)."""
    kept = json.loads(files("hospes.guidance").joinpath("data/signs.json").read_text(encoding="ascii"))
    if tuple(kept["classes"]) != CLASSES or kept["buckets"] != BUCKETS:
        raise ValueError("data/signs.json was made for another version: run scripts/train_signs.py")
    raw = memoryview(b64decode(kept["weights"])).cast("b")
    size = len(CLASSES)
    rows = tuple(tuple(raw[at : at + size]) for at in range(0, len(raw), size))
    return tuple(kept["bias"]), rows, float(kept["scale"])


@lru_cache(maxsize=20_000)
def _word_score(word: str) -> tuple[int, ...]:
    rows = _model()[1]
    return tuple(map(sum, zip(*(rows[bucket] for bucket in features_of(word)), strict=True)))


def probabilities(sentence: str) -> dict[str, float]:
    """How likely a sentence is of each class; they add up to one. A sentence without words is calm."""
    said = words(sentence, limit=MAX_WORDS)
    if not said:
        return {name: float(name == "calm") for name in CLASSES}
    bias, rows, scale = _model()
    totals: Sequence[int] = tuple(map(sum, zip(*(_word_score(word) for word in said), strict=True)))
    pairs = [rows[pair_feature(a, b)] for a, b in itertools.pairwise(said)]
    if pairs:
        totals = tuple(map(sum, zip(totals, *pairs, strict=True)))
    count = sum(len(features_of(word)) for word in said) + len(pairs)
    norm = scale / math.sqrt(count)
    logits = [b + t * norm for b, t in zip(bias, totals, strict=True)]
    top = max(logits)
    grown = [math.exp(value - top) for value in logits]
    whole = sum(grown)
    return {name: value / whole for name, value in zip(CLASSES, grown, strict=True)}
