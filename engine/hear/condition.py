"""Whether a recording is fit to have its emotion taken from: long enough, clean enough, and of one person."""
from __future__ import annotations

import numpy as np

from ..problems import LineProblem
from ..script import Stretch
from . import need
from .speaker import Likeness, filterbank
from .split import needed

SHORT = 1.0
"""Seconds of speech under which pitch and pace are those of a word, not of a manner."""
NOISY = 15.0
"""Decibels that a background must lie under the speech: nearer, the detector of speech begins to err with it."""

RATE, FRAME, HOP = 16000, 1024, 256
"""Hz, samples of a frame (64 ms) and from one to the next, for what is looked for in pauses and voices."""
TONES = (120.0, 4000.0)
"""Hz in which tones are looked for."""
OVER, LASTING = 9.0, 8
"""Decibels over its neighbours, and frames in a row (about a sixth of a second), that make a tone."""
MUSIC = 0.25
"""Share of a background's energy in lasting tones from which on it is music or a hum. Music made of chords and a drum had
0.29 to 0.81, noise and many voices at once up to 0.18."""
ECHO = 0.15
"""Seconds after speech that still ring with the voice's own tones."""

PIECE, REST = 1.0, 0.6
"""Seconds of speech by which a speaker is known, and of the last such piece."""
TURN = 0.3
"""Seconds of a pause after which another person may go on."""
PIECES = 8
"""Pieces that are compared at most: every way to divide them in two is tried."""
STRANGE = 0.38
"""Mean likeness of two groups of pieces under which they are two persons, by CAM++; one orator in a hall has 0.40."""
APART = 2.5
"""The same without that model: pitch in units of SEMITONES and spectrum in units of BANDS."""
SEMITONES, BANDS = 4.0, 1.0


def warnings(mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...], likeness: Likeness | None = None) -> tuple[str, ...]:
    """What is wrong with mono samples at `rate` Hz as a performance, a sentence each that says what to do, too.

    stretches: where it speaks, in seconds; likeness: tells speakers apart much better than pitch and spectrum, which know
    two alike voices from one no better than one mood from another. Never raises: what cannot be told is left out.
    """
    seconds = sum(one.end - one.start for one in stretches)
    if not stretches:
        return ("Nobody is heard to speak in the recording. Choose a stretch with speech.",)
    found = []
    if seconds < SHORT:
        found.append(f"The recording has only {seconds:.1f} s of speech, too little to tell a manner. Choose a longer stretch, 3 s or more.")
    background = needed(mono, rate, stretches)
    if background.below < NOISY:
        if music(mono, rate, stretches) >= MUSIC:
            found.append(f"Music or a hum sounds under the speech, {background.below:.0f} dB below it. Separate the dialogue, or choose a stretch without.")
        else:
            found.append(f"The recording is noisy: the background is only {background.below:.0f} dB below the speech. Separate the dialogue, or choose a cleaner stretch.")
    if several(mono, rate, stretches, likeness):
        found.append("More than one person seems to speak. Choose a stretch with one of them alone.")
    return tuple(found)


def music(mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...]) -> float:
    """Share of the pauses' energy that lies in lasting tones, 0 to 1; 0 where there are no pauses."""
    sound = _resampled(mono, rate)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, (0, max(0, FRAME - len(sound)))), FRAME)[::HOP]
    begin = np.arange(len(frames)) * HOP / RATE
    free = np.ones(len(frames), bool)
    for one in stretches:
        free &= ~((begin + FRAME / RATE > one.start) & (begin < one.end + ECHO))
    if free.sum() <= LASTING:
        return 0.0
    first, last = (round(hertz * FRAME / RATE) for hertz in TONES)
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME)))[:, first:last] ** 2
    level = 10 * np.log10(power + 1e-12)
    around = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(level, ((0, 0), (8, 8)), mode="edge"), 17, axis=1), axis=2)
    tones = np.lib.stride_tricks.sliding_window_view(level > around + OVER, LASTING, axis=0).all(axis=2)
    open_ = np.lib.stride_tricks.sliding_window_view(free, LASTING).all(axis=1)
    energy = power[: len(tones)][open_]
    return float((energy * tones[open_]).sum() / energy.sum()) if open_.sum() > 2 and energy.sum() > 0 else 0.0


def several(mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...], likeness: Likeness | None = None) -> bool:
    """Whether the phrases fall into two groups that two persons must have spoken.

    Of two stock voices with 3 s each it finds 41 of 60 pairs with `likeness` and 20 without; of the whole lines, 6 s each,
    22 and 11 of 30. One voice is taken for two in 1 of 63 clips with it and in none without, and in none of 66 clips in
    which one voice goes from one mood to another.
    """
    found = [_resampled(piece, rate) for piece in pieces(mono, rate, stretches)[:PIECES]]
    if len(found) < 2:
        return False
    try:
        if likeness is not None:
            marks = np.array([likeness.embedding(piece, RATE) for piece in found])
            return _farthest(1.0 - marks @ marks.T) > 1.0 - STRANGE
        pitches, spectra = np.array([_pitch(piece) for piece in found]), np.array([_spectrum(piece) for piece in found])
    except LineProblem:
        return False
    pitch = np.nan_to_num(pitches[:, None] - pitches) / SEMITONES
    spectrum = np.sqrt(np.mean((spectra[:, None] - spectra) ** 2, axis=2)) / BANDS
    return _farthest(np.hypot(pitch, spectrum)) > APART


def pieces(mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...]) -> list[np.ndarray]:
    """The speech in pieces of PIECE seconds or more, or of REST before a pause of TURN; cut at pauses alone."""
    found: list = []
    current: list = []
    seconds, end = 0.0, 0.0
    for one in stretches:
        if seconds >= REST and one.start - end >= TURN:
            found.append(np.concatenate(current))
            current, seconds = [], 0.0
        end = one.end
        current.append(mono[round(one.start * rate) : round(one.end * rate)])
        seconds += one.end - one.start
        if seconds >= PIECE:
            found.append(np.concatenate(current))
            current, seconds = [], 0.0
    if seconds >= REST:
        found.append(np.concatenate(current))
    return found


def _farthest(distances: np.ndarray) -> float:
    """The greatest mean distance between two groups, of all ways to divide the pieces in two."""
    count = len(distances)
    farthest = 0.0
    for chosen in range(1, 2 ** (count - 1)):
        inside = np.array([bool(chosen >> number & 1) for number in range(count)])
        farthest = max(farthest, float(distances[np.ix_(inside, ~inside)].mean()))
    return farthest


def _pitch(piece: np.ndarray) -> float:
    """Median F0 in semitones, NaN where there is none. Raises LineProblem `cannot_hear`."""
    praat = need("parselmouth", "whether one person speaks")
    hertz = praat.Sound(piece.astype(np.float64), RATE).to_pitch(0.01, 60.0, 600.0).selected_array["frequency"]
    hertz = hertz[hertz > 0]
    return float(12 * np.log2(np.median(hertz))) if len(hertz) > 5 else float("nan")


def _spectrum(piece: np.ndarray) -> np.ndarray:
    """Mean log energies of the mel bands in the louder frames, without their level."""
    bands = filterbank(piece)
    loud = bands.mean(axis=1)
    mean = bands[loud >= np.percentile(loud, 40)].mean(axis=0)
    return mean - mean.mean()


def _resampled(mono: np.ndarray, rate: int) -> np.ndarray:
    """float32 at RATE."""
    import soxr

    mono = np.ascontiguousarray(mono, np.float32)
    return soxr.resample(mono, rate, RATE) if rate != RATE else mono
