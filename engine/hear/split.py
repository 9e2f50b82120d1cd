"""Dialogue apart from its background, by DeepFilterNet 3.

It keeps one person's speech and takes away noise and music; sung voices and crowds it cannot tell from speech.
"""
from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import inference
from .. import models as catalogue
from ..problems import LineProblem
from ..script import Stretch
from . import need
from .deepfilter import MODEL, RATE, Filter

WHAT = "dialogue apart from its background"

BEFORE, AFTER = 0.06, 0.15
"""Seconds beside speech that are no background: its breath, and its echo in the room."""
LEAST = 0.2
"""Seconds of pauses that the background's level can be told from."""
SILENCE = 60.0
"""Decibels under the speech from which on nobody hears a background."""

MUCH = 20.0
"""Decibels under the speech down to which a background is split off: nearer it colours what is measured of the voice. At
20 dB splitting gains 2 dB, at 25 nothing (SI-SDR of stock voices with music and noise). Of an old recording in a large hall
it takes the echo for background and with it the voice's body: what it finds beside the speech measures no background."""


@dataclass(frozen=True)
class Background:
    """How much sounds beside the speech."""

    below: float
    """Decibels that it lies under the speech, SILENCE at most."""
    much: bool
    """Whether splitting it off is worth the time."""
    reason: str
    """A sentence with the figure."""


def needed(mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...]) -> Background:
    """How much background a recording has, by its pauses.

    stretches: where it speaks, in seconds. Where there is no pause `much` is false.
    """
    speech, pauses = parts(mono, rate, stretches)
    if not len(speech):
        return Background(SILENCE, False, "Nobody is heard to speak.")
    if len(pauses) >= LEAST * rate:
        noise = _power(pauses)
        below = _decibels(max(_power(speech) - noise, noise * 1e-3) / max(noise, 1e-12))
        much = below < MUCH
        return Background(below, much, f"In the pauses the background is {below:.0f} dB under the speech{'' if much else ', which is little'}.")
    return Background(SILENCE, False, "There is no pause in which a background could be heard.")


def parts(mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The samples in which somebody speaks, and those far enough from all speech."""
    spoken, free = np.zeros(len(mono), bool), np.ones(len(mono), bool)
    for one in stretches:
        spoken[round(one.start * rate) : round(one.end * rate)] = True
        free[max(0, round((one.start - BEFORE) * rate)) : round((one.end + AFTER) * rate)] = False
    return mono[spoken], mono[free]


def _power(samples: np.ndarray) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0


def _decibels(ratio: float) -> float:
    return round(float(min(SILENCE, 10 * np.log10(max(ratio, 1e-6)))), 1)


def network(models: Path | None = None, code: str = "cannot_hear") -> Filter:
    """What parts them. models: folder that holds the model's folder, the usual one by default. Raises LineProblem, `cannot_hear` or another that has a reason."""
    need("onnxruntime", WHAT, code)
    try:
        return Filter(catalogue.find(MODEL, models), inference.session)
    except (LineProblem, OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise LineProblem(code, what=WHAT, reason=f"the model {MODEL} cannot be used ({getattr(error, 'message', error)})") from error


def dialogue(mono: np.ndarray, rate: int, models: Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Speech and background, float32 and as long as `mono`, on its very samples; their sum is `mono`.

    mono: samples at `rate` Hz; about a thirtieth of a CPU second a second. Raises LineProblem `cannot_hear`.
    """
    mono = np.asarray(mono, np.float32)
    speech = np.concatenate(list(running([mono], rate, network(models))))
    return speech, mono - speech


def running(pieces: Iterable[np.ndarray], rate: int, parts: Filter) -> Iterator[np.ndarray]:
    """The speech of mono float32 pieces that follow each other, on their very samples: late, but as many in all."""
    given = told = 0

    def counted() -> Iterator[np.ndarray]:
        nonlocal given
        for piece in pieces:
            given += len(piece)
            yield piece

    for speech in _resampled(parts.speech(_resampled(counted(), rate, RATE)), RATE, rate):
        speech = speech[: given - told]
        told += len(speech)
        yield speech
    yield np.zeros(given - told, np.float32)  # there and back it may be a sample less


def _resampled(pieces: Iterable[np.ndarray], rate: int, wanted: int) -> Iterator[np.ndarray]:
    if rate == wanted:
        yield from pieces
        return
    stream, nothing = need("soxr", WHAT).ResampleStream(rate, wanted, 1), np.zeros(0, np.float32)
    for piece in pieces:
        yield stream.resample_chunk(piece)
    yield stream.resample_chunk(nothing, last=True)
