"""values -> bpy: a take becomes a sound strip, its original is muted or ducked, and all of it can be undone. Frames start here."""
from __future__ import annotations

import math
import re
from dataclasses import dataclass

import bpy

from ..engine.emotion import told
from ..engine.judge import suffered, verdict
from ..engine.problems import LineProblem
from ..engine.script import Check, Take
from . import compat, props, read, shelf

LAST_CHANNEL = 128


@dataclass(frozen=True)
class Placed:
    """What became of a take."""

    strip: str
    """Name of the strip."""
    warnings: tuple[str, ...] = ()


class Board:
    """Which strips are which line's and which stretches of which channels are taken: read once, kept true while placing.

    Holds strips, so it lives no longer than nobody else can touch the scene: one tick.
    """

    def __init__(self, scene_name: str, known: dict[str, dict] | None = None):
        """known: what texts of strips were read to mean before, so that a film of a thousand strips is read quickly."""
        known = {} if known is None else known
        self.scene = bpy.data.scenes.get(scene_name)
        self.editor = self.scene.sequence_editor if self.scene else None
        self.sources: dict[str, object] = {}
        self.takes: dict[str, list] = {}
        self.spans: dict[int, list] = {}
        self.base = 0
        """Highest channel of what is not ours."""
        self.outside: set[int] = set()
        """Pointers of the strips that lie in no meta."""
        ours = set()
        for strip in compat.all_strips(self.editor) if self.editor else ():
            text = strip.get(props.KEY)
            if text is None:
                continue
            state = known.get(text)
            if state is None:
                state = known[text] = props.state(strip)
            if "of" in state:
                self.takes.setdefault(state["of"], []).append(strip)
                ours.add(strip.as_pointer())
            elif "uid" in state:
                self.sources[state["uid"]] = strip
        for strip in compat.strips(self.editor) if self.editor else ():
            pointer = strip.as_pointer()
            self._occupy(strip)
            if pointer not in ours:
                self.base = max(self.base, strip.channel)

    def place(self, slot: read.Slot, take: Take) -> Placed:
        """Puts the take where its line is, in the place of an older take of the same line.

        Raises LineProblem when the line's strip is gone, its channel is locked or none is free; the take stays on disk.
        """
        source = self.sources.get(slot.uid)
        if source is None:
            raise LineProblem("strip_gone", take=take.path)
        early, late = (round(seconds / read.second(self.scene)) for seconds in (take.plan.early, take.plan.late))
        first = slot.first + compat.start(source) - slot.source_first - early
        length = frames(take, self.scene)
        old = [*self.takes.get(slot.uid, ()), *(self.takes.get(slot.also, ()) if slot.also else ())]
        replaced = props.state(old[0]).get("take", "") if old else ""
        warnings = list(take.warnings)
        if take.overflow_ms:
            warnings.append(f"The words run {take.overflow_ms:.0f} ms over the slot.")
        strip = self._renew(old[0], slot, take, first, length) if old else self._insert(slot, take, first, length)
        for spare in old[1:]:
            self._remove(spare)
        if slot.also:
            self.takes.pop(slot.also, None)
        self.takes[slot.uid] = [strip]
        _note(strip, slot, take)
        shelf.remember(source, take, replaced)
        original = self.sources.get(slot.original) if slot.original else None
        if original is not None:
            warning = quieten(self.scene, original, slot.uid, first, early + slot.last - slot.first + late, slot.locked, self.takes)
            warnings += [warning] if warning else []
        return Placed(strip.name, tuple(warnings))

    def remember(self, slot: read.Slot, take: Take):
        """Lets the line choose this take, too; what it plays stays. Raises LineProblem when the line's strip is gone."""
        source = self.sources.get(slot.uid)
        if source is None:
            raise LineProblem("strip_gone", take=take.path)
        shelf.remember(source, take)

    def channel_for(self, speaker: str, first: int, last: int) -> int:
        """A channel above the sources that carries the character's name and is free from `first` to `last`.

        A character whose channel is busy there gets another with a number behind the name. Raises LineProblem.
        """
        channels = compat.channels(self.editor)
        label = speaker or "Dub"
        role = props.role_of(self.scene, speaker)

        def free(number):
            if channels[number].lock:
                return False
            return not any(begin < last and first < finish for begin, finish, _ in self.spans.get(number, ()))

        if role is not None and role.channel:
            if channels[role.channel].lock:
                raise LineProblem("locked", channel=channels[role.channel].name)
            if free(role.channel):
                return role.channel
        above = range(self.base + 1, LAST_CHANNEL + 1)
        below = range(self.base, 0, -1)
        own = [number for number in above if _owner(channels[number].name) == label]
        for number in own:
            if free(number):
                return number
        if own and all(channels[number].lock for number in own):
            raise LineProblem("locked", channel=channels[own[0]].name)
        for number in (*above, *below):
            if not self.spans.get(number) and not channels[number].lock and read.unnamed(channels[number].name, number):
                channels[number].name = f"{label} ({len(own) + 1})" if own else label
                return number
        for number in (*above, *below):
            if free(number):
                return number
        raise LineProblem("no_channel")

    def _insert(self, slot: read.Slot, take: Take, first: int, length: int):
        channel = self.channel_for(slot.speaker, first, first + length)
        strip = self._new(f"{slot.speaker or 'Dub'}: {take.plan.text}"[:40], take, channel, first, length)
        strip.select = False
        role = props.role_of(self.scene, slot.speaker)
        if role is not None:
            strip.color_tag = role.color
        return strip

    def _renew(self, old, slot: read.Slot, take: Take, first: int, length: int):
        """The same strip with another sound, so that everything the person did to it stays; a new one if the length differs."""
        home = self.editor if old.as_pointer() in self.outside else compat.parent(self.editor, old)
        channel = compat.channels(home)[old.channel]
        if old.lock or channel.lock:
            raise LineProblem("locked", channel=channel.name)
        if compat.end(old) - compat.start(old) != length or round(compat.head(old)) != 0:
            return self._replace(old, slot, take, first, length)
        before = old.sound
        old.sound = bpy.data.sounds.load(_path(take), check_existing=True)
        if compat.start(old) != first:
            compat.move(old, first)
            if home == self.editor:
                self._vacate(old)
                self._occupy(old)
        _forget(before)
        return old

    def _replace(self, old, slot: read.Slot, take: Take, first: int, length: int):
        """A strip of another length in the old one's place: Blender never refreshes a strip's length."""
        channel = old.channel if old.as_pointer() in self.outside else 0
        kept = {key: getattr(old, key) for key in ("name", "volume", "pan", "mute", "color_tag", "select")}
        self._remove(old)
        if not channel or any(begin < first + length and first < finish for begin, finish, _ in self.spans.get(channel, ())):
            channel = self.channel_for(slot.speaker, first, first + length)
        strip = self._new(kept["name"], take, channel, first, length)
        for key, value in kept.items():
            setattr(strip, key, value)
        return strip

    def _new(self, name: str, take: Take, channel: int, first: int, length: int):
        strip = compat.strips(self.editor).new_sound(name=name, filepath=_path(take), channel=channel, frame_start=first)
        if compat.end(strip) != first + length:
            compat.set_end(strip, first + length)
        self._occupy(strip)
        return strip

    def _remove(self, strip):
        self._vacate(strip)
        before = strip.sound
        compat.strips(compat.parent(self.editor, strip)).remove(strip)
        _forget(before)

    def _occupy(self, strip):
        pointer = strip.as_pointer()
        self.outside.add(pointer)
        self.spans.setdefault(strip.channel, []).append((compat.start(strip), compat.end(strip), pointer))

    def _vacate(self, strip):
        pointer = strip.as_pointer()
        self.outside.discard(pointer)
        for channel, spans in self.spans.items():
            self.spans[channel] = [span for span in spans if span[2] != pointer]


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


def _forget(sound):
    """Removes a sound datablock of ours that nothing plays any more; its file stays."""
    if sound is not None and sound.users == 0:
        bpy.data.sounds.remove(sound)


def _note(strip, slot: read.Slot, take: Take):
    seconds = round(take.samples / take.plan.rate, 6)
    props.update(
        strip,
        of=slot.uid,
        slot=slot.owner,
        take=take.digest,
        seconds=seconds,
        natural=round(take.speech.natural, 3),
        ratio=take.speech.ratio,
        phrases=len(take.speech.phrases) if len(take.speech.phrases) > 1 else None,
        onset_ms=round(max((abs(phrase.start - phrase.planned_start) for phrase in take.speech.phrases), default=0.0) * 1000, 1) or None,
        borrowed_ms=[round(take.plan.early * 1000), round(take.plan.late * 1000)] if take.plan.early or take.plan.late else None,
        moods=[told(mood.emotion) for mood in take.plan.moods] or None,
        effect=take.plan.wish.effect or None,
        loudness=take.loudness,
        true_peak=take.true_peak,
        overflow_ms=take.overflow_ms or None,
        underrun_ms=take.underrun_ms or None,
        warnings=list(take.warnings) or None,
        check=take.check and _check(take.check),
    )


def _check(check: Check) -> dict:
    """What the judges say, as the panel shows it: `bad` where the take is damaged, or speaker or words suffered."""
    said = [*((check.lowered,) if check.lowered else ()), *verdict(check)]
    return {"mode": check.mode, "told": said, "bad": bool(check.damage or suffered(check)), "seconds": round(check.compute_seconds, 2)}


def _owner(name: str) -> str:
    """`ANNA` of `ANNA (2)`."""
    return re.sub(r" \(\d+\)$", "", name)


# Originals


def quieten(scene, strip, uid: str, first: int, length: int, locked: bool, dubbed) -> str:
    """Mutes or ducks an original while a take sounds, as the scene wishes, and notes what it was. Returns a warning.

    An original that is only this line's is muted or lowered as a whole; a longer one by keyframes around the line.
    dubbed: uids of the lines that have a take; where another line was quietened whose take is gone, it sounds again.
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
        was["keys"] = [key for key in was["keys"] if key[0] in dubbed]
        _dip(scene, strip, was, [uid, max(begin, first), min(finish, first + length), was["volume"] * factor])
    props.update(strip, was=was)
    return ""


def _dip(scene, strip, was: dict, dip: list):
    """Keyframes that hold the volume low during every line of the strip, with a ramp of one frame before and after.

    dip: uid of the line, first frame, frame after the last, volume; kept by the frame of the content, which moves along.
    """
    path = strip.path_from_id("volume")
    zero = round(compat.start(strip) - compat.head(strip))
    uid, first, last, low = dip
    was["keys"] = [*(other for other in was["keys"] if other[0] != uid), [uid, first - zero, last - zero, low]]
    for owner, curve in compat.fcurves(scene, path):
        owner.remove(curve)
    level: dict[int, float] = {}
    for _uid, begin, finish, volume in was["keys"]:
        # the mixer rounds a curve's corners over about a frame, so the low stretch is a frame longer at either end
        for frame, value in ((begin - 2, was["volume"]), (begin - 1, volume), (finish, volume), (finish + 1, was["volume"])):
            level[zero + frame] = min(value, level.get(zero + frame, value))
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
