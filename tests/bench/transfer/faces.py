"""Whether the right expression is read from a face over time, against what a person sees (faces.tsv)."""
from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.hear import face
from engine.script import Sense

from . import films
from .films import cv2

EXPECTED = Path(__file__).with_name("faces.tsv")
KINDS = {"cry": "real", "smile": "real", "portraits": "real", "drawn": "drawn"}
SIDES = (1.0, 0.5, 0.25)
"""Scales at which the film `cry` is seen again: how small a face may be."""


@dataclass(frozen=True)
class Seen:
    """What a person sees in a stretch of a film."""

    film: str
    start: float
    end: float
    label: str


def expected() -> tuple[Seen, ...]:
    """The rows of faces.tsv."""
    lines = [line for line in EXPECTED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(Seen(row["film"], float(row["from"]), float(row["to"]), row["label"]) for row in csv.DictReader(lines, delimiter="\t"))


def measured(progress: Callable[[str], None], sound: tuple[np.ndarray, int] | None = None) -> dict:
    """Figures of both kinds of film; `sound` is speech for the films that are made here, mono samples and Hz.

    `right` is the share of half seconds with the label of faces.tsv, of those in which a face was found; `seen` how many
    of all that is; `sign` the share whose valence has the expected one's sign. Raises what `films.made` raises.
    """
    with tempfile.TemporaryDirectory(prefix="dubline-faces-") as folder:
        progress("making films with faces")
        made = films.made(Path(folder), sound)
        rows, cost = [], {}
        for name, path in made.items():
            progress(f"reading the face in {name}")
            began = time.process_time()
            senses = face.seen(str(path))
            cost[name] = round((time.process_time() - began) / length(path), 2)
            rows += judged(name, senses)
        sizes = {}
        for scale in SIDES[1:]:
            progress(f"reading the face in cry at a scale of {scale}")
            small = Path(folder) / "small.mp4"
            films.write(small, shrunk(made["cry"], scale), None)
            sizes[str(scale)] = told(judged("cry", face.seen(str(small))))
    return {
        "kinds": {kind: told([row for row in rows if KINDS[row["film"]] == kind]) for kind in dict.fromkeys(KINDS.values())},
        "films": {name: told([row for row in rows if row["film"] == name]) for name in KINDS},
        "labels": {label: told([row for row in rows if row["label"] == label]) for label in dict.fromkeys(row["label"] for row in rows)},
        "cry_smaller": sizes,
        "cpu_seconds_per_second": cost,
        "rows": rows,
    }  # fmt: skip


def judged(film: str, senses: tuple[Sense, ...]) -> list[dict]:
    """One row for each half second that lies within a stretch of faces.tsv."""
    rows = []
    for seen in (seen for seen in expected() if seen.film == film):
        for number in np.arange(np.ceil(seen.start / face.WINDOW), np.floor(seen.end / face.WINDOW + 1e-6)):
            start = float(number * face.WINDOW)
            found = next((sense for sense in senses if abs(sense.start - start) < 1e-6), None)
            rows.append({"film": film, "start": start, "label": seen.label, "read": face.label(found) if found else None, "valence": found.valence if found else None, "certainty": found.certainty if found else 0.0})
    return rows


def told(rows: list[dict]) -> dict:
    """The figures of some rows."""
    found = [row for row in rows if row["read"] is not None]
    right = [row for row in found if row["read"] == row["label"]]
    signed = [row for row in found if face.AFFECT[row["label"]][1]]
    mean = {name: round(float(np.mean([row["certainty"] for row in some])), 3) if some else None for name, some in (("right", right), ("wrong", [row for row in found if row not in right]))}
    return {
        "windows": len(rows),
        "seen": round(len(found) / len(rows), 3),
        "right": round(len(right) / len(found), 3) if found else None,
        "sign": round(float(np.mean([row["valence"] * face.AFFECT[row["label"]][1] > 0 for row in signed])), 3) if signed else None,
        "certainty": mean,
    }


def length(path: Path) -> float:
    """Seconds of a film."""
    film = cv2.VideoCapture(str(path))
    return film.get(cv2.CAP_PROP_FRAME_COUNT) / film.get(cv2.CAP_PROP_FPS)


def shrunk(path: Path, scale: float):
    """The film's pictures at another size, set in the middle of the frame."""
    film = cv2.VideoCapture(str(path))
    columns, rows = films.SIZE
    while True:
        read, shown = film.read()
        if not read:
            return
        small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = small.shape[:2]
        top, left = (rows - height) // 2, (columns - width) // 2
        yield cv2.copyMakeBorder(small, top, rows - height - top, left, columns - width - left, cv2.BORDER_CONSTANT)
