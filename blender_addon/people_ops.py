"""The verbs of people's voices: enrol somebody by a strip or a file, remove, pass on, and list what was made with a voice."""
from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty, StringProperty

from ..engine import uses
from ..engine.events import Admitted, Ended, Failed, Progress
from ..engine.hear import enrolment
from ..engine.problems import LineProblem
from ..engine.script import Newcomer, Recording
from ..engine.voices import parcel
from ..engine.voices.library import Library
from . import compat, film_sound, performers, prefs, props, read, ticking
from .greyed import Greyed
from .session import new_host, session
from .translation import rpt_, sentence

SOURCES = (("STRIP", "Strip", "A sound or movie strip, as far as it can be seen"), ("FILE", "File", "A sound or film of this computer"))

NOT_SAID = "Write whose voice it is and on what ground it may be used: without that nobody is enrolled"


class Enrolment:
    """A person's voice on its way into the library, in a host of its own: dubbing goes on, and what learning needed is given back."""

    def __init__(self, host, newcomer: Newcomer, scratch: tempfile.TemporaryDirectory | None = None):
        """scratch: a folder that goes when it has ended."""
        self.share = 0.0
        self.message = "Starting"
        self.problem = ""
        self.admitted: Admitted | None = None
        self.ended = False
        self._host, self._scratch = host, scratch
        self._run = host.submit(newcomer)

    def tick(self) -> bool:
        """Takes in what the host has said. True while it goes on."""
        for event in self._host.poll() if not self.ended else ():
            if isinstance(event, Progress):
                self.share, self.message = event.done, event.message.capitalize()
            elif isinstance(event, Failed):
                self.problem = f"{event.message} {event.remedy}" if event.code != "cancelled" else "Cancelled: nobody was enrolled"
            elif isinstance(event, Admitted):
                self.admitted = event
            elif isinstance(event, Ended):
                self.drop()
        return not self.ended

    def cancel(self):
        """Soon; nothing of the voice stays."""
        self._host.cancel(self._run)

    def drop(self):
        """Without waiting for its word."""
        if self.ended:
            return
        self.ended = True
        self._host.close()
        if self._scratch is not None:
            self._scratch.cleanup()
        self.message = self.problem or (f"{self.admitted.uid} is enrolled" if self.admitted else "Ended without a voice")


class DublineNewcomer(bpy.types.PropertyGroup):
    """What the panel asks of whoever is to be enrolled; `name` is built in. Not saved: another film asks anew."""

    source: EnumProperty(name="Recording", description="Where the person is heard", items=SOURCES)
    strip: StringProperty(name="Strip", description="Empty: the active one", search=lambda _form, context, _typed: [one.name for one in _strips(context)])
    file: StringProperty(name="File", description="Five to fifteen seconds of one person who speaks calmly", subtype="FILE_PATH")
    whose: StringProperty(name="Whose voice", description="The person's name")
    ground: StringProperty(name="Ground", description="The words on which the voice may be used, such as: she agreed in writing on 3 May")
    by: StringProperty(name="Written by", description="Who says so")
    language: StringProperty(name="Language", description="That the voice speaks by itself", default=Newcomer.language, search=props.language_codes)
    licence: StringProperty(name="Licence", description="Under which the voice may be passed on; empty: not at all")
    thorough: BoolProperty(name="Thorough", description="Learn the voice: takes minutes, and wants PyTorch in the engine's Python")
    keep: BoolProperty(name="Keep the recording", description="Keep the speech that was used with the voice; other engines, such as IndexTTS, imitate it")
    replace: BoolProperty(name="Replace", description="A voice of that name gives way")
    voice: StringProperty(name="Voice", description="An enrolled person", search=props.people_names)


ASKED = ("name", "source", "strip", "file", "whose", "ground", "by", "language", "licence", "thorough", "keep", "replace")
"""Of the form, what the operator takes from it."""


class _Enrols(Greyed):
    """Makes a voice of somebody's recording, on somebody's word."""

    name: StringProperty(name="Name", description="What the voice will be called: small letters, digits, - and _")
    source: EnumProperty(name="Recording", description="Where the person is heard", items=SOURCES)
    strip: StringProperty(name="Strip", description="Empty: the active one")
    file: StringProperty(name="File", description="Five to fifteen seconds of one person who speaks calmly", subtype="FILE_PATH")
    start: FloatProperty(name="From", description="Seconds into the file", min=0)
    end: FloatProperty(name="To", description="Seconds into the file; 0: to its end", min=0)
    whose: StringProperty(name="Whose voice", description="The person's name")
    ground: StringProperty(name="Ground", description="The words on which the voice may be used, such as: she agreed in writing on 3 May")
    by: StringProperty(name="Written by", description="Who says so")
    language: StringProperty(name="Language", description="That the voice speaks by itself", default=Newcomer.language, search=props.language_codes)
    licence: StringProperty(name="Licence", description="Under which the voice may be passed on; empty: not at all")
    thorough: BoolProperty(name="Thorough", description="Learn the voice: takes minutes, and wants PyTorch in the engine's Python")
    keep: BoolProperty(name="Keep the recording", description="Keep the speech that was used with the voice; other engines, such as IndexTTS, imitate it")
    replace: BoolProperty(name="Replace", description="A voice of that name gives way")

    @classmethod
    def hindrance(cls, _context) -> str:
        return "Somebody is being enrolled: wait or cancel it" if session.enrolling else ""

    def begin(self, context) -> bool:
        if not (self.whose.strip() and self.ground.strip()):
            self.report({"ERROR"}, NOT_SAID)
            return False
        scratch = tempfile.TemporaryDirectory(prefix="dubline-voice-")
        try:
            Library(prefs.models(context)).free(self.name, self.replace)
            recording = film_sound.heard(enrolment.limited(self.recording(context)), scratch.name)
        except LineProblem as problem:
            scratch.cleanup()
            self.report({"ERROR"}, sentence(str(problem)))
            return False
        newcomer = Newcomer(
            self.name, recording, self.whose, self.ground, self.by, self.language, self.licence, self.thorough, self.keep, self.replace
        )
        session.enrolment = Enrolment(new_host(context), newcomer, scratch)
        return True

    def recording(self, context) -> Recording:
        """Raises LineProblem."""
        if self.source == "FILE":
            if not self.file:
                raise LineProblem("bad_wish", reason="Choose the file in which the person speaks.")
            if self.end and self.end <= self.start:
                raise LineProblem("bad_wish", reason="The stretch ends before it begins.")
            return Recording(os.path.normpath(bpy.path.abspath(self.file)), self.start, self.end - self.start if self.end else 0.0)
        scene = compat.scene_of(context)
        named = self.strip or getattr(compat.active(scene), "name", "")
        strip = next((one for one in _strips(context) if one.name == named), None)
        if strip is None:
            raise LineProblem("bad_wish", reason="Choose the sound or movie strip in which the person speaks.")
        if performers.packed(strip):
            raise LineProblem("packed_sound", strip=strip.name)
        return performers.shown(strip, compat.start(strip), compat.end(strip), read.second(scene))

    def modal(self, context, event):
        return self.finish(context) if ticking.over(self, context, event, session.enrolment) else {"PASS_THROUGH"}

    def cancel(self, context):
        session.enrolment.drop()
        ticking.end(self, context)

    def finish(self, context):
        made = session.enrolment
        if made.admitted is None:
            self.report({"ERROR"}, sentence(made.message))
            return {"CANCELLED"}
        for note in made.admitted.notes:
            self.report({"WARNING"}, sentence(note))
        self.report({"INFO"}, sentence(made.message))
        form = context.window_manager.dubline_newcomer
        form.voice = made.admitted.uid
        # the next one is somebody else, who has not been asked yet
        for key in ("name", "whose", "ground"):
            form.property_unset(key)
        return {"FINISHED"}


def told_by_form(operator, context):
    """Takes what the form says, where a script has not said it."""
    form = context.window_manager.dubline_newcomer
    for key in ASKED:
        if not operator.properties.is_property_set(key):
            setattr(operator, key, getattr(form, key))


def wait(operator, context) -> set[str]:
    """Looks after the enrolment to its end, for a script."""
    while session.enrolment.tick():
        time.sleep(0.02)
    return operator.finish(context)


class DUBLINE_OT_new_voice(_Enrols, bpy.types.Operator):
    """Enrol a person by a recording of five to fifteen seconds; asks whose voice it is and on what ground it may be used"""

    bl_idname = "dubline.new_voice"
    bl_label = "Enrol"

    def execute(self, context):
        return wait(self, context) if self.begin(context) else {"CANCELLED"}

    def invoke(self, context, _event):
        told_by_form(self, context)
        return ticking.begin(self, context) if self.begin(context) else {"CANCELLED"}


class _OfVoice:
    """Does something with an enrolled voice, that of the form by default."""

    name: StringProperty(name="Voice", description="An enrolled person; empty: that of the form", options={"SKIP_SAVE"})

    needs_one = True
    """Whether nothing can be done without a name."""

    def chosen(self, context) -> str:
        return self.name or context.window_manager.dubline_newcomer.voice

    def execute(self, context):
        name = self.chosen(context)
        if not name and self.needs_one:
            self.report({"ERROR"}, "Choose a voice of a person first")
            return {"CANCELLED"}
        try:
            return self.act(context, name)
        except LineProblem as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"CANCELLED"}


class DUBLINE_OT_remove_voice(_OfVoice, bpy.types.Operator):
    """Delete the voice with all that is kept of it on this computer; takes made with it stay, and are counted"""

    bl_idname = "dubline.remove_voice"
    bl_label = "Remove the voice"

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def act(self, context, name: str):
        found = _uses(context, name)
        mixes = Library(prefs.models(context)).remove(name)
        told = [rpt_("{count} takes made with it are still there").format(count=len(found))] * bool(found)
        told += [rpt_("{voices} carries the same consent and is still there").format(voices=", ".join(mixes))] * bool(mixes)
        told += [rpt_("{character} is still cast with it").format(character=role) for role in _cast(name)]
        self.report({"WARNING"} if told else {"INFO"}, "; ".join([rpt_("{voice} is removed").format(voice=name), *told]))
        return {"FINISHED"}


class DUBLINE_OT_export_voice(_OfVoice, bpy.types.Operator):
    """Write the voice into one file that another computer can take in"""

    bl_idname = "dubline.export_voice"
    bl_label = "Export"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=f"*{parcel.ENDING}", options={"HIDDEN"})

    def invoke(self, context, _event):
        self.name = self.chosen(context)
        self.filepath = f"{self.name}{parcel.ENDING}"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act(self, context, name: str):
        target = Path(bpy.path.abspath(self.filepath or f"//{name}{parcel.ENDING}"))
        voice = parcel.pack(Library(prefs.models(context)), name, target)
        told = rpt_("{voice} is in {path}") if voice.licence else rpt_("{voice} is in {path}. It has no licence: carry it to computers of your own, and pass it on to nobody")
        self.report({"INFO"}, told.format(voice=voice.id, path=target))
        return {"FINISHED"}


class DUBLINE_OT_import_voice(_OfVoice, bpy.types.Operator):
    """Take in a voice that was exported; its consent comes with it"""

    bl_idname = "dubline.import_voice"
    bl_label = "Import"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=f"*{parcel.ENDING}", options={"HIDDEN"})
    replace: BoolProperty(name="Replace", description="A voice of that name gives way", options={"SKIP_SAVE"})

    needs_one = False

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def chosen(self, _context):
        return self.name

    def act(self, context, name: str):
        voice = parcel.take_in(Library(prefs.models(context)), Path(bpy.path.abspath(self.filepath)), name, self.replace)
        context.window_manager.dubline_newcomer.voice = voice.name
        told = "; ".join(f"{consent.whose}: {consent.ground}" for consent in voice.consents)
        self.report({"INFO"}, rpt_("{voice} is in the library, on this ground: {grounds}").format(voice=voice.name, grounds=told))
        return {"FINISHED"}


class DUBLINE_OT_voice_uses(_OfVoice, bpy.types.Operator):
    """List all takes of this film that were made with the voice, or with any that carries the same consent, in a text of Blender"""

    bl_idname = "dubline.voice_uses"
    bl_label = "List its uses"

    def act(self, context, name: str):
        found, playing = _uses(context, name), _playing()
        title = rpt_("Uses of {voice}").format(voice=name)
        text = bpy.data.texts.get(title) or bpy.data.texts.new(title)
        text.clear()
        for use in found:
            strips = ", ".join(playing.get(Path(use.path).stem, ())) or rpt_("no strip")
            told = rpt_("{voice}, consent {consent}, played by {strips}").format(voice=use.voice, consent=use.consent, strips=strips)
            text.write(f"{use.path}\n    {told}\n    {use.text}\n")
        told = rpt_("{count} takes were made with {voice}; the text “{text}” lists them") if found else rpt_("No take was made with {voice}")
        self.report({"INFO"}, told.format(count=len(found), voice=name, text=title))
        return {"FINISHED"}


def _strips(context) -> list:
    """Sound and movie strips in which somebody may speak."""
    return list(performers.strips(compat.scene_of(context)))


def _cast(name: str) -> list[str]:
    """Characters of the film's scenes who have the voice."""
    return [role.name for scene in bpy.data.scenes for role in scene.dubline.roles if name in (role.voice, role.prosody)]


def _dubs():
    """Every strip of the film that plays a take."""
    for scene in bpy.data.scenes:
        for strip in compat.all_strips(scene.sequence_editor) if scene.sequence_editor else ():
            if "of" in props.state(strip):
                yield strip


def _playing() -> dict[str, list[str]]:
    """Digest of a take -> the strips that play it."""
    found: dict[str, list[str]] = {}
    for strip in _dubs():
        found.setdefault(Path(performers.path_of(strip)).stem, []).append(strip.name)
    return found


def _uses(context, name: str) -> tuple[uses.Use, ...]:
    """Of the voice among the film's takes."""
    folders = {Path(os.path.normpath(path)): None for path in (prefs.takes(context)[0], *(Path(performers.path_of(strip)).parent for strip in _dubs()))}
    try:
        consents = [consent.id for consent in Library(prefs.models(context)).find(name).consents]
    except LineProblem:
        consents = []  # one that is gone is known by its name
    return tuple(dict.fromkeys(uses.of(name, consents, folders)))


CLASSES = (
    DublineNewcomer,
    DUBLINE_OT_new_voice,
    DUBLINE_OT_remove_voice,
    DUBLINE_OT_export_voice,
    DUBLINE_OT_import_voice,
    DUBLINE_OT_voice_uses,
)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.WindowManager.dubline_newcomer = PointerProperty(type=DublineNewcomer, options={"SKIP_SAVE"})


def unregister():
    del bpy.types.WindowManager.dubline_newcomer
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
