"""What a take's strip remembers of where it was put: where its line was then, and what a person did to the strip since.

In its JSON: `at` has the edges of the strip that gives the slot its edges, the frame where the take's content begins, and the
take's visible edges; `line` where the line's own strip began; `nudge` the frames by which a person moved the take against its line; `trim` the frames that they cut off
its head and its tail. All of it is brought up to date by `follow`, and again when another take comes into the strip.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from . import compat, props


@dataclass(frozen=True)
class Drift:
    """How a take's strip is to follow its line, and what of the difference between them is a person's wish."""

    move: int = 0
    left: int = 0
    right: int = 0
    """Frames by which the edges are to move beyond that."""
    nudge: int = 0
    trim: tuple[int, int] = (0, 0)

    @property
    def follows(self) -> bool:
        return bool(self.move or self.left or self.right)


def zero(strip) -> int:
    """Frame where the strip's content begins, be it visible or not."""
    return round(compat.start(strip) - compat.head(strip))


def length(strip, second: float) -> int:
    """Frames of the take that the strip plays; Blender may take its content for one longer."""
    seconds = props.peek(strip).get("seconds")
    return max(1, math.floor(seconds / second + 0.5)) if seconds else compat.content(strip)


def spot(owner, strip) -> list[int]:
    """`at` of a take's strip now. owner: the strip whose edges its slot has."""
    return [compat.start(owner), compat.end(owner), zero(strip), compat.start(strip), compat.end(strip)]


def drift(state: dict, now: Sequence[int], length: int, early: int = 0, late: int = 0) -> Drift:
    """What happened since the note in a take's JSON. length: frames of its content; early, late: frames that it borrowed."""
    was = state.get("at")
    if not (isinstance(was, list) and len(was) == len(now)):  # of a time before this was kept: it was never moved, but perhaps cut
        return Drift(trim=(now[3] - now[2], now[2] + length - now[4]))
    owner_first, owner_last, moved, begin, end = (there - before for there, before in zip(now, was, strict=True))
    nudge, (head, tail) = state.get("nudge", 0), state.get("trim", (0, 0))
    begin, end = begin - moved, end - moved
    if owner_first == owner_last:  # its line moved, or it did not
        alone = moved not in (0, owner_first)
        return Drift(0 if alone else owner_first - moved, 0, 0, nudge + (moved - owner_first if alone else 0), (head + begin, tail - end))
    if moved and (begin == owner_first - moved or end == owner_last - moved):  # both were moved, and cut beside
        owner_first, owner_last = owner_first - moved, owner_last - moved
    else:
        nudge += moved
    # its line was cut or lengthened: an edge follows if it lay where the slot's did and nobody moved it, too
    before = was[0] + state.get("nudge", 0) - early, was[1] + state.get("nudge", 0) + late
    left = owner_first if not begin and was[3] == before[0] else 0
    right = owner_last if not end and was[4] == before[1] else 0
    return Drift(0, left, right, nudge, (head + (begin if begin != owner_first else 0), tail - (end if end != owner_last else 0)))


def windows(trims: Sequence[tuple[int, int]], lengths: Sequence[int], length: int) -> list[tuple[int, int] | None]:
    """What the pieces of a split take show of one with another length, from its first frame; None for one that has nothing left.

    trims: of each piece; lengths: of its content before. Pieces meet where they met; what was cut off the whole's end stays cut off.
    """
    end = max(1, length - trims[-1][1])
    found = [(head, was - tail) if head < end else None for (head, tail), was in zip(trims, lengths, strict=True)]
    found[0] = found[0] or (0, end)
    last = max(at for at, window in enumerate(found) if window)
    found[last] = found[last][0], end
    return found


def parts(strips: Sequence) -> list:
    """Of the strips that play a line's takes the pieces of one, in the order of its content; copies that a person made are none."""
    found: list = []
    for strip in sorted(strips, key=_moved):
        begin, end = compat.start(strip) - zero(strip), compat.end(strip) - zero(strip)
        if all(end <= first or last <= begin for first, last, _strip in found):
            found.append((begin, end, strip))
    return [strip for _begin, _end, strip in sorted(found, key=lambda piece: piece[:2])]


def _moved(strip) -> int:
    """Frames by which the strip was moved since its note."""
    at = props.peek(strip).get("at")
    return abs(zero(strip) - at[2]) if isinstance(at, list) else 0
