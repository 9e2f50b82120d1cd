"""Samples -> slot: what is cut from the silent edges, what is padded, how loud the peak may be. Words are never cut."""
from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from .effects import applied
from .loudness import loudness, true_peak
from .problems import LineProblem
from .script import Plan, Speech

EDGE = 0.010
"""Seconds of silence kept before the first and after the last sound: room for the fades."""

FADE = 0.005
"""Seconds of the fade at either edge, so that a cut in the noise floor makes no click."""

RING = 0.030
"""Seconds after the last sound that are kept where the slot has them: what rings on below the threshold of hearing."""

CEILING = -1.0
"""Highest true peak in dBTP (EBU R 128, 2020): a lossy codec may add some tenths of a decibel."""

MOST_LIMITED, LOOK, ROUNDS = 6.0, 0.006, 3
"""Decibels that peaks are lowered at most, seconds over which the gain moves, and attempts to meet the loudness."""

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
    loudness: float | None = None
    """LUFS of the audible part."""
    true_peak: float = 0.0
    """dBTP."""
    warnings: tuple[str, ...] = ()


def room(plan: Plan) -> float | None:
    """Seconds that the plan leaves for sound, None when the slot does not decide the length."""
    if plan.wish.mode == "free" or plan.wish.ratio or plan.wish.tokens:
        return None
    seconds = min(plan.seconds, plan.most) if plan.most else plan.seconds
    return max(seconds - 2 * EDGE, seconds / 2)


def audible(samples: np.ndarray, rate: int, share: float = AUDIBLE) -> tuple[float, float]:
    """Seconds of the first and the last sound in mono samples, to about a millisecond; (0, 0) for silence.

    share: of the loudest window's RMS, from which on a window sounds.
    """
    size, hop = max(1, round(rate * 0.005)), max(1, round(rate * 0.001))
    power = np.cumsum(np.pad(np.square(samples, dtype=np.float64), (size, size)))
    power = (power[size::hop][: (len(samples) + size) // hop + 1] - power[:-size:hop][: (len(samples) + size) // hop + 1]) / size
    if not len(samples) or power.max() <= 1e-10:
        return 0.0, 0.0
    loud = np.flatnonzero(power > power.max() * share**2)
    # windows reach into a sound by their last step first, and leave it by their first step last
    first, last = (loud[0] - 1) * hop, loud[-1] * hop + hop - size
    return max(0, first) / rate, min(len(samples), max(last, first + hop)) / rate


def fit(speech: Speech, samples: np.ndarray, rate: int, plan: Plan) -> Fitted:
    """Mono `samples` at `rate`, from the take's first one on, as exactly the plan's samples at the plan's rate.

    With a slot that is round(seconds x rate), unless the speech is longer: then the take is whole, or LineProblem
    `does_not_fit` is raised, as the wish says. Longer and free takes end on a whole quantum.
    """
    space = room(plan)
    overflow = underrun = 0.0
    if plan.seconds and speech.end <= plan.seconds:
        count = round(plan.seconds * plan.rate)
        planned = speech.phrases[-1].planned_end if speech.phrases else plan.seconds - EDGE
        underrun = max(0.0, planned - speech.end) if space is not None else 0.0
    else:
        count = _whole(speech.end + EDGE, plan)
        if plan.seconds:
            overflow = speech.end - max(plan.seconds - EDGE, 0.0)
            if plan.wish.overflow == "refuse":
                raise LineProblem("does_not_fit", needed_ms=overflow * 1000)
    audio = _cut(samples, rate, speech, count, plan.rate)
    if plan.wish.effect:
        # before the level is set, so that what is promised of loudness and peaks holds for what is heard
        audio = faded(applied(plan.wish.effect, audio, plan.rate), round(FADE * plan.rate))
    audio, level, peak = levelled(audio, plan)
    short = plan.loudness - level if level is not None else 0.0
    warnings = (f"The take is {short:.1f} LU quieter than wished, to keep its peaks under {CEILING:.0f} dBTP.",) if short > 1 else ()
    audio = np.repeat(audio[:, None].astype(np.float32), plan.channels, axis=1)
    return Fitted(audio, rounded(speech), overflow * 1000, underrun * 1000, level, peak, warnings)


def levelled(audio: np.ndarray, plan: Plan) -> tuple[np.ndarray, float | None, float]:
    """Mono audio as loud as planned, or as its peaks allow; the loudness of the take in LUFS and its true peak in dBTP.

    A loud original is met by a gain and, for the few peaks that would pass CEILING, by a limiter.
    """
    first, last = (round(time * plan.rate) for time in audible(audio, plan.rate))
    level: Any = loudness(audio[first:last], plan.rate)
    if level is None:
        return audio, None, -120.0
    wanted = plan.loudness - 10 * math.log10(plan.channels)
    peak = true_peak(audio, plan.rate)
    for _ in range(ROUNDS):
        gain = min(wanted - level, CEILING + MOST_LIMITED - peak)
        louder = audio * np.float32(10 ** (gain / 20))
        audio = limited(louder, plan.rate)
        if audio is louder and peak + gain < CEILING - 0.1:  # nothing but a gain, of which it is known what it does
            level, peak = level + gain, peak + gain
        else:
            level, peak = loudness(audio[first:last], plan.rate), true_peak(audio, plan.rate)
        if abs(wanted - level) < 0.1:
            break
    if peak > CEILING:
        audio, level, peak = audio * np.float32(10 ** ((CEILING - peak) / 20)), level + CEILING - peak, CEILING
    return audio, round(level + 10 * math.log10(plan.channels), 2), round(peak, 2)


def limited(audio: np.ndarray, rate: int) -> np.ndarray:
    """Mono audio whose peaks are lowered to CEILING: the gain falls before a peak and rises after it within LOOK."""
    ceiling = 10 ** ((CEILING - 0.1) / 20)
    if np.abs(audio).max(initial=0.0) <= ceiling:
        return audio
    half = max(1, round(LOOK * rate / 2))
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(audio), 1e-9))
    lowest = np.lib.stride_tricks.sliding_window_view(np.pad(needed, half, constant_values=1.0), 2 * half + 1).min(axis=1)
    shape = np.hanning(2 * half + 3)[1:-1]
    return (audio * np.convolve(np.pad(lowest, half, mode="edge"), shape / shape.sum(), "valid")).astype(np.float32)


def _whole(seconds: float, plan: Plan) -> int:
    """Samples of a length that no slot dictates: up to the next whole quantum, so that the strip holds all of it."""
    if plan.quantum:
        seconds = math.ceil(seconds / plan.quantum - 1e-9) * plan.quantum
    return math.ceil(seconds * plan.rate - 1e-6)


def _cut(samples: np.ndarray, rate: int, speech: Speech, count: int, new_rate: int) -> np.ndarray:
    """The sound at the new rate, faded where the speech is over and padded to `count`."""
    piece = samples[: math.ceil((speech.end + RING) * rate)]
    if rate != new_rate:
        import soxr

        piece = soxr.resample(piece, rate, new_rate, quality="VHQ")
    piece = faded(np.array(piece[:count], dtype=np.float32), round(FADE * new_rate))
    return np.pad(piece, (0, count - len(piece)))


def faded(samples: np.ndarray, length: int) -> np.ndarray:
    """Mono samples with a rise and a fall of `length` samples at their ends, shorter if they are."""
    ramp = min(length, len(samples) // 2)
    curve = np.sin(np.linspace(0, np.pi / 2, ramp, dtype=np.float32)) ** 2
    shape = np.ones(len(samples), np.float32)
    shape[:ramp] = curve
    shape[len(samples) - ramp :] = curve[::-1]
    return samples * shape


def rounded(speech: Speech) -> Speech:
    """The same speech on the microsecond, so that the written times are readable."""

    def of(value: Any) -> Any:
        names = (field.name for field in fields(value) if isinstance(getattr(value, field.name), float))
        return replace(value, **{name: round(getattr(value, name), 6) for name in names})

    lists = {name: tuple(of(value) for value in getattr(speech, name)) for name in ("phones", "words", "phrases")}
    return replace(of(speech), **lists)
