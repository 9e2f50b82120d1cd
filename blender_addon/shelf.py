"""The takes that a line may choose from: the list in its strip's JSON, where their files are, and the rows that the panel shows.

A list has, the oldest first, {"take": digest, "made": what the line looked like, "name": what the person calls it, "kept": true},
the latter two where they were given. Everything else is told by the take itself, in its sidecar. The rows are this Blender's and never saved.
"""
from __future__ import annotations

import math
import os
import re
import time
import wave
from datetime import datetime
from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, PointerProperty, StringProperty

from ..engine import takes
from ..engine.judge import suffered, verdict
from ..engine.problems import LineProblem
from ..engine.script import Check, Take
from . import compat, engines, performers, prefs, props
from .translation import iface_

MOST = 100
"""Takes of one list: beyond it the oldest that has no name and is not kept leaves the list; its files stay."""

DIGEST = re.compile(r"[0-9a-f]{20}")
"""Name of a take and of its files."""


# The list


def listed(known: dict) -> list[dict]:
    """The list of a line whose JSON this is; what is not understood is passed by."""
    found = known.get("takes")
    return [entry for entry in found if isinstance(entry, dict) and isinstance(entry.get("take"), str)] if isinstance(found, list) else []


def remember(source, take: Take, look: dict[str, str], replaced: str = ""):
    """Puts the take into the line's list. look: what the line looked like when it was read, as `stale` has it;
    replaced: digest of the take that was played before in its place, if it is played now."""
    known = props.state(source)
    entries = listed(known)
    for digest in filter(None, (replaced, take.digest)):
        if all(entry["take"] != digest for entry in entries):
            entries.append({"take": digest})
    if look:
        next(entry for entry in entries if entry["take"] == take.digest)["made"] = look
    while len(entries) > MOST:
        spare = (at for at, entry in enumerate(entries[:-1]) if not entry.get("name") and not entry.get("kept") and entry["take"] != replaced)
        del entries[next(spare, 0)]
    changes = {"used": [replaced, take.digest]} if replaced and replaced != take.digest else {}
    props.update(source, takes=entries, readings=max(known.get("readings", 0), take.plan.wish.seed) or None, **changes)


def line_of(scene, strip):
    """The strip of the line that a strip stands for: itself, or the line that its take or its original belongs to; or None."""
    if strip is None:
        return None
    known = props.peek(strip)
    if "of" in known:
        return performers.find(scene, known["of"])
    if strip.type not in ("TEXT", "SOUND", "MOVIE"):
        return None
    if strip.type == "TEXT" or "takes" in known or "uid" not in known:
        return strip
    # an original has no list of its own where it is one line with a text strip
    dub = _with(scene, known["uid"], lambda state: state.get("slot") == known["uid"])
    return strip if dub is None else performers.find(scene, props.peek(dub)["of"])


def player(scene, source):
    """The strip that plays the line's take, or None."""
    uid = props.peek(source).get("uid", "")
    return _with(scene, uid, lambda state: state.get("of") == uid)


def _with(scene, uid: str, wanted):
    for strip in compat.all_strips(scene.sequence_editor) if uid else ():
        # most strips' JSON need not be understood
        if uid in props.raw(strip) and wanted(props.peek(strip)):
            return strip
    return None


def choices(scene, source) -> list[dict]:
    """The line's list; a take that was placed before there were lists is in it, too."""
    entries = listed(props.state(source))
    dub = player(scene, source)
    digest = props.peek(dub).get("take") if dub is not None else None
    return entries if digest is None or any(entry["take"] == digest for entry in entries) else [*entries, {"take": digest}]


# The files


def folders(context) -> list[Path]:
    """Where takes of the film can be: where new ones go, beside the film, beside those that are played, and where unsaved films have theirs."""
    found = [prefs.takes(context)[0], *([Path(bpy.path.abspath("//dubs"))] if bpy.data.filepath else [])]
    # a film of a thousand takes has a folder or two
    played = {(sound.library, os.path.dirname(sound.filepath)): sound for sound in bpy.data.sounds if digest_of(sound)}
    return list(dict.fromkeys([*found, *(path_of(sound).parent for sound in played.values()), prefs.own_folder("dubs")]))


def path_of(sound) -> Path:
    """A sound's file on this computer."""
    return Path(os.path.normpath(bpy.path.abspath(sound.filepath, library=sound.library)))


def mend(context) -> int:
    """Lets sounds of takes whose files are not where the film says play them where they are; how many were mended.

    Undo, and a film that was saved before its takes were collected, say where files were. Beside the known folders those in the film's own are looked into.
    """
    there: dict[str, set[str]] = {}  # a thousand takes lie in a folder or two, which are read once
    lost = []
    for sound in bpy.data.sounds:
        digest = digest_of(sound)
        if digest and sound.library is None and not sound.packed_file:
            folder = sound.filepath[: sound.filepath.rfind(digest)]
            if folder not in there:
                place = Path(bpy.path.abspath(folder))
                there[folder] = set(os.listdir(place)) if place.is_dir() else set()
            if f"{digest}.wav" not in there[folder]:
                lost.append((sound, digest))
    if not lost:
        return 0
    places = folders(context)
    if bpy.data.filepath:
        places += sorted(path for path in Path(bpy.path.abspath("//")).iterdir() if path.is_dir())
    count = 0
    for sound, digest in lost:
        path = next((path for place in places if (path := place / f"{digest}.wav").is_file()), None)
        if path is not None:
            sound.filepath = performers.relative(str(path))
            count += 1
    return count


def digest_of(sound) -> str:
    """The take that a sound is, by its file's name; empty when it is none."""
    name = bpy.path.basename(sound.filepath.replace("\\", "/")).removesuffix(".wav")
    return name if DIGEST.fullmatch(name) else ""


def take_of(digest: str, places: list[Path]) -> Take:
    """The take from the first of these folders that has its sidecar. Raises LineProblem `no_take` and `bad_take`."""
    sidecar = next((path for path in (place / f"{digest}.json" for place in places) if path.is_file()), None)
    if sidecar is None:
        raise LineProblem("no_take", take=digest, folder=str(places[0]))
    try:
        return takes.read(sidecar)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise LineProblem("bad_take", take=digest, folder=str(sidecar.parent), reason=error) from error


def whole_take(digest: str, places: list[Path]) -> Take:
    """The same, and its sound was looked into: it can be played. Raises LineProblem `no_take` and `bad_take`."""
    take = take_of(digest, places)
    folder = os.path.dirname(take.path)
    try:
        with wave.open(take.path) as sound:
            samples = sound.getnframes()
    except (OSError, EOFError, wave.Error) as error:
        raise LineProblem("bad_take", take=digest, folder=folder, reason=error) from error
    if samples != take.samples:
        raise LineProblem("bad_take", take=digest, folder=folder, reason=f"{samples} samples of {take.samples}")
    return take


# The rows


class DublineTakeRow(bpy.types.PropertyGroup):
    """One take of the active line as the panel shows it; `name` is built in."""

    digest: StringProperty()
    kept: BoolProperty()
    plays: BoolProperty()
    told: StringProperty()
    """Length and pace."""
    score: StringProperty()
    """How alike the speaker is and which share of the words was heard, where judges of that were asked."""
    judged: BoolProperty()
    bad: BoolProperty()
    """Damaged, or speaker or words suffered, or there is no such take."""
    made: StringProperty()
    """When."""
    detail: StringProperty()
    """What the judges say, in sentences, or why the take cannot be used."""
    usable: BoolProperty()
    known: BoolProperty()
    """Whether its sidecar was read."""


class DublineTakes(bpy.types.PropertyGroup):
    """The takes of the active line."""

    rows: CollectionProperty(type=DublineTakeRow)
    active: IntProperty(name="Take", description="The one that is chosen in the list")
    count: IntProperty(name="Readings", description="How many readings are made at a time", default=3, min=2, max=12)
    strip: StringProperty()
    """Name of the active strip."""
    source: StringProperty()
    """Name of the line's strip."""
    player: StringProperty()
    """Name of the strip that plays its take."""
    mark: StringProperty()
    """Changes when the rows are another's or not right any more."""
    unknown: IntProperty()
    """Rows whose sidecars are still to be read."""


def refresh(context, anew: bool = False, until: float = math.inf) -> bool:
    """Makes the rows those of the active strip's line; whether anything changed. Costs nothing to speak of when nothing did.

    anew: even if they seem right, since files may have come or gone; until: on the clock `perf_counter`: no further sidecar is
    read after that, and the next call goes on.
    """
    shown = context.window_manager.dubline_takes
    scene = compat.scene_of(context)
    strip = compat.active(scene) if scene is not None else None
    changed = anew or _mark(scene, strip, shown.source, shown.player) != shown.mark
    if changed:
        _list(scene, strip, shown)
    if shown.unknown:
        places = folders(context)
        for row in [row for row in shown.rows if not row.known]:
            _describe(row, places)
            shown.unknown -= 1
            if time.perf_counter() > until:
                break
        changed = True
    return changed


def _mark(scene, strip, source: str, dub: str) -> str:
    """Found by names, since looking through a long film for them at each call would take too long."""
    if strip is None:
        return ""
    every = compat.all_strips(scene.sequence_editor)
    found = (strip, every.get(source), every.get(dub))
    return str(hash((scene.name, strip.name, source, dub, *(one.get(props.KEY) if one is not None else None for one in found))))


def _list(scene, strip, shown):
    """The rows without what their files tell."""
    source = line_of(scene, strip)
    dub = player(scene, source) if source is not None else None
    entries = choices(scene, source) if source is not None else []
    playing = props.peek(dub).get("take") if dub is not None else ""
    before = shown.rows[shown.active].digest if shown.active < len(shown.rows) and source is not None and shown.source == source.name else playing
    shown.rows.clear()
    for number, entry in enumerate(entries, 1):
        row = shown.rows.add()
        row.name, row.digest, row.kept = entry.get("name") or iface_("Take {number}").format(number=number), entry["take"], bool(entry.get("kept"))
        row.plays = row.digest == playing
    shown.active = next((at for at, entry in enumerate(entries) if entry["take"] == before), max(0, len(entries) - 1))
    shown.strip, shown.source, shown.player = (one.name if one is not None else "" for one in (strip, source, dub))
    shown.mark, shown.unknown = _mark(scene, strip, shown.source, shown.player), len(entries)


def _describe(row, places: list[Path]):
    row.known = True
    try:
        take = take_of(row.digest, places)
        made = datetime.fromtimestamp(os.path.getmtime(take.path))
    except (LineProblem, OSError) as problem:
        row.told, row.detail, row.bad = "no file" if getattr(problem, "code", "") == "no_take" else "damaged", str(problem), True
        return
    row.usable = True
    row.told, row.made = f"{take.samples / take.plan.rate:.2f} s, {take.speech.ratio:.0%}", f"{made:%Y-%m-%d %H:%M}"
    apart = engines.APART.get(take.plan.voice.family.upper())
    row.told += f", {apart.TITLE}" if apart else ""
    if take.check is not None:
        row.score, row.judged, row.bad = scored(take.check), True, bool(take.check.damage or suffered(take.check))
        row.detail = " ".join(verdict(take.check))


def scored(check: Check) -> str:
    """Likeness of the speaker, share of the words that were heard."""
    parts = [f"{check.speaker:.2f}"] if check.speaker is not None else []
    parts += [f"{max(0.0, 1 - check.word_error):.0%}"] if check.word_error is not None else []
    return ", ".join(parts)


CLASSES = (DublineTakeRow, DublineTakes)


@bpy.app.handlers.persistent
def _another_state(*_args):
    mend(bpy.context)


MENDING = ("undo_post", "redo_post", "load_post")
"""Blender's handlers that tell that all paths may be others."""


def register():
    for name in MENDING:
        getattr(bpy.app.handlers, name).append(_another_state)
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.WindowManager.dubline_takes = PointerProperty(type=DublineTakes, options={"SKIP_SAVE"})


def unregister():
    for name in MENDING:
        getattr(bpy.app.handlers, name).remove(_another_state)
    del bpy.types.WindowManager.dubline_takes
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
