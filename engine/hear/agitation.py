"""How much more agitated somebody sounds than in a neutral manner: a linear judge that real actors taught, and nobody's rules.

It hears by Praat what phoneticians measure, and compares with neutral clips of the same speaker. It has no part in any
take, and shares neither weights nor measures with what makes or chooses one (`engine.hear.feeling`).
"""
from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..problems import LineProblem
from . import need

TAUGHT = Path(__file__).with_suffix(".json")
"""Made by `engine.train.agitation`."""

FLOOR, CEILING = 60.0, 600.0
"""Hz between which F0 is looked for."""

STRAY = 10.0
"""Semitones from the median beyond which an F0 is an octave error or a creak."""

LEAST = 0.08
"""Seconds of voice under which nothing can be measured."""

FRAME = 0.04
"""Seconds of a spectrum."""

SHRINK = 4
"""Neutral clips that all speakers' usual spread counts for beside one's own, which a handful tells poorly."""

FAR = 5.0
"""Spreads beyond which a distance tells no more."""

MEASURES = (
    "f0_median", "f0_spread", "f0_high", "f0_motion", "level_spread", "level_motion", "alpha", "hammarberg", "low_slope", "high_slope",
    "centroid", "harmonicity", "jitter", "shimmer", "prominence", "f1", "f1_width", "f2", "voiced", "voiced_run",
)  # fmt: skip
"""In the order of `measured`."""

WHAT = "how agitated a voice is"


def agitated(mono: np.ndarray, rate: int, neutral: Sequence[np.ndarray]) -> float:
    """How agitated mono samples at `rate` Hz sound: 0 as the neutral ones, 1 as real men's acted anger on the average.

    neutral: at least one clip of the same speaker and the same rate; five are better, since with fewer the usual spread of
    others stands in. What calms is under 0. Raises LineProblem `cannot_hear`, also where hardly any voice is heard.
    """
    if not neutral:
        raise LineProblem("cannot_hear", what=WHAT, reason="there is no neutral clip to compare with")
    spread, weights = _taught()
    return float(distance(measured(mono, rate), np.array([measured(clip, rate) for clip in neutral]), spread) @ weights)


def distance(clip: np.ndarray, neutral: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How far measures [n] are from neutral ones [clips, n] of the same speaker, in spreads of his."""
    mean = neutral.mean(axis=0)
    variance = (np.square(neutral - mean).sum(axis=0) + SHRINK * spread**2) / (max(len(neutral) - 1, 0) + SHRINK)
    return np.clip((clip - mean) / np.sqrt(variance), -FAR, FAR)


def measured(mono: np.ndarray, rate: int) -> np.ndarray:
    """MEASURES of mono samples; none heeds their level. Raises LineProblem `cannot_hear`.

    F0 and formants in semitones (over 1 Hz and a second for its motion), levels in dB, bands after the Geneva set: alpha ratio,
    Hammarberg index and spectral slopes (Eyben et al., IEEE Transactions on Affective Computing 7, 2016).
    """
    praat = need("parselmouth", WHAT)
    sound = np.asarray(mono, np.float64)
    peak = np.abs(sound).max(initial=0.0)
    if len(sound) < LEAST * rate or not peak > 0:
        raise _mute()
    whole = praat.Sound(sound / peak, rate)
    pitch = whole.to_pitch_ac(0.01, FLOOR, pitch_ceiling=CEILING)
    hertz = pitch.selected_array["frequency"]
    heard = hertz > 0
    if heard.sum() * 0.01 < LEAST:
        raise _mute()
    semitones = 12 * np.log2(np.where(heard, hertz, 1.0))
    middle = np.median(semitones[heard])
    voiced = heard & (np.abs(semitones - middle) < STRAY)
    beside = voiced[1:] & voiced[:-1]
    f0, motion = semitones[voiced], np.abs(np.diff(semitones))[beside]
    times = pitch.xs()[voiced]
    power = _spectra(whole.values[0], rate, times)
    level = 10 * np.log10(power.sum(axis=1) + 1e-12)
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], voiced.astype(int), [0]]))))[::2]
    span = times[-1] - times[0] + 0.01
    return np.array([
        middle, f0.std(), np.percentile(f0, 90) - middle, motion.mean() if motion.size else 0.0,
        level.std(), np.abs(np.diff(level)).mean() if len(level) > 1 else 0.0,
        *_tilts(power.mean(axis=0), rate), *_roughness(praat, whole), *_formants(whole, times),
        voiced.sum() * 0.01 / span, runs.mean() * 0.01,
    ])  # fmt: skip


def _spectra(sound: np.ndarray, rate: int, times: np.ndarray) -> np.ndarray:
    """Power spectra [times, bins] of FRAME around each time."""
    size = round(FRAME * rate)
    starts = np.clip(np.round(times * rate).astype(int) - size // 2, 0, max(0, len(sound) - size))
    padded = np.pad(sound, (0, max(0, size - len(sound))))
    return np.abs(np.fft.rfft(padded[starts[:, None] + np.arange(size)] * np.hanning(size))) ** 2


def _tilts(power: np.ndarray, rate: int) -> list[float]:
    """Alpha ratio, Hammarberg index, slopes of 0 to 500 and 500 to 1500 Hz in dB per 1000 Hz, and centroid in semitones."""
    hertz = np.arange(len(power)) / FRAME
    level = 10 * np.log10(power + 1e-12)

    def within(low: float, high: float) -> Any:
        return (hertz > low) & (hertz <= high)

    alpha = 10 * np.log10(power[within(1000, 5000)].sum() / power[within(50, 1000)].sum())
    hammarberg = level[within(0, 2000)].max() - level[within(2000, 5000)].max()
    slopes = [1000 * np.polyfit(hertz[within(*band)], level[within(*band)], 1)[0] for band in ((50, 500), (500, 1500))]
    inside = within(50, 5000)
    return [float(alpha), float(hammarberg), *map(float, slopes), float(12 * np.log2((hertz * power)[inside].sum() / power[inside].sum()))]


def _roughness(praat: Any, whole: Any) -> list[float]:
    """Harmonicity in dB, jitter and shimmer as logarithms, and the cepstral peak's prominence in dB."""
    harmonicity = whole.to_harmonicity_cc(0.01, FLOOR).values
    points = praat.praat.call(whole, "To PointProcess (periodic, cc)", FLOOR, CEILING)
    jitter = praat.praat.call(points, "Get jitter (local)", 0, 0, 0.0001, 0.02, 1.3)
    shimmer = praat.praat.call([whole, points], "Get shimmer (local)", 0, 0, 0.0001, 0.02, 1.3, 1.6)
    cepstrum = praat.praat.call(whole, "To PowerCepstrogram", FLOOR, 0.01, 5000, 50)
    prominence = praat.praat.call(cepstrum, "Get CPPS", False, 0.02, 0.0005, 60, 330, 0.05, "Parabolic", 0.001, 0.05, "Straight", "Robust")
    # Praat says nan where there are too few periods to compare
    jitter, shimmer = (float(np.log(max(value, 1e-3))) if value == value else float(np.log(0.02)) for value in (jitter, shimmer))
    return [float(harmonicity[harmonicity > -100].mean()) if (harmonicity > -100).any() else 0.0, jitter, shimmer, float(prominence) if prominence == prominence else 0.0]


def _formants(whole: Any, times: np.ndarray) -> list[float]:
    """F1 in semitones, the logarithm of its width, and F2 in semitones: medians over voiced places."""
    formants = whole.to_formant_burg(0.01, 5, 5500.0)
    values = np.array([[formants.get_value_at_time(1, time), formants.get_bandwidth_at_time(1, time), formants.get_value_at_time(2, time)] for time in times])
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        raise _mute()
    f1, width, f2 = np.median(values, axis=0)
    return [float(12 * np.log2(f1)), float(np.log(width)), float(12 * np.log2(f2))]


def _mute() -> LineProblem:
    return LineProblem("cannot_hear", what=WHAT, reason="hardly any voice is heard")


@lru_cache(maxsize=1)
def _taught() -> tuple[np.ndarray, np.ndarray]:
    """Usual spread and weight of each measure."""
    kept = json.loads(TAUGHT.read_text(encoding="utf-8"))
    spread, weights = (np.array([kept[part][name] for name in MEASURES]) for part in ("spread", "weights"))
    return spread, weights
