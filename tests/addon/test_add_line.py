"""A line begun by hand: its strip is where the playhead is, as long as its voice needs, and is dubbed at once."""
import bpy
import pytest


def add(film, text, frame=1):
    film.scene.frame_set(frame)
    return bpy.ops.dubline.add_line(text=text)


def test_it_lies_at_the_playhead_and_is_dubbed_at_once(film):
    assert add(film, "The storm is coming, and we are not ready.", 30) == {"FINISHED"}
    strip = film.editor.active_strip
    first, last = film.span(strip)
    assert strip.type == "TEXT" and strip.select and first == 30
    assert 1.5 < (last - first) * film.scene.render.fps_base / film.scene.render.fps < 5, "about as long as it is said in"
    assert bpy.ops.dubline.dub(scope="SELECTED") == {"FINISHED"}
    (dub,) = film.dubs
    assert film.span(dub) == (first, last)


def test_a_line_at_the_same_time_has_a_channel_of_its_own(film):
    for text in ("Are you there?", "Who is asking, and why at this hour?"):
        assert add(film, text) == {"FINISHED"}
    one, two = (strip for strip in film.compat.all_strips(film.editor) if strip.type == "TEXT")
    assert one.channel != two.channel and film.span(one)[1] < film.span(two)[1]
    assert [strip.select for strip in (one, two)] == [False, True]


def test_a_name_before_the_words_is_not_counted(film):
    add(film, "Who is there?")
    bare = film.span(film.editor.active_strip)
    add(film, "ANNA: Who is there?")
    assert film.span(film.editor.active_strip) == bare
    assert film.words.text_of(film.editor.active_strip) == "ANNA: Who is there?"


def test_no_script_takes_it_away(film):
    add(film, "A line of my own.")
    (film.folder / "film.srt").write_text("1\n00:00:05,000 --> 00:00:06,000\nHello.\n")
    bpy.ops.dubline.import_subtitles(filepath=str(film.folder / "film.srt"), existing="REPLACE")
    assert sorted(film.words.text_of(strip) for strip in film.compat.all_strips(film.editor)) == ["A line of my own.", "Hello."]


@pytest.mark.parametrize("text", ("", "  "))
def test_without_words_nothing_is_added(film, text):
    assert add(film, text) == {"CANCELLED"}
    assert not len(film.compat.all_strips(film.editor))
