"""A film on its disk: written beside the old one, looked at, and only then put in its place, since Blender says that it saved where the disk was full."""
from __future__ import annotations

import os
import shutil
from pathlib import Path

import bpy

TAIL = 64
"""Bytes at a film's end that tell whether it is whole."""

SEEKABLE = b"\xb1\xea\x92\x8f"
"""The last bytes of what Blender compressed: the mark of a table to seek by (zstd_seekable_compression_format.md, RFC 8878)."""


def save(target: Path):
    """Saves the open film. What was there stays until the new one is whole, and beside it where the preferences keep versions. Raises OSError, RuntimeError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.stem}.saving.blend")
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(fresh), copy=True, check_existing=False)
        if not whole(fresh):
            raise OSError("it was not written to its end; is the disk full?")
        if target.exists():
            shutil.copymode(target, fresh)
            if bpy.context.preferences.filepaths.save_version:
                _keep(target)
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)


def _keep(target: Path):
    """Lets the film be found as its last version, too. Raises OSError."""
    beside = target.with_name(f".{target.stem}.kept.blend")
    try:
        beside.unlink(missing_ok=True)
        try:
            os.link(target, beside)  # a full disk has room for that
        except OSError:  # the disk knows no links
            shutil.copy2(target, beside)
        os.replace(beside, f"{target}1")
    finally:
        beside.unlink(missing_ok=True)


def whole(path: Path) -> bool:
    """Whether the film was written to its end. Raises OSError."""
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        tail = file.read()
    return tail.endswith(SEEKABLE) or b"ENDB" in tail
