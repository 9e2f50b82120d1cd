"""Runs inside a Blender that has nothing but its own packages: installs the zip, dubs a line with it, says what it saw."""
import importlib.util
import json
import os
import sys
from pathlib import Path

import bpy

ZIP, FOLDER, TEXT = sys.argv[1:4]
MODULE = "bl_ext.user_default.dubline"
FIRST, FRAMES, RATE = 20, 72, 24


def ours() -> list[str]:
    """What of the extension can be seen in Blender."""
    seen = [name for name in dir(bpy.types) if "dubline" in name.lower()]
    seen += [f"Scene.{name}" for name in bpy.types.Scene.bl_rna.properties.keys() if "dubline" in name]  # noqa: SIM118
    strip = getattr(bpy.types, "Strip", None) or bpy.types.Sequence
    seen += [f"Strip.{name}" for name in strip.bl_rna.properties.keys() if "dubline" in name]  # noqa: SIM118
    return seen + [f"handler {handler.__module__}" for handler in bpy.app.handlers.load_pre if "dubline" in handler.__module__]


def text_strip(editor):
    """The line, by whichever name this Blender gives its arguments."""
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    length = {"length": FRAMES} if bpy.app.version >= (5, 0) else {"frame_end": FIRST + FRAMES}
    strip = strips.new_effect(name="line", type="TEXT", channel=1, frame_start=FIRST, **length)
    strip.text = TEXT
    return strips


def edges(strip) -> list[int]:
    """First frame, and the one after the last."""
    if bpy.app.version >= (5, 1):
        return [strip.left_handle, strip.right_handle]
    return [strip.frame_final_start, strip.frame_final_end]


def main() -> dict:
    paths, modules = set(sys.path), set(sys.modules)
    bpy.ops.extensions.package_install_files(filepath=ZIP, repo="user_default", enable_on_install=True)
    said = {"blender": bpy.app.version_string, "enabled": MODULE in bpy.context.preferences.addons}
    said["new_paths"] = sorted(set(sys.path) - paths)
    home = Path(sys.modules[MODULE].__file__).parent
    new = {name: getattr(sys.modules[name], "__file__", None) or "" for name in set(sys.modules) - modules}
    said["loose_modules"] = sorted(name for name, file in new.items() if file.startswith(str(home)) and not name.startswith(MODULE))
    said["shown"] = ours()
    bpy.ops.preferences.addon_disable(module=MODULE)
    said["left_behind"] = ours()
    bpy.ops.preferences.addon_enable(module=MODULE)
    said["shown_again"] = ours()
    said["onnxruntime"] = getattr(importlib.util.find_spec("onnxruntime"), "origin", None)

    bpy.ops.wm.save_as_mainfile(filepath=str(Path(FOLDER) / "film.blend"))
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = RATE, 1.0
    strips = text_strip(scene.sequence_editor_create())
    try:
        said["answer"] = sorted(bpy.ops.dubline.dub(scope="ALL"))
    except RuntimeError as refusal:
        said["refusal"] = str(refusal)
    said["sounds"] = [{"edges": edges(strip), "file": bpy.path.abspath(strip.sound.filepath)} for strip in strips if strip.type == "SOUND"]
    run = sys.modules[f"{MODULE}.blender_addon.session"].session.run
    said["reports"] = [report.message for report in run.reports.values()] if run else []
    bpy.ops.preferences.addon_disable(module=MODULE)
    said["left_at_end"] = ours()
    return said


Path(FOLDER, "said.json").write_text(json.dumps(main()), encoding="utf-8")
# A Blender module of before 5.0 may crash when the interpreter takes it down.
sys.stdout.flush()
os._exit(0)
