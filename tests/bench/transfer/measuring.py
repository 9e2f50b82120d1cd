"""One performance in one voice: what was wanted of each axis, what came, how the phrases run, whether voice, words and quality stay."""
from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from engine import models
from engine.follow import alike
from engine.hear.activity import stretches
from engine.hear.prosody import measured, performed
from engine.hear.recording import read
from engine.hear.speaker import Likeness
from engine.hear.words import differences, normal, text
from engine.script import Feeling, Prosody, Recording, Stretch, Take, Wish

from ..timing.hearing import BETWEEN, recogniser
from ..timing.instruments import RATE, listened, natural
from ..timing.making import engine, made, sound
from .sources import LINES, Source

SECONDS = (3.7371, 4.2011, 3.3337)
"""Of slots, none of them a whole number of samples."""

RATIOS = ("spread", "dynamics", "rate")
"""Axes that are compared as the logarithm of a factor; `level` is in semitones, `pauses` a share of the time."""

AXES = ("level", *RATIOS, "pauses")


@dataclass(frozen=True)
class Pair:
    """Who performs, who speaks, what, and how closely it is followed."""

    source: Source
    voice: str
    line: int
    performance: float = 0.0
    slot: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.source.name}-{self.voice}-{self.line}-{self.performance:g}"


def plain(asked: tuple[str, int], folder: str) -> dict:
    """A voice's own manner of a line."""
    voice, line = asked
    take = made(LINES[line], voice, folder, Wish("free"))
    samples, rate = sound(take)
    np.save(ear(f"plain-{voice}-{line}", folder), listened(samples, rate))
    return {"voice": voice, "line": line, "prosody": _of(samples, rate), "mos": _mos(f"plain-{voice}-{line}", folder)}


def pair(asked: Pair, folder: str) -> dict:
    """Speaks it; its sound at RATE is kept for the ears that come later."""
    take = made(LINES[asked.line], asked.voice, folder, wish(asked), asked.slot)
    samples, rate = sound(take)
    np.save(ear(asked.name, folder), listened(samples, rate))
    return {
        "name": asked.name, "source": asked.source.name, "label": asked.source.label, "voice": asked.voice, "line": asked.line, "performance": asked.performance,
        "samples_error": len(samples) - round(asked.slot * rate) if asked.slot else 0,
        "heard": take.plan.heard.prosody, "usual": take.plan.heard.usual, "prosody": _of(samples, rate), "phrases": _alike(asked.source, take, samples, rate),
        "mos": None if asked.slot else _mos(asked.name, folder),
    }  # fmt: skip


def wish(asked: Pair) -> Wish:
    source = asked.source
    feeling = Feeling(recording=Recording(source.path), plain=Recording(source.plain) if source.plain else None)
    return Wish("controlled" if asked.slot else "free", feelings=(feeling,), performance=asked.performance)


def ear(name: str, folder: str) -> Path:
    return Path(folder) / f"{name}.npy"


def change(row: dict, own: Prosody, axis: str) -> tuple[float, float]:
    """Wanted and delivered, both against the voice's own manner of the line; of the pitch against what is usual for each person."""
    heard, came = row["heard"], row["prosody"]
    if axis == "level":
        return heard.level, 12 * float(np.log2(came.f0 / own.f0))
    values = [getattr(one, axis) for one in (heard, came, own)]
    if axis in RATIOS:
        values = [float(np.log(max(value, 1e-3))) for value in values]
    return values[0] - values[2], values[1] - values[2]


def _of(samples: np.ndarray, rate: int) -> Prosody:
    return measured(samples, rate)


def _mos(name: str, folder: str) -> float:
    return natural([np.load(ear(name, folder))])[0]


def _alike(source: Source, take: Take, samples: np.ndarray, rate: int) -> list[float]:
    """Correlation of the melodies of each phrase and its partner; of the whole lines where nothing was followed."""
    theirs = take.plan.heard.phrases or _contours(source)
    ours = performed(samples, rate, tuple(Stretch(phrase.start, phrase.end) for phrase in take.speech.phrases))
    whole = Stretch(theirs[0].start, theirs[-1].end)
    return alike(theirs, ours, [phrase.follows or whole for phrase in take.speech.phrases]) if len(ours) == len(take.speech.phrases) else []


@cache
def _contours(source: Source):
    samples, rate = read(Recording(source.path, 0.0, 15.0))
    mono = samples.mean(axis=1)
    return performed(mono, rate, stretches(mono, rate))


def heard(page: tuple[str, str, list[tuple[str, int]]], folder: str) -> dict:
    """Errors and words of some takes of one voice, heard one after the other. page: voice, kind, (name, line) of each."""
    voice, kind, takes = page
    pause = np.zeros(round(BETWEEN * RATE), np.float32)
    whole = np.concatenate([part for name, _line in takes for part in (np.load(ear(name, folder)), pause)])
    written = " ".join(LINES[line] for _name, line in takes)
    error, parts = differences(written, text(recogniser().hear(whole, RATE, "en"), "en"), "en")
    words = len(normal(written, "en").split())
    return {"voice": voice, "kind": kind, "words": words, "errors": round(error * words), "differences": [f"{p.said} > {p.heard}" for p in parts if p.kind != "equal"]}


def speakers(names: list[str], paths: list[tuple[str, str]], folder: str) -> dict[str, np.ndarray]:
    """Embeddings of takes by name, and of sources by name and path."""
    likeness = Likeness(models.folder(), 1)
    found = {name: likeness.embedding(np.load(ear(name, folder)), RATE) for name in names}
    for name, path in paths:
        samples, rate = read(Recording(path, 0.0, 15.0))
        found[name] = likeness.embedding(samples.mean(axis=1), rate)
    return found


def attended(source: Source) -> dict:
    """What is heard of a source alone."""
    found = engine().attend(Feeling(recording=Recording(source.path), plain=Recording(source.plain) if source.plain else None))
    return {"source": source.name, "label": source.label, "told": found.heard.emotion, "arousal": found.whole.arousal if found.whole else None, "warnings": list(found.warnings)}


