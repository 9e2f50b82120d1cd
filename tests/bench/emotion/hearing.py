"""What the recogniser understands of a voice in a mood: its lines one after the other, as it likes to listen."""
from __future__ import annotations

import numpy as np

from engine.hear.words import differences, normal, text

from ..timing.hearing import BETWEEN, recogniser
from ..timing.instruments import RATE
from .measuring import ear
from .script import LINES, Said


def heard(page: list[Said], folder: str) -> dict:
    """Errors and words of one page."""
    pause = np.zeros(round(BETWEEN * RATE), np.float32)
    whole = np.concatenate([part for said in page for part in (ear(said, folder), pause)])
    written = " ".join(LINES[said.line] for said in page)
    error, parts = differences(written, text(recogniser().hear(whole, RATE, "en"), "en"), "en")
    words = normal(written, "en").split()
    return {
        "voice": page[0].voice, "mood": page[0].mood, "words": len(words), "errors": round(error * len(words)),
        "differences": [f"{part.said} > {part.heard}" for part in parts if part.kind != "equal"],
    }  # fmt: skip
