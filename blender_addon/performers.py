"""Who performs for a line: its original, a strip or a file, as a strip's JSON names them and as a stretch of a media file.

A wish names its performers and does not locate them, since films move between computers: `read` finds them when a line is
dubbed. The path of a recording in a strip's wish is one of

    original:     the line's own original
    strip:UID     a sound or movie strip by our uid, since names change
    //clip.flac   a file, relative to the film where it can be

The panel's form of it is {"kind": one of KINDS, "strip": uid, "name": the strip's when it was chosen, "file", "from", "to"}.
"""
from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import bpy

from ..engine.problems import LineProblem
from ..engine.script import Recording
from . import compat, props

ORIGINAL, STRIP = "original:", "strip:"

FEW, MOMENT = 7, 5.0
"""Selected strips that are looked at whenever it is asked, and seconds in which, while the same are selected, none of many becomes a take or ceases to be one."""

OURS = '{"of": ', '{"background": '
"""How the JSON of most takes and backgrounds begins."""

KINDS = (
    ("ORIGINAL", "Original", "The recording that the line replaces"),
    ("STRIP", "Strip", "A sound or movie strip, as far as it can be seen"),
    ("FILE", "File", "A sound or film of this computer"),
)
PLAIN_KINDS = (("NONE", "Not known", "What is usual for the person is told by pitch and voice alone"), *KINDS)


def recording(who: dict) -> Recording | None:
    """The performer as a wish names it; None while nobody is chosen."""
    kind = who.get("kind", "ORIGINAL")
    if kind == "ORIGINAL":
        return Recording(ORIGINAL)
    if kind == "STRIP":
        return Recording(STRIP + who["strip"]) if who.get("strip") else None
    if kind != "FILE" or not who.get("file"):
        return None
    begin, end = float(who.get("from", 0.0)), float(who.get("to", 0.0))
    return Recording(who["file"], begin, round(max(0.0, end - begin), 3))


def named(found: Recording | None) -> dict:
    """The same as the panel has it."""
    if found is None:
        return {"kind": "NONE"}
    if found.path == ORIGINAL:
        return {"kind": "ORIGINAL"}
    if found.path.startswith(STRIP):
        return {"kind": "STRIP", "strip": found.path.removeprefix(STRIP)}
    return {"kind": "FILE", "file": found.path, "from": found.start, "to": found.start + found.seconds if found.seconds else 0.0}


def title(who: dict) -> str:
    """The performer in a few words."""
    kind = who.get("kind", "ORIGINAL")
    if kind == "STRIP":
        return who.get("name") or "(a strip)"
    return "Original" if kind == "ORIGINAL" else os.path.basename(who.get("file", "").replace("\\", "/")) or "(no file yet)"


def strips(scene, selected: bool = False) -> Iterator:
    """Those that can perform: sounds and movies that are no takes; only selected ones, where that is asked."""
    editor, kinds = scene.sequence_editor, ("SOUND", "MOVIE")
    if editor is None:
        return
    found = compat.selected(editor, *kinds) if selected else [strip for strip in compat.all_strips(editor) if strip.type in kinds]
    yield from [strip for strip in found if not is_ours(strip)]


def selected(scene) -> list:
    """The selected ones; of a film's picture and sound the sound, which knows the film."""
    return _once(strips(scene, selected=True))


def _once(chosen: Iterable) -> list:
    found = [(strip, strip.type == "SOUND") for strip in chosen]
    heard = {path_of(strip) for strip, sounds in found if sounds} if len(found) > 1 else ()
    return [strip for strip, sounds in found if sounds or path_of(strip) not in heard]


def counted(scene) -> tuple[int, int]:
    """How many of these are sounds and how many movies. Several buttons ask at each drawing, and those that ask in the same moment share an answer."""
    editor = scene.sequence_editor
    if editor is None:
        return 0, 0
    chosen = compat.selection(editor)
    count = chosen.count(True)
    if count > FEW:
        return _counted(scene, bytes(chosen), int(time.monotonic() / MOMENT))
    return _count(_once(strip for strip in compat.selected(editor, "SOUND", "MOVIE", chosen=chosen) if not is_ours(strip))) if count else (0, 0)


@lru_cache(maxsize=1)
def _counted(scene, _chosen: bytes, _moment: int) -> tuple[int, int]:
    return _count(selected(scene))


def _count(found: list) -> tuple[int, int]:
    types = [strip.type for strip in found]
    return types.count("SOUND"), types.count("MOVIE")


def is_ours(strip) -> bool:
    """Whether the strip plays a take or a background."""
    # what we laid ourselves begins so
    text = props.raw(strip)
    return text.startswith(OURS) or (text != "" and not {"of", "background"}.isdisjoint(props.peek(strip)))


def is_background(strip) -> bool:
    """Whether the strip plays the background of an original: what we laid there, and no recording of the person's."""
    text = props.raw(strip)
    return not text.startswith(OURS[0]) and '"background": ' in text and "background" in props.peek(strip)


def find(scene, uid: str):
    """The strip of that uid, or None."""
    for strip in compat.all_strips(scene.sequence_editor) if uid and scene.sequence_editor else ():
        # reading every strip's JSON at every redraw would take too long
        if uid in props.raw(strip) and props.peek(strip).get("uid") == uid:
            return strip
    return None


def uid_of(strip) -> str:
    """The strip's uid; it is given one where it has none."""
    return props.peek(strip).get("uid") or props.update(strip, uid=props.new_uid())["uid"]


def packed(strip) -> bool:
    """Whether its sound lies within the .blend, where the engine cannot read it."""
    return strip.type == "SOUND" and strip.sound is not None and bool(strip.sound.packed_file)


def path_of(strip) -> str:
    """Its media file on this computer; empty when it has none."""
    media = strip.sound if strip.type == "SOUND" else strip
    return bpy.path.abspath(media.filepath, library=strip.id_data.library) if media is not None else ""


def relative(path: str) -> str:
    """The path as a strip keeps it: relative to a saved .blend, so that the folder can move as a whole."""
    if not bpy.data.filepath:
        return path
    try:
        return bpy.path.relpath(path)
    except ValueError:  # another drive
        return path


def content(strip) -> str:
    """What tells the strip from another of its name: its words or its file."""
    return strip.text if strip.type == "TEXT" else path_of(strip)


def shown(strip, first: int, last: int, frame: float) -> Recording:
    """The stretch of its file that the strip shows from frame `first` to before `last`; frame: seconds of the scene's.

    Raises LineProblem `missing_media`.
    """
    path = path_of(strip)
    if not Path(path).is_file():
        raise LineProblem("missing_media", path=path or "(none)")
    # a movie shows one of its own pictures a frame, whatever the scene's rate; sound runs in time
    own = 1 / strip.fps if strip.type == "MOVIE" and strip.fps else frame
    offset = compat.head(strip) + first - compat.start(strip)
    return Recording(path, max(0.0, offset * own), (last - first) * frame)


def located(named: Recording, own: Recording | None, scene, seen: dict[str, tuple], frame: float) -> Recording:
    """The stretch of sound that is meant. Raises LineProblem.

    own: the line's original; seen: uid -> strip, its first visible frame and the one after its last; frame: seconds.
    """
    if named.path == ORIGINAL:
        if own is None:
            raise LineProblem("no_performer", reason="the line has no original sound that could")
        return replace(own, at=0.0, volume=1.0)
    if named.path.startswith(STRIP):
        strip, first, last = seen.get(named.path.removeprefix(STRIP), (None, 0, 0))
        if strip is None:
            raise LineProblem("no_performer", reason="the strip that shall is not in the scene")
        if packed(strip):
            raise LineProblem("packed_sound", strip=strip.name)
        return shown(strip, first, last, frame)
    path = os.path.normpath(bpy.path.abspath(named.path, library=scene.library))
    if not Path(path).is_file():
        raise LineProblem("no_performer", reason=f"the recording {path!r} is missing")
    return replace(named, path=path)


def mark(strip, who: dict, heard) -> str:
    """Changes when another file or stretch would be heard of the performer, whose strip is `heard` where it has one."""
    if who.get("kind") == "FILE":
        path, told = bpy.path.abspath(who.get("file", ""), library=strip.id_data.library), f"{who.get('from', 0.0):.3f} {who.get('to', 0.0):.3f}"
    elif heard is None:
        return ""
    else:
        path, told = path_of(heard), f"{compat.head(heard):.2f} {compat.end(heard) - compat.start(heard)}"
        if who.get("kind", "ORIGINAL") == "ORIGINAL":  # heard as far as the line covers it
            told += f" {compat.start(strip) - compat.start(heard)} {compat.end(strip) - compat.start(strip)}"
    try:
        size = os.stat(path).st_size
    except OSError:
        size = 0
    return f"{os.path.basename(path)} {size} {told}"
