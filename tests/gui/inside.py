"""Runs inside a Blender that has a window: answers over two files what the driver asks, and presses nothing itself."""
import json
import os
import sys
import traceback
from pathlib import Path

import bpy

FOLDER = Path(os.environ["DUBLINE_GUI"])
MODULE = "bl_ext.user_default.dubline"
PAUSE = 0.05
ANSWERS = {}


def answers(function):
    """Makes a function one that the driver may ask for by its name."""
    ANSWERS[function.__name__] = function
    return function


def ours(name):
    """A module of the add-on."""
    return sys.modules[f"{MODULE}.blender_addon.{name}"]


def shown():
    """The scene that the sequencer shows."""
    return getattr(bpy.context.window_manager.windows[0].workspace, "sequencer_scene", None) or bpy.context.window_manager.windows[0].scene


def strips(editor):
    found = getattr(editor, "strips_all", None)
    return editor.sequences_all if found is None else found


def edges(strip):
    return (strip.left_handle, strip.right_handle) if bpy.app.version >= (5, 1) else (strip.frame_final_start, strip.frame_final_end)


@answers
def about():
    return {
        "blender": bpy.app.version_string,
        "python": sys.version.split()[0],
        "worker_python": sys.executable,
        "enabled": MODULE in bpy.context.preferences.addons,
        "film": bpy.data.filepath,
        "unsaved": bpy.data.is_dirty,
        "windows": len(bpy.context.window_manager.windows),
        "operators": [operator.bl_idname for operator in bpy.context.window_manager.operators],
    }


@answers
def areas():
    """Every area of every window with its regions; x and y in the window, y from its bottom."""
    return [
        {
            "type": area.type, "view": getattr(area.spaces.active, "view_type", ""), "window": number, "height_of_window": window.height,
            "x": area.x, "y": area.y, "width": area.width, "height": area.height,
            "regions": [
                {"type": region.type, "x": region.x, "y": region.y, "width": region.width, "height": region.height}
                for region in area.regions
            ],
        }
        for number, window in enumerate(bpy.context.window_manager.windows)
        for area in window.screen.areas
    ]  # fmt: skip


@answers
def film(lines, frames=72, gap=8, voice="", fps=24):
    """Empties the sequencer and lays text strips with these words one after another; they are selected, the first is active."""
    scene = shown()
    scene.render.fps, scene.render.fps_base = fps, 1.0
    editor = scene.sequence_editor_create()
    own = getattr(editor, "strips", None)
    own = editor.sequences if own is None else own
    for strip in list(own):
        own.remove(strip)
    made = []
    for number, words in enumerate(lines):
        first = 1 + number * (frames + gap)
        length = {"length": frames} if bpy.app.version >= (5, 0) else {"frame_end": first + frames}
        strip = own.new_effect(name=f"Line {number + 1}", type="TEXT", channel=1 + number % 2, frame_start=first, **length)
        strip.text = words
        made.append(strip.name)
    scene.frame_end = max(scene.frame_end, 1 + len(lines) * (frames + gap))
    if voice:
        scene.dubline.default_voice = voice
    editor.active_strip = strips(editor)[made[0]]
    bpy.ops.ed.undo_push(message="Film")
    return made


@answers
def select(names, active=""):
    """Selects these strips alone."""
    editor = shown().sequence_editor
    for strip in strips(editor):
        strip.select = strip.name in names
    if active:
        editor.active_strip = strips(editor)[active]
    return sorted(strip.name for strip in strips(editor) if strip.select)


@answers
def timeline():
    """Every strip in time."""
    editor = shown().sequence_editor
    found = []
    for strip in sorted(strips(editor) if editor else (), key=lambda strip: (edges(strip), strip.channel)):
        file = bpy.path.abspath(strip.sound.filepath) if strip.type == "SOUND" else ""
        found.append({
            "name": strip.name, "type": strip.type, "channel": strip.channel, "edges": edges(strip), "selected": strip.select, "mute": strip.mute,
            "file": file, "state": json.loads(strip.get("dub", "{}")), "text": getattr(strip, "text", ""),
        })  # fmt: skip
    return found


@answers
def run():
    """What the add-on says of its last run."""
    session = ours("session").session
    if session.run is None:
        return None
    reports = [{"label": report.label, "status": report.status, "message": report.message, "code": report.code, "fresh": report.fresh} for report in session.run.reports.values()]
    worker = getattr(session._host, "pid", None)
    return {
        "ended": session.run.ended, "cancelled": session.run.cancelled, "progress": session.run.progress, "summary": session.run.summary,
        "lines": reports, "worst_tick_ms": round(session.run.worst_tick * 1000, 2), "worker": worker,
    }  # fmt: skip


@answers
def prefer(**values):
    """Sets preferences of the add-on."""
    preferences = bpy.context.preferences.addons[MODULE].preferences
    for name, value in values.items():
        setattr(preferences, name, value)
    bpy.ops.wm.save_userpref()
    return {name: getattr(preferences, name) for name in values}


@answers
def install(file):
    """Installs an extension's zip and enables it, as Preferences > Get Extensions > Install from Disk does."""
    done = bpy.ops.extensions.package_install_files(filepath=file, repo="user_default", enable_on_install=True)
    return {"answer": sorted(done), "enabled": MODULE in bpy.context.preferences.addons}


@answers
def leave():
    """Ends Blender whatever is unsaved."""
    bpy.app.timers.register(lambda: bpy.ops.wm.quit_blender() and None, first_interval=0.2)


def listen():
    """Answers the wish that waits, if one does."""
    wish = FOLDER / "wish.json"
    if wish.exists():
        asked = json.loads(wish.read_text(encoding="utf-8"))
        wish.unlink()
        try:
            said = {"number": asked["number"], "answer": ANSWERS[asked["what"]](**asked["given"])}
        except Exception:  # noqa: BLE001  the driver shall hear of it, whatever it is
            said = {"number": asked["number"], "error": traceback.format_exc()}
        part = FOLDER / "answer.part"
        part.write_text(json.dumps(said), encoding="utf-8")
        part.replace(FOLDER / "answer.json")
    return PAUSE


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(listen, first_interval=0.5, persistent=True)
