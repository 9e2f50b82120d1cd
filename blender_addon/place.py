"""values -> bpy: a take becomes a sound strip, its original is muted or ducked, and all of it can be undone. Frames start here."""
from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

import bpy

from ..engine.emotion import told
from ..engine.judge import suffered, verdict
from ..engine.problems import LineProblem
from ..engine.script import Check, Take
from . import compat, notes, originals, performers, pieces, props, read, shelf, uids

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
        self.ends: dict[int, int] = {}
        """Channel -> a frame from which on it is free."""
        self.base = 0
        """Highest channel of what is not ours."""
        self.outside: set[int] = set()
        """Pointers of the strips that lie in no meta."""
        ours: set[int] = set()
        if not self._find(known, ours):
            uids.renew_duplicates(self.scene)  # copied a moment ago: which of the two the take belongs to must be sure
            self._find(known, ours)
        for strip in compat.strips(self.editor) if self.editor else ():
            pointer = strip.as_pointer()
            self._occupy(strip)
            if pointer not in ours:
                self.base = max(self.base, strip.channel)

    def _find(self, known: dict[str, dict], ours: set[int]) -> bool:
        """Finds the lines' strips and those of their takes, of which `ours` gets the pointers; whether every line has its own uid."""
        self.sources.clear()
        self.takes.clear()
        alone = True
        for strip in compat.all_strips(self.editor) if self.editor else ():
            text = props.raw(strip)
            if not text:
                continue
            state = known.get(text)
            if state is None:
                state = known[text] = props.peek(strip)
            if "of" in state:
                self.takes.setdefault(state["of"], []).append(strip)
                ours.add(strip.as_pointer())
            elif "background" in state:
                ours.add(strip.as_pointer())
            elif "uid" in state:
                alone &= state["uid"] not in self.sources
                self.sources[state["uid"]] = strip
        return alone

    def place(self, slot: read.Slot, take: Take) -> Placed:
        """Puts the take where its line is, in the place of an older take of the same line.

        Raises LineProblem when the line's strip is gone or locked, its channel is locked or none is free; the take stays on disk.
        """
        source = self._source(slot, slot.uid)
        if source is None:
            raise LineProblem("strip_gone", take=take.path)
        if props.locked(source):
            raise LineProblem("line_locked", take=take.path)
        early, late = (round(seconds / pieces.second(self.scene)) for seconds in (take.plan.early, take.plan.late))
        owner = self._source(slot, slot.owner) or source
        first = slot.first + compat.start(owner) - slot.owner_first - early
        length = frames(take, self.scene)
        old = notes.parts(self.takes.get(slot.uid, ()))
        spare = self.takes.get(slot.also, ()) if slot.also else ()
        replaced = props.peek(old[0]).get("take", "") if old else ""
        warnings = list(take.warnings)
        if take.overflow_ms:
            warnings.append(f"The words run {take.overflow_ms:.0f} ms over the slot.")
        for strip in (*old, *spare):
            self._refuse_locked(strip)
        if old:
            strips = self._renew(old, owner, slot, take, first, length)
        else:
            strips = [self._insert(slot, take, first, length)]
        for strip in strips:
            _note(strip, source, owner, slot, take)
        for strip in spare:
            self._remove(strip)
        self.takes.pop(slot.also, None)
        self.takes[slot.uid] = strips
        shelf.remember(source, take, slot.look, replaced)
        original = self._source(slot, slot.original)
        if original is not None:
            warning = originals.quieten(self.scene, original, slot.uid, first, early + slot.last - slot.first + late, slot.locked, self.takes)
            warnings += [warning] if warning else []
        return Placed(strips[0].name, tuple(warnings))

    def remember(self, slot: read.Slot, take: Take):
        """Lets the line choose this take, too; what it plays stays. Raises LineProblem when the line's strip is gone."""
        source = self._source(slot, slot.uid)
        if source is None:
            raise LineProblem("strip_gone", take=take.path)
        shelf.remember(source, take, slot.look)

    def _source(self, slot: read.Slot, uid: str):
        """The strip of that uid, or None. One whose uid was undone gets it again."""
        if uid not in self.sources and uid in slot.known:
            name, content = slot.known[uid]
            strip = compat.all_strips(self.editor).get(name) if self.editor else None
            if strip is not None and strip.type in ("TEXT", "SOUND", "MOVIE") and not {"uid", "of"} & props.peek(strip).keys() and performers.content(strip) == content:
                props.update(strip, uid=uid)
                self.sources[uid] = strip
        return self.sources.get(uid)

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
            if first >= self.ends.get(number, first):  # lines come in their order, mostly behind all that is there
                return True
            return not any(begin < last and first < finish for begin, finish, _ in self.spans.get(number, ()))

        if role is not None and role.channel:
            if channels[role.channel].lock:
                raise LineProblem("locked", channel=channels[role.channel].name)
            if free(role.channel):
                return role.channel
        above = range(self.base + 1, LAST_CHANNEL + 1)
        below = range(self.base, 0, -1)
        own = [number for number in (*above, *below) if _owner(channels[number].name) == label and (number > self.base or self._dubbed(number))]
        for number in own:
            if free(number):
                return number
        if own and all(channels[number].lock for number in own):
            raise LineProblem("locked", channel=channels[own[0]].name)
        for number in (*above, *below):
            if not self.spans.get(number) and not channels[number].lock and pieces.unnamed(channels[number].name, number):
                channels[number].name = f"{label} ({len(own) + 1})" if own else label
                return number
        for number in (*above, *below):
            if free(number):
                return number
        raise LineProblem("no_channel")

    def _dubbed(self, channel: int) -> bool:
        """Whether a take lies on the channel, in no meta."""
        return any(strip.channel == channel and strip.as_pointer() in self.outside for strips in self.takes.values() for strip in strips)

    def _insert(self, slot: read.Slot, take: Take, first: int, length: int):
        channel = self.channel_for(slot.speaker, first, first + length)
        strip = self._new(f"{slot.speaker or 'Dub'}: {take.plan.text}"[:40], take, channel, first, length)
        strip.select = False
        self._colour(strip, slot)
        return strip

    def _colour(self, strip, slot: read.Slot):
        """Gives the strip its character's colour; one that has a colour keeps it."""
        role = props.role_of(self.scene, slot.speaker)
        if role is not None and role.color and strip.color_tag == "NONE":
            strip.color_tag = role.color

    def _refuse_locked(self, strip):
        """Raises LineProblem."""
        home = self.editor if strip.as_pointer() in self.outside else compat.parent(self.editor, strip)
        channel = compat.channels(home)[strip.channel]
        if strip.lock or channel.lock:
            raise LineProblem("locked", channel=channel.name)

    def _renew(self, old: list, owner, slot: read.Slot, take: Take, first: int, length: int) -> list:
        """The same strips with another sound, so that everything the person did to them stays: cuts, fades, a place of their own."""
        lengths = [notes.length(strip, pieces.second(self.scene)) for strip in old]
        drifts = [notes.drift(props.peek(strip), notes.spot(owner, strip), was) for strip, was in zip(old, lengths, strict=True)]
        windows = notes.windows([drift.trim for drift in drifts], lengths, length)
        own = {strip.as_pointer() for strip in old}
        channels = [self._channel_of(strip, slot.speaker, first + drift.nudge, window, own) for strip, drift, window in zip(old, drifts, windows, strict=True)]
        sound = bpy.data.sounds.load(_path(take), check_existing=True)
        before = {strip.sound.name for strip in old if strip.sound is not None}
        if any(map(performers.packed, old)):  # the film goes about alone
            sound.pack()
        kept = []
        for strip, drift, window, channel in zip(old, drifts, windows, channels, strict=True):
            if window is None:
                self._remove(strip)
            else:
                strip.sound = sound
                self._colour(strip, slot)
                self._lay(strip, first + drift.nudge, length, *window)
                strip.channel = channel
                if strip.as_pointer() in self.outside:
                    self._vacate(strip)
                    self._occupy(strip)
                props.update(strip, nudge=drift.nudge or None, trim=[window[0], length - window[1]] if window != (0, length) else None)
                kept.append(strip)
        for name in before:
            _forget(bpy.data.sounds.get(name))
        return kept

    def _channel_of(self, strip, speaker: str, zero: int, window, own: set[int]) -> int:
        """The strip's own channel, or another where it would lie over somebody else's strip. Raises LineProblem."""
        if window is None or strip.as_pointer() not in self.outside:
            return strip.channel
        begin, end = zero + window[0], zero + window[1]
        others = (span for span in self.spans.get(strip.channel, ()) if span[2] not in own)
        return self.channel_for(speaker, begin, end) if any(first < end and begin < last for first, last, _ in others) else strip.channel

    def _lay(self, strip, zero: int, length: int, head: int, end: int):
        """Moves a strip whose sound was exchanged. zero: where its content begins; head, end: what is seen of it, from there."""
        middle, last = (compat.start(strip) + compat.end(strip)) / 2, compat.end(strip)
        if compat.content(strip) != length:
            compat.relength(strip)
        moved = zero - notes.zero(strip)
        compat.move(strip, compat.start(strip) + moved)
        if not compat.speed(strip):  # a speed that the person gave it has edges of its own
            compat.set_edges(strip, zero + head, zero + end)
        # a fade at the end stays at the end
        compat.shift_keys(self.scene, strip, middle + moved, compat.end(strip) - last - moved)

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
        begin, end = compat.start(strip), compat.end(strip)
        self.spans.setdefault(strip.channel, []).append((begin, end, pointer))
        self.ends[strip.channel] = max(end, self.ends.get(strip.channel, end))

    def _vacate(self, strip):
        pointer = strip.as_pointer()
        self.outside.discard(pointer)
        for channel, spans in self.spans.items():
            self.spans[channel] = [span for span in spans if span[2] != pointer]


def frames(take: Take, scene) -> int:
    """Frames that Blender gives a strip of this take: its length rounded half up, at least one."""
    return max(1, math.floor(take.samples / take.plan.rate / pieces.second(scene) + 0.5))


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


def _note(strip, source, owner, slot: read.Slot, take: Take):
    seconds = round(take.samples / take.plan.rate, 6)
    props.update(
        strip,
        of=slot.uid,
        slot=slot.owner,
        original=slot.heard or None,
        made=slot.look or None,
        at=notes.spot(owner, strip),
        line=compat.start(source) if source != owner else None,
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


@lru_cache(maxsize=1024)  # asked of every channel for every take
def _owner(name: str) -> str:
    """`ANNA` of `ANNA (2)`, and of `ANNA.001`, as Blender makes of a name that another channel has."""
    return re.sub(r"( \(\d+\)|\.\d{3,})+$", "", name)
