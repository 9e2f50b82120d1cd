"""Sounds that are no speech but go through all of the training in seconds: hummed tones, each mood with a pitch movement of its own."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from .corpus import NAMES, PLANE, Example, versions
from .spoken import HELD_OUT, RATE

SECONDS = 1.0


def clips() -> tuple[list[Example], list[Example]]:
    """Examples of four voices, one of them for validation and one held out, and of two men."""
    ours = [_example(voice, number, name, kind, held) for number, (voice, held) in enumerate((("af_nova", False), ("am_echo", False), ("af_sky", False), (HELD_OUT[0], True))) for name in NAMES for kind in (("neutral",) * 2 if name == "neutral" else ("strong", "mild"))]
    among = np.array([name in ("angry", "afraid", "neutral") for name in NAMES], np.float32)
    men = [replace(_example(man, 5 + number, name, kind, False), kind=kind, language="pl", among=among, known=among[:8]) for number, man in enumerate(("m1", "m2")) for name in ("angry", "afraid", "neutral") for kind in ("word", "row")]
    return ours, men


def _example(speaker: str, number: int, name: str, kind: str, held_out: bool) -> Example:
    place = NAMES.index(name)
    strength = {"strong": 0.9, "mild": 0.45}.get(kind, 0.8) * (name != "neutral")
    time = np.arange(round(SECONDS * RATE)) / RATE
    hertz = 110 * 1.1**number * 2 ** (strength * np.sin(2 * np.pi * (1 + place) * time / SECONDS) / 4)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    sound = sum(np.sin(order * phase) / order for order in range(1, 12)) * np.hanning(len(time))
    strengths = strength * np.eye(9, dtype=np.float32)[place, :8]
    plane = strength * np.array(PLANE.get(name, (0.0, 0.0)), np.float32)
    return Example(speaker, name, kind, "en", held_out, strengths, np.ones(8, np.float32), plane.astype(np.float32), np.eye(9, dtype=np.float32)[place], np.ones(9, np.float32), versions(sound.astype(np.float32), RATE, 1, [9, number, place]))
