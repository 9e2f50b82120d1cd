"""How natural durations become wished ones: what may give, how far, and how a sum of whole frames is hit exactly."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

PAUSE_ELASTICITY = 2.0
"""A pause follows the tempo with this exponent, a sound with 1: in natural speech pauses give first.
Goldman-Eisler, Psycholinguistics (1968), ch. 1: tempo changes come mostly from pauses."""


@dataclass(frozen=True)
class Timing:
    """Durations after re-timing."""

    frames: np.ndarray
    """int64 [T], every one at least 1."""
    tempo: float
    """Factor that a sound's natural duration was multiplied with; under 1 is faster."""


def scaled(natural: np.ndarray, elasticity: np.ndarray, tempo: float) -> np.ndarray:
    """Natural durations [T] in frames at a tempo, float, floored at one frame. Elasticity 0 never moves."""
    return np.maximum(1.0, natural * tempo**elasticity)


def retime(natural: np.ndarray, elasticity: np.ndarray, target: int | None, shortest: float, longest: float) -> Timing:
    """Whole-frame durations whose sum is `target` as long as the tempo stays within the two limits.

    natural: float [T] frames; elasticity: float [T]; target: sum in frames, None leaves the natural rate.
    Beyond a limit the durations at that limit come back, and their sum tells by how much it misses.
    """
    if target is None:
        return Timing(_whole(scaled(natural, elasticity, 1.0)), 1.0)
    for limit, misses in ((shortest, np.greater), (longest, np.less)):
        at_limit = scaled(natural, elasticity, limit)
        if misses(at_limit.sum(), target):
            return Timing(_whole(at_limit), limit)
    low, high = shortest, longest
    for _ in range(48):
        tempo = (low + high) / 2
        if scaled(natural, elasticity, tempo).sum() > target:
            high = tempo
        else:
            low = tempo
    return Timing(_whole(scaled(natural, elasticity, tempo), target), tempo)


def _whole(durations: np.ndarray, total: int | None = None) -> np.ndarray:
    """Durations as whole frames by largest remainder: the sum is exact and no one is off by a frame or more."""
    if total is None:
        total = math.floor(durations.sum() + 0.5)
    frames = np.maximum(1, np.floor(durations)).astype(np.int64)
    missing = int(total - frames.sum())
    if missing > 0:
        # stable: equal remainders go to the earlier token, so that the same plan is the same sound everywhere
        order = np.argsort(-(durations - frames), kind="stable")
        frames[order[: missing % len(order)]] += 1
        frames += missing // len(order)
    return frames
