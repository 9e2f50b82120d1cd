"""What can be measured of a clip without asking the engine: pitch by Praat, level, pauses, rate and brightness."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..timing.instruments import listened, natural
from ..timing.making import made, sound
from .script import INTENSITY, LINES, Said

LOWEST, HIGHEST = 60.0, 600.0
"""Hz in which a pitch is looked for."""

STRAY = 10.0
"""Semitones from the median beyond which a pitch is an octave error or a creak."""

QUIET, LEAST = 32.0, 0.09
"""Decibels under the loudest 50 ms from which it is silent, and seconds that such a silence must last to be a pause."""

SOFT, LOUD = 20, 95
"""Per cent of the voiced places between whose levels loudness ranges. A standard deviation heeds the few softest places most."""

FAINT = 0.003
"""Share of the highest peak from which a place can be voiced when levels are ranged. Praat's own 0.03 leaves out the softest
places of a clip the more its levels differ, so that the range seems to stay. On lines of eight voices that had no part in
choosing, levels spread by 1.2, 1.1, 0.9 and 0.8 are read as 1.20, 1.10, 0.90 and 0.80, each to 0.02; with Praat's own and a
standard deviation they were 1.13, 1.07, 0.96 and 0.87, each to 0.06."""

SPLIT, UPPER = 1000.0, 5000.0
"""Hz between the two bands of the alpha ratio, and its end (eGeMAPS)."""

SLOTS = ((4.2371, 44100), (3.3337, 48000), (5.01113, 44100), (4.61803, 48000), (3.90625, 22050))
"""Seconds and Hz of slots, none of them a whole number of samples or frames; five, so that every mood meets other ones."""

AXES = ("f0_level", "f0_range", "loudness_range", "rate", "pauses", "tilt")


def clip(said: Said, folder: str) -> dict:
    """Speaks it and measures it; its sound at RATE is kept for the ears that come later.

    Of the axes, f0_level is in semitones over 1 Hz, f0_range is a standard deviation in semitones, loudness_range a
    span in dB, rate 1 / seconds of speech, pauses seconds, tilt dB. Naturalness is asked for at INTENSITY only.
    """
    text = LINES[said.line]
    take = made(text, said.voice, folder, said.wish)
    samples, rate = sound(take)
    heard = listened(samples, rate)
    np.save(path(folder, said), heard)
    axes = measured(samples, rate)
    return {
        "voice": said.voice, "line": said.line, "mood": said.mood, "intensity": said.intensity, "text": text,
        "seconds": take.samples / rate, "compute_seconds": take.compute_seconds, "peak": take.true_peak, "axes": axes,
        "mos": natural([heard])[0] if said.intensity == INTENSITY else None,
    }  # fmt: skip


def path(folder: str, said: Said) -> Path:
    """Where the clip's sound at RATE lies."""
    return Path(folder) / f"{said.name}.npy"


def slot(asked: tuple[Said, tuple[float, int]], folder: str) -> dict:
    """A line in a slot of SLOTS, with the error of the file's length in samples."""
    said, (seconds, rate) = asked
    take = made(LINES[said.line], said.voice, folder, replace(said.wish, mode="controlled"), seconds, rate=rate)
    samples, its_rate = sound(take)
    return {"voice": said.voice, "mood": said.mood, "seconds": seconds, "rate": rate, "samples_error": len(samples) - round(seconds * its_rate), "overflow_ms": take.overflow_ms}


def measured(samples: np.ndarray, rate: int) -> dict[str, float]:
    """The axes of mono samples."""
    import parselmouth

    whole = parselmouth.Sound(samples.astype(np.float64), rate)
    pitch = whole.to_pitch_ac(0.01, LOWEST, pitch_ceiling=HIGHEST)
    hertz = pitch.selected_array["frequency"]
    times = pitch.xs()[hertz > 0]
    semitones = 12 * np.log2(hertz[hertz > 0])
    middle = float(np.median(semitones)) if semitones.size else 0.0
    kept = np.abs(semitones - middle) < STRAY
    speech, pauses = durations(samples, rate)
    return {
        "f0_level": middle,
        "f0_range": float(np.std(semitones[kept])) if kept.any() else 0.0,
        "loudness_range": swing(whole),
        "rate": 1 / speech,
        "pauses": pauses,
        "tilt": alpha(samples, rate, times),
    }


def durations(samples: np.ndarray, rate: int) -> tuple[float, float]:
    """Seconds of speech and of the pauses inside it."""
    step = round(0.01 * rate)
    power = np.square(samples[: len(samples) // step * step], dtype=np.float64).reshape(-1, step).mean(axis=1)
    level = 10 * np.log10(np.convolve(power, np.ones(5) / 5, "same") + 1e-12)
    loud = np.flatnonzero(level > level.max() - QUIET)
    gaps = np.diff(loud) - 1
    pauses = float(gaps[gaps * 0.01 >= LEAST].sum()) * 0.01
    return float(loud[-1] + 1 - loud[0]) * 0.01 - pauses, pauses


def swing(whole) -> float:
    """From SOFT to LOUD among the levels of voiced places, in dB."""
    pitch = whole.to_pitch_ac(0.01, LOWEST, pitch_ceiling=HIGHEST, silence_threshold=FAINT)
    intensity = whole.to_intensity(100, 0.01, False)
    level = np.array([intensity.get_value(time) for time in pitch.xs()[pitch.selected_array["frequency"] > 0]])
    level = level[np.isfinite(level)]
    return float(np.subtract(*np.percentile(level, (LOUD, SOFT)))) if level.size else 0.0


def alpha(samples: np.ndarray, rate: int, times: np.ndarray) -> float:
    """Level of SPLIT to UPPER against what is below, in dB, over the voiced places."""
    size = round(0.04 * rate)
    starts = np.clip(np.round(times * rate).astype(int) - size // 2, 0, max(0, len(samples) - size))
    if not starts.size:
        return 0.0
    power = np.abs(np.fft.rfft(samples[starts[:, None] + np.arange(size)] * np.hanning(size))) ** 2
    hertz = np.fft.rfftfreq(size, 1 / rate)
    total = power.sum(axis=0)
    return float(10 * np.log10(total[(hertz > SPLIT) & (hertz <= UPPER)].sum() / total[(hertz > 50) & (hertz <= SPLIT)].sum()))


def ear(said: Said, folder: str) -> np.ndarray:
    """The clip's samples at RATE."""
    return np.load(path(folder, said))


