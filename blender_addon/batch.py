"""The headless entry: opens films one after another, does with each what is asked, and says by its exit code how it went.

With Blender: `blender -b film.blend --command dubline dub --save`. With the bpy module: `build.py dub film.blend …`.
docs/batch.md has a whole night.
"""
from __future__ import annotations

import contextlib
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy

from ..engine.alone import alone
from ..engine.pool import affordable
from ..engine.problems import LineProblem
from . import ROOT, compat, film_file, ops, prefs, props, read, released, shelf, stale
from .batch_clean import clean
from .batch_line import CannotRun, NothingAsked, parser, refuse
from .batch_report import Told, document, document_of, page, write
from .batch_stop import asked_to_stop
from .session import session

ALL_GOOD, SOME_FAILED, COULD_NOT = 0, 1, 2
"""Exit codes: all is as asked; at least one line or film is not; nothing could be done at all."""

GOOD, FLAWED, UNABLE, NOTHING = "good", "flawed", "unable", "nothing"
"""Fates of films: all as asked; something is not; it could not be opened or saved; it has nothing of what was asked for."""

READY, PAUSE = 0.5, 0.1
"""Seconds that placing takes may last before it is asked whether to stop, and those of a rest in which takes gather: together they are placed for less."""

SCOPES = {"all": "ALL", "selected": "SELECTED", "changed": "STALE", "missing": "MISSING", "needed": "NEEDED"}


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said why; Blender must get to close by itself
        return COULD_NOT if stop.code else ALL_GOOD
    told = Told(options.quiet, options.events)
    try:
        refuse(options)
    except CannotRun as reason:
        told.complain(f"dubline: {reason}")
        return COULD_NOT
    documents: list[dict] = []
    try:
        fates = _films(options, told, documents)
    finally:
        session.close()  # no engine outlives the night
        session.orderly, session.alone, session.serve = False, False, ()
    reports = {options.report: lambda: document_of(documents), options.page: lambda: page(documents, Path(options.page).resolve().parent)}
    for name, text in reports.items():
        try:
            if name:
                write(name, text())
        except OSError as error:
            fates.append(FLAWED)
            told.complain(f"dubline: {name} could not be written: {error}")
    if told.deaf:
        fates.append(FLAWED)
    return ALL_GOOD if set(fates) == {GOOD} else COULD_NOT if not {GOOD, FLAWED} & set(fates) else SOME_FAILED if {FLAWED, UNABLE} & set(fates) else ALL_GOOD


def _films(options, told: Told, documents: list[dict]) -> list[str]:
    """What became of every film, each by itself: what cannot be done with one is told, and the others go on."""
    fates = []
    try:
        for film in [Path(film) for film in options.films] or [None]:
            fates.append(_film(film, options, told, documents))
    except KeyboardInterrupt:
        told.complain("dubline: stopped. What was made is kept, and the same command goes on from there.")
        told.event("stopped")
        fates.append(FLAWED)
    return fates


def _film(film: Path | None, options, told: Told, documents: list[dict]) -> str:
    """What became of one film. Raises KeyboardInterrupt."""
    name, found, fate, nothing = str(film or bpy.data.filepath or "the film"), [], GOOD, ""
    try:
        with _opened(film, told, options):
            for scene in _scenes(options):
                try:
                    document, good = DEEDS[options.verb](scene, options, told)
                except NothingAsked as reason:
                    nothing = str(reason)
                    continue
                found.append(document)
                fate = fate if good else FLAWED
                if document.get("cancelled"):
                    raise KeyboardInterrupt
            if not found:
                raise NothingAsked(nothing)
            if getattr(options, "save", False) or getattr(options, "save_as", None):
                target = _save(options, len(options.films) > 1)
                for document in found:
                    document["film"] = str(target)
    except NothingAsked as reason:
        told.complain(f"dubline: {name}: {reason}")
        documents.append({"film": name, "scene": "", "nothing": str(reason)})
        return NOTHING
    except Exception as error:  # noqa: BLE001  the border of a film: what is wrong with it must not stop the others
        if not isinstance(error, (CannotRun, OSError, LineProblem)):
            traceback.print_exc()
        reason = str(error) if isinstance(error, (CannotRun, LineProblem)) else f"{type(error).__name__}: {error}"
        told.complain(f"dubline: {reason}" if name in reason else f"dubline: {name}: {reason}")
        told.event("unable", film=name, message=reason)
        documents.append({"film": name, "scene": "", "error": reason})
        return FLAWED if found else UNABLE
    finally:
        if options.report or options.page:
            documents += found
    return fate


@contextlib.contextmanager
def _opened(film: Path | None, told: Told, options):
    """The film is open, and nobody else dubs it meanwhile. Raises CannotRun."""
    if film is not None and not film.is_file():
        raise CannotRun(f"there is no film {film}")
    path = film.resolve() if film else Path(bpy.data.filepath) if bpy.data.filepath else None
    if path and getattr(options, "save", False) and path.is_file() and not os.access(path, os.W_OK):
        raise CannotRun(f"{path} is read-only: use --save-as, or dub without --save")
    waited = []

    def waits(tries: int):
        waited.append(tries)
        if not tries:
            told.say(f"{path} is being dubbed by another process: waiting for it")

    with contextlib.ExitStack() as held:
        # shards share a film, and leave it as it is
        if path and options.verb in ("dub", "clean") and not getattr(options, "shard", None):
            own = Path(options.takes).resolve() if options.takes else path.parent / "dubs"
            # where no takes can be kept, the lines tell so themselves
            with contextlib.suppress(OSError):
                held.enter_context(alone(own / f".{path.stem}.lock", waits))
        if film is not None or waited:  # whoever had it saved it, too
            try:
                bpy.ops.wm.open_mainfile(filepath=str(path))
            except RuntimeError as error:
                raise CannotRun(f"{path} could not be opened: {str(error).strip().rpartition(': ')[2]}") from error
        _prefer(bpy.context, options)
        yield


def _scenes(options) -> list:
    own = {scene.name: scene for scene in bpy.data.scenes if scene.library is None}
    if options.all_scenes:
        found = [scene for scene in own.values() if scene.sequence_editor and len(compat.strips(scene.sequence_editor))]
        if not found:
            raise CannotRun("no scene of the film has strips")
        return found
    if not options.scene:
        return [compat.scene_of(bpy.context)]
    for name in options.scene:
        if name not in own:
            raise CannotRun(f"the film has no scene {name!r} of its own, only {', '.join(sorted(own))}")
    return [own[name] for name in options.scene]


def _prefer(context, options):
    """Command line over preferences, for this run of Blender only: nothing saves them."""
    if ROOT not in context.preferences.addons:
        context.preferences.addons.new().module = ROOT
    chosen = prefs.of(context)
    if getattr(options, "host", None):
        chosen.host = options.host.upper()
    if getattr(options, "threads", None):
        chosen.threads = options.threads
    session.orderly = session.alone = True
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
            raise NothingAsked("no strip of the scene is a line" if options.scope == "all" else "no selected strip is a line")
        reading = _narrowed(reading, options)
        if options.verb == "plan":
            reading = replace(reading, job=replace(reading.job, speak=False))
        run = session.start(context, scene, reading, [warning] if warning else [])
        told.begin(run)
        with asked_to_stop() as asked:
            while not run.ended:
                session.tick(READY)
                told.look(run)
                if asked and not run.cancelled:
                    told.complain("dubline: stopping; once more stops at once")
                    session.cancel()
                time.sleep(PAUSE)
        told.end(run)
    return document(run, scene, bool(options.report or options.page)), not (run.count("failed") or run.count("cancelled"))


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
        if status in ("missing", "changed") and uid in found.left:
            status, message = "locked", f"{found.left[uid]}; {message}"
        elif status == "missing" and uid in found.problems:
            message = str(found.problems[uid])
        second = read.second(scene)
        lines.append({"uid": uid, "source": found.labels[uid], "text": next((line.text for line in found.job.lines if line.uid == uid), ""), "speaker": slot.speaker,
                      "start": (slot.first - scene.frame_start) * second, "seconds": (slot.last - slot.first) * second, "status": status, "message": message, "warnings": []})  # fmt: skip
        told.event("line", uid=uid, source=found.labels[uid], status=status, message=message)
        if status != "fine":
            (told.say if status == "locked" else told.complain)(f"{status:8} {found.labels[uid]}: {message}")
    counts = Counter(line["status"] for line in lines)
    told.say(f"{counts['fine']} of {len(lines)} lines have their takes{f', {left} locked' if (left := counts['locked']) else ''}")
    return {"film": bpy.data.filepath, "scene": scene.name, **counts, "lines": lines}, counts["fine"] + counts["locked"] == len(lines)


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
    except ImportError as error:  # the zip brings libraries for the Pythons of blender.org's Blenders
        raise CannotRun(f"a pack needs a library that this Blender's Python lacks: {error}. Export it with `build.py dub export`") from error
    for path in written:
        told.event("written", path=str(path), bytes=path.stat().st_size)
        told.say(str(path))
    return {"film": bpy.data.filepath, "scene": scene.name, "written": [str(path) for path in written]}, True


def render(scene, _options, told: Told) -> tuple[dict, bool]:
    """Renders with Blender's own settings. Raises CannotRun."""
    frames = range(scene.frame_start, scene.frame_end + 1, scene.frame_step)
    paths = dict.fromkeys(Path(bpy.path.abspath(scene.render.frame_path(frame=frame))) for frame in (frames[0], frames[-1]))
    before = {path: path.stat().st_mtime_ns for path in paths if path.is_file()}
    keeps = not (scene.render.use_overwrite or scene.render.is_movie_format)
    try:
        bpy.ops.render.render(animation=True, scene=scene.name)
    except RuntimeError as error:
        raise CannotRun(f"it could not be rendered: {str(error).strip()}") from error
    for path in paths:
        if not path.is_file() or (path.stat().st_mtime_ns == before.get(path) and not keeps):
            raise CannotRun(f"Blender did not write {path}")
        told.event("written", path=str(path), bytes=path.stat().st_size)
        told.say(str(path))
    return {"film": bpy.data.filepath, "scene": scene.name, "written": list(map(str, paths))}, True


DEEDS: dict[str, Callable] = {"dub": dub, "plan": dub, "check": check, "export": export, "render": render, "clean": clean}


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
        raise NothingAsked("no line is by that speaker or called so")
    chosen = set(uids[number - 1 :: count])
    lines = tuple(line for line in reading.job.lines if line.uid in chosen)
    others = tuple(line for line in reading.job.lines if line.uid not in chosen)

    def kept(known: dict) -> dict:
        return {uid: value for uid, value in known.items() if uid in chosen}

    job = replace(reading.job, lines=lines, around=(*reading.job.around, *others))
    return read.Reading(job, kept(reading.slots), kept(reading.problems), kept(reading.warnings), kept(reading.labels), kept(reading.left))


def _save(options, several: bool) -> Path:
    """Where the film was saved. Raises CannotRun."""
    target = Path(bpy.data.filepath)
    if options.save_as:
        folder = Path(options.save_as).resolve()
        inside = several or folder.is_dir() or options.save_as.endswith(("/", os.sep))
        target = folder / (target.name or "film.blend") if inside else folder
    try:
        film_file.save(target)
    except (RuntimeError, OSError) as error:
        raise CannotRun(f"{target} could not be saved: {str(error).strip()}") from error
    return target


_handles: list = []


def register():
    _handles.append(bpy.utils.register_cli_command("dubline", main))


def unregister():
    while _handles:
        bpy.utils.unregister_cli_command(_handles.pop())
