"""Which files a model consists of, by which hash each is known, and how they get onto this computer when asked for.

The catalogue is `manifest.toml`. On disk a model is the folder `<models>/<name>/` with the files under their own names.
"""
from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import json
import os
import shutil
import sys
import threading
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import sources
from .alone import alone
from .problems import LineProblem
from .sources import Source, SourceFailed, Stopped

__all__ = ["File", "Model", "Stopped", "begun", "catalogue", "fetch", "find", "folder", "import_from", "state", "verify"]

MANIFEST = Path(__file__).resolve().parent.parent / "manifest.toml"

CHECKED = "checked.json"
"""In a model's folder: what was hashed already, so that a look-up need not read a hundred megabytes again."""


@dataclass(frozen=True)
class File:
    """One file of a model."""

    name: str
    """Path in the model's folder, with forward slashes."""
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True)
class Model:
    """One entry of the catalogue."""

    name: str
    title: str
    licence: str
    optional: bool
    """True when dubbing works without it."""
    files: tuple[File, ...]
    sources: tuple[Source, ...]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)

    @property
    def home(self) -> str:
        """Where it is downloaded from first, for a person: a server's name, or packages."""
        first = next(iter(self.sources), None)
        return (first.url.split("/")[2] if first.url else first.label) if first else ""


def catalogue() -> dict[str, Model]:
    """Every model of the manifest, by name."""
    return _read(MANIFEST)


@lru_cache(maxsize=4)
def _read(manifest: Path) -> dict[str, Model]:
    tables = tomllib.loads(manifest.read_text(encoding="utf-8"))["models"]
    return {
        name: Model(
            name,
            table["title"],
            table["licence"],
            table.get("optional", False),
            tuple(File(file, row["size"], row["sha256"]) for file, row in table["files"].items()),
            tuple(map(_source, table.get("sources", ()))),
        )
        for name, table in tables.items()
    }


def _source(table: dict[str, Any]) -> Source:
    told: dict[str, Any] = {key: tuple(row) if isinstance(row, list) else row for key, row in table.items()}
    return Source(**told)


def folder() -> Path:
    """Where models are kept: DUBLINE_MODELS, or else the user's data folder as the platform has it."""
    chosen = os.environ.get("DUBLINE_MODELS")
    return Path(chosen) if chosen else own_folder()


def own_folder() -> Path:
    """The person's own folder of models, and of what is made out of one that lies where they may only read."""
    home = Path.home()
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = home / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return data / "dubline" / "models"


def find(name: str, models: Path | None = None) -> Path:
    """The folder of a model whose files are all there and right. Raises LineProblem no_model or bad_model.

    A file is hashed once; afterwards its size and time of change are enough.
    """
    model = _model(name)
    home = _home(model, models)
    try:
        missing, wrong = _look(model, home)
    except OSError as error:
        raise LineProblem("no_model", reason=f"{home} cannot be read: {error.strerror or error}") from error
    if len(missing) == len(model.files):
        raise LineProblem("no_model", reason=f"{name} is not in {home.parent}")
    if missing:
        raise LineProblem("no_model", reason=f"{home} lacks {_some(missing)}")
    if wrong:
        raise LineProblem("bad_model", reason=f"{_some(wrong)} in {home} {'is' if len(wrong) == 1 else 'are'} not what the catalogue says")
    return home


def state(name: str, models: Path | None = None) -> str:
    """`ready`, `missing`, `incomplete`, `damaged`, or `unreadable` when the system does not let us look."""
    model = _model(name)
    try:
        missing, wrong = _look(model, _home(model, models))
    except OSError:
        return "unreadable"
    if wrong:
        return "damaged"
    if not missing:
        return "ready"
    return "missing" if len(missing) == len(model.files) else "incomplete"


def begun(name: str, models: Path | None = None) -> int:
    """Bytes of its broken downloads, which the next try goes on from."""
    try:
        return sum(path.stat().st_size for path in (_home(_model(name), models) / ".partial").rglob("*.part") if path.is_file())
    except OSError:
        return 0


def verify(name: str, models: Path | None = None, progress: Callable[[int, int], None] | None = None) -> tuple[str, ...]:
    """Reads and hashes every file anew; says what is wrong, in sentences, and nothing when all is right."""
    model = _model(name)
    home = _home(model, models)
    done = 0
    for file in model.files:
        if (home / file.name).is_file() and _hash(home / file.name) == file.sha256:
            _remember(home, [file])
        else:
            _forget(home, file)
        done += file.size
        if progress:
            progress(done, model.size)
    missing, wrong = _look(model, home)
    return (*(f"{home / file.name} is missing" for file in missing), *(f"{home / file.name} has another content than it should" for file in wrong))


def fetch(
    name: str,
    models: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
    kinds: Iterable[str] = (),
) -> Path:
    """Gets what is missing or wrong of a model from its sources, in their order, and gives its folder.

    progress(bytes done, bytes in all); `stop` is asked often and ends it with Stopped; `kinds` names the kinds of source
    to try, in that order, all as written by default. What a broken download left is used by the next try. Raises
    LineProblem no_model with every source's reason when none could give a file.
    """
    kinds = tuple(kinds)
    found = [source for source in _model(name).sources if not kinds or source.kind in kinds]
    if kinds:
        found.sort(key=lambda source: kinds.index(source.kind))
    return _gather(name, models, found, lambda partial, meter: sources.Online(partial, meter), progress, stop)


def import_from(
    name: str,
    given: Path,
    models: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Path:
    """As fetch, from this computer. given: a folder with the files themselves or the downloads they come out of, or a zip of the files."""
    given = Path(given)
    offers = (Source("folder", ("*",)), *_model(name).sources)
    try:
        if given.is_dir():
            return _gather(name, models, offers, lambda partial, meter: sources.Folder(given, name), progress, stop)
        with zipfile.ZipFile(given) as archive:
            return _gather(name, models, offers[:1], lambda partial, meter: sources.Pack(archive, name), progress, stop)
    except zipfile.BadZipFile as error:
        raise LineProblem("no_model", reason=f"{given} is neither a folder nor a zip") from error
    except OSError as error:
        raise LineProblem("no_model", reason=f"{given} cannot be read: {error.strerror or error}") from error


def _gather(
    name: str, models: Path | None, offers: Iterable[Source], origin: Callable[[Path, sources.Meter], Any],
    progress: Callable[[int, int], None] | None, stop: Callable[[], bool] | None,
) -> Path:  # fmt: skip
    model = _model(name)
    home = _home(model, models)
    partial = home / ".partial"
    reasons: list[str] = []
    try:
        partial.mkdir(parents=True, exist_ok=True)
        with _alone(home, stop):
            missing, wrong = _look(model, home)
            wanted = [*missing, *wrong]
            _see_room(home, wanted)
            meter = sources.Meter(sum(file.size for file in wanted), progress, stop)
            place = origin(partial, meter)
            for source in offers:
                batch = [file for file in wanted if any(fnmatch.fnmatchcase(file.name, pattern) for pattern in source.files)]
                try:
                    for file, chunks in sources.give(source, batch, place) if batch else ():
                        meter.check()
                        if _keep(home, file, chunks, meter):
                            wanted.remove(file)
                            meter.finish(file.size)
                        else:
                            reasons.append(f"{source.label}: {file.name} has a wrong SHA-256 and was thrown away")
                except SourceFailed as failure:
                    reasons.append(f"{source.label}: {failure}")
            if not wanted:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise LineProblem("no_model", reason=f"{home} could not be written: {error.strerror or error}") from error
    if wanted:
        raise LineProblem("no_model", reason=f"{_some(wanted)} could not be had. " + "; ".join(dict.fromkeys(reasons)))
    return home


def _see_room(home: Path, wanted: list[File]) -> None:
    """Raises LineProblem when the disk cannot hold the files, before a person waits for them."""
    size = sum(file.size for file in wanted)
    with contextlib.suppress(OSError):  # some network drives do not tell
        free = shutil.disk_usage(home).free
        if size <= free:
            return
        raise LineProblem("no_model", reason=f"{home} has room for {free / 1e6:.0f} MB, and the files have {size / 1e6:.0f} MB")


def _keep(home: Path, file: File, chunks: Iterator[bytes], meter: sources.Meter) -> bool:
    """Writes the file under its name if its hash is right; a reader never sees half of it."""
    target = home / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    making = home / ".partial" / f"{target.name}.new"
    digest, size = hashlib.sha256(), 0
    try:
        with making.open("wb") as stream:
            for chunk in chunks:
                digest.update(chunk)
                stream.write(chunk)
                size += len(chunk)
                meter.now(size)
                if size > file.size:  # it cannot be the file, and a small archive may hold what fills a disk
                    return False
        if digest.hexdigest() != file.sha256:
            return False
        os.replace(making, target)
    finally:
        making.unlink(missing_ok=True)
    _remember(home, [file])
    return True


def _look(model: Model, home: Path) -> tuple[list[File], list[File]]:
    """Files that are missing, and files that are there but wrong."""
    known = _known(home)
    missing: list[File] = []
    wrong: list[File] = []
    fresh: list[File] = []
    for file in model.files:
        path = home / file.name
        try:
            now = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            missing.append(file)
            continue
        if now.st_size != file.size:
            wrong.append(file)
        elif known.get(file.name) != [now.st_size, now.st_mtime_ns, file.sha256]:
            (fresh if _hash(path) == file.sha256 else wrong).append(file)
    if fresh:
        _remember(home, fresh)
    return missing, wrong


def _known(home: Path) -> dict:
    try:
        known = json.loads((home / CHECKED).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(home: Path, files: Iterable[File]) -> None:
    known = _known(home)
    for file in files:
        now = (home / file.name).stat()
        known[file.name] = [now.st_size, now.st_mtime_ns, file.sha256]
    _write_known(home, known)


def _forget(home: Path, file: File) -> None:
    known = _known(home)
    if known.pop(file.name, None):
        _write_known(home, known)


def _write_known(home: Path, known: dict) -> None:
    making = home / f"{CHECKED}.{os.getpid()}-{threading.get_ident()}"
    # A folder that takes no writing (read-only, full) is used all the same; it is then hashed anew each time.
    with contextlib.suppress(OSError):
        making.write_text(json.dumps(known, indent=0), encoding="utf-8")
        os.replace(making, home / CHECKED)
    with contextlib.suppress(OSError):
        making.unlink(missing_ok=True)


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _model(name: str) -> Model:
    if name not in catalogue():
        raise LineProblem("no_model", reason=f"the catalogue has no {name!r}, only {', '.join(catalogue())}")
    return catalogue()[name]


def _home(model: Model, models: Path | None) -> Path:
    return (folder() if models is None else Path(models)) / model.name


def _some(files: list[File]) -> str:
    names = [file.name for file in files]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _alone(home: Path, stop: Callable[[], bool] | None) -> contextlib.AbstractContextManager:
    """Only one process at a time fills a model's folder. Raises Stopped when `stop` says so while another process is at work."""

    def waits(_tries: int) -> None:
        if stop and stop():
            raise Stopped

    return alone(home / ".lock", waits)
