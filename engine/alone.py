"""One at a time: a lock on a file, which goes when its process does, however that ends."""
from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import IO

PAUSE = 0.2
"""Seconds between two tries."""

_own: set[Path] = set()
"""Locks that this process holds."""


@contextlib.contextmanager
def alone(path: Path, waits: Callable[[int], object] = lambda tries: None) -> Iterator[bool]:
    """Holds the lock inside the block, and waits for whoever has it; gives False where the disk knows no locks, and then nobody is kept out.

    waits: called with the number of tries while somebody else has it; what it raises ends the waiting. The file stays, since removing it would let
    two in. Raises OSError when it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as file:
        for tries in count():
            try:
                _take(file)
            except (BlockingIOError, PermissionError):  # somebody has it, as Linux, macOS and Windows say it
                waits(tries)
                time.sleep(PAUSE)
            except OSError:
                yield False
                return
            else:
                break
        _own.add(path.resolve())
        try:
            yield True
        finally:
            _own.discard(path.resolve())
            _give(file)


def taken(path: Path) -> bool:
    """Whether another process holds the lock, or False where nobody can tell: the disk knows no locks, or the file is not ours to open."""
    if path.resolve() in _own:
        return False
    with contextlib.suppress(OSError), open(path, "ab") as file:
        try:
            _take(file)
        except (BlockingIOError, PermissionError):
            return True
        _give(file)
    return False


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _give(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
