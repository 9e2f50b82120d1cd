"""When each phone of somebody else's speech sounds: our own voice says the same words, whose times it knows, and the two are laid upon each other."""
from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..fit import EDGE
from ..hear.alignment import moments
from ..script import Phone, Phrase, Plan, Voice, Wish, Word
from . import Stop
from .kokoro import Family


@dataclass(frozen=True)
class Times:
    """Of one phrase, in seconds of the take."""

    phones: tuple[Phone, ...]
    words: tuple[Word, ...]


class Shadow:
    """Our own voices, which follow another speaker."""

    def __init__(self, models: Path, threads: int = 1):
        self._models, self._threads = models, threads

    @cached_property
    def _family(self) -> Family:
        return Family(self._models, self._threads)

    def times(self, text: str, language: str, voice: str, phrase: Phrase, take: np.ndarray, rate: int, stop: Stop) -> Times:
        """text: of the phrase, whose start and end in the mono take are known; voice: the one of ours that is most like the speaker.
        Raises LineProblem and Cancelled."""
        wish = Wish(shortest=0.5, longest=2.0)
        plan = Plan(text, language, Voice(voice, voice), phrase.end - phrase.start + 2 * EDGE, wish, self._family.rate, 1, 0.0, "", "")
        ours, sound, _warnings = self._family.say(plan, stop)
        units: list[Phone | Word] = [*ours.phones, *ours.words]
        edges = np.array([(one.start, one.end) for one in units]) - ours.start
        heard = take[round(phrase.start * rate) : round(phrase.end * rate)]
        said = sound[round(ours.start * self._family.rate) : round(ours.end * self._family.rate)]
        found = phrase.start + moments(heard, rate, said, self._family.rate, edges.ravel()).reshape(-1, 2)
        moved = [replace(one, start=float(start), end=float(end)) for one, (start, end) in zip(units, found, strict=True)]
        return Times(tuple(one for one in moved if isinstance(one, Phone)), tuple(one for one in moved if isinstance(one, Word)))
