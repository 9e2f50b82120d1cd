"""The model's F0 curve: what of it is voiced, where its middle lies, and how it is moved."""
from __future__ import annotations

import numpy as np

VOICED = 10.0
"""Hz; the decoder treats everything below as unvoiced, so only values above may be edited."""

UNVOICED = np.float32(5.0)
"""Hz; where the model's own F0 lies in a voiceless sound (3 to 9)."""


def median(f0: np.ndarray) -> float:
    """Median of the voiced F0 in Hz; 100 when nothing is voiced, so that two such curves are alike."""
    voiced = f0[f0 > VOICED]
    return float(np.median(voiced)) if voiced.size else 100.0


def bent(f0: np.ndarray, semitones: float, spread: float) -> np.ndarray:
    """F0 moved by semitones and spread about its median in the log domain; unvoiced values are left alone."""
    if semitones == 0 and spread == 1:
        return f0
    voiced = f0 > VOICED
    middle = median(f0)
    curve = middle * (np.maximum(f0, VOICED) / middle) ** spread * 2 ** (semitones / 12)
    return np.where(voiced, np.clip(curve, VOICED * 2, 800.0), f0).astype(np.float32)


LONG = 1.6
"""Factor on a pause's own length from which on the model dreams up a syllable in it, a "to" or a sigh."""

HELD, AHEAD = 3, 2
"""Frames of such a pause in which the word before still fades, and in which the word after begins."""

SILENT = -9.5
"""Where the energy curve lies in silence."""


def hushed(f0: np.ndarray, energy: np.ndarray, rests: np.ndarray, own: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F0 [1, 2F] and energy [1, 2F] with nothing to say in pauses that are much longer than the model's own.

    rests: bool [T], pauses at marks; own: their natural durations [T] in frames; frames: [T] as they are to be.
    """
    edges = np.concatenate([[0], np.cumsum(frames)])
    bounds = np.flatnonzero(np.diff(np.concatenate([[0], rests.astype(np.int8), [0]])))
    quiet = np.zeros(f0.shape[1], bool)
    for begin, end in zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True):
        if frames[begin:end].sum() > LONG * own[begin:end].sum():
            quiet[2 * (edges[begin] + HELD) : 2 * (edges[end] - AHEAD)] = True
    if not quiet.any():
        return f0, energy
    return np.where(quiet, UNVOICED, f0), np.where(quiet, np.float32(SILENT), energy)
