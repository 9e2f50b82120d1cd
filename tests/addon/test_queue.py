"""Runs wait for each other, locked lines are left alone, nothing freezes, and whatever happens during a run no take is lost or misplaced."""
import os
import threading
import time
from dataclasses import replace
from importlib import import_module

import bpy
import pytest

from ..conftest import PACKAGE
from .film import room


def start(film, *names, redo=False):
    """A run of these lines, of all without names, as a window starts it: nothing waits."""
    only = [film.named(name) for name in names] if names else None
    reading = film.reader.read(film.scene, only is None, str(film.folder / "dubs"), redo=redo, only=only)
    return film.session.start(bpy.context, film.scene, reading)


def until(film, condition, seconds=60):
    """Ticks as a window's timer does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, [vars(report) for report in film.session.run.reports.values()]
        film.session.tick()
        time.sleep(0.005)


def all_done(film):
    until(film, lambda: not film.session.busy)


def playing(film):
    """Line's name -> where its takes are and what they say, by the take's own file."""
    names = {film.props.state(strip).get("uid"): strip.name for strip in film.compat.all_strips(film.editor) if "of" not in film.props.state(strip)}
    folder, found = film.folder / "dubs", {}
    takes = room("engine.takes")
    for dub in film.dubs:
        text = takes.read(folder / f"{os.path.basename(film.path_of(dub))[:-4]}.json").plan.text
        found.setdefault(names.get(film.props.state(dub)["of"], "nobody"), []).append((film.span(dub)[0], text))
    return found


@pytest.fixture
def lines(film):
    for number, name in enumerate("abcd"):
        film.text(f"This is line {name}", 1 + 60 * number, 48, name=name)
    return film


@pytest.fixture
def slow(monkeypatch):
    """A voice that speaks when the test lets it."""
    gate = threading.Semaphore(0)
    family = import_module(f"{PACKAGE}.engine.voices.tone").Family
    say = family.say

    def patient(self, plan, stop, tell=None):
        while not gate.acquire(timeout=0.01):
            if stop():
                break
        return say(self, plan, stop, tell)

    monkeypatch.setattr(family, "say", patient)
    yield gate
    gate.release(1000)


def test_a_run_waits_for_the_one_before(lines, slow):
    first, second = start(lines, "a", "b"), start(lines, "c")
    third = start(lines, "a", redo=True)
    session = lines.session
    assert (session.run, list(session.waiting), session.newest) == (first, [second, third], third)
    assert room("blender_addon.ops").waiting() == "2 more wait"
    slow.release(3)
    until(lines, lambda: second.ended)
    assert room("blender_addon.ops").waiting() == "1 more waits"
    until(lines, lambda: third.number is not None)
    assert room("blender_addon.ops").waiting() == ""
    slow.release(1)
    all_done(lines)
    assert [run.count("done") for run in (first, second, third)] == [2, 1, 1]
    assert {name: len(found) for name, found in playing(lines).items()} == {"a": 1, "b": 1, "c": 1}
    assert lines.named("a").dubline_seed == 1


def test_a_script_waits_for_its_turn(lines, slow):
    run = start(lines, "a")
    slow.release(10)
    bpy.ops.dubline.dub(scope="ALL")
    assert run.ended and run.count("done") == 1
    assert lines.session.run.count("done") == 4 and not lines.session.busy


def test_between_two_runs_there_is_a_tick(lines, slow):
    """So that whoever pressed the first button makes its step to undo before the second run changes anything."""
    first, second = start(lines, "a"), start(lines, "b")
    slow.release(2)
    until(lines, lambda: first.ended)
    assert lines.session.run is first and len(lines.dubs) == 1 and second.number is None
    assert lines.session.tick() and lines.session.run is second
    all_done(lines)


def test_escape_cancels_what_runs_and_what_waits(lines, slow):
    first, second = start(lines), start(lines, "a", redo=True)
    slow.release(1)
    until(lines, lambda: first.count("done") == 1)
    bpy.ops.dubline.cancel()
    assert second.ended and {report.code for report in second.reports.values()} == {"cancelled"}
    slow.release(1)  # the line that is being spoken
    all_done(lines)
    done = first.count("done")
    assert first.cancelled and done == len(lines.dubs) in (1, 2) and first.count("failed") == 0
    assert first.summary == f"Cancelled: {done} of 4 lines done, {4 - done} unchanged" and not first.told, "what was not reached has not failed"
    before = playing(lines)
    slow.release(100)
    bpy.ops.dubline.dub(scope="NEEDED")
    assert len(lines.reports) == 4 - done and before.items() <= playing(lines).items() and len(playing(lines)) == 4, "the rest, and only that"
    assert {report.status for report in lines.dub().values()} == {"done"}


def test_a_line_removed_while_its_run_waits(lines, slow):
    start(lines, "a")
    second = start(lines, "b", "c")
    lines.compat.strips(lines.editor).remove(lines.named("b"))
    slow.release(3)
    all_done(lines)
    assert [(report.label, report.code) for report in second.reports.values()] == [("b", "strip_gone"), ("c", "")]
    assert sorted(playing(lines)) == ["a", "c"]


def test_everything_moves_and_is_renamed_during_the_run(lines, slow):
    start(lines)
    slow.release(1)
    until(lines, lambda: len(lines.dubs) == 1)
    for name in "abcd":
        strip = lines.named(name)
        lines.compat.move(strip, lines.compat.start(strip) + 1000)
        strip.name = f"{name} moved"
    bpy.ops.dubline.follow()
    slow.release(3)
    all_done(lines)
    assert playing(lines) == {f"{name} moved": [(1001 + 60 * number, f"This is line {name}")] for number, name in enumerate("abcd")}


def test_undo_and_redo_during_the_run(lines, slow):
    bpy.ops.ed.undo_push(message="four lines")
    lines.text("This is line e", 401, 48, name="e")
    bpy.ops.ed.undo_push(message="a fifth")
    run = start(lines)
    slow.release(2)
    until(lines, lambda: run.count("done") == 2)
    bpy.ops.ed.undo()
    slow.release(1)
    until(lines, lambda: run.count("done") == 3)
    bpy.ops.ed.redo()
    slow.release(2)
    all_done(lines)
    takes = room("engine.takes")
    for report in run.reports.values():  # no take is lost: each is on disk, and dubbing again costs nothing
        assert report.take is None or takes.read(lines.folder / "dubs" / f"{report.take.digest}.json")
    for name, found in playing(lines).items():
        assert {text for _first, text in found} == {f"This is line {name}"}
    slow.release(10)
    reports = lines.dub()
    assert {report.status for report in reports.values()} == {"done"}
    assert playing(lines) == {name: [(first, f"This is line {name}")] for name, first in zip("abcde", (1, 61, 121, 181, 401), strict=True)}


@pytest.mark.parametrize("looked", [True, False])
def test_lines_split_and_copied_during_the_run(lines, slow, looked):
    """Whether or not the timer has looked at the copies before a take comes."""
    run = start(lines)
    late = lines.named("a").split(21, "SOFT")
    copy = lines.compat.new_text(lines.editor, "b", "This is line b", 9, 601, 48)
    copy["dub"] = lines.named("b")["dub"]
    if looked:
        bpy.ops.dubline.follow()
    slow.release(4)
    all_done(lines)
    assert run.count("done") == 4
    assert playing(lines) == {name: [(1 + 60 * number, f"This is line {name}")] for number, name in enumerate("abcd")}
    assert late.name not in playing(lines) and copy.name not in playing(lines)


def test_a_take_that_is_removed_during_its_redo(lines, slow):
    slow.release(10)
    lines.dub()
    while slow.acquire(blocking=False):
        pass
    start(lines, "a", redo=True)
    dub = next(dub for dub in lines.dubs if lines.span(dub)[0] == 1)
    lines.compat.strips(lines.editor).remove(dub)
    slow.release(1)
    all_done(lines)
    assert playing(lines)["a"] == [(1, "This is line a")]


def test_saved_during_the_run(lines, slow):
    run = start(lines)
    slow.release(2)
    until(lines, lambda: run.count("done") == 2)
    lines.save()
    slow.release(2)
    all_done(lines)
    assert len(lines.dubs) == 4
    bpy.ops.wm.open_mainfile(filepath=str(lines.film))
    assert len(lines.dubs) == 2 and all(os.path.exists(lines.path_of(dub)) for dub in lines.dubs)
    assert [report.fresh for report in lines.dub().values()] == [False] * 4, "what was made is there"


def test_saved_elsewhere_during_the_run(lines, slow, tmp_path):
    run = start(lines)
    slow.release(1)
    until(lines, lambda: run.count("done") == 1)
    (tmp_path / "other").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other" / "film.blend"))
    slow.release(3)
    all_done(lines)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    assert len(lines.dubs) == 4 and all(os.path.exists(lines.path_of(dub)) for dub in lines.dubs)


def test_another_film_is_opened_while_runs_wait(lines, slow):
    lines.save()
    runs = [start(lines), start(lines, "a", redo=True)]
    slow.release(1)
    until(lines, lambda: runs[0].count("done") == 1)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not lines.session.busy and all(run.ended for run in runs)
    slow.release(10)
    time.sleep(0.1)
    assert not lines.session.tick()
    editor = bpy.context.scene.sequence_editor
    assert editor is None or not len(lines.compat.all_strips(editor)), "nothing arrives in the other film"


def test_a_locked_line_is_left_alone(lines):
    lines.dub()
    before = {name: lines.path_of(dub) for name, dub in zip("abcd", lines.dubs, strict=True)}
    lines.named("b").dubline_lock = True
    lines.named("b").text = "Something else"
    lines.named("c").text = "Something new"
    reports = lines.dub()
    assert (reports["b"].status, reports["b"].message) == ("locked", "locked: left alone")
    assert lines.session.run.summary == "Dubbed 3 of 4 lines, 1 locked"
    bpy.ops.dubline.dub(scope="STALE")
    assert list(lines.reports) == ["b"] and lines.reports["b"].status == "locked"
    after = {name: lines.path_of(dub) for name, dub in zip("abcd", lines.dubs, strict=True)}
    assert {name for name in before if before[name] != after[name]} == {"c"}
    lines.reload()
    assert lines.named("b").dubline_lock
    lines.named("b").dubline_lock = False
    assert lines.dub()["b"].status == "done"


def test_redo_of_a_locked_line_says_why(lines):
    lines.dub()
    lines.named("a").dubline_lock = True
    seed = lines.named("a").dubline_seed
    lines.redo(lines.named("a"))
    assert lines.session.run.summary.startswith("Locked, so left alone: a") and lines.named("a").dubline_seed == seed
    lines.redo(lines.dubs[0])
    assert lines.reports["a"].status == "locked"


def test_a_line_locked_while_it_is_spoken(lines, slow):
    slow.release(4)
    lines.dub()
    before = playing(lines)
    run = start(lines, "a", redo=True)
    lines.named("a").dubline_lock = True
    slow.release(1)
    all_done(lines)
    (report,) = run.reports.values()
    assert report.code == "line_locked" and os.path.exists(report.take.path) and playing(lines) == before


def test_a_locked_line_is_still_a_neighbour(film):
    for name, first in (("a", 1), ("b", 49)):
        film.text("extraordinarily long sentences", first, 24, name=name).dubline_borrow = 1.0
    film.dub()
    free = film.reports["a"].take.plan.late
    film.named("b").dubline_lock = True
    assert film.dub()["a"].take.plan.late == free


def test_an_idle_engine_ends_and_comes_again(lines, monkeypatch):
    session = lines.session
    lines.dub()
    assert session._host is not None
    session.rest()
    assert session._host is not None, "it was of use a moment ago"
    session.used = time.monotonic() - room("blender_addon.session").IDLE - 1
    begun = time.perf_counter()
    session.rest()
    assert session._host is None and time.perf_counter() - begun < 0.05, "nobody waits for its end"
    assert {report.status for report in lines.dub().values()} == {"done"}


def test_a_worker_is_warm_and_goes_when_nobody_needs_it(lines):
    lines.preferences.host = "WORKER"
    session = lines.session
    session.warm(bpy.context, lines.scene)
    host = session._host
    deadline = time.monotonic() + 60
    ended = []
    while not ended:
        assert time.monotonic() < deadline
        ended = [event for event in host.poll() if type(event).__name__ == "Ended"]
        time.sleep(0.02)
    pid = host.pid
    assert pid and not list(lines.folder.glob("dubs/*.wav")), "it has spoken, and kept nothing"
    lines.dub()
    assert session._host is host and host.pid == pid, "the run uses it"
    session.used = -1e9
    session.rest()
    while host.pid is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_is_warmed_against_the_persons_wish(lines):
    lines.preferences.warm = False
    lines.session.warm(bpy.context, lines.scene)
    assert lines.session._host is None


def test_no_tick_is_long_while_two_hundred_lines_are_made(film):
    for number in range(200):
        film.text(f"Line {number}", 1 + 30 * number, 24, name=f"{number:03}")
    run = start(film)
    spent = []
    while film.session.busy:
        begun = time.thread_time()
        film.session.tick()
        spent.append(time.thread_time() - begun)
        time.sleep(0.002)
    assert run.count("done") == 200
    print([f"{seconds * 1000:.1f}" for seconds in sorted(spent)[-12:]])
    print(f"worst tick {max(spent) * 1000:.1f} ms of processor, {run.worst_tick * 1000:.1f} ms on the clock, {len(spent)} ticks")
    assert sorted(spent)[-5] < 0.016


def test_other_readings_wait_like_any_run(lines, slow):
    """Three readings of a line, and a dub of another behind them."""
    reading = lines.reader.read(lines.scene, False, str(lines.folder / "dubs"), only=[lines.named("a")])
    further = [replace(reading.job, lines=tuple(replace(line, wish=replace(line.wish, seed=7)) for line in reading.job.lines))]
    first = lines.session.start(bpy.context, lines.scene, reading, (), further)
    second = start(lines, "b")
    slow.release(3)
    all_done(lines)
    assert first.reading == 2 and second.count("done") == 1 and sorted(playing(lines)) == ["a", "b"]
