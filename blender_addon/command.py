"""The command `dubline`: the batch entry on the bpy module, without a Blender. The process ends with it."""
from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from typing import NoReturn

from . import ROOT


def main() -> NoReturn:
    """Does what the command line asks for, and ends the process with the exit code."""
    code = done()
    with contextlib.suppress(OSError, AttributeError):  # whoever listened may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    # bpy up to 4.5 crashes or hangs when the interpreter takes it down
    os._exit(code)


def done() -> int:
    """Does what the command line asks for, and gives the exit code."""
    try:
        import bpy  # noqa: F401  first of all, since its own modules cannot be imported before it
    except ImportError as error:
        print(f"dubline: Blender's Python module is not here ({error}). `pip install bpy` has one for each of Blender's Pythons.", file=sys.stderr)
        return 2
    root = import_module(ROOT)
    root.register()
    try:
        return import_module(".batch", __package__).main(sys.argv[1:])
    finally:
        root.unregister()
