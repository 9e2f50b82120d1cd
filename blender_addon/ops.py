"""The verbs: dub, redo, cancel and restore. Each says why it cannot, reads, and submits."""
from __future__ import annotations

import json
import time
from dataclasses import replace

import bpy
from bpy.props import EnumProperty, IntProperty

from . import compat, fetching, follow, originals, parts, prefs, read, stale, ticking
from .greyed import Greyed
from .session import session
from .translation import rpt_, sentence


def disabled_reason(context) -> str:
    """Why nothing can be dubbed now; empty when it can."""
    scene = compat.scene_of(context)
    if scene is None:
        return "There is no scene to dub"
    if compat.shows_nothing(context):
        return "The sequencer shows no scene: choose one in its header"
    if scene.library is not None:
        return "The scene is linked from another file: open that file to dub it"
    if scene.sequence_editor is None or not compat.strips(scene.sequence_editor):
        return "The sequencer has no strips: add a text strip with the words of a line"
    return ""


class _Speaking(Greyed):
    """Runs a job: modal when a person pressed the button, to its end when a script called."""

    bl_options = {"UNDO"}  # no REGISTER: its panel would run the whole job again at every change

    nothing = "Select text strips, or sound strips with a text strip or markers over them"
    """Said when no strip is a line."""

    @classmethod
    def hindrance(cls, context) -> str:
        return disabled_reason(context)

    _look = _run = None

    def begin(self, context) -> bool:
        """Whether a run was started."""
        scene = compat.scene_of(context)
        return self.submit(context, scene, read.read(scene, **self.asked(context, scene)))

    def asked(self, context, scene) -> dict:
        """What is to be read, as `read.read_on` takes it. What the verb changes before that is changed now."""
        folder, self._warning = prefs.takes(context)
        return {"takes": str(folder), "memory": session.memory, **self.wanted(scene)}

    def submit(self, context, scene, reading: read.Reading, asks: bool = False) -> bool:
        """Whether a run was started. asks: a person is there, and a missing model is offered to them instead."""
        if not reading.slots:
            self.report({"WARNING"}, rpt_(self.nothing))
            return False
        # another Python may have what this installation has not
        if reading.job.speak and not prefs.of(context).python and (lacks := parts.lacking()):
            self.report({"ERROR"}, lacks)
            return False
        missing = fetching.lacking(reading.job, prefs.models(context)) if asks and reading.job.speak else ()
        if missing and not session.fetching:
            # Blender gives a running operator's own bl_idname as DUBLINE_OT_dub
            then = json.dumps([type(self).__name__.partition("_OT_")[2], self.as_keywords()])
            bpy.ops.dubline.need_model("INVOKE_DEFAULT", names=",".join(missing), then=then)
            return False
        if self._warning:
            self.report({"WARNING"}, sentence(self._warning))
        session.start(context, scene, reading, [self._warning] if self._warning else [], self.further(reading.job))
        return True

    def further(self, _job) -> tuple:
        """Jobs with other readings of the same lines, to be made after the first and not placed."""
        return ()

    def execute(self, context):
        if not self.begin(context):
            return {"CANCELLED"}
        self._run = session.newest
        while not self._run.ended:
            session.tick()
            time.sleep(0.002)
        return self.finish()

    def invoke(self, context, _event):
        scene = compat.scene_of(context)
        self._look = session.look(scene, self.asked(context, scene))
        return self.wait(context) if self.read_on(context) else {"CANCELLED"}

    def read_on(self, context) -> bool:
        """Reads some lines, and starts the run when all are read; whether there is anything to wait for."""
        reading = session.read_on(self._look)
        if reading is None:
            return not self._look.ended
        if not self.submit(context, bpy.data.scenes[self._look.scene], reading, asks=True):
            return False
        self._run = session.newest
        return True

    def wait(self, context) -> set[str]:
        """Has the window's timer go on with it."""
        going_on = ticking.begin(self, context)
        self.tell(context)
        return going_on

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            session.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if self._run is None:
            going_on = False
            try:
                going_on = self.read_on(context)
            finally:
                if not going_on:
                    ticking.end(self, context)
            if going_on:
                self.tell(context)
            return {"PASS_THROUGH"} if going_on else {"CANCELLED"}
        session.tick()
        if not self._run.ended:
            self.tell(context)
            return {"PASS_THROUGH"}
        ticking.end(self, context)
        return self.finish()

    def tell(self, context):
        """Shows how far it is."""
        if self._run is None:
            said = rpt_("Reading the lines {share:.0%}   Esc: cancel").format(share=self._look.share)
        else:
            said = (rpt_("Dubbing {share:.0%}   Esc: cancel") if session.run.speaks else rpt_("Checking {share:.0%}   Esc: cancel")).format(share=session.run.progress)
        context.workspace.status_text_set("   ".join(filter(None, (said, waiting()))))
        ticking.redraw(context)

    def cancel(self, context):
        session.drop()
        ticking.end(self, context)

    def finish(self):
        run = self._run
        if run.cancelled and run.number is None:  # it never came to its turn
            return {"CANCELLED"}
        self.report({"WARNING"} if run.count("failed") or run.count("locked") else {"INFO"}, sentence(run.summary))
        # a cancelled run keeps its finished takes, so it is a step to undo as well
        return {"FINISHED"}


def waiting() -> str:
    """How many runs wait for their turn; empty when none does."""
    count = len(session.waiting)
    return rpt_("1 more waits") if count == 1 else rpt_("{count} more wait").format(count=count) if count else ""


class DUBLINE_OT_dub(_Speaking, bpy.types.Operator):
    """Speak the lines of the selected strips, or of all, and place the takes above them"""

    bl_idname = "dubline.dub"
    bl_label = "Dub"

    scope: EnumProperty(
        name="Scope",
        description="Which lines",
        items=(
            ("SELECTED", "Selected", "Lines of the selected strips"),
            ("ALL", "All", "Every line of the scene"),
            ("STALE", "Changed", "Lines that changed since their takes were made"),
            ("MISSING", "Not dubbed", "Lines that have no take yet"),
            ("NEEDED", "What is needed", "Lines that changed since their takes were made, and those that have none yet"),
        ),
    )

    @property
    def nothing(self):
        return {
            "ALL": "The scene has no lines: add a text strip with words to speak",
            "STALE": "No line changed since its take was made",
            "MISSING": "Every line has a take",
            "NEEDED": "Every line has a take, and none changed since",
        }.get(self.scope, _Speaking.nothing)

    def wanted(self, scene):
        return of_scope(scene, self.scope)


def in_scope(scene, scope: str, folder: str) -> read.Reading:
    """The lines of a scope of `dubline.dub`. folder: where their takes go."""
    return read.read(scene, takes=folder, **of_scope(scene, scope))


def of_scope(scene, scope: str) -> dict:
    """The same as `read.read_on` is asked for them."""
    if scope in ("SELECTED", "ALL"):
        return {"everything": scope == "ALL"}
    read.renew_duplicates(scene)
    follow.follow(stale.Sight(scene, session.memory))
    changed = stale.reasons(scene, session.memory)
    wanted = {"STALE": lambda uid: bool(changed.get(uid)), "MISSING": lambda uid: uid not in changed, "NEEDED": lambda uid: changed.get(uid) != ()}
    return {"everything": True, "again": True, "pick": wanted[scope]}


def chosen(scene, scope: str) -> list | None:
    """The strips of the scope SELECTED or ACTIVE; None leaves it to the selection."""
    selected = any(strip.select for strip in compat.all_strips(scene.sequence_editor))
    return [compat.active(scene)] if scope == "ACTIVE" or not selected else None


class DUBLINE_OT_redo(_Speaking, bpy.types.Operator):
    """Speak lines again in another reading; the new take replaces the old one in its strip. Of several readings the first does, the others are there to be chosen"""

    bl_idname = "dubline.redo"
    bl_label = "Redo"

    scope: EnumProperty(
        name="Scope",
        description="Which lines",
        items=(
            ("SELECTED", "Selected", "Lines of the selected strips; of the active strip when none is selected"),
            ("ACTIVE", "Active", "The line of the active strip"),
        ),
    )

    count: IntProperty(name="Readings", description="How many other readings are made", default=1, min=1, max=12, options={"SKIP_SAVE"})

    def wanted(self, scene):
        return {"redo": True, "only": chosen(scene, self.scope)}

    def further(self, job):
        return tuple(
            replace(job, lines=tuple(replace(line, wish=replace(line.wish, seed=line.wish.seed + number)) for line in job.lines))
            for number in range(1, self.count)
        )


class DUBLINE_OT_plan(_Speaking, bpy.types.Operator):
    """Tell how the lines of the selected strips, or of all, will fit their slots, before anything is spoken"""

    bl_idname = "dubline.plan"
    bl_label = "Check timing"

    scope: EnumProperty(
        name="Scope",
        description="Which lines",
        items=(("SELECTED", "Selected", "Lines of the selected strips"), ("ALL", "All", "Every line of the scene")),
    )

    nothing = DUBLINE_OT_dub.nothing

    def wanted(self, _scene):
        return {"everything": self.scope == "ALL", "speak": False}


class DUBLINE_OT_cancel(Greyed, bpy.types.Operator):
    """Stop speaking, listening, fetching or enrolling soon; finished takes and what was downloaded stay"""

    bl_idname = "dubline.cancel"
    bl_label = "Cancel"

    @classmethod
    def hindrance(cls, _context) -> str:
        return "" if session.busy or session.fetching or session.enrolling or session.listening else "Nothing is going on that could be cancelled"

    def execute(self, _context):
        session.cancel()
        if session.fetching:
            session.fetch.cancel()
        if session.enrolling:
            session.enrolment.cancel()
        if session.listening:
            session.hearing.cancel()
        return {"FINISHED"}


class DUBLINE_OT_restore(Greyed, bpy.types.Operator):
    """Give the original sound its own volume again, in place of its background; the takes stay"""

    bl_idname = "dubline.restore"
    bl_label = "Restore originals"
    bl_options = {"REGISTER", "UNDO"}

    scope: EnumProperty(
        name="Scope",
        description="Whose originals",
        items=(("ALL", "All", "Every original of the scene"), ("SELECTED", "Selected", "Those of the selected strips")),
    )

    @classmethod
    def hindrance(cls, context) -> str:
        return disabled_reason(context)

    def execute(self, context):
        scene = compat.scene_of(context)
        strips = [s for s in compat.all_strips(scene.sequence_editor) if self.scope == "ALL" or s.select]
        count = originals.restore(scene, strips)
        self.report({"INFO"}, rpt_("Originals restored: {count}").format(count=count))
        return {"FINISHED"} if count else {"CANCELLED"}


CLASSES = (
    DUBLINE_OT_dub,
    DUBLINE_OT_redo,
    DUBLINE_OT_plan,
    DUBLINE_OT_cancel,
    DUBLINE_OT_restore,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
