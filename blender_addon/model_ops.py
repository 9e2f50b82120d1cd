"""How a person gets a model: a dialog that says what is missing, a download, or files that are there already; then what waited for it goes on."""
from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from ..engine import models
from ..engine.hear.words import MODEL
from . import fetching, prefs, ticking
from .errands import Errand
from .greyed import Greyed
from .layouts import say
from .session import session
from .translation import iface_, rpt_

FETCHING = "The voice model is on its way: wait for it or cancel it"

WIDTH = 420
"""Of the dialog, in Blender's pixels."""

OFFLINE = "Allow Online Access in Preferences > System, or choose a file that has the model"

THEN = {"name": "Then", "description": "What is pressed once the model is here, as JSON: an operator of ours and what it is told", "options": {"HIDDEN", "SKIP_SAVE"}}
NAMES = {"name": "Models", "description": "Names of the models, with commas between them; empty: those that dubbing needs", "options": {"HIDDEN", "SKIP_SAVE"}}


class _Brings(Greyed):
    """Brings models to this computer."""

    @classmethod
    def hindrance(cls, _context) -> str:
        return FETCHING if session.fetching else ""

    @property
    def named(self) -> tuple[str, ...]:
        return tuple(filter(None, self.names.split(",")))


class DUBLINE_OT_fetch_model(_Brings, bpy.types.Operator):
    """Download the voice model, or the recogniser of speech, from its official home; nothing is downloaded without this button"""

    bl_idname = "dubline.fetch_model"
    bl_label = "Fetch the voice model"

    what: EnumProperty(
        name="Model",
        description="Which model is fetched",
        items=(("VOICE", "Voice", "What dubbing needs"), ("RECOGNISER", "Recogniser", "What Transcribe needs, about 150 MB")),
        options={"SKIP_SAVE"},
    )
    names: StringProperty(**NAMES)
    then: StringProperty(**THEN)

    def begin(self, context):
        session.fetch = fetching.fetch(prefs.models(context), names=(MODEL,) if self.what == "RECOGNISER" else self.named)

    @classmethod
    def hindrance(cls, context) -> str:
        return super().hindrance(context) if bpy.app.online_access else OFFLINE

    def execute(self, context):
        self.begin(context)
        return ticking.awaited(self, session.fetch)

    def invoke(self, context, _event):
        self.begin(context)
        return ticking.begin(self, context)

    def modal(self, context, event):
        if not ticking.over(self, context, event, session.fetch):
            return {"PASS_THROUGH"}
        _when_here(session.fetch, self.then)
        return ticking.awaited(self, session.fetch)

    def cancel(self, context):
        session.fetch.drop()
        ticking.end(self, context)


class DUBLINE_OT_import_model(_Brings, bpy.types.Operator):
    """Take the voice model from this computer: a model pack, or a folder that holds its files or downloads. Every file is known by its hash; needs no network"""

    bl_idname = "dubline.import_model"
    bl_label = "Choose a File"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.zip;*.onnx;*.bin;*.npz;*.whl;*.tgz", options={"HIDDEN"})
    names: StringProperty(**NAMES)
    then: StringProperty(**THEN)

    @property
    def given(self) -> Path:
        """The zip, or the folder: a file of a model stands for the folder that it lies in."""
        chosen = bpy.path.abspath(self.filepath or self.directory)
        one = os.path.isfile(chosen) and not chosen.lower().endswith(".zip")
        return Path(os.path.dirname(chosen) if one else chosen)

    def execute(self, context):
        # Blender frees an operator that a file browser has run, so it cannot be modal
        session.fetch = fetching.fetch(prefs.models(context), self.given, self.named)
        if not self.options.is_invoke:
            return ticking.awaited(self, session.fetch)
        ticking.watch(session.fetch, partial(_when_here, session.fetch, self.then))
        return {"FINISHED"}

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class DUBLINE_OT_need_model(bpy.types.Operator):
    """Say which model is missing, how large it is, under which licence and from where it comes, and offer to get it"""

    bl_idname = "dubline.need_model"
    bl_label = "Get the Model"

    names: StringProperty(**NAMES)
    then: StringProperty(**THEN)

    @property
    def _models(self) -> list[models.Model]:
        known = models.catalogue()
        return [known[name] for name in self.names.split(",") if name in known] or [model for model in known.values() if not model.optional]

    def execute(self, context):
        # without a window there is nobody to ask
        missing = ", ".join(f"{model.title} ({megabytes(model.size)})" for model in self._models)
        self.report({"ERROR"}, rpt_("A model is missing in {folder}: {models}").format(folder=prefs.models(context), models=missing))
        return {"CANCELLED"}

    def invoke(self, context, _event):
        self._have = sum(models.begun(model.name, prefs.models(context)) for model in self._models)
        return context.window_manager.invoke_props_dialog(self, width=WIDTH)

    def draw(self, context):
        layout, wanted = self.layout, self._models
        say(layout, "These lines need a voice that is not on this computer yet. Everything else works without it.", "INFO", WIDTH)
        for model in wanted:
            box = layout.box().column(align=True)
            say(box, model.title, "OUTLINER_OB_SPEAKER", WIDTH)
            for told in (
                iface_("Size: {size}").format(size=megabytes(model.size)),
                iface_("Licence: {licence}").format(licence=model.licence),
                iface_("Source: {source}").format(source=model.home),
                iface_("Goes to: {folder}").format(folder=prefs.models(context)),
            ):
                say(box, told, "NONE", WIDTH)
        if self._have:
            say(layout, iface_("{size} of it are here already: the download goes on from there").format(size=megabytes(self._have)), "NONE", WIDTH)
        column = layout.column()
        column.operator_context = "INVOKE_DEFAULT"
        say(column, "A file is a model pack (zip), or one of the model's own files in a folder with the others.", "NONE", WIDTH)
        if self.then:
            say(column, "Then the lines are spoken by themselves.", "NONE", WIDTH)
        size = megabytes(sum(model.size for model in wanted))
        self._tell(column.template_popup_confirm("dubline.fetch_model", text=iface_("Download {size}").format(size=size), cancel_text=""))
        if not bpy.app.online_access:
            say(column, "Blender may not go online. Allow it here or in Preferences > System > Network, or choose a file.", "INTERNET_OFFLINE", WIDTH)
            column.operator("extensions.userpref_allow_online", text="Allow Online Access", icon="CHECKMARK")
        self._tell(column.template_popup_confirm("dubline.import_model", text=iface_("Choose a File"), cancel_text=iface_("Cancel")))

    def _tell(self, button):
        button.names, button.then = self.names, self.then


def megabytes(size: int) -> str:
    """For a person."""
    return f"{size / 1e6:.0f} MB"


def _when_here(fetch: Errand, then: str):
    """Presses what waited for the models, if they have come."""
    if not (fetch.done and then):
        return
    verb, told = json.loads(then)
    for window in bpy.context.window_manager.windows:
        area = next((area for area in window.screen.areas if area.type == "SEQUENCE_EDITOR"), None)
        if area is not None:
            region = next(region for region in area.regions if region.type == "WINDOW")
            with bpy.context.temp_override(window=window, area=area, region=region):
                getattr(bpy.ops.dubline, verb)("INVOKE_DEFAULT", **told)
            return


CLASSES = (DUBLINE_OT_fetch_model, DUBLINE_OT_import_model, DUBLINE_OT_need_model)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
