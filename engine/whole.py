"""Files that are written whole or not at all."""
from __future__ import annotations

import os
import uuid
from pathlib import Path


def write(path: Path, content: bytes) -> int:
    """Writes beside the place and moves in one step; returns the size in bytes. Raises OSError, and then leaves nothing."""
    # not tempfile: its files are their owner's alone, and a take is shared like any other file of the project
    draft = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        with draft.open("xb") as file:
            file.write(content)
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
