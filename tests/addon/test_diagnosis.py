"""Copy Diagnosis tells what helps, and nothing of what a film says or who speaks in it."""
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import bpy
import pytest

from engine import diagnosis

from ..conftest import PACKAGE, ROOT

SECRET = "Xylophon mit Zimtgeschmack"


@pytest.fixture
def failed(film, tmp_path):
    """A run whose lines failed in many ways, all of them with words of their own."""
    film.preferences.models = str(tmp_path / "models")
    film.scene.dubline.default_voice = "af_heart"
    film.role("Zimtstern", voice="tone:nobody-of-this-name")
    for number, words in enumerate((f"{SECRET} one.", f"Zimtstern: {SECRET} two.", f"☃☃☃ {SECRET}" * 3000, "", SECRET)):
        film.text(words, 1 + 60 * number, name=f"{SECRET} {number}")
    film.compat.new_text(film.editor, "short", SECRET, 5, 400, 1).dubline_language = "xx"
    film.dub()
    yield film
    film.preferences.models = ""


def told(film) -> str:
    return import_module(f"{PACKAGE}.blender_addon.diagnosis").text(bpy.context)


def test_it_tells_versions_and_what_failed(failed):
    said = told(failed)
    for fact in (f"Blender: {bpy.app.version_string}", "Dubline: 0.1.0", f"Python: {sys.version.split()[0]}", "Library: onnxruntime 1.", "cores", "Model: kokoro-v1.0", "missing", "GB free"):
        assert fact in said, fact
    assert "x no_model: The voice model is not on this computer" in said and "x empty_text: The line has no words" in said


def test_it_tells_nothing_of_the_film(failed):
    codes = {report.code for report in failed.reports.values()}
    assert len(codes) >= 3, codes
    said = told(failed)
    for word in (*SECRET.split()[::2], "Zimtstern", "nobody-of-this-name", "☃"):
        assert word not in said, word


def test_a_log_is_told_by_kinds_and_places(tmp_path):
    log = tmp_path / "worker.log"
    log.write_text(f'{SECRET}\nTraceback (most recent call last):\n  File "/home/anna/engine/speak.py", line 12, in run\n    say("{SECRET}")\nValueError: {SECRET}\n', encoding="utf-8")
    assert diagnosis.places(log) == ["engine/speak.py:12 in run", "ValueError"]
    assert diagnosis.places(tmp_path / "none.log") == []


def test_every_problem_is_discreet(tmp_path):
    from engine.problems import PROBLEMS, LineProblem

    class Fields(dict):
        def __missing__(self, key):
            return 1.0 if key.endswith(("_ms", "seconds", "most", "count", "needed", "likeness")) else SECRET

    private = ("text", "word", "speaker", "voice", "characters", "strip", "script", "id", "what", "whose", "name")
    for code, (what, _remedy) in PROBLEMS.items():
        if any(f"{{{field}" in what for field in private):
            assert code not in diagnosis.TECHNICAL or code in ("cannot_hear",), code
        if code not in diagnosis.TECHNICAL:
            assert SECRET not in diagnosis.discreet(code, f"{what} {SECRET}"), code
    assert diagnosis.discreet("engine_error", str(LineProblem("engine_error", reason=f"KeyError: {SECRET}"))) == "KeyError"
    assert diagnosis.discreet("worker_died", str(LineProblem("worker_died", reason=f"a library crashed, exit code -11; {SECRET}", log="/x"))) == "exit code -11"


def test_home_and_name_are_shortened(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/home/anna")
    monkeypatch.setenv("LOGNAME", "anna")
    assert diagnosis.shortened("/home/anna/films/dubs, /media/anna/disk, /home/annabel/x") == "~/films/dubs, /media/…/disk, /home/annabel/x"


def test_the_button_and_the_shell(failed, capfd):
    assert bpy.ops.dubline.copy_diagnosis() == {"FINISHED"}
    assert "Model: kokoro-v1.0" in capfd.readouterr().out
    done = subprocess.run([sys.executable, "-m", "engine", "diagnose"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Processor: " in done.stdout and str(Path.home()) + "/" not in done.stdout
