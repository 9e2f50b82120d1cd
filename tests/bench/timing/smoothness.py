"""How natural speech sounds by how alike neighbouring phones are stretched; a third of the lines, at the hardest ratios."""
from __future__ import annotations

import math
import statistics

from . import instruments, script
from .making import at_ratio, sound
from .script import Said

VALUES = (0.0, 0.25, 0.5)
RATIOS = (0.75, 1.25)


def lines(count: int | None = None) -> list[Said]:
    """Every third line of either language."""
    return script.lines(count, count)[::3]


def line(said: Said, folder: str) -> dict:
    """DistillMOS by value and ratio."""
    row = {"line": said.number}
    for ratio in RATIOS:
        for value in VALUES:
            mono, rate = sound(at_ratio(said, ratio, folder, smoothness=value))
            row[f"{value} at {ratio}"] = instruments.natural([instruments.listened(mono, rate)])[0]
    return row


def figures(rows: list[dict]) -> dict:
    """Means, and by how much each value differs from none with the error of that difference."""
    found = {"lines": len(rows)}
    for ratio in RATIOS:
        for value in VALUES:
            key = f"{value} at {ratio}"
            against = [row[key] - row[f"{VALUES[0]} at {ratio}"] for row in rows]
            error = statistics.stdev(against) / math.sqrt(len(rows)) if len(rows) > 1 else 0.0
            found[key] = {"mos": round(statistics.mean(row[key] for row in rows), 3), "more": round(statistics.mean(against), 3), "error": round(error, 3)}
    return found
