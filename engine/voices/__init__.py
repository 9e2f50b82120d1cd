"""The voice families: what each must offer, and how one is loaded by name."""
from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np

from ..apart import NAMES as APART
from ..problems import LineProblem
from ..script import Heard, Mood, Plan, Speech, Voice

FAMILIES = ("kokoro", "tone")
"""Each is a module of this package with a class `Family(models, threads)`; those of `engine.apart.NAMES` are families, too."""

OURS = "kokoro"
"""The one whose times are known, by which others are followed."""

MODELS = {OURS: ("kokoro-v1.0",)}
"""Family -> names of the catalogue's models without which it cannot speak; one that is not named needs none."""

Stop = Callable[[], bool]
"""Whether the caller wants no more."""


class Cancelled(Exception):
    """The caller's `stop` said so while a line was being spoken."""


class Family(Protocol):
    """A model family that can speak. Making one is cheap; weights are read at the first `say`."""

    name: str
    rate: int
    """Sample rate of its sound in Hz."""

    @property
    def loaded(self) -> bool:
        """False while the next `say` has yet to read the weights, which takes seconds and the first time longer."""

    def voices(self) -> dict[str, str]:
        """Every stock voice with the language it speaks by itself."""

    def fingerprint(self, voice: Voice) -> str:
        """Hash of all files that decide how the voice sounds. Raises LineProblem when one is missing."""

    rough: str
    """Why `foretell` is no more than an estimate, in a sentence; empty where the family's own durations were measured."""

    def people(self, voice: Voice) -> tuple[str, ...]:
        """`voice-id consent-id` for each consent of the enrolled people in the voice; none for stock voices. Raises LineProblem."""

    def foretell(self, text: str, language: str, voice: Voice, moods: tuple[Mood, ...] = (), heard: Heard | None = None) -> float:
        """Seconds of the text in these moods, which play what was heard of a recording, at the voice's own pace, in milliseconds of compute. Raises LineProblem as `say` does."""

    def say(self, plan: Plan, stop: Stop, tell: Callable[[float, str], None] | None = None) -> tuple[Speech, np.ndarray, tuple[str, ...]]:
        """Speech, its mono float32 samples and warnings. The first sample is the take's first; every phrase lies where
        `phrases.parts` wants it if the allowed rates permit. tell: is told of a line that takes long which share of it is done, and what is
        done now. Raises LineProblem and Cancelled."""


def load(family: str, models: Path, threads: int = 1, ours: Callable[[], Family] | None = None) -> Family:
    """The family by its name. ours: gives OURS, where somebody has it already. Raises LineProblem for a name that is none."""
    if family in APART:
        return import_module(".apart", __name__).Family(models, threads, family, ours=ours)
    if family not in FAMILIES:
        raise LineProblem("unknown_voice", voice=family)
    return import_module(f".{family}", __name__).Family(models, threads)
