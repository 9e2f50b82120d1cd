"""The verbs of scripts: subtitles and tables in and out, and a screenplay out of a text of Blender."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..engine.directions import split
from ..engine.formats import screenplay, subtitles, table
from ..engine.formats.cue import Cue, Script, about
from ..engine.problems import LineProblem
from ..engine.script import Job, Line, Wish
from ..engine.speak import Engine
from . import compat, ops, prefs, props, subtitle_strips, words
from .greyed import Greyed
from .session import session
from .translation import rpt_, sentence

ENDINGS = (*subtitles.KINDS, *table.ENDINGS)
GLOB = ";".join(f"*{ending}" for ending in ENDINGS)
FORMATS = (
    ("SRT", "SubRip (.srt)", "Understood everywhere; speakers stand before their words"),
    ("VTT", "WebVTT (.vtt)", "For browsers; speakers are marked as such"),
    ("ASS", "Advanced SubStation (.ass)", "For Aegisub; speakers are in the field Name, times are to the hundredth of a second"),
    ("CSV", "Table (.csv)", "Speaker, times, transcription and translation, a row a line"),
)
COLUMNS = (
    ("TRANSLATION", "Translation", "Of a table, the column translation; the other where a table has none"),
    ("ORIGINAL", "Transcription", "Of a table, the column transcription"),
)
ENCODINGS = (
    ("AUTO", "Automatic", "By the file's first bytes, else Unicode where that is possible, else by its letters; the report tells what was guessed"),
    ("utf_8", "Unicode (utf_8)", "Of all languages: what files should be in"),
    ("cp1252", "Western (cp1252)", "French, German, Spanish, Portuguese, Italian and others"),
    ("cp1250", "Central European (cp1250)", "Polish, Czech, Hungarian and others"),
    ("cp1251", "Cyrillic (cp1251)", "Russian, Ukrainian, Bulgarian and others"),
    ("koi8_r", "Cyrillic (koi8_r)", "Russian, in files that are older or of Unix"),
    ("cp1253", "Greek (cp1253)", "Modern Greek"),
    ("cp1254", "Turkish (cp1254)", "Turkish and Azerbaijani"),
    ("cp1255", "Hebrew (cp1255)", "Hebrew and Yiddish"),
    ("cp1256", "Arabic (cp1256)", "Arabic, Persian and Urdu"),
    ("cp1257", "Baltic (cp1257)", "Estonian, Latvian and Lithuanian"),
    ("cp1258", "Vietnamese (cp1258)", "Vietnamese of Windows"),
    ("cp874", "Thai (cp874)", "Thai of Windows"),
    ("gb18030", "Simplified Chinese (gb18030)", "Holds GB 2312 and GBK"),
    ("big5", "Traditional Chinese (big5)", "Of Taiwan and Hong Kong"),
    ("cp932", "Japanese (cp932)", "Shift-JIS as Windows has it"),
    ("euc_jp", "Japanese (euc_jp)", "EUC, in files that are older or of Unix"),
    ("cp949", "Korean (cp949)", "Holds EUC-KR"),
)
"""By the names that Python has for them."""

MOST_NAMED = 3
"""Strips that a report names."""


def unreachable(context) -> str:
    """Why there is no scene that lines could be laid into; empty when there is one."""
    scene = compat.scene_of(context)
    if scene is None:
        return "There is no scene for the lines"
    if compat.shows_nothing(context):
        return "The sequencer shows no scene: choose one in its header"
    if scene.library is not None:
        return "The scene is linked from another file: open that file to change it"
    return ""


def disabled_reason(context) -> str:
    """Why no script can come in now; empty when it can."""
    return unreachable(context) or ("A run is under way: wait for it or cancel it" if session.busy else "")


class _Import(Greyed):
    """Lays the lines of a script as text strips, in one step to undo."""

    bl_options = {"UNDO"}  # no REGISTER: its panel would lay all lines again at every change

    existing: EnumProperty(name="Lines that are there", description="What becomes of lines that an import brought before", items=subtitle_strips.EXISTING)
    language: StringProperty(name="Language", description="Of all lines; empty: the cast's or the voice's own", search=props.language_codes, options={"SKIP_SAVE"})

    @classmethod
    def hindrance(cls, context) -> str:
        return disabled_reason(context) or cls.unfit()

    @staticmethod
    def unfit() -> str:
        """Why this verb cannot be done, beyond what hinders all."""
        return ""

    def execute(self, context):
        scene = compat.scene_of(context)
        engine = Engine(prefs.models(context))  # only foretells: nothing of a voice is loaded
        try:
            name, script, offset, pause = self.script(scene)
        except LineProblem as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"CANCELLED"}
        placed, lost = subtitle_strips.placed(scene, script.cues, lambda cue: foretold(engine, scene, cue, self.language), offset, pause)
        try:
            outcome = subtitle_strips.lay(scene, name, placed, self.language, self.existing)
        except LineProblem as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"FINISHED"}  # what was laid can be undone
        problems = [*script.problems, *lost]
        self.report({"WARNING"} if problems else {"INFO"}, _told(name, script, outcome, problems))
        return {"FINISHED"} if placed or outcome.removed else {"CANCELLED"}


class DUBLINE_OT_import_subtitles(_Import, bpy.types.Operator):
    """Make the lines of a file of subtitles or a table text strips at their times, with their speakers; broken ones are listed in a text of Blender"""

    bl_idname = "dubline.import_subtitles"
    bl_label = "Import subtitles"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=GLOB, options={"HIDDEN"})
    column: EnumProperty(name="Words", description="Of a table, what is spoken", items=COLUMNS)
    offset: FloatProperty(name="Offset", description="Seconds added to all times", options={"SKIP_SAVE"})
    encoding: EnumProperty(name="Encoding", description="How the file's letters are written, where it is not in Unicode", items=ENCODINGS, options={"SKIP_SAVE"})

    def script(self, scene) -> tuple[str, Script, float, float]:
        """The script's name, what it says, and the seconds that are added to its times and between lines without. Raises LineProblem."""
        path = Path(bpy.path.abspath(self.filepath))
        encoding = "" if self.encoding == "AUTO" else self.encoding
        if path.suffix.lower() in table.ENDINGS:
            read = table.chosen(table.read(path, encoding, scene.render.fps / scene.render.fps_base), self.column == "TRANSLATION")
        else:
            read = subtitles.read(path, _roles(scene), encoding)
        # what was chosen is no guess that is to be told
        return path.name, replace(read, encoding="") if encoding else read, self.offset, 0.0

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class DUBLINE_OT_import_screenplay(_Import, bpy.types.Operator):
    """Make the lines of the scene's script text strips: one after the other from the current frame, each as long as its voice needs, or at the markers of their names"""

    bl_idname = "dubline.import_screenplay"
    bl_label = "Lay lines"

    text: StringProperty(
        name="Script", description="A text of Blender; empty: the scene's script", options={"SKIP_SAVE"},
        search=lambda _operator, _context, _typed: [text.name for text in bpy.data.texts],
    )  # fmt: skip
    pause: FloatProperty(name="Pause", description="Seconds between two lines", default=0.4, min=0, soft_max=5)

    @staticmethod
    def unfit():
        return "" if len(bpy.data.texts) else "There is no text: write or open the script in the Text Editor"

    def script(self, scene):
        """As `DUBLINE_OT_import_subtitles.script`; the script that was named becomes the scene's."""
        text = bpy.data.texts.get(self.text) if self.text else scene.dubline.script
        if text is None:
            raise LineProblem("bad_wish", reason=f"There is no text {self.text!r}." if self.text else "Choose the scene's script first.")
        found = screenplay.read(text.as_string(), _roles(scene), text.name)
        scene.dubline.script = text
        return text.name, found, 0.0, self.pause


class DUBLINE_OT_export_subtitles(Greyed, bpy.types.Operator):
    """Write the scene's lines as subtitles or as a table, at the times of their takes where there are, else of their slots"""

    bl_idname = "dubline.export_subtitles"
    bl_label = "Export subtitles"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=GLOB, options={"HIDDEN"})
    format: EnumProperty(name="Format", description="What is written where the name has no ending", items=FORMATS)
    scope: EnumProperty(name="Scope", description="Which lines", items=(("ALL", "All", "Every line of the scene"), ("SELECTED", "Selected", "Lines of the selected strips")))
    speakers: BoolProperty(name="Speakers", description="Write who speaks; a table always says it", default=True)
    directions: BoolProperty(name="Directions", description="Leave directions such as [softly] in the texts")
    offset: FloatProperty(name="Offset", description="Seconds added to all times", options={"SKIP_SAVE"})

    @classmethod
    def hindrance(cls, context) -> str:
        return ops.disabled_reason(context)

    def invoke(self, context, _event):
        self.filepath = f"{Path(bpy.data.filepath).stem or 'lines'}.{self.format.lower()}"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context):
        """The name's ending follows the format that is chosen in the file browser."""
        path = Path(self.filepath)
        wanted = str(path.with_suffix(f".{self.format.lower()}")) if path.suffix.lower() in ENDINGS else self.filepath
        changed, self.filepath = wanted != self.filepath, wanted
        return changed

    def execute(self, context):
        scene = compat.scene_of(context)
        path = Path(bpy.path.abspath(self.filepath))
        path = path if path.suffix.lower() in ENDINGS else path.with_name(f"{path.name}.{self.format.lower()}")
        cues, problems = subtitle_strips.lines(scene, self.scope == "ALL", self.directions)
        cues = subtitle_strips.shifted(cues, self.offset)
        try:
            if not cues:
                raise LineProblem("cannot_export", path=path.name, reason="there are no lines to write")
            if path.suffix.lower() in table.ENDINGS:
                table.write(path, cues)
            else:
                subtitles.write(path, cues, self.speakers)
        except LineProblem as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"CANCELLED"}
        told = _listed(path.name, problems)
        self.report({"WARNING"} if problems else {"INFO"}, "; ".join(filter(None, (rpt_("Wrote {count} lines to {path}").format(count=len(cues), path=path), told))))
        return {"FINISHED"}


def _roles(scene) -> list[str]:
    return [role.name for role in scene.dubline.roles]


def foretold(engine: Engine, scene, cue: Cue, language: str = "") -> float:
    """Seconds that the line's voice needs in its own manner, or about those, where it cannot be told."""
    role = props.role_of(scene, cue.speaker)
    # without its mood: to understand that, a network would be loaded
    line = Line("line", split(cue.text)[0], cue.speaker, language or words.language(cue.text, role, scene.dubline.default_voice), wish=Wish(mode="free"))
    try:
        return engine.outlook(line, Job((line,), props.cast(scene), speak=False)).natural
    except LineProblem:
        return about(cue.text)


def _told(name: str, script: Script, outcome: subtitle_strips.Outcome, problems: list[LineProblem]) -> str:
    """One sentence for the status bar."""
    parts = [rpt_("{count} new").format(count=outcome.added)]
    parts += [rpt_("{count} changed").format(count=outcome.changed)] if outcome.changed else []
    parts += [rpt_("{count} as they were").format(count=outcome.same)] if outcome.same else []
    parts += [rpt_("{count} removed").format(count=outcome.removed)] if outcome.removed else []
    said = [rpt_("Lines of {script}: {told}").format(script=name, told=", ".join(parts))]
    if script.encoding and not script.encoding.startswith("utf"):
        names = {code: label for code, label, _told in ENCODINGS}
        said.append(rpt_("its encoding seems to be {encoding}: if letters are wrong, import it again and choose another").format(encoding=rpt_(names.get(script.encoding, script.encoding))))
    if outcome.kept:
        said.append(rpt_("left as you changed them: {lines}").format(lines=_some(outcome.kept)))
    if outcome.locked:
        said.append(rpt_("locked, so left alone: {lines}").format(lines=_some(outcome.locked)))
    if outcome.left:
        said.append(rpt_("no more in the script, but changed or with takes: {lines}").format(lines=_some(outcome.left)))
    if script.unspoken:
        said.append(rpt_("{count} paragraphs are not spoken").format(count=script.unspoken))
    return "; ".join(filter(None, (*said, _listed(name, problems))))


def _some(names: list[str]) -> str:
    some = ", ".join(names[:MOST_NAMED])
    return rpt_("{lines} and {count} more").format(lines=some, count=len(names) - MOST_NAMED) if len(names) > MOST_NAMED else some


def _listed(name: str, problems: list[LineProblem]) -> str:
    """Lists the problems in a text of Blender, and says so; a text of an earlier time goes when there are none."""
    title = rpt_("Problems of {script}").format(script=name)[:60]
    text = bpy.data.texts.get(title)
    if not problems:
        if text is not None:
            bpy.data.texts.remove(text)
        return ""
    text = text or bpy.data.texts.new(title)
    text.clear()
    text.write("".join(f"{sentence(str(problem))}\n" for problem in problems))
    return rpt_("{count} passed over, which the text “{text}” lists").format(count=len(problems), text=title)


CLASSES = (DUBLINE_OT_import_subtitles, DUBLINE_OT_import_screenplay, DUBLINE_OT_export_subtitles)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
