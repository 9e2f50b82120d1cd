"""The nouns of sounds that are heard as a whole: a track, what is asked of it, and what was heard. Frozen values, as in `script`."""
from __future__ import annotations

from dataclasses import dataclass

from .expression import Recording
from .script import Word


@dataclass(frozen=True)
class Track:
    """One sound of the film."""

    uid: str
    """Of what plays it."""
    recording: Recording
    content: str = ""
    """Stands for what the file holds, where it was decoded from a film; empty: the file's own hash does."""


@dataclass(frozen=True)
class Separation:
    """Whose background is wanted, without the voice."""

    tracks: tuple[Track, ...]
    """Their whole files are heard, whatever stretch of them the recordings name."""
    folder: str
    """Where backgrounds are kept."""


@dataclass(frozen=True)
class Transcription:
    """Whose words are wanted."""

    tracks: tuple[Track, ...]
    language: str = ""
    """A code, that of a voice or any that the recogniser knows; empty: it is found out."""


@dataclass(frozen=True)
class Sentence:
    """What is said between two pauses or marks, in seconds from the recording's start."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Transcript:
    """What is said in a recording."""

    language: str
    """Two or three letters, as the recogniser has it."""
    sentences: tuple[Sentence, ...] = ()
