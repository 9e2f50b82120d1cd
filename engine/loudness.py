"""How loud a sound is by ITU-R BS.1770-5: integrated loudness in LUFS and true peak in dBTP.

In numpy, since the packages that measure this bring SciPy (35 MB for each Python) or do not exist for Blender's Python.
"""
from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

BLOCK, HOP = 0.4, 0.1
"""Seconds of a gating block and from one to the next (75 % overlap)."""

ABSOLUTE, RELATIVE = -70.0, -10.0
"""Gates: LUFS under which a block counts as silence, and LU under the rest's mean."""

SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
HIGH_PASS = (38.13547087602444, 0.5003270373238773)
"""Centre in Hz, gain in dB and Q of the K weighting's two filters: the values of which BS.1770 prints the coefficients at
48 kHz, so that they can be had at any rate (De Man, "Evaluation of Implementations of the EBU R128 Loudness
Measurement", AES 145, 2018)."""


def loudness(samples: np.ndarray, rate: int) -> float | None:
    """LUFS of samples [n] or [n, channels], all channels of weight 1; None for silence.

    A sound shorter than one block is one block as long as itself.
    """
    channels = samples[:, None] if samples.ndim == 1 else samples
    if not len(channels):
        return None
    power = np.square(_weighted(channels.astype(np.float64), rate)).sum(axis=1)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    size = min(round(BLOCK * rate), len(power))
    starts = np.round(np.arange(int((len(power) - size) / (HOP * rate) + 1e-9) + 1) * HOP * rate).astype(int)
    blocks = (sums[starts + size] - sums[starts]) / size
    blocks = blocks[_lufs(blocks) > ABSOLUTE]
    if not blocks.size:
        return None
    blocks = blocks[_lufs(blocks) > _lufs(blocks.mean()) + RELATIVE]
    return float(_lufs(blocks.mean()))


def true_peak(samples: np.ndarray, rate: int) -> float:
    """dBTP of samples [n] or [n, channels], by four times oversampling; -inf for silence."""
    import soxr

    if not len(samples):
        return -math.inf
    padded = np.pad(samples.astype(np.float32), ((64, 64), *((0, 0),) * (samples.ndim - 1)))
    peak = max(float(np.abs(soxr.resample(padded, rate, 4 * rate, quality="HQ")).max()), float(np.abs(samples).max()))
    return 20 * math.log10(peak) if peak > 0 else -math.inf


def _lufs(power: Any) -> Any:
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-20))


def _weighted(channels: np.ndarray, rate: int) -> np.ndarray:
    """Samples [n, channels] after the K weighting, filtered by the Fourier transform."""
    # a second of room for the high-pass to die away in, or its tail would come round to the beginning
    count = 1 << (len(channels) + rate - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(channels, count, axis=0) * _response(count, rate)[:, None], count, axis=0)[: len(channels)]


@lru_cache(maxsize=4)  # the takes of a film are of few sizes
def _response(count: int, rate: int) -> np.ndarray:
    """Of both filters, at the frequencies of a transform of `count` samples."""
    response = np.ones(1)
    turns = np.exp(-2j * np.pi * np.arange(count // 2 + 1) / count)
    for numerator, denominator in (_shelf(rate), _high_pass(rate)):
        response = response * np.polyval(numerator[::-1], turns) / np.polyval(denominator[::-1], turns)
    return response


def _shelf(rate: int) -> tuple[np.ndarray, np.ndarray]:
    """First filter, the head's: coefficients of z^0, z^-1, z^-2 above and below."""
    centre, gain, q = SHELF
    k, high = math.tan(math.pi * centre / rate), 10 ** (gain / 20)
    band = high**0.4996667741545416
    below = 1 + k / q + k * k
    above = np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]) / below
    return above, np.array([1.0, 2 * (k * k - 1) / below, (1 - k / q + k * k) / below])


def _high_pass(rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Second filter."""
    centre, q = HIGH_PASS
    k = math.tan(math.pi * centre / rate)
    below = 1 + k / q + k * k
    return np.array([1.0, -2.0, 1.0]), np.array([1.0, 2 * (k * k - 1) / below, (1 - k / q + k * k) / below])
