"""The verbs of a line's takes: hear one, use one, name and keep them, flip between two, and what becomes of those that nobody needs."""
from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..engine.problems import LineProblem
from . import compat, place, prefs, props, read, shelf, take_files, ticking
from .greyed import Greyed
from .session import session
from .translation import rpt_, sentence

SHOWN = 12
"""Files that a dialog names one by one."""


def disabled_reason(context) -> str:
    """Why the active strip has no takes to choose from; empty when it may have. Cheap: every row of the panel asks."""
    scene = compat.scene_of(context)
    strip = compat.active(scene) if scene is not None else None
    if strip is None or props.KEY not in strip:
        return "Make the strip of a line, or of its take, the active one"
    if scene.library is not None:
        return "The scene is linked from another file: open that file to change it"
    return ""


class _No(Exception):
    """Why nothing is done, in a sentence."""


class _OnTakes(Greyed):
    """Does something with the active line's takes, or says why not and changes nothing."""

    bl_options = {"UNDO"}

    while_speaking = True
    """Whether a run that is under way does not mind."""

    @classmethod
    def hindrance(cls, context) -> str:
        return disabled_reason(context) or ("A run is under way: wait for it or cancel it" if session.busy and not cls.while_speaking else "")

    def execute(self, context):
        scene = compat.scene_of(context)
        read.renew_duplicates(scene)
        source = shelf.line_of(scene, compat.active(scene))
        try:
            if source is None:
                raise _No("The active strip belongs to no line of this scene: make the strip of a line, or of its take, the active one")
            result = self.change(context, scene, source)
        except (LineProblem, _No) as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"CANCELLED"}
        shelf.refresh(context, anew=True)
        ticking.redraw(context)
        return result


class _OnOneTake(_OnTakes):
    """Of these takes one."""

    digest: StringProperty(name="Take", description="Name of its files; empty: by its place in the list", options={"SKIP_SAVE"})
    index: IntProperty(name="Place", description="In the line's list, the oldest is 0; -1: the one that the panel shows as chosen", default=-1, min=-1, options={"SKIP_SAVE"})

    def chosen(self, context, scene, source) -> tuple[str, list[dict]]:
        """The take's digest, and the list it is in. Raises _No."""
        entries = shelf.choices(scene, source)
        if not entries:
            raise _No("This line has no takes yet: dub it")
        if self.digest:
            if all(entry["take"] != self.digest for entry in entries):
                raise _No(rpt_("This line has no take {take}").format(take=self.digest))
            return self.digest, entries
        index = self.index
        if index < 0:
            shelf.refresh(context)
            index = context.window_manager.dubline_takes.active
        if index >= len(entries):
            raise _No(rpt_("This line has {takes}, counted from 0: none is number {number}").format(takes=_takes(len(entries)), number=index))
        return entries[index]["take"], entries


def use(context, scene, source, digest: str) -> place.Placed:
    """The line plays this take, as if it had just been made. Raises LineProblem or _No, and then nothing has changed."""
    if props.locked(source):
        raise _No(rpt_("The line {line} is locked: unlock it first, then choose another take").format(line=source.name))
    take = shelf.whole_take(digest, shelf.folders(context))
    slot = read.read(scene, again=True, only=[source]).slots.get(props.state(source)["uid"])
    if slot is None:
        raise LineProblem("no_slot")
    look = next((entry.get("made") for entry in shelf.choices(scene, source) if entry["take"] == digest), None)
    placed = place.Board(scene.name).place(replace(slot, look=look if isinstance(look, dict) else {}), take)
    # dubbing the line again is to give the same reading again
    props.set_wish(source, seed=take.plan.wish.seed)
    return placed


class DUBLINE_OT_take_use(_OnOneTake, bpy.types.Operator):
    """Play this take in the line's strip; everything that was done to the strip stays"""

    bl_idname = "dubline.take_use"
    bl_label = "Use take"

    while_speaking = False

    def change(self, context, scene, source):
        digest, _entries = self.chosen(context, scene, source)
        placed = use(context, scene, source, digest)
        for warning in placed.warnings:
            self.report({"WARNING"}, sentence(warning))
        return {"FINISHED"}


class DUBLINE_OT_take_compare(_OnTakes, bpy.types.Operator):
    """Play the take that the line played before this one; again: back to this one"""

    bl_idname = "dubline.take_compare"
    bl_label = "Compare takes"

    while_speaking = False

    def change(self, context, scene, source):
        dub = shelf.player(scene, source)
        playing = props.state(dub).get("take") if dub is not None else None
        others = [digest for digest in props.state(source).get("used", ()) if digest != playing]
        if not others:
            raise _No("This line has played one take only: use another one first")
        use(context, scene, source, others[-1])
        return {"FINISHED"}


class DUBLINE_OT_take_play(_OnOneTake, bpy.types.Operator):
    """Hear this take by itself, without placing it; again: silence"""

    bl_idname = "dubline.take_play"
    bl_label = "Hear take"
    bl_options = set()

    def change(self, context, scene, source):
        digest, _entries = self.chosen(context, scene, source)
        take = shelf.whole_take(digest, shelf.folders(context))
        if session.audition is not None and session.audition.stop() == take.path:
            session.audition = None
            return {"FINISHED"}
        session.audition = Audition(take.path)
        return {"FINISHED"}


class Audition:
    """A sound that is played once, beside the film."""

    def __init__(self, path: str):
        """Raises LineProblem `no_device`."""
        try:
            import aud
        except ImportError as error:
            raise LineProblem("no_device", reason=f"this Blender comes without its sound library ({error})") from error
        try:
            device, sound = aud.Device(), aud.Sound.file(path)
            if not device.rate or not all(sound.specs):
                raise LineProblem("no_device", reason="Blender has no sound device")
            self._device, self._handle = device, device.play(sound)
        except aud.error as error:
            raise LineProblem("no_device", reason=f"{path} does not play ({error})") from error
        self._path = path

    def stop(self) -> str:
        """What was being played; empty when it had ended by itself."""
        sounding = bool(self._handle.status)
        self._handle.stop()
        return self._path if sounding else ""


class DUBLINE_OT_take_rename(_OnOneTake, bpy.types.Operator):
    """Call this take by a name of your own; without one it is numbered"""

    bl_idname = "dubline.take_rename"
    bl_label = "Name take"

    name: StringProperty(name="Name", description="What the take is called; empty: it is numbered", options={"SKIP_SAVE"})

    def invoke(self, context, _event):
        row = next((row for row in context.window_manager.dubline_takes.rows if row.digest == self.digest), None)
        self.name = row.name if row is not None else ""
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context):
        self.layout.prop(self, "name")

    def change(self, context, scene, source):
        digest, entries = self.chosen(context, scene, source)
        for entry in entries:
            if entry["take"] == digest:
                entry.pop("name", None)
                entry.update({"name": self.name.strip()} if self.name.strip() else {})
        props.update(source, takes=entries)
        return {"FINISHED"}


class DUBLINE_OT_take_keep(_OnOneTake, bpy.types.Operator):
    """Keep this take: nothing removes its files; again: not kept any more"""

    bl_idname = "dubline.take_keep"
    bl_label = "Keep take"

    def change(self, context, scene, source):
        digest, entries = self.chosen(context, scene, source)
        for entry in entries:
            if entry["take"] == digest and not entry.pop("kept", False):
                entry["kept"] = True
        props.update(source, takes=entries)
        return {"FINISHED"}


class _Removes:
    """Deletes files: shows in a window which, and asks; a script is told which, and says confirm=True."""

    while_speaking = False

    confirm: BoolProperty(name="Confirm", description="Without it nothing is removed", options={"SKIP_SAVE"})

    def ask(self, context, spares, staying):
        self._told = _told(spares, staying)
        if not spares:
            self.report({"INFO"}, " ".join(self._told))
            return {"CANCELLED"}
        self.confirm = True
        return context.window_manager.invoke_props_dialog(self, width=460)

    def draw(self, _context):
        for line in self._told:
            self.layout.label(text=line)
        self.layout.label(text="Undo does not bring files back.", icon="ERROR")

    def delete(self, spares, staying, line=None):
        if not spares or not self.confirm:
            told = _told(spares, staying)
            self.report({"INFO"}, "\n".join([*told, "confirm=True removes them."] if spares else told))
            return {"CANCELLED"}
        gone, problems = take_files.remove(spares)
        take_files.forget(gone, line)
        size = sum(one.size for one in spares if one.digest in gone)
        self.report({"INFO"}, rpt_("Removed {takes}, {size}").format(takes=_takes(len(gone)), size=take_files.told(size)))
        for problem in problems:
            self.report({"WARNING"}, rpt_("Could not remove {problem}").format(problem=problem))
        return {"FINISHED"}


def _takes(count: int) -> str:
    return rpt_("1 take") if count == 1 else rpt_("{count} takes").format(count=count)


def _told(spares, staying) -> list[str]:
    """What would go and what stays, a line each."""
    total = take_files.told(sum(one.size for one in spares))
    told = [rpt_("{takes} that nobody needs, {size}").format(takes=_takes(len(spares)), size=total) if spares else rpt_("Every take is needed: nothing to remove.")]
    told += [f"{one.digest}  {take_files.told(one.size) if one.paths else rpt_('its files are gone already')}" for one in spares[:SHOWN]]
    told += [rpt_("and {count} more").format(count=len(spares) - SHOWN)] if len(spares) > SHOWN else []
    return told + [rpt_("{takes} stay: {reason}" if count > 1 else "{takes} stays: {reason}").format(takes=_takes(count), reason=reason) for reason, count in sorted(staying.items())]


class DUBLINE_OT_take_delete_unused(_Removes, _OnTakes, bpy.types.Operator):
    """Delete the line's takes that no strip of any scene plays, that are not kept and in no other line's list, and that no film beside this one names"""

    bl_idname = "dubline.take_delete_unused"
    bl_label = "Delete unused takes"

    def found(self, context, scene, source):
        places = {}
        for folder in reversed(shelf.folders(context)):
            places.update(take_files.in_folder(folder))
        digests = [entry["take"] for entry in shelf.choices(scene, source)]
        return take_files.spare(digests, places, take_files.Needs(), (scene.name, source.name))

    def invoke(self, context, _event):
        scene = compat.scene_of(context)
        source = shelf.line_of(scene, compat.active(scene))
        return self.ask(context, *self.found(context, scene, source)) if source is not None else self.execute(context)

    def change(self, context, scene, source):
        return self.delete(*self.found(context, scene, source), (scene.name, source.name))


class _OfFilm(Greyed):
    """Concerns all takes of the film."""

    @classmethod
    def hindrance(cls, _context) -> str:
        if session.busy:
            return "A run is under way: wait for it or cancel it"
        return "" if bpy.data.filepath else "Save the film first: its takes are kept beside it"


class DUBLINE_OT_clean_takes(_OfFilm, _Removes, bpy.types.Operator):
    """Delete the files of takes that no strip of any scene plays, that no line keeps, and that no film beside this one names"""

    bl_idname = "dubline.clean_takes"
    bl_label = "Clean takes"
    bl_options = {"UNDO"}

    listed: BoolProperty(name="Listed ones too", description="Also takes that a line could still choose; without it only those that are in no list", default=True)

    def found(self, context):
        """Raises _No."""
        folder, _warning = prefs.takes(context)
        if not take_files.beside_film(folder):
            raise _No(rpt_("The takes' folder {folder} is not beside the film: other films may need what is in it, so nothing is removed").format(folder=folder))
        places = take_files.in_folder(folder)
        return take_files.spare(places, places, take_files.Needs(), listed=self.listed)

    def invoke(self, context, _event):
        try:
            return self.ask(context, *self.found(context))
        except _No as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"CANCELLED"}

    def execute(self, context):
        try:
            result = self.delete(*self.found(context))
        except _No as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"CANCELLED"}
        shelf.refresh(context, anew=True)
        return result


class DUBLINE_OT_collect_takes(_OfFilm, bpy.types.Operator):
    """Bring the film's takes into a folder beside it and play them by paths that hold wherever the two go"""

    bl_idname = "dubline.collect_takes"
    bl_label = "Collect takes"
    bl_options = {"UNDO"}

    what: EnumProperty(
        name="Takes",
        description="Which takes",
        items=(
            ("LISTED", "All", "Those that are played or kept, and all that lines may choose from"),
            ("USED", "Used", "Those that are played or kept"),
        ),
    )
    folder: StringProperty(name="Folder", description="Beside the film; `dubs` is where takes are looked for", default="dubs")
    move: BoolProperty(name="Move", description="Delete them where they were; a film elsewhere that plays them loses them. Undo leaves them where they are, and this film finds them there")

    def invoke(self, context, _event):
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context):
        folder = Path(os.path.normpath(bpy.path.abspath(f"//{self.folder.strip()}")))
        if not take_files.beside_film(folder):
            self.report({"ERROR"}, rpt_("{folder!r} is no folder beside the film").format(folder=self.folder))
            return {"CANCELLED"}
        needs = take_files.Needs(others=False)
        wanted = needs.wanted | (set(needs.lists) if self.what == "LISTED" else set())
        if not wanted:
            self.report({"INFO"}, "The film has no takes")
            return {"CANCELLED"}
        count, problems = take_files.collect(context, wanted, folder, self.move)
        for problem in problems:
            self.report({"WARNING"}, rpt_("Not collected: {problem}").format(problem=problem))
        self.report({"INFO"}, rpt_("{takes} of {all} are in {folder}; save the film to keep the paths").format(takes=_takes(count), all=len(wanted), folder=folder))
        shelf.refresh(context, anew=True)
        return {"FINISHED"}


CLASSES = (
    DUBLINE_OT_take_use,
    DUBLINE_OT_take_compare,
    DUBLINE_OT_take_play,
    DUBLINE_OT_take_rename,
    DUBLINE_OT_take_keep,
    DUBLINE_OT_take_delete_unused,
    DUBLINE_OT_clean_takes,
    DUBLINE_OT_collect_takes,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
