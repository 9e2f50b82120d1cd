"""A voice as one file, that another computer can take in: a zip of `voice.json` and, where it was kept, `recording.flac`."""
from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from .. import whole
from ..problems import LineProblem
from .library import FILE, MOST, MOST_RECORDING, RECORDING, Enrolled, Library, told, written

ENDING = ".dubvoice"

LIMITS = {FILE: MOST, RECORDING: MOST_RECORDING}
"""What a parcel may hold, and how many bytes of each."""

DAY = (1980, 1, 1, 0, 0, 0)
"""The same voice is the same file."""


def pack(library: Library, name: str, target: Path) -> Enrolled:
    """Writes the voice's parcel. Raises LineProblem `unknown_voice`, `bad_voice` or `cannot_keep`."""
    voice, recording = library.find(name), library.recording(name)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parcel:
        for inside, content, method in ((FILE, written(voice), zipfile.ZIP_DEFLATED), (RECORDING, recording, zipfile.ZIP_STORED)):
            if content is not None:
                parcel.writestr(zipfile.ZipInfo(inside, DAY), content, method)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        whole.write(target, file.getvalue())
    except OSError as error:
        raise LineProblem("cannot_keep", folder=str(target), reason=error.strerror or str(error)) from error
    return voice


def unpack(source: Path) -> tuple[Enrolled, bytes | None]:
    """A parcel's voice and its recording. Nothing is written. Raises LineProblem `bad_voice`."""
    try:
        if source.stat().st_size > sum(LIMITS.values()) + MOST:
            raise ValueError("it is too large for a voice")
        with zipfile.ZipFile(source) as parcel:
            names = parcel.namelist()
            if FILE not in names or len(set(names)) < len(names) or set(names) - set(LIMITS):
                raise ValueError(f"it holds other files than {FILE} and {RECORDING}")
            # of the others Python unpacks a file at once, and a small one may be larger than any memory
            if any(one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in parcel.infolist()):
                raise ValueError("it is packed in another way than voices are")
            content = {name: _content(parcel, name) for name in names}
    # what a broken or encrypted zip raises is told by no one class
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise LineProblem("bad_voice", path=str(source), reason=f"{getattr(error, 'strerror', None) or error}.") from error
    voice, recording = told(content[FILE], str(source)), content.get(RECORDING)
    if voice.recording != (hashlib.sha256(recording).hexdigest() if recording is not None else ""):
        raise LineProblem("bad_voice", path=str(source), reason="its recording is missing, or not the one that was kept.")
    return voice, recording


def take_in(library: Library, source: Path, name: str = "", replacing: bool = False) -> Enrolled:
    """Keeps a parcel's voice, under another name where one is given. Raises LineProblem as `unpack` and `Library.keep` do."""
    voice, recording = unpack(source)
    voice = replace(voice, name=name or voice.name)
    library.keep(voice, recording, replacing)
    return voice


def _content(parcel: zipfile.ZipFile, name: str) -> bytes:
    with parcel.open(name) as file:
        # what the zip says of its sizes is not relied on
        content = file.read(LIMITS[name] + 1)
    if len(content) > LIMITS[name]:
        raise ValueError(f"its {name} has more than {LIMITS[name]} bytes")
    return content
