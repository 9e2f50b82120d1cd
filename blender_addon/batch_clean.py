"""What nobody needs goes from a film's folder of takes: takes that no film names, and files that a killed run left half-written."""
from __future__ import annotations

import time
from pathlib import Path

import bpy

from ..engine import whole
from . import prefs, take_files
from .batch_line import CannotRun
from .batch_report import Told

DAY = 86400.0
"""Seconds."""


def clean(scene, options, told: Told) -> tuple[dict, bool]:
    """Removes them, or only tells of them. Takes that are played, kept or in a list stay, and so do young ones. Raises CannotRun."""
    folder, _warning = prefs.takes(bpy.context)
    if not take_files.beside_film(folder):
        raise CannotRun(f"its takes' folder {folder} is not beside it: other films may need what is in it")
    places = take_files.in_folder(folder)
    needs = take_files.Needs()
    # after the other films were read, which takes its time: what a run has found again meanwhile is young
    before = time.time() - options.days * DAY
    old = [digest for digest, paths in places.items() if max(map(_written, paths)) <= before]
    spares, staying = take_files.spare(old, places, needs, listed=False)
    broken = [take_files.spared(path.name, [path]) for path in whole.abandoned(folder)]
    gone, problems = (set(), []) if options.dry_run else take_files.remove([*spares, *broken])
    for reason, count in staying.items():
        told.say(f"{count} of {len(places)} takes stay: {reason}")
    for problem in problems:
        told.complain(f"dubline: not removed: {problem}")
    if young := len(places) - len(old):
        told.say(f"{young} of {len(places)} takes stay: younger than {options.days:g} {'day' if options.days == 1 else 'days'}")
    removed = [one for one in (*spares, *broken) if options.dry_run or one.digest in gone]
    paths, size = [str(path) for one in removed for path in one.paths], sum(one.size for one in removed)
    told.event("cleaned", removed=paths, bytes=size, dry_run=options.dry_run)
    told.say(f"{'would remove' if options.dry_run else 'removed'} {len(paths)} {'file' if len(paths) == 1 else 'files'}, {take_files.told(size)}")
    return {"film": bpy.data.filepath, "scene": scene.name, "removable" if options.dry_run else "removed": paths}, not problems


def _written(path: Path) -> float:
    """When, as seconds of the epoch; one that goes meanwhile is young."""
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()
