"""Redo in place: another take in the same strip, and everything that a person did to the strip is still there."""
import bpy
import pytest

from .film import RATE, loudness


def keys(film, strip, what="volume"):
    """(frame, value) of the strip's animation."""
    found = film.compat.fcurves(film.scene, strip.path_from_id(what))
    return [(round(key.co[0]), round(key.co[1], 3)) for _owner, curve in found for key in curve.keyframe_points]


def fade(strip, *points):
    for frame, value in points:
        strip.volume = value
        strip.keyframe_insert("volume", frame=frame)


@pytest.fixture
def dubbed(film):
    """A line of 48 frames, and its take."""
    film.text("Hello there", 1, 48)
    assert film.dub()["Line"].status == "done"
    return film


def again(film, last=None):
    """Redo; with another end of the line first."""
    if last is not None:
        film.compat.set_end(film.named("Line"), last)
    before = [film.path_of(dub) for dub in film.dubs]
    report = film.redo(film.named("Line"))["Line"]
    assert report.status == "done", report.message
    assert not {film.path_of(dub) for dub in film.dubs} & set(before), "another take"
    return film.dubs[0]


@pytest.mark.parametrize("last", [None, 39, 97])
def test_everything_done_to_the_strip_survives(dubbed, last):
    (dub,) = dubbed.dubs
    dub.name, dub.channel, dub.volume, dub.pan, dub.mute, dub.color_tag = "Mine", 11, 0.5, 0.25, True, "COLOR_07"
    dub["note"] = "keep"
    pointer = dub.as_pointer()
    dub = again(dubbed, last)
    assert dub.as_pointer() == pointer and len(dubbed.dubs) == 1, "the very strip"
    kept = (dub.name, dub.channel, dub.volume, dub.pan, dub.mute, dub.color_tag, dub["note"])
    assert kept == ("Mine", 11, 0.5, 0.25, True, "COLOR_07", "keep")
    assert dubbed.span(dub) == (1, last or 49)
    assert 0 <= dubbed.compat.content(dub) - (last or 49) + 1 <= 1, "its waveform is the take's; Blender rounds up"


@pytest.mark.parametrize("last", [None, 39, 97])
def test_cuts_survive(dubbed, last):
    (dub,) = dubbed.dubs
    dubbed.compat.set_start(dub, 4)
    dubbed.compat.set_end(dub, 47)
    for _twice in range(2):
        dub = again(dubbed, last)
        assert dubbed.span(dub) == (4, (last or 49) - 2)
        assert dubbed.compat.head(dub) == 3
    dubbed.reload()
    assert dubbed.span(again(dubbed)) == (4, (last or 49) - 2)


def test_a_cut_longer_than_the_next_take(dubbed):
    (dub,) = dubbed.dubs
    dubbed.compat.set_start(dub, 40)
    dub = again(dubbed, 31)
    assert dubbed.span(dub) == (1, 31), "all of it is heard again"


@pytest.mark.parametrize(("last", "shift"), [(None, 0), (39, -10), (97, 48)])
def test_fades_survive(dubbed, last, shift):
    (dub,) = dubbed.dubs
    fade(dub, (1, 0.0), (6, 1.0), (43, 1.0), (49, 0.0))
    dub.keyframe_insert("pan", frame=20)
    dub = again(dubbed, last)
    assert keys(dubbed, dub) == [(1, 0.0), (6, 1.0), (43 + shift, 1.0), (49 + shift, 0.0)]
    assert keys(dubbed, dub, "pan") == [(20, 0.0)]


def test_fades_move_with_the_take(dubbed):
    (dub,) = dubbed.dubs
    fade(dub, (1, 0.0), (6, 1.0))
    dubbed.compat.move(dubbed.named("Line"), 101)
    dub = again(dubbed)
    assert dubbed.span(dub) == (101, 149) and keys(dubbed, dub) == [(101, 0.0), (106, 1.0)]


def test_a_fade_is_heard_after_redo(dubbed):
    (dub,) = dubbed.dubs
    fade(dub, (1, 0.0), (2, 0.0))
    assert loudness(dubbed.hear(1, 48)) == 0
    dub = again(dubbed, 60)
    assert loudness(dubbed.hear(1, 59)) == 0
    for owner, curve in dubbed.compat.fcurves(dubbed.scene, dub.path_from_id("volume")):
        owner.remove(curve)
    dub.volume = 1.0
    mix = dubbed.hear(1, 59)
    assert loudness(mix) > 0.01 and len(mix) == 59 * RATE // 24


@pytest.mark.parametrize("last", [None, 60])
def test_a_place_of_its_own_survives(dubbed, last):
    """A person moved the take three frames later."""
    dubbed.compat.move(dubbed.dubs[0], 4)
    for _twice in range(2):
        assert dubbed.span(again(dubbed, last)) == (4, (last or 49) + 3)
    dubbed.compat.move(dubbed.named("Line"), 201)
    assert dubbed.span(again(dubbed))[0] == 204
    dubbed.compat.move(dubbed.dubs[0], 201)
    assert dubbed.span(again(dubbed))[0] == 201, "moved back"


def test_cut_and_moved(dubbed):
    (dub,) = dubbed.dubs
    dubbed.compat.set_start(dub, 5)
    dubbed.compat.move(dub, 8)
    assert dubbed.span(again(dubbed, 60)) == (8, 63)


def test_a_take_that_was_split(dubbed):
    """A person put a pause into the take."""
    (dub,) = dubbed.dubs
    dub.split(21, "SOFT")
    late = dubbed.dubs[1]
    dubbed.compat.move(late, 31)
    again(dubbed)
    assert [dubbed.span(dub) for dub in dubbed.dubs] == [(1, 21), (31, 59)]
    assert len({dubbed.path_of(dub) for dub in dubbed.dubs}) == 1
    again(dubbed, 40)
    assert [dubbed.span(dub) for dub in dubbed.dubs] == [(1, 21), (31, 50)]
    again(dubbed, 18)
    assert [dubbed.span(dub) for dub in dubbed.dubs] == [(1, 18)], "the second piece has nothing left"


def test_a_copy_of_the_take_alone_is_the_persons(dubbed):
    """Redo leaves it where it is, playing what it played."""
    (dub,) = dubbed.dubs
    copy = dubbed.compat.strips(dubbed.editor).new_sound(name="Copy", filepath=dubbed.path_of(dub), channel=12, frame_start=301)
    copy["dub"] = dub["dub"]
    before = dubbed.path_of(copy)
    again_path = [dubbed.path_of(one) for one in dubbed.dubs]
    assert again_path == [before, before]
    dubbed.redo(dubbed.named("Line"))
    assert dubbed.path_of(dubbed.named("Copy")) == before and dubbed.span(dubbed.named("Copy")) == (301, 349)
    assert [dubbed.path_of(one) == before for one in dubbed.dubs] == [False, True]


def test_a_longer_take_gives_way_to_a_strangers_strip(dubbed):
    (dub,) = dubbed.dubs
    channel = dub.channel
    dubbed.sound(1.0, first=50, channel=channel, name="Door")
    dub = again(dubbed, 97)
    assert dub.channel != channel and dubbed.span(dub) == (1, 97)


def test_a_locked_strip_stays(dubbed):
    (dub,) = dubbed.dubs
    before = dubbed.path_of(dub)
    dub.lock = True
    report = dubbed.redo(dubbed.named("Line"))["Line"]
    assert report.code == "locked" and dubbed.path_of(dub) == before and dub.lock


def test_redo_is_one_step_to_undo(dubbed):
    before = dubbed.path_of(dubbed.dubs[0])
    fade(dubbed.dubs[0], (43, 1.0), (49, 0.0))
    dubbed.compat.set_end(dubbed.named("Line"), 61)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.dubline.redo("EXEC_DEFAULT", True)
    assert dubbed.path_of(dubbed.dubs[0]) != before and dubbed.span(dubbed.dubs[0]) == (1, 61)
    bpy.ops.ed.undo()
    (dub,) = dubbed.dubs
    assert dubbed.path_of(dub) == before and dubbed.span(dub) == (1, 49) and keys(dubbed, dub) == [(43, 1.0), (49, 0.0)]
    bpy.ops.ed.redo()
    assert dubbed.span(dubbed.dubs[0]) == (1, 61)
