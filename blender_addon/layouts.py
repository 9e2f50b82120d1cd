"""What every panel draws: a sentence over several labels, and a small picture of a point of the emotion space."""
from __future__ import annotations

import re
from unicodedata import east_asian_width

from ..engine.emotion import BOTH_WAYS
from .translation import iface_, sentence

MARK = "[，。；：！？、）】」』”’]"
"""Never begins a line."""

WIDE = "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
"""Signs that stand without spaces between them."""


def bars(layout, values: dict[str, float]):
    """A bar for each value that is not zero."""
    column = layout.column(align=True)
    column.scale_y = 0.7
    for name, value in values.items():
        # one that goes both ways stands in the middle at zero
        column.progress(factor=(value + 1) / 2 if name in BOTH_WAYS else value, text=f"{iface_(name)} {value:+.2f}" if name in BOTH_WAYS else f"{iface_(name)} {value:.2f}")


def say(layout, text: str, icon: str = "NONE", width: int = 46):
    """A sentence over several labels, in the language of the interface: Blender's do not wrap."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line in lines(sentence(text), width):
        column.label(text=line, icon=icon, translate=False)
        icon = "BLANK1" if icon != "NONE" else "NONE"


def lines(text: str, width: int) -> list[str]:
    """The text in lines of at most so many Latin letters; Chinese, which has no spaces, breaks anywhere but before a mark."""
    found, line = [], ""
    for piece in re.findall(f" *(?:{WIDE}{MARK}*|(?:(?!{WIDE})[^ ])+{MARK}*)", text):
        if line and _width(line) + _width(piece.strip()) >= width:
            found.append(line)
            line, piece = "", piece.lstrip()
        line += piece
    return [*found, line]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
