"""Files that are written whole or not at all."""
from __future__ import annotations

import io
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DRAFT = re.compile(r"\..+-[0-9a-f]{8}\.[^.]+")
"""Name of a file that is not whole yet."""

STILL = 60.0
"""Seconds that nobody wrote to a draft after which nobody will: whoever began it was killed."""


def write(path: Path, content: bytes | memoryview, lasting: bool = True) -> int:
    """Writes beside the place and moves in one step; returns the size in bytes. Raises OSError, and then leaves nothing.

    lasting: it outlives a power cut from now on, which costs the disk its time; else only this program's end.
    """
    draft = _draft(path)
    try:
        with draft.open("xb") as file:
            file.write(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        try:
            os.replace(draft, path)
        except PermissionError:
            # Windows replaces no file that is being played; one of the same content need not be
            if not path.is_file() or path.read_bytes() != content:
                raise
    finally:
        draft.unlink(missing_ok=True)
    return len(content)


@contextmanager
def growing(path: Path) -> Iterator[Growing]:
    """A file to write to bit by bit, which stands in its place when all went well. Raises OSError; then, and after any other error, nothing is left."""
    draft = _draft(path)
    try:
        with Growing(draft, "xb+") as file:
            yield file
            file.flush()
            if file.problem:
                raise file.problem
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


class Growing(io.FileIO):
    """Remembers why it could not be written: a C library that writes through it does not tell."""

    problem: OSError | None = None

    def write(self, content: Any) -> int:
        """Bytes that were written: all, until something could not be."""
        rest = memoryview(content)
        try:
            while rest and not self.problem:
                rest = rest[super().write(rest) :]
        except OSError as error:
            self.problem = error
        return len(content) - len(rest)


def abandoned(folder: Path) -> list[Path]:
    """Drafts in the folder that were begun and will not be finished."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if DRAFT.fullmatch(path.name) and path.is_file() and time.time() - path.stat().st_mtime > STILL:
                found.append(path)
        except OSError:  # finished meanwhile
            continue
    return sorted(found)


def _draft(path: Path) -> Path:
    # not tempfile: its files are their owner's alone, and a take is shared like any other file of the project
    return path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
