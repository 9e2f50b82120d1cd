"""bpy -> values: which strips are lines, what they say, who says it and in which slot. Frames end here.

How strips become lines
- A text strip is a line. So is a sound or movie strip that markers inside it give words to.
- The original of a text strip is the sound strip (else the movie strip) that covers more than half of it; of several
  the one that agrees best with it in time. Strips on channels called Music, Effects and the like are no originals.
- When each covers more than half of the other, the two are one line: its slot is the sound strip's if the sound strip
  is selected (dubbing all counts as that), else the text strip's. So a line is never made twice.
- A longer recording with several text strips over it is several lines, each in its text strip's slot.
- A marker inside the slot whose name begins with `|` fixes a word: see `words.anchored`. Where markers hold the words, the
  second and each later one fixes its first word.
- A marker named `@id` says the line of that name in the scene's script; the script's speaker and mood come with it.
- A strip that plays a take stands for the line it was made for. Muting does not matter; a hidden part of a meta does.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..engine.hear.performance import LONGEST
from ..engine.problems import LineProblem
from ..engine.script import Feeling, Job, Line, Recording, Wish
from . import compat, engines, feelings, film_sound, performers, props
from .pieces import Covered, InTime, Piece, second, seen
from .scripted import Scripted
from .stale import Memory, Sight
from .uids import renew_duplicates
from .words import SIGN, anchored, heard_language, language, spoken, text_of, was_cut

NOT_DIALOGUE = {"music", "effects", "fx", "sfx", "ambience", "atmo", "m&e"}
"""Channel names whose strips are never taken for original dialogue."""


LOCKED = "locked: left alone"


@dataclass(frozen=True)
class Slot:
    """Where a line's take goes, for `place`."""

    scene: str
    uid: str
    owner_first: int
    """Where the strip whose edges the slot has began when it was read: if it moves meanwhile, the take moves with it."""
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
    heard: str = ""
    """Uid of the sound or movie strip that the line follows; empty when there is none."""
    look: dict[str, str] = field(default_factory=dict)
    """What the line looked like, as `stale` has it."""
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Uid -> the strip's name and content, of every strip that is named here: undo may take its uid away during the run."""


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
    left: dict[str, str] = field(default_factory=dict)
    """Uid -> why the line is left as it is: the person locked it."""


AT_A_TIME = 50
"""Strips that are looked at between two pauses."""


def read(scene, everything: bool = False, takes: str = "", **wanted) -> Reading:
    """The lines of the selected strips, of all, or of others that `read_on` knows, as one job."""
    reading = read_on(scene, everything, takes, **wanted)
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return end.value


def read_on(
    scene, everything: bool = False, takes: str = "", redo: bool = False, again: bool = False, only=None, pick: Callable[[str], bool] | None = None, speak: bool = True,
    memory: Memory | None = None,
) -> Generator[float, None, Reading]:  # fmt: skip
    """The same with pauses, of at most AT_A_TIME strips or a line each, that tell how far it is; whoever pauses sees to it that the strips are still there. Gives strips their uids.

    takes: the job's folder; without it performers stay names and films are not decoded, and no neighbours are read, for who asks for the lines alone.
    again: leave the lines in the slots that their takes have; redo: that, and count their seeds up.
    only: these strips, whatever is selected; pick: whether a line is wanted, by its uid; None wants all.
    speak: False only asks how the lines will fit; memory: of what `stale` has seen.
    """
    if scene.sequence_editor is None:
        return Reading(Job(()), {})
    renew_duplicates(scene)
    yield 0.0
    pieces = []
    for piece in seen(scene.sequence_editor):
        pieces.append(piece)
        _name(piece)
        if len(pieces) % AT_A_TIME == 0:
            yield 0.0
    if only is not None:
        pieces = [replace(piece, selected=piece.strip in only) for piece in pieces]
    lines = [piece for piece in pieces if "of" not in props.peek(piece.strip)]
    played = [(piece, props.peek(piece.strip)) for piece in pieces if "of" in props.peek(piece.strip)]
    wanted = {state["of"] for piece, state in played if piece.selected}
    kept = {state["of"]: state.get("slot", "") for piece, state in played if piece.selected or redo or again}
    reader = _Reader(scene, lines, everything, wanted, kept, redo, takes, pick=pick, memory=memory)
    yield from reader.go()
    around = ()
    if takes and not (everything and pick is None and not reader.left):
        # the scene's other lines, in the slots that their takes have: what a line may borrow does not depend on the selection
        others = _Reader(scene, lines, True, set(), {state["of"]: state.get("slot", "") for _piece, state in played}, False, takes, beside=True)
        yield from others.go()
        around = tuple(line for line in others.found if line.uid not in reader.slots.keys() - reader.left.keys())
    for strip, seed in reader.seeds:
        props.set_wish(strip, seed=seed)
    render = scene.render
    job = Job(
        tuple(reader.found),
        props.cast(scene),
        takes=takes,
        rate=render.ffmpeg.audio_mixrate,
        channels=2,
        quantum=second(scene),
        around=around,
        check=props.CHECK_MODES.get(scene.dubline.check, ""),  # a newer version may have another
        back_off=scene.dubline.back_off,
        speak=speak,
    )
    return Reading(job, reader.slots, reader.problems, reader.warnings, reader.labels, reader.left)


def located(scene, strip, feeling: Feeling, takes: str) -> tuple[Feeling, str]:
    """A source of the strip's emotion with its recordings as they can be heard now, and its original's uid. Raises LineProblem."""
    pieces = [piece for piece in seen(scene.sequence_editor) if "of" not in props.peek(piece.strip)]
    for piece in pieces:
        _name(piece)
    reader = _Reader(scene, pieces, False, set(), {}, False, takes)
    line = next((piece for piece in pieces if piece.strip == strip), None)
    if line is None:
        raise LineProblem("no_slot")
    original = reader.partners()[line.uid][0] if strip.type == "TEXT" else line
    own = reader.recording(original, line)
    return reader.located(feeling, own), original.uid if original else ""


def _name(piece: Piece):
    """Gives what can be a line its uid."""
    if piece.strip.type in ("TEXT", "SOUND", "MOVIE") and props.peek(piece.strip).keys().isdisjoint(("uid", "of")):
        props.update(piece.strip, uid=props.new_uid())


class _Reader:
    def __init__(
        self, scene, pieces: list[Piece], everything: bool, wanted: set[str], kept: dict[str, str], redo: bool, takes: str = "", beside: bool = False,
        pick: Callable[[str], bool] | None = None, memory: Memory | None = None,
    ):  # fmt: skip
        """pieces: those that are lines have their uids; wanted: uids of the lines whose takes are selected; kept: uid -> uid of the strip that gave its take the slot;
        beside: the lines are not spoken; pick: whether a line is, by its uid."""
        self.scene = scene
        self.kept = kept
        self.redo = redo
        self.takes = takes
        self.beside = beside
        self.pick = pick
        self.memory = memory

        def mark(piece):
            return replace(piece, selected=everything or piece.selected or piece.uid in wanted)

        self.texts = [mark(p) for p in pieces if p.strip.type == "TEXT"]
        dialogue = [p for p in pieces if p.channel.strip().casefold() not in NOT_DIALOGUE]
        self.sounds = [mark(p) for p in dialogue if p.strip.type == "SOUND"]
        self.movies = [mark(p) for p in dialogue if p.strip.type == "MOVIE"]
        self.performers = {p.uid: (p.strip, p.first, p.last) for p in pieces if p.strip.type in ("SOUND", "MOVIE")}
        self.seeds: list[tuple] = []
        """Strips and the seeds that they get: when all is read, so that reading anew does not count twice."""
        self.explicit = not everything
        # camera markers and Blender's default names say nothing
        markers = ((m.frame, m.name.strip()) for m in scene.timeline_markers if m.camera is None)
        self.markers = sorted((frame, name) for frame, name in markers if name and not re.fullmatch(r"F_\d+", name))
        self.script = Scripted(scene)
        self.found: list[Line] = []
        self.slots: dict[str, Slot] = {}
        self.problems: dict[str, LineProblem] = {}
        self.warnings: dict[str, list[str]] = {}
        self.labels: dict[str, str] = {}
        self.left: dict[str, str] = {}

    @cached_property
    def sight(self) -> Sight:
        return Sight(self.scene, self.memory)

    def go(self) -> Iterator[float]:
        """Finds the lines, with a pause after each that tells how far it is."""
        partners = self.partners()
        yield 0.0
        covered = Covered()
        for number, text in enumerate(self.texts):
            original, same = partners[text.uid]
            inside = original is not None and original.selected and (self.explicit or self.kept.get(text.uid) != text.uid)
            if text.selected or inside:
                owner = original if same and (inside or self.kept.get(text.uid) == original.uid) else text
                self._line(text, owner, text_of(text.strip), original, same)
                covered.add(text)
                if original is not None:
                    covered.add(original)
                yield number / len(self.texts)
        for kind in (self.sounds, self.movies):
            for piece in kind:
                if piece.selected and not covered.meets(piece):
                    words = self._markers(piece)
                    if words or (self.explicit and kind is self.sounds):
                        self._line(piece, piece, words, piece, False)
                        covered.add(piece)
                        yield 1.0
        for piece in self.movies if self.explicit else ():
            if piece.selected and not covered.meets(piece):
                self._line(piece, piece, "", piece, False)
                yield 1.0
        order = {uid: slot.first for uid, slot in self.slots.items()}
        self.found.sort(key=lambda line: order[line.uid])

    def partners(self) -> dict[str, tuple[Piece | None, bool]]:
        """Text's uid -> its original, and whether the two are one line; every original is one line with one text only."""
        best: dict[str, tuple[Piece | None, bool]] = {}
        paired: dict[str, tuple[float, str]] = {}
        recordings = InTime([*self.sounds, *self.movies])
        for text in self.texts:
            over = [p for p in recordings.over(text) if 2 * text.shared(p) > text.frames]
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
        """Words of the markers inside the strip, in time, with a sign before those of the second and each later marker."""
        return f" {SIGN}".join(map(self.script.said, self._names(piece)))

    def _names(self, piece: Piece) -> list[str]:
        """Of the markers inside the strip that hold words."""
        return [name for _frame, name in self._inside(piece) if not name.startswith(SIGN)]

    def _inside(self, piece: Piece) -> list[tuple[int, str]]:
        return [(frame, name) for frame, name in self.markers if piece.first <= frame < piece.last]

    def _marks(self, owner: Piece, spoken: bool) -> list[tuple[str, float]]:
        """Markers that fix words, with seconds from the slot's start. spoken: the others' names are the line's words."""
        inside = self._inside(owner)
        words = [frame for frame, name in inside if not name.startswith(SIGN)][1:] if spoken else []
        marks = [*((SIGN, frame) for frame in words), *((name, frame) for frame, name in inside if name.startswith(SIGN))]
        return [(name, (frame - owner.first) * second(self.scene)) for name, frame in marks]

    def _line(self, source: Piece, owner: Piece, text: str, original: Piece | None, same: bool):
        uid = source.uid
        if self.pick is not None and not (self.pick(uid) and (text.strip() or uid in self.kept)):
            return  # what has neither words nor a take is no line that somebody waits for
        state = props.peek(source.strip)
        self.labels[uid] = source.strip.name
        names = () if source.strip.type == "TEXT" else self._names(source)
        scripted, lacking = self.script.speaker(names), self.script.lacking(names)
        name, words = spoken(source.strip, text, [role.name for role in self.scene.dubline.roles]) if scripted is None else (scripted, text)
        speaker = state.get("speaker") or name or source.channel or (original.channel if original else "")
        role = props.role_of(self.scene, speaker)
        speaker = role.name if role else speaker
        self.slots[uid] = Slot(
            self.scene.name,
            uid,
            compat.start(owner.strip),
            owner.first,
            owner.last,
            speaker,
            original.uid if original and original.strip.type == "SOUND" else "",
            original.uid if same else "",
            owner.uid,
            source.locked or (original is not None and original.locked),
            original.uid if original else "",
            {} if self.beside else self.sight.look(uid, owner.uid, original.uid if original else ""),
            {piece.uid: (piece.strip.name, performers.content(piece.strip)) for piece in (source, owner, original) if piece and not self.beside},
        )
        if not self.beside and props.locked(source.strip):
            self.left[uid] = LOCKED
            return
        warnings = []
        recording = None
        try:
            recording = self.recording(original, owner)
        except LineProblem as problem:
            if source is original:
                self.problems[uid] = problem
                return
            warnings.append(str(problem))
        if recording is not None and compat.speed(original.strip):
            warnings.append(f"The speed of {original.strip.name} was changed, and its file runs at its own: the line does not follow it.")
            recording = None
        if recording is not None and original is not None and original.strip.type == "MOVIE" and abs(original.strip.fps * second(self.scene) - 1) > 1e-3:
            rates = f"The movie has {original.strip.fps:.2f} pictures a second, the scene {1 / second(self.scene):.2f}"
            warnings.append(f"{rates}: mouths and sound will drift. Set the scene's frame rate to the movie's.")
        if lacking is not None or owner.frames < 1:
            self.problems[uid] = lacking or LineProblem("no_slot")
            return
        if not words.strip():
            self.problems[uid] = LineProblem("empty_text" if source.strip.type == "TEXT" else "no_words")
            return
        words, anchors, unclear = anchored(words.strip(), self._marks(owner, source.strip.type != "TEXT"))
        warnings += unclear
        if was_cut(source.strip):
            warnings.append(f"This Blender cuts texts at {compat.TEXT_BYTES} bytes: the end of the line may be missing.")
        wish = props.wish(source.strip)
        if role is not None and feelings.as_cast(source.strip):
            wish = replace(wish, feelings=props.temper(role))
        try:
            located = tuple(self.located(feeling, recording) for feeling in wish.feelings) if self.takes else wish.feelings
        except LineProblem as problem:
            self.problems[uid] = problem
            return
        if self.redo:
            # an older take may have been chosen since, and what was heard already is no other reading
            wish = replace(wish, seed=max(wish.seed, state.get("readings", 0)) + 1)
            self.seeds.append((source.strip, wish.seed))
        wish = replace(wish, feelings=located)
        recording = self._decoded(recording, wish, warnings)
        if warnings:
            self.warnings[uid] = warnings
        frame = second(self.scene)
        self.found.append(
            Line(
                uid,
                words.strip(),
                speaker,
                state.get("language") or heard_language(state, text, role, self.scene.dubline.default_voice) or language(words, role, self.scene.dubline.default_voice),
                (owner.first - self.scene.frame_start) * frame,
                owner.frames * frame,
                wish,
                recording,
                anchors,
                engines.family(state.get("engine", "")),
            )
        )

    def recording(self, original: Piece | None, owner: Piece) -> Recording | None:
        """The stretch of the original's file under the slot. Raises LineProblem `missing_media`."""
        if original is None or performers.packed(original.strip):
            return None
        strip = original.strip
        begin = max(owner.first, original.first)
        found = performers.shown(strip, begin, begin + owner.shared(original), second(self.scene))
        volume = props.peek(strip).get("was", {}).get("volume", strip.volume) if strip.type == "SOUND" else 1.0
        return replace(found, at=(begin - owner.first) * second(self.scene), volume=volume)

    def _decoded(self, recording: Recording | None, wish: Wish, warnings: list[str]) -> Recording | None:
        """The original as the engine can read it; what hinders is a warning, as the engine has it."""
        if recording is None or not self.takes or self.beside or not (wish.match or wish.sync):
            return recording
        try:
            return film_sound.heard(recording, self.takes)
        except LineProblem as problem:
            warnings.append(f"The line does not follow its original. {problem}")
            return None

    def located(self, feeling: Feeling, own: Recording | None) -> Feeling:
        """The feeling with its performers found; own: the line's original. Raises LineProblem."""
        if feeling.recording is None:
            return feeling
        return replace(feeling, recording=self._performer(feeling.recording, own), plain=feeling.plain and self._performer(feeling.plain, own))

    def _performer(self, named: Recording, own: Recording | None) -> Recording:
        found = performers.located(named, own, self.scene, self.performers, second(self.scene))
        most = LONGEST + 1  # nobody listens to more, and a film would be decoded to its end
        return film_sound.heard(replace(found, seconds=min(found.seconds or most, most)), self.takes)


def _agreement(one: Piece, other: Piece) -> float:
    """Shared time over the time of both, 0 to 1."""
    shared = one.shared(other)
    return shared / max(1, one.frames + other.frames - shared)
