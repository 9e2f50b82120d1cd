"""The emotion space: its eight axes, presets, and how sources are mixed and kept within limits. Pure."""
from __future__ import annotations

import math
from dataclasses import astuple, fields, replace

from .problems import LineProblem
from .script import Emotion, Feeling, Heard, Mood

EIGHT = ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")
"""In IndexTTS 2's order; the first fields of Emotion."""

SETTINGS = ("whisper", "shout", "tremble", "breathy", "pace", "pauses")
"""The other fields of Emotion."""

BOTH_WAYS = ("pace", "pauses")
"""Settings that go from -1 to 1; all else goes from 0 to 1."""

BIAS = (0.9375, 0.875, 1.0, 1.0, 0.9375, 0.9375, 0.6875, 0.5625)
"""Factor on each of the eight before the cap, as IndexTTS 2 has them (`normalize_emo_vec`), so that one vector means the
same to both engines."""

CAP = 0.8
"""Most that the eight may sum to after BIAS (the same source): beyond it the timbre suffers."""

NEUTRAL = Emotion()

MOST_SOURCES = 16
"""Feelings in one mix."""


def preset(name: str) -> Emotion:
    """One of the eight at its full strength. Raises LineProblem `bad_wish`."""
    if name not in EIGHT:
        raise LineProblem("bad_wish", reason=f"There is no emotion {name!r}; the eight are {', '.join(EIGHT)}.")
    return Emotion(**{name: 1.0})


def mixed(parts: list[tuple[float, Emotion]]) -> Emotion:
    """The weighted mean of points; weights need not sum to one. Without any weight it is neutral."""
    most = max((weight for weight, _emotion in parts), default=0.0)
    if most <= 0:
        return NEUTRAL
    # against the largest, so that no weight is too small or too large to be summed
    shares = [weight / most for weight, _emotion in parts]
    columns = zip(*(astuple(emotion) for _weight, emotion in parts), strict=True)
    return Emotion(*(sum(share * value for share, value in zip(shares, column, strict=True)) / sum(shares) for column in columns))


def scaled(emotion: Emotion, intensity: float) -> Emotion:
    """The same point nearer to neutral; 0 is neutral."""
    return Emotion(*(value * intensity for value in astuple(emotion)))


def limited(emotion: Emotion) -> Emotion:
    """The point as it is played: the eight times BIAS and summing to CAP at most, settings within their range.

    Rounded to a thousandth, so that equal wishes are equal plans on every computer.
    """
    eight = [min(max(value, 0.0), 1.0) * bias for value, bias in zip(astuple(emotion), BIAS, strict=False)]
    held = min(1.0, CAP / total) if (total := sum(eight)) > 0 else 1.0
    settings = {name: min(max(getattr(emotion, name), -1.0 if name in BOTH_WAYS else 0.0), 1.0) for name in SETTINGS}
    point = Emotion(*(value * held for value in eight), **settings)
    # + 0.0 turns -0.0 into 0.0: the two are the same emotion but not the same JSON
    return Emotion(*(round(value, 3) + 0.0 for value in astuple(point)))


def check(feelings: tuple[Feeling, ...], intensity: float) -> None:
    """Raises LineProblem `bad_wish`."""
    if not 0 <= intensity <= 1:
        raise LineProblem("bad_wish", reason=f"The intensity goes from 0 to 1, not {intensity}.")
    if len(feelings) > MOST_SOURCES:
        raise LineProblem("bad_wish", reason=f"An emotion is mixed of {MOST_SOURCES} sources at most, not {len(feelings)}.")
    for feeling in feelings:
        given = [name for name in ("preset", "words", "emotion", "recording") if getattr(feeling, name)]
        if len(given) != 1:
            said = " and ".join(given) or "nothing"
            raise LineProblem("bad_wish", reason=f"A source of emotion is a preset, words, a vector or a recording; this one has {said}.")
        if not (math.isfinite(feeling.weight) and feeling.weight >= 0):
            raise LineProblem("bad_wish", reason=f"The weight of a source is a number from 0 on, not {feeling.weight}.")
        if feeling.preset:
            preset(feeling.preset)
        if feeling.emotion is not None:
            _check_point(feeling.emotion)


def _check_point(emotion: Emotion) -> None:
    for field in fields(emotion):
        value, least = getattr(emotion, field.name), -1.0 if field.name in BOTH_WAYS else 0.0
        if not least <= value <= 1:
            raise LineProblem("bad_wish", reason=f"{field.name} goes from {least:.0f} to 1, not {value}.")


def played(mood: Mood, heard: Heard | None) -> Emotion:
    """The whole of a mood as a point: what was given as one, and what was recognised in the recordings beside it."""
    if not (heard and mood.heard):
        return mood.emotion
    whole = [own + mood.heard * other for own, other in zip(astuple(mood.emotion), astuple(heard.emotion), strict=True)]
    total = sum(whole[: len(EIGHT)])
    held = min(1.0, CAP / total) if total > 0 else 1.0
    return Emotion(*(round(value * held, 3) for value in whole[: len(EIGHT)]), *whole[len(EIGHT) :])


def told(emotion: Emotion) -> str:
    """The point in words, strongest first: `angry 0.62, tremble 0.50`; `neutral` when nothing is in it."""
    values = {field.name: getattr(emotion, field.name) for field in fields(emotion)}
    named = sorted(((name, value) for name, value in values.items() if value), key=lambda item: -abs(item[1]))
    return ", ".join(f"{name} {value:.2f}" for name, value in named) or "neutral"


def over(emotion: Emotion, direction: Emotion) -> Emotion:
    """A direction's emotion on top of the line's: its eight replace the line's, if it names any; its settings add."""
    eight = direction if any(getattr(direction, name) for name in EIGHT) else emotion
    settings = {name: getattr(emotion, name) + getattr(direction, name) for name in SETTINGS}
    return replace(eight, **settings)
