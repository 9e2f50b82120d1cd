"""A dub as files that can be served for ever: sounds named by their content, and one manifest that tells when which is heard and what is said in it.

docs/formats/pack.md has the form. A pack is not a project: nothing is read back out of it.
"""
from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import __version__, takes, whole, wire
from .problems import LineProblem
from .script import Take

FORM = 1
"""Version of the manifest's form."""

MANIFEST = "dub.json"


@dataclass(frozen=True)
class Heard:
    """One line as a film plays it."""

    uid: str
    speaker: str
    start: float
    """Seconds from the film's first frame to the first sample that is heard."""
    skipped: float
    """Seconds of the take's head that the film does not play."""
    seconds: float
    """How long it is heard."""
    take: Take


def write(folder: Path, title: str, seconds: float, lines: Iterable[Heard]) -> Path:
    """Writes sounds and manifest, and gives the manifest's path. The manifest comes last, so that what it names is there.

    seconds: the film's length. The same film gives the same bytes. Raises LineProblem `cannot_write`, `bad_take`.
    """
    told = []
    try:
        for line in sorted(lines, key=lambda line: (line.start, line.uid)):
            told.append(_line(folder, line))
        document = {"dubline_pack": FORM, "title": title, "seconds": round(seconds, 6), "made_by": f"Dubline {__version__}", "digital_source_type": takes.SOURCE_TYPE, "lines": told}
        path = folder / MANIFEST
        folder.mkdir(parents=True, exist_ok=True)
        whole.write(path, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
    except OSError as error:
        raise LineProblem("cannot_write", folder=str(folder), reason=str(error)) from error
    return path


def _line(folder: Path, line: Heard) -> dict:
    take, plan, speech = line.take, line.take.plan, line.take.speech
    sound = _flac(take)
    name = f"audio/{hashlib.sha256(sound).hexdigest()}.flac"
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not (target.is_file() and target.stat().st_size == len(sound)):
        whole.write(target, sound)
    return {
        "uid": line.uid,
        "speaker": line.speaker,
        "text": plan.text,
        "language": plan.language,
        "start": round(line.start, 6),
        "skipped": round(line.skipped, 6),
        "seconds": round(line.seconds, 6),
        "audio": {"path": name, "bytes": len(sound), "rate": plan.rate, "channels": plan.channels, "samples": take.samples},
        "words": [[word.text, round(word.start, 4), round(word.end, 4)] for word in speech.words],
        "phones": [[phone.symbol, round(phone.start, 4), round(phone.end, 4)] for phone in speech.phones],
        "aligned": speech.aligned,
        "voice": wire.plain(plan.voice),
        "consents": list(plan.people),
        "loudness": take.loudness,
        "take": take.digest,
        "statement": takes.statement(plan, take.digest),
    }


def _flac(take: Take) -> bytes:
    """The take without loss, in half the bytes and for every browser. Raises LineProblem `bad_take`."""
    import soundfile

    try:
        samples, rate = soundfile.read(take.path, dtype="int32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise LineProblem("bad_take", take=take.digest, folder=str(Path(take.path).parent), reason=error) from error
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="FLAC", subtype="PCM_24")
    return file.getvalue()
