"""bpy -> values: which strips are lines, what they say, who says it and in which slot. Frames end here.

How strips become lines
- A text strip is a line. So is a sound or movie strip that markers inside it give words to.
- The original of a text strip is the sound strip (else the movie strip) that covers more than half of it; of several
  the one that agrees best with it in time. Strips on channels called Music, Effects and the like are no originals.
- When each covers more than half of the other, the two are one line: its slot is the sound strip's if the sound strip
  is selected (dubbing all counts as that), else the text strip's. So a line is never made twice.
- A longer recording with several text strips over it is several lines, each in its text strip's slot.
- A strip that plays a take stands for the line it was made for. Muting does not matter; a hidden part of a meta does.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy

from ..engine.problems import LineProblem
from ..engine.script import Job, Line, Recording
from . import compat, props

NOT_DIALOGUE = {"music", "effects", "fx", "sfx", "ambience", "atmo", "m&e"}
"""Channel names whose strips are never taken for original dialogue."""

NAME = re.compile(r"\s*(?P<name>[^:：\n]{1,40}?)\s*(?P<colon>[:：])(?P<rest>\s*\S.*)", re.DOTALL)


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
        return props.state(self.strip)["uid"]

    @property
    def frames(self) -> int:
        return self.last - self.first

    def shared(self, other: Piece) -> int:
        """Frames that both cover."""
        return max(0, min(self.last, other.last) - max(self.first, other.first))


@dataclass(frozen=True)
class Slot:
    """Where a line's take goes, for `place`."""

    scene: str
    uid: str
    source_first: int
    """Visible start of the line's own strip when it was read: if it moves meanwhile, the take moves with it."""
    first: int
    last: int
    speaker: str
    original: str = ""
    """Uid of the sound strip that is dubbed; empty when there is none."""
    also: str = ""
    """Uid of a strip that is the same line: its take is replaced too."""
    owner: str = ""
    """Uid of the strip whose edges the slot has, the line's own or its original's."""
    locked: bool = False


@dataclass(frozen=True)
class Reading:
    """What the scene says when it is read once."""

    job: Job
    slots: dict[str, Slot]
    problems: dict[str, LineProblem] = field(default_factory=dict)
    """Uid -> why the line is not in the job."""
    warnings: dict[str, list[str]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    """Uid -> the strip's name."""


def read(scene, everything: bool = False, takes: str = "", redo: bool = False, active: bool = False) -> Reading:
    """The lines of the selected strips, of all, or of the active one as one job. Gives strips their uids.

    redo: count the lines' seeds up, and leave them in the slots that their takes have.
    """
    if scene.sequence_editor is None:
        return Reading(Job(()), {})
    renew_duplicates(scene)
    pieces = list(_pieces(scene.sequence_editor))
    if active:
        one = compat.active(scene)
        pieces = [replace(piece, selected=piece.strip == one) for piece in pieces]
    lines = [piece for piece in pieces if "of" not in props.state(piece.strip)]
    played = [(piece, props.state(piece.strip)) for piece in pieces if "of" in props.state(piece.strip)]
    wanted = {state["of"] for piece, state in played if piece.selected}
    kept = {state["of"]: state.get("slot", "") for piece, state in played if piece.selected or redo}
    reader = _Reader(scene, lines, everything, wanted, kept, redo)
    reader.go()
    render = scene.render
    job = Job(
        tuple(reader.found),
        props.cast(scene),
        takes=takes,
        rate=render.ffmpeg.audio_mixrate,
        channels=2,
        quantum=second(scene),
    )
    return Reading(job, reader.slots, reader.problems, reader.warnings, reader.labels)


def second(scene) -> float:
    """Seconds of one frame."""
    return scene.render.fps_base / scene.render.fps


class _Reader:
    def __init__(self, scene, pieces: list[Piece], everything: bool, wanted: set[str], kept: dict[str, str], redo: bool):
        """wanted: uids of the lines whose takes are selected; kept: uid -> uid of the strip that gave its take the slot."""
        self.scene = scene
        self.kept = kept
        self.redo = redo
        for piece in pieces:
            if piece.strip.type in ("TEXT", "SOUND", "MOVIE") and "uid" not in props.state(piece.strip):
                props.update(piece.strip, uid=props.new_uid())

        def mark(piece):
            return replace(piece, selected=everything or piece.selected or piece.uid in wanted)

        self.texts = [mark(p) for p in pieces if p.strip.type == "TEXT"]
        dialogue = [p for p in pieces if p.channel.strip().casefold() not in NOT_DIALOGUE]
        self.sounds = [mark(p) for p in dialogue if p.strip.type == "SOUND"]
        self.movies = [mark(p) for p in dialogue if p.strip.type == "MOVIE"]
        self.explicit = not everything
        self.found: list[Line] = []
        self.slots: dict[str, Slot] = {}
        self.problems: dict[str, LineProblem] = {}
        self.warnings: dict[str, list[str]] = {}
        self.labels: dict[str, str] = {}

    def go(self):
        partners = self._partners()
        covered = []
        for text in self.texts:
            original, same = partners[text.uid]
            inside = original is not None and original.selected
            if text.selected or inside:
                owner = original if same and (inside or self.kept.get(text.uid) == original.uid) else text
                self._line(text, owner, text_of(text.strip), original, same)
                covered += [text] if original is None else [text, original]
        for kind in (self.sounds, self.movies):
            for piece in kind:
                if piece.selected and not any(piece.shared(other) for other in covered):
                    words = self._markers(piece)
                    if words or (self.explicit and kind is self.sounds):
                        self._line(piece, piece, words, piece, False)
                        covered.append(piece)
        for piece in self.movies if self.explicit else ():
            if piece.selected and not any(piece.shared(other) for other in covered):
                self._line(piece, piece, "", piece, False)
        order = {uid: slot.first for uid, slot in self.slots.items()}
        self.found.sort(key=lambda line: order[line.uid])

    def _partners(self) -> dict[str, tuple[Piece | None, bool]]:
        """Text's uid -> its original, and whether the two are one line; every original is one line with one text only."""
        best: dict[str, tuple[Piece | None, bool]] = {}
        paired: dict[str, tuple[float, str]] = {}
        for text in self.texts:
            over = [p for kind in (self.sounds, self.movies) for p in kind if 2 * text.shared(p) > text.frames]
            if any(p.strip.type == "SOUND" for p in over):
                over = [p for p in over if p.strip.type == "SOUND"]
            original = max(over, key=lambda p: (_agreement(text, p), -p.strip.channel), default=None)
            best[text.uid] = (original, False)
            if original is not None and 2 * text.shared(original) > original.frames:
                score = (_agreement(text, original), text.uid)
                paired[original.uid] = max(paired.get(original.uid, (0.0, "")), score)
        for _score, uid in paired.values():
            best[uid] = (best[uid][0], True)
        return best

    def _markers(self, piece: Piece) -> str:
        """Words of the markers inside the strip, in time; camera markers and Blender's default names say nothing."""
        inside = [
            marker
            for marker in self.scene.timeline_markers
            if piece.first <= marker.frame < piece.last
            and marker.camera is None
            and not re.fullmatch(r"F_\d+", marker.name)
        ]
        return " ".join(marker.name for marker in sorted(inside, key=lambda marker: marker.frame))

    def _line(self, source: Piece, owner: Piece, text: str, original: Piece | None, same: bool):
        uid = source.uid
        state = props.state(source.strip)
        self.labels[uid] = source.strip.name
        name, words = split_name(text, [role.name for role in self.scene.dubline.roles])
        speaker = state.get("speaker") or name or source.channel or (original.channel if original else "")
        role = props.role_of(self.scene, speaker)
        speaker = role.name if role else speaker
        self.slots[uid] = Slot(
            self.scene.name,
            uid,
            compat.start(source.strip),
            owner.first,
            owner.last,
            speaker,
            original.uid if original and original.strip.type == "SOUND" else "",
            original.uid if same else "",
            owner.uid,
            source.locked or (original is not None and original.locked),
        )
        warnings = []
        recording, missing = self._recording(original, owner)
        if missing:
            problem = LineProblem("missing_media", path=missing)
            if source is original:
                self.problems[uid] = problem
                return
            warnings.append(str(problem))
        elif original is not None and original.strip.type == "MOVIE" and abs(original.strip.fps * second(self.scene) - 1) > 1e-3:
            rates = f"The movie has {original.strip.fps:.2f} pictures a second, the scene {1 / second(self.scene):.2f}"
            warnings.append(f"{rates}: mouths and sound will drift. Set the scene's frame rate to the movie's.")
        if owner.frames < 1:
            self.problems[uid] = LineProblem("no_slot")
            return
        if not words.strip():
            self.problems[uid] = LineProblem("empty_text" if source.strip.type == "TEXT" else "no_words")
            return
        if was_cut(source.strip):
            warnings.append(f"This Blender cuts texts at {compat.TEXT_BYTES} bytes: the end of the line may be missing.")
        if warnings:
            self.warnings[uid] = warnings
        wish = props.wish(source.strip)
        if self.redo:
            props.set_wish(source.strip, seed=wish.seed + 1)
            wish = replace(wish, seed=wish.seed + 1)
        frame = second(self.scene)
        self.found.append(
            Line(
                uid,
                words.strip(),
                speaker,
                state.get("language") or language(words, role, self.scene.dubline.default_voice),
                (owner.first - self.scene.frame_start) * frame,
                owner.frames * frame,
                wish,
                recording,
            )
        )

    def _recording(self, original: Piece | None, owner: Piece) -> tuple[Recording | None, str]:
        """The stretch of the original's file under the slot, or the path that is missing."""
        if original is None:
            return None, ""
        strip = original.strip
        media = strip.sound if strip.type == "SOUND" else strip
        if media is None:
            return None, "(none)"
        if strip.type == "SOUND" and media.packed_file:
            return None, ""
        path = bpy.path.abspath(media.filepath, library=strip.id_data.library)
        if not Path(path).is_file():
            return None, path
        # a movie shows one of its own pictures a frame, whatever the scene's rate; sound runs in time
        frame = 1 / strip.fps if strip.type == "MOVIE" and strip.fps else second(self.scene)
        offset = compat.head(strip) + max(0, owner.first - compat.start(strip))
        shared = owner.shared(original)
        return Recording(path, max(0.0, offset * frame), shared * frame), ""


def _agreement(one: Piece, other: Piece) -> float:
    """Shared time over the time of both, 0 to 1."""
    shared = one.shared(other)
    return shared / max(1, one.frames + other.frames - shared)


def _pieces(owner, first=-(2**31), last=2**31, selected=None, locked=False) -> Iterator[Piece]:
    """Strips of an editor or meta, the metas' content in their place; inside a meta the meta's selection counts."""
    for strip in compat.strips(owner):
        channel = compat.channels(owner)[strip.channel]
        begin, finish = max(first, compat.start(strip)), min(last, compat.end(strip))
        shut = locked or strip.lock or channel.lock
        chosen = strip.select if selected is None else selected
        if strip.type == "META":
            yield from _pieces(strip, begin, finish, chosen, shut)
        elif begin < finish:
            name = "" if unnamed(channel.name, strip.channel) else channel.name
            yield Piece(strip, begin, finish, name, chosen, shut)


def unnamed(name: str, number: int) -> bool:
    """True for the name that Blender gives a channel, in whichever language."""
    return name.endswith(f" {number}") and name.count(" ") == 1


def renew_duplicates(scene):
    """Gives every copy of a line a uid of its own, and the copied take with it."""
    sources: dict[str, list] = {}
    takes: dict[str, list] = {}
    for strip in compat.all_strips(scene.sequence_editor):
        known = props.state(strip)
        if "of" in known:
            takes.setdefault(known["of"], []).append(strip)
        elif "uid" in known:
            sources.setdefault(known["uid"], []).append(strip)
    for uid, strips in sources.items():
        # Blender names a copy after its model, with a higher number
        for copy in sorted(strips, key=lambda strip: (len(strip.name), strip.name))[1:]:
            fresh = props.new_uid()
            props.update(copy, uid=fresh)
            spare = takes.get(uid, [])
            beside = [take for take in spare if compat.start(take) == compat.start(copy)]
            if len(spare) > 1 and beside:
                spare.remove(beside[0])
                props.update(beside[0], of=fresh)


def text_of(strip) -> str:
    """The text strip's whole text, also where this Blender shows only its first 511 bytes."""
    whole = props.state(strip).get("text", "")
    return whole if _cut(strip) and whole.startswith(strip.text) else strip.text


def set_text(strip, text: str):
    """Writes the text and, where this Blender would cut it, keeps the whole of it beside."""
    strip.text = text
    props.update(strip, text=text if strip.text != text else None)


def was_cut(strip) -> bool:
    """True when the text ends where Blender cuts and nobody kept the rest."""
    return strip.type == "TEXT" and _cut(strip) and text_of(strip) == strip.text


def _cut(strip) -> bool:
    # the cut falls between two characters, so up to three bytes under the limit
    return compat.TEXT_BYTES is not None and len(strip.text.encode()) > compat.TEXT_BYTES - 4


def split_name(text: str, roles: list[str]) -> tuple[str, str]:
    """(speaker, words) of `NAME: words`.

    A name is a character of the cast in any spelling, or looks like one: capitals, up to three words that each begin
    with a capital, or up to eight Chinese characters. So `At 10:30` and `There is one thing: go` stay words.
    """
    found = NAME.fullmatch(text)
    if not found:
        return "", text
    name, rest = found["name"], found["rest"]
    if name.casefold() in {role.strip().casefold() for role in roles}:
        return name, rest
    words = name.split()
    han = all(unicodedata.name(sign, "").startswith("CJK UNIFIED") for sign in name)
    capitals = name.upper() == name and any(sign.isalpha() for sign in name)
    titled = all(word[0].isupper() for word in words)
    spaced = found["colon"] == "：" or rest[0].isspace()
    if (han and len(name) <= 8) or (spaced and len(words) <= 3 and name[-1].isalnum() and (capitals or titled)):
        return name, rest
    return "", text


def language(text: str, role, default_voice: str) -> str:
    """A code where the script decides and the voice speaks another language; else empty: the voice's or role's own."""
    if role is not None and role.language:
        return ""
    voice = (role.prosody or role.voice) if role is not None else default_voice
    names = [unicodedata.name(sign, "") for sign in text]
    if any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names):
        return "" if voice.startswith("j") else "ja"
    if any(name.startswith("CJK UNIFIED") for name in names):
        return "" if voice.startswith(("z", "j")) else "zh"
    return ""
