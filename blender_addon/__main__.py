"""`python -m blender_addon dub film.blend …` in the repository: the batch entry on the bpy module, without a Blender."""
from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module

from mount import mount


def main() -> int:
    try:
        import bpy  # noqa: F401  first of all, since its own modules cannot be imported before it
    except ImportError as error:
        print(f"dubline: the bpy module is not here: {error}", file=sys.stderr)
        return 2
    root = mount("dubline")
    root.register()
    try:
        return import_module("dubline.blender_addon.batch").main(sys.argv[1:])
    finally:
        root.unregister()


if __name__ == "__main__":
    code = main()
    with contextlib.suppress(OSError):  # whoever listened may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    # bpy up to 4.5 crashes or hangs when the interpreter takes it down
    os._exit(code)
