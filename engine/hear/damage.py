"""What is broken in a sound that should be speech: clipping, clicks and bad joints, drop-outs, sudden steps of level, an offset.

Made for finished takes, which know when they speak; pure arithmetic. What it takes for damage is what speech does not do: stay
at one value at its peaks, change within one sample, or vanish and return within a millisecond. The voice ends at 12 kHz, so at
44.1 and 48 kHz a click stands out wherever it is. In a take of 24 kHz or less, and where the damage was done before resampling,
only one in three of 0.3 of full scale is found: a pulse of the voice itself is as sudden.
"""
from __future__ import annotations

import math

import numpy as np

from ..script import Speech

FLAT, ALIKE, HIGH = 3, 1e-6, 0.9
"""Samples in a row that are alike, up to this share of the peak, at this share or more of the highest on their side: a clipped
top. The roundest top of speech, 60 Hz at 48 kHz, differs by 3e-5 within three samples."""

ORDER = 32
"""Samples that foretell the next one. What they cannot is the excitation: a pulse a period, noise, and clicks."""

WHITE = 1e-9
"""Share of white noise that is thought into the sound, so that a band without anything in it can be foretold too."""

INSTANT, AROUND = 0.0006, 0.015
"""Seconds that a click lasts at most, and on either side of it, between which the excitation is compared."""

CLICK = 9.0
"""Factor by which a click passes the greatest excitation around it. 122 clean takes (18 voices, all manners, effects, rates,
both languages) reach 5.7."""

STEP, LEVELS = 9.0, 0.020
"""dB by which the level is another behind a click, so that it is a step, and the seconds before and after it are compared over."""

NEAR = 0.002
"""Seconds beside another damage within which a click is part of it."""

GONE, EDGE, LEAST, MOST = 1e-3, 0.001, 0.002, 0.25
"""Share of the peak that is nothing; seconds before and after a gap that must sound; and seconds that a drop-out lasts."""

ABRUPT = 0.01
"""Share of the peak that sounds at both edges of a drop-out. At gaps of clean takes it is 0.004 at most: speech fades."""

OFFSET = 0.05
"""Mean of the samples as a share of their RMS. Clean takes have 0.012 at most."""


def damage(mono: np.ndarray, rate: int, speech: Speech) -> tuple[str, ...]:
    """A sentence for each kind of damage in the mono samples of a take, with times in seconds from its first sample."""
    sound = np.asarray(mono, np.float64)
    peak = float(np.abs(sound).max(initial=0.0))
    if not peak or not np.isfinite(peak):
        return () if not peak else ("The take holds values that are no numbers.",)
    dropped, tops = dropouts(sound, rate, speech), clipped(sound, rate)
    clicked: list = []
    stepped: list = []
    for at, step in clicks(sound, rate):
        # the edges of a drop-out and of a clipped top are told with them
        if not any(start - NEAR <= at <= end + NEAR for start, end in (*dropped, *tops)):
            (stepped if abs(step) >= STEP else clicked).append((at, step))
    found = []
    if tops:
        found.append(f"Clipped in {_places(len(tops))}: {_times([start for start, _end in tops], speech)}.")
    if dropped:
        lengths = ", ".join(f"{(end - start) * 1000:.0f} ms" for start, end in dropped[:NAMED])
        found.append(f"The sound drops out for {lengths}{' …' if len(dropped) > NAMED else ''}: {_times([start for start, _end in dropped], speech)}.")
    if clicked:
        found.append(f"Clicks or is badly joined in {_places(len(clicked))}: {_times([at for at, _step in clicked], speech)}.")
    if stepped:
        sizes = ", ".join(f"{step:+.0f} dB" for _at, step in stepped[:NAMED])
        found.append(f"The level jumps by {sizes}{' …' if len(stepped) > NAMED else ''}: {_times([at for at, _step in stepped], speech)}.")
    if abs(share := offset(sound)) > OFFSET:
        found.append(f"The sound is off its middle line, by {abs(share):.0%} of its RMS.")
    return tuple(found)


def clipped(sound: np.ndarray, rate: int) -> list[tuple[float, float]]:
    """Starts and ends of flat tops in seconds."""
    top, bottom = HIGH * max(sound.max(), 1e-9), HIGH * min(sound.min(), -1e-9)
    alike = (np.abs(np.diff(sound)) < ALIKE * np.abs(sound).max()) & ((sound[1:] >= top) | (sound[1:] <= bottom))
    starts, ends = _runs(alike)
    return [(start / rate, (end + 1) / rate) for start, end in zip(starts, ends, strict=True) if end - start >= FLAT - 1]


def clicks(sound: np.ndarray, rate: int) -> list[tuple[float, float]]:
    """Times at which the excitation rises for an INSTANT far over all around it, and the dB by which the level differs behind."""
    size = max(2, round(INSTANT * rate))
    excitation = np.abs(_excitation(sound))
    count = len(excitation) // size
    highest = excitation[: count * size].reshape(count, size).max(axis=1)
    reach = round(AROUND / INSTANT)
    if count <= 2 * reach:
        return []
    around = np.lib.stride_tricks.sliding_window_view(np.pad(highest, reach), 2 * reach + 1)
    # a click may lie across two blocks, and it rings for as long as the order
    ring = 2 + math.ceil(ORDER / size)
    usual = np.maximum(around[:, : reach - 1].max(axis=1), around[:, reach + ring :].max(axis=1))
    # where a take is silent, what rounding to 24 bits leaves is no sound to compare with
    found = np.flatnonzero(highest > CLICK * np.maximum(usual, 1e-6 * np.abs(sound).max()))
    times = [(block * size + int(excitation[block * size : (block + 1) * size].argmax())) / rate for block in found]
    return [(at, _step(sound, rate, at)) for number, at in enumerate(times) if not number or at - times[number - 1] > 2 * INSTANT]


def dropouts(sound: np.ndarray, rate: int, speech: Speech) -> list[tuple[float, float]]:
    """Starts and ends in seconds of gaps within the speech that begin and end without fading."""
    loud = np.abs(sound)
    peak, edge = loud.max(), max(1, round(EDGE * rate))
    found = []
    for start, end in zip(*_runs(loud < GONE * peak), strict=True):
        inside = LEAST <= (end - start) / rate <= MOST and speech.start <= start / rate and end / rate <= speech.end
        if inside and min(loud[max(0, start - edge) : start].max(initial=0.0), loud[end : end + edge].max(initial=0.0)) >= ABRUPT * peak:
            found.append((start / rate, end / rate))
    return found


def offset(sound: np.ndarray) -> float:
    """Mean as a share of the RMS."""
    return float(sound.mean() / np.sqrt(np.square(sound).mean()))


def _excitation(sound: np.ndarray) -> np.ndarray:
    """What ORDER samples before cannot foretell of each sample, by linear prediction over the whole."""
    likeness = np.array([sound[: max(0, len(sound) - lag)] @ sound[lag:] for lag in range(ORDER + 1)])
    likeness[0] *= 1 + WHITE
    lags = np.arange(ORDER)
    weights = np.linalg.solve(likeness[np.abs(lags[:, None] - lags)], likeness[1:])
    found = np.convolve(sound, np.concatenate([[1.0], -weights]))[: len(sound)]
    found[:ORDER] = 0.0  # nothing is before them
    return found


def _step(sound: np.ndarray, rate: int, at: float) -> float:
    """dB by which it is louder behind a time than before."""
    here, size = round(at * rate), round(LEVELS * rate)
    before, behind = sound[max(0, here - size) : max(0, here - 2)], sound[here + 3 : here + size]
    floor = 1e-8 * np.square(sound).max()
    powers = [np.square(part).mean() + floor if len(part) else floor for part in (before, behind)]
    return float(10 * np.log10(powers[1] / powers[0]))


def _runs(true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and one past the last index of every run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], true.astype(np.int8), [0]])))
    return edges[::2], edges[1::2]


NAMED = 3
"""Places that a sentence names."""


def _places(count: int) -> str:
    return "one place" if count == 1 else f"{count} places"


def _times(times: list[float], speech: Speech) -> str:
    named = ", ".join(f"at {at:.3f} s{_word(at, speech)}" for at in times[:NAMED])
    return named + (" …" if len(times) > NAMED else "")


def _word(at: float, speech: Speech) -> str:
    """In which word that is."""
    return next((f" in “{word.text}”" for word in speech.words if word.start <= at < word.end), "")
