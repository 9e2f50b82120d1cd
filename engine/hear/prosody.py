"""How somebody speaks: pitch and its range, loudness, pace and pauses of a recording, and the course of its phrases, by Praat."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..script import Contour, Prosody, Stretch
from . import need
from .activity import stretches as found_stretches

LOWEST, HIGHEST = 60.0, 600.0
"""Hz in which a pitch is looked for at first."""

UNDER, OVER = 0.75, 2.5
"""Factors on the lower and upper quarter of what was found, between which it is looked for again: octave errors fall out
(Hirst, "The analysis by synthesis of speech melody", Journal of Speech Sciences 1, 2011; his 1.5 loses lively speech)."""

STRAY = 12.0
"""Semitones from the median beyond which a pitch is an octave error or a creak."""

STEP = 0.010
"""Seconds of one measurement."""

SOFT, LOUD = 20, 95
"""Per cent of the voiced places between whose levels loudness ranges. A standard deviation heeds the few softest places most."""

FAINT = 0.003
"""Share of the highest peak from which a place can be voiced. Praat's own 0.03 leaves out the softest places of a clip the
more its levels differ, so that the range seems to stay."""

UNVOICED = -100.0
"""Decibels that Praat gives a place without a pitch are fewer."""

DIP, NUCLEUS = 2.0, 25.0
"""Decibels by which the level sinks between two syllables, and under the loudest from which there is none (de Jong and Wempe,
"Praat script to detect syllable nuclei and measure speech rate automatically", Behavior Research Methods 41, 2009)."""

SPLIT, UPPER = 1000.0, 5000.0
"""Hz between the two bands of the alpha ratio, and its end (eGeMAPS)."""

LASTING, LEAP = 4, 3.0
"""Places in a row that are a pitch, and semitones from one to the next that are none of a voice."""

POINTS = 0.02
"""Seconds of one value of a contour."""

SMOOTH = 0.12
"""Seconds over which a contour's loudness is told: about a syllable, so that its peaks are accents."""

SHORTEST = 0.12
"""Seconds of a phrase's sound under which it has no contour."""


def measured(mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...] | None = None, usual: Prosody | None = None) -> Prosody:
    """The prosody of mono samples; all zero where nobody speaks. Raises LineProblem `cannot_hear`.

    stretches: where somebody speaks, found where they are not given; usual: the same person's plain manner, without which
    `level` stays 0, since nobody can tell a high voice from a raised one by one recording.
    """
    spoken = found_stretches(mono, rate) if stretches is None else stretches
    if not spoken:
        return Prosody()
    sound = _sound(mono, rate)
    times, semitones = pitch(sound)
    inside = within(times, spoken)
    times, semitones = times[inside], semitones[inside]
    if not len(semitones):
        return Prosody()
    middle = float(np.median(semitones))
    spread = float(np.std(semitones[np.abs(semitones - middle) < STRAY]))
    sounding = sum(stretch.end - stretch.start for stretch in spoken)
    return Prosody(
        f0=_rounded(2 ** (middle / 12)),
        level=_rounded(middle - 12 * np.log2(usual.f0)) if usual and usual.f0 else 0.0,
        spread=_rounded(spread),
        dynamics=_rounded(swing(sound, spoken)),
        rate=_rounded(len(nuclei(sound, spoken)) / sounding),
        pauses=_rounded(1 - sounding / (spoken[-1].end - spoken[0].start)),
        tilt=_rounded(alpha(mono, rate, times)),
    )


def performed(mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...]) -> tuple[Contour, ...]:
    """The course of every phrase that is voiced at all. Raises LineProblem `cannot_hear`."""
    sound = _sound(mono, rate)
    times, semitones = steady(*pitch(sound))
    if not len(times):
        return ()
    middle = np.median(semitones)
    level = intensity(sound)
    spoken = level[1][within(level[0], stretches)]
    mean = 10 * np.log10(np.mean(10 ** (spoken / 10))) if len(spoken) else 0.0
    found = []
    for stretch in stretches:
        count = round((stretch.end - stretch.start) / POINTS) + 1
        at = np.linspace(stretch.start, stretch.end, count)
        mine = within(times, (stretch,)) & (np.abs(semitones - middle) < STRAY)
        if stretch.end - stretch.start < SHORTEST or mine.sum() < 5:
            continue
        f0 = np.interp(at, times[mine], semitones[mine] - middle)
        half = round(SMOOTH / STEP / 2)
        shape = np.hanning(2 * half + 3)[1:-1]
        power = np.convolve(np.pad(10 ** (level[1] / 10), half, mode="edge"), shape / shape.sum(), "valid")
        loud = np.interp(at, level[0], 10 * np.log10(power + 1e-12)) - mean
        found.append(Contour(stretch.start, stretch.end, tuple(_rounded(value, 1) for value in f0), tuple(_rounded(max(value, -40.0), 1) for value in loud)))
    return tuple(found)


def harmonicity(mono: np.ndarray, rate: int) -> float:
    """Decibels by which the tone of a voice is over its noise, the mean of its voiced places (Boersma, IFA Proceedings 17, 1993); 0 where
    there are none. Raises LineProblem `cannot_hear`."""
    values = _sound(mono, rate).to_harmonicity_cc(STEP, LOWEST).values
    return float(values[values > UNVOICED].mean()) if (values > UNVOICED).any() else 0.0


def pitch(sound: Any) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds of the voiced places, and their F0 in semitones over 1 Hz."""
    low, high = LOWEST, HIGHEST
    for again in (True, False):
        track = sound.to_pitch_ac(STEP, low, pitch_ceiling=high, silence_threshold=FAINT)
        hertz = track.selected_array["frequency"]
        voiced = hertz > 0
        if not voiced.any():
            return np.zeros(0), np.zeros(0)
        if again:
            quarters = np.percentile(hertz[voiced], (25, 75))
            low, high = max(LOWEST, UNDER * quarters[0]), min(HIGHEST, OVER * quarters[1])
    return track.xs()[voiced], 12 * np.log2(hertz[voiced])


def steady(times: np.ndarray, semitones: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pitch without what no voice does: runs of a few places, and leaps that are taken back at once."""
    if len(times) < LASTING:
        return times[:0], semitones[:0]
    runs = np.split(np.arange(len(times)), np.flatnonzero((np.diff(times) > 1.5 * STEP) | (np.abs(np.diff(semitones)) > LEAP)) + 1)
    kept = np.concatenate([run for run in runs if len(run) >= LASTING] or [np.zeros(0, int)])
    return times[kept], semitones[kept]


def intensity(sound: Any) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds, and levels in dB."""
    if sound.duration < 0.07:
        return np.zeros(0), np.zeros(0)
    track = sound.to_intensity(100, STEP, False)
    return track.xs(), np.nan_to_num(track.values[0], nan=-60.0, neginf=-60.0)


def nuclei(sound: Any, stretches: tuple[Stretch, ...]) -> np.ndarray:
    """Times of syllables: peaks of the level that are voiced and parted by dips."""
    times, level = intensity(sound)
    voiced, _semitones = pitch(sound)
    if not len(times) or not len(voiced):
        return np.zeros(0)
    least = np.percentile(level, 99) - NUCLEUS
    found: list[int] = []
    lowest = level[0]
    for at in range(1, len(level) - 1):
        lowest = min(lowest, level[at])
        if not (level[at] > least and level[at] >= level[at - 1] and level[at] > level[at + 1]):
            continue
        if found and level[found[-1]] - lowest < DIP:
            if level[at] > level[found[-1]]:
                found[-1], lowest = at, level[at]
        elif not found or level[at] - lowest >= DIP:
            found.append(at)
            lowest = level[at]
    peaks = times[found]
    near = np.array([np.abs(voiced - peak).min() <= STEP for peak in peaks], bool)
    return peaks[near & within(peaks, stretches)] if len(peaks) else peaks


def swing(sound: Any, stretches: tuple[Stretch, ...]) -> float:
    """From SOFT to LOUD among the levels of voiced places, in dB."""
    voiced, _semitones = pitch(sound)
    times, level = intensity(sound)
    at = voiced[within(voiced, stretches)]
    if len(at) < 5 or not len(times):
        return 0.0
    low, high = np.percentile(np.interp(at, times, level), (SOFT, LOUD))
    return float(high - low)


def alpha(mono: np.ndarray, rate: int, times: np.ndarray) -> float:
    """Level from SPLIT to UPPER against that under it at these times, in dB: the alpha ratio of eGeMAPS."""
    size = round(0.04 * rate)
    starts = np.round(times * rate).astype(int) - size // 2
    starts = starts[(starts >= 0) & (starts + size <= len(mono))]
    if not len(starts):
        return 0.0
    power = np.mean(np.abs(np.fft.rfft(mono[starts[:, None] + np.arange(size)] * np.hanning(size))) ** 2, axis=0)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    upper, lower = power[(hertz >= SPLIT) & (hertz < UPPER)].sum(), power[(hertz >= 50) & (hertz < SPLIT)].sum()
    return float(10 * np.log10((upper + 1e-12) / (lower + 1e-12)))


def within(times: np.ndarray, stretches: tuple[Stretch, ...]) -> np.ndarray:
    """Which of the times lie in one of the stretches."""
    inside = np.zeros(len(times), bool)
    for stretch in stretches:
        inside |= (times >= stretch.start) & (times <= stretch.end)
    return inside


def _sound(mono: np.ndarray, rate: int) -> Any:
    return need("parselmouth", "a recording's manner").Sound(np.asarray(mono, np.float64), rate)


def _rounded(value: float, digits: int = 2) -> float:
    # the same recording is to be the same plan on another computer, whose last digits differ
    return round(float(value), digits) + 0.0
