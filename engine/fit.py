"""Samples -> slot: what is cut from the silent edges, what is padded, how loud the peak may be. Words are never cut."""
from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .problems import LineProblem
from .script import Phone, Plan, Speech, Word

EDGE = 0.010
"""Seconds of silence kept before the first and after the last sound: room for the fades."""

FADE = 0.005
"""Seconds of the fade at either edge, so that a cut in the noise floor makes no click."""

CEILING = 10 ** (-1 / 20)
"""Highest sample, -1 dBFS: leaves room for the peaks between samples (ITU-R BS.1770-5, annex 2)."""

AUDIBLE = 0.01
"""A 5 ms window belongs to the speech from this share of the loudest window's RMS on (-40 dB)."""


@dataclass(frozen=True)
class Fitted:
    """Sound that is ready to be written."""

    audio: np.ndarray
    """float32 [samples, channels] at the plan's rate."""
    speech: Speech
    overflow_ms: float
    underrun_ms: float


def room(plan: Plan) -> float | None:
    """Seconds that the plan leaves for sound, None when the length is free."""
    if plan.wish.mode == "free":
        return None
    return max(plan.seconds - 2 * EDGE, plan.seconds / 2)


def audible(samples: np.ndarray, rate: int) -> tuple[float, float]:
    """Seconds of the first and the last sound in mono samples; (0, 0) for silence."""
    size = max(1, round(rate * 0.005))
    count = len(samples) // size
    power = (samples[: count * size].reshape(count, size).astype(np.float64) ** 2).mean(axis=1)
    if not count or power.max() <= 1e-10:
        return 0.0, 0.0
    loud = np.flatnonzero(power > power.max() * AUDIBLE**2)
    return loud[0] * size / rate, (loud[-1] + 1) * size / rate


def fit(speech: Speech, samples: np.ndarray, rate: int, plan: Plan) -> Fitted:
    """Mono `samples` at `rate` as exactly the plan's samples at the plan's rate.

    In controlled mode that is round(seconds x rate), unless the speech is longer: then the take is whole, or
    LineProblem `does_not_fit` is raised, as the wish says. Longer and free takes end on a whole quantum.
    """
    sound = speech.end - speech.start
    slot = round(plan.seconds * plan.rate)
    space = room(plan)
    overflow = underrun = 0.0
    if space is not None and sound <= space + EDGE:
        count = slot
        underrun = max(0.0, space - sound)
    else:
        count = _whole(sound + 2 * EDGE, plan)
        if space is not None:
            overflow = sound - space
            if plan.wish.overflow == "refuse":
                raise LineProblem("does_not_fit", needed_ms=overflow * 1000)
    # speech that nearly fills its slot gives up its silent edges first
    lead = max(0.0, min(EDGE, count / plan.rate - sound))
    audio, shift = _cut(samples, rate, speech, lead, count, plan.rate)
    peak = float(np.abs(audio).max(initial=0.0))
    if peak > CEILING:
        audio = audio * (CEILING / peak)
    audio = np.repeat(audio[:, None].astype(np.float32), plan.channels, axis=1)
    return Fitted(audio, moved(speech, shift), overflow * 1000, underrun * 1000)


def _whole(seconds: float, plan: Plan) -> int:
    """Samples of a length that no slot dictates: up to the next whole quantum, so that the strip holds all of it."""
    if plan.quantum:
        seconds = math.ceil(seconds / plan.quantum - 1e-9) * plan.quantum
    return math.ceil(seconds * plan.rate - 1e-6)


def _cut(samples, rate, speech, lead, count, new_rate):
    """The part of the sound that holds the speech, at the new rate, faded and padded to `count`; and the time shift."""
    first = max(0, round((speech.start - lead) * rate))
    last = min(len(samples), math.ceil((speech.end + EDGE) * rate))
    piece = samples[first:last]
    if rate != new_rate:
        import soxr

        piece = soxr.resample(piece, rate, new_rate, quality="VHQ")
    piece = np.array(piece[:count], dtype=np.float32)
    piece = faded(piece, round(FADE * new_rate))
    # a voice that starts at once has no silence left to keep before it
    pad = max(0, min(round(lead * new_rate) - round((speech.start - first / rate) * new_rate), count - len(piece)))
    return np.pad(piece, (pad, count - len(piece) - pad)), pad / new_rate - first / rate


def faded(samples: np.ndarray, length: int) -> np.ndarray:
    """Mono samples with a rise and a fall of `length` samples at their ends, shorter if they are."""
    ramp = min(length, len(samples) // 2)
    curve = np.sin(np.linspace(0, np.pi / 2, ramp, dtype=np.float32)) ** 2
    shape = np.ones(len(samples), np.float32)
    shape[:ramp] = curve
    shape[len(samples) - ramp :] = curve[::-1]
    return samples * shape


def moved(speech: Speech, shift: float) -> Speech:
    """The same speech some seconds later, on the microsecond so that the written times are readable."""

    def at(time):
        return round(max(0.0, time + shift), 6)

    return replace(
        speech,
        phones=tuple(Phone(p.symbol, at(p.start), at(p.end)) for p in speech.phones),
        words=tuple(Word(w.text, at(w.start), at(w.end)) for w in speech.words),
        start=at(speech.start),
        end=at(speech.end),
        natural=round(speech.natural, 6),
        ratio=round(speech.ratio, 6),
    )
