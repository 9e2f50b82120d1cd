"""Where the spoken parts of a line lie in the take: each is brought to its exact length and set down at its time."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .fit import EDGE, FADE, audible, faded
from .phrases import GAP, Part
from .retime import phone_class
from .wsola import stretched

STRETCH = 0.06
"""Most that a finished sound is stretched to its exact length, as a share. Up to 3 % nothing of it is measured, and a
stretch of 15 % by windows scores as well as other durations do; beyond, the durations are corrected and spoken anew."""

SHORT = 0.025
"""Seconds of stretch that a short sound may have in any case: one duration frame, which the durations cannot hit."""

NEAR, ROUNDS = 0.002, 4
"""Seconds of error that are left alone, and most attempts: where windows join, a soft end may come a little early or late."""

AROUND = 0.030
"""Seconds of the breath before and the ring after a part's sound that are kept."""

BEGINS = {"vowel": 0.0316, "sonorant": 0.0316, "fricative": 0.0158, "stop": 0.0158}
ENDS = 0.0178
"""Shares of the loudest 5 ms where speech begins, by the class of its first phone, and where it ends: -30, -36 and -35 dB.
Some voices breathe at -33 to -40 dB for 0.1 s before a vowel and 0.4 s after the last sound; over 86 readings by eight
voices all others begin within 5 ms at any of these levels. A weak fricative lies as low as such a breath, a vowel never."""


@dataclass(frozen=True)
class Laid:
    """Where one part came to lie."""

    first: float
    last: float
    """Its audible sound in what was spoken, in seconds."""
    start: float
    end: float
    """The same in the take."""

    def at(self, time: float) -> float:
        """Seconds in the take of a time in what was spoken."""
        share = (time - self.first) / max(self.last - self.first, 1e-9)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


RISE, FALL = 0.020, 0.060
"""Seconds before and after the speech over which a breath is faded away."""


def breathless(samples: np.ndarray, rate: int, first_phone: str) -> np.ndarray:
    """Mono samples without the breath before and after their speech, so that what is heard first is the first phone."""
    first = max(0, round((audible(samples, rate, BEGINS[phone_class(first_phone)])[0] - RISE) * rate))
    last = min(len(samples), round((audible(samples, rate, ENDS)[1] + FALL) * rate))
    shape = np.zeros(len(samples), np.float32)
    shape[first:last] = 1.0
    for inside, length in ((shape[first:last], 0.8 * RISE), (shape[first:last][::-1], 0.8 * FALL)):
        ramp = min(round(length * rate), len(inside))
        inside[:ramp] *= np.sin(np.linspace(0, np.pi / 2, ramp, dtype=np.float32)) ** 2
    return samples * shape


def within(length: float, wanted: float) -> bool:
    """Whether a sound of this length may be stretched to the wished one."""
    return abs(wanted - length) <= max(STRETCH * length, SHORT)


def laid(samples: np.ndarray, rate: int, parts: Sequence[Part], heard: Sequence[tuple[float, float]]) -> tuple[np.ndarray, list[Laid]]:
    """The take's mono samples from its first on, and where each part lies in them.

    heard: first and last sound of every part in `samples`, in seconds. A part that runs late moves the next one back.
    """
    places: list[Laid] = []
    pieces = []
    for part, (first, last) in zip(parts, heard, strict=True):
        length = last - first
        wanted = length if part.seconds is None or not within(length, part.seconds) else part.seconds
        start = max(part.start, places[-1].end + GAP if places else 0.0)
        before, after = min(AROUND, start, first), AROUND
        source = samples[round((first - before) * rate) : round((last + after) * rate)]
        if wanted != length:
            source, before = exact(source, rate, before, length, wanted)
        pieces.append((max(0, round((start - before) * rate)), faded(source, round(FADE * rate))))
        places.append(Laid(first, last, start, start + wanted))
    result = np.zeros(max(at + len(piece) for at, piece in pieces) + round(EDGE * rate), np.float32)
    for at, piece in pieces:
        result[at : at + len(piece)] += piece
    return result, places


def exact(source: np.ndarray, rate: int, before: float, length: float, wanted: float) -> tuple[np.ndarray, float]:
    """The sound stretched until what is heard of it is as long as wished, and the seconds before its first sound.

    before, length: seconds in `source` up to the first sound, and from there to the last.
    """
    count = len(source) * wanted / length
    best: Any = None
    for _ in range(ROUNDS):
        result = stretched(source, round(count), rate)
        first, last = audible(result, rate)
        error = wanted - (last - first)
        if best is None or abs(error) < best[0]:
            best = (abs(error), result, first)
        if abs(error) <= NEAR:
            break
        count += error * rate
    return best[1], best[2]
