"""What every panel draws: a sentence over several labels, and a small picture of a point of the emotion space."""
from __future__ import annotations

from ..engine.emotion import BOTH_WAYS


def bars(layout, values: dict[str, float]):
    """A bar for each value that is not zero."""
    column = layout.column(align=True)
    column.scale_y = 0.7
    for name, value in values.items():
        # one that goes both ways stands in the middle at zero
        column.progress(factor=(value + 1) / 2 if name in BOTH_WAYS else value, text=f"{name} {value:+.2f}" if name in BOTH_WAYS else f"{name} {value:.2f}")


def say(layout, text: str, icon: str = "NONE", width: int = 46):
    """A sentence over several labels: Blender's do not wrap."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    line = ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            column.label(text=line, icon=icon)
            line, icon = "", "BLANK1" if icon != "NONE" else "NONE"
        line = f"{line} {word}".strip()
    column.label(text=line, icon=icon)
