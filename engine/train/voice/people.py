"""Real people to learn timbres from: twenty-one volunteers whose speech packages of Debian carry under free licences.

None of them is judged by the bench of voices, nor is anybody who could be one of those: by CAM++ they are alike by 0.54 at most.
The packages seldom tell a sex; it is a median F0 over 165 Hz that makes an "f". Many say single words or letters, so their
recordings are put in a row. Left out are recordings at 8 kHz, children, and the Bulgarian stamps, whose words recur too exactly
to be a person's.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..recordings import read, unpacked

LENGTH, MOST = 5.0, 60
"""Seconds of speech in a clip, at least, and clips of one person, at most."""

PAUSE = 0.1
"""Seconds between recordings that are put in a row."""

QUIET = 0.02
"""Of the loudest 10 ms, under which a recording's ends are silence."""


@dataclass(frozen=True)
class Row:
    """A person as the table has them: `clips` is a pattern under the package's folder."""

    name: str
    sex: str
    language: str
    clips: str


@dataclass(frozen=True)
class Source:
    """A package, the folder under which clips lie, and its licence with the place that tells it."""

    pin: str
    sha256: str = field(repr=False)
    folder: str
    licence: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Person:
    """A person with clips of mono float32 at `rate` Hz."""

    name: str
    sex: str
    """ "f" or "m"."""
    language: str
    licence: str
    clips: tuple[np.ndarray, ...] = field(repr=False)
    rate: int


TRAIN = (
    Source("tuxpaint-stamps-default=2022.06.04-1", "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34", "usr/share/tuxpaint/stamps", "GPL-2, debian/copyright", (
        Row("stamps-fr", "m", "fr", "**/*_desc_fr.ogg"), Row("stamps-ro", "f", "ro", "**/*_desc_ro.ogg"), Row("stamps-ca", "m", "ca", "**/*_desc_ca.ogg"),
        Row("stamps-be", "f", "be", "**/*_desc_be.ogg"), Row("stamps-da", "m", "da", "**/*_desc_da.ogg"), Row("stamps-nl", "m", "nl", "**/*_desc_nl.ogg"),
    )),
    Source("klettres-data=4:22.12.3-1", "1186d257a19e84230856baea0b0b1ded8be9195080fcdb2588970b5cd937f5a8", "usr/share/klettres", "GPL-2+, debian/copyright", (
        Row("letters-cs", "f", "cs", "cs/*/*.ogg"), Row("letters-de", "m", "de", "de/syllab/*.ogg"), Row("letters-en", "m", "en-us", "en/*/*.ogg"),
        Row("letters-gb", "f", "en-gb", "en_GB/*/*.ogg"), Row("letters-es", "f", "es", "es/*/*.ogg"), Row("letters-fr", "m", "fr", "fr/*/*.ogg"),
        Row("letters-he", "f", "he", "he/*/*.ogg"), Row("letters-hu", "m", "hu", "hu/alpha/*.ogg"), Row("letters-it", "f", "it", "it/*/*.ogg"),
        Row("letters-lt", "m", "lt", "lt/*/*.ogg"), Row("letters-nb", "f", "nb", "nb/*/*.ogg"), Row("letters-nds", "m", "nds", "nds/*/*.ogg"),
        Row("letters-ru", "f", "ru", "ru/alpha/*.ogg"), Row("letters-uk", "f", "uk", "uk/*/*.ogg"),
    )),
    Source("festvox-ru=0.5+dfsg-6", "21ef3f0f2978ecf2e2eddb367cb0ff4a72572196d28dc69feb84f4177af5e6c4", "usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav", "BSD-like, N. V. Shmyrev, debian/copyright", (
        Row("festvox-ru", "m", "ru", "*.wav"),
    )),
)  # fmt: skip


def people(folder: Path) -> Iterator[Person]:
    """Everybody of TRAIN, one after the other. folder: where packages are unpacked. Raises what `unpacked` raises."""
    for source in TRAIN:
        home = unpacked(source.pin, source.sha256, folder) / source.folder
        for row in source.rows:
            clips, rate = _in_rows(sorted(home.glob(row.clips)))
            yield Person(row.name, row.sex, row.language, source.licence, tuple(clips), rate)


def _in_rows(paths: list[Path]) -> tuple[list[np.ndarray], int]:
    """Recordings without their silent ends, put in rows of LENGTH; what is left over at the end is no clip."""
    found: list[np.ndarray] = []
    parts: list[np.ndarray] = []
    rate = read(paths[0])[1]
    for path in paths:
        samples, own = read(path)
        if own != rate:
            continue
        parts += [_spoken(samples, rate), np.zeros(round(PAUSE * rate), np.float32)]
        if sum(len(part) for part in parts[::2]) >= LENGTH * rate:
            found.append(np.concatenate(parts[:-1]))
            parts = []
        if len(found) == MOST:
            break
    return found, rate


def _spoken(samples: np.ndarray, rate: int) -> np.ndarray:
    hop = rate // 100
    level = np.sqrt((samples[: len(samples) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1))
    (loud,) = np.nonzero(level > QUIET * level.max(initial=0.0))
    return samples[loud[0] * hop : (loud[-1] + 1) * hop] if len(loud) else samples[:0]
