"""Train the classifier of signs of difficult talks (src/hospes/guidance/data/signs.json) from the sentences in
data/training. Run it after changing them; the same sentences always give the same file."""

import json
import math
import random
from base64 import b64encode
from collections import Counter
from pathlib import Path

import yaml

from hospes.guidance.policies.classifier import BUCKETS, CLASSES, sentence_features

DATA = Path(__file__).parents[1] / "src/hospes/guidance/data"
ROUNDS, RATE, DECAY = 60, 0.6, 0.004


def sentences() -> list[tuple[list[int], int, float]]:
    """(features, class, weight) of each sentence; calm counts for more, because false alarms cost trust."""
    found = []
    for place in sorted((DATA / "training").glob("*.yaml")):
        kinds = yaml.safe_load(place.read_text(encoding="utf-8"))
        for name, lines in kinds.items():
            found += [(sentence_features(line), CLASSES.index(name), 1.0) for line in lines]
    sizes = Counter(kind for _f, kind, _w in found)
    mean = len(found) / len(sizes)
    return [(f, kind, mean / sizes[kind] * (1.4 if CLASSES[kind] == "calm" else 1.0)) for f, kind, _w in found]


def train() -> tuple[list[float], list[list[float]]]:
    """(bias, weights) by stochastic gradient descent on the log loss."""
    dice = random.Random(11)
    weights = [[0.0] * len(CLASSES) for _ in range(BUCKETS)]
    bias = [0.0] * len(CLASSES)
    examples = sentences()
    for turn in range(ROUNDS):
        dice.shuffle(examples)
        rate = RATE / (1 + 0.05 * turn)
        for features, kind, heavy in examples:
            norm = 1 / math.sqrt(len(features))
            logits = [b + norm * sum(weights[f][c] for f in features) for c, b in enumerate(bias)]
            top = max(logits)
            grown = [math.exp(v - top) for v in logits]
            whole = sum(grown)
            steps = [heavy * rate * (g / whole - (c == kind)) for c, g in enumerate(grown)]
            for c, step in enumerate(steps):
                bias[c] -= 0.1 * step
            for f in set(features):
                row = weights[f]
                for c, step in enumerate(steps):
                    row[c] -= norm * step + DECAY * rate * row[c]
    return bias, weights


def main() -> None:
    """Train, and write the weights as one byte each."""
    bias, weights = train()
    largest = max(abs(w) for row in weights for w in row)
    scale = largest / 127
    packed = bytes(round(w / scale) & 0xFF for row in weights for w in row)
    kept = {
        "classes": list(CLASSES),
        "buckets": BUCKETS,
        "bias": [round(b, 5) for b in bias],
        "scale": scale,
        "weights": b64encode(packed).decode(),
    }
    place = DATA / "signs.json"
    place.write_text(json.dumps(kept) + "\n", encoding="ascii")
    print(f"{place.name}: {place.stat().st_size:,} bytes, {len(sentences())} sentences")


if __name__ == "__main__":
    main()
