"""Backgrounds go where their originals go: moved, cut, slipped, split and copied, and what a person did to them stays."""
import shutil

import bpy
import numpy as np
import pytest

from .film import loudness, room


@pytest.fixture
def kept(film):
    """An original of 6 s from frame 1, of which 25 to 133 are seen, and its background, which is as it would be had the voice been taken out."""
    original = film.sound(6.0, 1, 1, "Scene", hertz=400.0)
    film.compat.set_start(original, 25)
    film.compat.set_end(original, 133)
    path = film.folder / "background.wav"
    shutil.copy(film.folder / "Scene.wav", path)
    room("blender_addon.originals").keep_background(film.scene, original, str(path), True)
    return film


def follow():
    return bpy.ops.dubline.follow() == {"FINISHED"}


def spots(film):
    """Original's name -> where its background is: content, edges."""
    backgrounds = room("blender_addon.backgrounds")
    names = {film.props.state(strip).get("uid"): strip.name for strip in film.compat.all_strips(film.editor)}
    return {names.get(state["background"], "nobody"): backgrounds._spot(strip) for strip, state in backgrounds._all(film.scene)}


def background(film, name="Scene"):
    (strip,) = room("blender_addon.backgrounds").of(film.scene, film.named(name))
    return strip


def copy(film, strip, by):
    """As Blender's duplicate does: the same sound, edges and JSON, elsewhere."""
    made = film.compat.strips(film.editor).new_sound(name=strip.name, filepath=strip.sound.filepath, channel=strip.channel + 10, frame_start=1)
    film.compat.align(made, strip)
    film.compat.move(made, film.compat.start(strip) + by)
    made.mute, made["dub"] = strip.mute, strip["dub"]
    return made


@pytest.mark.parametrize("edges", [(40, 133), (25, 100), (49, 97), (10, 140), (60, 70)])
def test_cut(kept, edges):
    kept.compat.set_edges(kept.named("Scene"), *edges)
    assert follow() and spots(kept) == {"Scene": [1, *edges]}
    assert not follow(), "and then it rests"
    sound = kept.hear(1, 160)
    at = [round((frame - 1) / 24 * 48000) for frame in edges]
    assert loudness(sound[at[0] + 2000 : at[1] - 2000]) > 0.1 and np.abs(sound[: at[0] - 2000]).max() < 0.01 and np.abs(sound[at[1] + 2000 :]).max() < 0.01
    bpy.ops.dubline.restore()
    assert not spots(kept) and not kept.named("Scene").mute


def test_cut_and_moved_at_once(kept):
    original = kept.named("Scene")
    kept.compat.set_edges(original, 49, 97)
    kept.compat.move(original, 249)
    assert follow() and spots(kept) == {"Scene": [201, 249, 297]}


def test_slipped(kept):
    """Its content moves within its edges."""
    original = kept.named("Scene")
    kept.compat.move(original, 35)
    kept.compat.set_edges(original, 25, 133)
    assert follow() and spots(kept) == {"Scene": [11, 25, 133]}


def test_moved_together_and_then_cut(kept):
    for strip in (kept.named("Scene"), background(kept)):
        kept.compat.move(strip, 125)
    assert not follow() and spots(kept) == {"Scene": [101, 125, 233]}
    kept.compat.set_end(kept.named("Scene"), 200)
    assert follow() and spots(kept) == {"Scene": [101, 125, 200]}


def test_what_the_person_did_stays(kept):
    """An edge of its own, as for a fade into the next scene, and a place of its own."""
    kept.compat.set_start(background(kept), 30)
    follow()
    kept.compat.set_edges(kept.named("Scene"), 27, 120)
    assert follow() and spots(kept) == {"Scene": [1, 30, 120]}
    kept.compat.move(background(kept), 33)
    follow()
    kept.compat.move(kept.named("Scene"), 127)
    assert follow() and spots(kept) == {"Scene": [104, 133, 223]}
    kept.compat.set_end(kept.named("Scene"), 200)
    assert follow() and spots(kept) == {"Scene": [104, 133, 203]}


def test_locked_it_stays_and_follows_later(kept):
    kept.compat.set_end(kept.named("Scene"), 100)
    background(kept).lock = True
    assert not follow() and spots(kept) == {"Scene": [1, 25, 133]}
    background(kept).lock = False
    assert follow() and spots(kept) == {"Scene": [1, 25, 100]}


@pytest.mark.parametrize("move", [0, 300])
def test_split(kept, move):
    """Both pieces have their background, wherever they go."""
    original = kept.named("Scene")
    late = original.split(frame=70, split_method="SOFT")
    if move:
        kept.compat.move(late, 70 + move)
    assert follow() and spots(kept) == {"Scene": [1, 25, 70], late.name: [1 + move, 70 + move, 133 + move]}
    assert not follow()
    kept.compat.strips(kept.editor).remove(background(kept, late.name))
    kept.compat.set_start(kept.named("Scene"), 30)
    assert follow() and spots(kept) == {"Scene": [1, 30, 70]}, "one that the person removed does not come again"


def test_split_with_its_background(kept):
    late = kept.named("Scene").split(frame=70, split_method="SOFT")
    background(kept).split(frame=70, split_method="SOFT")
    follow()
    assert sorted(spots(kept).values()) == [[1, 25, 70], [1, 70, 133]] and set(spots(kept)) == {"Scene", late.name}


def test_copied_with_its_background(kept):
    original, strip = kept.named("Scene"), background(kept)
    copied, _beside = copy(kept, original, 300), copy(kept, strip, 300)
    follow()
    assert spots(kept) == {"Scene": [1, 25, 133], copied.name: [301, 325, 433]}
    kept.compat.set_end(original, 100)
    kept.compat.move(copied, 425)
    assert follow() and spots(kept) == {"Scene": [1, 25, 100], copied.name: [401, 425, 533]}


def test_of_an_older_film(kept):
    """Which knew only where the original lay."""
    kept.props.update(background(kept), placed=None)
    kept.compat.set_edges(kept.named("Scene"), 49, 97)
    assert follow() and spots(kept) == {"Scene": [1, 49, 97]}


def test_quiet_stretches_come_along(kept):
    """Of an original of several lines the background sounds under them only, also after a cut."""
    original = kept.named("Scene")
    bpy.ops.dubline.restore()
    kept.scene.dubline.original = "BACKGROUND"
    originals = room("blender_addon.originals")
    originals.quieten(kept.scene, original, "aaaaaaaaaaaa", 40, 20, False, {"aaaaaaaaaaaa"})
    originals.keep_background(kept.scene, original, str(kept.folder / "background.wav"), False)
    kept.compat.set_end(original, 100)
    assert follow() and spots(kept) == {"Scene": [1, 25, 100]}
    ((_owner, curve),) = kept.compat.fcurves(kept.scene, background(kept).path_from_id("volume"))
    assert [curve.evaluate(frame) for frame in (30, 50, 80)] == pytest.approx([0, 1, 0])


def retime(strip, last):
    if bpy.app.version < (5, 1, 0):
        pytest.skip("a script cannot change a sound's speed in this Blender: it ends the program")
    strip.left_handle, strip.right_handle = round(strip.content_start), strip.content_end  # as one that is not cut yet
    strip.retiming_keys.add(timeline_frame=strip.content_end)
    strip.retiming_keys[-1].timeline_frame = last


def test_an_original_of_another_speed_has_a_background_of_it(kept):
    """Twice as fast: what is heard is the original's sound, as it was heard before it was muted."""
    bpy.ops.dubline.restore()
    original = kept.named("Scene")
    retime(original, 73)
    kept.compat.set_edges(original, 25, 61)
    before = kept.hear(1, 80)
    assert room("blender_addon.backgrounds").unfit(original) is None
    room("blender_addon.originals").keep_background(kept.scene, original, str(kept.folder / "background.wav"), True)
    assert spots(kept) == {"Scene": [1, 25, 61]} and original.mute
    assert np.abs(kept.hear(1, 80) - before).max() < 0.002
    kept.compat.set_end(original, 50)
    assert follow() and spots(kept) == {"Scene": [1, 25, 50]}


def test_a_speed_that_changes_later(kept):
    original = kept.named("Scene")
    retime(original, 73)
    assert follow() and kept.compat.pace(background(kept)) == kept.compat.pace(original) == [0, 72]
    assert spots(kept) == {"Scene": [1, 1, 73]} and not follow()
    original.retiming_keys.reset()
    assert follow() and kept.compat.pace(background(kept)) == []
    assert spots(kept) == {"Scene": [1, kept.compat.start(original), kept.compat.end(original)]}


def test_several_speeds_are_told(kept):
    original = kept.named("Scene")
    retime(original, 140)
    original.retiming_keys.add(timeline_frame=60)
    problem = room("blender_addon.backgrounds").unfit(original)
    assert problem.code == "retimed" and "The speed of Scene was changed" in str(problem)
    before = spots(kept)
    assert not follow() and spots(kept) == before, "it stays as it is"
