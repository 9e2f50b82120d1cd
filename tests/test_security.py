"""What docs/security.md promises beside hostile files: who meets a network, and that dubbing does not."""
import ast
import socket
import time
from pathlib import Path

import pytest

from engine.host import Worker
from engine.script import Cast, Job, Line, Voice
from engine.speak import Engine

ROOT = Path(__file__).resolve().parent.parent
NETWORK = {"requests", "urllib.request", "http.client", "http.server", "socket", "ssl", "ftplib", "smtplib", "telnetlib", "xmlrpc", "asyncio", "urllib3", "httpx", "aiohttp", "webbrowser"}
OTHERS = {
    "engine/sources.py": "models, when asked for",
    "engine/apart/install.py": "an engine of other makers, when asked for",
    "engine/diagnosis.py": "names of proxies that this computer has set up, and no connection",
    "engine/cluster.py": "lines given to other computers, when asked for",
}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_who_meets_the_network_is_told():
    ours = [path for folder in ("engine", "blender_addon") for path in (ROOT / folder).rglob("*.py") if "train" not in path.parts]
    meeting = {path.relative_to(ROOT).as_posix() for path in ours if imported(path) & NETWORK}
    assert meeting <= set(OTHERS) and "engine/sources.py" in meeting


@pytest.fixture
def asked(monkeypatch) -> list:
    """Addresses that somebody asked for; nobody gets through."""
    found = []

    def refuse(*address, **_more):
        found.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return found


def test_dubbing_opens_no_connection(tmp_path, asked):
    job = Job((Line("one", "Hello there.", seconds=2.0),), Cast((), Voice("sine", "", "tone")), str(tmp_path), check="light")
    *_others, ended = Engine(tmp_path / "models").run(1, job)
    assert ended.done == 1 and asked == []


def test_a_library_that_would_tell_how_it_is_used_is_told_not_to(tmp_path):
    """As ONNX Runtime does from 1.29 on, of its own and beside Python's connections, in a Python that somebody chose."""
    worker = Worker(tmp_path / "models", log=tmp_path / "worker.log")
    try:
        worker.submit(Job((Line("one", "Hello there.", seconds=2.0),), Cast((), Voice("sine", "", "tone")), str(tmp_path), check="light"))
        deadline = time.monotonic() + 60
        while not worker.poll():
            assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
            time.sleep(0.01)
        given = Path(f"/proc/{worker.pid}/environ").read_bytes().split(b"\0")
    finally:
        worker.close()
    assert b"ORT_DISABLE_TELEMETRY=1" in given


def test_networks_are_opened_in_one_place_which_tells_nobody():
    """ONNX Runtime's builds for Windows hand events to the system's own collector, unless they are told not to before."""
    opening = {path.relative_to(ROOT).as_posix(): text for path in (ROOT / "engine").rglob("*.py") if "InferenceSession(" in (text := path.read_text(encoding="utf-8")) and "train" not in path.parts}
    assert list(opening) == ["engine/inference.py"]
    assert 0 < opening["engine/inference.py"].index("disable_telemetry_events()") < opening["engine/inference.py"].index("InferenceSession(")


@pytest.mark.model
def test_speaking_opens_no_connection(tmp_path, models, asked):
    line = Line("one", "[softly] Hello there.", seconds=2.0)
    *_others, ended = Engine(models).run(1, Job((line,), Cast((), Voice("af_heart")), str(tmp_path)))
    assert ended.done == 1 and asked == []
