"""The voices of people: what is kept of each, where, and on whose word. One folder a voice; only numbers, no recording unless asked.

Never imports a network: what makes a voice is `enrol`, what speaks with it is `styles`. The file's form is told in
`docs/formats/voice.md`.
"""
from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

from .. import phonation, whole, wire
from ..problems import LineProblem
from . import stock
from .text import LANGUAGES

FORM = 1
"""Version of `voice.json`."""

FILE, RECORDING = "voice.json", "recording.flac"

MOST, MOST_RECORDING = 1 << 16, 1 << 24
"""Bytes of the two files; a voice has about 10,000, and a recording 20 s."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""A voice's name is its folder's, on every system."""

DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
"""Names that are no folder's on Windows."""

LONGEST = {"ground": 2000, "licence": 500, "notes": 500, "source": 64, "recording": 64}
"""Characters of a text in the file; of any other SHORT."""
SHORT, MANY = 200, 40
"""Characters of a name or a date, and items of a list of texts or consents."""


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
    others: tuple[Consent, ...] = ()
    """Of the other people whom a mix is made of."""
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
    recording: str = ""
    """SHA-256 of `recording.flac` beside it; empty where no recording was kept."""
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

    @property
    def consents(self) -> tuple[Consent, ...]:
        """Of everybody whose voice is in it."""
        return (self.consent, *self.others)

    @property
    def marks(self) -> tuple[str, ...]:
        """What every take made with it carries: the voice's id and a consent's, one for each consent."""
        return tuple(f"{self.id} {consent.id}" for consent in self.consents)


def digest(voice: Enrolled) -> str:
    """SHA-256 of all that decides how the voice sounds."""
    sound = {name: wire.plain(getattr(voice, name)) for name in ("timbre", "habit", "semitones", "spread", "pace", "colour")}
    return hashlib.sha256(json.dumps(sound, sort_keys=True).encode()).hexdigest()


class Library:
    """The voices of a model folder; each is read once for as long as its file stays the same."""

    def __init__(self, models: Path):
        # beside the models, so that whoever shares those shares them
        self.home = Path(models) / "people"
        self._known: dict[str, tuple[tuple, Enrolled | LineProblem]] = {}

    def names(self) -> dict[str, str]:
        """Every voice that can be read, with its language."""
        found = {}
        for name in self.folders():
            try:
                found[name] = self.find(name).language
            except LineProblem:
                continue  # told when it is asked for by name
        return found

    def folders(self) -> list[str]:
        """Every voice, readable or not."""
        try:
            return sorted(name for name in os.listdir(self.home) if NAME.fullmatch(name))
        except OSError:
            return []

    def find(self, name: str) -> Enrolled:
        """The voice. Raises LineProblem `unknown_voice` or `bad_voice`."""
        path = self.home / name / FILE
        try:
            there = path.stat() if NAME.fullmatch(name) and path.is_file() else None
        except OSError:
            there = None
        if there is None:
            raise LineProblem("unknown_voice", voice=name[:80])
        stamp = (there.st_mtime_ns, there.st_size, there.st_ino)
        if self._known.get(name, ((),))[0] != stamp:
            self._known[name] = stamp, self._read(name, path)
        found = self._known[name][1]
        if isinstance(found, LineProblem):
            raise found.with_traceback(None)
        return found

    def _read(self, name: str, path: Path) -> Enrolled | LineProblem:
        try:
            found = read(path)
        except LineProblem as problem:
            return problem
        return found if found.name == name else LineProblem("bad_voice", path=str(path), reason=f"it is the file of {found.name!r}.")

    def recording(self, name: str) -> bytes | None:
        """FLAC of the recording that was kept with the voice. Raises LineProblem."""
        wanted = self.find(name).recording
        if not wanted:
            return None
        path = self.home / name / RECORDING
        try:
            if path.stat().st_size > MOST_RECORDING:
                raise ValueError("it is too large")
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != wanted:
                raise ValueError("it is not the one that was kept")
        except (OSError, ValueError) as error:
            raise LineProblem("bad_voice", path=str(path), reason=f"{error}.") from error
        return content

    def keep(self, voice: Enrolled, recording: bytes | None = None, replace: bool = False) -> Path:
        """Writes the voice and gives its folder. Raises LineProblem `voice_name`, `voice_there`, `bad_voice` or `cannot_keep`.

        recording: FLAC whose hash is the voice's `recording`; None removes what was kept before.
        """
        self.free(voice.name, replace)
        home = self.home / voice.name
        content = written(voice)
        new = not home.exists()
        try:
            home.mkdir(parents=True, exist_ok=True)
            if recording is not None:
                whole.write(home / RECORDING, recording)
            whole.write(home / FILE, content)
            if recording is None:
                (home / RECORDING).unlink(missing_ok=True)
            shutil.rmtree(self.draft(voice.name), ignore_errors=True)
        except OSError as error:
            if new:
                shutil.rmtree(home, ignore_errors=True)
            raise LineProblem("cannot_keep", folder=str(home), reason=error.strerror or str(error)) from error
        return home

    def free(self, name: str, replace: bool = False) -> None:
        """Raises LineProblem where no voice may be kept under the name."""
        if not NAME.fullmatch(name) or DEVICES.fullmatch(name):
            raise LineProblem("voice_name", name=name[:80], reason="a name has 1 to 40 small letters, digits, - or _")
        if name in stock.names():
            raise LineProblem("voice_name", name=name, reason="a stock voice is called that")
        if not replace and (self.home / name / FILE).exists():
            raise LineProblem("voice_there", voice=name)

    def draft(self, name: str) -> Path:
        """Folder for what was learned of a voice that is not finished; it goes when the voice is kept or removed."""
        return self.home / f".{name}"

    def remove(self, name: str) -> tuple[str, ...]:
        """Deletes all that is kept of a voice, and gives the names of mixes that carry the same people's consents.

        Raises LineProblem `unknown_voice` or `cannot_keep`.
        """
        home = self.home / name
        if not NAME.fullmatch(name) or not (home.exists() or home.is_symlink() or self.draft(name).exists()):
            raise LineProblem("unknown_voice", voice=name[:80])
        try:
            gone = {consent.id for consent in self.find(name).consents}
        except LineProblem:
            gone = set()  # what cannot be read can be removed all the same
        try:
            for place in (home, self.draft(name)):
                # of a link only the link is ours
                if place.is_symlink():
                    place.unlink()
                elif place.exists():
                    shutil.rmtree(place)
        except OSError as error:
            raise LineProblem("cannot_keep", folder=str(home), reason=error.strerror or str(error)) from error
        self._known.pop(name, None)
        return tuple(other for other in self.names() if gone & {consent.id for consent in self.find(other).consents})


def written(voice: Enrolled) -> bytes:
    """The content of `voice.json`. Raises LineProblem `bad_voice` for a voice that could not be read again."""
    content = json.dumps({"dubline_voice": FORM, "voice": wire.plain(voice)}, ensure_ascii=False, indent=1).encode()
    told(content, voice.name)
    return content


def read(path: Path) -> Enrolled:
    """The voice of a file. Raises LineProblem `bad_voice`."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST + 1)
    except OSError as error:
        raise LineProblem("bad_voice", path=str(path), reason=f"{error.strerror or error}.") from error
    return told(content, str(path))


def told(content: bytes, path: str) -> Enrolled:
    """The voice that a file's content tells of; path: for the message. Raises LineProblem `bad_voice`."""
    try:
        if len(content) > MOST:
            raise ValueError(f"it has more than {MOST} bytes")
        data = json.loads(content)
        if isinstance(data, dict) and isinstance(data.get("dubline_voice"), int) and data["dubline_voice"] > FORM:
            raise ValueError(f"it is no voice of form {FORM}: a newer Dubline wrote it, in form {data['dubline_voice']}")
        if not isinstance(data, dict) or data.get("dubline_voice") != FORM:
            raise ValueError(f"it is no voice of form {FORM}")
        if unknown := set(data) - {"dubline_voice", "voice"}:
            raise ValueError(f"unknown {', '.join(sorted(unknown))[:80]}")
        voice = wire.build(Enrolled, data.get("voice"))
        _check(voice)
    # RecursionError: brackets within brackets without end
    except (ValueError, RecursionError) as error:
        raise LineProblem("bad_voice", path=path, reason=f"{str(error)[:300]}.") from error
    return voice


def _check(voice: Enrolled) -> None:
    """Raises ValueError for what no enrolment gives."""
    nouns: tuple[Enrolled | Consent, ...] = (voice, *voice.consents)
    for noun in nouns:
        for field in fields(noun):
            value = getattr(noun, field.name)
            texts = [value] if isinstance(value, str) else [item for item in value if isinstance(item, str)] if isinstance(value, tuple) else []
            most = LONGEST.get(field.name, SHORT)
            if any(len(text) > most or not text.isprintable() for text in texts) or len(texts) > MANY:
                raise ValueError(f"its {field.name} is longer than {most} characters, or holds some that cannot be shown")
    if not NAME.fullmatch(voice.name):
        raise ValueError("its name is not 1 to 40 small letters, digits, - or _")
    if voice.language not in LANGUAGES:
        raise ValueError(f"its language is none of {', '.join(LANGUAGES)}")
    if voice.habit not in stock.names():
        raise ValueError("its habit is no stock voice")
    if len(voice.timbre) != 128 or not all(abs(value) < 10 for value in voice.timbre):
        raise ValueError("its timbre is not 128 numbers within 10")
    if not (abs(voice.semitones) <= 36 and 0 <= voice.spread <= 4 and 0.3 <= voice.pace <= 3):
        raise ValueError("its semitones, spread or pace are out of bounds")
    if len(voice.colour) not in (0, len(phonation.BANDS)) or not all(abs(value) <= 24 for value in voice.colour):
        raise ValueError(f"its colour is not {len(phonation.BANDS)} numbers within 24")
    if len(voice.embedding) not in (0, 192) or not all(abs(value) <= 1.001 for value in voice.embedding):
        raise ValueError("its embedding is not 192 numbers within 1")
    if not (0 <= voice.f0 <= 1000 and 0 <= voice.seconds < math.inf):
        raise ValueError("its F0 or its seconds are out of bounds")
    if voice.gear not in ("quick", "thorough", "mixed"):
        raise ValueError("its gear is none of quick, thorough and mixed")
    if len(voice.others) > MANY or not all(consent.whose.strip() and consent.ground.strip() for consent in voice.consents):
        raise ValueError("it carries no consent")
