"""The verbs of a line's emotion: sources of a mix, reading words, words to sliders, one line's emotion for others."""
from __future__ import annotations

import bpy
from bpy.props import IntProperty

from ..engine.emotion import MOST_SOURCES
from . import compat, feelings, props
from .greyed import Greyed
from .translation import rpt_, sentence


def disabled_reason(context) -> str:
    """Why the active strip has no emotion to change; empty when it has."""
    scene = compat.scene_of(context)
    strip = compat.active(scene) if scene else None
    if strip is None or not feelings.is_line(strip):
        return "Make the strip of a line the active one: a text, sound or movie strip that is no take"
    if scene.library is not None:
        return "The scene is linked from another file: open that file to change it"
    return ""


class _OnLine(Greyed):
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def hindrance(cls, context) -> str:
        return disabled_reason(context) or cls.unfit(compat.active(compat.scene_of(context)))

    @staticmethod
    def unfit(_strip) -> str:
        """Why this line is none for the verb."""
        return ""

    def execute(self, context):
        return self.change(context, compat.active(compat.scene_of(context)))


class DUBLINE_OT_source_add(_OnLine, bpy.types.Operator):
    """Add a source to the mix"""

    bl_idname = "dubline.source_add"
    bl_label = "Add source"

    @staticmethod
    def unfit(strip):
        return "" if len(feelings.memory(strip)["mix"]) < MOST_SOURCES else rpt_("A mix has {most} sources at most").format(most=MOST_SOURCES)

    def change(self, _context, strip):
        known = feelings.memory(strip)
        known["mix"].append(feelings.new_source())
        feelings.remember(strip, {**known, "path": "MIX", "active": len(known["mix"]) - 1})
        return {"FINISHED"}


class DUBLINE_OT_source_remove(_OnLine, bpy.types.Operator):
    """Remove a source from the mix"""

    bl_idname = "dubline.source_remove"
    bl_label = "Remove source"

    index: IntProperty(name="Place", description="In the mix, the first is 0; -1: the source that is edited", default=-1, min=-1, options={"SKIP_SAVE"})

    @staticmethod
    def unfit(strip):
        return "" if feelings.memory(strip)["mix"] else "The mix has no source"

    def change(self, _context, strip):
        known = feelings.memory(strip)
        index = known["active"] if self.index < 0 else self.index
        if index >= len(known["mix"]):
            return {"CANCELLED"}
        del known["mix"][index]
        known["active"] -= known["active"] > index or known["active"] == len(known["mix"])
        feelings.remember(strip, {**known, "active": max(0, known["active"])})
        return {"FINISHED"}


class DUBLINE_OT_source_edit(_OnLine, bpy.types.Operator):
    """Edit this source of the mix"""

    bl_idname = "dubline.source_edit"
    bl_label = "Edit source"
    bl_options = {"INTERNAL"}

    index: IntProperty(name="Place", description="In the mix, the first is 0", min=0, options={"SKIP_SAVE"})

    def change(self, _context, strip):
        strip.dubline_source = self.index
        return {"FINISHED"}


class DUBLINE_OT_understand(_OnLine, bpy.types.Operator):
    """Look at what is understood of the line's words for its emotion"""

    bl_idname = "dubline.understand"
    bl_label = "Understand the words"

    def change(self, _context, strip):
        known = feelings.memory(strip)
        problems = set()
        for source in (known["single"], *known["mix"]):
            if source.get("words"):
                source["read"] = feelings.understood(source["words"])
                problems.add(source["read"].get("problem"))
        feelings.remember(strip, known)
        for problem in problems - {None}:
            self.report({"WARNING"}, sentence(problem))
        return {"FINISHED"}


class DUBLINE_OT_edit_as_sliders(_OnLine, bpy.types.Operator):
    """Set the sliders to what the preset is, or what was understood of the words or heard of the recording, and go on with them"""

    bl_idname = "dubline.edit_as_sliders"
    bl_label = "Edit as sliders"

    @staticmethod
    def unfit(strip):
        source = feelings.source(feelings.memory(strip))
        if source.get("kind") == "RECORDING":
            heard = feelings.heard(source)
            return "" if heard.get("by_whom") else "No feeling was recognised in the recording" if "emotion" in heard else "Listen to the recording first"
        return "" if source.get("kind") in ("PRESET", "WORDS") else "Choose a preset or write words first"

    def change(self, _context, strip):
        source = feelings.source(feelings.memory(strip))
        if source["kind"] == "WORDS" and not feelings.reading(source):
            source["read"] = feelings.understood(source.get("words", ""))
        found = feelings.point(source)
        if found is None:
            self.report({"WARNING"}, sentence(feelings.reading(source).get("problem", "Write words first")))
            return {"CANCELLED"}
        feelings.edit(strip, kind="SLIDERS", sliders=feelings.unlike_zero(found))
        return {"FINISHED"}


class DUBLINE_OT_copy_emotion(_OnLine, bpy.types.Operator):
    """Give the active line's emotion to the other selected lines"""

    bl_idname = "dubline.copy_emotion"
    bl_label = "Copy to selected"

    def change(self, context, strip):
        known, wish = feelings.memory(strip), props.wish(strip)
        strips = compat.all_strips(compat.scene_of(context).sequence_editor)
        others = [other for other in strips if other.select and other != strip and feelings.is_line(other)]
        for other in others:
            feelings.remember(other, known, wish.intensity)
            props.set_wish(other, performance=wish.performance)
        self.report({"INFO"} if others else {"WARNING"}, rpt_("Gave the emotion to {count} lines").format(count=len(others)) if others else "No other line is selected")
        return {"FINISHED"} if others else {"CANCELLED"}


CLASSES = (
    DUBLINE_OT_source_add,
    DUBLINE_OT_source_remove,
    DUBLINE_OT_source_edit,
    DUBLINE_OT_understand,
    DUBLINE_OT_edit_as_sliders,
    DUBLINE_OT_copy_emotion,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
