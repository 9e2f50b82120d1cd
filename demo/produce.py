"""The demo from an empty Blender to the finished report: every step shows how far it is."""
from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import statistics
import sys
import threading
from pathlib import Path

import bpy
from tqdm import tqdm

from mount import mount

from . import faces, film, judge, moods, move, performed, report
from .scenario import AGAIN, CAST, CUES, RECORDING

DATA = Path(__file__).resolve().parent / "data"
TONES = {"ANNA": "tone:high", "BEN": "tone:low", "MEI": "tone:high", "HAO": "tone:low"}


def produce(out: Path, voices: str, scale: float, package: str) -> dict | None:
    """Makes everything in `out` and returns the report; None when the operator did not run."""
    out.mkdir(parents=True, exist_ok=True)
    addon = mount(package)
    part = lambda name: importlib.import_module(f"{package}.blender_addon.{name}")  # noqa: E731
    compat = part("compat")
    log = out / "blender.log"
    with _step("draw"), _quiet(log, "w"):
        faces.paint(out / "picture")
        shutil.copyfile(DATA / RECORDING, out / RECORDING)
        scene = film.build(compat, out / "demo.blend", out / "picture", out / RECORDING, scale)
    addon.register()
    try:
        for role in CAST:
            entry = scene.dubline.roles.add()
            entry.name, entry.language = role.name, role.language
            entry.voice = role.voice if voices == "kokoro" else TONES[role.name]
            entry.prosody = role.prosody if voices == "kokoro" else ""
        _feelings(compat, scene)
        session = part("session").session
        with _dubbing(session), _quiet(log):
            before = _without_sync(part, scene, session)
            outcome = bpy.ops.dubline.dub(scope="ALL")
        if outcome != {"FINISHED"}:
            print(f"The operator answered {outcome}; see {log}", file=sys.stderr)
            return None
        reports = list(session.run.reports.values())
        if not any(r.take for r in reports):
            print(*dict.fromkeys(r.message for r in reports), sep="\n", file=sys.stderr)
            return None
        strips = compat.all_strips(scene.sequence_editor)
        takes = [(r.line.speaker, compat.start(strips[r.strip]), r.take.path) for r in reports if r.take and r.strip]
        move.animate(strips, takes, scale)
        with _quiet(log):
            bpy.ops.file.make_paths_relative()
            bpy.ops.wm.save_mainfile()
            _render(compat, scene, out / "demo.mp4")
        result = judge.judge(part, scene, reports, before, out, _bar)
        if voices == "kokoro":
            result["moods"] = moods.speak(package, part("prefs").models(bpy.context), out, _bar)
            with _quiet(log):
                result["performances"] = performed.take_over(package, out, session, _bar)
            followed = [value for one in result["performances"] for value in one["melodies"]]
            result["promises"].append(judge.promise("Melodies follow those of the performers (0.6 in the median)", statistics.median(followed) >= 0.6, f"{statistics.median(followed):.2f}"))
    finally:
        addon.unregister()
    missing = len(CUES) - len(result["lines"])
    if missing:
        result["promises"].append(judge.promise("Every line of the script became a line of the dub", False, f"{missing} missing"))
    (out / "report.json").write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    with _step("report"):
        (out / "report.html").write_text(report.page(result, out), encoding="utf-8")
    return result


def _feelings(compat, scene):
    """Writes how lines are said into the field of the panel's emotion."""
    words = {cue.text: cue.words for cue in CUES if cue.words}
    for strip in compat.strips(scene.sequence_editor):
        if strip.type == "TEXT" and strip.text in words:
            strip.dubline_words = words[strip.text]


def _without_sync(part, scene, session) -> dict:
    """Uid -> take of the lines over several of the original's phrases as they are when they do not follow them."""
    props, compat = part("props"), part("compat")
    chosen = [cue.text for cue in CUES if cue.recording == AGAIN]
    for strip in compat.strips(scene.sequence_editor):
        strip.select = strip.type == "TEXT" and strip.text in chosen
        if strip.select:
            props.set_wish(strip, sync=0.0)
    bpy.ops.dubline.dub(scope="SELECTED")
    for strip in compat.strips(scene.sequence_editor):
        if strip.select and strip.type == "TEXT":
            props.set_wish(strip, sync=1.0)
    return {uid: report.take for uid, report in session.run.reports.items() if report.take}


def _render(compat, scene, path: Path):
    """Picture and mix, by Blender's own renderer."""
    compat.to_video(scene)
    render = scene.render
    render.filepath, render.use_file_extension = str(path), False
    settings = render.ffmpeg
    settings.format, settings.codec, settings.constant_rate_factor = "MPEG4", "H264", "HIGH"
    settings.ffmpeg_preset = "GOOD"
    settings.audio_codec, settings.audio_bitrate = "AAC", 192
    settings.audio_mixrate, settings.audio_channels = 48000, "STEREO"
    path.unlink(missing_ok=True)
    with _bar(scene.frame_end - scene.frame_start + 1, "render") as bar:
        shown = lambda *_: bar.update()  # noqa: E731
        bpy.app.handlers.render_post.append(shown)
        try:
            bpy.ops.render.render(animation=True, scene=scene.name)
        finally:
            bpy.app.handlers.render_post.remove(shown)
    if not path.is_file():
        raise FileNotFoundError(f"Blender rendered nothing to {path}")
    render.filepath = f"//{path.name}"
    bpy.ops.wm.save_mainfile()


def _bar(total, what: str):
    shape = "{desc} {bar:30} {percentage:3.0f}% {elapsed}"
    pause = 0.1 if _SHELL.isatty() else 20  # a log file wants no film of its own
    return tqdm(total=total, desc=f"{what:>7}", file=_SHELL, bar_format=shape, mininterval=pause, ascii=" ·█")


@contextlib.contextmanager
def _step(what: str):
    with _bar(1, what) as bar:
        yield
        bar.update()


@contextlib.contextmanager
def _dubbing(session):
    """The operator blocks, so a thread looks at the run and shows how far it is."""
    over = threading.Event()
    with _bar(1.0, "dub") as bar:

        def look():
            while not over.wait(0.2):
                bar.update(max(0.0, (session.run.progress if session.run else 0.0) - bar.n))

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
            bar.update(1.0 - bar.n)
        finally:
            over.set()
            watcher.join()


@contextlib.contextmanager
def _quiet(log: Path, mode: str = "a"):
    """Sends what Blender prints to a file; it writes to the descriptor, past Python's stdout."""
    sys.stdout.flush()
    kept = os.dup(1)
    with log.open(mode) as file:
        os.dup2(file.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


_SHELL = sys.stderr
