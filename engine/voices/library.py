"""The voices of people: what is kept of each, where, and on whose word. One folder a voice; only numbers, no recording unless asked.

Never imports a network: what makes a voice is `enrol`, what speaks with it is `styles`.
"""
from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from .. import wire
from ..problems import LineProblem

FORM = 1
"""Version of `voice.json`."""

FILE = "voice.json"

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""A voice's name is its folder's, on every system."""


@dataclass(frozen=True)
class Consent:
    """Who may be spoken as, and on what ground."""

    whose: str
    """The person, as the record calls them."""
    ground: str
    """The words on which the voice may be used."""
    recorded: str
    """When it was written down, as YYYY-MM-DD."""
    by: str = ""
    """Who wrote it down."""

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that name this record."""
        return hashlib.sha256(json.dumps(wire.plain(self), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Enrolled:
    """A person's voice as the embedded engine speaks it."""

    name: str
    language: str
    """A code of `engine.voices.text.LANGUAGES`."""
    timbre: tuple[float, ...]
    """The decoder's style, 128 numbers: who speaks."""
    habit: str
    """Stock voice whose durations and melodies it borrows."""
    consent: Consent
    f0: float = 0.0
    """Hz, the median of the recording."""
    semitones: float = 0.0
    """By how much it speaks higher than the habit's voice."""
    spread: float = 1.0
    """Its F0's distance from its median as a factor on the habit's, in semitones."""
    pace: float = 1.0
    """Its rate as a factor on the habit's."""
    colour: tuple[float, ...] = ()
    """dB in the bands of `engine.phonation.BANDS` that its long-term spectrum is above the decoder's; empty is none."""
    embedding: tuple[float, ...] = ()
    """192 numbers of CAM++, of unit length."""
    gear: str = "quick"
    """How it was made: `quick`, `thorough` or `mixed`."""
    source: str = ""
    """SHA-256 of the recording's file."""
    seconds: float = 0.0
    """Of speech that it was made from."""
    licence: str = ""
    """Under which the voice may be passed on; empty: not at all."""
    made: str = ""
    """Date and maker, for people."""
    notes: tuple[str, ...] = ()
    """What the check of the recording said."""

    @property
    def id(self) -> str:
        """Its name and eight digits of its content: other numbers are another voice."""
        return f"{self.name}-{digest(self)[:8]}"


def digest(voice: Enrolled) -> str:
    """SHA-256 of all that decides how the voice sounds."""
    sound = {name: wire.plain(getattr(voice, name)) for name in ("timbre", "habit", "semitones", "spread", "pace", "colour")}
    return hashlib.sha256(json.dumps(sound, sort_keys=True).encode()).hexdigest()


def folder(models: Path) -> Path:
    """Where voices are kept: beside the models, so that whoever shares those shares them."""
    return Path(models) / "people"


def names(models: Path) -> dict[str, str]:
    """Every voice that can be read, with its language."""
    found = {}
    for path in sorted(folder(models).glob(f"*/{FILE}")):
        try:
            found[path.parent.name] = read(path).language
        except LineProblem:
            continue  # told when it is asked for by name
    return found


def find(name: str, models: Path) -> Enrolled:
    """The voice. Raises LineProblem `unknown_voice` or `bad_voice`."""
    path = folder(models) / name / FILE
    if not NAME.fullmatch(name) or not path.is_file():
        raise LineProblem("unknown_voice", voice=name)
    return read(path)


def read(path: Path) -> Enrolled:
    """The voice of a file. Raises LineProblem `bad_voice`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("dubline_voice") != FORM:
            raise ValueError(f"its form is {data.get('dubline_voice')!r}, and {FORM} is known")
        voice = wire.build(Enrolled, data["voice"])
        _check(voice)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise LineProblem("bad_voice", path=str(path), reason=str(error)) from error
    return voice


def _check(voice: Enrolled) -> None:
    """Raises ValueError for numbers that no enrolment gives."""
    if len(voice.timbre) != 128 or not all(abs(value) < 10 for value in voice.timbre):
        raise ValueError("its timbre is not 128 numbers within 10")
    if not (abs(voice.semitones) <= 36 and 0 <= voice.spread <= 4 and 0.3 <= voice.pace <= 3 and all(abs(value) <= 24 for value in voice.colour)):
        raise ValueError("its semitones, spread, pace or colour are out of bounds")
    if not (voice.consent.whose.strip() and voice.consent.ground.strip()):
        raise ValueError("it carries no consent")
