"""What a timbre sounds like to the ear, phrase by phrase, and which way it must be changed to sound more like somebody."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import models as catalogue
from .. import onnx_file
from ..hear.speaker import Likeness
from . import graph
from .backward import Backward, need_torch
from .curve import bent
from .ear import Ear
from .enrol import Found
from .stock import MODEL
from .styles import Styles
from .text import pronounce, vocabulary
from .tokens import decoded, segmented

RATE = 24000
"""Hz of the decoder."""

CHUNK = 3.0
"""Seconds of the pieces of a recording whose embeddings are averaged with that of the whole: one odd word weighs less."""

SPOKEN = 6.0
"""Nepers of energy under the loudest frame from which on it is no speech."""


@dataclass(frozen=True)
class Goal:
    """Who is to be heard."""

    embedding: np.ndarray
    """float32 [192], of unit length."""
    spectrum: np.ndarray
    """float32 [2, MELS], as `described` has it."""


class Mirror:
    """Phrases whose every number but the timbre is fixed."""

    def __init__(self, voice: Found, language: str, models: Path, texts: tuple[str, ...]):
        """The phrases as `voice` would say them. Raises LineProblem `no_torch`, `cannot_hear` or `no_model`."""
        self.ear = Ear(models)
        folder = catalogue.find(MODEL, models)
        stages = graph.prepared(folder / "kokoro-v1.0.int8.onnx", catalogue.own_folder() / MODEL)
        decoder = Backward(onnx_file.read(stages.decoder), ("style",))
        sessions, styles = graph.open(stages, 1), Styles(models, {})
        self._phrases = [decoder.bound(_curves(sessions, styles, voice, language, text, models)) for text in texts]

    def audio(self, phrase: int, timbre: Any) -> Any:
        """Samples [n] at RATE of a timbre [128], a torch tensor as all that follows."""
        return self._phrases[phrase](timbre[None]).reshape(-1)

    def sound(self, phrase: int, timbre: np.ndarray) -> np.ndarray:
        """Samples [n] at RATE of a timbre [128], without a way back."""
        torch = need_torch()
        with torch.no_grad():
            return self.audio(phrase, torch.from_numpy(timbre.astype(np.float32))).numpy()

    def heard(self, samples: Any) -> tuple[Any, Any]:
        """Who seems to speak, and how: embedding [192], and `described` [2, MELS]."""
        bands = self.ear.filterbank(self.ear.resampled(samples))
        return self.ear.embedding(bands), described(bands)

    def told(self, phrase: int, timbre: np.ndarray) -> np.ndarray:
        """The embedding of a timbre [128], without a way back."""
        torch = need_torch()
        with torch.no_grad():
            return self.heard(torch.from_numpy(self.sound(phrase, timbre)))[0].numpy()

    def goal(self, mono: np.ndarray, rate: int, models: Path) -> Goal:
        """Of mono speech."""
        import soxr

        torch = need_torch()
        likeness, pieces = Likeness(models), max(1, round(len(mono) / rate / CHUNK))
        heard = np.stack([likeness.embedding(piece, rate) for piece in [mono, *(np.array_split(mono, pieces) if pieces > 1 else [])]])
        mean = heard.mean(axis=0)
        sound = torch.from_numpy(soxr.resample(np.asarray(mono, np.float32), rate, 16000))
        return Goal((mean / np.linalg.norm(mean)).astype(np.float32), described(self.ear.filterbank(sound)).numpy())


def described(bands: Any) -> Any:
    """Long-term spectrum of bands [frames, MELS], without its level, and the bands' spread: [2, MELS], both in nepers."""
    torch = need_torch()
    level = bands.detach().mean(dim=1)
    bands = bands[level > level.max() - SPOKEN]
    mean = bands.mean(dim=0)
    return torch.stack([mean - mean.mean(), bands.std(dim=0)])


def _curves(sessions: graph.Sessions, styles: Styles, voice: Found, language: str, text: str, models: Path) -> dict[str, np.ndarray]:
    """What the decoder is given beside the timbre, as `kokoro` gives it for a plain line."""
    (segment,) = segmented(pronounce(text, language, models).chunks, vocabulary())
    habit = styles.habit(voice.habit, len(segment.ids)).style
    raw, hidden, encoded = sessions.text.run(None, {"tokens": np.array([[0, *segment.ids, 0]], np.int64), "style": habit})
    frames = np.maximum(1, np.round(raw / voice.pace)).astype(np.float32)
    aligned, f0, energy = sessions.prosody.run(None, {"frames": frames, "hidden": hidden, "encoded": encoded, "style": habit})
    first, last = decoded(energy[0])
    f0 = bent(f0, voice.semitones, voice.spread)
    return {"aligned": aligned[:, :, first:last], "f0": f0[:, 2 * first : 2 * last], "energy": energy[:, 2 * first : 2 * last]}
