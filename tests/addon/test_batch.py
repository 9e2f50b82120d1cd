"""The headless entry: exit codes, the JSON report, and that it opens and saves films as told."""
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import bpy
import pytest

from ..conftest import PACKAGE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def saved(film) -> Path:
    """A film on disk with one good line and one without words."""
    film.role("ANNA", voice="tone:low")
    film.text("ANNA: Hello there", 25, 48, name="good")
    film.text("", 101, 24, name="bad", selected=False)
    film.save()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return film.film


def test_dub_save_and_report(film, saved, tmp_path):
    report, other = tmp_path / "out" / "report.json", tmp_path / "dubbed.blend"
    code = film.batch.main(["dub", str(saved), "--all", "--report", str(report), "--save-as", str(other), "--host", "here"])
    assert code == film.batch.SOME_FAILED == 1
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["done"], told["failed"], told["film"]) == (1, 1, str(other))
    good, bad = told["lines"]
    assert (good["source"], good["text"], good["speaker"], good["voice"], good["language"]) == (
        "good", "Hello there", "ANNA", "low", "en-us",
    )  # fmt: skip
    assert (good["start"], good["seconds"], good["samples"], good["rate"], good["error_samples"]) == (1.0, 2.0, 96000, 48000, 0)
    assert good["overflow_ms"] == 0 and Path(good["take"]).is_file() and good["uid"] and good["strip"]
    assert (bad["status"], bad["code"], bad["seconds"]) == ("failed", "empty_text", 1.0) and bad["message"]
    bpy.ops.wm.open_mainfile(filepath=str(other))
    assert [film.span(dub) for dub in film.dubs] == [(25, 73)]


def test_all_good(film, saved):
    assert film.batch.main(["dub", str(saved), "--selected", "--save", "--host", "here"]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert len(film.dubs) == 1


def test_options_reach_the_takes(film, saved, tmp_path):
    takes = tmp_path / "elsewhere"
    arguments = ["dub", str(saved), "--selected", "--takes", str(takes), "--original", "keep", "--host", "here", "--threads", "2"]
    assert film.batch.main(arguments) == 0
    assert len(list(takes.glob("*.wav"))) == 1 and film.scene.dubline.original == "KEEP"


def test_what_is_needed(film, saved, tmp_path, capfd):
    def dub(*more):
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        assert film.batch.main(["dub", str(saved), *more, "--save", "--report", str(report), "--host", "here"]) == 0
        return [line["source"] for line in json.loads(report.read_text(encoding="utf-8"))["lines"]] if report.exists() else []

    assert dub("--needed") == ["good"]
    assert dub("--needed") == dub("--changed") == [] and "nothing to speak" in capfd.readouterr().err
    film.named("good").text = "ANNA: Hello here"
    film.compat.move(film.named("good"), 49)
    film.save()
    assert dub("--changed") == ["good"]
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert [film.span(one) for one in film.dubs] == [(49, 97)]


@pytest.mark.parametrize(
    "arguments",
    [[], ["dub", "/there/is/no.blend"], ["dub", "--no-such-option"], ["dub", "FILM", "--scene", "Nowhere"], ["dub", "EMPTY"], ["sing"]],
)
def test_could_not_run(film, saved, tmp_path, arguments, capfd):
    (tmp_path / "broken.blend").write_bytes(b"not a film")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "empty.blend"))
    names = {"FILM": str(saved), "EMPTY": str(tmp_path / "empty.blend")}
    assert film.batch.main([names.get(argument, argument) for argument in arguments]) == 2
    assert capfd.readouterr().err.strip()


def test_lengths_of_half_a_sample_are_no_error(film):
    film.scene.render.ffmpeg.audio_mixrate = 44100
    for number, length in enumerate((25, 29, 31, 41)):  # frames of 1837.5 samples
        film.text("Hello", 1 + 100 * number, length, name=str(length))
    reports = film.dub()
    run = film.session.run
    told = [import_module(f"{PACKAGE}.blender_addon.batch_report").entry(report, run.slots[report.uid], film.scene) for report in reports.values()]
    assert [line["error_samples"] for line in told] == [0, 0, 0, 0]


def test_nothing_is_spoken_that_could_not_be_saved(film, capfd):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert film.batch.main(["dub", "--save"]) == 2
    assert "--save-as" in capfd.readouterr().err


def test_a_file_that_is_no_film(film, tmp_path):
    (tmp_path / "broken.blend").write_bytes(b"not a film")
    assert film.batch.main(["dub", str(tmp_path / "broken.blend")]) == 2


def test_command_line_of_the_repository(film, saved, tmp_path):
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "blender_addon", "dub", str(saved), "--selected", "--report", str(report), "--save"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Dubbed 1 of 1 lines" in done.stderr
    assert json.loads(report.read_text())["lines"][0]["error_samples"] == 0
