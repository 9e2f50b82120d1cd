"""A long film is read some lines at a time, and what is read is the film as it is when the reading ends."""
from dataclasses import replace

import bpy
import pytest

LINES = 120


@pytest.fixture
def lines(film):
    for number in range(LINES):
        film.text(f"ANNA: This is line {number}", 1 + 60 * number, 48, name=f"{number:03}")
    return film


def look(film, **wanted):
    return film.session.look(film.scene, {"takes": str(film.folder / "dubs"), **wanted})


def steps(film, look, meanwhile=lambda _step: None):
    """Ticks in which there is time for one step only; the reading, and how far it was after each."""
    shares = []
    while True:
        reading = film.session.read_on(look, 0)
        if look.ended:
            return reading, shares
        shares.append(look.share)
        meanwhile(len(shares))


def test_no_tick_reads_more_than_one_line_where_time_is_short(lines):
    shares = steps(lines, look(lines, everything=True))[1]
    assert max(after - before for before, after in zip(shares, shares[1:], strict=False)) == pytest.approx(1 / LINES)
    assert shares == sorted(shares) and len(shares) >= LINES


def test_what_is_read_step_by_step_is_what_is_read_at_once(lines):
    lines.sound(2.0, first=61, name="Original")
    lines.named("003").dubline_lock = True
    lines.named("004").text = ""
    lines.dub("ALL")
    for wanted in ({"everything": True}, {"again": True, "only": [lines.named("007"), lines.dubs[3]]}, {"everything": True, "speak": False}, {"everything": True, "pick": lambda uid: uid < "8"}):
        slowly, shares = steps(lines, look(lines, **wanted))
        at_once = lines.reader.read(lines.scene, takes=str(lines.folder / "dubs"), **wanted)
        assert replace(slowly, problems={}) == replace(at_once, problems={})
        assert {uid: str(problem) for uid, problem in slowly.problems.items()} == {uid: str(problem) for uid, problem in at_once.problems.items()}
        assert shares and not lines.session.busy


def test_it_is_busy_from_the_press_on_and_can_be_cancelled(lines):
    reading = look(lines, everything=True)
    assert lines.session.busy and bpy.ops.dubline.cancel.poll()
    lines.session.read_on(reading, 0)
    bpy.ops.dubline.cancel()
    assert reading.ended and not lines.session.busy
    assert lines.session.read_on(reading, 0) is None
    assert {report.status for report in lines.dub().values()} == {"done"}


@pytest.mark.parametrize("change", ["remove", "move", "undo"])
def test_a_change_meanwhile_is_read_as_well(lines, change):
    bpy.ops.ed.undo_push(message="lines")
    if change == "undo":
        lines.text("One that is taken back", 1 + 60 * LINES, 48, name="late")
        bpy.ops.ed.undo_push(message="one more")
    reading = look(lines, everything=True)

    def meanwhile(step):
        if step == 60 and change == "remove":
            lines.compat.strips(lines.editor).remove(lines.named("005"))
        elif step == 60 and change == "move":
            lines.compat.move(lines.named("005"), 90001)
            bpy.context.view_layer.update()
        elif step == 60:
            bpy.ops.ed.undo()

    found, _shares = steps(lines, reading, meanwhile)
    assert reading.begun == 2
    assert found.slots.keys() == lines.reader.read(lines.scene, True).slots.keys()
    assert ("005" in found.labels.values()) is (change != "remove") and "late" not in found.labels.values()
    if change == "move":
        assert found.job.lines[-1].text == "This is line 5"


def test_a_film_that_changes_all_the_time_is_read_nevertheless(lines):
    reading = look(lines, everything=True)
    found, _shares = steps(lines, reading, lambda step: lines.compat.move(lines.named("005"), 90000 + step) or bpy.context.view_layer.update())
    assert len(found.job.lines) == LINES and reading.begun < 10


def test_to_read_anew_counts_no_reading_twice(lines):
    lines.dub()
    reading = look(lines, redo=True, only=[lines.named("001"), lines.named("002")])

    def meanwhile(step):
        if step == 20:
            lines.compat.strips(lines.editor).remove(lines.named("100"))

    found, _shares = steps(lines, reading, meanwhile)
    assert reading.begun == 2 and [line.wish.seed for line in found.job.lines] == [1, 1]
    assert lines.named("001").dubline_seed == lines.named("002").dubline_seed == 1


def test_who_asked_first_is_read_first(lines):
    first, second = look(lines, everything=True), look(lines, only=[lines.named("001")])
    assert lines.session.read_on(second, 1) is None and not second.share
    steps(lines, first)
    assert len(lines.session.read_on(second, 60).slots) == 1 and not lines.session.busy


def test_another_film_ends_it(lines):
    handlers = [len(getattr(bpy.app.handlers, name)) for name in ("depsgraph_update_post", "undo_post", "redo_post")]
    reading = look(lines, everything=True)
    lines.session.read_on(reading, 0)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert reading.ended and not lines.session.busy
    assert handlers == [len(getattr(bpy.app.handlers, name)) for name in ("depsgraph_update_post", "undo_post", "redo_post")]


def test_a_scene_that_is_gone_is_not_read(lines):
    bpy.data.scenes.new("Another")
    reading = look(lines, everything=True)
    lines.session.read_on(reading, 0)
    bpy.data.scenes.remove(lines.scene)
    assert lines.session.read_on(reading, 0) is None and reading.ended and not lines.session.busy
