"""How natural durations become wished ones: what may give, how far, and how a sum of whole frames is hit exactly.

One number, the tempo, moves every token by its own share: a token's factor is tempo ** elasticity, within its class's
limits. What the classes are and why is told in `CLASSES`.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Give:
    """How one class of sounds follows the tempo."""

    shrinks: float
    """Elasticity when speech is faster than natural."""
    grows: float
    """Elasticity when it is slower."""
    least: float
    """Shortest, as a share of the natural length."""
    most: float
    """Longest, as such a share."""


CLASSES = {
    "pause": Give(2.0, 2.5, 0.2, 4.0),
    "vowel": Give(1.0, 1.0, 0.45, 2.0),
    "sonorant": Give(0.8, 0.7, 0.63, 1.8),
    "fricative": Give(0.45, 0.35, 0.60, 1.5),
    "stop": Give(0.35, 0.2, 0.69, 1.3),
    "fixed": Give(0.0, 0.0, 1.0, 1.0),
}
"""Pauses give first, and more when speech slows down: most of a change of tempo is in them (Goldman-Eisler,
Psycholinguistics, 1968, ch. 1). Then vowels and sonorants; consonants hardly (Gay, Phonetica 38, 1981; Crystal and
House, J. Acoust. Soc. Am. 88, 1990). `least` of the sounds is the mean of minimal over inherent duration of their class
in Klatt's table (Allen, Hunnicutt and Klatt, From Text to Speech: The MITalk System, 1987, ch. 9): vowels 0.45,
sonorants 0.63, fricatives 0.60, stops 0.69. There is no such table for slow speech: `most` are ours. A stop that is
held becomes a long stop, which other languages tell apart, so it grows least. Phrase-final lengthening stays, since a
lengthened vowel moves by the same factor as any other."""

VOWELS = frozenset("aeiouyæøœɐɑɒɔəɚɛɜɤɨɪɯɵʉʊʌɘɞɶɥᵻᵊAIOWYQ")
FRICATIVES = frozenset("fvszhxθðʃʒçɣʂʐɸβχħʕɕʑɦʁ")
STOPS = frozenset("pbtdkgcɡɟʈɖqɢʔʤʧʦʣʨʥꭧꭨɾⱱT")
"""Affricates count as stops: their closure is what may not be stretched. A and I, O, W, Y, Q are the model's own signs
for diphthongs, T its sign for a tap."""

MODIFIERS = frozenset("ˈˌːʰʲ\u0303↓→↗↘")
"""Stress, length and tone: no sounds of their own; each goes with the vowel that it belongs to."""


def phone_class(symbol: str) -> str:
    """The class of one symbol of the model's vocabulary; sonorants are what remains (nasals, liquids, glides)."""
    if symbol in VOWELS or symbol in MODIFIERS:
        return "vowel"
    if symbol in FRICATIVES:
        return "fricative"
    return "stop" if symbol in STOPS else "sonorant"


@dataclass(frozen=True)
class Tokens:
    """Natural durations and what every token may do."""

    natural: np.ndarray
    """float [T] frames."""
    shrinks: np.ndarray
    grows: np.ndarray
    """Elasticities, float [T]."""
    least: np.ndarray
    most: np.ndarray
    """Limits, float [T] frames; at least one frame."""
    sounds: np.ndarray
    """bool [T]: whether it is a sound, or else a pause or fixed."""

    def part(self, which: Any) -> Tokens:
        """Some of the tokens."""
        return Tokens(*(getattr(self, name)[which] for name in ("natural", "shrinks", "grows", "least", "most", "sounds")))


@dataclass(frozen=True)
class Timing:
    """Durations after re-timing."""

    frames: np.ndarray
    """int64 [T], every one at least 1."""
    ratio: float
    """Their sum as a share of the natural one; under 1 is faster."""
    bound: bool = False
    """The limits kept it from its target."""


def tokens(natural: np.ndarray, classes: list[str], smoothness: float) -> Tokens:
    """The tokens of a line. natural: float [T] frames; classes: keys of CLASSES; smoothness: 0 to 1, see `smoothed`."""
    gives = [CLASSES[name] for name in classes]
    natural = np.maximum(1.0, natural)
    sounds = np.array([name not in ("pause", "fixed") for name in classes])
    return Tokens(
        natural,
        smoothed(np.array([give.shrinks for give in gives]), sounds, smoothness),
        smoothed(np.array([give.grows for give in gives]), sounds, smoothness),
        np.maximum(1.0, natural * [give.least for give in gives]),
        np.maximum(1.0, natural * [give.most for give in gives]),
        sounds,
    )


def smoothed(elasticity: np.ndarray, sounds: np.ndarray, smoothness: float) -> np.ndarray:
    """Elasticities [T] in which neighbouring sounds are alike; what is no sound keeps its own.

    Minimises sum (x - elasticity)^2 + w sum (x[i] - x[i+1])^2 over the sounds in their order, with
    w = smoothness / (1 - smoothness) / 4; at 1 all are the same.
    """
    result = elasticity.astype(np.float64)
    own = result[sounds]
    if smoothness <= 0 or own.size < 2:
        return result
    if smoothness >= 1:
        result[sounds] = own.mean()
        return result
    weight = smoothness / (1 - smoothness) / 4
    diagonal = np.full(own.size, 1 + 2 * weight)
    diagonal[[0, -1]] -= weight
    # a tridiagonal system, solved from one end to the other and back (Thomas)
    upper = np.zeros(own.size)
    for i in range(own.size):
        before = upper[i - 1] if i else 0.0
        pivot = diagonal[i] + (weight * before if i else 0.0)
        upper[i] = -weight / pivot
        own[i] = (own[i] + (weight * own[i - 1] if i else 0.0)) / pivot
    for i in range(own.size - 2, -1, -1):
        own[i] -= upper[i] * own[i + 1]
    result[sounds] = own
    return result


def scaled(tokens: Tokens, tempo: float) -> np.ndarray:
    """Durations in frames at a tempo, float."""
    return np.clip(tokens.natural * tempo ** (tokens.shrinks if tempo < 1 else tokens.grows), tokens.least, tokens.most)


def retime(tokens: Tokens, target: int | None, shortest: float, longest: float) -> Timing:
    """Whole-frame durations whose sum is `target`, as long as that stays within the two limits and those of the classes.

    target: sum in frames, None leaves the natural rate; shortest, longest: the sum as a share of the natural one.
    Beyond a limit the durations at that limit come back, and their sum tells by how much it misses.
    """
    natural = tokens.natural.sum()
    if target is None:
        return Timing(whole(tokens.natural), 1.0)
    held = min(max(target, natural * shortest), natural * longest)
    low, high = 0.02, 50.0
    for _ in range(60):
        tempo = math.sqrt(low * high)
        low, high = (low, tempo) if scaled(tokens, tempo).sum() > held else (tempo, high)
    durations = scaled(tokens, low)
    bound = abs(target - durations.sum()) >= 0.5
    frames = whole(durations, None if bound else target)
    return Timing(frames, float(frames.sum() / natural), bound)


def whole(durations: np.ndarray, total: int | None = None) -> np.ndarray:
    """Durations as whole frames by largest remainder: the sum is exact if no one must go under one frame for it."""
    if total is None:
        total = math.floor(durations.sum() + 0.5)
    frames = np.maximum(1, np.floor(durations)).astype(np.int64)
    missing = int(total - frames.sum())
    if missing > 0:
        # stable: equal remainders go to the earlier token, so that the same plan is the same sound everywhere
        order = np.argsort(-(durations - frames), kind="stable")
        frames[order[: missing % len(order)]] += 1
        frames += missing // len(order)
    while missing < 0 and frames.max() > 1:
        surplus = np.where(frames > 1, frames - durations, -np.inf)
        frames[int(np.argmax(surplus))] -= 1
        missing += 1
    return frames
