"""Whose performances are carried over: real labelled clips of five Polish men and one German, a public-domain address, and the lines."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from engine.train import acted

VOICES = ("af_heart", "bf_emma", "am_michael", "bm_george")

LINES = (
    "You told me that night, and nobody believed you.",
    "The storm is coming, and we are not ready for it.",
    "Every morning he counted the boats, twice or more.",
    "I opened the letter slowly, and read it again.",
)
"""Each with one comma, so that there is a pause to be longer or shorter."""

WORDS, PAUSE = 4, (0.14, 0.3)
"""Polish words said in a row, and seconds of the pauses between them, two lengths in turn."""

SPEECH = Path(__file__).parents[3] / "demo" / "data" / "kennedy_inaugural_1961.flac"


@dataclass(frozen=True)
class Source:
    """One performance as a file."""

    name: str
    label: str
    path: str
    plain: str
    """The same man in his usual manner; empty where there is none."""


def written(folder: Path) -> list[Source]:
    """All of them, as files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number, (man, label) in enumerate(sorted({(clip.man, clip.label) for clip in acted.words()})):
        own = [clip for clip in acted.words() if (clip.man, clip.label) == (man, label)]
        # every fifth word, and other ones for the plain manner: no recording is compared with itself
        found.append((f"polish-{man}-{label}", label, _row(own[0::7][:WORDS], PAUSE[number % 2]), own[0].rate, f"plain-{man}"))
        if label == "neutral":
            found.append((f"plain-{man}", "", _row(own[3::7][:WORDS], PAUSE[0]), own[0].rate, ""))
    for clip in acted.berlin():
        found.append((f"berlin-{clip.label}", clip.label, clip.samples, clip.rate, "berlin-neutral"))
    for name, _label, samples, rate, _plain in found:
        soundfile.write(folder / f"{name}.wav", samples, rate)

    def path(name: str) -> str:
        return str(folder / f"{name}.wav") if name else ""

    rows = [Source(name, label, path(name), path(plain)) for name, label, _s, _r, plain in found if label]
    return [*rows, Source("address", "address", str(SPEECH), "")]


def _row(clips, pause: float) -> np.ndarray:
    gap = np.zeros(round(pause * clips[0].rate), np.float32)
    return np.concatenate([part for clip in clips for part in (clip.samples, gap)][:-1])
