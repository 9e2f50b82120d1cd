"""Whether each axis reads what was done to a sound, and leaves the others alone; and how far two readings of a line lie apart.

All changes are made on finished neutral clips, without the engine: by Praat's PSOLA, by filters and by gains.
"""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.script import Wish

from ..timing.instruments import RATE
from ..timing.making import made, sound
from .figures import FACTORS, change, natural, pausing
from .measuring import AXES, HIGHEST, LOWEST, SPLIT, ear, measured
from .script import LINES, Said

WIDTH = 40.0
"""Hz over which the treble's gain sets in, about SPLIT."""

LEVEL = 0.04
"""Seconds over which a level is told when it is spread."""

REACH = 30.0
"""Decibels under the loudest place that still count for loud and soft when they are spread."""

MOST = 12.0
"""Decibels that one round of spreading levels moves any of them."""

ROUNDS = 4
"""After which levels lie within a hundredth of where they were to."""

PAUSE = 0.1
"""Seconds of silence that are put into a clip."""

SEEDS = (1, 2)
"""Other readings of the same line, none of them more neutral than the first."""


def treble(mono: np.ndarray, decibels: float) -> np.ndarray:
    """What is above SPLIT, louder by so much."""
    hertz = np.fft.rfftfreq(len(mono), 1 / RATE)
    # further from SPLIT the step is at its end anyway, and its exponential would overflow
    above = 1 / (1 + np.exp(-np.clip((hertz - SPLIT) / WIDTH, -50, 50)))
    return np.fft.irfft(np.fft.rfft(mono) * 10 ** (decibels * above / 20), len(mono))


def spread(mono: np.ndarray, factor: float) -> np.ndarray:
    """Loud and soft, so many times as far from their mean."""
    level = _level(mono)
    spoken = level > level.max() - REACH
    goal = factor * (level - level[spoken].mean()) + level[spoken].mean()
    gain = np.zeros(len(mono))
    # a gain that moves with the level is smoothed with it, so that one round falls short
    for _ in range(ROUNDS):
        gain += np.clip(goal - _level(mono * 10 ** (gain / 20)), -MOST, MOST) * spoken
    return mono * 10 ** (gain / 20)


def longer(mono: np.ndarray, factor: float) -> np.ndarray:
    """Everything slower, sounds and pauses alike, at the same pitch."""
    return _praat(mono).lengthen(LOWEST, HIGHEST, factor).values[0]


def bent(mono: np.ndarray, semitones: float, factor: float) -> np.ndarray:
    """Pitch higher by so many semitones, and so many times as far from its median."""
    from parselmouth.praat import call

    whole = _praat(mono)
    manipulation = call(whole, "To Manipulation", 0.01, LOWEST, HIGHEST)
    tier = call(manipulation, "Extract pitch tier")
    points = [(call(tier, "Get time from index", n), call(tier, "Get value at index", n)) for n in range(1, int(call(tier, "Get number of points")) + 1)]
    middle = np.median([hertz for _time, hertz in points])
    call(tier, "Remove points between", 0.0, whole.duration)
    for time, hertz in points:
        call(tier, "Add point", time, middle * (hertz / middle) ** factor * 2 ** (semitones / 12))
    call([manipulation, tier], "Replace pitch tier")
    return call(manipulation, "Get resynthesis (overlap-add)").values[0]


def paused(mono: np.ndarray) -> np.ndarray:
    """With PAUSE of silence in its quietest place, looked for in its middle half."""
    size = round(LEVEL * RATE)
    power = np.convolve(np.square(mono, dtype=np.float64), np.ones(size), "same")
    first = len(mono) // 4
    at = first + int(np.argmin(power[first:-first]))
    return np.concatenate([mono[:at], np.zeros(round(PAUSE * RATE), mono.dtype), mono[at:]])


CHANGES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], dict[str, float]]] = {
    "12 dB softer": (lambda mono: mono / 4, {}),
    "pitch +3": (lambda mono: bent(mono, 3, 1), {"f0_level": 3.0}),
    "range x1.4": (lambda mono: bent(mono, 0, 1.4), {"f0_range": 1.4}),
    "range x0.7": (lambda mono: bent(mono, 0, 0.7), {"f0_range": 0.7}),
    "spread x1.2": (lambda mono: spread(mono, 1.2), {"loudness_range": 1.2}),
    "spread x0.8": (lambda mono: spread(mono, 0.8), {"loudness_range": 0.8}),
    "longer x1.15": (lambda mono: longer(mono, 1.15), {"rate": 1 / 1.15, "pauses": 1.15}),
    "treble +3 dB": (lambda mono: treble(mono, 3), {"tilt": 3.0}),
    "treble -3 dB": (lambda mono: treble(mono, -3), {"tilt": -3.0}),
}
"""What is done, and what each axis should then read; one that is not named should not move."""


def readback(said: Said, folder: str) -> dict:
    """One neutral clip, what is read of every change to it, and what its other readings are read as."""
    mono = ear(said, folder)
    plain = measured(mono, RATE)
    found = {name: measured(np.asarray(done(mono)), RATE) for name, (done, _true) in CHANGES.items()}
    whole, rate = sound(made(LINES[said.line], said.voice, folder, said.wish))
    again = [measured(*sound(made(LINES[said.line], said.voice, folder, Wish(mode="free", seed=seed)))) for seed in SEEDS]
    return {
        "voice": said.voice, "line": said.line, "plain": plain, "changes": found, "first": measured(whole, rate), "again": again,
        "pause": measured(paused(mono), RATE)["pauses"] - plain["pauses"],
    }  # fmt: skip


def told(rows: list[dict]) -> dict:
    """For each change and axis: what is true, what is read (median), and how far clips scatter about their mean.

    Scatter is a standard deviation in the axis's own unit, of factors as a share. `noise` is that of the neutral readings
    of one line among each other, on which a single line's change can be told no finer.
    """
    changes = {name: {axis: _read(axis, [(row["changes"][name], row["plain"]) for row in rows], true.get(axis)) for axis in AXES} for name, (_done, true) in CHANGES.items()}
    noise = {axis: _read(axis, [(other, row["first"]) for row in rows for other in row["again"]], None) for axis in AXES}
    return {"changes": changes, "noise": noise, "pause": {"true": PAUSE, "read": round(float(np.median([row["pause"] for row in rows])), 3)}, "clips": len(rows)}


def _read(axis: str, pairs: list[tuple[dict, dict]], true: float | None) -> dict:
    """pairs: axes after and before. Pauses are told only where there are any."""
    used = [(after, before) for after, before in pairs if axis != "pauses" or pausing(before)]
    moved = [change({"voice": "", "line": 0, "axes": after}, {("", 0): before}, axis) for after, before in used]
    still = 1.0 if axis in FACTORS else 0.0
    if not moved:
        return {"true": still if true is None else true, "read": None, "scatter": None}
    return {"true": still if true is None else true, "read": round(natural(axis, float(np.median(moved))), 3), "scatter": round(float(np.std(moved)), 3)}


def _level(mono: np.ndarray) -> np.ndarray:
    """Decibels at every sample."""
    shape = np.hanning(round(LEVEL * RATE))
    return 10 * np.log10(np.convolve(np.square(mono, dtype=np.float64), shape / shape.sum(), "same") + 1e-10)


def _praat(mono: np.ndarray):
    import parselmouth

    return parselmouth.Sound(np.asarray(mono, np.float64), RATE)
