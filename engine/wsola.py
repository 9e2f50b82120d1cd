"""The last few per cent: a sound made a little longer or shorter without changing its pitch, to the sample."""
from __future__ import annotations

import numpy as np

WINDOW = 0.030
"""Seconds of one piece that is laid down: two periods of a deep voice."""

SEARCH = 0.010
"""Seconds by which a piece may be moved to where it continues the last one best: one period of a voice at 100 Hz.
Waveform similarity overlap-add: Verhelst and Roelands, Proc. ICASSP 1993, vol. 2, 554-557."""


def stretched(samples: np.ndarray, count: int, rate: int) -> np.ndarray:
    """Mono float32 `samples` as exactly `count` samples of the same pitch. Meant for changes of a few per cent."""
    length = len(samples)
    if count == length or length == 0 or count <= 0:
        return samples[:count] if count <= length else np.pad(samples, (0, count - length))
    half = max(1, round(WINDOW * rate / 2))
    if min(length, count) < 4 * half:
        return _resampled(samples, count)
    reach = round(SEARCH * rate)
    window = np.hanning(2 * half + 1)[: 2 * half].astype(np.float32)
    padded = np.pad(samples, (half + reach, 3 * half + reach))
    result = np.zeros(count + 3 * half, np.float32)
    weight = np.zeros_like(result)
    factor = length / count
    follow = None
    for at in range(0, count + half, half):
        # where this piece's middle would be taken from if only the clock counted
        source = round(at * factor) + reach
        if follow is not None:
            source += _best(padded[source - reach : source + reach + 2 * half], follow)
        piece = padded[source : source + 2 * half]
        result[at : at + 2 * half] += piece * window
        weight[at : at + 2 * half] += window
        follow = padded[source + half : source + 3 * half]
        if len(follow) < 2 * half:
            break
    # the first window's middle lies half a window before the sound, see the padding
    return (result / np.maximum(weight, 1e-3))[half : half + count]


def _best(region: np.ndarray, wanted: np.ndarray) -> int:
    """Shift, from -reach to reach, at which the region is most like what would have followed the last piece."""
    size = len(wanted)
    products = np.correlate(region, wanted, "valid")
    power = np.cumsum(np.pad(region.astype(np.float64) ** 2, (1, 0)))
    energy = power[size:] - power[:-size]
    alike = products / np.sqrt(energy[: len(products)] + 1e-6)
    # of equal places the one nearest to the clock's, so that silence is not moved about
    distance = np.abs(np.arange(len(alike)) - (len(alike) - 1) / 2)
    best = alike >= alike.max() - 1e-9
    return int(np.argmin(np.where(best, distance, np.inf))) - (len(alike) - 1) // 2


def _resampled(samples: np.ndarray, count: int) -> np.ndarray:
    """Too short for windows: a click or a breath, whose pitch nobody hears."""
    places = np.linspace(0, len(samples) - 1, count) if count > 1 else np.zeros(1)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)
