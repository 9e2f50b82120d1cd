"""What goes wrong at night: broken films, full disks, folders that go, whoever stops it; the others are dubbed, and all of it is named."""
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import bpy
import pytest

from engine.alone import alone

from .test_batch_films import ROOT, batch, films, takes  # noqa: F401  `films` is a fixture


def begun(arguments, tmp_path, **more):
    """The command in a session of its own, without a terminal and with hardly any surroundings."""
    # where no file may grow, Python would keep half of a module it compiles
    surroundings = {"PATH": os.environ["PATH"], "BLENDER_USER_RESOURCES": str(tmp_path / "user"), "PYTHONDONTWRITEBYTECODE": "1"} | {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    command = [sys.executable, "-m", "blender_addon", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=surroundings, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True, **more)


def fates(report):
    return [one.get("error") or one.get("done", one.get("nothing")) for one in json.loads(report.read_text(encoding="utf-8"))["films"]]


def test_one_corrupt_film_among_ten(film, films, tmp_path, capfd):  # noqa: F811
    series = [*films, *(shutil.copyfile(films[number % 2], tmp_path / f"film{number}.blend") for number in range(2, 10))]
    Path(series[4]).write_bytes(Path(films[0]).read_bytes()[:20_000])
    report = tmp_path / "report.json"
    assert batch(film, "dub", *series, "--save", "--quiet", "--report", report) == 1
    told = fates(report)
    assert "film4.blend" in told.pop(4) and told == [4] * 9 and "film4.blend" in capfd.readouterr().err
    assert batch(film, "check", *series[:4], *series[5:], "--report", report) == 0, "the others are saved with their takes"


def test_quiet_names_what_failed_and_nothing_else(film, films, capfd):  # noqa: F811
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    film.named("line2").text = ""
    bpy.ops.wm.save_mainfile()
    assert batch(film, "dub", films[0], "--quiet") == 1
    told = capfd.readouterr().err
    assert "line2" in told and "line1" not in told and "Dubbed" not in told
    assert batch(film, "check", films[0], "--quiet") == 1 and "missing" in capfd.readouterr().err


def test_a_film_does_not_overwrite_another_of_its_name(film, films, tmp_path, capfd):  # noqa: F811
    (tmp_path / "other").mkdir()
    same = shutil.copyfile(films[0], tmp_path / "other" / "film0.blend")
    assert batch(film, "dub", films[0], same, "--save-as", tmp_path / "out") == 2 and "film0" in capfd.readouterr().err
    assert batch(film, "export", films[0], same, "--mix", "--to", tmp_path / "out") == 2
    assert batch(film, "dub", *films, "--save-as", same) == 2 and takes(films) == {}, "nothing was spoken in vain"
    assert batch(film, "dub", *films, "--save-as", tmp_path / "new" / "out") == 0
    assert sorted(path.name for path in (tmp_path / "new" / "out").glob("*.blend")) == ["film0.blend", "film1.blend"]


def test_scenes_without_lines_and_linked_ones(film, films, tmp_path):  # noqa: F811
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    with bpy.data.libraries.load(str(films[1]), link=True) as (inside, wanted):
        wanted.scenes = inside.scenes
    music = bpy.data.scenes.new("Music")
    film.compat.new_text(music.sequence_editor_create(), "", "", 1, 1, 24)
    bpy.data.scenes.new("Empty")
    bpy.ops.wm.save_mainfile()
    report = tmp_path / "report.json"
    assert batch(film, "dub", films[0], "--all-scenes", "--speaker", "ANNA", "--report", report) == 0
    assert [line["source"] for line in json.loads(report.read_text())["lines"]] == ["line0", "line2"]
    assert batch(film, "dub", *films, "--line", "line3", "--all-scenes", "--report", report) == 0 and fates(report) == [1, 1]
    assert batch(film, "dub", films[0], "--all-scenes", "--speaker", "CARL") == 2
    assert batch(film, "dub", films[0], "--scene", "Empty", "--scene", "Music") == 2


def test_a_film_that_lacks_the_speaker_is_not_wrong(film, films, tmp_path):  # noqa: F811
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    for strip in film.compat.all_strips(film.editor):
        strip.text = strip.text.partition(": ")[2]
    bpy.ops.wm.save_mainfile()
    report = tmp_path / "report.json"
    assert batch(film, "dub", *films, "--speaker", "BOB", "--report", report, "--page", tmp_path / "page.html") == 0
    assert fates(report) == ["no line is by that speaker or called so", 2]


def test_locked_lines_are_as_they_should_be(film, films, tmp_path, capfd):  # noqa: F811
    assert batch(film, "dub", films[0], "--save") == 0
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    for number in range(4):
        film.named(f"line{number}").dubline_lock = True
    film.named("line1").text = "BOB: Other words"
    film.named("line2").mute = True
    bpy.ops.wm.save_mainfile()
    report = tmp_path / "report.json"
    assert batch(film, "check", films[0], "--report", report) == 0
    assert [line["status"] for line in json.loads(report.read_text())["lines"]].count("locked") == 1
    assert batch(film, "dub", films[0]) == 0 and "Locked, so left alone" in capfd.readouterr().err


def test_what_cannot_be_told_stops_nothing(film, films, tmp_path, capfd):  # noqa: F811
    for flag in ("--json", "--report", "--page"):
        assert batch(film, "dub", films[0], flag, tmp_path) == 1 and str(tmp_path) in capfd.readouterr().err
    assert len(takes(films)) == 4


def test_shards_of_one_film_do_not_wait_for_one_another(film, films):  # noqa: F811
    with alone(films[0].parent / "dubs" / ".film0.lock"):
        assert batch(film, "dub", films[0], "--shard", "1/2") == 0
    assert len(takes(films)) == 2


def test_the_open_film_waits_and_is_read_again(film, films, capfd):  # noqa: F811
    bpy.ops.wm.open_mainfile(filepath=str(films[1]))
    film.named("line3").text = "BOB: What the other one saved"
    bpy.ops.wm.save_as_mainfile(filepath=str(films[1].parent / "changed.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    told, free = threading.Event(), threading.Event()

    def other():
        with alone(films[0].parent / "dubs" / ".film0.lock"):
            told.set()
            free.wait(1.0)
            shutil.copyfile(films[0].parent / "changed.blend", films[0])

    thread = threading.Thread(target=other)
    thread.start()
    told.wait()
    assert batch(film, "dub", "--save") == 0 and "another process" in capfd.readouterr().err
    thread.join()
    assert film.named("line3").text == "BOB: What the other one saved" and len(film.dubs) == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_stopped_keeps_what_was_made_and_leaves_nobody(film, films, tmp_path, number):  # noqa: F811
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    for place in range(60):
        film.text("word " * 30 + str(place), 300 + 500 * place, 480, name=f"long{place}", channel=3)
    bpy.ops.wm.save_mainfile()
    before, report = films[0].read_bytes(), tmp_path / "report.json"
    run = begun(["dub", *films, "--save", "--workers", "2", "--report", report], tmp_path)
    while not takes(films):
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, number)  # as a terminal does: its workers are told, too
    heard = run.communicate(timeout=300)[1]
    assert run.returncode == 1 and "the same command goes on from there" in heard, heard
    assert films[0].read_bytes() == before and 0 < len(takes(films)) < 64
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["cancelled"] and told["done"] == sum(line["status"] == "done" for line in told["lines"]) and told["unchanged"]
    deadline = time.monotonic() + 30
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(run.pid, 0)
            time.sleep(0.1)


def test_a_full_disk_is_named_and_leaves_films_whole(film, films, tmp_path):  # noqa: F811
    resource = pytest.importorskip("resource", reason="Windows knows no limit of a file's size")
    before = [path.read_bytes() for path in films]
    limit = 20_000
    run = begun(["dub", *films, "--save"], tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    told = run.communicate(timeout=300)[1]
    assert run.returncode == 1 and told.count("failed") >= 8 and "line3" in told and "could not be saved" in told, told
    assert [path.read_bytes() for path in films] == before and takes(films) == {} and not list(tmp_path.glob(".*"))
    assert batch(film, "dub", *films, "--save") == 0 and len(takes(films)) == 8


def test_the_last_version_of_a_film_is_kept_beside_it(film, films):  # noqa: F811
    for _time in range(2):
        before = films[0].read_bytes()
        assert batch(film, "dub", films[0], "--save") == 0
        assert Path(f"{films[0]}1").read_bytes() == before and not list(films[0].parent.glob(".*.blend"))


def test_a_folder_of_takes_that_goes_and_comes_back(film, films, tmp_path, tmp_path_factory):  # noqa: F811
    assert batch(film, "dub", *films, "--save") == 0
    made, folder = takes(films), tmp_path / "dubs"
    away = tmp_path_factory.mktemp("away") / "unplugged"
    folder.rename(away)
    folder.write_text("no folder")
    report = tmp_path / "report.json"
    assert batch(film, "check", *films, "--report", report) == 1
    assert {line["status"] for one in json.loads(report.read_text())["films"] for line in one["lines"]} == {"lost"}
    assert batch(film, "dub", *films, "--report", report) == 1 and fates(report) == [0, 0]
    folder.unlink()
    away.rename(folder)
    assert batch(film, "check", *films) == 0 and batch(film, "dub", *films) == 0 and takes(films) == made


def test_without_home_and_with_a_path_that_is_no_english(film, films, tmp_path):  # noqa: F811
    home = tmp_path / "第一 季 #1"
    home.mkdir()
    path = shutil.copyfile(films[0], home / "我的 film.blend")
    run = begun(["dub", path, "--save", "--takes", home / "配音 takes", "--report", home / "报告.json", "--page", home / "页.html"], tmp_path)
    told = run.communicate(timeout=300)[1]
    assert run.returncode == 0, told
    (line, *_rest) = json.loads((home / "报告.json").read_text(encoding="utf-8"))["lines"]
    assert Path(line["take"]).is_file() and "第一" in line["take"]
    assert "src='%E9%85%8D%E9%9F%B3%20takes/" in (home / "页.html").read_text(encoding="utf-8")


def test_a_render_goes_on_where_pictures_are_there(film, films, tmp_path):  # noqa: F811
    bpy.ops.wm.open_mainfile(filepath=str(films[0]))
    render = film.scene.render
    render.resolution_x, render.resolution_y, render.use_overwrite, render.filepath = 32, 18, False, f"{tmp_path}/frames/"
    film.scene.frame_end, film.scene.frame_step = 5, 2
    bpy.ops.wm.save_mainfile()
    assert batch(film, "render", films[0]) == 0
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert len(names) == 3 and batch(film, "render", films[0]) == 0 and sorted(path.name for path in (tmp_path / "frames").iterdir()) == names


def test_clean_removes_what_no_film_names_and_what_was_never_finished(film, films, tmp_path):  # noqa: F811
    assert batch(film, "dub", *films, "--save") == 0
    needed = takes(films)
    assert batch(film, "dub", films[0], "--cast", "ANNA=tone:sine") == 0, "two takes that nothing plays, since it is not saved"
    broken, young = tmp_path / "dubs" / ".0123456789abcdef0123-89abcdef.wav", tmp_path / "dubs" / ".0123456789abcdef0123-fedcba98.json"
    for path in (broken, young):
        path.write_bytes(b"half")
    os.utime(broken, (1, 1))
    report = tmp_path / "report.json"

    def clean(*more):
        assert batch(film, "clean", films[1], "--report", report, *more) == 0
        return json.loads(report.read_text(encoding="utf-8"))

    assert clean()["removed"] == [str(broken)] and young.is_file() and len(takes(films)) == 10, "a run of today may still place them"
    assert len(clean("--days", "0", "--dry-run")["removable"]) == 6 and len(takes(films)) == 10
    assert len(clean("--days", "0")["removed"]) == 6 and takes(films) == needed
    assert batch(film, "check", *films) == 0


def test_what_a_run_has_found_again_is_not_cleaned_away_before_it_is_saved(film, films, tmp_path):  # noqa: F811
    assert batch(film, "dub", *films) == 0
    made, report = takes(films), tmp_path / "report.json"
    for path in (tmp_path / "dubs").glob("[!.]*"):
        os.utime(path, (1, 1))
    assert batch(film, "dub", films[1], "--report", report) == 0
    found = {Path(line["take"]).name for line in json.loads(report.read_text(encoding="utf-8"))["lines"] if not line["fresh"]}
    assert batch(film, "clean", films[0]) == 0 and len(found) == 4
    assert takes(films) == {name: content for name, content in made.items() if name in found}
