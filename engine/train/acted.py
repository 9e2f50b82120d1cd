"""Real acted speech that a package carries under a free licence: five men who say single words angrily, fearfully and plainly.

150 clips each of anger, fear and neutral in Polish: K. Mięsikowska and D. Świsulski, "Emotions in Polish speech recordings",
Gdańsk University of Technology, 2020, doi 10.34808/h46c-hb44, CC BY. No package carries any of sadness, joy or disgust in
usable number.
"""
from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache

import numpy as np

from .pinned import package

SPEECH = ("nkululeko==1.14.1", "a1eb6d5c5047cda99561d1f872a5f841b3e77bccc19d754b32437cbd3f2208d2", "nkululeko-1.14.1/data/polish/polish_speech_emotions.zip")
"""The package, its SHA-256, and the clips' place in it."""

OTHERS = "nkululeko-1.14.1/data/test/audio/"
"""Seven clips of one man, of the Berlin database; the package names no licence for them, so they only measure."""

LABELS = {"a": "angry", "n": "neutral", "s": "afraid"}
"""Letters in the clips' names: m1.a_nie_2.wav is the first man, aggression, the word "nie", its second time."""

BERLIN = {"W": "angry", "N": "neutral", "A": "afraid", "F": "happy", "T": "sad", "L": "bored", "E": "disgusted"}
"""The sixth sign of the Berlin database's names (Burkhardt et al., "A database of German emotional speech", Interspeech 2005)."""

LENGTHS = (2, 4)
"""Words in a row."""

PAUSE = (0.05, 0.2)
"""Seconds between words that are said in a row."""


@dataclass(frozen=True)
class Acted:
    """One clip."""

    man: str
    label: str
    samples: np.ndarray
    """Mono float32."""
    rate: int
    """Hz."""


@cache
def words() -> tuple[Acted, ...]:
    """Every Polish clip, in the order of its name. Fetches the package if it is not here; raises what `package` raises."""
    found = []
    with tarfile.open(package(*SPEECH[:2])) as tape, zipfile.ZipFile(io.BytesIO(tape.extractfile(SPEECH[2]).read())) as clips:
        for name in sorted(name for name in clips.namelist() if name.endswith(".wav")):
            man, _, rest = name.rpartition("/")[2].partition(".")
            found.append(Acted(man, LABELS[rest[0]], *_read(clips.read(name))))
    return tuple(found)


@cache
def berlin() -> tuple[Acted, ...]:
    """The seven German sentences of one man."""
    with tarfile.open(package(*SPEECH[:2])) as tape:
        names = sorted(name for name in tape.getnames() if name.startswith(f"{OTHERS}03") and name.endswith(".wav"))
        return tuple(Acted("berlin-03", BERLIN[name[-6]], *_read(tape.extractfile(name).read())) for name in names)


def in_rows(clips: tuple[Acted, ...], seed: int) -> tuple[Acted, ...]:
    """All words of every man and label, put in an order by chance and said LENGTHS at a time, as long as a line; each once."""
    draw = np.random.default_rng(seed)
    found = []
    for man, label in sorted({(clip.man, clip.label) for clip in clips}):
        own = [clip for clip in clips if (clip.man, clip.label) == (man, label)]
        left = draw.permutation(len(own)).tolist()
        while len(left) >= LENGTHS[0]:
            parts = []
            for number in left[: int(draw.integers(LENGTHS[0], LENGTHS[1] + 1))]:
                parts += [own[left.pop(0)].samples, np.zeros(round(draw.uniform(*PAUSE) * own[number].rate), np.float32)]
            found.append(Acted(man, label, np.concatenate(parts[:-1]), own[0].rate))
    return tuple(found)


def _read(content: bytes) -> tuple[np.ndarray, int]:
    import soundfile

    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    return samples.mean(axis=1), rate
