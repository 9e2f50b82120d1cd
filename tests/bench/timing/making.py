"""Takes for the bench: one line, one voice, one length, as the engine makes them by itself."""
from __future__ import annotations

import os
from functools import cache

import numpy as np
import soundfile

from engine import models
from engine.fit import EDGE
from engine.script import Cast, Job, Line, Recording, Take, Voice, Wish
from engine.speak import Engine

RATIOS = (0.75, 0.875, 1.0, 1.125, 1.25)
RATES = (48000, 44100)


@cache
def engine() -> Engine:
    """This process's engine, with one thread."""
    return Engine(models.folder(), 1)


def made(text: str, voice: str, folder: str, wish: Wish, seconds: float = 0.0, original: Recording | None = None, rate: int = 48000) -> Take:
    """A take of a line that stands alone. Raises LineProblem."""
    line = Line("line", text, "SPEAKER", "", 0.0, seconds, wish, original)
    return engine().make(line, Job((line,), Cast(default=Voice(voice)), folder, rate))[0]


def at_ratio(said, ratio: float, folder: str, **wish) -> Take:
    """A line in a slot of this share of its natural length; 1 is asked for by name, and tells what is natural."""
    rate = RATES[said.number % len(RATES)]
    whole = made(said.text, said.voice, folder, Wish(ratio=1.0, **wish), rate=rate)
    if ratio == 1:
        return whole
    return made(said.text, said.voice, folder, Wish(**wish), whole.speech.natural * ratio + 2 * EDGE, rate=rate)


def sound(take: Take) -> tuple[np.ndarray, int]:
    """The take's WAV as it was written: mono float32 samples and Hz."""
    samples, rate = soundfile.read(take.path, dtype="float32", always_2d=True)
    # in one piece of memory: some of the rivals read on as if it were
    return np.ascontiguousarray(samples[:, 0]), rate


def alone():
    """Makes a worker process keep to one core."""
    os.environ["OMP_NUM_THREADS"] = "1"
