"""What the panels show of scripts: subtitles in and out, and the screenplay that markers take their words from."""
from __future__ import annotations


def draw_script(layout, settings):
    """The buttons, and the scene's script. settings: the scene's."""
    row = layout.row(align=True)
    row.operator("dubline.import_subtitles", icon="IMPORT")
    row.operator("dubline.export_subtitles", text="Export", icon="EXPORT")
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(settings, "script")
    layout.operator("dubline.import_screenplay", icon="ALIGN_JUSTIFY")
