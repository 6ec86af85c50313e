"""A quiet loop for those who wait, made by ourselves: eight soft notes, 8 kHz, so that no installation lacks one."""

import io
import math
import struct
import wave
from functools import cache
from typing import Final

RATE: Final = 8000
NOTES: Final = (261.6, 329.6, 392.0, 329.6, 220.0, 261.6, 329.6, 261.6)  # C major, A minor: calm, not sad
SECONDS: Final = 1.5


@cache
def loop() -> bytes:
    """Twelve seconds as a WAV file (16 bit mono)."""
    samples: list[int] = []
    for number in range(int(RATE * SECONDS * len(NOTES))):
        at = number / RATE
        note, since = int(at / SECONDS), at % SECONDS
        fade = min(1.0, since / 0.08) * math.exp(-1.6 * since)
        wanted = sum(math.sin(2 * math.pi * NOTES[note] * part * since) / part**2 for part in (1, 2, 3))
        samples.append(int(5200 * fade * wanted))
    kept = io.BytesIO()
    with wave.open(kept, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return kept.getvalue()
