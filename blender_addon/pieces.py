"""What can be seen of a scene's strips: metas are looked into, and their handles cut what is inside."""
from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from . import compat, performers, props


@dataclass(frozen=True)
class Piece:
    """A strip as far as it can be seen: inside a meta strip the meta's handles cut it."""

    strip: object
    first: int
    last: int
    """Frame after the last visible one."""
    channel: str
    """The channel's name, empty when nobody named it."""
    selected: bool
    locked: bool

    @property
    def uid(self) -> str:
        return props.peek(self.strip)["uid"]

    @property
    def frames(self) -> int:
        return self.last - self.first

    def shared(self, other: Piece) -> int:
        """Frames that both cover."""
        return max(0, min(self.last, other.last) - max(self.first, other.first))


class InTime:
    """Pieces by the time that they cover, so that nobody compares each of a long film with each."""

    def __init__(self, pieces: Sequence[Piece]):
        self._ordered = sorted(enumerate(pieces), key=lambda numbered: numbered[1].first)
        self._firsts = [piece.first for _number, piece in self._ordered]
        self._reached = list(accumulate((piece.last for _number, piece in self._ordered), max))

    def over(self, other: Piece) -> list[Piece]:
        """Those that share frames with another, in the order that they were given in."""
        near = self._ordered[bisect_right(self._reached, other.first) : bisect_left(self._firsts, other.last)]
        return [piece for _number, piece in sorted(near, key=lambda numbered: numbered[0]) if piece.last > other.first]


class Covered:
    """The time that pieces cover together."""

    def __init__(self):
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        """Of stretches in time of which no two touch."""

    def add(self, piece: Piece):
        begin, end = bisect_left(self._lasts, piece.first), bisect_right(self._firsts, piece.last)
        first, last = min([piece.first, *self._firsts[begin:end]]), max([piece.last, *self._lasts[begin:end]])
        self._firsts[begin:end], self._lasts[begin:end] = [first], [last]

    def meets(self, piece: Piece) -> bool:
        """Whether the piece shares frames with it."""
        at = bisect_right(self._lasts, piece.first)
        return at < len(self._lasts) and self._firsts[at] < piece.last


def second(scene) -> float:
    """Seconds of one frame."""
    return scene.render.fps_base / scene.render.fps


def seen(owner, first=-(2**31), last=2**31, selected=None, locked=False) -> Iterator[Piece]:
    """Strips of an editor or meta, the metas' content in their place; inside a meta the meta's selection counts."""
    for strip in compat.strips(owner):
        channel = compat.channels(owner)[strip.channel]
        begin, finish = max(first, compat.start(strip)), min(last, compat.end(strip))
        shut = locked or strip.lock or channel.lock
        chosen = strip.select if selected is None else selected
        if strip.type == "META":
            yield from seen(strip, begin, finish, chosen, shut)
        elif begin < finish and not performers.is_background(strip):
            name = "" if unnamed(channel.name, strip.channel) else channel.name
            yield Piece(strip, begin, finish, name, chosen, shut)


def held(scene, strip) -> bool:
    """Whether a lock of the strip or of its channel keeps it where it is."""
    home = compat.parent(scene.sequence_editor, strip)
    return strip.lock or compat.channels(home)[strip.channel].lock


def unnamed(name: str, number: int) -> bool:
    """True for the name that Blender gives a channel, in whichever language."""
    return name.endswith(f" {number}") and name.count(" ") == 1
