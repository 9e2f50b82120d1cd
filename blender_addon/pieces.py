"""What can be seen of a scene's strips: metas are looked into, and their handles cut what is inside."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
