"""The verbs of engines apart, in the preferences: accept a licence, install, download, try. What they set up is kept by `engine.apart.setup`."""
from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, PointerProperty, StringProperty

from ..engine.apart import install, setup, shell
from ..engine.problems import LineProblem
from ..engine.voices.apart import Family
from . import engines, prefs, ticking
from .errands import GOES_ON, Errand
from .greyed import Greyed
from .layouts import say
from .session import session
from .translation import sentence

OFFLINE = "Allow Online Access in Preferences > System, or install it by hand and choose its Python and folder here"
BUSY = "Something is installed, downloaded or tried already: wait for it or stop it"


def known(form) -> setup.Setup:
    """What is set up of the engine that the page shows."""
    folder = prefs.models(bpy.context)
    path = setup.home(folder) / f"{name(form)}.json"
    try:
        mark = path.stat().st_mtime_ns
    except OSError:
        return setup.Setup()
    return _read(str(folder), name(form), mark)


@lru_cache(maxsize=8)
def _read(folder: str, engine: str, _mark: int) -> setup.Setup:
    # a page is drawn often, and a file is read once for as long as it stays the same
    return setup.read(Path(folder), engine)


def name(form) -> str:
    """The engine that the page shows, as the engine itself calls it."""
    return engines.family(form.engine)


def _kept(key: str):
    """A view of what is set up; nothing else is stored."""

    def write(form, value):
        value = bpy.path.abspath(value) if key in ("python", "folder") and value.startswith("//") else value
        setup.write(prefs.models(bpy.context), name(form), replace(setup.read(prefs.models(bpy.context), name(form)), **{key: value}))

    return {"get": lambda form: getattr(known(form), key), "set": write}


class DublineEngine(bpy.types.PropertyGroup):
    """The page of one engine apart."""

    engine: EnumProperty(name="Engine", description="The one that is set up here", items=engines.ITEMS[1:])
    python: StringProperty(name="Python", description="Interpreter that has the engine's packages", subtype="FILE_PATH", **_kept("python"))
    folder: StringProperty(name="Files", description="Folder of the engine's files; empty: where Download puts them, beside the voice models", subtype="DIR_PATH", **_kept("folder"))
    device: StringProperty(name="Device", description="As the engine calls it, such as cuda:0, mps or cpu; empty: its own choice", **_kept("device"))
    half: BoolProperty(name="Half precision", description="Less memory, where the engine and the device can", **_kept("half"))
    base: StringProperty(
        name="Made with", description="Python 3.10 or later, or uv, that makes the engine's environment; empty: uv if it is installed, else the system's Python", subtype="FILE_PATH"
    )
    index: StringProperty(name="Package index", description="Where the build of PyTorch comes from: an address, or a word of its own index such as cpu, cu130, xpu or pypi; empty: what fits this computer")


class _OnEngine(Greyed):
    """Sends an errand, and waits for it when nobody watches."""

    online = False

    @classmethod
    def hindrance(cls, _context) -> str:
        return BUSY if going_on() else OFFLINE if cls.online and not bpy.app.online_access else ""

    def execute(self, context):
        form = context.window_manager.dubline_engine
        session.errand = self.errand(prefs.models(context), name(form), form)
        if self.options.is_invoke and not bpy.app.background:
            ticking.watch(session.errand)
            return {"FINISHED"}
        return ticking.awaited(self, session.errand)


class DUBLINE_OT_engine_licence(bpy.types.Operator):
    """Show the terms of the chosen engine, and accept them"""

    bl_idname = "dubline.engine_licence"
    bl_label = "Licence"

    accept: BoolProperty(name="I have read the licence and accept it", description="Without it the engine is neither downloaded nor started", options={"SKIP_SAVE"})

    def invoke(self, context, _event):
        self.accept = False
        return context.window_manager.invoke_props_dialog(self, width=380)

    def draw(self, context):
        told = engines.APART[context.window_manager.dubline_engine.engine]
        for text in told.LICENCE_TOLD or ("There is nothing to accept",):
            say(self.layout, text)
        if told.LICENCE:
            self.layout.prop(self, "accept")

    def execute(self, context):
        form = context.window_manager.dubline_engine
        told, folder = engines.APART[form.engine], prefs.models(context)
        try:
            setup.write(folder, name(form), replace(setup.read(folder, name(form)), accepted=told.LICENCE if self.accept else ""))
        except LineProblem as problem:
            self.report({"ERROR"}, sentence(str(problem)))
            return {"CANCELLED"}
        return {"FINISHED"}


class DUBLINE_OT_engine_install(_OnEngine, bpy.types.Operator):
    """Make a Python environment for the chosen engine and install its pinned packages into it; the log lies beside it"""

    bl_idname = "dubline.engine_install"
    bl_label = "Install"
    online = True

    @staticmethod
    def errand(folder, engine, form) -> Errand:
        base, index = bpy.path.abspath(form.base), form.index

        def work(tell, stop):
            return f"Installed: {install.environment(folder, engine, base, tell, stop, index)}"

        return Errand(work, "Stopped; the next try begins anew")


class DUBLINE_OT_engine_download(_OnEngine, bpy.types.Operator):
    """Download the files that the chosen engine lacks from its makers, several gigabytes; each is known by its size and hash, and a broken download goes on"""

    bl_idname = "dubline.engine_download"
    bl_label = "Download"
    online = True

    @staticmethod
    def errand(folder, engine, _form) -> Errand:
        return Errand(lambda tell, stop: f"All files are in {install.weights(folder, engine, tell, stop)}", GOES_ON)


class DUBLINE_OT_engine_test(_OnEngine, bpy.types.Operator):
    """Let the chosen engine say one sentence, and tell its device, memory and speed"""

    bl_idname = "dubline.engine_test"
    bl_label = "Test"

    @staticmethod
    def errand(folder, engine, _form) -> Errand:
        def work(tell, stop):
            family = Family(folder, name=engine)
            try:
                return shell.report(family.trial(stop, tell))
            finally:
                family.close()

        return Errand(work)


class DUBLINE_OT_engine_stop(Greyed, bpy.types.Operator):
    """Stop installing, downloading or trying"""

    bl_idname = "dubline.engine_stop"
    bl_label = "Stop"

    @classmethod
    def hindrance(cls, _context) -> str:
        return "" if going_on() else "Nothing is going on that could be stopped"

    def execute(self, _context):
        session.errand.cancel()
        return {"FINISHED"}


def going_on() -> bool:
    """Whether an errand is under way."""
    return session.errand is not None and not session.errand.ended


def draw(layout, context):
    """The page of engines apart."""
    form, box = context.window_manager.dubline_engine, layout.box()
    box.label(text="Engines in a Python of their own", icon="SCRIPTPLUGINS")
    column = box.column()
    column.use_property_split = True
    column.prop(form, "engine")
    told, here = engines.APART[form.engine], known(form)
    for key in ("python", "folder", "device", "half", "base", "index"):
        column.prop(form, key)
    row = box.row(align=True)
    accepted = here.accepted == told.LICENCE
    row.operator("dubline.engine_licence", icon="CHECKMARK" if accepted else "ERROR")
    rest = row.row(align=True)
    rest.enabled = accepted
    rest.operator("dubline.engine_install", icon="PACKAGE")
    if told.HUB:
        rest.operator("dubline.engine_download", icon="IMPORT")
    rest.operator("dubline.engine_test", icon="PLAY_SOUND")
    if not accepted:
        say(box, "Read and accept its licence first", "INFO")
    elif not here.python:
        say(box, "Choose a Python that has the engine, or install one", "INFO")
    if going_on():
        box.progress(factor=session.errand.share, text=sentence(session.errand.message)[:100])
        box.operator("dubline.engine_stop", icon="CANCEL")
    elif session.errand is not None:
        say(box, session.errand.message, "ERROR" if session.errand.problem else "INFO")


CLASSES = (DublineEngine, DUBLINE_OT_engine_licence, DUBLINE_OT_engine_install, DUBLINE_OT_engine_download, DUBLINE_OT_engine_test, DUBLINE_OT_engine_stop)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.WindowManager.dubline_engine = PointerProperty(type=DublineEngine, options={"SKIP_SAVE"})
    prefs.PAGES.append(draw)


def unregister():
    prefs.PAGES.remove(draw)
    del bpy.types.WindowManager.dubline_engine
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
