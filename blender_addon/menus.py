"""Where our verbs are met outside the sidebar: the sequencer's menus, and keys that a person can change in Blender's keymap editor."""
from __future__ import annotations

import bpy

from . import compat, props

KEYMAP = {"name": "Sequencer", "space_type": "SEQUENCE_EDITOR"}

KEYS = (
    ("dubline.dub", {"scope": "SELECTED"}, {"type": "D", "value": "PRESS", "ctrl": True, "shift": True}),
    ("dubline.redo", {"scope": "ACTIVE"}, {"type": "R", "value": "PRESS", "ctrl": True, "alt": True}),
    ("dubline.take_compare", {}, {"type": "T", "value": "PRESS", "shift": True}),
)
"""Operator, what it is told, and its key: such that neither Blender's own keymaps nor the industry's have in the sequencer. Esc cancels by itself."""


class DUBLINE_MT_speaker(bpy.types.Menu):
    """Who speaks the selected lines"""

    bl_label = "Speaker"

    def draw(self, context):
        layout = self.layout
        roles = compat.scene_of(context).dubline.roles
        icons = {name: icon for name, _label, _told, icon, _number in props.COLORS}
        for role in roles:
            layout.operator("dubline.cast_assign", text=role.name, translate=False, icon=icons[role.color]).character = role.name
        if not len(roles):
            layout.operator("dubline.cast_from_lines", icon="ALIGN_JUSTIFY")
        layout.separator()
        layout.operator("dubline.cast_from_sound", icon="OUTLINER_OB_SPEAKER")


class DUBLINE_MT_dub(bpy.types.Menu):
    """Speak lines, and choose among their takes"""

    bl_label = "Dub"

    def draw(self, _context):
        layout = self.layout
        layout.operator_context = "INVOKE_REGION_WIN"
        layout.operator("dubline.dub", text="Dub selected", icon="PLAY_SOUND").scope = "SELECTED"
        layout.operator("dubline.dub", text="Dub all").scope = "ALL"
        layout.operator("dubline.dub", text="Dub changed lines").scope = "STALE"
        layout.operator("dubline.redo", text="Another reading", icon="FILE_REFRESH").scope = "ACTIVE"
        layout.operator("dubline.take_compare", icon="UV_SYNC_SELECT")
        layout.operator("dubline.plan", icon="PREVIEW_RANGE").scope = "SELECTED"
        layout.separator()
        layout.menu("DUBLINE_MT_speaker", icon="USER")
        layout.separator()
        layout.operator("dubline.transcribe", icon="FONT_DATA")
        layout.operator("dubline.keep_background", icon="MUTE_IPO_OFF")
        layout.operator("dubline.restore", icon="LOOP_BACK").scope = "SELECTED"


def draw_strip(menu, context):
    """At the end of the Strip menu."""
    if _shows_strips(context):
        menu.layout.separator()
        menu.layout.menu("DUBLINE_MT_dub", icon="OUTLINER_OB_SPEAKER")


def draw_context(menu, context):
    """At the end of the menu of the right mouse button."""
    if _shows_strips(context):
        layout = menu.layout
        layout.separator()
        layout.operator_context = "INVOKE_REGION_WIN"
        layout.operator("dubline.dub", text="Dub selected", icon="PLAY_SOUND").scope = "SELECTED"
        layout.menu("DUBLINE_MT_dub", icon="OUTLINER_OB_SPEAKER")


def draw_add(menu, context):
    """At the end of the Add menu."""
    if _shows_strips(context):
        layout = menu.layout
        layout.separator()
        layout.operator_context = "INVOKE_REGION_WIN"
        layout.operator("dubline.add_line", icon="ADD")
        layout.operator("dubline.import_subtitles", text="Lines from subtitles", icon="IMPORT")
        layout.operator("dubline.import_screenplay", text="Lines from the script", icon="ALIGN_JUSTIFY")


def _shows_strips(context) -> bool:
    """The menus are the preview's, too, where nobody sees which strips are selected."""
    return context.space_data.view_type in {"SEQUENCER", "SEQUENCER_PREVIEW"} and compat.scene_of(context) is not None


ENTRIES = (("SEQUENCER_MT_strip", draw_strip), ("SEQUENCER_MT_context_menu", draw_context), ("SEQUENCER_MT_add", draw_add))

CLASSES = (DUBLINE_MT_speaker, DUBLINE_MT_dub)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for name, draw in ENTRIES:
        getattr(bpy.types, name).append(draw)
    keys = bpy.context.window_manager.keyconfigs.addon
    if keys is None:  # without a window there may be none
        return
    keymap = keys.keymaps.new(**KEYMAP)
    for operator, told, key in KEYS:
        item = keymap.keymap_items.new(operator, **key)
        for name, value in told.items():
            setattr(item.properties, name, value)


def unregister():
    keys = bpy.context.window_manager.keyconfigs.addon
    keymap = keys.keymaps.find(**KEYMAP) if keys is not None else None
    if keymap is not None:
        for item in [item for item in keymap.keymap_items if item.idname.startswith("dubline.")]:
            keymap.keymap_items.remove(item)
        if not len(keymap.keymap_items):
            keys.keymaps.remove(keymap)
    for name, draw in reversed(ENTRIES):
        getattr(bpy.types, name).remove(draw)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
