"""The verb that begins a line by hand: words become a text strip at the current frame, as long as its voice needs to say them."""
from __future__ import annotations

import bpy
from bpy.props import StringProperty

from ..engine.formats.cue import Cue
from ..engine.problems import LineProblem
from ..engine.speak import Engine
from . import compat, prefs, props, subtitle_ops, subtitle_strips, words
from .greyed import Greyed
from .translation import sentence


class DUBLINE_OT_add_line(Greyed, bpy.types.Operator):
    """Add a text strip with the words of a line at the current frame, as long as its voice needs to say them"""

    bl_idname = "dubline.add_line"
    bl_label = "Add line"
    bl_options = {"UNDO"}  # no REGISTER: its panel would foretell the length at every letter

    text: StringProperty(name="Text", description="What is said; a name and a colon before it say by whom", options={"SKIP_SAVE"})

    @classmethod
    def hindrance(cls, context) -> str:
        return subtitle_ops.unreachable(context)

    def invoke(self, context, _event):
        return context.window_manager.invoke_props_dialog(self, width=460)

    def draw(self, _context):
        row = self.layout.row()
        row.activate_init = True  # nobody has to click the field first
        row.prop(self, "text", text="")

    def execute(self, context):
        scene = compat.scene_of(context)
        if not self.text.strip():
            self.report({"WARNING"}, "A line needs words: nothing was added")
            return {"CANCELLED"}
        engine = Engine(prefs.models(context))  # only foretells: nothing of a voice is loaded
        speaker, said = words.split_name(self.text.strip(), [role.name for role in scene.dubline.roles])
        needs = subtitle_ops.foretold(engine, scene, Cue(said, speaker=speaker))
        placed, problems = subtitle_strips.placed(scene, [Cue(self.text.strip())], lambda _cue: needs)
        try:
            if problems:
                raise problems[0]
            subtitle_strips.lay(scene, "", placed, existing="ADD")
        except LineProblem as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"CANCELLED"}
        (strip,) = (strip for strip in compat.all_strips(scene.sequence_editor) if strip.select)
        props.update(strip, cue=None)  # it came from no script, so none that comes again concerns it
        scene.sequence_editor.active_strip = strip
        return {"FINISHED"}


CLASSES = (DUBLINE_OT_add_line,)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
