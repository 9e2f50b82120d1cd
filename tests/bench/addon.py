"""How much of Blender's own time a run takes: the longest tick while lines are made, and how many takes it places a second."""
from __future__ import annotations

import os
import statistics
import tempfile
import time
from importlib import import_module
from pathlib import Path

from mount import mount

PACKAGE = "dubline_bench"
TICK = 0.05
"""Seconds between two ticks, as the window's timer has it."""


def run(lines: int = 100, placed: int = 500) -> dict:
    """CPU milliseconds of the main thread, which other work on the computer does not disturb. Speech is the weightless tone's, made by the worker: more takes a second than any model gives."""
    with tempfile.TemporaryDirectory(prefix="dubline-bench-") as folder:
        os.environ.setdefault("BLENDER_USER_RESOURCES", folder)
        import bpy

        addon = mount(PACKAGE)
        addon.register()
        try:
            return {"ticks": _ticks(bpy, Path(folder), lines), "placing": _placing(bpy, Path(folder), placed)}
        finally:
            addon.unregister()


def film(bpy, folder: Path, lines: int):
    """The scene of a new film with so many text strips."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / f"{lines}.blend"))
    scene = bpy.context.scene
    scene.dubline.default_voice = "tone:sine"
    editor = scene.sequence_editor_create()
    compat = import_module(f"{PACKAGE}.blender_addon.compat")
    for number in range(lines):
        compat.new_text(editor, f"{number:04}", f"Line number {number} of the film", 1 + number % 2, 1 + 40 * number, 48)
    return scene


def _ticks(bpy, folder: Path, lines: int) -> dict:
    """Ticks as in a window, while the worker makes the lines."""
    scene = film(bpy, folder, lines)
    read, session = (import_module(f"{PACKAGE}.blender_addon.{name}") for name in ("read", "session"))
    began = time.perf_counter()
    reading = read.read(scene, True, str(folder / "ticks"))
    read_ms = (time.perf_counter() - began) * 1000
    session.session.start(bpy.context, scene, reading)
    times, walls, going = [], [], True
    while going:
        wall, began = time.perf_counter(), time.thread_time()
        going = session.session.tick()
        times.append((time.thread_time() - began) * 1000)
        walls.append((time.perf_counter() - wall) * 1000)
        time.sleep(TICK)
    run = session.session.run
    session.session.close()
    return {
        "lines": lines,
        "done": run.count("done"),
        "read_ms": round(read_ms, 2),
        "ticks": len(times),
        "worst_ms": round(max(times), 2),
        "worst_wall_ms": round(max(walls), 2),
        "median_ms": round(statistics.median(times), 3),
    }


def _placing(bpy, folder: Path, count: int) -> dict:
    """Takes that are on disk already, placed one after another in a film without any."""
    scene = film(bpy, folder, count)
    read, place = (import_module(f"{PACKAGE}.blender_addon.{name}") for name in ("read", "place"))
    speak = import_module(f"{PACKAGE}.engine.speak")
    reading = read.read(scene, True, str(folder / "placing"))
    takes = [event for event in speak.Engine(folder).run(1, reading.job) if hasattr(event, "take")]
    times, known = [], {}
    for event in takes:
        began = time.thread_time()
        place.Board(scene.name, known).place(reading.slots[event.uid], event.take)
        times.append(time.thread_time() - began)
    scene = film(bpy, folder, count)
    reading = read.read(scene, True, str(folder / "placing"))
    began = time.thread_time()
    board = place.Board(scene.name)
    for slot, event in zip(reading.slots.values(), takes, strict=True):
        board.place(slot, event.take)
    together = time.thread_time() - began
    return {
        "takes": len(times),
        "takes_per_second": round(len(times) / together, 1),
        "one_a_tick_per_second": round(len(times) / sum(times), 1),
        "median_ms": round(statistics.median(times) * 1000, 2),
        "worst_ms": round(max(times) * 1000, 2),
    }
