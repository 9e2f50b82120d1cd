"""What the recogniser understands: lines of one voice are heard page by page, since it listens to half a minute at a time."""
from __future__ import annotations

from functools import cache

import numpy as np

from engine import models
from engine.hear.words import Recogniser, differences, normal, text

from .instruments import RATE
from .measuring import clip

PAGE = 27.0
"""Seconds of one page at most, the pauses between its lines included, when all is a quarter longer."""

BETWEEN = 0.6
"""Seconds of silence between two lines."""


def pages(rows: list[dict]) -> list[list[dict]]:
    """The rows of `measuring.line` as pages of one voice each."""
    found: list[list[dict]] = []
    filled = 0.0
    for row in sorted(rows, key=lambda row: (row["language"], row["voice"], row["line"])):
        seconds = row["natural"] * 1.25 + BETWEEN
        if not found or found[-1][0]["voice"] != row["voice"] or filled + seconds > PAGE:
            found.append([])
            filled = 0.0
        found[-1].append(row)
        filled += seconds
    return found


def heard(asked: tuple[list[dict], str, float], folder: str) -> dict:
    """Errors and units of one page as this variant speaks it at this ratio; a unit is an English word or a Chinese character."""
    page, variant, ratio = asked
    pause = np.zeros(round(BETWEEN * RATE), np.float32)
    sound = np.concatenate([part for row in page for part in (np.load(clip(folder, row["line"], variant, ratio)), pause)])
    language = page[0]["language"]
    said = " ".join(row["text"] for row in page)
    found = text(_recogniser().hear(sound, RATE, language), language)
    error, parts = differences(said, found, language)
    units = normal(said, language).split()
    return {
        "language": language, "variant": variant, "ratio": ratio, "units": len(units), "errors": round(error * len(units)),
        "differences": [f"{part.said} > {part.heard}" for part in parts if part.kind != "equal"],
    }  # fmt: skip


@cache
def _recogniser() -> Recogniser:
    return Recogniser(models.folder(), 1)
