"""What the panels show of originals: what becomes of them, their background, and their words."""
from __future__ import annotations

from .layouts import say
from .translation import iface_, sentence


def draw_original(layout, settings, manager, hearing):
    """The setting and the buttons. settings: the scene's; manager: the window manager; hearing: what is listened to or was, or None."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(settings, "original")
    if settings.original == "DUCK":
        column.prop(settings, "duck")
    row = layout.row(align=True)
    row.operator("dubline.keep_background", icon="MUTE_IPO_OFF")
    row.operator("dubline.transcribe", icon="FONT_DATA")
    row.operator("dubline.fetch_model", text="", icon="IMPORT").what = "RECOGNISER"
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(manager, "dubline_spoken")
    layout.operator("dubline.restore", icon="LOOP_BACK").scope = "ALL"
    if hearing is not None:
        draw_hearing(layout, hearing)


def draw_hearing(layout, hearing):
    """How far it is, and what could not be heard."""
    if not hearing.ended:
        layout.progress(factor=hearing.share, text=sentence(hearing.message))
        layout.operator("dubline.cancel", icon="CANCEL")
        return
    for uid, text in hearing.problems.items():
        box = layout.box()
        box.label(text=hearing.labels[uid], icon="ERROR")
        say(box, sentence(text))
    if hearing.cancelled:
        layout.label(text=iface_("Cancelled"), icon="CANCEL")
