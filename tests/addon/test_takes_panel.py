"""The panel shows a line's takes, follows what happens to them at next to no cost, and lets each be heard."""
import json
import re
import sys
import time
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from .film import RATE, room
from .test_emotion import Layout
from .test_takes import dubbed, everything, rows


@pytest.fixture
def line(film):
    return dubbed(film)


class Shown(Layout):
    """Also what a list wants."""

    def _part(self, **_how):
        return Shown(self.drawn)

    row = column = box = split = _part

    def operator(self, name, emboss=True, **how):
        return super().operator(name, **how)

    def template_list(self, kind, _name, owner, several, _owner, _active, **_how):
        for row in getattr(owner, several):
            getattr(bpy.types, kind).draw_item(None, None, self, owner, row, 0, None, "")


def drawn(film):
    context = SimpleNamespace(scene=film.scene, sequencer_scene=film.scene, space_data=SimpleNamespace(view_type="SEQUENCER"), window_manager=bpy.context.window_manager)
    panel = bpy.types.DUBLINE_PT_takes
    if not panel.poll.__func__(panel, context):
        return None
    layout = Shown()
    before = everything(film)
    panel.draw(SimpleNamespace(layout=layout, draw_chosen=panel.draw_chosen), context)
    assert everything(film) == before
    return layout


def test_the_panel(film, line):
    film.scene.dubline.check = "LIGHT"
    rows()
    seen = drawn(film)
    assert [text for text in seen.texts("label") if text.startswith("Take")] == ["Take 1", "Take 2", "Take 3"]
    assert sum(bool(re.fullmatch(r"2\.00 s, \d+%", text)) for text in seen.texts("label")) == 3
    assert any(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", text) for text in seen.texts("label"))
    assert {"take_play", "take_use", "take_rename", "take_keep", "take_delete_unused", "take_compare"} <= {name.removeprefix("dubline.") for name in seen.texts("operator")}
    film.editor.active_strip = film.dubs[0]
    assert drawn(film) is None, "not of the strip that was active before"
    rows()
    assert len([text for text in drawn(film).texts("label") if text.startswith("Take")]) == 3
    film.editor.active_strip = film.text("Another", 101, name="b")
    rows()
    assert drawn(film) is None


def test_rows_follow(film, line):
    shelf, shown = room("blender_addon.shelf"), bpy.context.window_manager.dubline_takes
    assert [row.plays for row in rows()] == [False, False, True] and shown.active == 2
    assert not shelf.refresh(bpy.context), "nothing changed"
    film.redo(line)
    assert shelf.refresh(bpy.context) and len(shown.rows) == 4 and shown.active == 2, "what the person looks at stays"
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.dubline.take_rename("EXEC_DEFAULT", True, index=0, name="first")
    assert shown.rows[0].name == "first"
    bpy.ops.ed.undo()
    assert shelf.refresh(bpy.context) and shown.rows[0].name == "Take 1"
    film.editor.active_strip = None
    assert shelf.refresh(bpy.context) and not shown.rows
    film.editor.active_strip = film.sound(2.0, name="Original")
    shelf.refresh(bpy.context)
    assert not shown.rows
    film.only(film.named("Original"))
    film.dub("SELECTED")
    shelf.refresh(bpy.context, anew=True)
    assert len(shown.rows) == 4, "the original is the line's, too"


def test_rows_tell_what_the_judges_say(film, line):
    assert all(row.judged and bool(row.detail) == row.bad for row in rows())
    film.scene.dubline.check = "OFF"
    film.redo(line)
    path = film.folder / "dubs" / f"{rows()[3].digest}.check.json"
    assert not rows()[3].judged and not rows()[3].bad
    path.write_text(json.dumps({"dubline_check": 1, "check": {"mode": "full", "speaker": 0.83, "word_error": 0.25}}))
    room("blender_addon.shelf").refresh(bpy.context, anew=True)
    row = rows()[3]
    assert row.judged and row.score == "0.83, 75%" and "The speaker stayed (0.83)" in row.detail and "0.83, 75%" in drawn(film).texts("label")


def test_sidecars_are_read_a_few_at_a_time(film, line):
    shelf, shown = room("blender_addon.shelf"), bpy.context.window_manager.dubline_takes
    told = []
    while shown.unknown or not told:
        assert shelf.refresh(bpy.context, until=0)
        told.append([bool(row.told) for row in shown.rows])
    assert told == [[True, False, False], [True, True, False], [True, True, True]] and not shelf.refresh(bpy.context)


def test_a_look_costs_nothing(film):
    """In a film of a thousand lines, when nothing changed."""
    shelf = room("blender_addon.shelf")
    for number in range(1000):
        film.text(f"Line number {number}", 1 + 30 * number, 25, name=f"{number:04}", channel=1 + number % 3)
    last = film.named("0999")
    film.only(last)
    bpy.ops.dubline.redo(count=12)
    film.editor.active_strip = film.dubs[0]
    shelf.refresh(bpy.context)
    assert len(bpy.context.window_manager.dubline_takes.rows) == 12
    costs = []
    for _ in range(300):
        started = time.perf_counter()
        assert not shelf.refresh(bpy.context)
        costs.append(time.perf_counter() - started)
    print(f"a look costs {np.median(costs) * 1e6:.0f} us")
    assert np.median(costs) < 2e-4


def test_rows_are_never_saved(film, line):
    bpy.ops.dubline.take_rename(index=0, name="ZEBRAZEBRA")
    rows()
    film.props.update(line, takes=None)
    bpy.ops.wm.save_mainfile(compress=False)
    assert b"ZEBRAZEBRA" not in film.film.read_bytes()


def test_the_timer_looks(film, line):
    look = room("blender_addon.takes_ui").look
    assert look() > 0


# Hearing


class Device:
    """Stands in for a sound device."""

    rate, played = 48000.0, []

    def play(self, sound):
        handle = SimpleNamespace(status=True, sound=sound)
        handle.stop = lambda: setattr(handle, "status", False)
        Device.played.append(handle)
        return handle


def test_hear_a_take(film, line, monkeypatch):
    import aud

    Device.played = []
    stand_in = SimpleNamespace(Device=Device, Sound=aud.Sound, error=aud.error)
    monkeypatch.setitem(sys.modules, "aud", stand_in)
    before = everything(film)
    assert bpy.ops.dubline.take_play(index=0) == {"FINISHED"}
    assert [handle.status for handle in Device.played] == [True] and Device.played[0].sound.specs[0] == RATE
    bpy.ops.dubline.take_play(index=1)
    assert [handle.status for handle in Device.played] == [False, True], "one at a time"
    bpy.ops.dubline.take_play(index=1)
    assert [handle.status for handle in Device.played] == [False, False], "again: silence"
    bpy.ops.dubline.take_play(index=1)
    assert [handle.status for handle in Device.played] == [False, False, True] and everything(film) == before
    film.session.close()
    assert not Device.played[2].status


def test_where_nothing_can_be_heard(film, line, monkeypatch):
    with pytest.raises(RuntimeError, match="Blender has no sound device"):
        bpy.ops.dubline.take_play(index=0)
    monkeypatch.setitem(sys.modules, "aud", None)
    with pytest.raises(RuntimeError, match="without its sound library"):
        bpy.ops.dubline.take_play(index=0)
