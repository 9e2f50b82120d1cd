"""Every line has a uid of its own: copies get new ones, within a scene and in other scenes, and every take stays with its line."""
from __future__ import annotations

import re

import bpy

from . import compat, notes, props

UID = re.compile(r"\b[0-9a-f]{12}\b")
"""As `props.new_uid` makes them."""


def renew_duplicates(scene, busy: str = ""):
    """Gives every copy of a line a uid of its own, and the takes that were copied with it. busy: name of a scene that keeps its uids."""
    if scene.library is not None or scene.sequence_editor is None:
        return
    mine = _within(scene)
    for other in bpy.data.scenes:
        if other == scene or other.sequence_editor is None or other.library is not None:
            continue
        shared = mine & _found(other)[0].keys()
        if shared:
            # Blender names a copy after its model, with a higher number
            copy = max((scene, other), key=lambda one: (one.name != busy, len(one.name), one.name))
            _between(copy, shared)
            mine = set(_found(scene)[0])


def _found(scene) -> tuple[dict[str, list], dict[str, list]]:
    """Uid -> the strips that have it; uid -> the strips that play its takes."""
    strips: dict[str, list] = {}
    takes: dict[str, list] = {}
    for strip in compat.all_strips(scene.sequence_editor):
        known = props.peek(strip) if props.KEY in strip else {}
        if "of" in known:
            takes.setdefault(known["of"], []).append(strip)
        elif "uid" in known:
            strips.setdefault(known["uid"], []).append(strip)
    return strips, takes


def _within(scene) -> set[str]:
    """The scene's uids, after its copies got theirs."""
    strips, takes = _found(scene)
    twins = {uid: _ordered(found, takes.get(uid, ())) for uid, found in strips.items() if len(found) > 1}
    if twins:
        homes = {uid: [(copy, uid if not number else props.new_uid()) for number, copy in enumerate(found)] for uid, found in twins.items()}
        for found in homes.values():
            for copy, uid in found[1:]:
                props.update(copy, uid=uid)
        for uid in homes.keys() & takes.keys():
            for take in takes[uid]:
                _settle(take, homes)
        strips, takes = _found(scene)
    for uid, found in takes.items():
        whole = notes.parts(found) if len(found) > 1 and uid in strips else found
        for copy in found:
            if copy not in whole:  # the person's own, beside the line
                props.update(copy, of=props.new_uid())
    return set(strips)


def _ordered(copies: list, takes) -> list:
    """The strips of one uid, the one that keeps it first: which its take lies beside, else which Blender named first."""
    named = sorted(copies, key=lambda strip: (len(strip.name), strip.name))
    keeper = min(named, key=lambda copy: min((_apart(copy, take, "line") for take in takes), default=0))
    return [keeper, *(copy for copy in named if copy != keeper)]


def _apart(strip, take, what: str) -> int:
    """Frames by which the two were moved against each other since the take was placed. what: `line` or `slot`."""
    known = props.peek(take)
    at = known.get("at")
    if not isinstance(at, list):
        return abs(compat.start(take) - compat.start(strip))
    was = known.get("line", at[0]) if what == "line" else at[0]
    return abs((compat.start(strip) - was) - (compat.start(take) - at[3]))


def _settle(take, homes: dict[str, list]):
    """Finds which of the copies a take belongs to, and which of their slots and originals."""
    known = props.peek(take)
    line, uid = min(homes[known["of"]], key=lambda home: _apart(home[0], take, "line"))
    if uid == known["of"]:
        return
    changes = {"of": uid}
    for key in ("slot", "original"):
        old = known.get(key)
        if old == known["of"]:
            changes[key] = uid
        elif old is not None:
            strip, there = min(homes.get(old, ()), key=lambda home: _apart(home[0], take, "slot"), default=(None, None))
            # the copy of a line whose recording was not copied with it stands alone
            changes[key] = there if strip is not None and there != old else uid if key == "slot" else None
    props.update(take, **changes)
    if changes["slot"] == uid and known.get("slot") != known["of"]:
        props.update(take, at=notes.spot(line, take), nudge=None)


def _between(scene, shared: set[str]):
    """Gives the strips of a scene new uids for some that another scene has, too, wherever their JSON names them."""
    fresh = {uid: props.new_uid() for uid in shared}
    for strip in compat.all_strips(scene.sequence_editor):
        text = strip.get(props.KEY)
        if isinstance(text, str):
            renewed = UID.sub(lambda found: fresh.get(found[0], found[0]), text)
            if renewed != text:
                strip[props.KEY] = renewed
