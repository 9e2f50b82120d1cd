"""Many films in one command: what is asked for is done, what is broken is named, and nothing is done twice or by two at once."""
import json
import os
import subprocess
import sys
from pathlib import Path

import bpy
import pytest

from engine.alone import alone

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def films(film, tmp_path):
    """Two films of four lines, by two people."""
    made = []
    for number in range(2):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        film.pace(24)
        film.scene.dubline.default_voice = "tone:sine"
        film.scene.sequence_editor_create()
        film.role("ANNA", voice="tone:low")
        film.role("BOB", voice="tone:high")
        for place, who in enumerate(("ANNA", "BOB", "ANNA", "BOB")):
            film.text(f"{who}: Film {number} line {place}", 1 + 60 * place, 48, name=f"line{place}")
        film.scene.frame_start, film.scene.frame_end = 1, 240
        made.append(tmp_path / f"film{number}.blend")
        bpy.ops.wm.save_as_mainfile(filepath=str(made[-1]))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return made


def takes(films):
    return {path.name: path.read_bytes() for path in (films[0].parent / "dubs").glob("*.wav")}


def batch(film, *arguments):
    return film.batch.main([*map(str, arguments), *([] if {"check", "export", "render", "clean"} & {arguments[0]} else ["--host", "here"])])


def test_all_films_and_a_broken_one_that_is_named(film, films, tmp_path, capfd):
    broken = tmp_path / "broken.blend"
    broken.write_bytes(b"not a film")
    report, page, events = tmp_path / "report.json", tmp_path / "night.html", tmp_path / "events.jsonl"
    arguments = ["dub", films[0], broken, tmp_path / "gone.blend", films[1], "--save", "--report", report, "--page", page, "--json", events]
    assert batch(film, *arguments) == 1
    told = json.loads(report.read_text(encoding="utf-8"))["films"]
    assert [Path(one["film"]).name for one in told] == ["film0.blend", "broken.blend", "gone.blend", "film1.blend"]
    assert [one.get("done") for one in told] == [4, None, None, 4]
    assert "broken.blend" in told[1]["error"] and "gone.blend" in capfd.readouterr().err
    shown = page.read_text(encoding="utf-8")
    assert "broken.blend" in shown and "Film 1 line 3" in shown and shown.count("<audio") == 8
    happened = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    assert [event["event"] for event in happened] == ["begin", *["line"] * 4, "end", "unable", "unable", "begin", *["line"] * 4, "end"]
    assert happened[2]["count"] == 2 and happened[2]["of"] == 4 and Path(happened[2]["take"]).is_file()
    for path in films:
        bpy.ops.wm.open_mainfile(filepath=str(path))
        assert len(film.dubs) == 4
    assert batch(film, "dub", broken) == 2


def test_a_second_run_makes_nothing(film, films, tmp_path):
    assert batch(film, "dub", *films, "--save") == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "dubs").glob("*.wav")}
    report = tmp_path / "report.json"
    assert batch(film, "dub", *films, "--report", report) == 0
    assert not any(line["fresh"] for one in json.loads(report.read_text())["films"] for line in one["lines"])
    assert batch(film, "dub", *films, "--needed", "--report", report) == 0
    assert [one["lines"] for one in json.loads(report.read_text())["films"]] == [[], []]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "dubs").glob("*.wav")} == before


def test_who_and_which(film, films, tmp_path):
    report = tmp_path / "report.json"

    def made(*arguments):
        assert batch(film, "dub", films[0], *arguments, "--report", report) == 0
        return [(line["source"], line["voice"]) for line in json.loads(report.read_text())["lines"]]

    assert made("--speaker", "anna") == [("line0", "low"), ("line2", "low")]
    assert made("--line", "line1", "--line", "line2") == [("line1", "high"), ("line2", "low")]
    assert made("--speaker", "BOB", "--cast", "BOB=tone:sine") == [("line1", "sine"), ("line3", "sine")]
    for wrong in (("--speaker", "CARL"), ("--cast", "CARL=tone:low"), ("--shard", "3/2"), ("--shard", "1/2", "--save")):
        assert batch(film, "dub", films[0], *wrong) == 2


def test_shards_make_what_one_run_makes(film, films, tmp_path):
    assert batch(film, "dub", films[0], "--takes", tmp_path / "whole") == 0
    for number in (1, 2, 3):
        assert batch(film, "dub", films[0], "--shard", f"{number}/3", "--takes", tmp_path / "shards") == 0
    whole, shards = ({path.name: path.read_bytes() for path in (tmp_path / name).glob("*.wav")} for name in ("whole", "shards"))
    assert whole == shards and len(whole) == 4
    report = tmp_path / "report.json"
    assert batch(film, "dub", films[0], "--takes", tmp_path / "shards", "--save", "--report", report) == 0
    assert not any(line["fresh"] for line in json.loads(report.read_text())["lines"])


def test_several_workers_make_the_same(film, films, tmp_path):
    assert batch(film, "dub", *films) == 0
    one = takes(films)
    assert film.batch.main(["dub", *map(str, films), "--workers", "2", "--takes", str(tmp_path / "two")]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "two").glob("*.wav")} == one and len(one) == 8


def test_check_tells_what_is_not_as_it_should_be(film, films, tmp_path):
    report = tmp_path / "report.json"

    def states():
        code = batch(film, "check", films[0], "--report", report)
        return code, [line["status"] for line in json.loads(report.read_text(encoding="utf-8"))["lines"]]

    assert states() == (1, ["missing"] * 4)
    assert batch(film, "dub", films[0], "--save") == 0
    assert states() == (0, ["fine"] * 4)
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    film.named("line1").text = "BOB: Other words"
    Path(film.path_of(film.dubs[2])).unlink()
    bpy.ops.wm.save_mainfile()
    assert states() == (1, ["fine", "changed", "lost", "fine"])


def test_export_and_render(film, films, tmp_path):
    assert batch(film, "dub", films[0], "--save") == 0
    out = tmp_path / "out"
    assert batch(film, "export", films[0], "--to", out, "--mix", "--stems", "--pack", "--subtitles", "srt", "--subtitles", "csv") == 0
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file() and path.parent.name != "audio"}
    assert names == {"film0.mix.flac", "film0.srt", "film0.csv", "film0/dub.json", *(f"film0.{part}.flac" for part in ("dialogue", "background", "dialogue.ANNA", "dialogue.BOB"))}
    assert "Film 0 line 2" in (out / "film0.srt").read_text(encoding="utf-8")
    assert batch(film, "export", films[0], "--to", out) == 2
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    film.compat.to_video(film.scene)
    render = film.scene.render
    render.resolution_x, render.resolution_y, render.use_file_extension = 64, 36, False
    render.filepath, film.scene.frame_end = str(tmp_path / "film.mp4"), 24
    bpy.ops.wm.save_mainfile()
    assert batch(film, "render", films[0]) == 0 and (tmp_path / "film.mp4").stat().st_size > 1000


def test_a_script_in_another_language(film, films, tmp_path):
    script = tmp_path / "film0.csv"
    script.write_text("speaker,start_time,end_time,transcription,translation\nANNA,0.0,2.0,One,Uno\nBOB,3.0,5.0,Two,Dos\n", encoding="utf-8")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    film.scene.dubline.default_voice = "tone:sine"
    film.scene.sequence_editor_create()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "bare.blend"))
    report = tmp_path / "report.json"
    assert batch(film, "dub", tmp_path / "bare.blend", "--script", script, "--language", "es", "--save", "--report", report) == 0
    assert [(line["text"], line["speaker"], line["language"]) for line in json.loads(report.read_text())["lines"]] == [("Uno", "ANNA", "es"), ("Dos", "BOB", "es")]


def test_a_film_is_dubbed_by_one_at_a_time(film, films, tmp_path):
    command = [sys.executable, "-m", "blender_addon", "dub", str(films[0]), "--host", "here", "--save"]
    with alone(tmp_path / "dubs" / ".film0.lock"):
        other = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user")})
        for told in other.stderr:
            if "another process" in told:
                break
        assert takes(films) == {} and other.poll() is None
    other.communicate(timeout=300)
    assert other.returncode == 0 and len(takes(films)) == 4
