"""The verbs of originals: keep their background without the voice, and write down what is said in them."""
from __future__ import annotations

import time

import bpy
from bpy.props import StringProperty

from ..engine.hear import transcript
from ..engine.problems import LineProblem
from ..engine.tracks import Track, Transcription
from . import compat, hearing, ops, performers, pieces, prefs, ticking, transcripts
from .greyed import Greyed
from .session import new_host, session
from .translation import own, rpt_, sentence

WELL_KNOWN = ("ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "hi", "hu", "it", "ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh")
"""Languages that the recogniser is offered; it takes others, too."""

NO_RECOGNISER = "The recogniser of speech is not on this computer: fetch it with the button beside, about 150 MB"


class _Listening(Greyed):
    """Hears originals as a whole: modal when a person pressed it, to its end when a script called."""

    bl_options = {"UNDO"}  # no REGISTER: its panel would hear everything again at every change

    @classmethod
    def hindrance(cls, context) -> str:
        return ops.disabled_reason(context) or ("Originals are listened to: wait or cancel it" if session.listening else "")

    def execute(self, context):
        if not self.begin(context):
            return {"CANCELLED"}
        while session.hearing.tick():
            time.sleep(0.01)
        return self.finish()

    def invoke(self, context, _event):
        return ticking.begin(self, context) if self.begin(context) else {"CANCELLED"}

    def modal(self, context, event):
        return self.finish() if ticking.over(self, context, event, session.hearing) else {"PASS_THROUGH"}

    def cancel(self, context):
        session.hearing.drop()
        ticking.end(self, context)

    def finish(self):
        scene = bpy.data.scenes.get(self._scene)
        count, told = self.lay(scene) if scene is not None else (0, [])
        for text in told:
            self.report({"WARNING" if count else "ERROR"}, sentence(text))
        if session.hearing.cancelled:
            self.report({"WARNING"}, rpt_("Cancelled: what was not heard to its end is left as it was"))
        return {"FINISHED"} if count else {"CANCELLED"}

    def chosen(self, context, kinds: tuple[str, ...]) -> list:
        """The selected strips of these kinds that are no work of ours."""
        scene = compat.scene_of(context)
        self._scene = scene.name
        return [strip for strip in performers.strips(scene, selected=True) if strip.type in kinds]


class DUBLINE_OT_keep_background(_Listening, bpy.types.Operator):
    """Lay a strip with the selected originals' background beside each, without the voice, and mute them; Restore originals takes it back"""

    bl_idname = "dubline.keep_background"
    bl_label = "Keep the background"

    def begin(self, context) -> bool:
        scene = compat.scene_of(context)
        fit, told = [], []
        for strip in self.chosen(context, ("SOUND",)):
            home = compat.parent(scene.sequence_editor, strip)
            locked = strip.lock or compat.channels(home)[strip.channel].lock
            if locked:
                told.append(rpt_("{strip} is locked: unlock it first").format(strip=strip.name))
            else:
                fit.append(strip)
        if not (fit or told):
            self.report({"WARNING"}, rpt_("Select the sound strips whose background is to be kept"))
            return False
        takes, warning = prefs.takes(context)
        session.hearing, unfit = hearing.separation(scene, fit, takes, lambda: new_host(context))
        if warning and session.hearing is not None:
            self.report({"WARNING"}, sentence(warning))
        for text in (*told, *unfit):
            self.report({"WARNING" if session.hearing is not None else "ERROR"}, sentence(text))
        return session.hearing is not None

    def lay(self, scene) -> tuple[int, list[str]]:
        count, told = hearing.laid(scene, session.hearing, whole=True)
        told += session.hearing.told()
        if count:
            self.report({"INFO"}, rpt_("Backgrounds kept: {count}").format(count=count))
        return count, told


class DUBLINE_OT_transcribe(_Listening, bpy.types.Operator):
    """Write down what is said in the selected sound and movie strips: a text strip for each sentence, in its time"""

    bl_idname = "dubline.transcribe"
    bl_label = "Transcribe"

    language: StringProperty(name="Language", description="That is spoken, as a code such as de; empty: the panel's, or found out", options={"SKIP_SAVE"})

    @classmethod
    def hindrance(cls, context):
        return super().hindrance(context) or ("" if transcript.there(prefs.models(context)) else NO_RECOGNISER)

    def begin(self, context) -> bool:
        scene = compat.scene_of(context)
        second, tracks, labels, told = pieces.second(scene), [], {}, []
        chosen = self.chosen(context, ("SOUND", "MOVIE"))
        heard = {performers.path_of(strip) for strip in chosen if strip.type == "SOUND"}
        seen = {piece.strip.as_pointer(): piece for piece in pieces.seen(scene.sequence_editor)}
        self._spans = {}
        for strip in chosen:
            piece = seen.get(strip.as_pointer())
            if piece is None or (strip.type == "MOVIE" and performers.path_of(strip) in heard):
                continue  # it lies where a meta hides it, or its sound is chosen as well
            try:
                if performers.packed(strip):
                    raise LineProblem("packed_sound", strip=strip.name)
                if compat.speed(strip):
                    raise LineProblem("retimed", strip=strip.name, what="a transcript", instead="write its texts yourself")
                recording = performers.shown(strip, piece.first, piece.last, second)
            except LineProblem as problem:
                told.append(hearing.unsaid(strip.name, problem))
                continue
            uid = performers.uid_of(strip)
            labels[uid] = strip.name
            self._spans[uid] = piece.first - compat.start(strip), piece.frames
            tracks.append(Track(uid, recording))
        for text in told:
            self.report({"WARNING" if tracks else "ERROR"}, sentence(text))
        if not tracks:
            if not told:
                self.report({"WARNING"}, rpt_("Select sound or movie strips in which somebody speaks"))
            return False
        language = self.language or context.window_manager.dubline_spoken
        takes, _warning = prefs.takes(context)
        session.hearing = hearing.Hearing(lambda: new_host(context), Transcription(tuple(tracks), language), labels, takes)
        return True

    def lay(self, scene) -> tuple[int, list[str]]:
        made = there = 0
        told = session.hearing.told()
        for uid, event in session.hearing.heard.items():
            strip = performers.find(scene, uid)
            if strip is None:
                continue
            if not event.transcript.sentences:
                told.append(f"Nobody is heard to speak in {strip.name}.")
                continue
            try:
                new, old = transcripts.lay(scene, strip, *self._spans[uid], event.transcript)
            except LineProblem as problem:
                told.append(hearing.unsaid(strip.name, problem))
                continue
            made, there = made + new, there + old
        if made:
            self.report({"INFO"}, rpt_("Wrote down {count} sentences").format(count=made))
        if there:
            self.report({"INFO"}, rpt_("Sentences that had a text strip already: {count}").format(count=there))
        return made, told


CLASSES = (DUBLINE_OT_keep_background, DUBLINE_OT_transcribe)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    spoken = StringProperty(
        name="Spoken in",
        description="Language of the originals that are transcribed, as a code; empty: it is found out",
        search=lambda _manager, _context, _typed: list(WELL_KNOWN),
        options={"SKIP_SAVE"},
    )
    own(spoken)
    bpy.types.WindowManager.dubline_spoken = spoken


def unregister():
    del bpy.types.WindowManager.dubline_spoken
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
