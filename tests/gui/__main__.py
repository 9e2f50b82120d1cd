"""The scripted session in real Blender windows: every step's picture and what was seen, as files; exit code 0 only when all was, 3 where there can be no such Blender."""
from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from engine import models as catalogue
from engine import zips
from engine.voices import graph, kokoro

from . import measure, scene
from .roots import SUITES, NoDebian, Obstacle, Root
from .steps import STEPS, beginning, quits
from .window import Missed, Window

SETTLED = 1.5
"""Seconds after which what was done is drawn as well."""


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="build.py gui", description=__doc__.splitlines()[0])
    parser.add_argument("--blender", choices=(*SUITES, "both"), default="both", help="whose window (default: %(default)s)")
    parser.add_argument("--smoke", action="store_true", help="only install, a first line, another reading, its takes, undo and quit")
    parser.add_argument("--measure", action="store_true", help="measure instead: what the add-on costs the window, into figures.json")
    parser.add_argument("--zip", type=Path, help="the extension (default: that for the Blender's Python, built from this very code)")
    parser.add_argument("--models", type=Path, default=os.environ.get("DUBLINE_MODELS", ".models"), help="folder of the voice models")
    parser.add_argument("--out", type=Path, default=Path("out/gui"), help="where pictures and steps.json go (default: %(default)s)")
    options = parser.parse_args(arguments)
    # Blender sees the models, but may write nothing there
    voice = catalogue.find(kokoro.MODEL, options.models)
    graph.prepare(voice / "kokoro-v1.0.int8.onnx", voice / "stages")
    held = [session(blender, options) for blender in (SUITES if options.blender == "both" else (options.blender,))]
    return int(not all(held))


def built(folder: Path, name: str) -> Path:
    """A zip of this code, by its name. Raises Obstacle."""
    shutil.rmtree(folder, ignore_errors=True)
    if subprocess.run([sys.executable, "package.py", "--platform", name, "--out", str(folder)], stdout=subprocess.DEVNULL).returncode:
        raise Obstacle("The extension's zip could not be built; see above.")
    return next(folder.glob("**/*.zip"))


def archives(root: Root, options) -> tuple[Path, Path | None]:
    """The zip that is installed, and that for blender.org's Blenders where it is another. Raises Obstacle."""
    if options.zip:
        return options.zip, None
    one = zips.fitting(root.python)
    if one is None:
        raise Obstacle(f"No zip is made for {zips.this_platform()} with Python {root.python}, which Debian's Blender {root.blender} has.")
    return built(options.out / "zip" / one.name, one.name), None if one.name == one.platform else built(options.out / "zip" / one.platform, one.platform)


def session(blender: str, options) -> bool:
    """All steps in one Blender; True when all that should be seen was."""
    out, prefix = options.out / blender, "measured-" if options.measure else ""
    out.mkdir(parents=True, exist_ok=True)
    for old in (*out.glob(f"{prefix}[0-9]*.png"), out / "blender.log", out / f"{prefix}steps.json"):
        old.unlink(missing_ok=True)
    root = Root(blender)
    root.make()
    gui = Window(root, out, options.models.resolve(), *archives(root, options))
    steps = measure.STEPS if options.measure else (*scene.SMOKE, quits) if options.smoke else (*scene.STEPS, *STEPS)
    told, wanted = [], (*beginning(bool(gui.others)), *steps)
    try:
        gui.start()
        for number, step in enumerate(wanted, 1):
            told.append(walk(gui, f"{prefix}{number:02}", step))
            write(out / f"{prefix}steps.json", told)
            if gui.figures:
                write(out / "figures.json", {"blender": blender, "load": os.getloadavg()[0], **gui.figures})
            if not gui.lives:
                break
            if not told[-1]["whole"]:
                # what a step left open shall not be in the way of the next ones
                gui.screen.press("Escape", "Escape")
    finally:
        gui.close()
    return len(told) == len(wanted) and all(step["held"] for step in told)


def write(path: Path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def walk(gui: Window, number: str, step) -> dict:
    """One step: does it, takes the picture, sees."""
    gui.did, gui.saw = [], []
    picture = gui.out / f"{number}-{step.__name__.replace('_', '-')}.png"
    began, problem = time.monotonic(), ""
    parts = step(gui)
    try:
        next(parts)
        time.sleep(SETTLED)
        gui.screen.picture(picture)
        like = gui.screen.look()
        gui.see("the picture is not black", like["brightness"] > 0.05 and like["unevenness"] > 0.02 and like["colours"] > 100, like)
        next(parts, None)
    except Missed as missed:
        problem = str(missed)
        if gui.lives:
            gui.screen.picture(picture)
    finally:
        parts.close()
    held = not problem and all(seen["held"] for seen in gui.saw)
    print(f"{'ok  ' if held else 'MISS'} {number} {step.__doc__.splitlines()[0]} ({time.monotonic() - began:.0f} s)", flush=True)
    for seen in gui.saw:
        if not seen["held"]:
            print(f"       not seen: {seen['what']}: {seen.get('figures', '')}", flush=True)
    if problem:
        print(f"       {problem}", flush=True)
    return {
        "number": number, "step": step.__name__, "told": step.__doc__.splitlines()[0], "did": gui.did, "saw": gui.saw, "problem": problem,
        "held": held, "whole": not problem, "seconds": round(time.monotonic() - began, 1), "picture": picture.name,
    }  # fmt: skip


if __name__ == "__main__":
    # whoever ends this program ends what it started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except Obstacle as obstacle:
        print(f"\n{obstacle}", file=sys.stderr)
        sys.exit(3 if isinstance(obstacle, NoDebian) else 2)
