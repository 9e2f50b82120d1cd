"""The panel of the cast: a list of the characters, and the card of the chosen one with all that is his or hers."""
from __future__ import annotations

import bpy

from . import compat, people_ui, presets, ui
from .session import session


class DUBLINE_UL_cast(bpy.types.UIList):
    """Colour, name and voice of every character, and how it sounds."""

    def draw_item(self, _context, layout, _data, role, _icon, _active_data, _active_property, _index=0, _flag=0):
        row = layout.row(align=True)
        row.prop(role, "color", text="", icon_only=True, emboss=False)
        names = row.split(factor=0.55)
        names.prop(role, "name", text="", emboss=False)
        names.label(text=role.voice, translate=False)
        row.operator("dubline.audition", text="", icon="PLAY_SOUND", emboss=False).character = role.name


class DUBLINE_PT_cast(ui._Panel, bpy.types.Panel):
    """Who speaks with which voice"""

    bl_label = "Cast"
    bl_parent_id = "DUBLINE_PT_dub"
    bl_order = 1

    def draw_header_preset(self, _context):
        presets.DUBLINE_PT_cast_presets.draw_panel_header(self.layout)

    def draw(self, context):
        layout = self.layout
        settings = compat.scene_of(context).dubline
        row = layout.row()
        row.template_list("DUBLINE_UL_cast", "", settings, "roles", settings, "active_role", rows=4)
        buttons = row.column(align=True)
        buttons.operator("dubline.cast_add", text="", icon="ADD")
        buttons.operator("dubline.cast_remove", text="", icon="REMOVE")
        buttons.separator()
        buttons.operator("dubline.cast_move", text="", icon="TRIA_UP").direction = "UP"
        buttons.operator("dubline.cast_move", text="", icon="TRIA_DOWN").direction = "DOWN"
        row = layout.row(align=True)
        row.operator("dubline.cast_from_lines", icon="ALIGN_JUSTIFY")
        row.operator("dubline.cast_from_sound", icon="OUTLINER_OB_SPEAKER")
        if 0 <= settings.active_role < len(settings.roles):
            draw_card(layout, settings.roles[settings.active_role])
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "default_voice")


def draw_card(layout, role):
    """All that belongs to one character."""
    box = layout.box()
    column = box.column()
    column.use_property_split = True
    column.use_property_decorate = False
    for name in ("voice", "prosody", "language", "engine", "emotion"):
        column.prop(role, name)
    if role.emotion in ("PRESET", "WORDS"):
        column.prop(role, {"PRESET": "preset", "WORDS": "words"}[role.emotion])
        column.prop(role, "intensity")
    for name in ("channel", "color"):
        column.prop(role, name)
    row = box.row(align=True)
    row.operator("dubline.cast_select", icon="RESTRICT_SELECT_OFF")
    row.operator("dubline.cast_assign", icon="USER")
    row = box.row(align=True)
    row.operator("dubline.audition", icon="PLAY_SOUND").character = role.name
    row.operator("dubline.dub", text="Dub changed lines", icon="FILE_REFRESH").scope = "STALE"


class DUBLINE_PT_people(ui._Panel, bpy.types.Panel):
    """Voices of people: enrol somebody, and see where a voice is used"""

    bl_label = "New voice"
    bl_parent_id = "DUBLINE_PT_cast"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        form = context.window_manager.dubline_newcomer
        people_ui.draw_newcomer(self.layout, form, session.enrolment)
        people_ui.draw_people(self.layout.box(), form)


CLASSES = (DUBLINE_UL_cast, DUBLINE_PT_cast, DUBLINE_PT_people)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
