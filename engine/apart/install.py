"""How an engine apart comes to this computer when a person asks for it: a Python environment of its own, its packages, its weights.

Nothing here happens by itself. Packages are pinned and come through the person's own pip or uv, as that is set up; weights come
from the hub that their makers chose, each file known by the size and the hash that the hub states, and a broken download goes on.
"""
from __future__ import annotations

import hashlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from .. import sources
from ..alone import alone
from ..problems import LineProblem
from ..sources import SourceFailed, Stopped
from . import binding, setup

HUB = "https://huggingface.co"
"""Where weights are, unless HF_ENDPOINT names a mirror."""

PATIENT = (10.0, 60.0)
"""Seconds to wait for the hub's first word and for the next one."""

PYTORCH = "https://download.pytorch.org/whl/"
"""Where PyTorch's builds are, each under a word of its own."""

SUITED = (
    "import sys\n"
    "if sys.version_info < (3, 10): sys.exit('error: it is Python %d.%d, older than 3.10' % sys.version_info[:2])\n"
    "try: import ensurepip, venv\n"
    "except ImportError: sys.exit('error: this Python cannot make environments; on Debian and Ubuntu install python3-venv')\n"
)
"""A program that ends well in a Python that can make what the worker runs in."""

UNREACHED = (
    "NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ProxyError", "name resolution", "Name or service not known", "getaddrinfo failed",
    "dns error", "error sending request", "Connection refused", "Network is unreachable",
)  # fmt: skip
"""What pip and uv print where there is no network."""

SIGN = 5
"""Seconds of silence after which a person is told that it still goes on."""

WAITING = "waiting for another Blender that is at the same"

QUIET = getattr(subprocess, "CREATE_NO_WINDOW", 0)

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

    base: a Python of the person's, or uv, which brings one; empty takes what is here; index: as `builds` has it. An environment that was
    there works on until the new one is whole; one that does not become whole is removed. Raises LineProblem `engine_install` and Stopped.
    """
    told, home = binding(name), setup.home(models)
    log, base = home / f"{name}-install.log", base or maker()
    try:
        with _alone(home / f".{name}-install.lock", tell, stop):
            whole = False
            place = next(path for path in (home / f"{name}-python{number}" for number in ("", *(f"-{n}" for n in range(2, 100)))) if not path.exists())
            try:
                with log.open("w", encoding="utf-8") as output:
                    _carry_out(_steps(told.PACKAGES, base, place, builds(index) if _torch(told.PACKAGES) else ""), output, tell, stop)
                setup.write(models, name, replace(setup.read(models, name), python=str(_python(place))))
                whole = True
            finally:
                for path in [found for found in home.glob(f"{name}-python*") if found != place] if whole else [place]:
                    shutil.rmtree(path, ignore_errors=True)
    except (_Refused, OSError) as error:
        reason = str(error) if isinstance(error, _Refused) else f"{error.filename or home}: {error.strerror or error}"
        raise LineProblem("engine_install", engine=told.TITLE, reason=reason, log=str(log)) from error
    tell(1.0, "installed")
    return str(_python(place))


def _alone(lock: Path, tell: Tell, stop: Callable[[], bool]) -> AbstractContextManager[bool]:
    """Only one Blender at a time: another would take what is half made for its own, or for what is left over. Raises OSError, and Stopped while it waits."""

    def waits(tries: int) -> None:
        if stop():
            raise Stopped
        if not tries:
            tell(0.0, WAITING)

    return alone(lock, waits)


def maker() -> str:
    """What makes an environment on this computer: uv, which brings a Python of the right age, or a Python that can; our own at last."""
    named = ("uv", "python3.11", "python3.12", "python3.13", "python3.10", "python3", "python")
    # macOS has an old one, Windows a name that leads to a shop, and some of Debian's make no environments
    return next((found for found in filter(None, map(shutil.which, named)) if Path(found).stem == "uv" or _suited(found)), sys.executable)


def _suited(python: str) -> bool:
    try:
        asked = [python, "-c", SUITED]
        return not subprocess.run(asked, capture_output=True, timeout=20, stdin=subprocess.DEVNULL, env=_surroundings(), creationflags=QUIET).returncode
    except (OSError, subprocess.SubprocessError):
        return False


def builds(index: str) -> str:
    """Address of the index with the build of PyTorch that is wanted; empty: the one that all other packages come from.

    index: such an address; a word of PyTorch's own index, such as cpu, cu130, xpu or rocm7.0; `pypi` for no index of its own; empty for what
    fits this computer.
    """
    word = index.strip() or fitting(_card())
    return "" if word == "pypi" else word if "://" in word else PYTORCH + word


def fitting(card: str) -> str:
    """A word for `builds`. card: driver and compute capability, as nvidia-smi tells them; empty without a card of NVIDIA's.

    PyPI has the build for Apple's processors, and the one of CUDA 13 for Linux alone: for Windows it has one for processors. CUDA 13 wants
    a driver of 580 and a card of 7.5 (Turing) or later; the build of CUDA 12.6 runs on what is older.
    """
    if sys.platform == "darwin":
        return "pypi"
    try:
        driver, capability = card.splitlines()[0].split(",")
        new = int(driver.split(".")[0]) >= 580 and float(capability) >= 7.5
    except (IndexError, ValueError):
        return "cpu"
    return "cu126" if not new else "pypi" if sys.platform == "linux" else "cu130"


def _card() -> str:
    try:
        asked = [shutil.which("nvidia-smi") or "nvidia-smi", "--query-gpu=driver_version,compute_cap", "--format=csv,noheader"]
        return subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True, stdin=subprocess.DEVNULL, creationflags=QUIET).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""


def _torch(packages: tuple[str, ...]) -> list[str]:
    return [package for package in packages if package.startswith("torch==")]


def _python(place: Path) -> Path:
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _steps(packages: tuple[str, ...], base: str, place: Path, index: str) -> list[tuple[float, list[str]]]:
    """Programs to run one after another, each with the share of the work that lies before it."""
    uv, python = Path(base).stem == "uv", str(_python(place))
    install = [base, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    make = [base, "venv", "--python", "3.11", str(place)] if uv else [base, "-m", "venv", str(place)]
    steps = [] if uv else [(0.0, [base, "-c", SUITED])]
    steps.append((0.01, make))
    torch = _torch(packages)
    if torch:
        # alone, since its index has old versions of other packages as well
        steps.append((0.1, [*install, *(["--index-url", index] if index else []), *torch]))
    rest = [package for package in packages if package not in torch]
    return [*steps, (0.6, [*install, *rest])] if rest else steps


class _Refused(Exception):
    """A program did not do what it was started for; says why."""


def _carry_out(steps: list[tuple[float, list[str]]], output: IO[str], tell: Tell, stop: Callable[[], bool]) -> None:
    """Runs one program after another, as `_run` does."""
    for (share, command), until in zip(steps, [*(share for share, _command in steps[1:]), 1.0], strict=True):

        def within(done: float, doing: str, share: float = share, until: float = until) -> None:
            tell(share + (until - share) * done, doing)

        _run(command, output, within, stop)


def _run(command: list[str], output: IO[str], tell: Tell, stop: Callable[[], bool]) -> None:
    """Runs a program to its end; what it prints goes to the log, and its last line to the person. Raises _Refused, OSError and Stopped."""
    output.write(f"$ {' '.join(command)}\n")
    output.flush()
    try:
        process: Any = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=_surroundings(), text=True, encoding="utf-8",
            errors="replace", creationflags=QUIET, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise _Refused(f"{command[0]}: {error.strerror or error}") from error
    try:
        printed = _followed(process, output, tell, stop)
    finally:
        if process.poll() is None:
            _end(process)
    if process.returncode:
        raise _Refused(_why(printed, process.returncode, command))


def _surroundings() -> dict[str, str]:
    """Variables for another Python: ours would lead it astray."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {"PYTHONUTF8": "1"}


def _followed(process: Any, output: IO[str], tell: Tell, stop: Callable[[], bool]) -> list[str]:
    """The lines that a program prints until its end. Raises Stopped and OSError."""
    lines: queue.SimpleQueue = queue.SimpleQueue()

    def read() -> None:
        for text in process.stdout:
            lines.put(text)
        lines.put(None)

    threading.Thread(target=read, name="dubline-install", daemon=True).start()
    printed: list[str] = []
    heard, told = time.monotonic(), ""
    while True:
        if stop():
            raise Stopped
        try:
            text = lines.get(timeout=0.1)
        except queue.Empty:
            text = ""
        if text is None:
            process.wait()
            return printed
        if text.strip():
            output.write(text)
            output.flush()
            printed.append(text.strip())
            heard = time.monotonic()
        # a large package is one line for minutes
        silent = int(time.monotonic() - heard) // SIGN * SIGN
        last = (printed or ["making the environment"])[-1][:120]
        doing = f"{last} ({silent} s)" if silent else last
        if doing != told:
            told = doing
            # how many lines there will be nobody knows: the bar goes on, ever slower
            tell(1 - 0.99 ** len(printed), doing)


def _end(process: Any) -> None:
    """Ends a program and all that it started: a venv has pip made by another Python."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, creationflags=QUIET)
    else:
        with suppress(ProcessLookupError, PermissionError):  # it ended meanwhile, as Linux and macOS say it
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _why(printed: list[str], code: int, command: list[str]) -> str:
    """Of all that a program printed what a person needs."""
    index = command[command.index("--index-url") + 1] if "--index-url" in command else "the index of packages"
    if any(sign in line for line in printed for sign in UNREACHED):
        return f"{index} could not be reached"
    if any("(from versions: none)" in line for line in printed):
        return f"{index} has no {command[-1]} for this Python and this system"
    named = [line for line in printed if line.startswith(("ERROR:", "error:", "×", "The virtual environment was not created"))]
    told = next(iter(reversed(named or printed)), f"{command[0]}: exit code {code}")
    return re.sub("^(ERROR|error): *", "", told).rstrip(".")


def weights(models: Path, name: str, tell: Tell, stop: Callable[[], bool]) -> Path:
    """Downloads what the engine's folder lacks and gives the folder. Raises LineProblem `engine_weights` or `engine_licence`, and Stopped."""
    told, known = binding(name), setup.read(models, name)
    if known.accepted != told.LICENCE:
        raise LineProblem("engine_licence", engine=told.TITLE, licence=told.LICENCE)
    folder = setup.files(models, name, known)
    if all((folder / file).is_file() for file in told.FILES):
        tell(1.0, "all files are here")
        return folder
    try:
        with _alone(folder / ".lock", tell, stop):
            if lacking := [file for file in told.FILES if not (folder / file).is_file()]:
                _download(lacking, told.HUB, folder, tell, stop)
    except (SourceFailed, OSError) as error:
        raise LineProblem("engine_weights", engine=told.TITLE, folder=str(folder), reason=str(error)) from error
    return folder


def _download(lacking: list[str], hub: dict[str, str], folder: Path, tell: Tell, stop: Callable[[], bool]) -> None:
    """Raises SourceFailed, OSError and Stopped."""
    tell(0.0, "asking what there is to download")
    wanted = listed(lacking, hub)
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
