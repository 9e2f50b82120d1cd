"""What the training hears: every clip clean and as rooms, telephones and codecs leave it, with the timbre that made it."""
from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ...emotion import EIGHT
from ...hear.feeling import mel, resampled
from ...hear.prosody import measured
from ...hear.speaker import Likeness
from ..emotion.altered import altered
from ..emotion.corpus import cut
from .people import Person
from .spoken import RATE, Clip, spoken

MOODS = (*EIGHT, "neutral")

VERSIONS = 2
"""Altered versions of a clip, beside the clip itself."""

REAL = 12
"""Clips of one real person at most."""

CODEC = 0.35
"""How often an altered clip also goes through a codec."""


@dataclass(frozen=True)
class Example:
    """One clip in all its versions."""

    voice: int
    """Number of the drawn voice; -1 for real people."""
    number: int
    timbre: np.ndarray = field(repr=False)
    """float32 [128]"""
    prior: np.ndarray
    """float32 [2]: ln of F0 in Hz, ln of syllables a second, as measured in the clean clip; NaN where not told."""
    mood: int
    """Index in MOODS."""
    language: str
    levels: tuple[np.ndarray, ...] = field(repr=False)
    """`mel` of each version, float16 [BANDS, frames]."""
    embeddings: np.ndarray = field(repr=False)
    """CAM++ of each version, float32 [versions, 192]."""
    name: str = ""
    """Of a real person."""


def examples(clips: list[Clip], data: Path, models: Path) -> list[Example]:
    """Of all clips that have been spoken; what was heard of them is kept in `data`/heard, so that it is heard once. Raises LineProblem."""
    import soundfile

    there, ear, found = spoken(data), _Ear(models), []
    for clip in tqdm([clip for clip in clips if clip.number in there], desc="listening", unit="clip"):
        def sound(path=there[clip.number]):
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            return samples[:, 0], rate

        heard = ear.heard(sound, data / "heard" / f"{clip.number}.npz", [3, clip.number])
        found.append(Example(clip.voice, clip.number, np.array(clip.timbre, np.float32), mood=MOODS.index(clip.mood), language=clip.language, **heard))
    return found


def real(people: Iterable[Person], data: Path, models: Path) -> list[Example]:
    """Of real people, REAL clips of each at most. Nobody knows their timbre in numbers. Raises LineProblem."""
    ear, found = _Ear(models), []
    for person in tqdm(people, desc="listening to people", unit="person"):
        for turn, samples in enumerate(person.clips[:REAL]):
            heard = ear.heard(lambda samples=samples, person=person: (samples, person.rate), data / "people" / f"{person.name}-{turn}.npz", [4, turn])
            found.append(Example(-1, turn, np.zeros(128, np.float32), mood=MOODS.index("neutral"), language=person.language, name=person.name, **heard))
    return found


class _Ear:
    """Hears a clip in all its versions, once for all trainings."""

    def __init__(self, models: Path):
        self._models = models

    @cached_property
    def _likeness(self) -> Likeness:
        return Likeness(self._models, 1)

    def heard(self, sound: Callable[[], tuple[np.ndarray, int]], kept: Path, seed: list[int]) -> dict:
        """levels, embeddings and prior. sound: gives mono samples and their rate, if they are wanted at all."""
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            clean = cut(resampled(*sound()))
            draw = np.random.default_rng(seed)
            versions = (clean, *(_befallen(clean, draw) for _ in range(VERSIONS)))
            prosody = measured(clean, RATE)
            levels = {f"levels{number}": mel(one).astype(np.float16) for number, one in enumerate(versions)}
            np.savez(kept, embeddings=np.stack([self._likeness.embedding(one, RATE) for one in versions]), prior=[prosody.f0, prosody.rate], **levels)
        with np.load(kept) as there:
            prior = np.where(there["prior"] > 0, np.log(np.maximum(there["prior"], 1e-3)), np.nan).astype(np.float32)
            return {"levels": tuple(there[f"levels{number}"] for number in range(VERSIONS + 1)), "embeddings": there["embeddings"], "prior": prior}


def _befallen(sound: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """As `emotion.altered` has it, and now and then through a codec; speed is left alone, since it makes another voice."""
    found = altered(sound, draw, ("room", "drive", "noise", "telephone"))
    return _coded(found, draw) if draw.random() < CODEC else found


def _coded(sound: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Through Vorbis at a low quality, or eight-bit A-law."""
    import soundfile

    file = io.BytesIO()
    peak = np.abs(sound).max() + 1e-9
    form = {"format": "OGG", "subtype": "VORBIS"} if draw.random() < 0.7 else {"format": "WAV", "subtype": "ALAW"}
    settings = {"compression_level": float(draw.uniform(0.6, 1.0))} if form["format"] == "OGG" else {}
    soundfile.write(file, 0.7 * sound / peak, RATE, **form, **settings)
    file.seek(0)
    return (soundfile.read(file, dtype="float32")[0] * peak / 0.7)[: len(sound)]
