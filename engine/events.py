"""What is said between a caller and a run: requests in, events out.

Each line of a job ends in one Done, Planned or Failed, each newcomer in Admitted or Failed, each track in Separated, Transcribed or Failed.
"""
from __future__ import annotations

from dataclasses import dataclass

from .script import Job, Newcomer, Outlook, Take
from .tracks import Separation, Transcript, Transcription

PROTOCOL = 1
"""Raised when a message changes its meaning; both ends must agree."""


# Requests


@dataclass(frozen=True)
class Submit:
    """Please make these lines."""

    run: int
    """Number of the run, chosen by the caller; every event of the run carries it."""
    job: Job


@dataclass(frozen=True)
class Cancel:
    """Please stop the run; what is finished stays, open lines end as failed with the code `cancelled`."""

    run: int


@dataclass(frozen=True)
class Enrol:
    """Please make this person's voice; the run's only line is called as the voice will be."""

    run: int
    newcomer: Newcomer


@dataclass(frozen=True)
class Separate:
    """Please make the backgrounds of these tracks."""

    run: int
    separation: Separation


@dataclass(frozen=True)
class Transcribe:
    """Please tell what is said in these tracks."""

    run: int
    transcription: Transcription


# Events


@dataclass(frozen=True)
class Hello:
    """First word of an engine that is ready."""

    engine: str
    version: str
    protocol: int
    languages: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    """Out of `exact_length`, `phone_times`, `emotion_vector`, …"""
    rate: int = 0
    """Sample rate of an engine apart in Hz."""
    model: str = ""
    """Stands for the weights of an engine apart."""
    missing: tuple[str, ...] = ()
    """Files that an engine apart has not."""


@dataclass(frozen=True)
class Progress:
    """A line moves on."""

    run: int
    uid: str
    done: float
    """Share of the whole run that is behind us, 0 to 1."""
    message: str


@dataclass(frozen=True)
class Done:
    """A line became a take."""

    run: int
    uid: str
    take: Take
    fresh: bool
    """False when the take was already on disk."""


@dataclass(frozen=True)
class Planned:
    """What a line would be like, from a job that only plans."""

    run: int
    uid: str
    outlook: Outlook


@dataclass(frozen=True)
class Admitted:
    """A person's voice is in the library."""

    run: int
    uid: str
    """The voice's name."""
    id: str
    """Its name and eight digits of its content, as takes carry it."""
    consent: str
    """The id of the consent, as takes carry it."""
    seconds: float
    """Of speech that it was made from."""
    notes: tuple[str, ...] = ()
    """What is to be said of the recording."""


@dataclass(frozen=True)
class Separated:
    """A track has a background."""

    run: int
    uid: str
    path: str
    """The file with it, as long as the track's own."""
    fresh: bool
    """False when it was already on disk."""


@dataclass(frozen=True)
class Transcribed:
    """What is said in a track is known."""

    run: int
    uid: str
    transcript: Transcript


@dataclass(frozen=True)
class Failed:
    """A line did not become a take; the others go on."""

    run: int
    uid: str
    code: str
    """One of `engine.problems.PROBLEMS`."""
    message: str
    """What happened and to what."""
    remedy: str
    """What the person can do."""


@dataclass(frozen=True)
class Ended:
    """The run is over; nothing more will come."""

    run: int
    done: int
    failed: int
    cancelled: bool = False
