"""What the panels show of people's voices: what is asked of a newcomer, how the enrolment goes, and what can be done with a voice."""
from __future__ import annotations

from .layouts import say
from .translation import sentence


def draw_newcomer(layout, form, enrolment):
    """Recording, person and ground, and the button. enrolment: the last one, or None."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(form, "source")
    if form.source == "STRIP":
        column.prop(form, "strip", icon="SEQUENCE")
    else:
        column.prop(form, "file")
    for name in ("name", "whose", "ground", "by", "language", "licence", "thorough", "keep", "replace"):
        column.prop(form, name)
    if not (form.whose.strip() and form.ground.strip()):
        say(layout, "Nobody is enrolled without a name and a ground", "INFO")
    layout.operator("dubline.new_voice", icon="ADD")
    if enrolment is not None and not enrolment.ended:
        layout.progress(factor=enrolment.share, text=sentence(enrolment.message))
        layout.operator("dubline.cancel", icon="CANCEL")
    elif enrolment is not None:
        say(layout, enrolment.message, "ERROR" if enrolment.problem else "CHECKMARK")
        for note in enrolment.admitted.notes if enrolment.admitted else ():
            say(layout, note, "INFO")


def draw_people(layout, form):
    """A voice of the library and what can be done with it."""
    layout.prop(form, "voice", icon="OUTLINER_OB_SPEAKER")
    row = layout.row(align=True)
    row.active = bool(form.voice)
    row.operator("dubline.voice_uses", icon="VIEWZOOM")
    row.operator("dubline.export_voice", icon="EXPORT")
    row.operator("dubline.remove_voice", text="", icon="TRASH")
    layout.operator("dubline.import_voice", icon="IMPORT")
