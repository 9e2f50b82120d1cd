"""Which takes were made with a person's voice, as their sidecars tell: what becomes of a consent can be followed."""
from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SIDECAR = re.compile(r"[0-9a-f]{20}\.json")
"""Name of a take's sidecar; a check's is another."""

MOST = 1 << 24
"""Bytes of a sidecar that is read."""


@dataclass(frozen=True)
class Use:
    """One take that imitates a person."""

    path: str
    """Its sidecar; the WAV beside it has the same name."""
    text: str
    voice: str
    """Id of the voice."""
    consent: str
    """Id of the consent."""

    @property
    def name(self) -> str:
        """The voice's name."""
        return self.voice.rpartition("-")[0]


def uses(folders: Iterable[Path]) -> Iterator[Use]:
    """Every use of every enrolled voice in the folders and all within them; what is no take is passed by."""
    for folder in folders:
        for home, inside, names in os.walk(folder):
            inside.sort()
            for name in sorted(filter(SIDECAR.fullmatch, names)):
                yield from _of(Path(home, name))


def of(name: str, consents: Iterable[str], folders: Iterable[Path]) -> tuple[Use, ...]:
    """Uses of the voice of that name, and of any other that carries one of these consents."""
    wanted = set(consents)
    return tuple(use for use in uses(folders) if use.name == name or use.consent in wanted)


def _of(sidecar: Path) -> Iterator[Use]:
    try:
        if sidecar.stat().st_size > MOST:
            return
        plan = json.loads(sidecar.read_bytes())["take"]["plan"]
        text, people = str(plan["text"]), [str(mark).partition(" ") for mark in plan.get("people", ())]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return
    yield from (Use(str(sidecar), text, voice, consent) for voice, _, consent in people)
