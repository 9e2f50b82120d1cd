"""What a long film costs a window, measured without one: drawing the panels, looking for changed lines, and reading the film when Dub is pressed."""
from __future__ import annotations

import os
import statistics
import tempfile
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

from mount import mount

from .addon import PACKAGE, film

PANELS = ("dub", "run", "line", "emotion", "original", "takes", "cast")
"""Those that are open at first."""


def run(strips: int = 1000, lines: int = 200, times: int = 20) -> dict:
    """CPU milliseconds of the main thread. strips: lines with a take each, of the weightless tone; lines: of the film that is read."""
    with tempfile.TemporaryDirectory(prefix="dubline-bench-") as folder:
        os.environ.setdefault("BLENDER_USER_RESOURCES", folder)
        import bpy

        addon = mount(PACKAGE)
        addon.register()
        try:
            return {"reading": _reading(bpy, Path(folder), lines), **_dubbed(bpy, Path(folder), strips, times)}
        finally:
            addon.unregister()


def room(name: str):
    """A module of the add-on."""
    return import_module(f"{PACKAGE}.{name}")


def _reading(bpy, folder: Path, lines: int) -> dict:
    """A press of Dub: ticks until the film is read."""
    scene, session = film(bpy, folder, lines), room("blender_addon.session").session
    look, ticks = session.look(scene, {"everything": True, "takes": str(folder / "reading")}), []
    while not look.ended:
        ticks.append(_cost(session.read_on, look))
    return {"lines": lines, "ticks": len(ticks), "worst_ms": round(max(ticks), 2), "all_ms": round(sum(ticks), 2)}


def _dubbed(bpy, folder: Path, count: int, times: int) -> dict:
    """Looks and drawings with so many dubbed lines."""
    scene = film(bpy, folder, count)
    compat, session, shelf = (room(f"blender_addon.{name}") for name in ("compat", "session", "shelf"))
    scene.dubline.check = "OFF"
    reading, board = room("blender_addon.read").read(scene, True, str(folder / "dubbed")), room("blender_addon.place").Board(scene.name)
    for event in room("engine.speak").Engine(folder).run(1, reading.job):
        if hasattr(event, "take"):
            board.place(reading.slots[event.uid], event.take)
    look = room("blender_addon.watch").look
    looks = [_cost(look, scene) for _ in range(times + 1)]
    every = list(compat.all_strips(scene.sequence_editor))
    texts, takes = ([strip for strip in every if strip.type == kind] for kind in ("TEXT", "SOUND"))
    context = SimpleNamespace(
        space_data=SimpleNamespace(view_type="SEQUENCER"), scene=scene, window_manager=bpy.context.window_manager, preferences=bpy.context.preferences,
    )  # fmt: skip
    drawn = {}
    for what, chosen, active in (("line", texts[:1], texts[count // 2]), ("take", takes[:1], takes[count // 2]), ("everything", every, texts[count // 2])):
        for strip in every:
            strip.select = False
        for strip in chosen:
            strip.select = True
        scene.sequence_editor.active_strip = active
        shelf.refresh(context)
        drawn[f"{what}_ms"] = round(statistics.median(_cost(_draw, bpy, context) for _ in range(times)), 2)
    session.session.close()
    return {"strips": len(takes), "look": {"first_ms": round(looks[0], 2), "median_ms": round(statistics.median(looks[1:]), 2)}, "draw": drawn}


def _draw(bpy, context):
    """Draws the panels as Blender does: it asks each button whether it can be pressed, and each property for its value."""
    for name in PANELS:
        panel = getattr(bpy.types, f"DUBLINE_PT_{name}")
        if panel.poll(context):
            own = {key: value for key, value in vars(panel).items() if key.startswith("draw_")}
            panel.draw(SimpleNamespace(layout=_Layout(bpy, context), **{key: value.__func__ for key, value in own.items() if isinstance(value, staticmethod)}), context)


class _Layout:
    """Takes what a panel draws, and asks what Blender would."""

    def __init__(self, bpy, context):
        self.__dict__.update(_bpy=bpy, _context=context)

    def __setattr__(self, _name, _value):
        pass

    def __getattr__(self, _name):
        return lambda *_given, **_more: _Layout(self._bpy, self._context)

    def operator(self, name, **_more):
        verb = getattr(self._bpy.types, name.replace("dubline.", "DUBLINE_OT_"))
        if hasattr(verb, "poll"):
            verb.poll(self._context)
        return SimpleNamespace()

    def prop(self, owner, name, **_more):
        getattr(owner, name)

    def template_list(self, kind, _name, owner, listed, _active_owner, active, **_more):
        for row in list(getattr(owner, listed))[:5]:
            getattr(self._bpy.types, kind).draw_item(None, self._context, self, owner, row, 0, owner, active)


def _cost(work, *given) -> float:
    """Milliseconds of processor."""
    began = time.thread_time()
    work(*given)
    return (time.thread_time() - began) * 1000
