"""Only takes that nobody needs are deleted, and a film finds its takes again wherever the two go together."""
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import bpy
import pytest

from .film import loudness, room
from .test_takes import dubbed, everything, files, plays, rows, takes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def line(film):
    return dubbed(film)


# Deleting


def delete(**how):
    return bpy.ops.dubline.take_delete_unused(**how)


def test_delete_the_lines_unused_takes(film, line):
    first, second, third = takes(film, line)
    bpy.ops.dubline.take_keep(digest=second)
    (film.folder / "dubs" / "notes.txt").write_text("mine")
    before = everything(film)
    assert delete() == {"CANCELLED"} and everything(film) == before, "nothing without a word"
    assert delete(confirm=True) == {"FINISHED"}
    assert files(film.folder / "dubs") == {second, third, "notes"} and takes(film, line) == [second, third] and plays(film) == third
    bpy.ops.dubline.take_use(digest=second)
    delete(confirm=True)
    assert takes(film, line) == [second] and plays(film) == second
    with pytest.raises(RuntimeError, match="one take only"):
        bpy.ops.dubline.take_compare()


def test_what_somebody_else_needs_is_not_deleted(film, line):
    first, second, third = takes(film, line)
    copy = film.text("ANNA: Hello there", 101, 48, name="b")
    film.props.update(copy, uid=film.props.new_uid(), takes=[{"take": first}])
    elsewhere = bpy.data.scenes.new("Another scene")
    path = str(film.folder / "dubs" / f"{second}.wav")
    played = film.compat.strips(elsewhere.sequence_editor_create()).new_sound(name="Pasted", filepath=path, channel=1, frame_start=1)
    assert delete(confirm=True) == {"CANCELLED"} and takes(film, line) == [first, second, third] and files(film.folder / "dubs") == {first, second, third}
    film.compat.strips(elsewhere.sequence_editor).remove(played)
    assert delete(confirm=True) == {"FINISHED"} and files(film.folder / "dubs") == {first, third}
    film.compat.strips(film.editor).remove(copy)
    assert delete(confirm=True) == {"FINISHED"} and files(film.folder / "dubs") == {third}


@pytest.mark.parametrize("compress", [False, True])
def test_what_a_film_beside_this_one_names_is_not_deleted(film, line, compress):
    first, second, third = takes(film, line)
    bpy.ops.wm.save_as_mainfile(filepath=str(film.folder / "other.blend"), copy=True, compress=compress)
    film.redo(line)
    fourth, fifth = takes(film, line)[3], film.redo(line)["a"].take.digest
    assert delete(confirm=True) == {"FINISHED"} and files(film.folder / "dubs") == {first, second, third, fifth} and fourth not in takes(film, line)
    assert bpy.ops.dubline.clean_takes(confirm=True) == {"CANCELLED"}
    (film.folder / "other.blend").unlink()
    assert bpy.ops.dubline.clean_takes(confirm=True) == {"FINISHED"} and files(film.folder / "dubs") == {fifth}


def test_a_film_that_cannot_be_looked_into_stops_the_cleaning(film, line, monkeypatch):
    bpy.ops.wm.save_as_mainfile(filepath=str(film.folder / "other.blend"), copy=True, compress=True)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    before = everything(film)
    assert bpy.ops.dubline.clean_takes(confirm=True) == {"CANCELLED"} and everything(film) == before


HOLDS = """
import sys
from pathlib import Path
from engine.alone import alone
with alone(Path(sys.argv[1])):
    print(flush=True)
    input()
"""


def test_what_a_batch_beside_this_film_has_not_saved_yet_is_not_deleted(film, line, capfd):
    command = [sys.executable, "-c", HOLDS, film.folder / "dubs" / ".other.lock"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as batch:
        batch.stdout.readline()
        before = everything(film)
        assert bpy.ops.dubline.clean_takes(confirm=True) == delete(confirm=True) == {"CANCELLED"} and everything(film) == before
        assert "perhaps needed by other, which a batch is working on" in capfd.readouterr().out
        batch.communicate("\n")
    assert bpy.ops.dubline.clean_takes(confirm=True) == {"FINISHED"} and len(takes(film, line)) == 1


def test_clean_the_whole_film(film, line, capfd):
    first, second, third = takes(film, line)
    gone = film.text("Something else", 101, name="b")
    film.only(gone)
    left = film.dub("SELECTED")["b"].take.digest
    for strip in (film.dubs[1], gone):
        film.compat.strips(film.editor).remove(strip)
    bpy.ops.dubline.take_keep(digest=first)
    size = sum(path.stat().st_size for path in (film.folder / "dubs").iterdir() if path.name.startswith((second, left)))
    before = everything(film)
    assert bpy.ops.dubline.clean_takes() == {"CANCELLED"} and everything(film) == before
    told = capfd.readouterr().out
    assert f"2 takes that nobody needs, {size / 1e6:.1f} MB" in told and second in told and left in told and "1 take stays: kept" in told and "confirm=True" in told
    assert bpy.ops.dubline.clean_takes(listed=False, confirm=True) == {"FINISHED"}
    assert files(film.folder / "dubs") == {first, second, third} and takes(film, line) == [first, second, third]
    assert bpy.ops.dubline.clean_takes(confirm=True) == {"FINISHED"}
    assert files(film.folder / "dubs") == {first, third} == set(takes(film, line))


def test_two_cleanings_at_once(film, line):
    first, second, third = takes(film, line)
    take_files = room("blender_addon.take_files")
    places = take_files.in_folder(film.folder / "dubs")
    for path in (film.folder / "dubs").glob(f"{first}*"):
        path.unlink()
    spares, staying = take_files.spare(places, places, take_files.Needs(), listed=True)
    assert {one.digest: bool(one.size) for one in spares} == {first: False, second: True} and staying == {"played": 1}
    assert take_files.remove(spares) == ({first, second}, []) and files(film.folder / "dubs") == {third}


def test_cleaning_stays_beside_the_film(film, line, tmp_path_factory):
    shared = tmp_path_factory.mktemp("shared")
    film.preferences.takes = str(shared)
    film.redo(line)
    film.redo(line)
    before = files(shared)
    with pytest.raises(RuntimeError, match="not beside the film"):
        bpy.ops.dubline.clean_takes(confirm=True)
    assert files(shared) == before
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    for verb in (bpy.ops.dubline.clean_takes, bpy.ops.dubline.collect_takes):
        with pytest.raises(RuntimeError, match="poll"):
            verb()


# Moving


@pytest.mark.parametrize("move", [False, True])
def test_collect(film, tmp_path, move):
    """Takes that were made elsewhere come beside the film, which then goes to another place, and is redone there."""
    film.preferences.takes = str(tmp_path / "elsewhere")
    source = film.text("Hello there")
    film.dub()
    film.redo(source)
    made = takes(film, source)
    film.preferences.takes = ""
    film.editor.active_strip = source
    assert bpy.ops.dubline.collect_takes(move=move) == {"FINISHED"}
    assert files(film.folder / "dubs") == set(made) and files(tmp_path / "elsewhere") == (set() if move else set(made))
    assert film.dubs[0].sound.filepath == f"//dubs{os.sep}{made[1]}.wav"
    assert all(row.usable for row in rows())
    shutil.rmtree(tmp_path / "elsewhere")
    bpy.ops.wm.save_mainfile()
    there = tmp_path / "another computer"
    there.mkdir()
    film.film.rename(there / "film.blend")
    (film.folder / "dubs").rename(there / "dubs")
    bpy.ops.wm.open_mainfile(filepath=str(there / "film.blend"))
    assert Path(film.path_of(film.dubs[0])) == there / "dubs" / f"{made[1]}.wav"
    assert loudness(film.hear(1, 48)) > 0.01
    source = film.named("Line")
    film.editor.active_strip = source
    assert [(row.digest, row.usable, row.plays) for row in rows()] == [(made[0], True, False), (made[1], True, True)]
    bpy.ops.dubline.take_use(index=0)
    assert Path(film.path_of(film.dubs[0])) == there / "dubs" / f"{made[0]}.wav"
    report = film.redo(source)["Line"]
    assert report.fresh and Path(report.take.path).parent == there / "dubs" and len(takes(film, source)) == 3


COLLECTS = """
import resource, signal, sys
import bpy
from tests.conftest import PACKAGE, mount
mount(PACKAGE).register()
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
bpy.context.preferences.addons.new().module = PACKAGE
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # which kills it in the midst of a file
bpy.ops.dubline.collect_takes(move=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="Windows knows no limit of a file's size")
def test_what_a_killed_collecting_leaves_is_cleaned_away(film, tmp_path):
    film.preferences.takes = str(tmp_path / "elsewhere")
    film.text("Hello there")
    film.dub()
    film.save()
    before = files(tmp_path / "elsewhere")
    killed = subprocess.run([sys.executable, "-c", COLLECTS, film.film], cwd=ROOT, env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user"), "PYTHONDONTWRITEBYTECODE": "1"})
    assert killed.returncode == -signal.SIGXFSZ and files(tmp_path / "elsewhere") == before
    (half,) = (film.folder / "dubs").iterdir()
    os.utime(half, (1, 1))
    film.preferences.takes = ""
    assert film.batch.main(["clean", str(film.film)]) == 0 and not half.exists()


@pytest.mark.parametrize("folder", ["dubs", "gathered"])
def test_collected_takes_play_after_undo(film, tmp_path, folder):
    """Undo gives the strips their old paths, and no file comes back with it."""
    film.preferences.takes = str(tmp_path / "elsewhere")
    source = film.text("Hello there")
    film.dub()
    film.redo(source)
    made = takes(film, source)
    bpy.ops.wm.save_mainfile()
    bpy.ops.ed.undo_push(message="before")
    # positional True: the operator pushes its undo step, as a press in a window does
    assert bpy.ops.dubline.collect_takes("EXEC_DEFAULT", True, move=True, folder=folder) == {"FINISHED"}
    assert not files(tmp_path / "elsewhere")

    def found():
        assert film.dubs[0].sound.filepath == f"//{folder}{os.sep}{made[1]}.wav" and loudness(film.hear(1, 48)) > 0.01
        film.editor.active_strip = film.named("Line")
        assert [(row.usable, row.plays) for row in rows()] == [(True, False), (True, True)]

    found()
    bpy.ops.ed.undo()
    found()
    bpy.ops.ed.redo()
    found()
    bpy.ops.wm.open_mainfile(filepath=str(film.film))  # as it was saved before
    film.preferences.takes = str(tmp_path / "elsewhere")
    found()
    bpy.ops.dubline.take_use(index=0)
    assert Path(film.path_of(film.dubs[0])) == film.folder / folder / f"{made[0]}.wav"
    assert film.redo(film.named("Line"))["Line"].fresh


def test_what_is_lost_is_left_as_it_is(film, line):
    """No path is changed for one that plays no better, and no sound of the person's."""
    music = film.sound(1.0, 200, 5, "music")
    bpy.ops.wm.save_mainfile()
    shutil.rmtree(film.folder / "dubs")
    (film.folder / "music.wav").unlink()
    before = film.dubs[0].sound.filepath, music.sound.filepath
    bpy.ops.wm.open_mainfile(filepath=str(film.film))
    assert (film.dubs[0].sound.filepath, film.named("music").sound.filepath) == before


def test_collect_what_is_used(film, tmp_path):
    film.preferences.takes = str(tmp_path / "elsewhere")
    source = film.text("Hello there")
    film.dub()
    bpy.ops.dubline.redo(count=3)
    made = takes(film, source)
    film.editor.active_strip = source
    bpy.ops.dubline.take_keep(index=3)
    (tmp_path / "elsewhere" / f"{made[3]}.wav").unlink()
    assert bpy.ops.dubline.collect_takes(what="USED", folder="takes") == {"FINISHED"}
    assert files(film.folder / "takes") == {made[1]} and Path(film.path_of(film.dubs[0])).parent == film.folder / "takes"
    with pytest.raises(RuntimeError, match="no folder beside the film"):
        bpy.ops.dubline.collect_takes(folder="../..")


def test_takes_of_a_film_that_was_not_saved(film, tmp_path):
    """Its takes lie in a folder of ours; after it was saved they are found there, and collected."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    film.scene.dubline.default_voice = "tone:sine"
    film.scene.sequence_editor_create()
    source = film.text("Nobody saved me yet")
    film.dub()
    film.redo(source)
    made = takes(film, source)
    (tmp_path / "saved").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved" / "film.blend"))
    source = film.named("Line")
    film.editor.active_strip = source
    film.redo(source)
    assert [row.usable for row in rows()] == [True, True, True]
    bpy.ops.dubline.take_use(index=0)
    bpy.ops.dubline.collect_takes()
    assert set(made) <= files(tmp_path / "saved" / "dubs") and Path(film.path_of(film.dubs[0])).parent == tmp_path / "saved" / "dubs"


def test_a_packed_take_plays_on(film, line):
    bpy.ops.file.pack_all()
    shutil.rmtree(film.folder / "dubs")
    film.reload()
    assert loudness(film.hear(1, 48)) > 0.01
    film.editor.active_strip = film.named("a")
    assert [row.told for row in rows()] == ["no file"] * 3
    before = everything(film)
    with pytest.raises(RuntimeError, match="not on this computer"):
        bpy.ops.dubline.take_use(index=0)
    assert everything(film) == before and loudness(film.hear(1, 48)) > 0.01
    assert film.redo(film.named("a"))["a"].fresh


def test_a_packed_film_goes_about_alone(film, line, tmp_path):
    bpy.ops.file.pack_all()
    report = film.redo(line)["a"]
    first = report.take
    assert report.fresh and film.dubs[0].sound.packed_file, "what takes the place of a packed take is packed as well"
    bpy.ops.wm.save_mainfile()
    there = tmp_path / "another computer"
    there.mkdir()
    film.film.rename(there / "film.blend")
    shutil.rmtree(film.folder / "dubs")
    bpy.ops.wm.open_mainfile(filepath=str(there / "film.blend"))
    assert plays(film) == first.digest and loudness(film.hear(1, 48)) > 0.01
    report = film.redo(film.named("a"))["a"]
    assert report.fresh and Path(report.take.path).parent == there / "dubs" and plays(film) == report.take.digest != first.digest
    assert loudness(film.hear(1, 48)) > 0.01
    bpy.ops.wm.save_mainfile()
    shutil.rmtree(there / "dubs")
    bpy.ops.wm.open_mainfile(filepath=str(there / "film.blend"))
    assert plays(film) == report.take.digest and loudness(film.hear(1, 48)) > 0.01


@pytest.mark.parametrize("link", [False, True])
def test_a_scene_of_another_film_plays_here(film, line, tmp_path, link):
    """Appended it can be redone; linked it plays, and can be redone once it is made local."""
    bpy.ops.wm.save_mainfile()
    made, elsewhere = film.path_of(film.dubs[0]), tmp_path / "elsewhere"
    elsewhere.mkdir()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(elsewhere / "other.blend"))
    with bpy.data.libraries.load(str(film.film), link=link) as (there, here):
        here.scenes = list(there.scenes)
    scene = here.scenes[0]
    with bpy.context.temp_override(**film.compat.scene_override(scene)):
        if link:
            for verb in (bpy.ops.dubline.dub, bpy.ops.dubline.follow):
                with pytest.raises(RuntimeError, match="linked"):
                    verb()
        assert [row.usable for row in rows(bpy.context)] == [True] * 3 and [row.plays for row in rows(bpy.context)] == [False, False, True]
    strips = {strip.name: strip for strip in film.compat.all_strips(scene.sequence_editor)}
    (dub,) = [strip for strip in strips.values() if "of" in film.props.state(strip)]
    assert str(room("blender_addon.shelf").path_of(dub.sound)) == made and film.compat.content(dub) == 48
    if link:
        scene = scene.make_local()
    with bpy.context.temp_override(**film.compat.scene_override(scene)):
        for strip in film.compat.all_strips(scene.sequence_editor):
            strip.select = strip.type == "TEXT"
        assert bpy.ops.dubline.redo() == {"FINISHED"}
    report = film.reports["a"]
    assert report.status == "done" and Path(report.take.path).parent == elsewhere / "dubs", report.message
    (dub,) = [strip for strip in film.compat.all_strips(scene.sequence_editor) if "of" in film.props.state(strip)]
    assert film.path_of(dub) == report.take.path
    assert film.props.state(film.compat.all_strips(scene.sequence_editor)["a"])["takes"][-1]["take"] == report.take.digest
