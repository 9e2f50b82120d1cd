"""What belongs to this computer and not to a film: where speech is made, where models and takes are."""
from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import bpy
import rna_keymap_ui
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from . import ROOT, parts
from .layouts import say

HOSTS = (
    ("WORKER", "Own process", "Blender stays free, and a crash of the engine does not take it along"),
    ("HERE", "In Blender", "A thread of Blender; starts faster"),
)
DEFAULTS = {"host": "WORKER", "models": "", "takes": "", "python": "", "threads": 1, "workers": 1, "warm": True}

PAGES: list[Callable] = []
"""What other rooms draw there, called with the layout and the context."""


class DublinePreferences(bpy.types.AddonPreferences):
    """Shown under Edit > Preferences > Add-ons > Dubline."""

    bl_idname = ROOT

    host: EnumProperty(name="Speech is made", description="Where the engine runs", items=HOSTS, default=DEFAULTS["host"])
    models: StringProperty(name="Voice models", description="Empty: the user's data folder", subtype="DIR_PATH")
    takes: StringProperty(name="Takes", description="Empty: the folder `dubs` beside the .blend", subtype="DIR_PATH")
    python: StringProperty(name="Python", description="Runs the engine's process; empty: Blender's own", subtype="FILE_PATH")
    threads: IntProperty(name="Threads", description="Of one line", default=DEFAULTS["threads"], min=1, max=32)
    workers: IntProperty(
        name="Workers", description="Processes that speak lines at the same time; each takes about 1.2 GB of memory", default=DEFAULTS["workers"], min=1, max=128,
    )  # fmt: skip
    warm: BoolProperty(
        name="Ready beforehand", description="Load the voice while the tab Dub is open, so that the first line does not wait for it; it goes when it is not used for five minutes",
        default=DEFAULTS["warm"],
    )  # fmt: skip

    def draw(self, context):
        column = self.layout.column()
        column.use_property_split = True
        for name in DEFAULTS:
            column.prop(self, name)
        if lacks := parts.lacking():
            say(self.layout, lacks, "ERROR")
        column.operator("dubline.fetch_model", icon="IMPORT")
        column.operator("dubline.import_model", icon="FILE_FOLDER")
        column.operator("dubline.cancel", icon="CANCEL")
        column.operator("dubline.copy_diagnosis", icon="COPYDOWN")
        for page in PAGES:
            page(self.layout, context)
        _draw_keys(self.layout.column(), context.window_manager.keyconfigs.user)


def _draw_keys(column, config):
    """Our keys, as Blender's keymap editor shows them. config: what Blender made of everybody's keys and the person's own changes."""
    column.label(text="Keys in the sequencer", icon="KEYINGSET")
    keymap = config.keymaps.find("Sequencer", space_type="SEQUENCE_EDITOR")
    for item in [item for item in keymap.keymap_items if item.idname.startswith("dubline.")] if keymap is not None else ():
        column.context_pointer_set("keymap", keymap)  # what the buttons beside the key act on
        rna_keymap_ui.draw_kmi([], config, keymap, item, column, 0)


def of(context):
    """The preferences, or their defaults where the package is mounted without being an enabled add-on."""
    addon = context.preferences.addons.get(ROOT)
    return addon.preferences if addon and addon.preferences else SimpleNamespace(**DEFAULTS)


def models(context) -> Path:
    """Folder of the voice models."""
    from ..engine import models as catalogue

    chosen = of(context).models
    return Path(bpy.path.abspath(chosen)) if chosen else catalogue.folder()


def own_folder(name: str) -> Path:
    """A folder of ours in the user's Blender resources, for what has no place of its own; where nothing can be written there, in the system's for what passes."""
    try:
        folder = bpy.utils.extension_path_user(ROOT, path=name)
    except ValueError:  # mounted under a name that is not an extension's
        folder = bpy.utils.user_resource("DATAFILES", path=os.path.join("dubline", name))
    passing = os.path.join(tempfile.gettempdir(), f"dubline-{getattr(os, 'getuid', int)()}", name)
    return Path(folder if _usable(folder) else passing)


def _usable(folder: str) -> bool:
    """Whether files can be made in the folder, which is made if need be."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def takes(context) -> tuple[Path, str]:
    """Folder where takes are kept, and a warning when it is not beside the film."""
    chosen = of(context).takes
    if chosen and (bpy.data.filepath or not chosen.startswith("//")):
        return Path(bpy.path.abspath(chosen)), ""
    if bpy.data.filepath:
        return Path(bpy.path.abspath("//dubs")), ""
    folder = own_folder("dubs")
    return folder, f"The .blend is not saved yet: takes are kept in {folder}. Save it first to keep them beside it."


def register():
    bpy.utils.register_class(DublinePreferences)


def unregister():
    bpy.utils.unregister_class(DublinePreferences)
