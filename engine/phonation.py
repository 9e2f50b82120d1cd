"""How a voice is produced, on the finished sound: breath against tone, brightness, and how far loud and soft lie apart."""
from __future__ import annotations

import numpy as np

BAND = 256
"""Samples of one step at 24 kHz over which the brightness changes: 11 ms."""

PIVOT, HIGHEST = 1000.0, 4000.0
"""Hz at which the brightness leaves the spectrum as it is, and from which it does no more."""

OCTAVES = 1.6
"""Octaves over which the filter's line rises by the wished tilt: so steep that voiced speech as a whole, whose weight lies near
PIVOT, is that much brighter by its alpha ratio (level above 1 kHz against below, Eyben et al., IEEE Trans. Affective
Computing 7, 2016)."""

LEVEL = 0.080
"""Seconds over which loud and soft are told: a syllable's nucleus."""

FLOOR = 18.0
"""Decibels under the loudest syllable from which on a sound is no part of the speech's loud and soft."""

MOST = 9.0
"""Decibels by which loud and soft are moved at most."""

MOST_FOLLOWED = 3.0
"""Decibels by which a syllable is louder or softer at most to follow a performance: its own sounds must stay in balance."""

BANDS = tuple(round(1000 * 2 ** (third / 3), 1) for third in range(-10, 11))
"""Hz of the middles of thirds of octaves from 100 to 10,000, in which a voice's colour is told."""

AIR_GAIN = 0.9
"""How loud the breath is against the tone where both are alike."""

VOICELESS = 0.5
"""Share of breath from which on the tone fades faster than the breath takes its place: the model's breath is 8 to 13 dB softer
than its tone (four voices), so 0.15 of tone would be nearly as loud as all the breath, and no whisper."""


def breathed(tone: np.ndarray | None, air: np.ndarray | None, share: np.ndarray) -> np.ndarray:
    """Mono samples of the same words with tone and all in breath, laid over each other: share 0 is tone, 1 is breath.

    From VOICELESS on the tone is little beside the breath, at 0.85 it is not heard.

    Either may be None where it has no share. Raises ValueError without both.
    """
    if air is None:
        if tone is None:
            raise ValueError("there is neither tone nor breath")
        return tone
    mixed = AIR_GAIN * np.sqrt(share) * air
    left = (1 - share) * np.minimum(1.0, (1 - share) / (1 - VOICELESS))
    return (mixed if tone is None else mixed + left * tone).astype(np.float32)


def shaped(samples: np.ndarray, rate: int, colour: tuple[float, ...]) -> np.ndarray:
    """Mono float32 samples with their spectrum lifted by `colour` dB in the BANDS; straight between them, level beyond. Nothing moves."""
    if not any(colour):
        return samples
    count = 1 << (len(samples) - 1).bit_length()
    hertz = np.fft.rfftfreq(count, 1 / rate)
    decibels = np.interp(np.log(np.maximum(hertz, 1.0)), np.log(BANDS), colour)
    return np.fft.irfft(np.fft.rfft(samples, count) * 10 ** (decibels / 20), count)[: len(samples)].astype(np.float32)


def coloured(samples: np.ndarray, rate: int, tilt: np.ndarray, accents: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Mono float32 samples, brighter by `tilt` dB, with loud and soft exp(accents) times as far apart, `gain` dB louder.

    tilt, accents, gain: float [samples]. The length stays, and so does the place of every sound.
    """
    if tilt.any():
        samples = tilted(samples, rate, tilt)
    decibels = gain + swing(samples, rate, accents) if accents.any() else gain
    return (samples * 10 ** (decibels / 20)).astype(np.float32) if np.any(decibels) else samples


def tilted(samples: np.ndarray, rate: int, tilt: np.ndarray) -> np.ndarray:
    """The samples through a filter without delay whose gain in dB is `tilt` times a straight line over octaves, 0 at PIVOT."""
    size = 4 * BAND
    window = np.sqrt(np.hanning(size + 1)[:size])
    padded = np.pad(samples.astype(np.float64), (size, 2 * size))
    starts = np.arange(0, len(samples) + size, BAND)
    frames = padded[starts[:, None] + np.arange(size)] * window
    hertz = np.fft.rfftfreq(size, 1 / rate)
    line = np.clip(np.log2(np.maximum(hertz, 100.0) / PIVOT), -1.0, np.log2(HIGHEST / PIVOT)) / OCTAVES
    at = np.clip(starts + size // 2 - size, 0, len(samples) - 1)
    shaped = np.fft.irfft(np.fft.rfft(frames) * 10 ** (tilt[at, None] * line / 20), size) * window
    result, weight = np.zeros(len(padded)), np.zeros(len(padded))
    for start, frame in zip(starts, shaped, strict=True):
        result[start : start + size] += frame
        weight[start : start + size] += window**2
    inside = slice(size, size + len(samples))
    return (result[inside] / np.maximum(weight[inside], 1e-6)).astype(np.float32)


def swing(samples: np.ndarray, rate: int, accents: np.ndarray) -> np.ndarray:
    """Decibels [samples] that move loud and soft apart or together about their mean."""
    places, level = levels(samples, rate)
    spoken = level > level.max() - FLOOR
    mean = float(level[spoken].mean())
    away = np.clip(level, level.max() - FLOOR, None) - mean
    moved = np.clip((np.exp(accents[places]) - 1) * away, -MOST, MOST)
    return np.interp(np.arange(len(samples)), places + rate // 200 / 2, moved)


def range_of(samples: np.ndarray, rate: int) -> float:
    """From soft to loud among the syllables of mono samples, in dB, between the shares that `hear.prosody.swing` has."""
    _places, level = levels(samples, rate)
    spoken = level[level > level.max() - FLOOR]
    low, high = np.percentile(spoken, (20, 95))
    return float(high - low)


def levels(samples: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Every 5 ms the first sample of a place, and the level there in dB, told over a syllable's nucleus."""
    half = round(LEVEL * rate / 2)
    shape = np.hanning(2 * half + 3)[1:-1]
    step = rate // 200
    power = np.square(samples, dtype=np.float64)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    places = np.arange(0, len(samples), step)
    short = sums[np.minimum(places + step, len(samples))] - sums[places]
    kernel = shape[:: step] / shape[::step].sum()
    smooth = np.convolve(np.pad(short, len(kernel) // 2, mode="edge"), kernel, "valid")[: len(places)] / step
    return places, 10 * np.log10(smooth + 1e-12)


def followed(samples: np.ndarray, rate: int, wanted: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Mono samples whose loudness follows a performance's, syllable by syllable; the mean over all stays about as it is.

    wanted: dB [samples] against the mean of the speech, NaN where nothing is wanted; share: 0 to 1 [samples].
    """
    places, level = levels(samples, rate)
    spoken = level > level.max() - FLOOR
    there = wanted[np.minimum(places, len(wanted) - 1)]
    moved = spoken & np.isfinite(there)
    if not moved.any():
        return samples
    away = (there - there[moved].mean()) - (level - level[moved].mean())
    change = np.where(moved, np.clip(away, -MOST_FOLLOWED, MOST_FOLLOWED), 0.0)
    half = round(LEVEL * 200 / 2)
    shape = np.hanning(2 * half + 3)[1:-1]
    change = np.convolve(np.pad(change, half, mode="edge"), shape / shape.sum(), "valid")
    decibels = np.interp(np.arange(len(samples)), places + rate // 400, change) * share
    return (samples * 10 ** (decibels / 20)).astype(np.float32)
