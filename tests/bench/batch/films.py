"""Films for the bench, made by a process of its own, since Blender's module knows one film at a time: `python -m tests.bench.batch.films FOLDER COUNT LINES VOICE`."""
from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

WORDS = (
    "We kept every pause exactly where he left it.",
    "She waited by the window, and nobody came.",
    "Turn the lights off before you leave the room.",
    "I never said that the bridge would hold.",
    "Nothing in this house is where it used to be.",
    "The last train had gone when we reached the station.",
    "Tell them that the answer is still no.",
    "He opened the letter, read it twice, and laughed.",
)
SECONDS = 3
GAP = 1
RATE = 24


def make(folder: Path, count: int, lines: int, voice: str):
    """`count` films with `lines` text strips each, every text another."""
    import bpy

    from mount import mount

    root = mount("dubline")
    root.register()
    compat, words = (importlib.import_module(f"dubline.blender_addon.{name}") for name in ("compat", "words"))
    folder.mkdir(parents=True, exist_ok=True)
    for film in range(count):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        scene = bpy.context.scene
        scene.render.fps = RATE
        scene.sequence_editor_create()
        scene.dubline.default_voice = voice
        for line in range(lines):
            first = 1 + line * (SECONDS + GAP) * RATE
            strip = compat.new_text(scene.sequence_editor, f"line{line}", "", 2, first, SECONDS * RATE)
            words.set_text(strip, f"{WORDS[line % len(WORDS)]} Film {film}, line {line}.")
        scene.frame_start, scene.frame_end = 1, lines * (SECONDS + GAP) * RATE
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / f"film{film}.blend"))


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    sys.stdout.flush()
    os._exit(0)  # bpy up to 4.5 crashes or hangs when the interpreter takes it down
