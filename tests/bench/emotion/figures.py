"""What many clips together say: wanted and delivered on every axis, the order of intensities, words, quality and voice."""
from __future__ import annotations

import statistics
from collections.abc import Iterable

import numpy as np

from engine.emotion import EIGHT
from engine.prosody import LITERATURE

from .measuring import AXES
from .script import INTENSITY, SETTINGS, STEPS, VOICES, sex

FACTORS = ("f0_range", "loudness_range", "rate", "pauses")
"""Axes whose change is a factor; of the others it is a difference."""

NOTICED = {"f0_level": 0.5, "f0_range": 1.1, "loudness_range": 1.1, "rate": 1.05, "pauses": 1.15, "tilt": 0.5}
"""Wanted changes below these have no direction to be right about: a tenth of a tone's steps and 5 % of tempo are about what
is just noticed in running speech ('t Hart, J. Acoust. Soc. Am. 69, 1981; Quené, J. Acoust. Soc. Am. 123, 2008)."""

PAUSING = 0.1
"""Seconds of pauses that a line's neutral reading must have: a pause that is not made cannot be made shorter."""


def axes(rows: list[dict]) -> dict:
    """Emotion -> axis -> wanted and delivered change, and the share of lines in which its direction is right."""
    plain = {(row["voice"], row["line"]): row["axes"] for row in rows if row["mood"] == "neutral"}
    found: dict = {}
    for mood in EIGHT:
        some = [row for row in rows if row["mood"] == mood and row["intensity"] == INTENSITY]
        found[mood] = {}
        for axis in AXES:
            changes = [change(row, plain, axis) for row in some if axis != "pauses" or pausing(plain[row["voice"], row["line"]])]
            aim = wanted(mood, axis, INTENSITY)
            told = {"wanted": round(natural(axis, aim), 3), "delivered": round(natural(axis, statistics.median(changes)), 3), "lines": len(changes)}
            if noticed(axis, aim):
                told["right"] = round(sum(value * aim > 0 for value in changes) / len(changes), 4)
            found[mood][axis] = told
    signed = [part["right"] * part["lines"] for mood in found.values() for part in mood.values() if "right" in part]
    count = sum(part["lines"] for mood in found.values() for part in mood.values() if "right" in part)
    cells = [part["right"] for mood in found.values() for part in mood.values() if "right" in part]
    return {"moods": found, "right": round(sum(signed) / count, 4), "lines": count, "cells": len(cells), "cells_right": sum(cell >= 0.95 for cell in cells)}


def change(row: dict, plain: dict, axis: str) -> float:
    """Against the same line spoken neutrally: a difference, or the logarithm of a factor."""
    now, before = row["axes"][axis], plain[row["voice"], row["line"]][axis]
    return float(np.log(max(now, 1e-3) / max(before, 1e-3))) if axis in FACTORS else now - before


def pausing(plain: dict) -> bool:
    """Whether the neutral reading makes pauses."""
    return plain["pauses"] >= PAUSING


def wanted(mood: str, axis: str, intensity: float) -> float:
    """The table's change at this intensity, as `change` gives it; 0 where it says nothing."""
    value = LITERATURE[mood].get(axis)
    return 0.0 if value is None else intensity * (float(np.log(value)) if axis in FACTORS else value)


def natural(axis: str, value: float) -> float:
    """A change as a person reads it: a factor is a factor."""
    return float(np.exp(value)) if axis in FACTORS else value


def noticed(axis: str, aim: float) -> bool:
    """Whether a wanted change is large enough to have a direction."""
    return abs(aim) >= (np.log(NOTICED[axis]) if axis in FACTORS else NOTICED[axis])


def steps(rows: list[dict]) -> dict:
    """Share of lines in which each axis that is to move does so in the order of the intensities."""
    plain = {(row["voice"], row["line"]): row["axes"] for row in rows if row["mood"] == "neutral"}
    by = {(row["voice"], row["line"], row["mood"], row["intensity"]): row for row in rows}
    asked = sorted({key[:3] for key in by if key[3] == STEPS[0]})
    found: dict = {axis: [0, 0] for axis in AXES}
    for voice, line, mood in asked:
        for axis in AXES:
            aim = wanted(mood, axis, INTENSITY)
            if not noticed(axis, aim) or axis == "pauses" and not pausing(plain[voice, line]):
                continue
            values = [change(by[voice, line, mood, intensity], plain, axis) * np.sign(aim) for intensity in (*STEPS, INTENSITY)]
            found[axis][0] += all(a < b for a, b in zip(values, values[1:], strict=False))
            found[axis][1] += 1
    told = {axis: round(right / count, 4) if count else None for axis, (right, count) in found.items()}
    right, count = (sum(pair[n] for pair in found.values()) for n in (0, 1))
    return told | {"all": round(right / count, 4) if count else None, "count": count}


def quality(rows: list[dict]) -> dict:
    """DistillMOS of every mood, altogether and by voice, and by how much it is under neutral."""
    some = [row for row in rows if row["intensity"] == INTENSITY]
    moods = ("neutral", *EIGHT, *SETTINGS)

    def of(voices) -> dict:
        return {mood: mean(row["mos"] for row in some if row["mood"] == mood and row["voice"] in voices) for mood in moods}

    names = sorted({row["voice"] for row in some})
    found = of(names)
    fall = {mood: round(found["neutral"] - found[mood], 3) for mood in moods[1:]}
    return {"mos": found, "fall": fall, "worst_fall": max(fall[mood] for mood in EIGHT), "voices": {name: of([name]) for name in names}}


def words(pages: list[dict]) -> dict:
    """Per cent of words misheard in every mood, and by how many points more than in neutral."""
    moods = list(dict.fromkeys(page["mood"] for page in pages))
    error = {mood: 100 * sum(p["errors"] for p in pages if p["mood"] == mood) / sum(p["words"] for p in pages if p["mood"] == mood) for mood in moods}
    more = {mood: round(error[mood] - error["neutral"], 2) for mood in moods if mood != "neutral"}
    return {
        "error": {mood: round(value, 2) for mood, value in error.items()},
        "more": more,
        "worst_of_eight": max(more[mood] for mood in EIGHT),
        "worst_of_settings": max(more[mood] for mood in SETTINGS),
        "differences": {mood: [d for p in pages if p["mood"] == mood for d in p["differences"]] for mood in moods},
    }  # fmt: skip


def voice(ears: dict, strangers: dict) -> dict:
    """How like its own neutral speech an emotional voice is, and whether any other of that sex is liker.

    ears: (voice, line, mood) -> unit vector; strangers: voice -> the vector of its neutral line.
    """
    names = sorted({name for name, _line, _mood in ears})
    plain = {name: [vector for (speaker, _line, mood), vector in ears.items() if speaker == name and mood == "neutral"] for name in names}
    own = {name: unit(np.mean(vectors, axis=0)) for name, vectors in plain.items()}
    known = {**strangers, **own}
    rows = [
        {
            "voice": name, "mood": mood, "alike": float(vector @ ears[name, line, "neutral"]),
            "first": float(vector @ own[name]) > max(float(vector @ known[other]) for other in known if other != name and sex(other) == sex(name)),
        }
        for (name, line, mood), vector in ears.items() if mood in EIGHT
    ]  # fmt: skip
    found = {mood: _alike([row for row in rows if row["mood"] == mood]) for mood in EIGHT}
    pairs = [float(a @ b) for vectors in plain.values() for number, a in enumerate(vectors) for b in vectors[:number]]
    return {
        "moods": found,
        **_alike(rows),
        "two_neutral_lines": mean(pairs),
        "voices": {name: _alike([row for row in rows if row["voice"] == name]) for name in names},
    }


def _alike(rows: list[dict]) -> dict:
    alike = [row["alike"] for row in rows]
    return {"alike": mean(alike), "least": round(min(alike), 3), "first": round(statistics.mean(row["first"] for row in rows), 4)}


def taken(told: list[tuple[str, str, float]], labels: tuple[str, ...]) -> dict:
    """told: mood, the judge's label and how angry it sounded. Confusion of all moods, and how well the judge's own are told apart."""
    moods = list(dict.fromkeys(mood for mood, _label, _anger in told))
    confusion = {mood: {label: sum((m, found) == (mood, label) for m, found, _ in told) for label in labels} for mood in moods}
    known = [(mood, label) for mood, label, _anger in told if mood in labels]
    anger = {mood: np.array([value for m, _label, value in told if m == mood]) for mood in moods}
    return {
        "labels": list(labels),
        "confusion": confusion,
        "accuracy": round(sum(mood == label for mood, label in known) / len(known), 4),
        "angrier": {mood: round(float(np.mean(anger["angry"][:, None] > values)), 3) for mood, values in anger.items() if mood != "angry"},
    }  # fmt: skip


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def mean(values: Iterable[float]) -> float | None:
    values = list(values)
    return round(statistics.mean(values), 3) if values else None


def voices() -> list[str]:
    """All voices of the bench."""
    return [voice for group in VOICES.values() for voice in group]
