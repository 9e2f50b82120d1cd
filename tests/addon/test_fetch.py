"""The voice model comes by a button: from a server when the person allows it, from a folder without one."""
import functools
import hashlib
import http.server
import os
import threading
from importlib import import_module
from types import SimpleNamespace

import bpy
import pytest

from ..conftest import PACKAGE

SOUND = os.urandom(3_000_000)


class Answer(http.server.BaseHTTPRequestHandler):
    """Sends the file's first half, and the rest when the test allows it."""

    def __init__(self, gate, *args):
        self.gate = gate
        super().__init__(*args)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(SOUND)))
        self.end_headers()
        try:
            self.wfile.write(SOUND[: len(SOUND) // 2])
            self.gate.wait(20)
            self.wfile.write(SOUND[len(SOUND) // 2 :])
        except OSError:
            pass  # who asked went away

    def log_message(self, *_):
        pass


@pytest.fixture
def gate():
    return threading.Event()


@pytest.fixture
def home(film, gate, tmp_path, monkeypatch):
    """Folder of models, for a catalogue of one small model that a loopback server has; online access is allowed."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Answer, gate))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    manifest = tmp_path / "catalogue.toml"
    manifest.write_text(f"""
[models.small]
title = "Small voice"
licence = "none"
[models.small.files]
"sound.bin" = {{ size = {len(SOUND)}, sha256 = "{hashlib.sha256(SOUND).hexdigest()}" }}
[[models.small.sources]]
kind = "official"
files = ["sound.bin"]
url = "http://127.0.0.1:{server.server_port}/sound.bin"
""")
    monkeypatch.setattr(import_module(f"{PACKAGE}.engine.models"), "MANIFEST", manifest)
    film.preferences.models = str(tmp_path / "models")
    system = bpy.context.preferences.system
    system.use_online_access = True
    yield tmp_path / "models" / "small"
    system.use_online_access = False
    film.preferences.models = ""
    gate.set()
    server.shutdown()
    server.server_close()


def until(condition):
    done = threading.Event()
    for _ in range(600):
        if condition():
            return
        done.wait(0.05)
    raise AssertionError("it never came to that")


def test_fetch(home, gate):
    gate.set()
    assert bpy.ops.dubline.fetch_model() == {"FINISHED"}
    assert (home / "sound.bin").read_bytes() == SOUND
    gate.clear()
    assert bpy.ops.dubline.fetch_model() == {"FINISHED"}, "what is here is not fetched again"


def test_progress_and_cancel(film, home, gate):
    session = film.session
    session.fetch = import_module(f"{PACKAGE}.blender_addon.fetching").fetch(home.parent)  # as the button does in a window
    until(lambda: session.fetch.share > 0.2)
    assert session.fetching and "Small voice" in session.fetch.message and session.fetch.share < 0.6
    assert not session.fetch.problem, "Copy Diagnosis tells of none while it goes on"
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.dubline.fetch_model()
    assert bpy.ops.dubline.cancel() == {"FINISHED"}
    gate.set()
    until(lambda: not session.fetching)
    assert "Stopped" in session.fetch.message and not session.fetch.problem and not (home / "sound.bin").exists()
    assert bpy.ops.dubline.fetch_model() == {"FINISHED"} and (home / "sound.bin").is_file()


@pytest.mark.parametrize("end", ["ESC", "LATER"])
def test_a_press_in_a_window(film, home, gate, end):
    """The operator as a window runs it; what else a window does is stood in for."""
    operator, shown, said = import_module(f"{PACKAGE}.blender_addon.model_ops").DUBLINE_OT_fetch_model, [], []
    manager = SimpleNamespace(event_timer_add=lambda pause, window: None, event_timer_remove=lambda timer: shown.append("no timer"), modal_handler_add=lambda one: None, windows=())
    context = SimpleNamespace(window=None, window_manager=manager, preferences=bpy.context.preferences, workspace=SimpleNamespace(status_text_set=shown.append))
    pressed = SimpleNamespace(what="VOICE", named=(), then="", report=lambda kind, text: said.append((*kind, text)))
    pressed.begin = operator.begin.__get__(pressed)
    assert operator.invoke(pressed, context, None) == {"RUNNING_MODAL"}
    until(lambda: film.session.fetch.share > 0.2)
    assert operator.modal(pressed, context, SimpleNamespace(type="TIMER", value="NOTHING")) == {"PASS_THROUGH"}
    assert shown[-1].startswith("Fetching Small voice ") and "Esc: cancel" in shown[-1]
    assert operator.modal(pressed, context, SimpleNamespace(type=end, value="PRESS")) == {"PASS_THROUGH"}
    gate.set()
    until(lambda: not film.session.fetching)
    assert operator.modal(pressed, context, SimpleNamespace(type="TIMER", value="NOTHING")) == {"FINISHED"}
    assert shown[-2:] == ["no timer", None]
    assert said == [("INFO", "Stopped; the next try goes on from here" if end == "ESC" else "The voice model is here")]
    assert (home / "sound.bin").exists() is (end != "ESC")


def test_nothing_is_fetched_without_leave(home):
    bpy.context.preferences.system.use_online_access = False
    with pytest.raises(RuntimeError, match="Online Access.*choose a file"):
        bpy.ops.dubline.fetch_model()
    assert not home.exists()


def test_import_needs_no_network(home, tmp_path):
    bpy.context.preferences.system.use_online_access = False
    (tmp_path / "given").mkdir()
    with pytest.raises(RuntimeError, match="could not be had"):
        bpy.ops.dubline.import_model(directory=str(tmp_path / "given"))
    (tmp_path / "given" / "sound.bin").write_bytes(SOUND)
    assert bpy.ops.dubline.import_model(directory=str(tmp_path / "given")) == {"FINISHED"}
    assert (home / "sound.bin").read_bytes() == SOUND
