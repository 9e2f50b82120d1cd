"""Takes go where their lines go: moved, cut, split and copied strips take their dubs along, and a person's own changes to a dub are kept."""
from __future__ import annotations

from . import compat, notes, originals, pieces, props
from .stale import Sight


def follow(sight: Sight) -> int:
    """Moves the takes of a scene after their lines and renews the notes of those that were moved; how many were changed.

    What Blender locks stays where it is, and follows when it is unlocked.
    """
    count = 0
    for uid, takes in sight.takes.items():
        if uid not in sight.strips:
            continue
        line = sight.strips[uid]
        for strip, take, first, last, zero in takes:
            owner = sight.strips.get(take.slot, line)
            if take.slot is not None and take.slot not in sight.strips:  # the strip that gave the slot is gone, and nothing moved
                props.update(strip, slot=uid, at=notes.spot(line[0], strip), line=None)
                count += 1
            elif take.at != [owner[2], owner[3], round(zero), first, last] and not pieces.held(sight.scene, strip):
                _follow(sight, uid, line[0], owner[0], strip, take.state)
                count += 1
    return count


def _follow(sight: Sight, uid: str, line, owner, strip, state: dict):
    second = pieces.second(sight.scene)
    early, late = (round(ms / 1000 / second) for ms in state.get("borrowed_ms") or (0, 0))
    now = notes.spot(owner, strip)
    drift = notes.drift(state, now, notes.length(strip, second), early, late)
    if drift.move:
        compat.move(strip, compat.start(strip) + drift.move)
    first, last = compat.start(strip) + drift.left, compat.end(strip) + drift.right
    if (drift.left or drift.right) and first < last:
        compat.set_edges(strip, first, last)
    props.update(
        strip,
        at=notes.spot(owner, strip),
        line=compat.start(line) if line != owner else None,
        nudge=drift.nudge or None,
        trim=list(drift.trim) if any(drift.trim) else None,
    )
    original = sight.strips.get(state.get("original"), (None,))[0]
    if original is not None and len(sight.takes[uid]) == 1:
        originals.requieten(sight.scene, original, uid, notes.zero(strip), early + compat.end(owner) - compat.start(owner) + late, sight.takes)
