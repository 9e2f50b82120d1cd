"""What a voice and a face tell together, over time and as a whole. Pure.

In every half second the senses of one source are averaged by how much of it they cover times their certainty; then both
sources by their certainties. Of arousal the voice tells more and of valence the face, so that each counts twice there
(Nicolaou, Gunes and Pantic, "Continuous prediction of spontaneous affect from multiple cues and modalities in
valence-arousal space", IEEE Transactions on Affective Computing 2, 2011). Where both say the same the certainty is that of
two witnesses, 1 - (1 - a)(1 - b); where they have nothing in common, what one is more certain than the other, |a - b|; in
between by the share that they have in common.
"""
from __future__ import annotations

import math
from dataclasses import astuple
from itertools import chain

from ..emotion import EIGHT, mixed
from ..script import Emotion, Sense

STEP = 0.5
"""Seconds of one combined Sense."""

AROUSAL = {"voice": 2.0, "face": 1.0}
VALENCE = {"voice": 1.0, "face": 2.0}
"""Factor on a source's certainty on that axis."""


def combined(voice: tuple[Sense, ...], face: tuple[Sense, ...]) -> tuple[Sense, ...]:
    """Senses of STEP seconds each, end to end where anything is sensed; their source is `both`, or the one that there is.

    voice, face: in any order; those of one source may overlap, as a network's windows do.
    """
    senses = [*voice, *face]
    if not senses:
        return ()
    first, last = math.floor(min(sense.start for sense in senses) / STEP), math.ceil(max(sense.end for sense in senses) / STEP)
    found = []
    for number in range(first, last):
        heard, seen = (_within(some, number * STEP, (number + 1) * STEP, name) for some, name in ((voice, "voice"), (face, "face")))
        if heard and seen:
            found.append(_both(heard, seen))
        elif heard or seen:
            found += [one for one in (heard, seen) if one]
    return tuple(found)


def overall(senses: tuple[Sense, ...]) -> Sense | None:
    """One Sense for all the time, by duration times certainty; as certain as they are on average. None where there is none."""
    if not senses:
        return None
    spans = [sense.end - sense.start for sense in senses]
    weights = [span * max(sense.certainty, 1e-6) for span, sense in zip(spans, senses, strict=True)]
    certainty = _mean(spans, [sense.certainty for sense in senses])
    sources = {sense.source for sense in senses}
    return _sense(
        min(sense.start for sense in senses), max(sense.end for sense in senses), list(zip(weights, senses, strict=True)),
        certainty, sources.pop() if len(sources) == 1 else "both",
    )  # fmt: skip


def agreement(one: Emotion, other: Emotion) -> float:
    """The share that two points have in common, 0 to 1; what is missing to a strength of one in all counts as neutral."""
    return sum(min(a, b) for a, b in zip(_shares(one), _shares(other), strict=True))


def _within(senses: tuple[Sense, ...], start: float, end: float, source: str) -> Sense | None:
    """What one source tells of a stretch, told of as much of it as the source covers; None where it covers none."""
    inside = [(min(sense.end, end) - max(sense.start, start), sense) for sense in senses]
    inside = [(overlap, sense) for overlap, sense in inside if overlap > 1e-6]
    if not inside:
        return None
    begin, finish = max(start, min(sense.start for _o, sense in inside)), min(end, max(sense.end for _o, sense in inside))
    certainty = _mean([overlap for overlap, _s in inside], [sense.certainty for _o, sense in inside])
    return _sense(begin, finish, [(overlap * max(sense.certainty, 1e-6), sense) for overlap, sense in inside], certainty, source)


def _both(heard: Sense, seen: Sense) -> Sense:
    a, b = heard.certainty, seen.certainty
    common = agreement(heard.emotion, seen.emotion)
    certainty = common * (1 - (1 - a) * (1 - b)) + (1 - common) * abs(a - b)
    parts = [(max(sense.certainty, 1e-6), sense) for sense in (heard, seen)]
    return _sense(min(heard.start, seen.start), max(heard.end, seen.end), parts, certainty, "both")


def _sense(start: float, end: float, parts: list[tuple[float, Sense]], certainty: float, source: str) -> Sense:
    """The weighted mean of senses; a sense of both sources counts alike on each axis."""
    weights = [weight for weight, _sense in parts]
    arousal, valence = (
        _mean([weight * factors.get(sense.source, 1.5) for weight, sense in parts], [getattr(sense, axis) for _w, sense in parts])
        for axis, factors in (("arousal", AROUSAL), ("valence", VALENCE))
    )
    emotion = mixed(list(zip(weights, (sense.emotion for _w, sense in parts), strict=True)))
    point = Emotion(*(round(value, 3) for value in astuple(emotion)))
    return Sense(round(start, 3), round(end, 3), point, round(arousal, 3), round(valence, 3), round(min(1.0, certainty), 3), source)


def _mean(weights: list[float], values: list[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights)


def _shares(emotion: Emotion) -> list[float]:
    """The eight and neutral, summing to one."""
    eight = [max(0.0, getattr(emotion, name)) for name in EIGHT]
    most = max(1.0, sum(eight))
    return list(chain((value / most for value in eight), [1.0 - sum(eight) / most]))
