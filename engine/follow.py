"""How a line follows somebody's performance: which of their phrases each of ours takes, and the melody and loudness that come of it. Pure.

Their phrase's course is laid over ours from first to last sound, whatever the two say. Where accents lie near each other,
time is bent a little so that their peaks come on our stressed syllables.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .phrases import Part
from .script import Contour, Plan, Stretch

APART = 0.16
"""Seconds between two accents at least: a short syllable."""

PROMINENT = 0.6
"""Standard deviations by which an accent stands out from the dips around it."""

REACH, FAR = 0.08, 0.15
"""Share of a phrase, and seconds, by which an accent is moved at most."""

UNMET = 0.5
"""Cost of an accent without a partner, against that of one moved by all of its reach."""

SLOW = 0.45
"""Seconds over which a melody is a phrase's and no tone's, for languages in which F0 tells words apart."""

MOST = 14.0
"""Semitones from the middle that are followed at most."""


@dataclass(frozen=True)
class Target:
    """What is followed, in even steps over a line; NaN where nothing is."""

    f0: np.ndarray
    """Semitones against the middle."""
    loudness: np.ndarray
    """dB against the speech's mean."""


def target(theirs: list[Contour], ours: list[tuple[float, float]], accents: list[float], count: int, step: float) -> Target:
    """theirs: for each phrase of ours what it follows; ours: first and last sound of each in seconds; accents: our stressed
    vowels' times; count and step: of the result."""
    at = np.arange(count) * step
    f0, loudness = np.full(count, np.nan), np.full(count, np.nan)
    for (begin, end), one in zip(ours, theirs, strict=True):
        inside = (at >= begin) & (at <= end)
        if not inside.any() or end <= begin:
            continue
        mine = [(time - begin) / (end - begin) for time in accents if begin <= time <= end]
        place = bent((at[inside] - begin) / (end - begin), mine, peaks(one), max(end - begin, one.end - one.start))
        grid = np.linspace(0.0, 1.0, len(one.f0))
        f0[inside] = np.clip(np.interp(place, grid, one.f0), -MOST, MOST)
        loudness[inside] = np.interp(place, grid, one.loudness)
    return Target(f0, loudness)


def partners(count: int, phrases: tuple[Contour, ...], matched: Sequence[tuple[int, int] | None] = ()) -> list[Contour]:
    """For each of our phrases theirs: those it was matched with in time, if that is known of all and all theirs were there to
    match; else one to one where the numbers agree, repeated or joined in order where not."""
    many = len(phrases)
    end = matched[-1] if matched else None
    if end and all(pair and pair[1] <= many for pair in matched) and (len(matched) == many or end[1] == many):
        return [_joined(phrases[pair[0] : pair[1]]) for pair in matched if pair]
    found = []
    for number in range(count):
        first = number * many // count
        last = max(first + 1, (number + 1) * many // count)
        found.append(_joined(phrases[first:last]))
    return found


def places(plan: Plan, parts: list[Part]) -> list[Stretch | None]:
    """Where in the recording the partner of each part is; None where nothing is followed."""
    if not (plan.heard and plan.heard.phrases and plan.wish.performance):
        return [None] * len(parts)
    theirs = partners(len(parts), plan.heard.phrases, [part.partners for part in parts] if len(parts) > 1 else [])
    return [Stretch(one.start, one.end) for one in theirs]


def alike(theirs: tuple[Contour, ...], ours: tuple[Contour, ...], follows: list) -> list[float]:
    """Correlation of the melody of each phrase with that of its partner, from first to last sound of both; flat ones left out.

    ours: the phrases that were measured in a take; follows: for each where its partner is, in seconds of the recording.
    """
    grid = np.linspace(0.0, 1.0, 60)
    found = []
    for one, place in zip(ours, follows, strict=True):
        partners = tuple(other for other in theirs if place and other.end > place.start and other.start < place.end)
        if not partners:
            continue
        curves = [np.interp(grid, np.linspace(0.0, 1.0, len(curve)), curve) for curve in (_joined(partners).f0, one.f0)]
        if min(curve.std() for curve in curves) > 0.05:
            found.append(round(float(np.corrcoef(curves)[0, 1]), 3))
    return found


def _joined(phrases: tuple[Contour, ...]) -> Contour:
    if len(phrases) == 1:
        return phrases[0]
    return Contour(
        phrases[0].start, phrases[-1].end, tuple(value for one in phrases for value in one.f0), tuple(value for one in phrases for value in one.loudness)
    )


def peaks(phrase: Contour) -> list[float]:
    """Places of its accents from 0 to 1: where pitch and loudness together stand out."""
    f0, loud = (_standard(np.array(values)) for values in (phrase.f0, phrase.loudness))
    rise = _smooth(f0 + loud, 3)
    seconds = max(phrase.end - phrase.start, 1e-6)
    found: list[int] = []
    lowest = rise[0] if len(rise) else 0.0
    for at in range(1, len(rise) - 1):
        lowest = min(lowest, rise[at])
        if rise[at] < rise[at - 1] or rise[at] <= rise[at + 1]:
            continue
        near = found and (at - found[-1]) / (len(rise) - 1) * seconds < APART
        if near or (found and rise[found[-1]] - lowest < PROMINENT):
            if rise[at] > rise[found[-1]]:
                found[-1], lowest = at, rise[at]
        elif rise[at] - lowest >= PROMINENT or not found:
            found.append(at)
            lowest = rise[at]
    return [at / (len(rise) - 1) for at in found]


def bent(place: np.ndarray, ours: list[float], theirs: list[float], seconds: float) -> np.ndarray:
    """Where in their phrase each place of ours looks, both from 0 to 1: straight, but for accents that are near enough."""
    pairs = paired(ours, theirs, min(REACH, FAR / max(seconds, 1e-6)))
    if not pairs:
        return place
    own, other = zip(*pairs, strict=True)
    return np.interp(place, [0.0, *own, 1.0], [0.0, *other, 1.0])


def paired(ours: list[float], theirs: list[float], reach: float) -> list[tuple[float, float]]:
    """Accents that go together, in order: the cheapest way to pair them, none moved by more than `reach`."""
    rows, columns = len(ours), len(theirs)
    cost = np.full((rows + 1, columns + 1), np.inf)
    cost[0, :], cost[:, 0] = np.arange(columns + 1) * UNMET, np.arange(rows + 1) * UNMET
    together = np.zeros((rows + 1, columns + 1), bool)
    for row in range(1, rows + 1):
        for column in range(1, columns + 1):
            alone = min(cost[row - 1, column], cost[row, column - 1]) + UNMET
            away = abs(ours[row - 1] - theirs[column - 1]) / max(reach, 1e-6)
            both = cost[row - 1, column - 1] + away if away <= 1 else np.inf
            together[row, column] = both < alone
            cost[row, column] = min(both, alone)
    found: list[tuple[float, float]] = []
    row, column = rows, columns
    while row and column:
        if together[row, column]:
            # accents at a very edge would squeeze what lies between them and it
            if 0.02 < ours[row - 1] < 0.98 and 0.02 < theirs[column - 1] < 0.98:
                found.append((ours[row - 1], theirs[column - 1]))
            row, column = row - 1, column - 1
        elif cost[row - 1, column] <= cost[row, column - 1]:
            row -= 1
        else:
            column -= 1
    return found[::-1]


def toned(own: np.ndarray, wanted: np.ndarray, step: float) -> np.ndarray:
    """A melody whose slow course is the wanted one's and whose tones are its own. Both in semitones, NaN where nothing is wanted."""
    known = np.isfinite(wanted)
    if not known.any():
        return wanted
    width = max(1, round(SLOW / step))
    found = wanted.copy()
    for begin, end in _runs(known):
        found[begin:end] = _smooth(wanted[begin:end], width) + own[begin:end] - _smooth(own[begin:end], width)
    return found


def _runs(known: np.ndarray) -> Any:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(np.int8), [0]])))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / max(float(values.std()), 1e-6) if len(values) else values


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Each value among its neighbours, `width` of them on either side."""
    width = min(width, max(1, len(values) // 2))
    shape = np.hanning(2 * width + 3)[1:-1]
    return np.convolve(np.pad(values, width, mode="edge"), shape / shape.sum(), "valid")
