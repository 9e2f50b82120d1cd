"""What a voice gives the model: a timbre for the decoder, and a habit of durations and melody. Of stock packs and of enrolled people."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from .. import models as catalogue
from ..script import Voice
from . import library
from .library import Enrolled, Library
from .stock import MODEL
from .stock import names as stock_voices

LEAST_TIMBRE, LEAST_HABIT = 20, 10
"""Tokens under which a pack's rows are odd, in their timbre and in their prosody."""

NEAR = 0.25
"""Octaves by which another reading's row lies off the line's own count of tokens; rows of much longer lines are slow ones."""


@dataclass(frozen=True)
class Habit:
    """How somebody speaks: a row of the model's prosody styles, and what is changed of what comes of it."""

    style: np.ndarray
    """[1, 128]"""
    semitones: float = 0.0
    spread: float = 1.0
    pace: float = 1.0


class Styles:
    """The 54 stock packs of a model folder, and the people of its library."""

    def __init__(self, models: Path, people: Mapping[str, Enrolled] | None = None):
        """people: voices instead of the library's, by name."""
        self._models = Path(models)
        self._library = Library(models)
        self._given = people

    def names(self) -> dict[str, str]:
        """Every voice with the language it speaks by itself."""
        people = self._library.names() if self._given is None else {name: one.language for name, one in self._given.items()}
        return {**people, **self._stock}

    @cached_property
    def _stock(self) -> dict[str, str]:
        return stock_voices()

    def person(self, name: str) -> Enrolled | None:
        """Who is enrolled under the name; None for a stock voice. Raises LineProblem `unknown_voice` or `bad_voice`."""
        if name in self._stock:
            return None
        if self._given is not None and name in self._given:
            return self._given[name]
        return self._library.find(name)

    def people(self, voice: Voice) -> tuple[str, ...]:
        """`voice-id consent-id` for each consent of the people in it. Raises LineProblem as `person` does."""
        found = filter(None, map(self.person, (voice.timbre, voice.prosody or voice.timbre)))
        return tuple(dict.fromkeys(mark for one in found for mark in one.marks))

    def fingerprint(self, voice: Voice, recipe: int) -> str:
        """Hash of everything that decides how the voice sounds; recipe: of the model's stages. Raises LineProblem."""
        pair = (voice.timbre, voice.prosody or voice.timbre)
        people = {name: self.person(name) for name in pair}
        stock = {one.habit if one else name for name, one in people.items()}
        wanted = {"kokoro-v1.0.int8.onnx", *(f"voices/{name}.bin" for name in stock)}
        catalogue.find(MODEL, self._models)
        hashes = [file.sha256 for file in catalogue.catalogue()[MODEL].files if file.name in wanted]
        return hashlib.sha256("".join([*sorted(hashes), str(recipe), *(library.digest(one) for one in people.values() if one)]).encode()).hexdigest()

    def stock_names(self) -> dict[str, str]:
        """Every stock voice with its language."""
        return self._stock

    def stock(self, name: str) -> str:
        """The stock voice whose habit this voice has."""
        person = self.person(name)
        return person.habit if person else name

    def pace(self, name: str) -> float:
        """Its rate against that stock voice's."""
        person = self.person(name)
        return person.pace if person else 1.0

    def habit(self, name: str, tokens: int, seed: int = 0) -> Habit:
        """Of a line with so many tokens; another seed takes the habit of one a little longer or shorter."""
        row = min(tokens, 509)
        if seed:
            row = min(round(row * 2 ** np.random.default_rng(seed).uniform(-NEAR, NEAR)), 509)
        person = self.person(name)
        own = Habit(self._pack(person.habit if person else name)[max(row, LEAST_HABIT)][None, 128:])
        return replace(own, semitones=person.semitones, spread=person.spread, pace=person.pace) if person else own

    def timbre(self, name: str, tokens: int) -> np.ndarray:
        """Timbre style [1, 128]."""
        person = self.person(name)
        if person:
            return np.array(person.timbre, np.float32)[None]
        return self._pack(name)[min(max(tokens, LEAST_TIMBRE), 509)][None, :128]

    def colour(self, name: str) -> tuple[float, ...]:
        """dB in `phonation.BANDS`; empty for none."""
        person = self.person(name)
        return person.colour if person else ()

    def _pack(self, name: str) -> np.ndarray:
        """The stock voice's styles [510, 256], a row for every count of tokens: 128 of timbre, 128 of prosody."""
        path = catalogue.find(MODEL, self._models) / "voices" / f"{name}.bin"
        return np.fromfile(path, dtype="<f4").reshape(510, 256)
