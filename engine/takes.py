"""The take folder: a plan's digest names a WAV and its sidecar; both are written whole or not at all and never change.

What the judges say of a take is a second sidecar, `<digest>.check.json`, which another check may replace.
"""
from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import __version__, whole, wire
from .fit import Fitted
from .problems import LineProblem
from .script import Check, Plan, Take

SIDECAR = 1
"""Version of the sidecar's form."""

CHECKED = 1
"""Version of what the judges say; raised whenever they would say something else of the same take."""

MODES = ("light", "full")
"""How much was asked of the judges, from little to all."""

MOST = 1 << 24
"""Bytes of a sidecar that is read: a take of ten minutes has a sixteenth of it."""

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's name for media that a trained model made: says that no person spoke these words."""


def digest(plan: Plan) -> str:
    """Twenty hexadecimal digits (80 bits) of the plan's SHA-256."""
    told = {"is": "Plan", **wire.plain(plan)}
    if not plan.people:
        del told["people"]  # takes of stock voices keep the names that they had before anybody was enrolled
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()[:20]


def look_up(folder: Path, plan: Plan) -> Take | None:
    """The take of this plan, if it is on disk and whole. Its sidecar is as young as a new one's from then on, so that no cleaning takes it for an old one."""
    sidecar = folder / f"{digest(plan)}.json"
    try:
        found = read(sidecar)
    except (OSError, ValueError, LookupError, TypeError):
        return None  # absent or damaged: it will be made anew under the same name
    with contextlib.suppress(OSError):  # a folder for reading alone: nobody cleans it
        os.utime(sidecar)
    return found


def read(sidecar: Path) -> Take:
    """The take that a sidecar tells of. Raises OSError, ValueError, LookupError or TypeError when it or its WAV is not whole."""
    data = _document(sidecar)
    take = wire.build(Take, wire.known(Take, data["take"]))  # a newer version may tell more of it
    if not (8000 <= take.plan.rate <= 192000 and 0 < take.samples <= 1000 * take.plan.rate):
        raise ValueError(f"{sidecar} tells of {take.samples} samples at {take.plan.rate} Hz")
    path = sidecar.with_suffix(".wav")
    if path.stat().st_size != data["bytes"]:
        raise ValueError(f"{path} has not the {data['bytes']} bytes it was written with")
    return replace(take, path=str(path), check=_check(path))


def _document(sidecar: Path) -> Any:
    """What a sidecar holds. Raises OSError or ValueError."""
    with sidecar.open("rb") as file:
        content = file.read(MOST + 1)
    if len(content) > MOST:
        raise ValueError(f"{sidecar} has more than {MOST} bytes")
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError(f"{sidecar} has brackets within brackets without end") from error


def keep_check(take: Take, check: Check) -> Take:
    """Writes what the judges said beside the take, and gives the take with it.

    One that asked less than what is there already is not kept; the take then has that. Raises LineProblem `cannot_write`.
    """
    path = Path(take.path)
    there = _check(path)
    if there is not None and MODES.index(there.mode) > MODES.index(check.mode):
        return replace(take, check=there)
    document = {"dubline_check": CHECKED, "check": wire.plain(check)}
    try:
        whole.write(_beside(path), _page(document).encode(), lasting=False)  # what a power cut takes is asked again
    except OSError as error:
        raise LineProblem("cannot_write", folder=str(path.parent), reason=str(error)) from error
    return replace(take, check=check)


def _beside(path: Path) -> Path:
    """Where the check of a take's WAV lies."""
    return path.with_suffix(".check.json")


def _check(path: Path) -> Check | None:
    """What the judges said of a take's WAV, if that is there, whole and by judges of today."""
    try:
        data = _document(_beside(path))
        check = wire.build(Check, wire.known(Check, data["check"])) if data["dubline_check"] == CHECKED else None
    except (OSError, ValueError, LookupError, TypeError):
        return None  # never judged, or damaged: it can be asked again
    return check if check and check.mode in MODES else None


def store(folder: Path, plan: Plan, fitted: Fitted, compute_seconds: float, warnings: tuple[str, ...] = ()) -> Take:
    """Writes the WAV, then the sidecar. Raises LineProblem `cannot_write`; nothing half-written stays."""
    name = digest(plan)
    path = folder / f"{name}.wav"
    take = Take(
        digest=name,
        path=path.name,
        plan=plan,
        speech=fitted.speech,
        samples=len(fitted.audio),
        overflow_ms=round(fitted.overflow_ms, 3),
        underrun_ms=round(fitted.underrun_ms, 3),
        loudness=fitted.loudness,
        true_peak=fitted.true_peak,
        compute_seconds=round(compute_seconds, 3),
        warnings=warnings,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        size = whole.write(path, _wav(fitted, plan, name))
        document = {
            "dubline_take": SIDECAR,
            "take": wire.plain(take),
            "bytes": size,
            "provenance": {
                "made_by": f"Dubline {__version__}",
                "digital_source_type": SOURCE_TYPE,
                "statement": statement(plan, name),
            },
        }
        whole.write(path.with_suffix(".json"), _page(document).encode())
    except OSError as error:
        raise LineProblem("cannot_write", folder=str(folder), reason=str(error)) from error
    return replace(take, path=str(path))


def _page(document: dict[str, Any]) -> str:
    """JSON for people and programs: a line for each of what a document holds, and of what its tables hold. The whole of it indented would take longer
    than writing the sound."""

    def rows(table: dict[str, Any], inner: Callable[[Any], str], space: str) -> str:
        return "{\n" + ",\n".join(f"{space}{json.dumps(key)}: {inner(value)}" for key, value in table.items()) + f"\n{space[1:]}}}"

    def plain(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    return rows(document, lambda value: rows(value, plain, "  ") if isinstance(value, dict) else plain(value), " ")


def statement(plan: Plan, name: str) -> str:
    """One sentence that says what this sound is, for whoever finds the file alone."""
    told = f"Synthetic speech, made by a machine: Dubline {__version__}, voice {plan.voice.timbre} ({plan.voice.family}), take {name}."
    return f"{told} Enrolled voice and consent: {', '.join(plan.people)}." if plan.people else told


def _wav(fitted: Fitted, plan: Plan, name: str) -> memoryview:
    import soundfile

    # in memory, since soundfile cannot say that a disk is full
    file = io.BytesIO()
    # 24 bits: ffmpeg, and so Blender, searches a 16-bit WAV for hidden DTS sound each time it opens one, 40 ms against 1 ms
    with soundfile.SoundFile(file, "w", plan.rate, fitted.audio.shape[1], subtype="PCM_24", format="WAV") as wav:
        wav.title = plan.text[:200]
        wav.software = f"Dubline {__version__}"
        wav.comment = statement(plan, name)
        wav.write(fitted.audio)
    return file.getbuffer()
