"""The feeling in a voice: a small network, trained by `engine.train.emotion`, tells the eight, arousal and valence."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .. import inference
from ..emotion import EIGHT
from ..problems import LineProblem
from ..script import Emotion, Sense, Stretch
from . import need
from .activity import stretches as spoken

NETWORK = Path(__file__).with_suffix(".onnx")

RATE = 16000
"""Hz that the network listens at."""

SIZE, HOP, BANDS = 512, 160, 80
"""Samples of a frame (32 ms), samples from one to the next (10 ms), and mel bands."""

LOWEST, HIGHEST = 40.0, 7600.0
"""Hz between which the bands lie."""

EMBEDDING = 32
"""Numbers in an embedding."""

DEPTH = 60.0
"""Decibels under the loudest that are heard; what is below counts as silence."""

SCALE = 12.0
"""Decibels that are 1 to the network: about the spread of speech."""

WINDOW, STEP = 2.0, 0.5
"""Seconds of one Sense, and from one to the next."""

BREATH = 0.6
"""Seconds; a window reaches over shorter pauses, since they tell of the feeling too."""

SHORTEST = 0.4
"""Seconds of speech under which nothing can be told."""

WHAT = "the feeling in a voice"


@dataclass(frozen=True)
class Ear:
    """Listens with one thread; the same sound gives the same answer. Weights are read at the first use.

    Everything raises LineProblem `cannot_hear` where a package or the network is missing. Samples are mono float, `rate` in Hz;
    their level is not heeded.

    plain: the `embedding` of neutral speech of the same speaker, or the mean of several: feelings are then told against the
    speaker's own manner. The model's card says what that gains.
    """

    network: Path = NETWORK
    threads: int = 1

    def hear(self, mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...] | None = None, plain: np.ndarray | None = None) -> tuple[Sense, ...]:
        """What is felt over time: windows of WINDOW, one every STEP, inside speech only; none where nobody speaks for SHORTEST.

        stretches: where somebody speaks in seconds, if that is known already.
        """
        found = windows(spoken(mono, rate) if stretches is None else stretches)
        return tuple(_sense(window, *heard[1:]) for window, heard in zip(found, self._listen(mono, rate, found, plain), strict=True))

    def whole(self, mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...] | None = None, plain: np.ndarray | None = None) -> Sense:
        """The mean over the windows, from the first sound to the last. Raises LineProblem `cannot_hear` where nobody speaks, too."""
        found = self._found(mono, rate, stretches)
        means = (np.mean(rows, axis=0) for rows in zip(*(heard[1:] for heard in self._listen(mono, rate, found, plain)), strict=True))
        return _sense(Stretch(found[0].start, found[-1].end), *means)

    def embedding(self, mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...] | None = None) -> np.ndarray:
        """float32 [32]: near to that of speech that is felt alike, and, less so, to the same speaker's. Raises as `whole` does."""
        return np.mean([heard[0] for heard in self._listen(mono, rate, self._found(mono, rate, stretches))], axis=0)

    def _found(self, mono: np.ndarray, rate: int, stretches: tuple[Stretch, ...] | None) -> list[Stretch]:
        if found := windows(spoken(mono, rate) if stretches is None else stretches):
            return found
        raise LineProblem("cannot_hear", what=WHAT, reason=f"nobody is heard to speak for {SHORTEST} s in it")

    def _listen(self, mono: np.ndarray, rate: int, found: list[Stretch], plain: np.ndarray | None = None) -> Iterator[list[np.ndarray]]:
        """What the network gives for every window: embedding, strengths, plane and likelihoods."""
        sound = resampled(mono, rate)
        against = np.zeros((1, EMBEDDING), np.float32) if plain is None else np.asarray(plain, np.float32)[None]
        for window in found:
            part = mel(sound[round(window.start * RATE) : round(window.end * RATE)])
            yield [row[0] for row in self._session.run(None, {"mel": normal(part)[None], "plain": against})]

    @cached_property
    def _session(self) -> Any:
        need("onnxruntime", WHAT)
        if not self.network.is_file():
            raise LineProblem("cannot_hear", what=WHAT, reason=f"{self.network.name} is missing")
        return inference.session(self.network, self.threads)


def windows(stretches: tuple[Stretch, ...]) -> list[Stretch]:
    """Windows over speech in stretches that are in order, each from its first sound to its last."""
    runs: list[list[Stretch]] = []
    for one in stretches:
        if runs and one.start - runs[-1][-1].end < BREATH:
            runs[-1].append(one)
        else:
            runs.append([one])
    found = []
    for run in runs:
        if sum(one.end - one.start for one in run) < SHORTEST:
            continue
        begin, end = run[0].start, run[-1].end
        # the last one ends with the speech, so that no rest is left over that is too short to tell anything
        count = int(np.ceil(max(0.0, end - begin - WINDOW) / STEP - 1e-6)) + 1
        starts = [min(begin + number * STEP, max(begin, end - WINDOW)) for number in range(count)]
        found += [Stretch(round(start, 3), round(min(start + WINDOW, end), 3)) for start in starts]
    return found


def resampled(mono: np.ndarray, rate: int) -> np.ndarray:
    """float32 at RATE."""
    sound = np.ascontiguousarray(mono, np.float32)
    return sound if rate == RATE else need("soxr", WHAT).resample(sound, rate, RATE)


def mel(sound: np.ndarray) -> np.ndarray:
    """Decibels [BANDS, frames] of samples at RATE; less than one frame is filled up with silence."""
    sound = np.pad(sound, (0, max(0, SIZE - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(sound, SIZE)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(SIZE + 1)[:-1])) ** 2
    return (10 * np.log10(power @ _bank() + 1e-10)).T.astype(np.float32)


def normal(levels: np.ndarray) -> np.ndarray:
    """What the network is given: the levels of `mel`, DEPTH deep, against their mean over all bands and frames.

    So loudness is gone. The mean of each band would take the voice's brightness along, which tells of feeling.
    """
    heard = np.maximum(levels, np.percentile(levels, 99) - DEPTH)
    return ((heard - heard.mean()) / SCALE).astype(np.float32)


@lru_cache(maxsize=1)
def _bank() -> np.ndarray:
    """Triangles on the mel scale [bins, BANDS]."""
    low, high = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(SIZE, 1 / RATE)[:, None]
    rising = (hertz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hertz) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


def _sense(window: Stretch, strengths: np.ndarray, plane: np.ndarray, likely: np.ndarray) -> Sense:
    """likely: of the eight and of neutral; the greatest is how often the first of them is right (see the model's card)."""
    eight = dict(zip(EIGHT, (round(float(value), 3) for value in strengths), strict=True))
    arousal, valence = (round(float(value), 3) for value in plane)
    return Sense(window.start, window.end, Emotion(**eight), arousal, valence, round(float(likely.max()), 3), "voice")
