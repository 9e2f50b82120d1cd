"""How every stock voice speaks by itself: its F0, the spread of that, and its rate; and whose way is nearest to a person's."""
from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from ..script import Prosody

TABLE = Path(__file__).with_name("habits.json")
"""Measured by Praat on two lines of each; made by `engine.train.voice`."""


@cache
def habits() -> dict[str, Prosody]:
    """Stock voice -> F0 in Hz, spread in semitones, rate in syllables a second; the rest is not told."""
    return {name: Prosody(**row) for name, row in json.loads(TABLE.read_text(encoding="utf-8")).items()}


def nearest(candidates: Iterable[str], f0: float) -> str:
    """Of these stock voices the one that speaks as high as F0 in Hz: a woman's melody fits no man."""
    return min(sorted(candidates), key=lambda name: abs(np.log(habits()[name].f0 / f0)))


def write(table: dict[str, dict[str, float]]) -> None:
    """A row a voice, as people read it."""
    rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items())
    TABLE.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")
