"""What every panel draws: a sentence over several labels, and a small picture of a point of the emotion space."""
from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache

import blf
import bpy

from ..engine.emotion import BOTH_WAYS
from .translation import iface_, sentence

MARK = "[，。；：！？、）】」』”’]"
"""Never begins a line."""

BESIDE = 76
"""Of a sidebar's width what no text has, at a scale of 1: its tabs, the edges of panel and box, and a label's own margin."""

ICON = 20
"""What an icon takes of it."""

USUAL, LEAST = 340, 60
"""Width of a region that is no sidebar, such as a dialog, and the least of a line."""

WIDE = "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
"""Signs that stand without spaces between them."""


def bars(layout, values: dict[str, float]):
    """A bar for each value that is not zero."""
    column = layout.column(align=True)
    column.scale_y = 0.7
    for name, value in values.items():
        # one that goes both ways stands in the middle at zero
        column.progress(factor=(value + 1) / 2 if name in BOTH_WAYS else value, text=f"{iface_(name)} {value:+.2f}" if name in BOTH_WAYS else f"{iface_(name)} {value:.2f}")


def say(layout, text: str, icon: str = "NONE", width: float = 0.0):
    """A sentence over several labels, as wide as the region allows, in the language of the interface: Blender's do not wrap.

    width: of the dialog that it is said in, as Blender was told it.
    """
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line in _wrapped(sentence(text), *space(bpy.context, icon != "NONE", width)):
        column.label(text=line, icon=icon, translate=False)
        icon = "BLANK1" if icon != "NONE" else "NONE"


def space(context, icon: bool, dialog: float = 0.0) -> tuple[float, float]:
    """Pixels that a line of text has in the sidebar that is being drawn, or in a dialog of this width, and the size of its letters."""
    preferences = context.preferences
    scale = preferences.system.ui_scale or 1.0  # Blender without a window has none
    region = context.region
    width = region.width if region is not None and region.type == "UI" and not dialog else (dialog or USUAL) * scale
    return max(LEAST * scale, width - (BESIDE + ICON * icon) * scale), preferences.ui_styles[0].widget.points * scale


@lru_cache(maxsize=500)  # a panel draws the same few again and again
def _wrapped(text: str, width: float, size: float) -> list[str]:
    def measure(some: str) -> float:
        blf.size(0, size)  # of the interface's own font
        return blf.dimensions(0, some)[0]

    return lines(text, width, measure)


def lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The text in lines narrower than `width`, as `measure` has it; Chinese, which has no spaces, breaks anywhere but before a mark.

    A word that is too long for a line, such as a path, is broken anywhere.
    """
    found, line = [], ""
    for piece in re.findall(f" *(?:{WIDE}{MARK}*|(?:(?!{WIDE})[^ ])+{MARK}*)", text):
        if line and measure(line + piece) >= width:
            found.append(line)
            line, piece = "", piece.lstrip()
        while not line and measure(piece) >= width and (fits := max(1, _fitting(piece, width, measure))) < len(piece):
            found.append(piece[:fits])
            piece = piece[fits:]
        line += piece
    return [*found, line]


def _fitting(word: str, width: float, measure: Callable[[str], float]) -> int:
    """Letters of the word that a line holds."""
    return bisect_left(range(len(word)), width, key=lambda count: measure(word[: count + 1]))
