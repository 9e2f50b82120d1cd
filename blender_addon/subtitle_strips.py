"""Cues <-> text strips: where a script's lines go, which strips came from it before, and the scene's lines as cues. Frames here.

A strip that came from a script keeps in its JSON what the script said then, as `cue`. When the script comes again, each of
its lines finds its strip by the line's name, by time and text, by the text, by when it begins or ends: whichever fits first.
What the strip still has from the script follows it; what the person changed since stays. A line that the script has no more
goes, unless it has a take or was changed. What is locked stays as it is.
"""
from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ..engine.directions import split
from ..engine.formats.cue import Cue, passed_over
from ..engine.problems import LineProblem
from . import compat, feelings, pieces, props, read
from .scripted import SIGN
from .words import set_text, text_of

FARTHEST = 1_048_574
"""Blender's last frame, and its first below zero."""

EXISTING = (
    ("UPDATE", "Update", "Lines that came from this script before follow it; what you changed since stays, and lines that it has no more go unless they have takes"),
    ("REPLACE", "Replace", "The same with lines that came from any script: this one takes their place"),
    ("ADD", "Add", "All lines are added, and what is there is left alone"),
)


@dataclass(frozen=True)
class Placed:
    """A cue and its frames."""

    cue: Cue
    first: int
    last: int
    """Frame after the last."""


@dataclass
class Outcome:
    """What became of a script."""

    added: int = 0
    changed: int = 0
    same: int = 0
    kept: list[str] = field(default_factory=list)
    """Strips that the person changed where the script has changed too."""
    removed: int = 0
    left: list[str] = field(default_factory=list)
    """Strips of lines that the script has no more."""
    locked: list[str] = field(default_factory=list)
    """Strips that would have changed or gone, if the person had not locked them."""


def placed(scene, cues: Sequence[Cue], length, offset: float = 0.0, pause: float = 0.0) -> tuple[list[Placed], list[LineProblem]]:
    """Every cue in its frames, in the script's order, and why which has none.

    length: gives the seconds of a cue that has no end; offset: seconds added to all times; pause: seconds between cues
    without times, which follow the one before, or stand at the marker of their name; the first begins at the current frame.
    """
    rate = 1 / read.second(scene)
    marks = {marker.name.strip().removeprefix(SIGN): marker.frame for marker in scene.timeline_markers if marker.name.strip().startswith(SIGN)}

    def known(cue: Cue) -> int | None:
        return marks.get(cue.id) if cue.start is None else scene.frame_start + round((cue.start + offset) * rate)

    found, problems, free = [], [], scene.frame_current
    for cue, following in zip(cues, [*cues[1:], None], strict=False):
        first = known(cue)
        first = free if first is None else first
        if cue.end is not None:
            last = max(first + 1, scene.frame_start + round((cue.end + offset) * rate))
        else:
            last = first + max(1, math.ceil(length(cue) * rate))
            until = known(following) if following else None
            last = until if until is not None and first < until < last else last
        if first >= -FARTHEST and last <= FARTHEST:
            found.append(Placed(cue, first, last))
            free = last + round(pause * rate)
        else:
            problems.append(passed_over(f"“{cue.text[:40]}”", "it lies beyond the frames that Blender has"))
    return found, problems


def lay(scene, script: str, wanted: Sequence[Placed], language: str = "", existing: str = "UPDATE") -> Outcome:
    """Makes, changes and removes text strips so that the scene has these lines. script: the file's or text's name.

    Raises LineProblem when no channel is free; what was laid until then stays.
    """
    editor = scene.sequence_editor or scene.sequence_editor_create()
    outcome = Outcome()
    known, takes = [], set()
    for strip in compat.all_strips(editor):
        state = props.state(strip)
        if "of" in state:
            takes.add(state["of"])
        elif strip.type == "TEXT" and isinstance(state.get("cue"), dict) and existing != "ADD" and (existing == "REPLACE" or state["cue"].get("script") == script):
            known.append((strip, state["cue"]))
    for strip in compat.all_strips(editor):
        strip.select = False
    known.sort(key=lambda one: one[1].get("place", 0))
    origins = [_origin(script, place, one, language) for place, one in enumerate(wanted)]
    pairs, gone = _paired(origins, known)
    homes = (editor, *(strip for strip in compat.all_strips(editor) if strip.type == "META"))
    owners = {strip.as_pointer(): home for home in homes for strip in compat.strips(home)}
    for strip, origin in gone:
        if _shut(owners, strip):
            outcome.locked.append(strip.name)
        elif props.state(strip).get("uid") in takes or _changed(strip, origin):
            outcome.left.append(strip.name)
        else:
            compat.strips(owners[strip.as_pointer()]).remove(strip)
            outcome.removed += 1
    moved = []
    for origin, strip in zip(origins, pairs, strict=True):
        if strip is not None and _shut(owners, strip):
            if _changed(strip, origin):
                outcome.locked.append(strip.name)
            else:
                outcome.same += 1
        elif strip is not None and _follow(strip, props.state(strip)["cue"], origin, outcome):
            moved.append((strip, origin["span"]))
    channels = _Channels(editor, [strip for strip, _span in moved], [strip for strip in pairs if strip is not None])
    _move(moved, channels)
    for origin, strip in zip(origins, pairs, strict=True):
        if strip is None:
            _new(editor, origin, channels)
            outcome.added += 1
    return outcome


def _origin(script: str, place: int, one: Placed, language: str) -> dict:
    """What the script says of a line, as its strip keeps it."""
    cue = one.cue
    told = {"script": script, "place": place, "text": cue.text, "span": [one.first, one.last], "speaker": cue.speaker, "mood": cue.mood, "language": language}
    return told | {key: value for key in ("id", "start", "end", "original", "translation") if (value := getattr(cue, key)) not in ("", None)}


KEYS = (("id",), ("start", "text"), ("text",), ("start",), ("end",))
"""By what a line finds its strip, one after the other."""


def _paired(origins: list[dict], known: list[tuple]) -> tuple[list, list[tuple]]:
    """For each line the strip that came from it, or None; and the strips of no line, with their origins."""
    pairs, rest = [None] * len(origins), list(known)
    for key in KEYS:
        waiting: dict[tuple, list] = {}
        for strip, origin in rest:
            waiting.setdefault(tuple(origin.get(part) for part in key), []).append((strip, origin))
        for place, origin in enumerate(origins):
            value = tuple(origin.get(part) for part in key)
            if pairs[place] is None and value[0] is not None and waiting.get(value):
                pairs[place], _origin_then = waiting[value].pop(0)
        rest = [pair for pairs_ in waiting.values() for pair in pairs_]
    return pairs, rest


def _now(strip) -> dict:
    """What the strip says now, by the names that its origin has."""
    state = props.state(strip)
    return {
        "text": text_of(strip), "span": [compat.start(strip), compat.end(strip)], "speaker": state.get("speaker", ""), "mood": _mood(strip), "language": state.get("language", ""),
    }  # fmt: skip


def _shut(owners: dict, strip) -> bool:
    """Whether the person locked the line, its strip or its channel: then it stays as it is."""
    return props.locked(strip) or strip.lock or compat.channels(owners[strip.as_pointer()])[strip.channel].lock


def _changed(strip, origin: dict) -> bool:
    """Whether the person changed what came from the script."""
    return any(origin.get(key) != value for key, value in _now(strip).items())


def _follow(strip, before: dict, origin: dict, outcome: Outcome) -> bool:
    """Takes over what the script changed and the person did not. True when the strip has to move."""
    now = _now(strip)
    new = {key for key, value in now.items() if origin[key] != value}
    own = {key for key in new if before.get(key) != now[key]}
    for key in own:
        if origin[key] != before.get(key):
            outcome.kept.append(strip.name)
            break
    new -= own
    _write(strip, {key: origin[key] for key in new - {"span"}})
    props.update(strip, cue=origin)
    outcome.changed += bool(new)
    outcome.same += not new
    strip.select = bool(new)
    return "span" in new


def _write(strip, values: dict):
    if "text" in values:
        set_text(strip, values["text"])
    if "mood" in values:
        words = values["mood"]
        feelings.edit(strip, kind="WORDS" if words else "CAST", words=words, read={})
    props.update(strip, **{key: values[key] or None for key in ("speaker", "language") if key in values})


def _mood(strip) -> str | None:
    """The words of its emotion; None for an emotion that is not given in words."""
    known = feelings.memory(strip)
    return {"CAST": "", "NEUTRAL": "", "WORDS": known["single"].get("words", "")}.get(known["path"])


def _new(editor, origin: dict, channels: _Channels):
    first, last = origin["span"]
    name = f"{origin['speaker']}: {origin['text']}" if origin["speaker"] else origin["text"]
    strip = compat.new_text(editor, name[:40], "", channels.take(first, last), first, last - first)
    strip.location, strip.wrap_width = (0.5, 0.07), 0.9
    _write(strip, {"text": origin["text"], **{key: origin[key] for key in ("speaker", "language", "mood") if origin[key]}})
    props.update(strip, cue=origin)
    strip.select = True


def _move(moved: list[tuple], channels: _Channels):
    """Brings the strips to their new frames. They meet behind all others first: Blender shoves a strip aside that touches one."""
    behind = channels.behind
    for strip, (first, last) in moved:
        compat.move(strip, behind)
        compat.set_end(strip, behind + last - first)
        behind += max(1, last - first)
    for strip, (first, last) in sorted(moved, key=lambda one: one[1]):
        # its own channel is free there only behind everything, so it changes channels before it comes back
        strip.channel = channels.take(first, last, strip.channel)
        compat.move(strip, first)


class _Channels:
    """Which stretches of which channels are free for lines: a channel with a name would give them its speaker."""

    def __init__(self, editor, moving: list, ours: list):
        """moving: strips that are about to leave their places; ours: those that came from the script."""
        self.spans: dict[int, list[tuple[int, int]]] = {}
        self.behind, highest, leaving = 1, 0, {strip.as_pointer() for strip in moving}
        for strip in compat.strips(editor):
            self.behind = max(self.behind, compat.end(strip) + 1)
            if "of" not in props.state(strip):
                highest = max(highest, strip.channel)
            if strip.as_pointer() not in leaving:
                insort(self.spans.setdefault(strip.channel, []), (compat.start(strip), compat.end(strip)))
        channels = compat.channels(editor)
        self.usable = [number for number in range(1, 129) if not channels[number].lock and pieces.unnamed(channels[number].name, number)]
        used = {strip.channel for strip in ours}
        # beside their like, else above everything that is no take
        self.order = sorted(self.usable, key=lambda number: (number not in used, bool(self.spans.get(number)), number <= highest, number))

    def take(self, first: int, last: int, own: int = 0) -> int:
        """A channel that is free from `first` to `last`, its own one if it is, and from now on taken there. Raises LineProblem."""
        for number in (own, *self.order) if own in self.usable else self.order:
            spans = self.spans.setdefault(number, [])
            place = bisect_right(spans, (first, last))
            if all(begin >= last or finish <= first for begin, finish in spans[max(0, place - 1) : place + 1]):
                spans.insert(place, (first, last))
                return number
        raise LineProblem("no_channel")


def lines(scene, everything: bool = True, directed: bool = False) -> tuple[list[Cue], list[LineProblem]]:
    """The scene's lines as cues in the times of their takes, else of their slots, and why which is missing.

    directed: leaves directions such as [softly] in the texts.
    """
    reading = read.read(scene, everything)
    second, takes, kept = read.second(scene), {}, {}
    for strip in compat.all_strips(scene.sequence_editor) if scene.sequence_editor else ():
        state = props.state(strip)
        if "of" in state:
            takes[state["of"]] = (compat.start(strip), compat.end(strip))
        elif isinstance(state.get("cue"), dict):
            kept[state.get("uid")] = state["cue"]
    cues, problems = [], [passed_over(reading.labels[uid], problem.message.rstrip(".")) for uid, problem in reading.problems.items()]
    for line in reading.job.lines:
        slot = reading.slots[line.uid]
        first, last = takes.get(line.uid, (slot.first, slot.last))
        start, end = (max(0, frame - scene.frame_start) * second for frame in (first, last))
        text = line.text if directed else split(line.text)[0]
        if end <= 0 or not text.strip():
            problems.append(passed_over(reading.labels[line.uid], "it ends before the film begins" if end <= 0 else "it has no words beside directions"))
            continue
        came = kept.get(line.uid, {})
        cues.append(Cue(text.strip(), start, end, line.speaker, id=str(came.get("id", "")), original=str(came.get("original", "")), translation=_translation(came)))
    return sorted(cues, key=lambda cue: (cue.start, cue.end)), problems


def _translation(came: dict) -> str:
    """Of a line that is spoken in the original's language."""
    return "" if came.get("original") else str(came.get("translation", ""))


def shifted(cues: Iterable[Cue], seconds: float) -> list[Cue]:
    """The cues so much later; none begins before zero."""
    return [replace(cue, start=max(0.0, cue.start + seconds), end=cue.end + seconds) for cue in cues if cue.end + seconds > 0]
