"""The verbs of a performance: listen to a recording, take it over, and play the source more or less."""
from __future__ import annotations

import threading
import time

import bpy
from bpy.props import EnumProperty

from ..engine.directions import parted
from ..engine.hear.performance import Performance, listen
from ..engine.problems import LineProblem
from ..engine.script import Feeling, Wish
from . import compat, feeling_ops, feelings, ops, performers, prefs, props, read, recordings, ticking, words
from .translation import rpt_, sentence

STRONGER, CLOSER = 0.2, 0.25
"""One step of intensity and of performance."""


class Listening:
    """One recording that is being heard, in a thread of its own, so that the window stays alive."""

    def __init__(self, feeling: Feeling):
        self.found: Performance | None = None
        self.problem = "Listening ended by an error of its own; Blender's console shows it."
        self._thread = threading.Thread(target=self._work, args=(feeling,), name="dubline-listen", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def _work(self, feeling: Feeling):
        try:
            self.found = listen(feeling.recording, feeling.plain)
            self.problem = ""
        except LineProblem as problem:
            self.problem = str(problem)


class DUBLINE_OT_listen(feeling_ops._OnLine, bpy.types.Operator):
    """Hear the recording: how it is spoken and, of a film, what the face shows. Dubbing listens by itself"""

    bl_idname = "dubline.listen"
    bl_label = "Listen"

    @staticmethod
    def unfit(strip):
        source = feelings.source(feelings.memory(strip))
        if source.get("kind") != "RECORDING":
            return "Choose a recording as the line's emotion first"
        return "" if feelings.recorded(source) else "Choose who performs first"

    def begin(self, context) -> bool:
        """Whether there is something to wait for; a problem with the performer is kept at once."""
        scene = compat.scene_of(context)
        strip = compat.active(scene)
        source = feelings.source(feelings.memory(strip))
        self._line, self._of = performers.uid_of(strip), source.get("who", {}).get("strip", "")
        self._named = feelings.recorded(source)
        folder, _warning = prefs.takes(context)
        try:
            feeling, original = read.located(scene, strip, self._named, str(folder))
        except LineProblem as problem:
            self._keep(strip, {"by": recordings.SOUND, "problem": str(problem)})
            return False
        if source.get("who", {}).get("kind", "ORIGINAL") == "ORIGINAL":
            self._of = original
        self._mark = performers.mark(strip, source.get("who", {}), performers.find(scene, self._of))
        self._listening = Listening(feeling)
        return True

    def execute(self, context):
        if not self.begin(context):
            return {"FINISHED"}
        while not self._listening.ended:
            time.sleep(0.02)
        return self.finish(context)

    def invoke(self, context, _event):
        if not self.begin(context):
            return {"FINISHED"}
        context.window.cursor_modal_set("WAIT")
        context.workspace.status_text_set(rpt_("Listening to the recording   Esc: stop"))
        return ticking.begin(self, context)

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)  # the thread ends by itself, and nobody asks what it heard
            return {"CANCELLED"}
        if event.type != "TIMER" or not self._listening.ended:
            return {"PASS_THROUGH"}
        self.cancel(context)
        return self.finish(context)

    def cancel(self, context):
        context.window.cursor_modal_restore()
        ticking.end(self, context)

    def finish(self, context):
        strip = performers.find(compat.scene_of(context), self._line)
        source = feelings.source(feelings.memory(strip)) if strip is not None else {}
        if source.get("kind") != "RECORDING" or feelings.recorded(source) != self._named:
            self.report({"WARNING"}, "The line's source was changed while it was heard: listen again")
            return {"CANCELLED"}
        found, problem = self._listening.found, self._listening.problem
        heard = {"by": recordings.SOUND, "problem": problem} if found is None else recordings.as_heard(found, self._of, self._mark)
        self._keep(strip, heard)
        return {"FINISHED"}

    def _keep(self, strip, heard: dict):
        feelings.edit(strip, kind="RECORDING", heard=heard)
        if heard.get("problem"):
            self.report({"WARNING"}, sentence(heard["problem"]))


class DUBLINE_OT_transfer(ops._Speaking, bpy.types.Operator):
    """Dub the active line, and the other selected text strips, as the one selected sound or movie strip performs it"""

    bl_idname = "dubline.transfer"
    bl_label = "Take over the performance"

    @classmethod
    def hindrance(cls, context) -> str:
        return super().hindrance(context) or _untransferable(compat.scene_of(context))

    def wanted(self, scene):
        lines, performer = _lines(scene), performers.selected(scene)[0]
        who = {"kind": "STRIP", "strip": performers.uid_of(performer), "name": performer.name}
        for line in lines:
            recordings.perform(line, who)
            line.dubline_performance = 1.0
        return {"again": True, "only": lines}


def _lines(scene) -> list:
    """The text strips that a performance is taken over to: the active one and the selected ones."""
    active, chosen = compat.active(scene), compat.selected(scene.sequence_editor, "TEXT")
    return [strip for strip in chosen if not props.locked(strip)] + ([active] if active not in chosen and _may_take_over(active) else [])


def _may_take_over(strip) -> bool:
    return strip is not None and strip.type == "TEXT" and not props.locked(strip)


def _untransferable(scene) -> str:
    """Why no performance can be taken over; empty when one can."""
    # the panel asks at every drawing, and mostly the active strip is one
    if not (_may_take_over(compat.active(scene)) or _lines(scene)):
        return "Make a text strip with the words of the line the active one"
    count = sum(performers.counted(scene))
    if count != 1:
        return "Select a sound or movie strip beside the line: the performer" if not count else rpt_("Select one performer, not {count}").format(count=count)
    return ""


class _Step(ops._Speaking):
    """Changes how strongly the source is played by one step, and dubs the line again in the same reading."""

    scope: EnumProperty(
        name="Scope",
        description="Which lines",
        items=(
            ("SELECTED", "Selected", "Lines of the selected strips; of the active strip when none is selected"),
            ("ACTIVE", "Active", "The line of the active strip"),
        ),
    )

    @classmethod
    def hindrance(cls, context) -> str:
        return super().hindrance(context) or (NEUTRAL if _neutral(compat.scene_of(context)) else "")

    def wanted(self, scene):
        wanted = read.read(scene, again=True, only=ops.chosen(scene, self.scope))
        feeling = {line.uid for line in wanted.job.lines if line.wish.feelings}
        changed, left = [], "No strip is a line"
        for uid in (uid for uid in wanted.slots if uid not in wanted.left):
            strip = performers.find(scene, uid)
            change, left = self.step(props.wish(strip), uid in feeling or _directed(scene, strip))
            if change:
                props.set_wish(strip, **change)
                feelings.remember(strip, feelings.memory(strip))
                changed.append(strip)
        self.nothing = left
        return {"again": True, "only": changed}


def _neutral(scene) -> bool:
    """Whether it is sure that no chosen line has an emotion. The panel asks at every drawing: only texts are looked into, and few of them."""
    active = compat.active(scene)
    if active is None or not _plain(scene, active):
        return False
    selection = compat.selection(scene.sequence_editor)
    others = selection.count(True) - active.select
    if not 0 < others < performers.FEW:
        return not others
    return all(_plain(scene, strip) for strip in compat.selected(scene.sequence_editor, "TEXT", "SOUND", "MOVIE", chosen=selection) if strip != active)


def _plain(scene, strip) -> bool:
    """Whether the strip is surely a line without an emotion: a take may be another line's, and a sound a text's original."""
    if strip.type != "TEXT" or props.wish(strip).feelings or _directed(scene, strip):
        return False
    return not (any(map(props.temper, scene.dubline.roles)) and feelings.as_cast(strip))


def _directed(scene, strip) -> bool:
    """Whether a direction stands in the line's words."""
    if strip.type != "TEXT":
        return False
    _name, said = words.spoken(strip, words.text_of(strip), [role.name for role in scene.dubline.roles])
    return bool(parted(said).directions)


NEUTRAL = "The line is neutral: choose an emotion first"


class DUBLINE_OT_more(_Step, bpy.types.Operator):
    """Play the source more strongly, and when it is at its full strength follow the recording more closely; dub again"""

    bl_idname = "dubline.more"
    bl_label = "More like the source"

    @staticmethod
    def step(wish: Wish, emotional: bool) -> tuple[dict, str]:
        """What changes of the wish, or why nothing does."""
        if not emotional:
            return {}, NEUTRAL
        if wish.intensity < 1:
            return {"intensity": min(1.0, round(wish.intensity + STRONGER, 4))}, ""
        recorded = any(feeling.recording for feeling in wish.feelings)
        if recorded and wish.performance < 1:
            return {"performance": min(1.0, round(wish.performance + CLOSER, 4))}, ""
        return {}, "Nothing more to give: the intensity is 1, and the recording is followed as closely as can be" if recorded else "Nothing more to give: the intensity is 1"


class DUBLINE_OT_less(_Step, bpy.types.Operator):
    """Follow the recording less closely, and when it is not followed at all play it less strongly; dub again"""

    bl_idname = "dubline.less"
    bl_label = "Less"

    @staticmethod
    def step(wish: Wish, emotional: bool) -> tuple[dict, str]:
        """What changes of the wish, or why nothing does."""
        if not emotional:
            return {}, NEUTRAL
        if any(feeling.recording for feeling in wish.feelings) and wish.performance > 0:
            return {"performance": max(0.0, round(wish.performance - CLOSER, 4))}, ""
        if wish.intensity > 0:
            return {"intensity": max(0.0, round(wish.intensity - STRONGER, 4))}, ""
        return {}, "Nothing less to give: the line is played as neutral"


CLASSES = (DUBLINE_OT_listen, DUBLINE_OT_transfer, DUBLINE_OT_more, DUBLINE_OT_less)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
