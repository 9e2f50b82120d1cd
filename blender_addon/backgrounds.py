"""The background of an original, without its voice, as a strip of our own beside it: where it lies, how loud it is, whose it is."""
from __future__ import annotations

from collections.abc import Iterator

import bpy

from ..engine.problems import LineProblem
from . import compat, performers, pieces, props

CHANNEL = "Background"
"""Name of the channels where they lie."""


def lay(scene, original, path: str, volume: float, animated: bool):
    """A strip of this sound where the original is, and cut as it is; one that is there already gives way. Raises LineProblem when no channel is free.

    path: as long as the original's file; volume: the original's own; animated: whether its keyframes are its own, too.
    """
    withdraw(scene, original)
    owner = compat.parent(scene.sequence_editor, original)
    channel = free_channel(owner, CHANNEL, compat.start(original), compat.end(original), original.channel)
    first = round(compat.start(original) - compat.head(original))
    strip = compat.strips(owner).new_sound(name=f"{CHANNEL}: {original.name}"[:60], filepath=performers.relative(path), channel=channel, frame_start=first)
    compat.align(strip, original)
    strip.select = False
    strip.pan = original.pan
    strip.sound.use_mono = original.sound.use_mono
    strip.volume = volume
    if animated:
        compat.copy_curve(scene, strip, original, "volume")
    props.update(strip, background=performers.uid_of(original), lies=_spot(original), placed=_spot(strip))
    return strip


def of(scene, original) -> list:
    """The strips with the original's background: one, or none."""
    uid, spot = props.state(original).get("uid"), _spot(original)
    found = list(_all(scene))
    mine = [strip for strip, state in found if state["background"] == uid]
    # a copy of both has another uid, but lies where its original does
    there = [strip for strip, _state in found if _spot(strip) == spot]
    return [strip for strip in mine if strip in there] or there or mine


def withdraw(scene, original):
    """Removes the original's background; its file stays."""
    for strip in of(scene, original):
        sound = strip.sound
        compat.strips(compat.parent(scene.sequence_editor, strip)).remove(strip)
        if sound is not None and sound.users == 0:
            bpy.data.sounds.remove(sound)


def fill(scene, original, level: dict[int, float], volume: float):
    """Lets the background be as loud as the original is not. level: the original's volume by frame."""
    for strip in of(scene, original):
        for owner, curve in compat.fcurves(scene, strip.path_from_id("volume")):
            owner.remove(curve)
        for frame, value in sorted(level.items()):
            strip.volume = volume - value
            strip.keyframe_insert("volume", frame=frame)
        for _owner, curve in compat.fcurves(scene, strip.path_from_id("volume")):
            for key in curve.keyframe_points:
                key.interpolation = "LINEAR"
        strip.volume = volume


def follow(scene) -> list[tuple]:
    """Moves and cuts backgrounds as their originals were since, and keeps what the person did to them; those that changed, with what their originals showed before.

    What is locked stays, and follows when it is unlocked.
    """
    changed = []
    for strip, state in list(_all(scene)):
        original = _original(scene, strip, state)
        if original is None or pieces.held(scene, strip):
            continue
        before, now, mine = state.get("lies"), _spot(original), _spot(strip)
        if compat.pace(original) != compat.pace(strip):  # what the person did to its edges means nothing at another speed
            if compat.pace_fits(original) and original.type == strip.type:
                compat.align(strip, original)
                changed.append((strip, before))
                props.update(strip, lies=now, placed=_spot(strip))
            continue
        placed = state.get("placed", before)
        if [before, placed] == [now, mine]:
            continue
        if isinstance(before, list) and len(before) == len(now) and before != now:
            first, last, move = _follow(before, now, placed, mine)
            if move:
                compat.move(strip, mine[1] + move)
            if [first, last] != _spot(strip)[1:] and first < last:
                compat.set_edges(strip, first, last)
            if _spot(strip) != mine:
                changed.append((strip, before))
        props.update(strip, lies=now, placed=_spot(strip))
    return changed


def _follow(before: list[int], now: list[int], placed: list[int], mine: list[int]) -> tuple[int, int, int]:
    """First and last frame that the background is to have, and by how much it is to be moved before. Spots of the original and of the background, then and now."""
    moved = now[0] - before[0]
    own = mine[0] - placed[0]
    # an edge that lay on the original's and that nobody moved follows it; another stays where it is in the recording
    move = 0 if own else moved
    apart = mine[0] + move - now[0]
    edges = [
        now[at] + apart if mine[at] - own == placed[at] and placed[at] - placed[0] == before[at] - before[0] else mine[at] + move
        for at in (1, 2)
    ]
    return edges[0], edges[1], move


def _original(scene, strip, state: dict):
    """The original of a background; of copies of both, each has the one that it lies beside."""
    original = performers.find(scene, state["background"])
    if original is None or _spot(original) != _spot(strip):
        for other in apart(scene):
            if other != original and _spot(other) == _spot(strip) and performers.uid_of(other) != state["background"] and not _owned(scene, other):
                props.update(strip, background=performers.uid_of(other), lies=_spot(other), placed=_spot(strip))
                state.update(props.state(strip))
                return other
    return original


def _owned(scene, original) -> bool:
    uid = props.state(original).get("uid")
    return any(state["background"] == uid for _strip, state in _all(scene))


def apart(scene) -> Iterator:
    """The originals whose background sounds in their stead."""
    for strip in compat.all_strips(scene.sequence_editor) if scene.sequence_editor else ():
        # most strips' JSON need not be understood
        if strip.type == "SOUND" and '"apart": true' in props.raw(strip) and props.state(strip).get("was", {}).get("apart"):
            yield strip


def bereft(scene, strip, before: list[int]) -> list:
    """The pieces that were cut off a background's original, which showed `before` until then: they have none of their own. strip: the background."""
    found = []
    for piece in apart(scene):
        zero, first, last = _spot(piece)
        within = before[1] - before[0] <= first - zero and last - zero <= before[2] - before[0]
        if within and not of(scene, piece) and performers.path_of(piece) == performers.path_of(performers.find(scene, props.state(strip)["background"])):
            found.append(piece)
    return found


def originals_of(scene, strips) -> list:
    """The strips, and of backgrounds among them the originals instead."""
    found = []
    for strip in strips:
        state = props.state(strip)
        one = performers.find(scene, state["background"]) if "background" in state else strip
        if one is not None and one not in found:
            found.append(one)
    return found


def unfit(strip) -> LineProblem | None:
    """Why the strip's background cannot be kept."""
    path = performers.path_of(strip)
    if performers.packed(strip):
        return LineProblem("packed_sound", strip=strip.name)
    if not compat.pace_fits(strip):
        return LineProblem("retimed", strip=strip.name, what="its background", instead="mute or duck it")
    if not path:
        return LineProblem("missing_media", path=strip.name)
    return None


def free_channel(owner, label: str, first: int, last: int, near: int) -> int:
    """A channel of an editor or meta with the label, empty for one that nobody named, that is free from `first` to `last`.

    One that bears the label already is taken first, else the nearest empty one, which gets it. Raises LineProblem `no_channel`.
    """
    channels, spans = compat.channels(owner), {}
    for strip in compat.strips(owner):
        spans.setdefault(strip.channel, []).append((compat.start(strip), compat.end(strip)))
    free = [
        number
        for number in sorted(range(1, len(channels)), key=lambda number: (abs(number - near), -number))
        if not channels[number].lock and not any(begin < last and first < finish for begin, finish in spans.get(number, ()))
    ]
    unnamed = [number for number in free if pieces.unnamed(channels[number].name, number)]
    if not label:
        if not unnamed:
            raise LineProblem("no_channel")
        return unnamed[0]
    for number in free:
        if channels[number].name == label:
            return number
    for number in unnamed:
        if number not in spans:
            channels[number].name = label
            return number
    if not free:
        raise LineProblem("no_channel")
    return free[0]


def _all(scene):
    """Every background with what is known of it."""
    for strip in compat.all_strips(scene.sequence_editor) if scene.sequence_editor else ():
        if performers.is_background(strip):
            yield strip, props.state(strip)


def _spot(strip) -> list[int]:
    """Where the strip's content begins, and its visible edges."""
    return [round(compat.start(strip) - compat.head(strip)), compat.start(strip), compat.end(strip)]
