"""A recording becomes a voice of the library: on somebody's word, heard and checked, estimated or learned, and kept."""
from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__
from .hear import enrolment, need, recording
from .problems import LineProblem
from .script import Newcomer
from .voices import Cancelled, enrol, refine
from .voices.library import LONGEST, SHORT, Consent, Enrolled, Library
from .voices.text import resolve


def admit(
    newcomer: Newcomer, models: Path, progress: Callable[[float, str], None] = lambda done, doing: None, stop: Callable[[], bool] = lambda: False
) -> Enrolled:
    """The newcomer's voice, kept. Nothing of it stays when it fails, but for what was learned before a stop: the next try goes on from it.

    progress(share done, what is being done); raises LineProblem, and Cancelled when `stop` says so.
    """
    def doing(done: float, what: str) -> None:
        if stop():
            raise Cancelled
        progress(done, what)

    consent = agreed(newcomer)
    language = resolve(newcomer.language)
    library = Library(models)
    library.free(newcomer.name, newcomer.replace)
    doing(0.0, "listening to the recording")
    samples, rate = recording.read(enrolment.limited(newcomer.recording))
    heard = enrolment.checked(samples, rate, models)
    doing(0.2, "estimating the voice")
    found = enrol.quick(heard.mono, heard.rate, language, models, heard.spoken)
    if newcomer.thorough:
        found = _learned(found, heard, language, models, lambda done, what: doing(0.4 + 0.6 * done, what), stop, library.draft(newcomer.name))
    doing(1.0, "keeping the voice")
    flac = _flac(heard.mono, heard.rate) if newcomer.keep else None
    voice = Enrolled(
        name=newcomer.name,
        language=language,
        timbre=_numbers(found.timbre),
        habit=found.habit,
        consent=consent,
        f0=float(found.f0),
        semitones=float(found.semitones),
        spread=float(found.spread),
        pace=float(found.pace),
        colour=_numbers(found.colour),
        embedding=_numbers(found.embedding),
        gear="thorough" if newcomer.thorough else "quick",
        source=_hash(Path(newcomer.recording.path)),
        recording=hashlib.sha256(flac).hexdigest() if flac else "",
        seconds=float(found.seconds),
        licence=tidy(newcomer.licence),
        made=f"{consent.recorded}, Dubline {__version__}",
        notes=tuple(dict.fromkeys(map(tidy, (*heard.notes, *found.notes)))),
    )
    library.keep(voice, flac, newcomer.replace)
    return voice


def _learned(found: Any, heard: enrolment.Checked, language: str, models: Path, progress: Any, stop: Any, home: Path) -> enrol.Found:
    home.mkdir(parents=True, exist_ok=True)
    try:
        return refine.thorough(found, heard.mono, heard.rate, language, models, progress, stop, home)
    finally:
        # a checkpoint stays for the next try; where there is none, nothing does
        with contextlib.suppress(OSError):
            home.rmdir()


def agreed(newcomer: Newcomer) -> Consent:
    """The record of who allows what. Raises LineProblem `no_consent`."""
    whose, ground, by = map(tidy, (newcomer.whose, newcomer.ground, newcomer.by))
    if not whose:
        raise LineProblem("no_consent", reason="it is not said whose voice it is")
    if not ground:
        raise LineProblem("no_consent", reason=f"it is not said on what ground {whose[:80]}'s voice may be used")
    if len(whose) > SHORT or len(ground) > LONGEST["ground"] or len(by) > SHORT:
        raise LineProblem("no_consent", reason=f"a name has at most {SHORT} characters, and the ground {LONGEST['ground']}")
    if len(newcomer.licence) > LONGEST["licence"]:
        raise LineProblem("bad_wish", reason=f"A licence has at most {LONGEST['licence']} characters.")
    return Consent(whose, ground, date.today().isoformat(), by)


def tidy(text: str) -> str:
    """Without line breaks, which a record of one line has none of, and other characters that nobody can see."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _numbers(values: Iterable[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flac(mono: np.ndarray, rate: int) -> bytes:
    file = io.BytesIO()
    need("soundfile", "keeping a recording").write(file, mono, rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()
