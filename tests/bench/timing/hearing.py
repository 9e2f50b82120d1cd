"""What the recogniser understands: lines of one voice are heard page by page, since it listens to half a minute at a time."""
from __future__ import annotations

from difflib import SequenceMatcher
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
    words = recogniser().hear(sound, RATE, language)
    error, parts = differences(said, text(words, language), language)
    units = normal(said, language).split()
    return {
        "language": language, "variant": variant, "ratio": ratio, "units": len(units), "errors": round(error * len(units)),
        "differences": [f"{part.said} > {part.heard}" for part in parts if part.kind != "equal"],
        "word_starts_ms": lateness(_told(page, folder, ratio), [(word.text, word.start) for word in words]) if variant == "ours" else [],
    }  # fmt: skip


def _told(page: list[dict], folder: str, ratio: float) -> list[tuple[str, float]]:
    """The page's words and when the sidecars have them begin, in seconds from the page's start."""
    found, at = [], 0.0
    for row in page:
        found += [(text, at + start) for text, start in row["ratios"][str(ratio)]["words"]]
        at += len(np.load(clip(folder, row["line"], "ours", ratio), mmap_mode="r")) / RATE + BETWEEN
    return found


def lateness(told: list[tuple[str, float]], heard: list[tuple[str, float]]) -> list[float]:
    """Milliseconds by which words are told to begin after the recogniser has them begin, where both begin with the same sign."""
    one, other = ([(sign, start if first else None) for text, start in words for first, sign in _signs(text)] for words in (told, heard))
    blocks = SequenceMatcher(None, [sign for sign, _start in one], [sign for sign, _start in other], autojunk=False).get_matching_blocks()
    pairs = ((one[block.a + i][1], other[block.b + i][1]) for block in blocks for i in range(block.size))
    return [round((mine - theirs) * 1000, 1) for mine, theirs in pairs if mine is not None and theirs is not None]


def _signs(text: str):
    """Its letters, and whether each is the first."""
    return ((number == 0, sign) for number, sign in enumerate(sign for sign in text.casefold() if sign.isalnum()))


@cache
def recogniser() -> Recogniser:
    return Recogniser(models.folder(), 1)
