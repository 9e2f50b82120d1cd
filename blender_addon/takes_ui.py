"""The panel of the active line's takes, and what keeps its rows right: a timer of the window, which looks and seldom works."""
from __future__ import annotations

import time

import bpy

from . import compat, shelf, ticking, ui
from .layouts import say

PERIOD = 0.25
"""Seconds between two looks at the active strip: no message tells in every Blender that another was made the active one."""

BUDGET = 0.008
"""Seconds in which one look may read sidecars."""


class DUBLINE_UL_takes(bpy.types.UIList):
    """Hear it, its name, length and pace, speaker and words as judges heard them, and whether it is kept."""

    def draw_item(self, _context, layout, _data, row, _icon, _active_data, _active_property, _index=0, _flag=0):
        line = layout.row(align=True)
        line.operator("dubline.take_play", text="", icon="PLAY_SOUND", emboss=False).digest = row.digest
        line.label(text=row.name, icon="RADIOBUT_ON" if row.plays else "RADIOBUT_OFF")
        line.label(text=row.told, icon="ERROR" if row.bad else "CHECKMARK" if row.judged else "NONE")
        if row.score:
            line.label(text=row.score)
        line.operator("dubline.take_keep", text="", icon="FAKE_USER_ON" if row.kept else "FAKE_USER_OFF", emboss=False).digest = row.digest


class DUBLINE_PT_takes(ui._Panel, bpy.types.Panel):
    """All takes of the active line: hear them, choose one, and keep what is good"""

    bl_label = "Takes"
    bl_parent_id = "DUBLINE_PT_line"

    @classmethod
    def poll(cls, context):
        shown = context.window_manager.dubline_takes
        strip = compat.active(compat.scene_of(context)) if super().poll(context) else None
        return strip is not None and strip.name == shown.strip and len(shown.rows) > 0

    def draw(self, context):
        layout = self.layout
        shown = context.window_manager.dubline_takes
        layout.template_list("DUBLINE_UL_takes", "", shown, "rows", shown, "active", rows=3)
        if shown.active < len(shown.rows):
            self.draw_chosen(layout, shown.rows[shown.active])
        row = layout.row(align=True)
        row.operator("dubline.take_compare", icon="UV_SYNC_SELECT")
        row.operator("dubline.take_delete_unused", text="", icon="TRASH")
        row = layout.row(align=True)
        row.prop(shown, "count")
        more = row.operator("dubline.redo", text="Make", icon="FILE_REFRESH")
        more.scope, more.count = "ACTIVE", shown.count
        row = layout.row(align=True)
        row.operator("dubline.collect_takes", icon="PACKAGE")
        row.operator("dubline.clean_takes", icon="BRUSH_DATA")

    @staticmethod
    def draw_chosen(layout, take):
        row = layout.row(align=True)
        use = row.row(align=True)
        use.enabled = take.usable and not take.plays
        use.operator("dubline.take_use", icon="CHECKMARK").digest = take.digest
        row.operator("dubline.take_rename", text="", icon="GREASEPENCIL").digest = take.digest
        layout.label(text=f"{take.made}  {take.digest}", icon="TIME")
        if take.detail:
            say(layout, take.detail, "ERROR" if take.bad else "CHECKMARK")


def look():
    """Refreshes the rows of the first window that shows a sequencer; answers when to look again, as Blender's timers ask."""
    context = bpy.context
    for window in context.window_manager.windows:
        if any(area.type == "SEQUENCE_EDITOR" for area in window.screen.areas):
            with context.temp_override(window=window):
                if shelf.refresh(bpy.context, until=time.perf_counter() + BUDGET):
                    ticking.redraw(bpy.context)
            break
    return PERIOD


CLASSES = (DUBLINE_UL_takes, DUBLINE_PT_takes)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    if not bpy.app.background:
        bpy.app.timers.register(look, first_interval=PERIOD, persistent=True)


def unregister():
    if not bpy.app.background:
        bpy.app.timers.unregister(look)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
