"""What is said between us and an engine apart, beside `Hello`, `Progress`, `Failed` and `Cancel` of `engine.events`.

Its `Hello` names the engine and its versions; each `Say` is answered by one Uttered or Failed, with Progress before it.
"""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Utterance:
    """What an engine apart is to say: all of it is decided, nothing is asked back."""

    text: str
    language: str
    """A code of `engine.voices.text.LANGUAGES`."""
    voice: str
    """Sound file with the voice that is imitated; empty where the engine imitates none."""
    out: str
    """Where the WAV goes."""
    samples: int = 0
    """Length at the engine's rate; 0: `ratio` or the natural length decides."""
    ratio: float = 0.0
    """Length as a share of the natural one; 0: natural."""
    shortest: float = 0.7
    """Least length as a share of the natural one; what would be shorter is made so long."""
    longest: float = 1.25
    """Greatest length as such a share."""
    vector: tuple[float, ...] = ()
    """The eight of `engine.emotion.EIGHT` with bias and cap on them already; empty is neutral."""
    clip: str = ""
    """Sound file of somebody who speaks with the emotion; empty: none."""
    strength: float = 0.0
    """How far the clip's emotion takes the place of the voice's own, 0 to 1."""
    seed: int = 0


@dataclass(frozen=True)
class Say:
    """Please say this."""

    run: int
    """Chosen by the caller; every answer carries it."""
    utterance: Utterance


@dataclass(frozen=True)
class Uttered:
    """It is said: the WAV of 16 bits, mono, is where it was wanted."""

    run: int
    samples: int
    natural: float
    """Seconds that the same words have at the engine's own pace."""
    exact: bool
    """Whether the length is what was asked for, or the nearest that its limits allow, without any stretching of sound."""
    seconds: float
    """That it took, without the loading."""
    device: str = ""
    memory: int = 0
    """Bytes that the engine had of its device at most, of the computer's own memory without a graphics card; 0 where it does not say."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alive:
    """A sign of life, every few seconds, whatever the engine does."""
