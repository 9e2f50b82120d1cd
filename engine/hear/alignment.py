"""Which moment of a recording is which of another reading of the same words: their spectra are warped in time onto each other.

Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word recognition", IEEE Transactions on Acoustics, Speech, and
Signal Processing 26 (1978). No language is known here, and no network asked.
"""
from __future__ import annotations

import numpy as np

from .feeling import HOP, RATE, SIZE, mel, resampled

CEPSTRA = 10
"""Numbers that tell the shape of a spectrum; more of them tell of the voice's pitch: with 16 nine of ten phones of other voices lay within 34 ms, with 10
within 24."""

STEP = HOP / RATE
"""Seconds from one frame to the next."""

MOST = 3000
"""Frames, half a minute; of what is longer several are taken as one, since the work and the memory grow with the square."""

STRAY = 0.3
"""Most by which a moment may lie elsewhere in the one than in the other, as a share of the length."""

STILL = 0.05
"""What a frame costs on which the other reading stands still, in distances that are usual: much of it, and a pause that only one of them makes
draws the words after it along."""

DEPTH = 35.0
"""Decibels under the loudest that are heard: what is below is a pause, be it a studio's or a hall's."""


def moments(sound: np.ndarray, rate: int, other: np.ndarray, other_rate: int, times: np.ndarray) -> np.ndarray:
    """Seconds in mono `sound` of what is at `times` in mono `other`; rising as they rise."""
    here, there = features(sound, rate), features(other, other_rate)
    several = -(-max(len(here), len(there)) // MOST)
    path = warped(distances(_fewer(there, several), _fewer(here, several)))
    # a frame's time is its middle; the ends belong to each other
    ends = [0.0, 0.0], [len(other) / other_rate, len(sound) / rate]
    middles = (path + 0.5) * several * STEP + (SIZE - HOP) / RATE / 2
    knots = np.array([ends[0], *middles[(middles < ends[1]).all(axis=1)], ends[1]])
    at, first = np.unique(knots[:, 0], return_inverse=True)
    mean = np.bincount(first, knots[:, 1]) / np.bincount(first)
    return np.interp(times, at, np.maximum.accumulate(mean))


def features(sound: np.ndarray, rate: int) -> np.ndarray:
    """[frames, 2 CEPSTRA]: the spectrum's shape and how it changes, each as far from its mean as is usual in this recording."""
    levels = mel(resampled(sound, rate))
    levels = np.maximum(levels, np.percentile(levels, 99) - DEPTH)
    angles = np.pi / len(levels) * np.outer(np.arange(CEPSTRA), np.arange(len(levels)) + 0.5)
    shape = (np.cos(angles) @ levels).T
    change = np.gradient(shape, axis=0) if len(shape) > 1 else np.zeros_like(shape)
    both = np.hstack([shape, change])
    return (both - both.mean(axis=0)) / (both.std(axis=0) + 1e-6)


def _fewer(frames: np.ndarray, several: int) -> np.ndarray:
    """The means of so many frames at a time."""
    padded = np.pad(frames, ((0, -len(frames) % several), (0, 0)), mode="edge")
    return padded.reshape(-1, several, frames.shape[1]).mean(axis=1)


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """[frames of one, frames of the other]"""
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.sqrt(np.maximum(squares, 0.0))


def warped(costs: np.ndarray) -> np.ndarray:
    """The cheapest way [steps, 2] from the first corner to the last, which never goes back."""
    rows, columns = costs.shape
    still = STILL * float(np.median(costs))
    lie = np.abs(np.linspace(0, 1, rows)[:, None] - np.linspace(0, 1, columns))
    costs = np.where(lie > max(STRAY, 2 / min(rows, columns)), np.inf, costs)
    total, back = np.full((rows, columns), np.inf), np.zeros((rows, columns), np.int8)
    for row in range(rows):
        for_row = costs[row]
        if row:
            above, aslant = total[row - 1] + still, np.concatenate([[np.inf], total[row - 1, :-1]])
            best = for_row + np.minimum(above, aslant)
            back[row] = np.where(aslant <= above, 0, 1)
        else:
            best = np.concatenate([for_row[:1], np.full(columns - 1, np.inf)])
        # along a row: either come from above, or from the left at the price of all between
        left = np.cumsum(np.where(np.isfinite(for_row), for_row, 0.0) + still)
        along = np.minimum.accumulate(best - left) + left
        back[row] = np.where(along < best - 1e-9, 2, back[row])
        total[row] = np.where(np.isfinite(for_row), along, np.inf)
    row, column, path = rows - 1, columns - 1, []
    while row or column:
        path.append((row, column))
        way = back[row, column]
        row, column = (row - (way != 2), column - (way != 1)) if row and column else (max(0, row - 1), max(0, column - 1))
    return np.array([*path, (0, 0)][::-1], dtype=float)
