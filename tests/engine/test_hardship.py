"""What a computer may do to the engine: a library that is not there, a processor too old, a ban on starting it, a proxy, a caller that dies."""
import hashlib
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engine import models
from engine.events import Failed
from engine.host import Worker
from engine.problems import LineProblem
from engine.script import Cast, Job, Line, Voice
from engine.voices import kokoro

from .test_run import until_ended

ROOT = Path(__file__).resolve().parent.parent.parent


SINE = Voice("sine", family="tone")


def spoken(folder, text="Hello there", voice=SINE, seconds=2.0, lines=1):
    said = tuple(Line(f"line-{number}", text, start=2 * seconds * number, seconds=seconds) for number in range(lines))
    return Job(said, Cast(default=voice), str(folder / "takes"))


def failure(folder, **worker) -> Failed:
    """What becomes of a line whose worker is started so."""
    models = worker.pop("models", folder)
    voice = worker.pop("voice", SINE)
    host = Worker(models, log=folder / "log" / "worker.log", **worker)
    try:
        events = until_ended(host, host.submit(spoken(folder, voice=voice)))
    finally:
        host.close()
    (failed,) = [event for event in events if isinstance(event, Failed)]
    return failed


def program(folder, text, mode=0o755) -> str:
    path = folder / "python of mine"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(mode)
    return str(path)


def test_a_processor_without_the_instructions(tmp_path):
    failed = failure(tmp_path, python=program(tmp_path, "kill -ILL $$"))
    assert failed.code == "worker_died" and "processor lacks instructions" in failed.message


def test_a_program_that_may_not_run(tmp_path):
    failed = failure(tmp_path, python=program(tmp_path, "exit 0", 0o644))
    assert failed.code == "cannot_start" and "Permission denied" in failed.message and "antivirus" in failed.remedy


def test_a_python_without_our_libraries_says_which_one_is_missing(tmp_path):
    failed = failure(tmp_path, python=sys._base_executable)
    assert failed.code == "no_library" and "No module named" in failed.message


@pytest.mark.model
def test_a_library_that_cannot_be_loaded(tmp_path, models):
    home = tmp_path / "libraries" / "onnxruntime"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("raise ImportError('DLL load failed while importing onnxruntime_pybind11_state')\n")
    failed = failure(tmp_path, models=models, voice=Voice("af_heart"), path=[str(home.parent)])
    assert failed.code == "no_library" and "DLL load failed" in failed.message and "antivirus" in failed.remedy


@pytest.mark.model
def test_shared_models_that_may_only_be_read(tmp_path, models, monkeypatch):
    """What is made out of them lies in the person's own folder."""
    there, shared = models / "kokoro-v1.0", tmp_path / "shared" / "kokoro-v1.0"
    kokoro.Family(models)._sessions  # noqa: B018  they are made there
    shared.mkdir(parents=True)
    for path in there.iterdir():
        if path.name not in ("stages", ".partial", ".lock"):
            (shared / path.name).symlink_to(path)
    (shared / "stages").write_text("nothing can be made here")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    own = tmp_path / "own" / "dubline" / "models" / "kokoro-v1.0"
    own.mkdir(parents=True)
    (own / "stages").symlink_to(there / "stages")
    assert kokoro.Family(tmp_path / "shared")._sessions


def test_a_log_that_cannot_be_written_hinders_nobody(tmp_path):
    (tmp_path / "log").write_text("a file in its way")
    host = Worker(tmp_path, log=tmp_path / "log" / "worker.log")
    try:
        assert until_ended(host, host.submit(spoken(tmp_path)))[-1].done == 1
    finally:
        host.close()


def test_names_of_folders_in_any_script(tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")  # the worker's system speaks English alone
    home = tmp_path / "Фильм 電影 ñ & Söhne's"
    home.mkdir()
    host = Worker(home / "声线 модели", log=home / "журнал" / "worker.log")
    try:
        events = until_ended(host, host.submit(spoken(home)))
    finally:
        host.close()
    assert events[-1].done == 1 and len(list((home / "takes").glob("*.wav"))) == 1 and (home / "журнал" / "worker.log").exists()


def test_a_worker_ends_with_a_caller_that_was_killed(tmp_path):
    code = f"""
import sys, time
from pathlib import Path
from engine.host import Worker
from tests.engine.test_hardship import spoken
host = Worker(Path({str(tmp_path)!r}))
host.submit(spoken(Path({str(tmp_path)!r}), text="word " * 100, seconds=40.0, lines=200))
while not list(Path({str(tmp_path)!r}).glob("takes/*.json")):
    assert not host.poll()[1:], "no line could be spoken"
    time.sleep(0.02)
print(host.pid, flush=True)
time.sleep(600)
"""
    caller = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    worker = int(caller.stdout.readline())
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    for _ in range(600):
        if not Path(f"/proc/{worker}").exists() or Path(f"/proc/{worker}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.1)
    else:
        os.kill(worker, signal.SIGKILL)
        raise AssertionError("it went on for a minute, though nobody was there to hear it")
    assert len(list((tmp_path / "takes").glob("*.json"))) < 200


class Proxy(http.server.BaseHTTPRequestHandler):
    """Gives what it is asked for itself, and remembers what that was."""

    asked: list = []
    status = 200

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"sound")

    def log_message(self, *_):
        pass


@pytest.fixture
def far(tmp_path, monkeypatch):
    """A model that only a server has whose name nobody knows."""
    path = tmp_path / "manifest.toml"
    head = '[models.small]\ntitle = "Small"\nlicence = "CC0"\n[[models.small.sources]]\nkind = "official"\nfiles = ["*"]\nurl = "http://voices.invalid/sound.bin"\n'
    path.write_text(f'{head}[models.small.files]\n"sound.bin" = {{ size = 5, sha256 = "{hashlib.sha256(b"sound").hexdigest()}" }}\n')
    monkeypatch.setattr(models, "MANIFEST", path)


def test_a_proxy_is_gone_through(far, tmp_path, monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    try:
        assert (models.fetch("small", tmp_path) / "sound.bin").read_bytes() == b"sound"
        assert Proxy.asked == ["http://voices.invalid/sound.bin"]
    finally:
        server.shutdown()
        server.server_close()


def test_a_proxy_that_is_away_is_named_as_such(far, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(LineProblem, match="the proxy that this computer names.*refused"):
        models.fetch("small", tmp_path)
