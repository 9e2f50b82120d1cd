"""Runs inside a Blender that has a window: answers over two files what the driver asks, and presses nothing itself."""
import json
import os
import signal
import sys
import time
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import bpy

FOLDER = Path(os.environ["DUBLINE_GUI"])
MODULE = "bl_ext.user_default.dubline"
PAUSE = 0.05
ANSWERS = {}
sys.path.insert(0, str(Path(__file__).parent))
watching = import_module("watch")  # lies beside this file, which is in no package where Blender runs it
STATE = {}


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
        "onnxruntime": getattr(find_spec("onnxruntime"), "origin", None),
        "enabled": MODULE in bpy.context.preferences.addons,
        "film": bpy.data.filepath,
        "unsaved": bpy.data.is_dirty,
        "windows": len(bpy.context.window_manager.windows),
        "operators": [operator.bl_idname for operator in bpy.context.window_manager.operators],
    }


@answers
def areas():
    """Every area of every window with its regions, where they are on the screen; y from its bottom."""
    return [
        {
            "type": area.type, "view": getattr(area.spaces.active, "view_type", ""), "window": number, "width": area.width, "height": area.height,
            "regions": [
                {"type": region.type, "x": window.x + region.x, "y": window.y + region.y, "width": region.width, "height": region.height}
                for region in area.regions
            ],
        }
        for number, window in enumerate(bpy.context.window_manager.windows)
        for area in window.screen.areas
    ]  # fmt: skip


@answers
def scrolled():
    """By how many pixels the sequencer's sidebar is drawn upwards."""
    areas = [area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == "SEQUENCE_EDITOR" and area.spaces.active.view_type == "SEQUENCER"]
    region = next(region for region in max(areas, key=lambda area: area.width * area.height).regions if region.type == "UI")
    return round(-region.view2d.region_to_view(0, region.height)[1])


@answers
def film(lines, frames=72, gap=8, voice="", fps=24, after=0):
    """Lays text strips with these words one after another and chooses them; in place of all that was there, or after so many lines of it."""
    scene = shown()
    scene.render.fps, scene.render.fps_base = fps, 1.0
    editor = scene.sequence_editor_create()
    own = getattr(editor, "strips", None)
    own = editor.sequences if own is None else own
    for strip in list(own):
        if after:
            strip.select = False
        else:
            own.remove(strip)
    for number, channel in enumerate(editor.channels):
        if not after:
            channel.name = f"Channel {number}"
    made = []
    for number, words in enumerate(lines, after):
        first = 1 + number * (frames + gap)
        length = {"length": frames} if bpy.app.version >= (5, 0) else {"frame_end": first + frames}
        strip = own.new_effect(name=f"Line {number + 1}", type="TEXT", channel=1 + number % 2, frame_start=first, **length)
        strip.text = words
        made.append(strip.name)
    scene.frame_end = max(250, 1 + (after + len(lines)) * (frames + gap))
    if voice:
        scene.dubline.default_voice = voice
    if made:
        editor.active_strip = strips(editor)[made[0]]
    bpy.ops.ed.undo_push(message="Film")
    return made


@answers
def original(file, channel, first=1):
    """Lays a recording, unselected."""
    own = getattr(shown().sequence_editor, "strips", None)
    own = shown().sequence_editor.sequences if own is None else own
    own.new_sound(name="Original", filepath=file, channel=channel, frame_start=first).select = False
    bpy.ops.ed.undo_push(message="Original")


@answers
def dub():
    """Dubs all lines as a script does, without a picture in between, and unchecked."""
    shown().dubline.check = "OFF"
    window = bpy.context.window_manager.windows[0]
    area = max((area for area in window.screen.areas if area.type == "SEQUENCE_EDITOR"), key=lambda area: area.width * area.height)
    with bpy.context.temp_override(window=window, area=area, region=next(region for region in area.regions if region.type == "WINDOW")):
        return sorted(bpy.ops.dubline.dub("EXEC_DEFAULT", scope="ALL"))


@answers
def changes():
    """How many lines the add-on knows as changed since their takes, and as not dubbed."""
    found = ours("session").session.watched.get(shown().name)
    return found and [len(found.stale), len(found.missing)]


@answers
def cast():
    """The scene's characters."""
    return [{name: getattr(role, name) for name in ("name", "voice", "color")} for role in shown().dubline.roles]


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
def spot(frame, channel):
    """Where on the screen this place of the timeline is; y from its bottom."""
    window = bpy.context.window_manager.windows[0]
    areas = [area for area in window.screen.areas if area.type == "SEQUENCE_EDITOR" and area.spaces.active.view_type == "SEQUENCER"]
    area = max(areas, key=lambda area: area.width * area.height)
    region = next(region for region in area.regions if region.type == "WINDOW")
    x, y = region.view2d.view_to_region(frame, channel, clip=False)
    return [window.x + region.x + x, window.y + region.y + y]


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
        "which": id(session.run), "ended": session.run.ended, "cancelled": session.run.cancelled, "progress": session.run.progress, "summary": session.run.summary,
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
def watch():
    """From now on what of ours runs in the main thread is timed."""
    home = Path(sys.modules[MODULE].__file__).parent
    STATE["watch"], STATE["turns"] = watching.Watch(home), watching.Turns()
    bpy.app.timers.register(STATE["turns"])


@answers
def watched():
    """What was timed, the longest first, and how Blender's loop turned."""
    watch, turns = STATE.pop("watch"), STATE.pop("turns")
    watch.close()
    turns.going = False
    stretches = {name: {key: round(value, 3) for key, value in one.items()} for name, one in watch.stretches.items()}
    gaps = sorted(turns.gaps)
    return {
        "stretches": dict(sorted(stretches.items(), key=lambda item: -item[1]["worst_cpu_ms"])),
        "turns": {"count": len(gaps), "median_ms": round(gaps[len(gaps) // 2], 2), "worst_ms": round(gaps[-1], 2)},
    }


@answers
def redraw(times):
    """Draws the sequencer's sidebar anew so often; milliseconds that each drawing spends in our code, by the thread's own clock and by the wall's."""
    window = bpy.context.window_manager.windows[0]
    area = max((area for area in window.screen.areas if area.type == "SEQUENCE_EDITOR"), key=lambda area: area.width * area.height)
    watch = watching.Watch(Path(sys.modules[MODULE].__file__).parent)
    costs = []
    for _ in range(times):
        before = watch.total()
        next(region for region in area.regions if region.type == "UI").tag_redraw()
        with bpy.context.temp_override(window=window):
            bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
        costs.append([now - then for now, then in zip(watch.total(), before, strict=True)])
    watch.close()
    names = {name: {key: round(value / times, 3) for key, value in one.items() if key in ("calls", "cpu_ms")} for name, one in watch.stretches.items()}
    return {"costs": costs, "by_name": dict(sorted(names.items(), key=lambda item: -item[1]["cpu_ms"]))}


@answers
def check(times):
    """Looks so often which lines changed; milliseconds of each by the thread's own clock."""
    costs = []
    for _ in range(times):
        began = time.thread_time()
        ours("watch").look(shown())
        costs.append((time.thread_time() - began) * 1000)
    return costs


@answers
def enable(on):
    """Enables or disables the add-on, as its box in the preferences does."""
    (bpy.ops.preferences.addon_enable if on else bpy.ops.preferences.addon_disable)(module=MODULE)


@answers
def kill_worker():
    os.kill(ours("session").session._host.pid, signal.SIGKILL)


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
