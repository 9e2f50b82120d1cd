"""The files of takes: whose they are, which of them nobody needs, and how those of a film come together beside it."""
from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..engine import whole
from ..engine.alone import taken
from . import compat, props, shelf
from .translation import rpt_

NAMES = re.compile(r"([0-9a-f]{20})\.(?:wav|json|check\.json)")
"""A take's sound, its sidecar, and what judges say of it."""

ENDINGS = (".wav", ".json", ".check.json")

MENTION = re.compile(rb"(?<![0-9a-f])[0-9a-f]{20}(?![0-9a-f])")

PIECE = 1 << 24
"""Bytes of another film that are looked through at a time."""


@dataclass(frozen=True)
class Spare:
    """A take whose files nobody needs."""

    digest: str
    paths: tuple[Path, ...]
    size: int


def in_folder(folder: Path) -> dict[str, list[Path]]:
    """The files of every take in a folder, by digest; what is no take's is passed by."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        named = NAMES.fullmatch(path.name)
        if named and path.is_file():
            found.setdefault(named[1], []).append(path)
    return found


class Needs:
    """Who needs which takes, in all scenes of the open film and in the films beside it: read once, for one question."""

    def __init__(self, others: bool = True):
        """others: whether the other films in its folder are asked."""
        self.played: set[str] = {shelf.digest_of(sound) for sound in bpy.data.sounds if sound.users}
        self.kept: set[str] = set()
        self.lists: dict[str, set[tuple[str, str]]] = {}
        """Digest -> scene and strip of every line that has it in its list."""
        self.beside: dict[str, str] = {}
        """Digest -> name of another film that names it."""
        self.unknown = ""
        """Why a take may be needed that nothing names; empty when all that is needed is known."""
        for scene in bpy.data.scenes:
            for strip in compat.all_strips(scene.sequence_editor) if scene.sequence_editor else ():
                known = props.state(strip)
                if "of" in known:
                    self.played.add(known.get("take", ""))
                    continue
                for entry in shelf.listed(known):
                    self.lists.setdefault(entry["take"], set()).add((scene.name, strip.name))
                    if entry.get("kept"):
                        self.kept.add(entry["take"])
        for film in _at_work() if others else ():  # first, since whoever ends meanwhile has saved what is read then
            self.unknown = rpt_("perhaps needed by {film}, which a batch is working on").format(film=film)
        for path in _other_films() if others else ():
            try:
                for digest in _mentions(path):
                    self.beside.setdefault(digest, path.name)
            except (OSError, ValueError):
                self.unknown = rpt_("perhaps needed by {film}, which cannot be looked into").format(film=path.name)

    def why(self, digest: str, line: tuple[str, str] | None = None, listed: bool = True) -> str:
        """Why the take's files stay; empty when nobody needs them.

        line: scene and strip of the one line whose list does not count; without it none counts unless `listed` says so.
        """
        if digest in self.played:
            return rpt_("played")
        if digest in self.kept:
            return rpt_("kept")
        if (line is not None and self.lists.get(digest, set()) - {line}) or (line is None and not listed and digest in self.lists):
            return rpt_("in the list of another line") if line else rpt_("in the list of a line")
        if digest in self.beside:
            return rpt_("named by {film}").format(film=self.beside[digest])
        return self.unknown

    @property
    def wanted(self) -> set[str]:
        """What the open film plays or keeps."""
        return (self.played | self.kept) - {""}


def spare(digests, places: dict[str, list[Path]], needs: Needs, line=None, listed: bool = True) -> tuple[list[Spare], dict[str, int]]:
    """Of these takes those that nobody needs, and how many stay for which reason."""
    found, staying = [], {}
    for digest in digests:
        reason = needs.why(digest, line, listed)
        if reason:
            staying[reason] = staying.get(reason, 0) + 1
        else:
            found.append(spared(digest, places.get(digest, ())))
    return found, staying


def spared(name: str, paths) -> Spare:
    """Files with the bytes that they take; without those that somebody else has removed meanwhile."""
    sizes = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            sizes[path] = path.stat().st_size
    return Spare(name, tuple(sizes), sum(sizes.values()))


def remove(spares: list[Spare]) -> tuple[set[str], list[str]]:
    """Deletes the files; digests of which none is left, and what hindered it."""
    gone, problems = set(), []
    for one in spares:
        try:
            for path in one.paths:
                path.unlink(missing_ok=True)
            gone.add(one.digest)
        except OSError as error:
            problems.append(f"{one.digest}: {error.strerror or error}")
    return gone, problems


def forget(digests: set[str], line: tuple[str, str] | None = None):
    """Takes them off the lists of all lines, or of one."""
    for scene in bpy.data.scenes:
        for strip in compat.all_strips(scene.sequence_editor) if scene.sequence_editor else ():
            known = props.state(strip)
            entries = shelf.listed(known)
            left = [entry for entry in entries if entry["take"] not in digests]
            if len(left) < len(entries) and line in (None, (scene.name, strip.name)):
                used = [digest for digest in known.get("used", ()) if digest not in digests]
                props.update(strip, takes=left or None, used=used if len(used) > 1 else None)


def beside_film(folder: Path) -> bool:
    """Whether a folder lies in the film's own, so that only films beside it share it."""
    home = Path(os.path.normpath(bpy.path.abspath("//"))) if bpy.data.filepath else None
    return home is not None and home in Path(os.path.normpath(folder)).parents


def told(size: int) -> str:
    """Bytes for a person."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def collect(context, digests: set[str], folder: Path, move: bool) -> tuple[int, list[str]]:
    """Brings the takes' files into the folder and lets the film play them there; how many are there, and what hindered the others.

    move: the files they were copied from go, where nobody else needs them.
    """
    places = [place for place in shelf.folders(context) if place != folder]
    there, problems, sources = set(), [], []
    for digest in sorted(digests):
        origin = next((place for place in (folder, *places) if (place / f"{digest}.json").is_file() and (place / f"{digest}.wav").is_file()), None)
        if origin is None:
            problems.append(rpt_("{take}: its files are missing").format(take=digest))
            continue
        try:
            _copy(digest, origin, folder, lasting=move)
        except OSError as error:
            problems.append(f"{digest}: {error.strerror or error}")
            continue
        there.add(digest)
        if origin != folder:
            sources.append(Spare(digest, tuple(path for path in (origin / f"{digest}{ending}" for ending in ENDINGS) if path.is_file()), 0))
    for sound in bpy.data.sounds:
        digest = shelf.digest_of(sound)
        if digest in there and sound.library is None and not sound.packed_file:
            wanted = bpy.path.relpath(str(folder / f"{digest}.wav"))
            if sound.filepath != wanted:
                sound.filepath = wanted
    if move:
        needs = Needs()
        problems += remove([one for one in sources if one.digest not in needs.beside and not needs.unknown])[1]
    return len(there), problems


def _copy(digest: str, origin: Path, folder: Path, lasting: bool):
    """The sidecar last, since a take whose sidecar is there counts as whole. Raises OSError.

    lasting: also after a power cut, as it has to where the original goes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for ending in (".wav", ".check.json", ".json") if origin != folder else ():
        path = origin / f"{digest}{ending}"
        if path.is_file():
            whole.write(folder / path.name, path.read_bytes(), lasting)


def _other_films() -> list[Path]:
    """Films in the folder of the open one: they may play the same takes. Blender's backups are none."""
    own = Path(bpy.data.filepath)
    return sorted(path for path in own.parent.glob("*.blend") if path.name != own.name) if bpy.data.filepath else []


def _at_work() -> list[str]:
    """Films that another batch is working on with takes of the same folders: what they need is in no file yet."""
    locks = (lock for folder in shelf.folders(bpy.context) if folder.is_dir() for lock in folder.glob(".*.lock"))
    return sorted(lock.stem[1:] for lock in locks if taken(lock))


def _mentions(film: Path) -> Iterator[str]:
    """Digests of takes in the bytes of a .blend, and what looks like them. Raises OSError or ValueError when it cannot be looked into."""
    rest = b""
    for piece in _pieces(film):
        yield from (found.decode() for found in MENTION.findall(rest + piece))
        rest = piece[-40:]  # for one that the border cuts in two


def _pieces(film: Path) -> Iterator[bytes]:
    """The content of a .blend, unpacked."""
    with film.open("rb") as file:
        packed = file.read(4) == b"\x28\xb5\x2f\xfd"
        file.seek(0)
        if not packed:
            yield from iter(lambda: file.read(PIECE), b"")
            return
        try:
            import zstandard
        except ImportError as error:
            raise ValueError(f"{film.name} is compressed") from error
        try:
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            yield from iter(lambda: reader.read(PIECE), b"")
        except zstandard.ZstdError as error:
            raise ValueError(f"{film.name} is damaged") from error
