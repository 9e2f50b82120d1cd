"""A take lies exactly where its line is, is heard at the right sample, and its original is quiet and comes back."""
import bpy
import numpy as np
import pytest
import soundfile

from .film import RATE, first_sound, loudness


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (25, 1.0), (30, 1.001), (24, 1.001), (60, 1.0)])
@pytest.mark.parametrize(("first", "length"), [(1, 48), (101, 61), (-30, 37)])
def test_frames_equal_the_source(film, fps, base, first, length):
    film.pace(fps, base)
    source = film.text("Hello there", first, length)
    report = film.dub()["Line"]
    assert report.status == "done", report.message
    (dub,) = film.dubs
    assert film.span(dub) == film.span(source) == (first, first + length)
    assert report.take.samples == round(length * base / fps * RATE) == soundfile.info(report.take.path).frames


def test_the_take_is_heard_where_the_line_is(film):
    film.text("Hello there", first=37, length=41)
    film.dub()
    (dub,) = film.dubs
    take, _rate = soundfile.read(film.path_of(dub))
    mix = film.hear(1, 100)
    start = 36 * RATE // 24
    expected = np.zeros(len(mix))
    expected[start : start + len(take)] = take[:, 0]
    assert first_sound(mix) == first_sound(expected)
    assert np.abs(mix - expected).max() < 2 / 32768, "the take itself, at its own level"


def test_one_channel_a_character_above_the_sources(film):
    film.role("ANNA")
    film.text("ANNA: One two three", 1, 40, channel=5, name="a")
    film.text("BOB: Four five", 60, 40, channel=3, name="b")
    film.text("Anna: Six seven", 120, 40, channel=2, name="c")
    film.text("Nobody in particular", 180, 40, channel=2, name="d")
    film.dub()
    where = {film.compat.start(dub): film.editor.channels[dub.channel].name for dub in film.dubs}
    assert where == {1: "ANNA", 60: "BOB", 120: "ANNA", 180: "Dub"}
    assert all(dub.channel > 5 for dub in film.dubs)
    assert len({dub.channel for dub in film.dubs}) == 3


def test_lines_of_one_character_at_the_same_time_do_not_collide(film):
    film.text("ANNA: One two three", 1, 48, channel=2, name="a")
    film.text("ANNA: Four five six", 20, 48, channel=3, name="b")
    film.dub()
    one, other = film.dubs
    assert one.channel != other.channel
    assert [film.editor.channels[dub.channel].name for dub in (one, other)] == ["ANNA", "ANNA (2)"]


def test_strips_laid_above_the_dubs_leave_them_their_channel(film):
    film.text("One two three", 1, 48, channel=2, name="first")
    film.dub()
    film.text("Four five six", 100, 48, channel=9, name="above")
    film.dub()
    film.text("Seven eight", 200, 48, channel=60, name="far above")
    film.dub()
    assert len({dub.channel for dub in film.dubs}) == 1, "what is laid above takes no channel from anybody"
    film.text("Nine ten", 1, 48, channel=4, name="as the first is heard")
    film.dub()
    film.text("Eleven twelve", 100, 48, channel=4, name="as another is heard")
    film.dub()
    assert len({dub.channel for dub in film.dubs}) == 2, "one more holds all that would collide"


def test_character_may_choose_channel_and_color(film):
    film.role("ANNA", channel=9, color="COLOR_04")
    film.text("ANNA: One two")
    film.dub()
    assert (film.dubs[0].channel, film.dubs[0].color_tag) == (9, "COLOR_04")


def test_a_line_dubbed_before_there_was_a_cast_gets_its_characters_colour(film):
    film.text("ANNA: One two")
    film.dub()
    assert film.dubs[0].color_tag == "NONE"
    film.role("ANNA", color="COLOR_04")
    film.dub()
    assert film.dubs[0].color_tag == "COLOR_04"


def test_words_that_cannot_fit_are_placed_whole(film):
    film.text("extraordinarily long sentences never fit", length=12)
    report = film.dub()["Line"]
    (dub,) = film.dubs
    assert report.take.overflow_ms > 0 and any("over the slot" in warning for warning in report.warnings)
    first, last = film.span(dub)
    assert first == 1 and (last - first) * RATE / 24 == report.take.samples


def test_words_that_cannot_fit_are_refused_when_so_wished(film):
    film.text("extraordinarily long sentences never fit", length=12).dubline_overflow = "refuse"
    report = film.dub()["Line"]
    assert report.code == "does_not_fit" and not film.dubs


def test_redo_keeps_the_strip_and_what_was_done_to_it(film):
    film.text("Hello there")
    film.dub()
    (dub,) = film.dubs
    name, before = dub.name, film.path_of(dub)
    dub.volume, dub.pan = 0.5, 0.25
    film.redo(dub)
    (dub,) = film.dubs
    assert (dub.name, dub.volume, dub.pan, film.span(dub)) == (name, 0.5, 0.25, (1, 49))
    assert film.path_of(dub) != before
    heard = film.hear(1, 48)
    take, _rate = soundfile.read(film.path_of(dub))
    dub.pan = 0
    assert loudness(film.hear(1, 48)) == pytest.approx(loudness(take[:, 0]) * 0.5, rel=0.01)
    assert len(heard) == 2 * RATE
    assert [sound.name for sound in bpy.data.sounds if sound.users == 0] == []


def test_redo_with_another_length_stays_on_its_channel(film):
    source = film.text("extraordinarily long sentences never fit", length=100)
    film.dub()
    dub = film.dubs[0]
    channel, dub.volume = dub.channel, 0.5
    film.compat.set_end(source, 13)
    film.only(source)
    film.dub("SELECTED")
    (dub,) = film.dubs
    assert (dub.channel, dub.volume) == (channel, 0.5)
    assert film.span(dub)[0] == 1 and 13 < film.span(dub)[1] < 101


@pytest.mark.parametrize("pressed", ["take", "text"])
def test_redo_keeps_the_slot(film, pressed):
    film.sound(2.0, first=25)
    source = film.text("Hello there", first=27, length=44)
    film.dub()
    assert film.span(film.dubs[0]) == (25, 73), "the recording's"
    film.redo(film.dubs[0] if pressed == "take" else source)
    assert [film.span(dub) for dub in film.dubs] == [(25, 73)]
    film.only(source)
    film.dub("SELECTED")
    film.redo(film.dubs[0])
    assert [film.span(dub) for dub in film.dubs] == [film.span(source)]


@pytest.mark.parametrize("scope", ["ACTIVE", "SELECTED"])
def test_redo_of_the_active_strip(film, scope):
    film.text("Hello there", 1, name="a")
    film.text("And again", 101, name="b")
    film.dub()
    film.only(*([film.named("b")] if scope == "ACTIVE" else []))
    film.editor.active_strip = film.dubs[0]
    bpy.ops.dubline.redo(scope=scope)
    assert list(film.reports) == ["a"] and film.named("a").dubline_seed == 1


def test_a_take_that_was_put_into_a_meta(film):
    source = film.text("Hello there", channel=6)
    film.dub()
    (dub,) = film.dubs
    inside = film.compat.strips(film.editor).new_meta(name="Meta", channel=9, frame_start=1)
    dub.move_to_meta(inside)
    dub.channel = 2
    film.redo(source)
    assert [strip.name for strip in film.compat.strips(inside)] == [dub.name], "a take of the same length stays there"
    film.compat.set_end(source, 31)
    film.only(source)
    film.dub("SELECTED")
    (dub,) = film.dubs
    assert [strip.name for strip in film.compat.strips(inside)] == [dub.name], "and one of another length"
    assert (dub.channel, film.span(dub)) == (2, (1, 31))


def test_the_take_follows_a_line_that_moved(film):
    source = film.text("Hello there")
    film.dub()
    film.compat.move(source, 200)
    film.dub()
    (dub,) = film.dubs
    assert film.span(dub) == film.span(source) == (200, 248)


@pytest.mark.parametrize("wish", ["MUTE", "DUCK", "KEEP"])
def test_original_of_one_line(film, wish):
    film.scene.dubline.original = wish
    original = film.sound(2.0, first=25)
    original.volume = 0.8
    film.text("Hello there", first=27, length=44)
    alone = loudness(film.hear(25, 72))
    film.dub()
    (dub,) = film.dubs
    assert film.span(dub) == (25, 73), "the slot is the recording's"
    dub.mute = True
    heard = loudness(film.hear(25, 72))
    assert heard == pytest.approx({"MUTE": 0, "DUCK": alone * 10 ** (-18 / 20), "KEEP": alone}[wish], rel=0.01, abs=1e-4)
    bpy.ops.dubline.restore()
    assert (original.mute, original.volume) == (False, pytest.approx(0.8))
    assert loudness(film.hear(25, 72)) == pytest.approx(alone, rel=1e-3)


@pytest.mark.parametrize("wish", ["MUTE", "DUCK"])
def test_original_of_several_lines_sounds_between_them(film, wish):
    film.scene.dubline.original = wish
    original = film.sound(10.0, first=1)
    film.text("Hello there", first=25, length=48, name="a")
    film.text("And again", first=121, length=48, name="b")
    film.dub()
    assert [film.span(dub) for dub in film.dubs] == [(25, 73), (121, 169)]
    for dub in film.dubs:
        dub.mute = True
    mix = film.hear(1, 240)
    low = 0.0 if wish == "MUTE" else 10 ** (-18 / 20)
    full = 0.25 / np.sqrt(2)

    def at(first, last):
        return loudness(mix[(first - 1) * RATE // 24 : (last - 1) * RATE // 24])

    for first, last in ((25, 72), (121, 168)):
        assert at(first, last) == pytest.approx(full * low, rel=0.02, abs=1e-4)
    for first, last in ((1, 22), (76, 118), (172, 240)):
        assert at(first, last) == pytest.approx(full, rel=0.02)
    bpy.ops.dubline.restore()
    assert not film.compat.fcurves(film.scene, original.path_from_id("volume"))
    assert loudness(film.hear(1, 240)) == pytest.approx(full, rel=0.01)


def test_a_volume_that_the_person_animated_is_left_alone(film):
    original = film.sound(10.0, first=1)
    original.keyframe_insert("volume", frame=5)
    film.text("Hello there", first=25, length=48)
    report = film.dub()["Line"]
    assert report.status == "done" and any("animated" in warning for warning in report.warnings)
    assert len(film.compat.fcurves(film.scene, original.path_from_id("volume"))) == 1
    assert not original.mute


def test_dubbing_twice_keeps_what_the_original_was(film):
    original = film.sound(2.0)
    original.volume = 0.7
    film.scene.dubline.original = "DUCK"
    film.text("Hello there")
    film.dub()
    film.dub()
    film.scene.dubline.original = "MUTE"
    film.dub()
    assert original.mute and len(film.dubs) == 1
    bpy.ops.dubline.restore()
    assert (original.mute, original.volume) == (False, pytest.approx(0.7))


def test_a_film_that_moved_keeps_the_quiet_stretches_of_every_line(film):
    original = film.sound(10.0, first=1)
    film.text("Hello there", first=25, length=48, name="a")
    film.text("And again", first=121, length=48, name="b")
    film.dub()
    for strip in film.compat.all_strips(film.editor):
        film.compat.move(strip, film.compat.start(strip) + 500)
    film.redo(film.named("a"))
    ((_owner, curve),) = film.compat.fcurves(film.scene, original.path_from_id("volume"))
    assert [round(key.co[0]) for key in curve.keyframe_points] == [523, 524, 573, 574, 619, 620, 669, 670]


def test_a_copy_of_a_muted_original_can_be_restored(film):
    original = film.sound(2.0)
    film.text("Hello there")
    film.dub()
    copy = film.compat.strips(film.editor).new_sound(
        name="Original.001", filepath=bpy.path.abspath(original.sound.filepath), channel=1, frame_start=201
    )
    copy["dub"], copy.mute = original["dub"], original.mute
    film.text("And again", first=201, name="Copied")
    film.dub()
    assert copy.mute
    bpy.ops.dubline.restore()
    assert not copy.mute and not original.mute


def test_an_original_sounds_again_where_a_dub_was_removed(film):
    original = film.sound(10.0, first=1)
    film.text("Hello there", first=25, length=48, name="a")
    film.text("And again", first=121, length=48, name="b")
    film.dub()
    for gone in (film.named("b"), film.dubs[1]):
        film.compat.strips(film.editor).remove(gone)
    film.redo(film.named("a"))
    ((_owner, curve),) = film.compat.fcurves(film.scene, original.path_from_id("volume"))
    assert [round(key.co[0]) for key in curve.keyframe_points] == [23, 24, 73, 74]
