"""The headless entry: opens a film, presses the button, writes a report, and says by its exit code how it went.

With Blender: `blender -b film.blend --command dubline dub --all --save`. With the bpy module: `build.py dub film.blend …`.
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import bpy

from ..engine import wire
from ..engine.judge import verdict
from ..engine.neighbours import BESIDE
from ..engine.script import Phrase
from . import ROOT, compat, ops, prefs, read
from .session import Report, Run, session

ALL_GOOD, SOME_FAILED, COULD_NOT = 0, 1, 2
"""Exit codes: every line became a take; at least one did not; nothing could be done at all."""


class CannotRun(Exception):
    """Why nothing could be done, in a sentence."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="dubline", description="Dub a film's lines without a window.")
    verbs = top.add_subparsers(dest="verb", required=True)
    dub = verbs.add_parser("dub", help="speak lines and place their takes", description=__doc__.partition("\n\n")[2])
    dub.add_argument("film", nargs="?", help=".blend to open; without it the film that is open")
    dub.add_argument("--scene", help="the scene's name; the film's active scene by default")
    which = dub.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every line (the default)")
    which.add_argument("--selected", action="store_true", help="lines of the strips that were selected when it was saved")
    which.add_argument("--changed", action="store_true", help="lines that changed since their takes were made")
    which.add_argument("--needed", action="store_true", help="lines that changed since their takes were made, and those that have none yet")
    dub.add_argument("--plan", action="store_true", help="only tell how the lines will fit; nothing is spoken")
    dub.add_argument("--save", action="store_true", help="save the film under its own name")
    dub.add_argument("--save-as", metavar="FILE", help="save the film under this name")
    dub.add_argument("--report", metavar="FILE", help="write what became of every line as JSON; - is standard output")
    dub.add_argument("--takes", metavar="FOLDER", help="where takes are kept; `dubs` beside the film by default")
    dub.add_argument("--models", metavar="FOLDER", help="where the voice models are")
    dub.add_argument("--threads", type=int, metavar="N", help="threads of one line")
    dub.add_argument("--host", choices=("worker", "here"), help="speech in a process of its own, or in this one")
    dub.add_argument("--voice", metavar="NAME", help="speaks lines whose speaker is not in the cast")
    dub.add_argument("--check", choices=("off", "light", "full"), help="what judges are asked of every take")
    dub.add_argument("--original", choices=("mute", "duck", "background", "keep"), help="what becomes of the original sound")
    return top


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said why; Blender must get to close by itself
        return COULD_NOT if stop.code else ALL_GOOD
    try:
        return dub(options)
    except CannotRun as reason:
        print(f"dubline: {reason}", file=sys.stderr)
        return COULD_NOT


def dub(options) -> int:
    """One film. Raises CannotRun."""
    if options.film:
        _open(Path(options.film))
    if options.save and not options.save_as and not bpy.data.filepath:
        raise CannotRun("the film has no name yet: use --save-as")
    context = bpy.context
    _prefer(context, options)
    scene = _scene(context, options.scene)
    if options.voice is not None:
        scene.dubline.default_voice = options.voice
    if options.check:
        scene.dubline.check = options.check.upper()
    if options.original:
        scene.dubline.original = options.original.upper()
    scope = "SELECTED" if options.selected else "STALE" if options.changed else "NEEDED" if options.needed else "ALL"
    if options.plan and scope in ("STALE", "NEEDED"):
        raise CannotRun("--plan tells of all lines or of the selected ones")
    with context.temp_override(**compat.scene_override(scene)):
        reason = ops.disabled_reason(bpy.context)
        if reason:
            raise CannotRun(reason)
        session.run = None
        try:
            press = bpy.ops.dubline.plan if options.plan else bpy.ops.dubline.dub
            press(scope=scope)
        except RuntimeError as error:  # an operator's way to report
            raise CannotRun(str(error).strip()) from error
    run = session.run
    if run is None and scope in ("STALE", "NEEDED"):
        print("nothing to speak", file=sys.stderr)
        if options.save or options.save_as:
            _save(options.save_as)
        return ALL_GOOD
    if run is None:
        raise CannotRun("no strip of the scene is a line" if not options.selected else "no selected strip is a line")
    if options.save or options.save_as:
        _save(options.save_as)
    _tell(run)
    if options.report:
        _write(options.report, document(run, scene))
    return SOME_FAILED if run.count("failed") or run.count("cancelled") else ALL_GOOD


def document(run: Run, scene) -> dict:
    """The report: what became of the run and of every line of it, in seconds and samples."""
    return {
        "blender": bpy.app.version_string,
        "film": bpy.data.filepath,
        "scene": scene.name,
        "done": run.count("done"),
        "planned": run.count("planned"),
        "failed": run.count("failed"),
        "unchanged": run.count("cancelled"),
        "cancelled": run.cancelled,
        "warnings": run.warnings,
        "worst_tick_ms": round(run.worst_tick * 1000, 3),
        "lines": [entry(report, run.slots[report.uid], scene) | jump(report, run) for report in run.reports.values()],
    }


def jump(report: Report, run: Run) -> dict:
    """The pace against the same speaker's take before it, if that is beside it: over 1 is slower."""
    if report.take is None:
        return {}
    own = run.slots[report.uid].speaker.casefold()
    before = [other for other in run.reports.values() if other.take and run.slots[other.uid].speaker.casefold() == own and other.line.start < report.line.start]
    last = max(before, key=lambda other: other.line.start, default=None)
    if last is None or report.line.start - last.line.start - last.line.seconds >= BESIDE:
        return {}
    return {"jump": round(report.take.speech.ratio / last.take.speech.ratio, 3)}


def entry(report: Report, slot: read.Slot, scene) -> dict:
    """One line of the report. `error_samples` is the take's length less the slot's; overflowing takes are longer."""
    frame = read.second(scene)
    line, take = report.line, report.take
    told = {
        "uid": report.uid,
        "source": report.label,
        "text": line.text if line else "",
        "speaker": slot.speaker,
        "start": round((slot.first - scene.frame_start) * frame, 6),
        "seconds": round((slot.last - slot.first) * frame, 6),
        "status": report.status,
        "code": report.code,
        "message": report.message,
        "warnings": report.warnings,
    }
    if report.outlook is not None:
        told |= {"outlook": wire.plain(report.outlook)}
    if take is not None:
        plan = take.plan
        told |= {
            "voice": plan.voice.timbre,
            "prosody": plan.voice.prosody,
            "language": plan.language,
            "rate": plan.rate,
            "samples": take.samples,
            "error_samples": take.samples - round((plan.seconds or line.seconds) * plan.rate),
            "overflow_ms": take.overflow_ms,
            "underrun_ms": take.underrun_ms,
            "natural": take.speech.natural,
            "ratio": take.speech.ratio,
            "phrases": [phrase_entry(phrase) for phrase in take.speech.phrases],
            "borrowed_ms": [round(plan.early * 1000, 3), round(plan.late * 1000, 3)],
            "loudness": take.loudness,
            "loudness_wished": plan.loudness,
            "true_peak": take.true_peak,
            "compute_seconds": take.compute_seconds,
            "fresh": report.fresh,
            "take": take.path,
            "strip": report.strip,
            "wish": wire.plain(plan.wish),
            "moods": wire.plain(plan.moods),
            "check": take.check and wire.plain(take.check) | {"told": list(verdict(take.check))},
        }
    return told


def phrase_entry(phrase: Phrase) -> dict:
    """Planned against delivered, in seconds from the take's first sample."""
    return wire.plain(phrase) | {
        "onset_error_ms": round((phrase.start - phrase.planned_start) * 1000, 3),
        "end_error_ms": round((phrase.end - phrase.planned_end) * 1000, 3),
    }


def _open(film: Path):
    if not film.is_file():
        raise CannotRun(f"there is no film {film}")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(film.resolve()))
    except RuntimeError as error:
        raise CannotRun(f"{film} could not be opened: {error}") from error


def _scene(context, name: str | None):
    if name is None:
        return compat.scene_of(context)
    scene = bpy.data.scenes.get(name)
    if scene is None:
        raise CannotRun(f"the film has no scene {name!r}, only {', '.join(sorted(bpy.data.scenes.keys()))}")
    return scene


def _prefer(context, options):
    """Command line over preferences, for this run of Blender only: nothing saves them."""
    if ROOT not in context.preferences.addons:
        context.preferences.addons.new().module = ROOT
    chosen = prefs.of(context)
    if options.host:
        chosen.host = options.host.upper()
    if options.threads:
        chosen.threads = options.threads
    for name in ("takes", "models"):
        if getattr(options, name):
            setattr(chosen, name, str(Path(getattr(options, name)).resolve()))


def _save(name: str | None):
    try:
        if name:
            bpy.ops.wm.save_as_mainfile(filepath=str(Path(name).resolve()), check_existing=False)
        else:
            bpy.ops.wm.save_mainfile()
    except RuntimeError as error:
        raise CannotRun(f"the film could not be saved: {error}") from error


def _tell(run: Run):
    for report in run.reports.values():
        what = report.message or (report.take.path if report.take else "")
        print(f"{report.status:9} {report.label}: {what}", file=sys.stderr)
        for warning in report.warnings:
            print(f"{'':9} {warning}", file=sys.stderr)
    print(run.summary, file=sys.stderr)


def _write(name: str, content: dict):
    text = json.dumps(content, ensure_ascii=False, indent=1)
    if name == "-":
        print(text)
        return
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotRun(f"the report could not be written: {error}") from error


_handles: list = []


def register():
    _handles.append(bpy.utils.register_cli_command("dubline", main))


def unregister():
    while _handles:
        bpy.utils.unregister_cli_command(_handles.pop())
