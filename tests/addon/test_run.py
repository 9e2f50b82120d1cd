"""A run seen from Blender: undo, cancel, save, what vanishes meanwhile, a killed worker, and that it is the engine's own work."""
import gc
import os
import signal
import time

import bpy
import pytest

from engine.speak import Engine

from ..conftest import PACKAGE, mount


def start(film):
    """A run as a window starts it: nothing waits."""
    reading = film.reader.read(film.scene, True, str(film.folder / "dubs"))
    return film.session.start(bpy.context, film.scene, reading)


def until(film, condition, seconds=300):
    """Ticks as a window's timer does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, [vars(report) for report in film.session.run.reports.values()]
        film.session.tick()
        time.sleep(0.005)


def statuses(film):
    return [report.status for report in film.session.run.reports.values()]


def test_same_takes_through_the_operator_and_through_the_engine(film, tmp_path):
    film.role("ANNA", voice="tone:low")
    film.text("ANNA: Hello there", 1, 48, name="a")
    film.text("Somebody else", 60, 37, name="b").dubline_pitch = 3
    film.text("", 120, 37, name="c")
    job = film.reader.read(film.scene, True, str(tmp_path / "engine")).job
    events = list(Engine(tmp_path).run(1, job))
    reports = film.dub()
    for event in events:
        if hasattr(event, "take"):
            report = next(report for report in reports.values() if report.uid == event.uid)
            assert report.take.digest == event.take.digest
            with open(report.take.path, "rb") as ours, open(event.take.path, "rb") as theirs:
                assert ours.read() == theirs.read()


@pytest.mark.parametrize("host", ["HERE", "WORKER"])
def test_both_hosts(film, host):
    film.preferences.host = host
    film.text("Hello there", 1, name="a")
    film.text("", 60, name="b")
    reports = film.dub()
    assert (reports["a"].status, reports["b"].code) == ("done", "empty_text")
    assert film.session.run.summary == "Dubbed 1 of 2 lines, 1 failed"


def test_undo_takes_back_the_whole_run(film):
    film.sound(2.0)
    film.text("Hello there", 1, name="a")
    film.text("And again", 101, name="b")
    bpy.ops.ed.undo_push(message="before")
    # positional True: the operator pushes its undo step, as a press in a window does
    bpy.ops.dubline.dub("EXEC_DEFAULT", True, scope="ALL")
    assert len(film.dubs) == 2 and film.named("Original").mute
    bpy.ops.ed.undo()
    assert film.dubs == [] and not film.named("Original").mute
    bpy.ops.ed.redo()
    assert len(film.dubs) == 2 and film.named("Original").mute
    assert not film.redo(film.named("a"))["a"].code


def test_save_and_reload(film):
    film.role("ANNA", voice="tone:low")
    film.sound(2.0)
    film.text("ANNA: Hello there").dubline_pitch = 2
    film.dub()
    known = [dict(film.props.state(dub)) for dub in film.dubs]
    film.reload()
    assert [dict(film.props.state(dub)) for dub in film.dubs] == known
    assert film.scene.dubline.roles[0].voice == "tone:low"
    report = film.dub()["Line"]
    assert not report.fresh and report.take.plan.wish.pitch == 2 and len(film.dubs) == 1
    bpy.ops.dubline.restore()
    assert not film.named("Original").mute


def test_cancel_keeps_what_is_finished(film):
    for number in range(40):
        film.text(f"Line number {number}", 1 + 60 * number, name=f"{number:02}")
    start(film)
    until(film, lambda: "done" in statuses(film))
    bpy.ops.dubline.cancel()
    until(film, lambda: not film.session.busy)
    run = film.session.run
    assert run.count("done") == len(film.dubs) and run.count("done") + run.count("cancelled") == 40
    assert all(report.status == "done" for report in film.dub().values())


def test_one_run_after_the_other(film):
    film.text("Hello there")
    first = start(film)
    assert film.dub()["Line"].status == "done", "the second waited for the first"
    assert first.ended and film.session.run is not first


def test_a_strip_removed_meanwhile(film):
    for name, first in (("a", 1), ("b", 101)):
        film.text("Hello there", first, name=name)
    start(film)
    film.compat.strips(film.editor).remove(film.named("a"))
    until(film, lambda: not film.session.busy)
    assert [(report.status, report.code) for report in film.session.run.reports.values()] == [("failed", "strip_gone"), ("done", "")]
    assert os.path.exists(next(iter(film.session.run.reports.values())).take.path)


def test_a_strip_moved_meanwhile(film):
    strip = film.text("Hello there")
    start(film)
    film.compat.move(strip, 77)
    until(film, lambda: not film.session.busy)
    assert film.span(film.dubs[0]) == film.span(strip) == (77, 125)


def test_a_scene_removed_meanwhile(film):
    film.text("Hello there")
    start(film)
    gone = film.scene
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    bpy.data.scenes.remove(gone)
    until(film, lambda: not film.session.busy)
    assert [report.code for report in film.session.run.reports.values()] == ["strip_gone"]


def test_another_film_opened_meanwhile(film):
    film.text("Hello there")
    film.save()
    start(film)
    bpy.ops.wm.open_mainfile(filepath=str(film.film))
    assert not film.session.busy and not film.dubs
    assert film.dub()["Line"].status == "done"


def test_undo_meanwhile(film):
    bpy.ops.ed.undo_push(message="empty")
    film.text("Hello there", 1, name="a")
    bpy.ops.ed.undo_push(message="one")
    film.text("Hello again", 101, name="b")
    bpy.ops.ed.undo_push(message="two")
    start(film)
    bpy.ops.ed.undo()
    until(film, lambda: not film.session.busy)
    assert [report.code for report in film.session.run.reports.values()] == ["", "strip_gone"] or not film.dubs


def test_worker_killed_in_the_middle(film):
    film.preferences.host = "WORKER"
    film.text("Hello there", 1, name="a")
    film.dub()
    for number in range(200):
        film.text(f"Line number {number} goes on for a good while", 101 + 60 * number, name=f"x{number:03}")
    start(film)
    until(film, lambda: statuses(film).count("done") > 1)
    os.kill(film.session._host.pid, signal.SIGKILL)
    until(film, lambda: not film.session.busy)
    failed = [report for report in film.session.run.reports.values() if report.status == "failed"]
    assert failed and {report.code for report in failed} == {"worker_died"}
    assert "worker.log" in failed[0].message
    assert len(film.dubs) == film.session.run.count("done"), "no finished take is lost"
    assert all(report.status == "done" for report in film.dub().values()), "the next job starts a new worker"


def test_a_python_that_is_none(film):
    film.preferences.host, film.preferences.python = "WORKER", str(film.folder / "nothing")
    film.text("Hello there")
    report = film.dub()["Line"]
    assert report.code == "cannot_start" and "No such file" in report.message and "nothing" in report.message


def test_a_folder_that_cannot_be_written(film):
    (film.folder / "dubs").write_text("in the way")
    film.text("Hello there")
    assert film.dub()["Line"].code == "cannot_write"


def test_cast_buttons(film):
    film.text("ANNA: Hello", 1, name="a")
    film.text("BOB: Hello", 101, name="b")
    film.text("Anna: Hello", 201, name="c")
    bpy.ops.dubline.cast_from_lines()
    roles = film.scene.dubline.roles
    assert [role.name for role in roles] == ["ANNA", "BOB"] and roles[0].voice != roles[1].voice
    assert bpy.ops.dubline.cast_from_lines() == {"CANCELLED"}
    bpy.ops.dubline.cast_add()
    assert len(roles) == 3 and film.scene.dubline.active_role == 2
    bpy.ops.dubline.cast_remove()
    bpy.ops.dubline.cast_remove(index=0)
    assert [role.name for role in roles] == ["BOB"]


def test_wishes_live_in_one_text_on_the_strip(film):
    strip = film.text("Hello")
    strip.dubline_length, strip.dubline_overflow, strip.dubline_seed = "NATURAL", "refuse", 4
    strip.dubline_language = "zh"
    assert [key for key in sorted(strip.keys()) if key.startswith("dub")] == ["dub"]
    film.reload()
    line = film.reader.read(film.scene, True).job.lines[0]
    assert (line.wish.mode, line.wish.overflow, line.wish.seed, line.language) == ("free", "refuse", 4, "zh")


def test_free_takes_end_on_a_whole_frame(film):
    film.text("Hello there my friend", length=12).dubline_length = "NATURAL"
    report = film.dub()["Line"]
    first, last = film.span(film.dubs[0])
    assert first == 1 and report.take.samples == (last - first) * 2000


def test_nothing_is_fetched_without_leave(film):
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Online Access"):
        bpy.ops.dubline.fetch_model()


def ours():
    """Everything of ours that Blender knows."""
    found = [f"type {name}" for name in dir(bpy.types) if "dubline" in name.lower()]
    found += [f"operator {name}" for name in dir(bpy.ops.dubline)]
    for cls in (bpy.types.Scene, getattr(bpy.types, "Strip", None) or bpy.types.Sequence):
        found += [f"{cls.__name__}.{name}" for name in dir(cls) if name.startswith("dubline")]
    for name in dir(bpy.app.handlers):
        handlers = getattr(bpy.app.handlers, name)
        if isinstance(handlers, list):
            found += [f"handler {name}" for handler in handlers if PACKAGE in handler.__module__]
    return found


def test_register_leaves_nothing(film):
    root = mount(PACKAGE)
    before = ours()
    assert before
    root.unregister()
    gc.collect()
    assert [item for item in ours() if not item.startswith("operator")] == []
    assert not dir(bpy.ops.dubline)
    root.register()
    assert ours() == before
    film.text("Hello there")
    assert film.dub()["Line"].status == "done"


def test_importing_the_root_asks_for_no_blender():
    import subprocess
    import sys
    from pathlib import Path

    code = f"import sys; from mount import mount; mount('{PACKAGE}'); assert 'bpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(mount(PACKAGE).__file__).parent)


def test_here_is_the_default_of_nobody(film):
    """A crash of the engine must not take Blender along unless the person chose so."""
    assert type(film.preferences).bl_rna.properties["host"].default == "WORKER"
