"""What somebody who helps must know of a computer: versions, processor, libraries, models, folders and what failed; nothing of what a film says or who speaks in it."""
from __future__ import annotations

import getpass
import importlib.metadata
import os
import platform
import re
import shutil
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import __version__, models, zips
from .problems import PROBLEMS

LIBRARIES = ("numpy", "onnxruntime", "onnx", "protobuf", "soundfile", "soxr", "pedalboard", "praat-parselmouth", "espeakng-loader", "requests")
"""Packages that the engine speaks with."""

FEATURES = ("SSE3", "SSSE3", "SSE41", "SSE42", "AVX", "AVX2", "FMA3", "AVX512F", "NEON", "ASIMD")
"""Of a processor, as numpy calls them."""

TECHNICAL = {
    "no_model", "bad_model", "cannot_prepare", "cannot_keep", "no_torch", "no_recogniser", "cannot_hear", "cannot_part", "cannot_lay", "cannot_write",
    "cannot_start", "no_library", "no_memory", "cannot_read", "no_device", "no_channel",
}  # fmt: skip
"""Problems whose words name files, folders and libraries, and never a text or a voice."""

TOLD = {"worker_died": r"exit code -?\d+", "engine_died": r"exit code -?\d+", "engine_error": r"(?<=own: )\w+"}
"""Of others what may be told."""

MOST_LOG, MOST_PLACES = 1 << 16, 30
"""Bytes of a log that are looked through, and lines of it that are told."""


def report(folder: Path, about: Iterable[tuple[str, str]] = (), folders: Iterable[Path] = (), failed: Iterable[tuple[str, str]] = (), log: Path | None = None) -> str:
    """The whole, a fact a line. folder: of the models; about: facts that the caller knows; folders: where it writes; failed: code and message of problems."""
    facts = [("Dubline", __version__), *about, ("Python", f"{platform.python_version()}, {sys.executable}"), ("System", f"{platform.platform()}, {platform.machine()}")]
    made = zips.fitting()
    facts += [("Zip for it", made.file if made else f"none is made for {zips.this_platform()} with Python {zips.PYTHON}")]
    facts += [("Processor", f"{os.cpu_count()} cores; {features()}"), ("Memory", _memory())]
    facts += [("Library", f"{name} {version(name)}") for name in LIBRARIES]
    facts += [("Proxy", ", ".join(sorted(urllib.request.getproxies())) or "none")]
    facts += [("Model", f"{name} in {folder}: {models.state(name, folder)}") for name in models.catalogue()]
    facts += [("Folder", f"{one}: {room(one)}") for one in dict.fromkeys((folder, *folders))]
    facts += [("Failed", f"{count} x {told}") for told, count in Counter(f"{code}: {discreet(code, message)}" for code, message in failed).items()]
    facts += [("Log", told) for told in (places(log) if log else ())]
    return "\n".join(f"{name}: {shortened(value)}" for name, value in facts) + "\n"


def version(package: str) -> str:
    """Of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "is missing"


def features() -> str:
    """What the processor can do of what libraries may ask for."""
    try:
        from numpy._core._multiarray_umath import __cpu_features__ as found  # type: ignore[attr-defined]  # numpy does not tell of it
    except ImportError:
        try:
            from numpy.core._multiarray_umath import __cpu_features__ as found  # numpy before 2
        except ImportError:
            return "unknown"
    return " ".join(f"{'+' if found[name] else '-'}{name}" for name in FEATURES if name in found)


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.1f} GB"
    except (AttributeError, OSError, ValueError):
        return "unknown"


def room(folder: Path) -> str:
    """Whether a folder can be written to, and what is free there."""
    try:
        there = next((one for one in (folder, *folder.parents) if one.is_dir()), folder)
        state = "can be written" if os.access(there, os.W_OK) else "cannot be written"
        return f"{state if there == folder else f'is not there, {there} {state}'}, {shutil.disk_usage(there).free / 1e9:.1f} GB free"
    except OSError as error:
        return error.strerror or str(error)


def discreet(code: str, message: str) -> str:
    """What a problem says, without what a film says."""
    if code in TECHNICAL:
        return message
    if code in TOLD and (found := re.search(TOLD[code], message)):
        return found[0]
    return re.sub(r"\{[^}]*\}", "…", PROBLEMS[code][0]) if code in PROBLEMS else "…"


def places(log: Path) -> list[str]:
    """Where in the code the errors of a log were, and of which kind they are; what they say may be private."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - MOST_LOG))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        if place := re.fullmatch(r'\s*File "(.*)", line (\d+), in (\S+)', line):
            found.append(f"{'/'.join(place[1].replace(chr(92), '/').split('/')[-2:])}:{place[2]} in {place[3]}")
        elif kind := re.match(r"((?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt))\b", line):
            found.append(kind[1])
    return found[-MOST_PLACES:]


def shortened(text: str) -> str:
    """A text in which the person's home and their name in paths are not told."""
    for home in sorted({str(Path.home()), os.path.expanduser("~"), Path.home().as_posix()}, key=len, reverse=True):
        if len(home) > 1:
            text = re.sub(rf"{re.escape(home)}(?=[\\/]|$|\W)", "~", text, flags=re.IGNORECASE if os.name == "nt" else 0)
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        return text
    return re.sub(rf"(?<=[\\/]){re.escape(name)}(?=[\\/]|$)", "…", text) if name else text


def add(verbs: Any, common: Any) -> None:
    """The verb `diagnose`. verbs: of argparse; common: parent of the other verbs."""
    diagnose = verbs.add_parser("diagnose", parents=[common], help="tell what somebody who helps must know of this computer: versions, processor, libraries, models; nothing private")
    diagnose.add_argument("--log", type=Path, help="of a worker whose errors are to be told by kind and place")
    diagnose.set_defaults(verb=_diagnose)


def _diagnose(options: Any) -> int:
    print(report(options.models, log=options.log), end="")
    return 0
