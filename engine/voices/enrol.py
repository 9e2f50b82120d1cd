"""A voice out of a recording, the quick way: a small network hears the timbre, Praat measures the manner, and a stock voice lends its habits."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import inference
from ..hear import need
from ..hear.feeling import RATE, mel, normal, resampled
from ..hear.prosody import measured
from ..hear.speaker import Likeness
from ..problems import LineProblem
from ..script import Stretch
from . import habits, stock

NETWORK = Path(__file__).with_name("timbre.onnx")
"""Made by `engine.train.voice`; its card is docs/models/timbre-in-a-voice.md."""

SHORTEST = 2.0
"""Seconds of speech under which nobody is enrolled."""

LONGEST = 15.0
"""Seconds that are listened to."""

SPREAD, PACE = (0.75, 1.4), (0.85, 1.15)
"""Factors on the habit's range and rate; what a few seconds seem to show beyond them is their mood, not their speaker."""

LIKELY_F0 = (60.0, 450.0)
"""Hz of a speaking voice."""

WHAT = "the timbre of a voice"


@dataclass(frozen=True)
class Found:
    """What a recording says of its speaker."""

    timbre: tuple[float, ...]
    """128 numbers: the decoder's style."""
    habit: str
    """Stock voice whose durations and melodies are borrowed."""
    f0: float
    """Hz, the median."""
    semitones: float = 0.0
    """By how much it speaks higher than the habit's voice."""
    spread: float = 1.0
    pace: float = 1.0
    """Factors on the habit's range of F0 and its rate."""
    colour: tuple[float, ...] = ()
    """dB in `phonation.BANDS`; empty is none."""
    embedding: tuple[float, ...] = ()
    """192 numbers of CAM++, of unit length."""
    seconds: float = 0.0
    """Of speech that were heard."""
    notes: tuple[str, ...] = ()


def quick(mono: np.ndarray, rate: int, language: str, models: Path, spoken: tuple[Stretch, ...] = ()) -> Found:
    """The voice of mono speech without long pauses, within two seconds on one core.

    language: a code of `voices.text.LANGUAGES`; spoken: where in it the speech is, looked for when it is not given, which takes
    as long as all else. Raises LineProblem `unfit_voice` or `cannot_hear`.
    """
    sound = resampled(mono[: round(LONGEST * rate)], rate)
    seconds = len(sound) / RATE
    spoken = tuple(replace(one, end=min(one.end, seconds)) for one in spoken if one.start < seconds)
    if seconds < SHORTEST:
        raise LineProblem("unfit_voice", reason=f"only {seconds:.1f} s of speech are heard in it", remedy="Record five to fifteen seconds of one person who speaks plainly.")
    speaker = Likeness(models, 1).embedding(sound, RATE)
    _embedding, (timbre,), (prior,) = _network().run(None, {"mel": normal(mel(sound))[None], "speaker": speaker[None].astype(np.float32)})
    manner = measured(sound, RATE, spoken or None)
    f0 = manner.f0 if LIKELY_F0[0] <= manner.f0 <= LIKELY_F0[1] else float(prior[0])
    habit = habits.nearest([name for name, own in stock.names().items() if own == language] or stock.names(), f0)
    own = habits.habits()[habit]
    return Found(
        tuple(round(float(value), 5) for value in timbre), habit, round(f0, 1), round(12 * float(np.log2(f0 / own.f0)), 2),
        _within(manner.spread / own.spread, SPREAD) if manner.spread else 1.0, _within(manner.rate / own.rate, PACE) if manner.rate else 1.0,
        embedding=tuple(round(float(value), 5) for value in speaker), seconds=round(seconds, 2),
    )  # fmt: skip


def _within(factor: float, bounds: tuple[float, float]) -> float:
    return round(float(np.clip(factor, *bounds)), 3)


def _network() -> Any:
    need("onnxruntime", WHAT)
    if not NETWORK.is_file():
        raise LineProblem("cannot_hear", what=WHAT, reason=f"{NETWORK.name} is missing")
    return inference.session(NETWORK)
