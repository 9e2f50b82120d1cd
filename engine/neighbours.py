"""What the lines beside it leave a line: silence to borrow, a pace that does not jump, and an outlook before it is spoken.

Pure, and the same for a line whichever others are selected, as long as all of them are known.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from .fit import EDGE
from .phrases import TOKEN
from .script import Outlook, Wish

GUARD = 0.1
"""Seconds that stay silent between a line with borrowed time and the next one: half of the usual gap between two turns
of a conversation, 0.2 s (Stivers et al., PNAS 106, 2009)."""

BESIDE = 5.0
"""Seconds of silence after which another pace of the same speaker is no jump any more."""

HURRIED = 0.9
"""Share of the natural length below which a line borrows, if it may."""

EASY = 1.15
"""Share of the natural length up to which speech is comfortably slow. HURRIED and EASY enclose the tempo changes of
one speaker within a talk, about 10 to 15 % (Quené, J. Acoust. Soc. Am. 123, 2008; 5 % is just noticed)."""


@dataclass(frozen=True)
class Standing:
    """A line among its neighbours."""

    uid: str
    speaker: str
    start: float
    """Seconds on the timeline."""
    seconds: float
    """Length of the slot; 0 where the length is open."""
    natural: float
    """Seconds of its speech at the voice's own pace."""
    wish: Wish

    @property
    def end(self) -> float:
        return self.start + self.seconds

    @property
    def open_end(self) -> bool:
        """The slot does not decide the length."""
        return self.wish.mode == "free" or bool(self.wish.ratio or self.wish.tokens)


@dataclass(frozen=True)
class Space:
    """What a line gets."""

    longest: float
    """Greatest length of the speech as a share of its natural one, so that the pace does not jump."""
    early: float = 0.0
    late: float = 0.0
    """Seconds borrowed before and after the slot."""
    most: float = 0.0
    """Seconds from the slot's start to the same speaker's next line; 0 when there is none after it."""
    outlook: Outlook | None = None
    warnings: tuple[str, ...] = ()


def arranged(lines: Sequence[Standing], quantum: float = 0.0) -> dict[str, Space]:
    """Every line's space. quantum: seconds of a picture frame; what is borrowed is a whole multiple of it."""
    ordered = sorted({line.uid: line for line in lines}.values(), key=lambda line: (line.start, line.end, line.uid))
    timeline = Timeline(ordered)
    borrowed = _borrowed(ordered, timeline, quantum)
    ratios = {line.uid: needed(line, *borrowed[line.uid]) for line in ordered}
    speakers: dict[str, list[Standing]] = {}
    for line in ordered:
        speakers.setdefault(line.speaker.strip().casefold() or line.uid, []).append(line)
    spaces, before = {}, {}
    for own in speakers.values():
        for i, line in enumerate(own):
            beside = [other for other in own[max(0, i - 1) : i + 2] if other is not line and _gap(line, other) < BESIDE]
            longest = line.wish.longest
            if line.wish.jump and beside:
                held = min(max(ratios[other.uid], other.wish.shortest) for other in beside) * line.wish.jump
                longest = max(1.0, min(longest, held))
            most = next((other.start - line.start for other in islice(own, i + 1, None) if other.seconds > 0 and other.start > line.start), 0.0)
            warnings: tuple[str, ...] = ()
            if most and line.seconds > most + 1e-6:
                warnings = (f"The speaker's next line begins {(line.seconds - most) * 1000:.0f} ms before this one's slot ends.",)
            spaces[line.uid] = Space(longest, *borrowed[line.uid], most, warnings=warnings)
            before[line.uid] = own[i - 1] if i and _gap(line, own[i - 1]) < BESIDE else None
    return {
        line.uid: replace(spaces[line.uid], outlook=_outlook(line, before[line.uid], timeline, spaces, ratios)) for line in ordered
    }


def needed(line: Standing, early: float = 0.0, late: float = 0.0) -> float:
    """Share of its natural length that the line's speech must have."""
    natural = max(line.natural, 1e-3)
    if line.wish.mode == "free":
        return 1.0
    if line.wish.tokens:
        return line.wish.tokens * TOKEN / natural
    return line.wish.ratio or max(line.seconds + early + late - 2 * EDGE, 1e-3) / natural


def verdict(ratio: float, wish: Wish) -> str:
    """What a person would say of speech at this share of its natural length."""
    if ratio < min(wish.shortest, HURRIED):
        return "too fast"
    if ratio < HURRIED:
        return "fast"
    if ratio <= EASY:
        return "comfortable"
    return "slow" if ratio <= wish.longest + 1e-9 else "too slow"


class Timeline:
    """Which seconds all lines take, with what they borrow."""

    def __init__(self, ordered: Sequence[Standing]):
        self.place = {line.uid: i for i, line in enumerate(ordered)}
        self.begins = np.array([line.start for line in ordered], dtype=float)
        self.ends = np.array([max(line.end, line.start + line.natural * line.open_end) for line in ordered], dtype=float)

    def borrow(self, line: Standing, early: float, late: float) -> None:
        """Notes what a line takes."""
        self.begins[self.place[line.uid]] -= early
        self.ends[self.place[line.uid]] += late

    def silence(self, line: Standing) -> tuple[float, float]:
        """Seconds before and after the line's slot that no other line touches, the guard taken off; none before the film."""
        others = np.arange(len(self.begins)) != self.place[line.uid]
        begins, ends = self.begins[others], self.ends[others]
        over = (begins < line.end) & (ends > line.start)
        before = line.start - (ends[~over & (ends <= line.start)].max(initial=-GUARD) + GUARD)
        after = begins[~over & (ends > line.start)].min(initial=math.inf) - line.end - GUARD
        return (
            0.0 if (over & (begins <= line.start)).any() else max(0.0, float(before)),
            0.0 if (over & (ends >= line.end)).any() else max(0.0, float(after)),
        )


def _borrowed(ordered: Sequence[Standing], timeline: Timeline, quantum: float) -> dict[str, tuple[float, float]]:
    """(early, late) of every line. The most hurried borrows first; after its slot before it takes from before it, since
    a mouth that still moves is noticed less than a voice without one."""
    taken = {line.uid: (0.0, 0.0) for line in ordered}
    for line in sorted(ordered, key=lambda line: (needed(line), line.start, line.uid)):
        if line.open_end or not line.wish.borrow or line.seconds <= 0 or needed(line) >= HURRIED:
            continue
        before, after = (_down(min(free, line.wish.borrow), quantum) for free in timeline.silence(line))
        wanted = _up(line.natural * HURRIED + 2 * EDGE - line.seconds, quantum)
        late = min(after, wanted)
        taken[line.uid] = (min(before, _up(wanted - late, quantum)), late)
        timeline.borrow(line, *taken[line.uid])
    return taken


def _down(seconds: float, quantum: float) -> float:
    return math.floor(seconds / quantum + 1e-9) * quantum if quantum else seconds


def _up(seconds: float, quantum: float) -> float:
    return max(0.0, math.ceil(seconds / quantum - 1e-9) * quantum if quantum else seconds)


def _gap(one: Standing, other: Standing) -> float:
    return max(one.start, other.start) - min(one.end, other.end)


def _outlook(line: Standing, before: Standing | None, timeline: Timeline, spaces: dict[str, Space], ratios: dict[str, float]) -> Outlook:
    space, ratio = spaces[line.uid], ratios[line.uid]
    jump = 1.0
    if before is not None:
        mine, theirs = (min(max(ratios[at.uid], at.wish.shortest), spaces[at.uid].longest) for at in (line, before))
        jump = mine / theirs
    said = verdict(ratio, replace(line.wish, longest=space.longest))
    available = line.natural * ratio
    return Outlook(
        round(line.natural, 3), round(available, 3), round(ratio, 3), said, round(jump, 3),
        round(space.early, 6), round(space.late, 6), _advice(line, timeline, space, ratio, said),
    )  # fmt: skip


def _advice(line: Standing, timeline: Timeline, space: Space, ratio: float, said: str) -> tuple[str, ...]:
    advice = list(space.warnings)
    if said == "comfortable" or line.open_end:
        return tuple(advice)
    if said in ("fast", "too fast"):
        missing = line.natural * (HURRIED - ratio)
        free = [min(seconds, 10.0) for seconds in timeline.silence(line)]
        rest = [max(0.0, seconds - have) for seconds, have in zip(free, (space.early, space.late), strict=True)]
        advice.append(f"A text shorter by {max(1, round((1 - ratio / HURRIED) * 100))} % would be comfortable.")
        if sum(rest) > 0.02:
            gain = min(missing, sum(rest))
            advice.append(f"Borrowing {gain * 1000:.0f} ms would help: {rest[0] * 1000:.0f} ms before and {rest[1] * 1000:.0f} ms after it are silent.")
        advice.append(f"In free mode it runs {(line.natural + 2 * EDGE - line.seconds) * 1000:.0f} ms over its slot.")
        return tuple(advice)
    left = line.natural * (ratio - space.longest)
    if left > 0:
        advice.append(f"{left * 1000:.0f} ms of the slot will stay silent; a longer text or a shorter slot would fill it.")
    else:
        advice.append(f"A text longer by {round((ratio / EASY - 1) * 100)} % would be comfortable.")
    return tuple(advice)
