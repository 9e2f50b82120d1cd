"""The headless entry: opens films one after another, does with each what is asked, and says by its exit code how it went.

With Blender: `blender -b film.blend --command dubline dub --save`. With the bpy module: `build.py dub film.blend …`.
docs/batch.md has a whole night.
"""
from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy

from ..engine.alone import alone
from ..engine.pool import affordable
from ..engine.problems import LineProblem
from . import ROOT, compat, ops, prefs, props, read, released, shelf, stale
from .batch_report import Told, document, page, write
from .session import session

ALL_GOOD, SOME_FAILED, COULD_NOT = 0, 1, 2
"""Exit codes: all is as asked; at least one line or film is not; nothing could be done at all."""

SCOPES = {"all": "ALL", "selected": "SELECTED", "changed": "STALE", "missing": "MISSING", "needed": "NEEDED"}


class CannotRun(Exception):
    """Why nothing could be done with a film, in a sentence."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="dubline", description="Dub films without a window.")
    verbs = top.add_subparsers(dest="verb", required=True)
    told = "Exit codes: 0 all good, 1 some lines or films failed (each is named), 2 nothing could be done."
    dub = verbs.add_parser("dub", help="speak lines and place their takes", epilog=told)
    plan = verbs.add_parser("plan", help="tell how lines will fit; nothing is spoken", epilog=told)
    check = verbs.add_parser("check", help="tell which lines have no take, one that is not theirs any more, or one whose file is gone", epilog=told)
    export = verbs.add_parser("export", help="write mix, stems, subtitles or a pack", epilog=told)
    render = verbs.add_parser("render", help="render the film with its own settings", epilog=told)
    for verb in (dub, plan, check, export, render):
        verb.add_argument("films", nargs="*", metavar="FILM.blend", help="films to open, one after another; without any the film that is open")
        where = verb.add_mutually_exclusive_group()
        where.add_argument("--scene", action="append", metavar="NAME", help="a scene, again for another; the film's active scene by default")
        where.add_argument("--all-scenes", action="store_true", help="every scene with strips")
        verb.add_argument("--report", metavar="FILE", help="write what became of every line as JSON; - is standard output")
        verb.add_argument("--page", metavar="FILE.html", help="write a page about it for people")
        verb.add_argument("--json", dest="events", nargs="?", const="-", default="", metavar="FILE", help="tell what happens as JSON, an event a line, on standard output or into a file")
        verb.add_argument("--quiet", action="store_true", help="say only what failed")
        verb.add_argument("--models", metavar="FOLDER", help="where the voice models are")
        verb.add_argument("--takes", metavar="FOLDER", help="where takes are kept; `dubs` beside the film by default")
    for verb in (dub, plan):
        which = verb.add_mutually_exclusive_group()
        which.add_argument("--all", dest="scope", action="store_const", const="all", default="all", help="every line (the default); takes that are there are not made again")
        which.add_argument("--selected", dest="scope", action="store_const", const="selected", help="lines of the strips that were selected when it was saved")
        which.add_argument("--changed", dest="scope", action="store_const", const="changed", help="lines that changed since their takes were made")
        which.add_argument("--needed", dest="scope", action="store_const", const="needed", help="lines that changed since their takes were made, and those that have none yet")
        verb.add_argument("--speaker", action="append", metavar="NAME", help="only this character's lines, again for another")
        verb.add_argument("--line", action="append", metavar="UID", help="only this line, by its uid or its strip's name, again for another")
        verb.add_argument("--script", metavar="FILE", help="lay the lines of these subtitles or this table first, as Import subtitles does")
        verb.add_argument("--existing", choices=("update", "replace", "add"), default="update", help="what becomes of lines that came from a script before (default: %(default)s)")
        verb.add_argument("--column", choices=("translation", "original"), default="translation", help="of a table, what is spoken (default: %(default)s)")
        verb.add_argument("--language", default="", metavar="CODE", help="of the script's lines")
        verb.add_argument("--voice", metavar="NAME", help="speaks lines whose speaker is not in the cast")
        verb.add_argument("--cast", action="append", default=[], metavar="CHARACTER=VOICE", help="this character's voice, again for another")
        verb.add_argument("--save", action="store_true", help="save the film under its own name")
        verb.add_argument("--save-as", metavar="FILE", help="save the film under this name; a folder takes several films")
        verb.add_argument("--threads", type=int, metavar="N", help="threads of one line")
        verb.add_argument("--workers", type=int, metavar="N", help="processes that speak at the same time; 0: as many as this computer has cores and memory for (default: 1)")
        verb.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler whose workers speak, as tcp://computer:8786; the engine's Python must have `distributed`")
        verb.add_argument("--dask-fetch", action="store_true", help="workers of the scheduler may fetch the voice model where it lacks")
        verb.add_argument("--host", choices=("worker", "here"), help="speech in processes of its own, or in this one")
        verb.add_argument("--check", choices=("off", "light", "full"), help="what judges are asked of every take")
        verb.add_argument("--original", choices=("mute", "duck", "background", "keep"), help="what becomes of the original sound")
    dub.add_argument("--plan", action="store_true", help="the same as the verb plan")
    dub.add_argument("--shard", type=_shard, metavar="I/N", help="only the I-th of every N lines: N computers share a film's takes without talking; a run without it places them")
    export.add_argument("--to", metavar="FOLDER", required=True, help="where the files go")
    export.add_argument("--mix", action="store_true", help="what the film sounds like, FLAC")
    export.add_argument("--stems", action="store_true", help="each character, all dialogue, all that is none, FLAC")
    export.add_argument("--subtitles", choices=("srt", "vtt", "ass", "csv"), action="append", default=[], help="the lines at the times of their takes, again for another form")
    export.add_argument("--pack", action="store_true", help="sounds named by their content and a manifest, to be served as they are")
    return top


def _shard(given: str) -> tuple[int, int]:
    number, _, count = given.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{given!r} is not I/N, as 2/5 for the second of five")
    return int(number), int(count)


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said why; Blender must get to close by itself
        return COULD_NOT if stop.code else ALL_GOOD
    try:
        return _films(options)
    except (CannotRun, OSError) as reason:
        print(f"dubline: {reason}", file=sys.stderr)
        return COULD_NOT


def _films(options) -> int:
    """All films, each by itself: what cannot be done with one is told, and the others go on. Raises CannotRun, OSError."""
    _refuse(options)
    told, documents, unable, flawed = Told(options.quiet, options.events), [], 0, False
    films = [Path(film) for film in options.films] or [None]
    for film in films:
        try:
            with _opened(film, told, options):
                for scene in _scenes(options):
                    found, good = DEEDS[options.verb](scene, options, told)
                    documents.append(found)
                    flawed |= not good
                if getattr(options, "save", False) or getattr(options, "save_as", None):
                    _save(options, len(films) > 1)
                    for found in documents:
                        found["film"] = bpy.data.filepath if film is None or found["film"] == str(film.resolve()) else found["film"]
        except CannotRun as reason:
            unable += 1
            name = str(film or bpy.data.filepath or "the film")
            print(f"dubline: {reason}", file=sys.stderr)
            told.event("unable", film=name, message=str(reason))
            documents.append({"film": name, "scene": "", "error": str(reason)})
    if options.report:
        write(options.report, json.dumps(documents[0] if len(documents) == 1 else {"films": documents}, ensure_ascii=False, indent=1))
    if options.page:
        write(options.page, page(documents, Path(options.page).resolve().parent))
    return COULD_NOT if unable == len(films) else SOME_FAILED if unable or flawed else ALL_GOOD


def _refuse(options):
    """What cannot be meant. Raises CannotRun."""
    saves = getattr(options, "save", False) or getattr(options, "save_as", None)
    if saves and not options.films and not options.save_as and not bpy.data.filepath:
        raise CannotRun("the film has no name yet: use --save-as")
    if saves and getattr(options, "shard", None):
        raise CannotRun("a shard makes takes and places them nowhere else: save in a run without --shard, which finds them all")
    if getattr(options, "dask", None) and options.host == "here":
        raise CannotRun("--dask needs the engine in a process of its own, not --host here")
    if options.verb == "export" and not (options.mix or options.stems or options.subtitles or options.pack):
        raise CannotRun("say what to export: --mix, --stems, --subtitles or --pack")
    if options.verb == "dub" and options.plan:
        options.verb = "plan"
    if options.verb == "plan" and options.scope not in ("all", "selected"):
        raise CannotRun("a plan tells of all lines or of the selected ones")


@contextlib.contextmanager
def _opened(film: Path | None, told: Told, options):
    """The film is open, and nobody else dubs it meanwhile. Raises CannotRun."""
    if film is not None and not film.is_file():
        raise CannotRun(f"there is no film {film}")
    with contextlib.ExitStack() as held:
        if film is not None:
            own = Path(options.takes).resolve() if options.takes else film.resolve().parent / "dubs"
            # where no takes can be kept, the lines tell so themselves
            with contextlib.suppress(OSError):
                if options.verb == "dub":
                    held.enter_context(alone(own / f".{film.stem}.lock", lambda tries: tries or told.say(f"{film} is being dubbed by another process: waiting for it")))
            try:
                bpy.ops.wm.open_mainfile(filepath=str(film.resolve()))
            except RuntimeError as error:
                raise CannotRun(f"{film} could not be opened: {str(error).strip()}") from error
        _prefer(bpy.context, options)
        yield


def _scenes(options) -> list:
    if options.all_scenes:
        return [scene for scene in bpy.data.scenes if scene.library is None and scene.sequence_editor and len(compat.strips(scene.sequence_editor))]
    if not options.scene:
        return [compat.scene_of(bpy.context)]
    for name in options.scene:
        if name not in bpy.data.scenes:
            raise CannotRun(f"the film has no scene {name!r}, only {', '.join(sorted(bpy.data.scenes.keys()))}")
    return [bpy.data.scenes[name] for name in options.scene]


def _prefer(context, options):
    """Command line over preferences, for this run of Blender only: nothing saves them."""
    if ROOT not in context.preferences.addons:
        context.preferences.addons.new().module = ROOT
    chosen = prefs.of(context)
    if getattr(options, "host", None):
        chosen.host = options.host.upper()
    if getattr(options, "threads", None):
        chosen.threads = options.threads
    session.orderly = True
    session.serve = ("--dask", options.dask, *(["--fetch"] if options.dask_fetch else [])) if getattr(options, "dask", None) else ()
    if getattr(options, "workers", None) is not None:
        chosen.workers = options.workers or affordable()
    for name in ("takes", "models"):
        if getattr(options, name):
            setattr(chosen, name, str(Path(getattr(options, name)).resolve()))


# What is done with a scene: each gives its part of the report, and whether all is good


def dub(scene, options, told: Told) -> tuple[dict, bool]:
    """Speaks and places, or only plans. Raises CannotRun."""
    _recast(scene, options)
    with bpy.context.temp_override(**compat.scene_override(scene)):
        context = bpy.context
        if options.script:
            _lay(options)
        reason = ops.disabled_reason(context)
        if reason:
            raise CannotRun(reason)
        folder, warning = prefs.takes(context)
        reading = ops.in_scope(scene, SCOPES[options.scope], str(folder))
        if not reading.slots:
            if options.scope in ("changed", "missing", "needed"):
                told.say("nothing to speak")
                return {"film": bpy.data.filepath, "scene": scene.name, "done": 0, "failed": 0, "lines": []}, True
            raise CannotRun("no strip of the scene is a line" if options.scope == "all" else "no selected strip is a line")
        reading = _narrowed(reading, options)
        if options.verb == "plan":
            reading = replace(reading, job=replace(reading.job, speak=False))
        run = session.start(context, scene, reading, [warning] if warning else [])
        told.begin(run)
        while not run.ended:
            session.tick()
            told.look(run)
            time.sleep(0.002)
        told.end(run)
    return document(run, scene), not (run.count("failed") or run.count("cancelled"))


def check(scene, _options, told: Told) -> tuple[dict, bool]:
    """Tells of every line whether its take is there and still its own."""
    found = read.read(scene, True)
    changed, places = stale.reasons(scene), shelf.folders(bpy.context)
    takes = {state["of"]: (strip, state) for strip, state in released.played(scene)}
    lines = []
    for uid, slot in found.slots.items():
        status, message = "fine", ""
        if uid not in takes:
            status, message = "missing", "It has no take."
        elif changed.get(uid):
            status, message = "changed", "; ".join(changed[uid])
        else:
            try:
                strip, state = takes[uid]
                shelf.whole_take(shelf.digest_of(strip.sound) if strip.sound else state["take"], places)
            except LineProblem as problem:
                status, message = "lost", str(problem)
        second = read.second(scene)
        lines.append({"uid": uid, "source": found.labels[uid], "text": next((line.text for line in found.job.lines if line.uid == uid), ""), "speaker": slot.speaker,
                      "start": (slot.first - scene.frame_start) * second, "seconds": (slot.last - slot.first) * second, "status": status, "message": message, "warnings": []})  # fmt: skip
        told.event("line", uid=uid, source=found.labels[uid], status=status, message=message)
        if status != "fine":
            told.say(f"{status:8} {found.labels[uid]}: {message}")
    fine = sum(line["status"] == "fine" for line in lines)
    told.say(f"{fine} of {len(lines)} lines have their takes")
    return {"film": bpy.data.filepath, "scene": scene.name, "fine": fine, "lines": lines}, fine == len(lines)


def export(scene, options, told: Told) -> tuple[dict, bool]:
    """Writes what is asked for. Raises CannotRun."""
    if scene.sequence_editor is None:
        raise CannotRun("the sequencer has no strips")
    folder, name = Path(options.to).resolve(), Path(bpy.data.filepath).stem or "film"
    name = name if len(_scenes(options)) == 1 else f"{name}-{released.plain(scene.name)}"
    written = []
    try:
        if options.mix:
            written.append(folder / f"{name}.mix.flac")
            released.mix(scene, written[-1])
        if options.stems:
            written += released.split(scene, folder, name)
        if options.pack:
            written.append(released.pack(bpy.context, scene, folder / name, name))
        for form in options.subtitles:
            written.append(folder / f"{name}.{form}")
            folder.mkdir(parents=True, exist_ok=True)
            with bpy.context.temp_override(**compat.scene_override(scene)):
                bpy.ops.dubline.export_subtitles(filepath=str(written[-1]))
    except (LineProblem, RuntimeError) as problem:
        raise CannotRun(str(problem).strip()) from problem
    for path in written:
        told.event("written", path=str(path), bytes=path.stat().st_size)
        told.say(str(path))
    return {"film": bpy.data.filepath, "scene": scene.name, "written": [str(path) for path in written]}, True


def render(scene, _options, told: Told) -> tuple[dict, bool]:
    """Renders with Blender's own settings. Raises CannotRun."""
    path = Path(bpy.path.abspath(scene.render.frame_path(frame=scene.frame_start)))
    before = path.stat().st_mtime_ns if path.is_file() else 0
    try:
        bpy.ops.render.render(animation=True, scene=scene.name)
    except RuntimeError as error:
        raise CannotRun(f"it could not be rendered: {str(error).strip()}") from error
    if not path.is_file() or path.stat().st_mtime_ns == before:
        raise CannotRun(f"Blender did not write {path}")
    told.event("written", path=str(path), bytes=path.stat().st_size)
    told.say(str(path))
    return {"film": bpy.data.filepath, "scene": scene.name, "written": [str(path)]}, True


DEEDS: dict[str, Callable] = {"dub": dub, "plan": dub, "check": check, "export": export, "render": render}


def _recast(scene, options):
    """Voices as the command line has them. Raises CannotRun."""
    if options.voice is not None:
        scene.dubline.default_voice = options.voice
    if options.check:
        scene.dubline.check = options.check.upper()
    if options.original:
        scene.dubline.original = options.original.upper()
    for given in options.cast:
        name, _, voice = given.partition("=")
        role = props.role_of(scene, name)
        if not voice or role is None:
            raise CannotRun(f"--cast {given}: {'no character of the cast is called so' if voice else 'write CHARACTER=VOICE'}")
        role.voice = voice


def _lay(options):
    """Lays the script's lines. Raises CannotRun."""
    path = Path(options.script).resolve()
    try:
        done = bpy.ops.dubline.import_subtitles(filepath=str(path), existing=options.existing.upper(), column=options.column.upper(), language=options.language)
    except RuntimeError as error:
        raise CannotRun(str(error).strip()) from error
    if done != {"FINISHED"}:
        raise CannotRun(f"{path} holds no lines")


def _narrowed(reading: read.Reading, options) -> read.Reading:
    """Only the lines that are asked for; the others stand beside them. Raises CannotRun."""
    speakers = {name.casefold() for name in options.speaker or ()}
    wanted, (number, count) = set(options.line or ()), getattr(options, "shard", None) or (1, 1)

    def asked(uid: str) -> bool:
        return (not speakers or reading.slots[uid].speaker.casefold() in speakers) and (not wanted or bool({uid, reading.labels[uid]} & wanted))

    uids = sorted(filter(asked, reading.slots), key=lambda uid: (reading.slots[uid].first, reading.labels[uid]))
    if not uids:
        raise CannotRun("no line is by that speaker or called so")
    chosen = set(uids[number - 1 :: count])
    lines = tuple(line for line in reading.job.lines if line.uid in chosen)
    others = tuple(line for line in reading.job.lines if line.uid not in chosen)

    def kept(known: dict) -> dict:
        return {uid: value for uid, value in known.items() if uid in chosen}

    job = replace(reading.job, lines=lines, around=(*reading.job.around, *others))
    return read.Reading(job, kept(reading.slots), kept(reading.problems), kept(reading.warnings), kept(reading.labels), kept(reading.left))


def _save(options, several: bool):
    """Raises CannotRun."""
    try:
        if options.save_as:
            target = Path(options.save_as).resolve()
            if several or target.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                target /= Path(bpy.data.filepath).name
            bpy.ops.wm.save_as_mainfile(filepath=str(target), check_existing=False)
        else:
            bpy.ops.wm.save_mainfile()
    except (RuntimeError, OSError) as error:
        raise CannotRun(f"the film could not be saved: {str(error).strip()}") from error


_handles: list = []


def register():
    _handles.append(bpy.utils.register_cli_command("dubline", main))


def unregister():
    while _handles:
        bpy.utils.unregister_cli_command(_handles.pop())
