"""How an engine apart comes to this computer when a person asks for it: a Python environment of its own, its packages, its weights.

Nothing here happens by itself. Packages are pinned and come through the person's own pip or uv, as that is set up; weights come
from the hub that their makers chose, each file known by the size and the hash that the hub states, and a broken download goes on.
"""
from __future__ import annotations

import hashlib
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from .. import sources
from ..problems import LineProblem
from ..sources import SourceFailed, Stopped
from . import binding, setup

HUB = "https://huggingface.co"
"""Where weights are, unless HF_ENDPOINT names a mirror."""

PATIENT = (10.0, 60.0)
"""Seconds to wait for the hub's first word and for the next one."""

OLDEST = (3, 10)
"""The oldest Python that the worker runs on."""

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Wanted:
    """One file of weights."""

    name: str
    """In the engine's folder."""
    url: str
    size: int
    sha256: str = ""
    """Empty for small files, of which the hub states another hash."""
    git: str = ""
    """SHA-1 of the file as git has it."""


def environment(models: Path, name: str, base: str, tell: Tell, stop: Callable[[], bool], index: str = "") -> str:
    """Makes an environment with the engine's packages and gives its Python, which is set up from now on.

    base: a Python of the person's, or uv, which brings one; index: address of a further index, for a build of torch that fits the graphics
    card. Raises LineProblem `engine_install` and Stopped.
    """
    told, home = binding(name), setup.home(models) / f"{name}-python"
    log = setup.home(models) / f"{name}-install.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv = Path(base).stem == "uv"
    make = [base, "venv", "--python", "3.11", str(home)] if uv else [base, "-m", "venv", str(home)]
    install = [base, "pip", "install", "--python", str(python)] if uv else [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    install += ["--extra-index-url", index] * bool(index)
    with log.open("w", encoding="utf-8") as output:
        if not uv:
            _run([base, "-c", f"import sys; sys.exit(sys.version_info[:2] < {OLDEST})"], told.TITLE, output, log, tell, stop, 0.0)
        shutil.rmtree(home, ignore_errors=True)
        for share, command in ((0.02, make), *([(0.1, [*install, *told.PACKAGES])] if told.PACKAGES else [])):
            _run(command, told.TITLE, output, log, tell, stop, share)
    known = setup.read(models, name)
    setup.write(models, name, replace(known, python=str(python)))
    tell(1.0, "installed")
    return str(python)


def _run(command: list[str], title: str, output: IO[str], log: Path, tell: Tell, stop: Callable[[], bool], share: float) -> None:
    """Runs a program to its end; what it prints goes to the log, and its last line to the person."""
    output.write(f"$ {' '.join(command)}\n")
    output.flush()
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        process: Any = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=own, text=True, encoding="utf-8", errors="replace",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
    except OSError as error:
        raise LineProblem("engine_install", engine=title, reason=f"{command[0]}: {error.strerror or error}", log=str(log)) from error
    lines: queue.SimpleQueue = queue.SimpleQueue()

    def read() -> None:
        for text in process.stdout:
            lines.put(text)
        lines.put(None)

    threading.Thread(target=read, name="dubline-install", daemon=True).start()
    last, told = "", 0
    while True:
        if stop():
            process.kill()
            process.wait()
            raise Stopped
        try:
            text = lines.get(timeout=0.1)
        except queue.Empty:
            continue
        if text is None:
            break
        output.write(text)
        output.flush()
        if text.strip():
            last, told = text.strip(), told + 1
            # how many lines there will be nobody knows: the bar goes on, ever slower
            tell(share + (0.98 - share) * (1 - 0.98**told), last[:120])
    if process.wait():
        reason = last or f"exit code {process.returncode}"
        raise LineProblem("engine_install", engine=title, reason=reason if share else f"it is older than Python {OLDEST[0]}.{OLDEST[1]}, or no Python", log=str(log))


def weights(models: Path, name: str, tell: Tell, stop: Callable[[], bool]) -> Path:
    """Downloads what the engine's folder lacks and gives the folder. Raises LineProblem `engine_weights` or `engine_licence`, and Stopped."""
    told, known = binding(name), setup.read(models, name)
    if known.accepted != told.LICENCE:
        raise LineProblem("engine_licence", engine=told.TITLE, licence=told.LICENCE)
    folder = setup.files(models, name, known)
    lacking = [file for file in told.FILES if not (folder / file).is_file()]
    if not lacking:
        tell(1.0, "all files are here")
        return folder
    try:
        tell(0.0, "asking what there is to download")
        wanted = listed(lacking, told.HUB)
        total = sum(file.size for file in wanted)
        tell(0.0, f"{len(wanted)} files, {total / 1e9:.1f} GB")
        partial = folder / ".partial"
        partial.mkdir(parents=True, exist_ok=True)
        now = [""]
        meter = sources.Meter(total, lambda done, all_: tell(done / max(1, all_), f"{now[0]}, {done / 1e9:.2f} of {all_ / 1e9:.1f} GB"), stop)
        for file in wanted:
            now[0] = file.name
            (home := partial / file.sha256[:16]).mkdir(exist_ok=True)
            _keep(folder / file.name, file, sources.Online(home, meter))
            meter.finish(file.size)
        shutil.rmtree(partial, ignore_errors=True)
    except (SourceFailed, OSError) as error:
        raise LineProblem("engine_weights", engine=told.TITLE, folder=str(folder), reason=str(error)) from error
    return folder


def listed(names: list[str], hub: dict[str, str]) -> list[Wanted]:
    """The files as the hub has them now: all of one model from the same moment. Raises SourceFailed."""
    found, homes = [], {}
    for name in names:
        prefix = max((prefix for prefix in hub if name.startswith(prefix)), key=len, default=None)
        if prefix is None:
            raise SourceFailed(f"nobody says where {name} is")
        home = hub[prefix]
        if home not in homes:
            moment = _asked(f"/api/models/{home}")["sha"]
            homes[home] = moment, {row["path"]: row for row in _asked(f"/api/models/{home}/tree/{moment}?recursive=true") if row.get("type") == "file"}
        moment, rows = homes[home]
        path = name[len(prefix) :]
        if path not in rows:
            raise SourceFailed(f"{home} has no file {path}")
        large = rows[path].get("lfs") or {}
        found.append(Wanted(name, f"{_hub()}/{home}/resolve/{moment}/{path}", int(rows[path]["size"]), large.get("oid", ""), rows[path].get("oid", "")))
    return found


def _hub() -> str:
    return os.environ.get("HF_ENDPOINT", HUB).rstrip("/")


def _asked(path: str) -> Any:
    """JSON of the hub. Raises SourceFailed."""
    import requests

    try:
        answer = requests.get(_hub() + path, timeout=PATIENT)
        answer.raise_for_status()
        return answer.json()
    except (requests.RequestException, ValueError) as error:
        raise SourceFailed(f"{_hub()} could not be asked ({error})") from error


def _keep(path: Path, file: Wanted, online: sources.Online) -> None:
    """Downloads one file into its place. Raises SourceFailed, OSError and Stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.sha256:
        os.replace(online.url(file.url, file.size, file.sha256), path)
        return
    import requests

    try:
        answer = requests.get(file.url, timeout=PATIENT)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise SourceFailed(f"{file.name}: {error}") from error
    content = answer.content
    if len(content) != file.size or file.git and hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() != file.git:
        raise SourceFailed(f"{file.name} is not what the hub says it is")
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(content)
    os.replace(draft, path)
