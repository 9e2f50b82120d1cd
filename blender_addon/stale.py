"""What a line looked like when its take was made, and so which lines have changed since. Compares what is written down; searches nothing.

A take's strip keeps under `made` what `Sight.look` saw when its line was read: a short text for each of the parts in TOLD. The
seed is none of them, since another reading is not another line. A part that a take does not name has not changed.
"""
from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from ..engine import models
from ..engine.plan import SOUND
from ..engine.problems import LineProblem
from ..engine.script import Voice, Wish
from ..engine.voices.library import Library
from ..engine.voices.stock import MODEL
from . import compat, engines, performers, prefs, props, words
from .pieces import second, unnamed
from .scripted import Scripted

TOLD = {
    "text": "its text changed",
    "length": "its length changed",
    "voice": "its voice changed",
    "emotion": "its emotion changed",
    "settings": "its settings changed",
    "original": "its original changed, or lies elsewhere under it",
    "sound": "Dubline speaks differently by now",
    "model": "the voice's model is another by now",
}
"""Part of a look -> what is said when it is another now."""

OF_EMOTION = ("feelings", "intensity", "performance")
"""Fields of a wish that are the part `emotion`; all others but the seed are `settings`."""

MOST_KNOWN = 50000
"""Texts that are remembered: of ten films of a thousand lines."""


class Meant:
    """What the JSON on a strip says, as far as a line's look goes."""

    __slots__ = ("as_cast", "at", "emotion", "free", "hears", "made", "matches", "of", "original", "performers", "settings", "slot", "state", "uid")

    def __init__(self, state: dict):
        self.state = state
        self.uid, self.of, self.made = state.get("uid"), state.get("of"), state.get("made")
        if self.of is not None:
            self.slot, self.original, self.at = state.get("slot"), state.get("original"), state.get("at")
            return
        wish = state.get("wish")
        wish = wish if isinstance(wish, dict) else {}
        self.free = wish.get("mode", Wish.mode) == "free"
        self.matches = bool(wish.get("match", Wish.match))
        follows = wish.get("sync", Wish.sync) and not self.free and not wish.get("ratio") and not wish.get("tokens")
        self.hears = bool(follows) or self.matches
        others = sorted(wish.keys() - {*OF_EMOTION, "seed"})
        self.settings = _short(*(f"{key} {wish[key]}" for key in others)) if others else ""
        values = [wish[key] for key in OF_EMOTION if key in wish]
        self.emotion = _short(json.dumps(values, sort_keys=True)) if values else ""
        feelings = wish.get("feelings")
        feelings = [feeling for feeling in feelings if isinstance(feeling, dict)] if isinstance(feelings, list) else []
        path = state["emotion"].get("path") if isinstance(state.get("emotion"), dict) else None
        self.as_cast = not feelings and path in (None, "CAST")
        recordings = [feeling[key] for feeling in feelings for key in ("recording", "plain") if isinstance(feeling.get(key), dict)]
        self.performers = tuple(recording.get("path", "") for recording in recordings)


@dataclass
class Memory:
    """What a later look need not find out again: it would find the same."""

    meant: dict[str, Meant] = field(default_factory=dict)
    """By a strip's JSON."""
    looks: dict[tuple, dict[str, str]] = field(default_factory=dict)
    """By what was seen."""
    holds: tuple = ()
    """The scene's cast, script and clock, under which these looks hold."""


class Sight:
    """A scene looked at once. Holds strips, so it lives no longer than nobody else can touch the scene."""

    def __init__(self, scene, memory: Memory | None = None):
        self.scene = scene
        self.memory = memory or Memory()
        if len(self.memory.meant) + len(self.memory.looks) > MOST_KNOWN:
            self.memory.meant.clear()
            self.memory.looks.clear()
        self.strips: dict[str, tuple] = {}
        """Uid -> (strip, what is meant by its JSON, its first frame and the one after its last, where its content begins) of a line or an original."""
        self.takes: dict[str, list] = {}
        """Uid -> the same of the strips that play its takes."""
        self.unread: list = []
        """Text strips that nobody gave a uid yet."""
        self.twins = False
        """Whether strips share a uid."""
        self._hidden: dict[int, tuple] = {}
        metas = []
        known, strips, takes = self.memory.meant, self.strips, self.takes
        every = compat.all_strips(scene.sequence_editor)
        for strip, first, last, zero in zip(every, *compat.edges(every), strict=True):
            text = props.raw(strip)
            if not text:
                kind = strip.type
                if kind == "TEXT":
                    self.unread.append(strip)
                elif kind == "META":
                    metas.append(strip)
                continue
            meant = known.get(text)
            if meant is None:
                meant = known[text] = Meant(props.peek(strip))
            if meant.of is not None:
                takes.setdefault(meant.of, []).append((strip, meant, first, last, zero))
            elif meant.uid in strips:
                self.twins = True
            elif meant.uid is not None:
                strips[meant.uid] = (strip, meant, first, last, zero)
        if metas:
            self._enter(scene.sequence_editor, -(2**31), 2**31)
        self._channels: dict[int, str] = {}
        self._roles = [role.name for role in scene.dubline.roles]
        self._library = Library(prefs.models(bpy.context))
        self._voices: dict[str, tuple[str, str, str]] = {}
        for role in scene.dubline.roles:
            temper = props.temper(role)
            self._voices.setdefault(role.name.strip().casefold(), (*self._voice(role.voice, role.prosody, role.language, role.engine), _short(temper) if temper else ""))
        self._default = (*self._voice(scene.dubline.default_voice, "", ""), "")
        self._second, self._rate = f"{second(scene):.6f}", f"{scene.render.ffmpeg.audio_mixrate}"
        self._markers = sorted((marker.frame, marker.name.strip()) for marker in scene.timeline_markers if marker.camera is None)
        self._animated = compat.animated(scene)
        self._script = Scripted(scene)
        script = scene.dubline.script.as_string() if scene.dubline.script is not None and self._markers else ""
        holds = (self._second, self._rate, script, *self._roles, *self._voices.items(), self._default)
        if self.memory.holds != holds:
            self.memory.looks.clear()
            self.memory.holds = holds

    def look(self, uid: str, owner: str, original: str) -> dict[str, str]:
        """The parts of a line. owner: uid of the strip whose edges its slot has; original: of the one that it dubs, if it is there."""
        own = self.strips[uid]
        strip, meant, *_edges = own
        first, last = self.span(self.strips.get(owner, own))
        dubbed = self.strips.get(original)
        if strip.type == "TEXT":
            written = words.text_of(strip) if "text" in meant.state else strip.text
            signs = self._signs(first, last, words.SIGN) if self._markers else ()
        else:
            signs, written = self._signs(first, last, ""), ""
        channel = "" if "speaker" in meant.state else self._channel(strip) or (self._channel(dubbed[0]) if dubbed else "")
        heard = self._heard(dubbed) if dubbed and (meant.hears or meant.performers) else ()
        performed = tuple(self._performer(path) for path in meant.performers) if meant.performers else ()
        seen = (meant, written, signs, first, last, channel, heard, performed)
        found = self.memory.looks.get(seen)
        if found is None:
            found = self.memory.looks[seen] = self._parts(*seen)
        return found

    def _parts(self, meant: Meant, written: str, signs, first: int, last: int, channel: str, heard, performed) -> dict[str, str]:
        state = meant.state
        if written:
            name, said = words.spoken_of(state, written, self._roles)
        else:
            names = [name for _frame, name in signs if not name.startswith(words.SIGN)]
            name, said = self._script.speaker(names), " ".join(map(self._script.said, names))
            if name is None:
                name, said = words.split_name(said, self._roles)
        speaker = state.get("speaker") or name or channel
        voice, model, temper = self._voices.get(speaker.strip().casefold() or None, self._default)
        if own := engines.family(state.get("engine", "")):
            voice, model = f"{own}:{voice.partition(':')[2]}", own
        own = _stretch(heard, first, last) if heard else ""
        return {
            "text": _short(said.strip(), *((frame - first, name) for frame, name in signs)),
            "length": f"{'free' if meant.free else last - first} {self._second}",
            "voice": f"{voice} {state['language']}" if "language" in state else voice,
            "emotion": " ".join([meant.emotion, temper if meant.as_cast else "", *(own if who == performers.ORIGINAL else who if isinstance(who, str) else _stretch(who, who[2], who[3]) for who in performed)]),
            "settings": f"{self._rate} {meant.settings}",
            "original": f"{own} {heard[-1] if meant.matches else ''}" if heard and meant.hears else "",
            "sound": SOUND,
            "model": model,
        }

    def reasons(self) -> dict[str, tuple[str, ...]]:
        """Uid of every line with a take -> what of it changed since, in plain words; () when nothing did."""
        found = {}
        for uid, takes in self.takes.items():
            if uid not in self.strips:
                continue
            take = takes[0][1]
            made = take.made
            if not isinstance(made, dict):  # of a time before this was kept
                found[uid] = ()
                continue
            now = self.look(uid, take.slot, take.original)
            found[uid] = () if made == now else tuple(told for part, told in TOLD.items() if made.get(part, now[part]) != now[part])
        return found

    def missing(self) -> list[str]:
        """Names of the text strips that have words and no take."""
        alone = [strip for uid, (strip, *_rest) in self.strips.items() if strip.type == "TEXT" and uid not in self.takes]
        return [strip.name for strip in (*alone, *self.unread) if strip.text.strip()]

    def span(self, entry: tuple) -> tuple[int, int]:
        """First visible frame and the one after the last; the metas' handles cut it."""
        _strip, _meant, first, last, _zero = entry
        if self._hidden:
            least, most, _channels = self._hidden.get(entry[0].as_pointer(), (first, last, None))
            return max(first, least), min(last, most)
        return first, last

    def _enter(self, owner, first: int, last: int):
        for meta in compat.strips(owner):
            if meta.type == "META":
                least, most = max(first, compat.start(meta)), min(last, compat.end(meta))
                channels = compat.channels(meta)
                self._hidden.update((strip.as_pointer(), (least, most, channels)) for strip in compat.strips(meta))
                self._enter(meta, least, most)

    def _channel(self, strip) -> str:
        """Name of the strip's channel, empty when nobody named it."""
        number = strip.channel
        if self._hidden and strip.as_pointer() in self._hidden:
            name = self._hidden[strip.as_pointer()][2][number].name
            return "" if unnamed(name, number) else name
        if number not in self._channels:
            name = compat.channels(self.scene.sequence_editor)[number].name
            self._channels[number] = "" if unnamed(name, number) else name
        return self._channels[number]

    def _signs(self, first: int, last: int, sign: str) -> tuple[tuple[int, str], ...]:
        """Frame and name of the markers inside whose name begins so."""
        begin, end = bisect_left(self._markers, (first,)), bisect_left(self._markers, (last,))
        return tuple(mark for mark in self._markers[begin:end] if mark[1].startswith(sign) and mark[1])

    def _voice(self, timbre: str, prosody: str, language: str, engine: str = engines.OWN) -> tuple[str, str]:
        """Name of the voice, and of what speaks it."""
        if not timbre:
            return "", ""
        voice = props.voice(timbre, prosody, engine)
        return f"{voice.family}:{voice.timbre}/{voice.prosody or voice.timbre} {language}".strip(), self._model(voice)

    def _model(self, voice: Voice) -> str:
        if voice.family != "kokoro":
            return voice.family
        names = {voice.timbre, voice.prosody or voice.timbre}
        files = models.catalogue()[MODEL].files
        stock = {Path(file.name).stem for file in files if file.name.startswith("voices/")}
        hashes = [file.sha256 for file in files if Path(file.name).stem in names or not file.name.startswith("voices/")]
        return " ".join([f"{MODEL} {_short(*hashes)}", *(self._person(name) for name in sorted(names - stock))])

    def _person(self, name: str) -> str:
        try:
            return self._library.find(name).id
        except LineProblem:
            return f"{name}-?"

    def _performer(self, path: str):
        """What would be heard of a performer whom a wish names; the name again where it is no strip of the scene."""
        performer = self.strips.get(path.removeprefix(performers.STRIP)) if path.startswith(performers.STRIP) else None
        return self._heard(performer) if performer else path

    def _heard(self, entry: tuple) -> tuple:
        """File, frame where it begins, the visible edges, what was done to the speed, and the volume."""
        strip, meant = entry[0], entry[1]
        sound = strip.type == "SOUND"
        media = strip.sound if sound else strip
        volume = self._volume(strip, meant.state.get("was")) if sound else 1.0
        return media.filepath if media is not None else "", entry[4], *self.span(entry), *compat.speed(strip), volume

    def _volume(self, strip, was):
        if isinstance(was, dict):
            return round(was.get("volume", 1.0), 4)
        # while it is animated its value is that of the frame that is shown
        return "animated" if self._animated and strip.path_from_id("volume") in self._animated else round(strip.volume, 4)


def reasons(scene, memory: Memory | None = None) -> dict[str, tuple[str, ...]]:
    """Uid of every line of the scene with a take -> what of it changed since, in plain words; () when nothing did.

    A line that is not in it was not dubbed yet.
    """
    return Sight(scene, memory).reasons() if scene.sequence_editor else {}


def _stretch(heard: tuple, first: int, last: int) -> str:
    """Which stretch of which file lies between the two frames, and where."""
    path, zero, own_first, own_last, *speed, _volume = heard
    begin = max(first, own_first)
    name = path.replace("\\", "/").rpartition("/")[2]
    return _short(name, round(begin - zero, 2), begin - first, min(last, own_last) - begin, *speed)


def _short(*values) -> str:
    return hashlib.blake2b("\0".join(map(str, values)).encode(), digest_size=5).hexdigest()
