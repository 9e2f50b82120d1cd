"""When each phone of somebody else's speech sounds: our own voice says the same words, whose times it knows, and the two are laid upon each other."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..fit import EDGE
from ..hear.alignment import moments
from ..script import Phone, Phrase, Plan, Voice, Wish, Word
from . import Family, Stop


@dataclass(frozen=True)
class Times:
    """Of one phrase, in seconds of the take."""

    phones: tuple[Phone, ...]
    words: tuple[Word, ...]


class Shadow:
    """Our own voices, which follow another speaker."""

    def __init__(self, ours: Callable[[], Family]):
        """ours: gives the family of those voices, whose weights are read when the first phrase is followed."""
        self._ours = ours

    def times(self, text: str, language: str, voice: str, phrase: Phrase, take: np.ndarray, rate: int, stop: Stop) -> Times:
        """text: of the phrase, whose start and end in the mono take are known; voice: the one of ours that is most like the speaker.
        Raises LineProblem and Cancelled."""
        family, wish = self._ours(), Wish(shortest=0.5, longest=2.0)
        plan = Plan(text, language, Voice(voice, voice), phrase.end - phrase.start + 2 * EDGE, wish, family.rate, 1, 0.0, "", "")
        ours, sound, _warnings = family.say(plan, stop)
        units: list[Phone | Word] = [*ours.phones, *ours.words]
        edges = np.array([(one.start, one.end) for one in units]) - ours.start
        heard = take[round(phrase.start * rate) : round(phrase.end * rate)]
        said = sound[round(ours.start * family.rate) : round(ours.end * family.rate)]
        found = phrase.start + moments(heard, rate, said, family.rate, edges.ravel()).reshape(-1, 2)
        moved = [replace(one, start=float(start), end=float(end)) for one, (start, end) in zip(units, found, strict=True)]
        return Times(tuple(one for one in moved if isinstance(one, Phone)), tuple(one for one in moved if isinstance(one, Word)))
