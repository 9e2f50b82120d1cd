"""What a computer may do to the add-on: folders that take no writing, a full disk, names in any script, a drive that is gone, two Blenders at once."""
import os
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest

from engine import takes

from ..conftest import PACKAGE, ROOT
from ..engine.disk import room_for
from .film import room


@pytest.fixture
def locked():
    """Makes a folder one that nobody can write to, the administrator neither; it is as before afterwards."""
    mounted, changed = [], []

    def lock(folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid():
            folder.chmod(0o500)
            changed.append(folder)
        else:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=4k", "tmpfs", str(folder)], check=True)
            mounted.append(folder)

    yield lock
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)
    for folder in changed:
        folder.chmod(0o700)


@pytest.mark.parametrize("host", ["HERE", "WORKER"])
def test_a_home_that_takes_no_writing(film, locked, host):
    film.preferences.host = host
    locked(Path(bpy.utils.user_resource("DATAFILES")) / "dubline")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    film.scene.dubline.default_voice = "tone:sine"
    film.scene.sequence_editor_create()
    film.text("Hello there")
    report = film.dub()["Line"]
    assert report.status == "done", report.message
    folder = Path(report.take.path).parent
    assert str(folder) in film.session.run.warnings[0] and "not saved" in film.session.run.warnings[0]
    assert os.access(folder, os.W_OK)


def test_a_folder_of_takes_that_takes_no_writing(film, locked):
    locked(film.folder / "dubs")
    film.text("Hello there", name="a")
    film.text("And again", 101, name="b")
    reports = film.dub()
    assert {report.code for report in reports.values()} == {"cannot_write"}
    assert "dubs" in reports["a"].message and "choose another folder" in reports["a"].message
    film.preferences.takes = str(film.folder / "elsewhere")
    assert {report.status for report in film.dub().values()} == {"done"}


def test_a_full_disk_takes_what_it_can(film):
    film.text("Hello there", length=6, name="short")
    film.text("And again, for a good while", 101, 96, name="long")
    film.text("Hello there", 301, 6, name="short again")
    with room_for(200_000):
        reports = film.dub()
    assert [reports[name].status for name in ("short", "long", "short again")] == ["done", "failed", "done"]
    assert reports["long"].code == "cannot_write" and "Free some space" in reports["long"].message
    assert not [path for path in (film.folder / "dubs").iterdir() if path.name.startswith(".")], "nothing half-written stays"
    assert film.dub()["long"].status == "done"


def test_a_drive_that_is_gone_and_comes_back(film):
    drive = film.folder / "drive"
    film.preferences.takes = str(drive / "dubs")
    film.text("Hello there", name="a")
    assert film.dub()["a"].status == "done"
    film.editor.active_strip = film.named("a")
    drive.rename(film.folder / "away")
    drive.write_text("a file where the drive was")
    shelf = room("blender_addon.shelf")
    shelf.refresh(bpy.context, anew=True)
    assert [row.told for row in bpy.context.window_manager.dubline_takes.rows] == ["no file"]
    film.text("And again", 101, name="b")
    reports = film.dub()
    assert {reports[name].code for name in "ab"} == {"cannot_write"}
    drive.unlink()
    (film.folder / "away").rename(drive)
    reports = film.dub()
    assert (reports["a"].status, reports["a"].fresh, reports["b"].status) == ("done", False, "done")


@pytest.mark.parametrize("host", ["HERE", "WORKER"])
@pytest.mark.parametrize("name", ["Фильм Ёлка", "電影 配音", "OneDrive - Müller & Søn's Gmbh", "  spaces  within  "])
def test_names_of_folders_in_any_script(film, tmp_path, host, name):
    film.preferences.host = host
    home = tmp_path / name
    home.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "фильм 电影.blend"))
    film.text("Hello there")
    report = film.dub()["Line"]
    assert report.status == "done", report.message
    assert Path(report.take.path).parent == home / "dubs"
    film.film = home / "фильм 电影.blend"
    film.reload()
    assert os.path.isfile(film.path_of(film.dubs[0])) and abs(film.hear(1, 49)).max() > 0.01


def test_two_blenders_share_takes(film):
    """Both dub the same film at the same time, and each take is there once and whole."""
    for number in range(12):
        film.text(f"Line number {number}", 1 + 60 * number, name=f"{number:02}")
    film.save()
    gate = film.folder / "go"
    code = f"""
import os, sys, tempfile, time
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="dubline-blender-")
from pathlib import Path
import bpy
from tests.conftest import PACKAGE, mount
root = mount(PACKAGE); root.register()
bpy.ops.wm.open_mainfile(filepath={str(film.film)!r})
bpy.context.preferences.addons.new().module = PACKAGE
print("ready", flush=True)
while not Path({str(gate)!r}).exists(): time.sleep(0.01)
bpy.ops.dubline.dub(scope="ALL")
session = sys.modules[PACKAGE + ".blender_addon.session"].session
print("told", [(report.status, report.message) for report in session.run.reports.values()], flush=True)
root.unregister()
sys.stdout.flush(); os._exit(0)
"""
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for process in both:
            while process.stdout.readline().strip() != "ready":
                assert process.poll() is None
        gate.touch()
        told = [process.communicate(timeout=300)[0] for process in both]
    finally:
        for process in both:
            process.kill()
    assert all(text.count("'done'") == 12 for text in told), told
    found = sorted((film.folder / "dubs").glob("*.wav"))
    assert len(found) == 12 and all(takes.read(path.with_suffix(".json")) for path in found)
    assert not [path.name for path in (film.folder / "dubs").iterdir() if path.name.startswith(".")]


def traces() -> dict[str, int]:
    """How much of ours Blender holds, by kind."""
    handlers = [handler for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list) for handler in getattr(bpy.app.handlers, name)]
    window = bpy.context.window_manager
    return {
        "classes": sum("dubline" in name.lower() for name in dir(bpy.types)),
        "operators": len(dir(bpy.ops.dubline)),
        "handlers": sum(PACKAGE in getattr(handler, "__module__", "") for handler in handlers),
        "keys": sum(item.idname.startswith("dubline.") for config in (window.keyconfigs.addon, window.keyconfigs.user) if config for keymap in config.keymaps for item in keymap.keymap_items),
        "scene": sum("dubline" in name for name in bpy.types.Scene.bl_rna.properties.keys()),  # noqa: SIM118
        "window": sum("dubline" in name for name in bpy.types.WindowManager.bl_rna.properties.keys()),  # noqa: SIM118
        "timers": sum(bpy.app.timers.is_registered(one) for one in (room("blender_addon.watch").tick,)),
        "drawn": sum(PACKAGE in getattr(function, "__module__", "") for name in dir(bpy.types) if "_MT_" in name or "_HT_" in name for function in getattr(getattr(getattr(bpy.types, name), "draw", None), "_draw_funcs", ())),
    }


def test_it_goes_and_comes_ten_times(film, addon):
    before, threads = traces(), len(os.listdir("/proc/self/task"))
    assert before["classes"] > 40 and before["operators"] > 40 and before["handlers"]
    try:
        for _ in range(10):
            addon.unregister()
            gone = traces()
            assert not any(gone.values()), gone
            addon.register()
            assert traces() == before
    finally:
        if not dir(bpy.ops.dubline):
            addon.register()
    film.text("Hello there")
    assert film.dub()["Line"].status == "done"
    film.session.close()
    for _ in range(100):
        if len(os.listdir("/proc/self/task")) <= threads:
            break
        time.sleep(0.05)
    assert len(os.listdir("/proc/self/task")) <= threads


def test_nothing_is_written_in_the_add_ons_folder(film):
    def seen():
        return {path: path.stat().st_mtime_ns for folder in ("blender_addon", "engine") for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts}

    before = seen()
    film.preferences.host = "WORKER"
    film.text("Hello there")
    film.dub()
    film.redo(film.named("Line"))
    bpy.ops.dubline.plan(scope="ALL")
    bpy.ops.dubline.copy_diagnosis()
    bpy.ops.dubline.export_subtitles(filepath=str(film.folder / "out.srt"))
    film.save()
    assert seen() == before
