"""Copy Diagnosis: what somebody who helps must know of this computer and of the last run, as a text in the clipboard."""
from __future__ import annotations

from pathlib import Path

import bpy

from ..engine import diagnosis
from . import ROOT, prefs
from .session import session
from .translation import rpt_


def text(context) -> str:
    """The whole text; what lines say and who speaks them is not in it."""
    wanted = prefs.of(context)
    opened = "with a window" if not bpy.app.background else "without a window"
    about = [("Blender", f"{bpy.app.version_string}, {opened}, {bpy.app.build_platform.decode('utf-8', 'replace')}"), ("Add-on", f"{ROOT}, {Path(__file__).parent.parent}")]
    about += [("Setting", f"{name}: {getattr(wanted, name)}") for name in ("host", "threads", "workers", "warm", "python")]
    about += [("Online access", "allowed" if bpy.app.online_access else "not allowed"), ("Engine", _engine())]
    failed = [(report.code, report.message) for report in session.run.reports.values() if report.code] if session.run else []
    if session.fetch is not None and session.fetch.problem:
        failed.append(("no_model", session.fetch.problem))
    logs = prefs.own_folder("logs")
    return diagnosis.report(prefs.models(context), about, (prefs.takes(context)[0], logs), failed, logs / "worker.log")


def _engine() -> str:
    hello = session.hello
    return f"{hello.engine} {hello.version}, protocol {hello.protocol}" if hello else "idle"


class DUBLINE_OT_copy_diagnosis(bpy.types.Operator):
    """Put what somebody who helps must know into the clipboard: versions, processor, models, folders, the last errors; no line's words and no voice's name"""

    bl_idname = "dubline.copy_diagnosis"
    bl_label = "Copy Diagnosis"

    def execute(self, context):
        told = text(context)
        context.window_manager.clipboard = told
        if bpy.app.background:  # there is no clipboard
            print(told, end="")
        self.report({"INFO"}, rpt_("The diagnosis is in the clipboard: {count} lines").format(count=told.count("\n")))
        return {"FINISHED"}


CLASSES = (DUBLINE_OT_copy_diagnosis,)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
