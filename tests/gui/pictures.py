"""The guide's pictures, cut out of what the session left: `python -m tests.gui.pictures` after `build.py gui` renews docs/images."""
from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from .roots import Root
from .screen import GREYS, SIZE, Box, where, words

HOME = Path(__file__).parents[2]

COLOURS = 128
"""Blender's own greys and a few colours of strips are no more, but for the edges of letters."""

WHOLE = Box(0, 0, *SIZE)
PANELS = Box(1107, 45, 464, 935)
"""The sidebar, as wide as the session draws it."""

MARGIN = 14

PICTURES = {
    "gui-model": ("4.3", "offers_missing_model", Box(836, 56, 454, 394)),
    "gui-first-line": ("5.2", "first_line", WHOLE),
    "gui-takes": ("5.2", "switches_takes", ("Takes", "Clean takes")),
    "gui-import": ("5.2", "imports_subtitles", WHOLE),
    "gui-scene": ("5.2", "casts", WHOLE),
    "gui-cast": ("5.2", "recasts", ("Cast", "Dub changed lines")),
    "gui-emotion": ("5.2", "gives_feeling", ("Emotion", "Take over the performance")),
    "gui-changed": ("5.2", "marks_changed", WHOLE),
    "gui-background": ("5.2", "keeps_background", WHOLE),
    "gui-menu": ("5.2", "shows_menu", Box(220, 400, 740, 600)),
}
"""Name in docs/images -> Blender, step, and a part of the screen: a box, or the panels from one text to another."""


def main() -> int:
    """Writes every picture whose step was done; 1 when one was not."""
    missing = []
    for name, (blender, step, part) in PICTURES.items():
        out, root = HOME / "out" / "gui" / blender, Root(blender)
        done = json.loads((out / "steps.json").read_text(encoding="utf-8"))
        taken = next((one["picture"] for one in done if one["step"] == step and one["whole"]), None)
        if taken is not None:
            shutil.copyfile(out / taken, root.folder / "tmp" / "whole.png")
            part = part if isinstance(part, Box) else between(root, "/tmp/whole.png", *part)
        if taken is None or part is None:
            missing.append(f"{name}: {step} was not done in {blender}" if taken is None else f"{name}: {step}'s picture in {blender} does not show it")
            continue
        root.run("convert", "/tmp/whole.png", "-crop", part.crop, "+repage", "-strip", "+dither", "-colors", COLOURS, "-define", "png:compression-level=9", "PNG8:/tmp/small.png")
        shutil.copyfile(root.folder / "tmp" / "small.png", HOME / "docs" / "images" / f"{name}.png")
    if missing:
        print(*missing, sep="\n", file=sys.stderr)
    return int(bool(missing))


def between(root: Root, picture: str, first: str, last: str) -> Box | None:
    """The part of the panels from one text to another, with both; None when they cannot be read there."""
    for grey in GREYS:
        read = words(root, picture, PANELS, grey=grey)
        top, bottom = where(first, read), where(last, read, below=first)
        if top is not None and bottom is not None:
            return Box(PANELS.x, top.y - MARGIN, PANELS.width, bottom.y + bottom.height - top.y + 2 * MARGIN)
    return None


if __name__ == "__main__":
    sys.exit(main())
