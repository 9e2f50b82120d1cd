"""The verbs of the cast: who is in it, how a character sounds, and which lines are whose."""
from __future__ import annotations

import re
import unicodedata

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..engine.problems import LineProblem
from ..engine.script import Job, Line, Wish
from ..engine.voices import stock
from ..engine.voices.library import NAME, Library
from . import compat, ops, people_ops, performers, pieces, prefs, props, read, takes_ops, ticking
from .greyed import Greyed
from .session import session
from .translation import data_, rpt_, sentence

SENTENCES = {
    "en-us": "I never said that, and you know it. But go on, I am listening.",
    "en-gb": "I never said that, and you know it. But go on, I am listening.",
    "zh": "这话我可没说过，你心里清楚。不过，你接着讲，我听着呢。",
    "es": "Yo nunca dije eso, y tú lo sabes. Pero sigue, te escucho.",
    "fr": "Je n'ai jamais dit ça, et tu le sais. Mais continue, je t'écoute.",
    "hi": "मैंने ऐसा कभी नहीं कहा, और तुम यह जानते हो। लेकिन बोलो, मैं सुन रहा हूँ।",
    "it": "Non l'ho mai detto, e lo sai. Ma continua, ti ascolto.",
    "ja": "そんなことは一度も言っていない。でも、続けて。聞いているから。",
    "pt-br": "Eu nunca disse isso, e você sabe. Mas continue, estou ouvindo.",
}
"""What an audition says, by language: a statement and an invitation, so that a rise and a fall of the voice are heard."""


def disabled_reason(context) -> str:
    """Why the cast cannot be changed; empty when it can."""
    scene = compat.scene_of(context)
    if scene is None or compat.shows_nothing(context):
        return "The sequencer shows no scene: choose one in its header"
    if scene.library is not None:
        return "The scene is linked from another file: open that file to change its cast"
    return ""


def chosen(scene):
    """The character that the panel shows, or None."""
    settings = scene.dubline
    return settings.roles[settings.active_role] if 0 <= settings.active_role < len(settings.roles) else None


def add(scene, name: str, voice: str = ""):
    """A new character, whose takes have a colour that no other's have while there are such."""
    settings = scene.dubline
    used = {role.color for role in settings.roles}
    role = settings.roles.add()
    role.name = name
    role.voice = voice or props.DEFAULT_VOICE
    role.color = next((color for color, *_rest in props.COLORS[1:] if color not in used), props.COLORS[0][0])
    settings.active_role = len(settings.roles) - 1
    return role


class _OnCast(Greyed):
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def hindrance(cls, context) -> str:
        return disabled_reason(context) or cls.unfit(compat.scene_of(context))

    @staticmethod
    def unfit(_scene) -> str:
        """Why this cast is none for the verb."""
        return ""

    def execute(self, context):
        return self.change(context, compat.scene_of(context))


class _OnCharacter(_OnCast):
    @staticmethod
    def unfit(scene):
        return "" if chosen(scene) is not None else "The cast has no character yet: add one"


class DUBLINE_OT_cast_add(_OnCast, bpy.types.Operator):
    """Add a character to the cast"""

    bl_idname = "dubline.cast_add"
    bl_label = "Add character"

    def change(self, _context, scene):
        add(scene, data_("Character {number}").format(number=len(scene.dubline.roles) + 1))
        return {"FINISHED"}


class DUBLINE_OT_cast_remove(_OnCharacter, bpy.types.Operator):
    """Remove a character from the cast; its takes stay"""

    bl_idname = "dubline.cast_remove"
    bl_label = "Remove character"

    index: IntProperty(name="Place", description="In the cast, the first is 0; -1: the chosen character", default=-1, min=-1, options={"SKIP_SAVE"})

    def change(self, _context, scene):
        settings = scene.dubline
        settings.roles.remove(self.index if self.index >= 0 else settings.active_role)
        settings.active_role = max(0, min(settings.active_role, len(settings.roles) - 1))
        return {"FINISHED"}


class DUBLINE_OT_cast_move(_OnCharacter, bpy.types.Operator):
    """Move the chosen character up or down in the cast"""

    bl_idname = "dubline.cast_move"
    bl_label = "Move character"

    direction: EnumProperty(name="Direction", description="Where to", items=(("UP", "Up", "Towards the first"), ("DOWN", "Down", "Towards the last")))

    def change(self, _context, scene):
        settings = scene.dubline
        target = settings.active_role + (-1 if self.direction == "UP" else 1)
        if not 0 <= target < len(settings.roles):
            return {"CANCELLED"}
        settings.roles.move(settings.active_role, target)
        settings.active_role = target
        return {"FINISHED"}


class DUBLINE_OT_cast_from_lines(Greyed, bpy.types.Operator):
    """Add every speaker of the scene's lines who is not in the cast yet"""

    bl_idname = "dubline.cast_from_lines"
    bl_label = "Cast from lines"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def hindrance(cls, context) -> str:
        return ops.disabled_reason(context)

    def execute(self, context):
        scene = compat.scene_of(context)
        speakers: dict[str, str] = {}
        for slot in read.read(scene, True).slots.values():
            speakers.setdefault(slot.speaker.casefold(), slot.speaker)
        new = [speaker for speaker in speakers.values() if speaker and props.role_of(scene, speaker) is None]
        voices = props.voice_names()
        for speaker in new:
            cast = {role.voice for role in scene.dubline.roles}
            add(scene, speaker, next((voice for voice in voices if voice not in cast), ""))
        self.report({"INFO"}, rpt_("Added {count} characters").format(count=len(new)))
        return {"FINISHED"} if new else {"CANCELLED"}


class DUBLINE_OT_cast_from_sound(people_ops._Enrols, bpy.types.Operator):
    """Add a character who speaks as the person in the selected sound strip does; asks whose voice it is and on what ground it may be used"""

    bl_idname = "dubline.cast_from_sound"
    bl_label = "Character from sound"
    bl_options = {"UNDO"}

    character: StringProperty(name="Character", description="Name in the cast; empty: that of the sound strip's channel, else the person's", options={"SKIP_SAVE"})

    @classmethod
    def hindrance(cls, context) -> str:
        reason = disabled_reason(context)
        if reason:
            return reason
        sounds, movies = performers.counted(compat.scene_of(context))
        return super().hindrance(context) if (sounds or movies) == 1 else "Select one sound or movie strip, cut to five to fifteen seconds in which one person speaks calmly"

    def invoke(self, context, _event):
        people_ops.told_by_form(self, context)
        strip = _performer(context)
        channel = compat.channels(compat.scene_of(context).sequence_editor)[strip.channel].name
        self.source, self.strip = "STRIP", strip.name
        self.character = self.character or ("" if pieces.unnamed(channel, strip.channel) else channel)
        return context.window_manager.invoke_props_dialog(self, width=440)

    def draw(self, _context):
        layout = self.layout
        layout.label(text=self.strip, icon="SEQUENCE")
        column = layout.column()
        column.use_property_split = True
        for name in ("character", "whose", "ground", "by", "language", "licence", "thorough", "keep", "name"):
            column.prop(self, name)
        layout.label(text="Nobody is enrolled without a name and a ground", icon="INFO")

    def execute(self, context):
        form = context.window_manager.dubline_newcomer
        for key in ("whose", "ground", "by", "language", "licence", "thorough", "keep"):
            setattr(form, key, getattr(self, key))  # what was typed is there again when it did not suffice
        if not self.strip:
            self.source, self.strip = "STRIP", _performer(context).name
        self.character = self.character.strip() or self.whose.strip()
        self.name = self.name or free_name(self.character, Library(prefs.models(context)))
        if not self.begin(context):
            return {"CANCELLED"}
        return ticking.begin(self, context) if self.options.is_invoke and not bpy.app.background else people_ops.wait(self, context)

    def finish(self, context):
        result = super().finish(context)
        if result == {"FINISHED"}:
            scene = compat.scene_of(context)
            role = props.role_of(scene, self.character) or add(scene, self.character)
            role.voice = self.name
        return result


def _performer(context):
    """The strip out of which a voice would be made: the only selected sound, else the only selected movie; or None."""
    found = list(performers.strips(compat.scene_of(context), selected=True))
    sounds = [strip for strip in found if strip.type == "SOUND"] or found
    return sounds[0] if len(sounds) == 1 else None


def free_name(character: str, library: Library) -> str:
    """A name for the character's voice that the library has not yet; names that Latin letters cannot write become `voice`."""
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:36] or "voice"
    for number in range(1, 1000):
        name = stem if number == 1 else f"{stem}-{number}"
        try:
            library.free(name)
        except LineProblem:
            continue
        return name
    return ""


class DUBLINE_OT_cast_select(_OnCharacter, bpy.types.Operator):
    """Select the strips of the character's lines, and nothing else"""

    bl_idname = "dubline.cast_select"
    bl_label = "Select lines"

    def change(self, _context, scene):
        name = chosen(scene).name.casefold()
        wanted = {uid for uid, slot in read.read(scene, True).slots.items() if slot.speaker.casefold() == name}
        for strip in compat.all_strips(scene.sequence_editor) if scene.sequence_editor else ():
            strip.select = props.state(strip).get("uid") in wanted
        self.report({"INFO"} if wanted else {"WARNING"}, rpt_("Selected {count} lines").format(count=len(wanted)) if wanted else "The character has no lines in this scene")
        return {"FINISHED"} if wanted else {"CANCELLED"}


class DUBLINE_OT_cast_assign(_OnCharacter, bpy.types.Operator):
    """Let the character speak the lines of the selected strips"""

    bl_idname = "dubline.cast_assign"
    bl_label = "Assign to selected"

    character: StringProperty(name="Character", description="Empty: the one that is chosen in the cast", options={"SKIP_SAVE"})

    def change(self, _context, scene):
        role = props.role_of(scene, self.character) if self.character else chosen(scene)
        if role is None:
            self.report({"ERROR"}, rpt_("The cast has no character called {name!r}").format(name=self.character))
            return {"CANCELLED"}
        strips = [performers.find(scene, uid) for uid in read.read(scene).slots]
        for strip in strips:
            props.update(strip, speaker=role.name)
        self.report({"INFO"} if strips else {"WARNING"}, rpt_("Gave {count} lines to {character}").format(count=len(strips), character=role.name) if strips else ops._Speaking.nothing)
        return {"FINISHED"} if strips else {"CANCELLED"}


class DUBLINE_OT_audition(ops._Speaking, bpy.types.Operator):
    """Hear one sentence in the character's voice and emotion; without a window, say where the sound is"""

    bl_idname = "dubline.audition"
    bl_label = "Audition"
    bl_options = set()

    character: StringProperty(name="Character", description="Empty: the one that is chosen in the cast", options={"SKIP_SAVE"})
    text: StringProperty(name="Text", description="What is said; empty: a sentence in the character's language", options={"SKIP_SAVE"})

    @classmethod
    def hindrance(cls, context) -> str:
        reason = disabled_reason(context) or DUBLINE_OT_cast_remove.unfit(compat.scene_of(context))
        return reason or ("A run is under way: wait for it or cancel it" if session.busy else "")

    def begin(self, context) -> bool:
        scene = compat.scene_of(context)
        role = props.role_of(scene, self.character) if self.character else chosen(scene)
        if role is None:
            self.report({"ERROR"}, rpt_("The cast has no character called {name!r}").format(name=self.character))
            return False
        if session.audition is not None:
            session.audition.stop()
        line = Line("audition", self.text.strip() or SENTENCES[spoken_language(context, role)], role.name, wish=Wish(mode="free", feelings=props.temper(role)))
        job = Job((line,), props.cast(scene), takes=str(prefs.own_folder("auditions")))
        slot = read.Slot(scene.name, line.uid, 0, 0, 0, role.name)
        session.start(context, scene, read.Reading(job, {line.uid: slot}, labels={line.uid: role.name}), places=False)
        return True

    def invoke(self, context, _event):
        if not self.begin(context):
            return {"CANCELLED"}
        self._run = session.newest
        return self.wait(context)

    def finish(self):
        (report,) = self._run.reports.values()
        if report.take is None:
            self.report({"ERROR"}, sentence(report.message))
            return {"CANCELLED"}
        if bpy.app.background:
            self.report({"INFO"}, rpt_("{character} speaks in {path}").format(character=report.label, path=report.take.path))
            return {"FINISHED"}
        try:
            session.audition = takes_ops.Audition(report.take.path)
        except LineProblem as problem:
            self.report({"WARNING"}, rpt_("{problem} The sound is {path}").format(problem=sentence(str(problem)), path=report.take.path))
        return {"FINISHED"}


def spoken_language(context, role) -> str:
    """Code of the language that the character speaks by itself, one of SENTENCES."""
    voice = role.prosody or role.voice
    if role.language in SENTENCES:
        return role.language
    known = stock.names().get(voice)
    if known is None and NAME.fullmatch(voice):
        known = Library(prefs.models(context)).names().get(voice)
    return known or "en-us"


CLASSES = (
    DUBLINE_OT_cast_add,
    DUBLINE_OT_cast_remove,
    DUBLINE_OT_cast_move,
    DUBLINE_OT_cast_from_lines,
    DUBLINE_OT_cast_from_sound,
    DUBLINE_OT_cast_select,
    DUBLINE_OT_cast_assign,
    DUBLINE_OT_audition,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
