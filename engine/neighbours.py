"""What the lines beside it leave a line: silence to borrow, a pace that does not jump, and an outlook before it is spoken.

Pure, and the same for a line whichever others are selected, as long as all of them are known.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    ordered = sorted(lines, key=lambda line: (line.start, line.end, line.uid))
    borrowed = _borrowed(ordered, quantum)
    ratios = {line.uid: needed(line, *borrowed[line.uid]) for line in ordered}
    spaces = {}
    for line in ordered:
        beside = [other for other in _same(line, ordered) if _gap(line, other) < BESIDE]
        later = [other for other in _same(line, ordered) if (other.start, other.uid) > (line.start, line.uid) and other.seconds > 0]
        longest = line.wish.longest
        if line.wish.jump and beside:
            held = min(max(ratios[other.uid], other.wish.shortest) for other in beside) * line.wish.jump
            longest = max(1.0, min(longest, held))
        most = min((other.start - line.start for other in later), default=0.0)
        warnings = ()
        if line.seconds > most + 1e-6 and later:
            warnings = (f"The speaker's next line begins {(line.seconds - most) * 1000:.0f} ms before this one's slot ends.",)
        spaces[line.uid] = Space(longest, *borrowed[line.uid], most, warnings=warnings)
    return {line.uid: replace(spaces[line.uid], outlook=_outlook(line, ordered, spaces, ratios)) for line in ordered}


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


def silence(line: Standing, ordered: Sequence[Standing], taken=None) -> tuple[float, float]:
    """Seconds of silence before and after the slot that no line touches, the guard taken off; none before the film."""
    taken = taken or {}
    before, after = line.start, math.inf
    for other in ordered:
        if other.uid == line.uid:
            continue
        early, late = taken.get(other.uid, (0.0, 0.0))
        begin, end = other.start - early, max(other.end, other.start + (other.natural if other.open_end else 0.0)) + late
        if begin < line.end and end > line.start:
            if begin <= line.start:
                before = 0.0
            if end >= line.end:
                after = 0.0
        elif end <= line.start:
            before = min(before, line.start - end - GUARD)
        else:
            after = min(after, begin - line.end - GUARD)
    return max(0.0, before), max(0.0, after)


def _borrowed(ordered: Sequence[Standing], quantum: float) -> dict[str, tuple[float, float]]:
    """(early, late) of every line. The most hurried borrows first; after its slot before it takes from before it, since
    a mouth that still moves is noticed less than a voice without one."""
    taken = {line.uid: (0.0, 0.0) for line in ordered}
    for line in sorted(ordered, key=lambda line: (needed(line), line.start, line.uid)):
        if line.open_end or not line.wish.borrow or line.seconds <= 0 or needed(line) >= HURRIED:
            continue
        before, after = (_down(min(free, line.wish.borrow), quantum) for free in silence(line, ordered, taken))
        wanted = _up(line.natural * HURRIED + 2 * EDGE - line.seconds, quantum)
        late = min(after, wanted)
        taken[line.uid] = (min(before, _up(wanted - late, quantum)), late)
    return taken


def _down(seconds: float, quantum: float) -> float:
    return math.floor(seconds / quantum + 1e-9) * quantum if quantum else seconds


def _up(seconds: float, quantum: float) -> float:
    return max(0.0, math.ceil(seconds / quantum - 1e-9) * quantum if quantum else seconds)


def _same(line: Standing, ordered: Sequence[Standing]) -> list[Standing]:
    """The same speaker's other lines."""
    name = line.speaker.strip().casefold()
    return [other for other in ordered if other.uid != line.uid and name and other.speaker.strip().casefold() == name]


def _gap(one: Standing, other: Standing) -> float:
    return max(one.start, other.start) - min(one.end, other.end)


def _outlook(line: Standing, ordered: Sequence[Standing], spaces: dict[str, Space], ratios: dict[str, float]) -> Outlook:
    space, ratio = spaces[line.uid], ratios[line.uid]
    before = [other for other in _same(line, ordered) if other.start < line.start and _gap(line, other) < BESIDE]
    jump = 1.0
    if before:
        other = before[-1]
        mine, theirs = (min(max(ratios[at.uid], at.wish.shortest), spaces[at.uid].longest) for at in (line, other))
        jump = mine / theirs
    said = verdict(ratio, replace(line.wish, longest=space.longest))
    available = line.natural * ratio
    return Outlook(
        round(line.natural, 3), round(available, 3), round(ratio, 3), said, round(jump, 3),
        round(space.early, 6), round(space.late, 6), _advice(line, ordered, space, ratio, said),
    )  # fmt: skip


def _advice(line: Standing, ordered, space: Space, ratio: float, said: str) -> tuple[str, ...]:
    if said == "comfortable" or line.open_end:
        return space.warnings
    advice = list(space.warnings)
    if said in ("fast", "too fast"):
        missing = line.natural * HURRIED - line.natural * ratio
        free = [seconds if math.isfinite(seconds) else 10.0 for seconds in silence(line, ordered)]
        rest = [max(0.0, seconds - have) for seconds, have in zip(free, (space.early, space.late), strict=True)]
        advice.append(f"A text shorter by {max(1, round((1 - ratio / HURRIED) * 100))} % would be comfortable.")
        if sum(rest) > 0.02:
            gain = min(missing, sum(rest))
            advice.append(f"Borrowing {gain * 1000:.0f} ms would help: {rest[0] * 1000:.0f} ms before and {rest[1] * 1000:.0f} ms after it are silent.")
        advice.append(f"In free mode it runs {(line.natural + 2 * EDGE - line.seconds) * 1000:.0f} ms over its slot.")
    else:
        left = line.natural * (ratio - space.longest)
        if left > 0:
            advice.append(f"{left * 1000:.0f} ms of the slot will stay silent; a longer text or a shorter slot would fill it.")
        else:
            advice.append(f"A text longer by {round((ratio / EASY - 1) * 100)} % would be comfortable.")
    return tuple(advice)
