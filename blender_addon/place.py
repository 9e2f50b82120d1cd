"""values -> bpy: a take becomes a sound strip, its original is muted or ducked, and all of it can be undone. Frames start here."""
from __future__ import annotations

import math
import re
from dataclasses import dataclass

import bpy

from ..engine.problems import LineProblem
from ..engine.script import Take
from . import compat, props, read

LAST_CHANNEL = 128


@dataclass(frozen=True)
class Placed:
    """What became of a take."""

    strip: str
    """Name of the strip."""
    warnings: tuple[str, ...] = ()


def place(slot: read.Slot, take: Take) -> Placed:
    """Puts the take where its line is, in the place of an older take of the same line.

    Raises LineProblem when the line's strip is gone, its channel is locked or no channel is free; the take stays on disk.
    """
    scene = bpy.data.scenes.get(slot.scene)
    if scene is None or scene.sequence_editor is None:
        raise LineProblem("strip_gone", take=take.path)
    editor = scene.sequence_editor
    known = {strip: props.state(strip) for strip in compat.all_strips(editor)}
    source = next((s for s, state in known.items() if state.get("uid") == slot.uid and "of" not in state), None)
    if source is None:
        raise LineProblem("strip_gone", take=take.path)
    first = slot.first + compat.start(source) - slot.source_first
    length = frames(take, scene)
    old = [strip for strip, state in known.items() if state.get("of") in {slot.uid, slot.also or slot.uid}]
    warnings = list(take.warnings)
    if take.overflow_ms:
        warnings.append(f"The words run {take.overflow_ms:.0f} ms over the slot.")
    strip = _renew(editor, old[0], take, first, length) if old else None
    if strip is None:
        strip = _insert(scene, slot, take, first, length)
    for spare in old[1:]:
        compat.strips(editor).remove(spare)
    _note(strip, slot, take)
    original = next((s for s, state in known.items() if slot.original and state.get("uid") == slot.original), None)
    if original is not None:
        warning = quieten(scene, original, slot.uid, first, slot.last - slot.first, slot.locked)
        warnings += [warning] if warning else []
    return Placed(strip.name, tuple(warnings))


def frames(take: Take, scene) -> int:
    """Frames that Blender gives a strip of this take: its length rounded half up, at least one."""
    return max(1, math.floor(take.samples / take.plan.rate / read.second(scene) + 0.5))


def _path(take: Take) -> str:
    """Relative to a saved .blend, so that the folder can move as a whole."""
    if not bpy.data.filepath:
        return take.path
    try:
        return bpy.path.relpath(take.path)
    except ValueError:  # another drive
        return take.path


def _insert(scene, slot: read.Slot, take: Take, first: int, length: int):
    channel = channel_for(scene, slot.speaker, first, first + length)
    name = f"{slot.speaker or 'Dub'}: {take.plan.text}"[:40]
    strip = compat.strips(scene.sequence_editor).new_sound(name=name, filepath=_path(take), channel=channel, frame_start=first)
    strip.select = False
    role = props.role_of(scene, slot.speaker)
    if role is not None:
        strip.color_tag = role.color
    return _sized(strip, first, length)


def _renew(editor, strip, take: Take, first: int, length: int):
    """The same strip with another sound, so that everything the person did to it stays; None when it must be made anew."""
    channel = compat.channels(editor)[strip.channel]
    if strip.lock or channel.lock:
        raise LineProblem("locked", channel=channel.name)
    if compat.end(strip) - compat.start(strip) != length or round(compat.head(strip)) != 0:
        return _replace(editor, strip, take, first, length)
    before = strip.sound
    strip.sound = bpy.data.sounds.load(_path(take), check_existing=True)
    if compat.start(strip) != first:
        compat.move(strip, first)
    _forget(before)
    return strip


def _replace(editor, old, take: Take, first: int, length: int):
    """A strip of another length in the old one's place: Blender never refreshes a strip's length."""
    channel = old.channel
    span = (first, first + length)
    if any(strip != old and strip.channel == channel and _meets(strip, *span) for strip in compat.strips(editor)):
        channel = channel_for(editor.id_data, _owner(compat.channels(editor)[channel].name), *span, without=old)
    kept = {key: getattr(old, key) for key in ("name", "volume", "pan", "mute", "color_tag", "select")}
    before = old.sound
    compat.strips(editor).remove(old)
    _forget(before)
    strip = compat.strips(editor).new_sound(name=kept["name"], filepath=_path(take), channel=channel, frame_start=first)
    for key, value in kept.items():
        setattr(strip, key, value)
    return _sized(strip, first, length)


def _sized(strip, first: int, length: int):
    if compat.end(strip) != first + length:
        compat.set_end(strip, first + length)
    return strip


def _forget(sound):
    """Removes a sound datablock of ours that nothing plays any more; its file stays."""
    if sound is not None and sound.users == 0:
        bpy.data.sounds.remove(sound)


def _note(strip, slot: read.Slot, take: Take):
    seconds = round(take.samples / take.plan.rate, 6)
    props.update(
        strip,
        of=slot.uid,
        take=take.digest,
        seconds=seconds,
        ratio=take.speech.ratio,
        overflow_ms=take.overflow_ms or None,
        underrun_ms=take.underrun_ms or None,
        warnings=list(take.warnings) or None,
    )


# Channels


def channel_for(scene, speaker: str, first: int, last: int, without=None) -> int:
    """A channel above the sources that carries the character's name and is free from `first` to `last`.

    A character whose channel is busy there gets another with a number behind the name. Raises LineProblem.
    """
    editor = scene.sequence_editor
    everywhere: dict[int, list] = {}
    base = 0
    for strip in compat.strips(editor):
        everywhere.setdefault(strip.channel, []).append(strip)
        if "of" not in props.state(strip):
            base = max(base, strip.channel)
    label = speaker or "Dub"
    role = props.role_of(scene, speaker)

    def free(number):
        busy = any(strip != without and _meets(strip, first, last) for strip in everywhere.get(number, ()))
        return not busy and not compat.channels(editor)[number].lock

    if role is not None and role.channel:
        if compat.channels(editor)[role.channel].lock:
            raise LineProblem("locked", channel=compat.channels(editor)[role.channel].name)
        if free(role.channel):
            return role.channel
    above = [*range(base + 1, LAST_CHANNEL + 1), *range(base, 0, -1)]
    own = [n for n in above if n > base and _owner(compat.channels(editor)[n].name) == label]
    for number in own:
        if free(number):
            return number
    if own and all(compat.channels(editor)[number].lock for number in own):
        raise LineProblem("locked", channel=compat.channels(editor)[own[0]].name)
    for number in above:
        channel = compat.channels(editor)[number]
        if number not in everywhere and not channel.lock and re.fullmatch(rf"\S+ {number}", channel.name):
            channel.name = f"{label} ({len(own) + 1})" if own else label
            return number
    for number in above:
        if free(number):
            return number
    raise LineProblem("no_channel")


def _owner(name: str) -> str:
    """`ANNA` of `ANNA (2)`."""
    return re.sub(r" \(\d+\)$", "", name)


def _meets(strip, first: int, last: int) -> bool:
    return compat.start(strip) < last and first < compat.end(strip)


# Originals


def quieten(scene, strip, uid: str, first: int, length: int, locked: bool) -> str:
    """Mutes or ducks an original while a take sounds, as the scene wishes, and notes what it was. Returns a warning.

    An original that is only this line's is muted or lowered as a whole; a longer one by keyframes around the line.
    """
    wanted = scene.dubline.original
    if wanted == "KEEP":
        return ""
    if locked:
        return f"{strip.name} is locked: the original still sounds."
    known = props.state(strip)
    was = known.get("was") or {"mute": strip.mute, "volume": strip.volume, "keys": []}
    factor = 0.0 if wanted == "MUTE" else 10 ** (scene.dubline.duck / 20)
    begin, finish = compat.start(strip), compat.end(strip)
    shared = min(finish, first + length) - max(begin, first)
    if 2 * shared > finish - begin and not was["keys"]:
        if wanted == "MUTE":
            strip.mute, strip.volume = True, was["volume"]
        else:
            strip.mute, strip.volume = was["mute"], was["volume"] * factor
    elif _animated(scene, strip) and not was["keys"]:
        return f"The volume of {strip.name} is animated: the original is left alone."
    else:
        _dip(scene, strip, was, [uid, max(begin, first), min(finish, first + length), was["volume"] * factor])
    props.update(strip, was=was)
    return ""


def _dip(scene, strip, was: dict, dip: list):
    """Keyframes that hold the volume low during every line of the strip, with a ramp of one frame before and after.

    dip: uid of the line, first frame, frame after the last, volume.
    """
    path = strip.path_from_id("volume")
    was["keys"] = [*(other for other in was["keys"] if other[0] != dip[0]), dip]
    for owner, curve in compat.fcurves(scene, path):
        owner.remove(curve)
    level: dict[int, float] = {}
    for _uid, begin, finish, volume in was["keys"]:
        # the mixer rounds a curve's corners over about a frame, so the low stretch is a frame longer at either end
        for frame, value in ((begin - 2, was["volume"]), (begin - 1, volume), (finish, volume), (finish + 1, was["volume"])):
            level[frame] = min(value, level.get(frame, value))
    for frame, value in sorted(level.items()):
        strip.volume = value
        strip.keyframe_insert("volume", frame=frame)
    for _owner_of, curve in compat.fcurves(scene, path):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
    strip.volume = was["volume"]


def _animated(scene, strip) -> bool:
    return bool(compat.fcurves(scene, strip.path_from_id("volume")))


def restore(scene, strips) -> int:
    """Gives the originals among the strips their own mute and volume again; how many there were."""
    count = 0
    for strip in strips:
        was = props.state(strip).get("was")
        if was is None:
            continue
        if was["keys"]:
            for owner, curve in compat.fcurves(scene, strip.path_from_id("volume")):
                owner.remove(curve)
        strip.mute, strip.volume = was["mute"], was["volume"]
        props.update(strip, was=None)
        count += 1
    return count
