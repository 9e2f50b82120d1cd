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
