"""Presets of Blender's own kind: the settings of lines, and a whole cast. They lie in the user's scripts folder, as Blender's do.

A preset is a Python file that sets properties. Those of a line are set on `WindowManager.dubline_line`, which shows the
active line's and sets all lines that are selected.
"""
from __future__ import annotations

import json
import os

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel
from bpy.props import PointerProperty, StringProperty

from ..engine.emotion import EIGHT, SETTINGS
from . import compat, feelings, performers, props, shelf
from .greyed import Greyed

NOT_SETTINGS = ("speaker", "language", "engine", "seed", "lock", "source", "kind", "weight")
"""Views of a strip that belong to this one line, or to one source of a mix."""

SOUND = ("overflow", "borrow", "jump", "smoothness", "shortest", "longest", "sync", "match", "level", "pitch", "pitch_range", "energy", "effect")
"""Settings that hold whatever decides the length."""

LENGTHS = {"RATIO": ("ratio",), "TOKENS": ("tokens",)}
"""What belongs to a length: to set it chooses that length, so no other preset has it."""

EMOTIONS = {"CAST": (), "NEUTRAL": (), "PRESET": ("preset",), "SLIDERS": (*EIGHT, *SETTINGS), "WORDS": ("words",)}
"""What belongs to a way of giving the emotion; mixes and performers go as a whole, as `portable` has them."""

OF_SOURCE = ("kind", "weight", "preset", "words", "sliders", "read")
OF_PERFORMER = ("kind", "file", "from", "to")
"""What a preset keeps of a source of a mix, and of who performs it."""

NOTHING = {"EnumProperty": 0, "FloatProperty": 0.0, "IntProperty": 0, "BoolProperty": False, "StringProperty": ""}
"""What is shown where there is no line."""


def lines(context) -> list:
    """The active line and the selected ones, each once. A take stands for its line, a sound alone only when it was dubbed or is active."""
    scene = compat.scene_of(context)
    if scene is None or scene.sequence_editor is None:
        return []
    active = compat.active(scene)
    selected = [strip for strip in compat.all_strips(scene.sequence_editor) if strip.select]
    wanted = [strip for strip in selected if strip.type == "TEXT" or {"of", "takes"} & props.state(strip).keys()]
    found = []
    for strip in (active, *wanted):
        line = shelf.line_of(scene, strip)
        if line is not None and line not in found and feelings.is_line(line):
            found.append(line)
    return found


def _of_lines(declared):
    """The same property for all lines at once."""
    shown, write, nothing = declared.keywords["get"], declared.keywords["set"], NOTHING[declared.function.__name__]

    def get(_group):
        found = lines(bpy.context)
        return shown(found[0]) if found else nothing

    def set_all(_group, value):
        for line in lines(bpy.context):
            write(line, value)

    return declared.function(**{**declared.keywords, "get": get, "set": set_all})


def portable(strip) -> str:
    """The line's mix, or who performs it, as JSON for any film; empty where it has none, or where a strip of this film performs."""
    known = feelings.memory(strip)
    if known["path"] not in ("MIX", "RECORDING"):
        return ""
    kept = [_portable(source) for source in feelings.sources(known)]
    if not kept or None in kept:
        return ""
    return json.dumps({"path": known["path"], "sources": kept, "performance": props.wish(strip).performance}, ensure_ascii=False)


def _portable(source: dict) -> dict | None:
    found = {key: source[key] for key in OF_SOURCE if key in source}
    for role in ("who", "usual") if source.get("kind") == "RECORDING" else ():
        who = {key: value for key, value in source.get(role, {}).items() if key in OF_PERFORMER}
        if who.get("kind") == "STRIP":
            return None
        # another film may lie in another folder
        found[role] = who | ({"file": os.path.abspath(bpy.path.abspath(who["file"]))} if who.get("file") else {})
    return found


def set_portable(strip, text: str):
    """Gives the line what `portable` kept; what is none of its texts changes nothing."""
    try:
        given = json.loads(text)
        path, performance = given["path"], float(given["performance"])
        sources = [_here(source) for source in given["sources"]]
    except (ValueError, TypeError, LookupError, AttributeError):
        return
    known = feelings.memory(strip)
    if path == "MIX":
        known |= {"mix": sources, "active": 0}
    elif path == "RECORDING" and len(sources) == 1:
        known["single"] |= {key: value for key, value in sources[0].items() if key in ("who", "usual")} | {"heard": {}}
    else:
        return
    feelings.remember(strip, known | {"path": path})
    props.set_wish(strip, performance=performance)


def _here(source: dict) -> dict:
    """The source in this film: files relative to it."""
    found = {key: source[key] for key in (*OF_SOURCE, "who", "usual") if key in source}
    for role in ("who", "usual"):
        if found.get(role, {}).get("file"):
            found[role] = found[role] | {"file": performers.relative(found[role]["file"])}
    return found


SOURCES = StringProperty(
    name="Sources", description="What the emotion is mixed of, or who performs it, as JSON: presets keep it so", get=portable, set=set_portable, options={"HIDDEN"}
)

VIEWS = {name.removeprefix("dubline_"): declared for name, declared in {**props.ON_STRIP, **feelings.ON_STRIP}.items()}

DublineLine = type(
    "DublineLine",
    (bpy.types.PropertyGroup,),
    {
        "__doc__": "The settings of the active line and, when they are set, of all selected ones.",
        "__annotations__": {name: _of_lines(declared) for name, declared in {**VIEWS, "sources": SOURCES}.items() if name not in NOT_SETTINGS},
    },
)


def disabled_reason(context) -> str:
    """Why there is no line whose settings could be kept or set; empty when there is one."""
    scene = compat.scene_of(context)
    if scene is None or compat.shows_nothing(context):
        return "The sequencer shows no scene: choose one in its header"
    if scene.library is not None:
        return "The scene is linked from another file: open that file to change it"
    return "" if lines(context) else "Select text strips, or make a line's strip the active one"


class DUBLINE_PT_line_presets(PresetPanel, bpy.types.Panel):
    """Settings of lines, for those that are selected"""

    bl_space_type = "SEQUENCE_EDITOR"
    bl_label = "Line Presets"
    preset_subdir = "dubline/line"
    preset_operator = "script.execute_preset"
    preset_add_operator = "dubline.line_preset_add"

    @staticmethod
    def post_cb(_context, _filepath):
        _remember("Apply line preset")


class DUBLINE_PT_cast_presets(PresetPanel, bpy.types.Panel):
    """Whole casts"""

    bl_space_type = "SEQUENCE_EDITOR"
    bl_label = "Cast Presets"
    preset_subdir = "dubline/cast"
    preset_operator = "script.execute_preset"
    preset_add_operator = "dubline.cast_preset_add"

    @staticmethod
    def post_cb(_context, _filepath):
        _remember("Apply cast preset")


def _remember(step: str):
    # Blender's operator for presets is none that can be undone
    if bpy.ops.ed.undo_push.poll():
        bpy.ops.ed.undo_push(message=step)


class DUBLINE_OT_line_preset_add(Greyed, AddPresetBase, bpy.types.Operator):
    """Keep the active line's settings as a preset, or remove one. What another strip of this film performs is not kept, nor are speaker, language and reading"""

    bl_idname = "dubline.line_preset_add"
    bl_label = "Add line preset"

    preset_menu = "DUBLINE_PT_line_presets"
    preset_subdir = DUBLINE_PT_line_presets.preset_subdir
    preset_defines = ["line = bpy.context.window_manager.dubline_line"]

    @classmethod
    def hindrance(cls, context) -> str:
        return disabled_reason(context)

    @property
    def preset_values(self):
        line = bpy.context.window_manager.dubline_line
        names = ["length", *LENGTHS.get(line.length, ()), *SOUND]
        if line.emotion in EMOTIONS:
            names += ["emotion", *EMOTIONS[line.emotion], "intensity"]
        elif line.sources:
            names += ["sources", "intensity"]
        return [f"line.{name}" for name in names]


class DUBLINE_OT_cast_preset_add(Greyed, AddPresetBase, bpy.types.Operator):
    """Keep all characters of the scene as a preset, or remove one"""

    bl_idname = "dubline.cast_preset_add"
    bl_label = "Add cast preset"

    preset_menu = "DUBLINE_PT_cast_presets"
    preset_subdir = DUBLINE_PT_cast_presets.preset_subdir
    # in every Blender that opens the file
    preset_defines = ['settings = (getattr(bpy.context, "sequencer_scene", None) or bpy.context.scene).dubline']
    preset_values = ["settings.roles", "settings.default_voice"]

    @classmethod
    def hindrance(cls, context) -> str:
        return "" if compat.scene_of(context) is not None and not compat.shows_nothing(context) else "The sequencer shows no scene: choose one in its header"


CLASSES = (DublineLine, DUBLINE_PT_line_presets, DUBLINE_PT_cast_presets, DUBLINE_OT_line_preset_add, DUBLINE_OT_cast_preset_add)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.WindowManager.dubline_line = PointerProperty(type=DublineLine, options={"SKIP_SAVE"})


def unregister():
    del bpy.types.WindowManager.dubline_line
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
