"""The training's examples: what each clip looks like to the network, what is felt in it and what is known of that."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...emotion import EIGHT
from ...hear.feeling import mel, resampled
from .. import acted
from .altered import altered
from .spoken import RATE, Clip, key, spoken

NAMES = (*EIGHT, "neutral")
"""What one of is the likeliest."""

PLANE = {
    "happy": (0.51, 0.81), "angry": (0.59, -0.51), "sad": (-0.27, -0.63), "afraid": (0.60, -0.64), "disgusted": (0.35, -0.60),
    "melancholic": (-0.29, -0.72), "surprised": (0.67, 0.40), "calm": (-0.46, 0.68),
}  # fmt: skip
"""Arousal and valence of each: means of Russell and Mehrabian, "Evidence for a three-factor theory of emotions", Journal of
Research in Personality 11, 1977, table 4, of happy, angry, sad, fearful, disgusted, depressed, surprised and relaxed."""

VERSIONS = 5
"""Altered versions of a training clip, beside the clip itself."""

QUIET = 35.0
"""Decibels under its loudest 20 ms from which on the ends of a clip are cut off."""

ACTED_STRENGTH = 0.8
"""What a real actor's label counts as: nothing says how strongly he felt it."""

TURNS = 4
"""How often the real words are put into rows; ten rows a man and label each time."""


@dataclass(frozen=True)
class Example:
    """One clip in all its versions. What is not known of it is not asked for."""

    speaker: str
    name: str
    """One of NAMES, or `mix`."""
    kind: str
    """That of the clip, or `word` and `row` of acted speech."""
    language: str
    held_out: bool
    strengths: np.ndarray
    """float32 [8]."""
    known: np.ndarray
    """float32 [8], 1 where that strength is known."""
    plane: np.ndarray
    """float32 [2]: arousal and valence."""
    likely: np.ndarray
    """float32 [9], sums to one."""
    among: np.ndarray
    """float32 [9], 1 for each of NAMES that was a choice at all."""
    levels: tuple[np.ndarray, ...] = field(repr=False)
    """`mel` of the clip and then of its altered versions, float16 [BANDS, frames]."""

    @property
    def real(self) -> bool:
        return self.kind in ("word", "row")


def own(clips: list[Clip], data: Path) -> Iterator[Example]:
    """Every clip of our own engine that has been spoken. Held-out ones are altered once, to be judged so too."""
    import soundfile

    there = spoken(data)
    for clip in clips:
        if key(clip) not in there:
            continue
        samples, rate = soundfile.read(there[key(clip)], dtype="float32", always_2d=True)
        label = np.array(clip.label, np.float32)
        share = np.append(label, 0.0) / label.sum() if label.any() else np.eye(9)[8]
        name = "mix" if clip.kind == "mix" else NAMES[int(share.argmax())]
        levels = versions(samples[:, 0], rate, 1 if clip.held_out else VERSIONS, [1, clip.number])
        plane = np.clip(label @ np.array([PLANE[one] for one in EIGHT]), -1, 1)
        yield Example(clip.voice, name, clip.kind, clip.language, clip.held_out, label, np.ones(8, np.float32), plane.astype(np.float32), share.astype(np.float32), np.ones(9, np.float32), levels)


def real() -> list[Example]:
    """Polish words and rows of words. Raises as `acted.words` does.

    Of these men nobody knows how they sound when they are sad: only anger, fear and neutral are asked for, or the network
    would learn that nobody with a real voice is ever sad.
    """
    among = np.array([name in acted.LABELS.values() for name in NAMES], np.float32)
    words = acted.words()
    found = []
    rows = [row for turn in range(TURNS) for row in acted.in_rows(words, turn)]
    for kind, clips in (("word", words), ("row", rows)):
        for number, clip in enumerate(clips):
            strength = ACTED_STRENGTH * np.array([name == clip.label for name in EIGHT], np.float32)
            plane = strength @ np.array([PLANE[one] for one in EIGHT])
            share = np.array([name == clip.label for name in NAMES], np.float32)
            levels = versions(clip.samples, clip.rate, 2, [2, kind == "row", number])
            found.append(Example(clip.man, clip.label, kind, "pl", False, strength, among[:8], plane.astype(np.float32), share, among, levels))
    return found


def versions(samples: np.ndarray, rate: int, count: int, seed: list[int]) -> tuple[np.ndarray, ...]:
    """The clip without its silent ends, and altered so many times."""
    sound = cut(resampled(samples, rate))
    draw = np.random.default_rng(seed)
    return tuple(mel(one).astype(np.float16) for one in (sound, *(altered(sound, draw) for _ in range(count))))


def cut(sound: np.ndarray) -> np.ndarray:
    """Samples at RATE from the first to the last that is no silence."""
    size = round(0.02 * RATE)
    power = np.square(sound[: len(sound) // size * size]).reshape(-1, size).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (-QUIET / 10))
    return sound[loud[0] * size : (loud[-1] + 1) * size]
