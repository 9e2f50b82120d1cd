"""Panels of the sequencer's sidebar: the active line and the run. Draws what is known, decides and computes nothing."""
from __future__ import annotations

import bpy

from ..engine.emotion import EIGHT, SETTINGS
from . import compat, feelings, ops, original_ui, performance_ui, presets, props, subtitle_ui, words
from .layouts import bars, say
from .session import session
from .translation import iface_, sentence, worded

MARKS = {"waiting": "TIME", "speaking": "PLAY_SOUND", "done": "CHECKMARK", "planned": "PREVIEW_RANGE", "failed": "ERROR", "locked": "LOCKED", "cancelled": "CANCEL"}
"""Icon of a line's status."""

MOST_TOLD = 30
"""Boxes of trouble that the panel draws; the report of batch has all."""


class _Panel:
    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Dub"

    @classmethod
    def poll(cls, context):
        return context.space_data.view_type in {"SEQUENCER", "SEQUENCER_PREVIEW"} and compat.scene_of(context) is not None


class DUBLINE_PT_dub(_Panel, bpy.types.Panel):
    """The buttons that speak, and how the run goes"""

    bl_label = "Dub"
    bl_idname = "DUBLINE_PT_dub"

    def draw(self, context):
        layout = self.layout
        settings = compat.scene_of(context).dubline
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator("dubline.dub", text="Dub selected", icon="PLAY_SOUND").scope = "SELECTED"
        row.operator("dubline.dub", text="All").scope = "ALL"
        row = layout.row(align=True)
        row.operator("dubline.add_line", icon="ADD")
        row.operator("dubline.redo", icon="FILE_REFRESH").scope = "SELECTED"
        row.operator("dubline.cancel", icon="CANCEL")
        row = layout.row(align=True)
        row.operator("dubline.plan", icon="PREVIEW_RANGE").scope = "SELECTED"
        row.operator("dubline.plan", text="All").scope = "ALL"
        self.draw_changes(layout, context)
        layout.prop(settings, "tint")
        layout.prop(settings, "mark_stale")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "check")
        if settings.check == "FULL":
            column.prop(settings, "back_off")

    @staticmethod
    def draw_changes(layout, context):
        row = layout.row(align=True)
        found = session.watched.get(compat.scene_of(context).name)
        for scope, name, among in (("STALE", "Changed", found and found.stale), ("MISSING", "Not dubbed", found and found.missing), ("NEEDED", "Both", None)):
            row.operator("dubline.dub", text=iface_(name) if among is None else f"{iface_(name)}: {len(among)}").scope = scope


class DUBLINE_PT_run(_Panel, bpy.types.Panel):
    """Progress of the run, and what went wrong with which line"""

    bl_label = "Run"
    bl_parent_id = "DUBLINE_PT_dub"

    @classmethod
    def poll(cls, context):
        return super().poll(context) and (session.run is not None or session.fetch is not None or bool(session.looks))

    def draw(self, _context):
        layout = self.layout
        if session.fetching:
            layout.progress(factor=session.fetch.share, text=sentence(session.fetch.message))
        elif session.fetch is not None:
            say(layout, session.fetch.message, "ERROR" if session.fetch.problem else "INFO")
            if session.fetch.problem:
                layout.operator("dubline.need_model", icon="IMPORT")
        if session.looks:
            layout.progress(factor=session.looks[0].share, text=iface_("Reading the lines"))
        run = session.run
        if run is None:
            return
        going_on = not run.ended or bool(session.waiting)
        if going_on and run.hearing is not None:
            original_ui.draw_hearing(layout, run.hearing)
        elif going_on:
            text = iface_("{done} of {all} lines").format(done=run.count("done"), all=len(run.reports))
            layout.progress(factor=run.progress, text=", ".join(filter(None, (text, ops.waiting()))))
        else:
            say(layout, run.summary)
        for warning in run.warnings:
            say(layout, warning, "INFO")
        for status, text, labels in run.told[:MOST_TOLD]:
            box = layout.box()
            box.label(text=labels[0] if len(labels) == 1 else iface_("{line} and {count} more").format(line=labels[0], count=len(labels) - 1), icon=MARKS[status])
            say(box, text)
        if run.ended and run.broken:
            layout.operator("dubline.copy_diagnosis", icon="COPYDOWN")
        if run.ended and run.lacks_model:
            layout.operator("dubline.fetch_model", icon="IMPORT")
            layout.operator("dubline.import_model", icon="FILE_FOLDER")


class DUBLINE_PT_line(_Panel, bpy.types.Panel):
    """The active strip as a line: what will be said by whom, and what its take is like"""

    bl_label = "Line"
    bl_parent_id = "DUBLINE_PT_dub"

    @classmethod
    def poll(cls, context):
        return super().poll(context) and compat.active(compat.scene_of(context)) is not None

    def draw_header_preset(self, _context):
        presets.DUBLINE_PT_line_presets.draw_panel_header(self.layout)

    def draw(self, context):
        layout = self.layout
        scene = compat.scene_of(context)
        strip = compat.active(scene)
        known = props.state(strip)
        if "of" in known:
            self.draw_take(layout, known)
            return
        if strip.type not in ("TEXT", "SOUND", "MOVIE"):
            layout.label(text="Select a text, sound or movie strip")
            return
        if strip.type == "TEXT":
            layout.prop(strip, "text", text="")
            name, said = words.spoken(strip, words.text_of(strip), [role.name for role in scene.dubline.roles])
            say(layout, f"{known.get('speaker') or name or iface_('(default voice)')}: {said.lstrip()[:200]}", "OUTLINER_OB_SPEAKER")
        changed = scene.name in session.watched and session.watched[scene.name].changed.get(known.get("uid"))
        if changed:
            say(layout, iface_("Changed since its take: {what}").format(what=", ".join(map(iface_, changed))), "FILE_REFRESH")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("lock", "speaker", "language", "engine", "pitch", "pitch_range", "energy", "effect", "seed"):
            column.prop(strip, f"dubline_{name}")
        report = session.run.reports.get(known.get("uid")) if session.run else None
        # that it is done can be seen above the line
        if report is not None and (report.message or report.status != "done"):
            say(layout, report.message or report.status, MARKS[report.status])
        if feelings.is_line(strip):
            performance_ui.draw_steps(layout)

    @staticmethod
    def draw_take(layout, known):
        layout.label(text=iface_("Take of {seconds:.3f} s, speech at {share:.0%} of its natural length").format(seconds=known.get("seconds", 0), share=known.get("ratio", 1)))
        if known.get("phrases"):
            layout.label(text=iface_("{count} phrases, begun within {ms:.0f} ms of their plan").format(count=known["phrases"], ms=known.get("onset_ms", 0)))
        if known.get("borrowed_ms"):
            layout.label(text=iface_("Borrowed {before} ms before and {after} ms after its slot").format(before=known["borrowed_ms"][0], after=known["borrowed_ms"][1]))
        if known.get("moods"):
            say(layout, iface_("Played {moods}").format(moods=iface_(", then ").join(map(worded, known["moods"]))))
        if known.get("effect"):
            layout.label(text=iface_("Effect: {name}").format(name=iface_(known["effect"].replace("_", " ").capitalize())))
        if known.get("loudness") is not None:
            layout.label(text=iface_("{loudness:.1f} LUFS, true peak {peak:.1f} dBTP").format(loudness=known["loudness"], peak=known["true_peak"]))
        if known.get("overflow_ms"):
            layout.label(text=iface_("Runs {ms:.0f} ms over its slot").format(ms=known["overflow_ms"]), icon="ERROR")
        if known.get("underrun_ms"):
            layout.label(text=iface_("{ms:.0f} ms of the slot stay silent").format(ms=known["underrun_ms"]))
        for warning in known.get("warnings", ()):
            say(layout, warning, "INFO")
        if known.get("check"):
            performance_ui.draw_check(layout.box(), known["check"])
        performance_ui.draw_steps(layout)


class _OfLine(_Panel):
    """What is folded under the active line, while it is one."""

    bl_parent_id = "DUBLINE_PT_line"

    @classmethod
    def poll(cls, context):
        strip = compat.active(compat.scene_of(context)) if super().poll(context) else None
        return strip is not None and feelings.is_line(strip)


class DUBLINE_PT_emotion(_OfLine, bpy.types.Panel):
    """How the active line feels: by which path, what was understood, and the mix that will be played"""

    bl_label = "Emotion"
    bl_order = 1

    def draw(self, context):
        layout = self.layout
        scene = compat.scene_of(context)
        strip = compat.active(scene)
        known = feelings.memory(strip)
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(strip, "dubline_emotion")
        if known["path"] != "NEUTRAL":
            layout.prop(strip, "dubline_intensity")
        if known["path"] == "CAST":
            self.draw_cast(layout, scene, strip)
        if known["path"] == "MIX":
            self.draw_mix(layout, strip, known)
        source = feelings.source(known)
        if source.get("kind") == "RECORDING":
            performance_ui.draw_recording(layout, scene, strip, source)
        draw = {"PRESET": self.draw_preset, "SLIDERS": self.draw_sliders, "WORDS": self.draw_words}.get(source.get("kind"))
        if draw is not None:
            draw(layout, strip, source)
        if known["path"] not in feelings.PLAIN:
            self.draw_picture(layout, known)
        layout.operator("dubline.copy_emotion", icon="COPYDOWN")
        layout.operator("dubline.transfer", icon="OUTLINER_OB_SPEAKER")

    @staticmethod
    def draw_cast(layout, scene, strip):
        name, _said = words.spoken(strip, words.text_of(strip), [role.name for role in scene.dubline.roles]) if strip.type == "TEXT" else ("", "")
        role = props.role_of(scene, props.state(strip).get("speaker") or name)
        if role is not None and props.temper(role):
            say(layout, f"{role.name}: {role.words if role.emotion == 'WORDS' else iface_(role.preset)}, {role.intensity:.0%}", "USER")

    @staticmethod
    def draw_mix(layout, strip, known):
        column = layout.column(align=True)
        for index, source in enumerate(known["mix"]):
            row = column.row(align=True)
            text = f"{iface_(feelings.title(source))[:28]}  {source.get('weight', 1.0):.2f}"
            row.operator("dubline.source_edit", text=text, depress=index == known["active"]).index = index
            row.operator("dubline.source_remove", text="", icon="REMOVE").index = index
        column.operator("dubline.source_add", icon="ADD")
        if known["mix"]:
            layout.prop(strip, "dubline_kind")
            layout.prop(strip, "dubline_weight")

    @staticmethod
    def draw_preset(layout, strip, _source):
        layout.prop(strip, "dubline_preset")
        layout.operator("dubline.edit_as_sliders", icon="OPTIONS")

    @staticmethod
    def draw_sliders(layout, strip, _source):
        for names in (EIGHT, SETTINGS):
            column = layout.column(align=True)
            for name in names:
                column.prop(strip, f"dubline_{name}", slider=True)

    @staticmethod
    def draw_words(layout, strip, source):
        layout.prop(strip, "dubline_words")
        read = feelings.reading(source)
        if read.get("problem"):
            say(layout, read["problem"], "ERROR")
        elif "emotion" in read:
            say(layout, (iface_("Understood: {emotion}") if read["sure"] else iface_("Perhaps: {emotion}. Please look at it.")).format(emotion=worded(read["told"])), "CHECKMARK" if read["sure"] else "QUESTION")
            bars(layout, read["emotion"])
            layout.operator("dubline.edit_as_sliders", icon="OPTIONS")
        if source.get("words") and "emotion" not in read:
            layout.operator("dubline.understand", icon="VIEWZOOM")

    @staticmethod
    def draw_picture(layout, known):
        box = layout.box()
        played = known["picture"]
        recorded = any(source.get("kind") == "RECORDING" for source in feelings.sources(known))
        if recorded and played is not None:
            say(box, "The recognised mix, and the manner that was measured in the recording" if played else "Played is the manner that was measured in the recording")
            bars(box, played)
            return
        box.label(text="The mix as it will be played" if played else "Played as neutral" if played is not None else "The mix is known when words are understood and recordings heard")
        bars(box, played or {})


class DUBLINE_PT_over_time(_Panel, bpy.types.Panel):
    """What was recognised in the recording, moment by moment"""

    bl_label = "Over time"
    bl_parent_id = "DUBLINE_PT_emotion"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return bool(_senses(context))

    def draw(self, context):
        performance_ui.draw_senses(self.layout, _senses(context))


def _senses(context) -> list:
    strip = compat.active(compat.scene_of(context))
    source = feelings.source(feelings.memory(strip)) if strip is not None and feelings.is_line(strip) else {}
    return feelings.heard(source).get("senses", []) if source.get("kind") == "RECORDING" else []


class DUBLINE_PT_timing(_OfLine, bpy.types.Panel):
    """How long the active line is, what its phrases follow and how loud it is"""

    bl_label = "Timing"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context):
        layout = self.layout
        strip = compat.active(compat.scene_of(context))
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        length = strip.dubline_length
        shown = {"SLOT": ("overflow", "borrow", "sync"), "RATIO": ("ratio",), "TOKENS": ("tokens",), "NATURAL": ()}[length]
        column.prop(strip, "dubline_length")
        for name in shown:
            column.prop(strip, f"dubline_{name}")
        if length != "NATURAL":
            for name in ("smoothness", "shortest", "longest", "jump"):
                column.prop(strip, f"dubline_{name}")
        column.prop(strip, "dubline_match")
        column.prop(strip, "dubline_level")


class DUBLINE_PT_original(_Panel, bpy.types.Panel):
    """What becomes of the original sound, and what is said in it"""

    bl_label = "Original"
    bl_parent_id = "DUBLINE_PT_dub"
    bl_order = 2

    def draw(self, context):
        original_ui.draw_original(self.layout, compat.scene_of(context).dubline, context.window_manager, session.hearing)


class DUBLINE_PT_script(_Panel, bpy.types.Panel):
    """Subtitles in and out, and the script"""

    bl_label = "Script"
    bl_parent_id = "DUBLINE_PT_dub"
    bl_order = 3
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        subtitle_ui.draw_script(self.layout, compat.scene_of(context).dubline)


CLASSES = (DUBLINE_PT_dub, DUBLINE_PT_run, DUBLINE_PT_line, DUBLINE_PT_emotion, DUBLINE_PT_over_time, DUBLINE_PT_timing, DUBLINE_PT_original, DUBLINE_PT_script)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
