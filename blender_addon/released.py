"""What leaves a film besides its picture: the mix, its stems (each character, all dialogue, all the rest), and the lines as they are heard."""
from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..engine import pack as packs
from ..engine.pack import Heard
from ..engine.problems import LineProblem
from . import compat, props, read, shelf
from .pieces import seen

SOUNDING = ("SOUND", "SCENE")
"""Types of the strips that are heard by themselves."""

PATIENCE = 30.0
"""Seconds without a byte after which a mix is given up."""

OTHERS = "others"
"""What the stem is called of lines that nobody is named for."""


def mix(scene, path: Path, wanted: Callable | None = None):
    """Writes what the film sounds like, as FLAC of 24 bits at the film's own rate. Nothing of the scene is changed. Raises LineProblem `cannot_write`.

    wanted: only strips are heard whose name it is true of.
    """
    # FLAC, since Blender's WAV repeats its last block
    form = {"container": "FLAC", "codec": "FLAC", "format": "S24", "mixrate": scene.render.ffmpeg.audio_mixrate, "channels": "STEREO"}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with _heard(scene, wanted) as heard, bpy.context.temp_override(view_layer=heard.view_layers[0], **compat.scene_override(heard)):
            bpy.ops.sound.mixdown(filepath=str(path), check_existing=False, relative_path=False, **form)
            _wait_for(path)
    except (OSError, RuntimeError) as error:
        raise LineProblem("cannot_write", folder=str(path.parent), reason=str(error).strip()) from error


@contextmanager
def _heard(scene, wanted: Callable | None):
    """The scene, or a copy of it, in which only what is wanted is heard; afterwards all is as it was."""
    # a batch has no main loop; and Blender 4.3 crashes when it mixes a copy
    one = scene.copy() if compat.mixes_in_thread() else scene
    silenced = [strip for strip in compat.all_strips(one.sequence_editor) if wanted and strip.type in SOUNDING and not strip.mute and not wanted(strip.name)]
    try:
        for strip in silenced:
            strip.mute = True
        yield one
    finally:
        if one is not scene:
            bpy.data.scenes.remove(one)
        else:
            for strip in silenced:
                strip.mute = False


def _wait_for(path: Path):
    """Until the FLAC is written to its end: a Blender 5.2 with its own main loop mixes in a thread and says at once that it is done. Raises LineProblem."""
    size, since = -1, time.monotonic()
    while not (path.is_file() and _samples(path)):
        now = path.stat().st_size if path.is_file() else -1
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise LineProblem("cannot_write", folder=str(path.parent), reason=f"Blender did not write {path.name}")
        time.sleep(0.02)


def _samples(path: Path) -> int:
    """Of a FLAC, as its head has them (RFC 9639, section 8.2); 0 until it is closed."""
    with open(path, "rb") as file:
        return int.from_bytes(file.read(26)[18:], "big") & (1 << 36) - 1


def split(scene, folder: Path, name: str) -> list[Path]:
    """Writes a stem of every character, one of all dialogue and one of all that is none; together the last two are the mix.

    Raises LineProblem `cannot_write`.
    """
    speakers = {uid: slot.speaker for uid, slot in read.read(scene, True).slots.items()}
    spelt: dict[str, str] = {}  # names that a disk takes for the same are one stem's
    whose = {}
    for strip, state in played(scene):
        who = plain(speakers.get(state["of"], "") or OTHERS)
        whose[strip.name] = spelt.setdefault(who.casefold(), who)
    parts: dict[str, Callable] = {"dialogue": lambda name: name in whose, "background": lambda name: name not in whose}
    parts |= {f"dialogue.{who}": lambda name, who=who: whose.get(name) == who for who in sorted(set(whose.values()))}
    written = []
    for part, wanted in parts.items():
        path = folder / f"{name}.{part}.flac"
        mix(scene, path, wanted)
        written.append(path)
    return written


def played(scene) -> list[tuple[object, dict]]:
    """The strips that play takes, and what is noted on each."""
    found = ((strip, props.state(strip)) for strip in compat.all_strips(scene.sequence_editor))
    return [(strip, state) for strip, state in found if strip.type == "SOUND" and "of" in state]


def heard(context, scene) -> Iterator[Heard]:
    """The lines as the film plays them. Raises LineProblem `no_take`, `bad_take`."""
    places, second = shelf.folders(context), read.second(scene)
    speakers = {uid: slot.speaker for uid, slot in read.read(scene, True).slots.items()}
    for piece in seen(scene.sequence_editor):
        state = props.state(piece.strip)
        if "of" in state and piece.strip.sound is not None and not _muted(scene, piece.strip):
            first, last = max(piece.first, scene.frame_start), min(piece.last, scene.frame_end + 1)
            skipped = first - round(compat.start(piece.strip) - compat.head(piece.strip))
            if first < last:
                take = shelf.whole_take(shelf.digest_of(piece.strip.sound) or state["take"], places)
                yield Heard(state["of"], speakers.get(state["of"], ""), (first - scene.frame_start) * second, max(0, skipped) * second, (last - first) * second, take)


def pack(context, scene, folder: Path, title: str) -> Path:
    """Writes a pack of the film's lines, and gives its manifest. Raises LineProblem."""
    seconds = (scene.frame_end + 1 - scene.frame_start) * read.second(scene)
    return packs.write(folder, title, seconds, heard(context, scene))


def _muted(scene, strip) -> bool:
    home = compat.parent(scene.sequence_editor, strip)
    return strip.mute or compat.channels(home)[strip.channel].mute or (home != scene.sequence_editor and _muted(scene, home))


def plain(name: str) -> str:
    """A name that every disk takes: letters of all scripts stay."""
    return re.sub(r"[^\w-]+", "_", name).strip("_") or OTHERS
