"""An engine apart is installed when a person asks: an environment of its own, and weights that are known by size and hash, however the network behaves."""
import hashlib
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from engine.__main__ import main
from engine.alone import alone
from engine.apart import binding, install, setup
from engine.problems import LineProblem
from engine.sources import Stopped

from .disk import room_for

TOLD = binding("indextts")


def quiet(_done, _doing):
    pass


def never():
    return False


class Hub(BaseHTTPRequestHandler):
    """A hub with small files; those that are large elsewhere have a SHA-256."""

    LARGE = (".pth", ".pt", ".safetensors", ".bin")
    files: dict[str, dict[str, bytes]] = {}
    breaks: set[str] = set()
    wrong: set[str] = set()
    asked: list[str] = []

    def do_GET(self):
        path, _, _query = self.path.partition("?")
        type(self).asked.append(self.path)
        if path.startswith("/api/models/"):
            home, _, moment = path.removeprefix("/api/models/").partition("/tree/")
            rows = [self.row(name, content) for name, content in self.files[home].items()]
            self.answer(json.dumps(rows if moment else {"sha": "a" * 40}).encode())
            return
        home, _, name = path[1:].partition("/resolve/" + "a" * 40 + "/")
        content = self.files[home][name]
        since = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if name in self.wrong:
            content = bytes(len(content))
        if name in self.breaks and not since:
            type(self).breaks.discard(name)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
            return
        self.answer(content[since:], since, len(content))

    def row(self, name, content):
        git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        row = {"type": "file", "path": name, "size": len(content), "oid": git}
        return row | {"lfs": {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}} if name.endswith(self.LARGE) else row

    def answer(self, content, since=0, whole=0):
        self.send_response(206 if since else 200)
        self.send_header("Content-Length", str(len(content)))
        if since:
            self.send_header("Content-Range", f"bytes {since}-{whole - 1}/{whole}")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args):
        pass


@pytest.fixture
def hub(monkeypatch):
    Hub.files, Hub.breaks, Hub.wrong, Hub.asked = {}, set(), set(), []
    for name in TOLD.FILES:
        prefix = max((prefix for prefix in TOLD.HUB if name.startswith(prefix)), key=len)
        Hub.files.setdefault(TOLD.HUB[prefix], {})[name[len(prefix) :]] = name.encode() * 20000
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield Hub
    server.shutdown()


@pytest.fixture
def accepted(tmp_path):
    setup.write(tmp_path, "indextts", setup.Setup(accepted=TOLD.LICENCE))
    return tmp_path


def test_every_file_comes_from_its_home(hub, accepted):
    told = []
    folder = install.weights(accepted, "indextts", lambda done, doing: told.append((done, doing)), never)
    for name in TOLD.FILES:
        assert (folder / name).read_bytes() == name.encode() * 20000
    assert not (folder / ".partial").exists()
    assert any("14 files" in doing for _done, doing in told) and told[-1][0] == 1.0
    hub.asked.clear()
    install.weights(accepted, "indextts", quiet, never)
    assert hub.asked == [], "what is here is not asked for again"


def test_a_broken_download_goes_on(hub, accepted):
    hub.breaks.add("gpt.pth")
    folder = install.weights(accepted, "indextts", quiet, never)
    assert (folder / "gpt.pth").read_bytes() == b"gpt.pth" * 20000


@pytest.mark.parametrize("name", ["gpt.pth", "config.yaml"])
def test_what_is_not_what_the_hub_says_is_thrown_away(hub, accepted, name):
    hub.wrong.add(name)
    with pytest.raises(LineProblem) as found:
        install.weights(accepted, "indextts", quiet, never)
    assert found.value.code == "engine_weights"
    assert not (setup.files(accepted, "indextts", setup.Setup()) / name).exists()
    hub.wrong.clear()
    assert (install.weights(accepted, "indextts", quiet, never) / name).exists()


def test_stopping(hub, accepted):
    with pytest.raises(Stopped):
        install.weights(accepted, "indextts", quiet, lambda: True)


def test_no_network(accepted, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(LineProblem) as found:
        install.weights(accepted, "indextts", quiet, never)
    assert found.value.code == "engine_weights" and "127.0.0.1" in found.value.message


def test_nothing_is_downloaded_without_the_licence(hub, tmp_path):
    with pytest.raises(LineProblem) as found:
        install.weights(tmp_path, "indextts", quiet, never)
    assert found.value.code == "engine_licence" and hub.asked == []


def test_an_environment_of_its_own(tmp_path):
    told = []
    python = install.environment(tmp_path, "tones", sys.executable, lambda done, doing: told.append(done), never)
    assert setup.read(tmp_path, "tones").python == python and told[-1] == 1.0
    assert "-m venv" in (tmp_path / "engines" / "tones-install.log").read_text()
    assert main(["engines", "test", "tones", "--models", str(tmp_path), "--json"]) == 0


@pytest.mark.parametrize("base", ["/nowhere/python", "false"])
def test_no_python(tmp_path, base):
    with pytest.raises(LineProblem) as found:
        install.environment(tmp_path, "tones", base, quiet, never)
    assert found.value.code == "engine_install" and "install.log" in found.value.message
    assert setup.read(tmp_path, "tones") == setup.Setup()


def old(tmp_path):
    """An environment that works, made before."""
    return install.environment(tmp_path, "tones", sys.executable, quiet, never)


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "engines").glob("tones-python*"))


def test_a_new_environment_takes_the_place_of_the_old_one_when_it_is_whole(tmp_path):
    first, second = old(tmp_path), old(tmp_path)
    assert first != second and setup.read(tmp_path, "tones").python == second
    assert left(tmp_path) == ["tones-python-2"]
    assert old(tmp_path) == first


@pytest.mark.parametrize("sign", ["venv", "build"])
def test_stopped_on_its_way_it_leaves_what_was_there_and_nothing_half_made(tmp_path, monkeypatch, sign):
    """Stopped while the environment is made, and while a package that takes for ever is installed."""
    whole = old(tmp_path)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "setup.py").write_text("import time; time.sleep(600)")
    monkeypatch.setattr(binding("tones"), "PACKAGES", (str(tmp_path / "package"),))
    log = tmp_path / "engines" / "tones-install.log"
    log.unlink()
    with pytest.raises(Stopped):
        install.environment(tmp_path, "tones", sys.executable, quiet, lambda: log.exists() and sign in log.read_text())
    assert setup.read(tmp_path, "tones").python == whole and left(tmp_path) == ["tones-python"]
    assert main(["engines", "test", "tones", "--models", str(tmp_path), "--json"]) == 0


@pytest.mark.parametrize("what", ["environment", "weights"])
def test_two_blenders_do_not_disturb_each_other(hub, accepted, what):
    """The second one waits for the first, can be stopped meanwhile, and then has what it wants."""
    own = setup.files(accepted, "indextts", setup.Setup())
    lock, go = {"environment": (accepted / "engines" / ".tones-install.lock", lambda tell, stop: install.environment(accepted, "tones", sys.executable, tell, stop)),
                "weights": (own / ".lock", lambda tell, stop: install.weights(accepted, "indextts", tell, stop))}[what]  # fmt: skip
    told, released = [], threading.Event()
    with alone(lock):
        with pytest.raises(Stopped):
            go(lambda _done, doing: told.append(doing), lambda: bool(told))
        assert told == ["waiting for another Blender that is at the same"]
        waiting = threading.Thread(target=go, args=(lambda _done, doing: released.set(), never))
        released.clear()
        waiting.start()
        assert released.wait(20) and left(accepted) == [] and not any((own / file).exists() for file in TOLD.FILES)
    waiting.join(60)
    assert (left(accepted) == ["tones-python"]) if what == "environment" else all((own / file).is_file() for file in TOLD.FILES)


def test_no_network_for_the_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(binding("tones"), "PACKAGES", ("torch==2.13.0",))
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # whatever this computer knows of other places
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(LineProblem) as found:
        install.environment(tmp_path, "tones", sys.executable, quiet, never, "http://127.0.0.1:9/simple")
    assert "http://127.0.0.1:9/simple could not be reached" in found.value.message
    assert left(tmp_path) == [] and setup.read(tmp_path, "tones") == setup.Setup()


def test_a_full_disk_while_it_installs(tmp_path):
    with room_for(20_000), pytest.raises(LineProblem) as found:
        install.environment(tmp_path, "tones", sys.executable, quiet, never)
    assert found.value.code == "engine_install" and left(tmp_path) == []


@pytest.mark.parametrize(
    ("card", "system", "build"),
    [
        ("", "linux", "cpu"),
        ("", "win32", "cpu"),
        ("581.80, 8.9\n", "linux", "pypi"),
        ("581.80, 8.9\n581.80, 8.9\n", "win32", "cu130"),
        ("560.35.03, 8.6\n", "linux", "cu126"),
        ("582.10, 6.1\n", "win32", "cu126"),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", "linux", "cpu"),
        ("", "darwin", "pypi"),
    ],
)
def test_the_build_of_pytorch_fits_the_computer(monkeypatch, card, system, build):
    monkeypatch.setattr(sys, "platform", system)
    assert install.fitting(card) == build


def test_where_pytorch_comes_from():
    assert install.builds("cu130") == "https://download.pytorch.org/whl/cu130"
    assert install.builds("https://mirror.example/whl/cpu") == "https://mirror.example/whl/cpu"
    assert install.builds("pypi") == ""


def test_a_python_that_is_too_old_or_cannot_make_environments(tmp_path):
    for program, reason in (("import sys; sys.version_info = (3, 9, 0)", "3.9, older than 3.10"), ("import sys; sys.modules['ensurepip'] = None", "python3-venv")):
        base = tmp_path / "python"
        base.write_text(f"#!/bin/sh\nexec {sys.executable} -c \"{program}\n$2\"\n")
        base.chmod(0o755)
        with pytest.raises(LineProblem) as found:
            install.environment(tmp_path, "tones", str(base), quiet, never)
        assert reason in found.value.message


def test_of_the_pythons_that_are_here_one_is_taken_that_can(tmp_path, monkeypatch):
    """Passed by: one that is too old, one that is none at all; found at last: our own."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, script in (("python3.12", f"exec {sys.executable} -c 'import sys; sys.version_info = (3, 9, 0)\n'\"$2\""), ("python3", "exit 9")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    assert install.maker() == sys.executable
    (tmp_path / "python").symlink_to(sys.executable)
    assert install.maker() == str(tmp_path / "python")
    (tmp_path / "uv").symlink_to("/bin/true")
    assert install.maker() == str(tmp_path / "uv")


def test_what_pip_says_is_told_when_it_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(binding("tones"), "PACKAGES", ("a package that has no such name",))
    with pytest.raises(LineProblem) as found:
        install.environment(tmp_path, "tones", sys.executable, quiet, never)
    assert found.value.code == "engine_install"
    assert "a package that has no such name" in (tmp_path / "engines" / "tones-install.log").read_text()


def test_the_shell_sets_up_and_tries(tmp_path, capsys):
    shell = ["--models", str(tmp_path)]
    assert main(["engines", "set", "tones", "--python", sys.executable, *shell]) == 0
    assert main(["engines", "test", "tones", "--out", str(tmp_path / "try.wav"), *shell]) == 0
    assert (tmp_path / "try.wav").stat().st_size > 10000
    assert main(["engines", "test", "indextts", *shell]) == 2
    capsys.readouterr()
    assert main(["engines", "licence", "indextts", "--accept", "something", *shell]) == 0
    assert "bilibili" in capsys.readouterr().out and not setup.read(tmp_path, "indextts").accepted
    assert main(["engines", "licence", "indextts", "--accept", TOLD.LICENCE, *shell]) == 0
    assert setup.read(tmp_path, "indextts").accepted == TOLD.LICENCE
    capsys.readouterr()
    assert main(["engines", "--json", *shell]) == 0
    assert json.loads(capsys.readouterr().out)["tones"]["python"] == sys.executable
