"""The next take in one press, more or less like its source, and what judges say of a take."""
import json
from dataclasses import replace
from types import SimpleNamespace

import bpy
import pytest

from .film import room
from .test_emotion import Layout, drawn

WORDS = "Tell them that we are coming home, and that nobody will be left behind."


@pytest.fixture
def line(film):
    strip = film.text(WORDS, 300, 144)
    film.editor.active_strip = strip
    return strip


def test_more_and_less_one_step_each(film, line, performer):
    line.dubline_performer_strip = performer.name
    line.dubline_intensity, line.dubline_performance = 0.7, 0.5
    film.dub()
    seed = film.props.wish(line).seed

    def press(name):
        done = getattr(bpy.ops.dubline, name)(scope="ACTIVE")
        found = film.props.wish(line)
        assert found.seed == seed and replace(found, intensity=0.7, performance=0.5) == replace(film.props.wish(line), intensity=0.7, performance=0.5)
        return done == {"FINISHED"} and (found.intensity, found.performance)

    takes = [film.props.state(film.dubs[0])["take"]]
    for wanted in ((0.9, 0.5), (1.0, 0.5), (1.0, 0.75), (1.0, 1.0)):
        assert press("more") == pytest.approx(wanted)
        takes.append(film.props.state(film.dubs[0])["take"])
    assert press("more") is False and len(film.dubs) == 1
    assert len(set(takes)) == len(takes), "each is another take, in the same strip"
    film.editor.active_strip = film.dubs[0]  # from the take as well
    for wanted in ((1.0, 0.75), (1.0, 0.5), (1.0, 0.25), (1.0, 0.0), (0.8, 0.0), (0.6, 0.0), (0.4, 0.0), (0.2, 0.0), (0.0, 0.0)):
        assert press("less") == pytest.approx(wanted)
    assert press("less") is False


def test_more_without_a_recording(film, line):
    line.dubline_preset, line.dubline_intensity = "angry", 0.9
    film.dub()
    assert bpy.ops.dubline.more(scope="ACTIVE") == {"FINISHED"}
    assert (line.dubline_intensity, line.dubline_performance) == (1.0, 0.0)
    assert film.props.state(line)["emotion"]["picture"]["angry"] == pytest.approx(0.8), "the picture follows"
    step = room("blender_addon.performance_ops").DUBLINE_OT_more.step
    assert bpy.ops.dubline.more(scope="ACTIVE") == {"CANCELLED"} and step(film.props.wish(line), True)[1] == "Nothing more to give: the intensity is 1"
    line.dubline_emotion = "NEUTRAL"
    with pytest.raises(RuntimeError, match="is neutral: choose an emotion first"):
        bpy.ops.dubline.less(scope="ACTIVE")
    assert line.dubline_intensity == 1
    film.words.set_text(line, f"ANNA (sadly): {WORDS}")
    assert bpy.ops.dubline.less(scope="ACTIVE") == {"FINISHED"} and line.dubline_intensity == pytest.approx(0.8), "directions are an emotion too"


def test_more_for_the_selected_lines(film, line):
    other = film.text("So do we", 500, name="Other")
    for strip, intensity in ((line, 0.5), (other, 1.0)):
        strip.dubline_preset, strip.dubline_intensity = "sad", intensity
    film.only(line, other)
    assert bpy.ops.dubline.more() == {"FINISHED"} and set(film.reports) == {"Line"}
    assert (line.dubline_intensity, other.dubline_intensity) == (pytest.approx(0.7), 1.0)


@pytest.mark.parametrize("verb", ["more", "less"])
def test_a_line_without_an_emotion_greys_the_steps(film, line, verb):
    offered = getattr(bpy.ops.dubline, verb).poll
    film.words.set_text(line, f"ANNA: {WORDS}")
    assert not offered()
    film.role("Anna", emotion="PRESET", preset="sad")
    assert offered(), "it speaks as its character does"
    line.dubline_emotion = "NEUTRAL"
    assert not offered()
    line.dubline_preset = "angry"
    assert offered()
    other = film.text("So do we", 500, name="Other")
    film.only(line, other)
    assert offered(), "one of the chosen lines has one"
    film.only(other)
    film.editor.active_strip = other
    other.dubline_emotion = "NEUTRAL"
    assert not offered()
    film.words.set_text(other, "[sadly] So do we")
    assert offered()
    film.editor.active_strip = film.sound(2.0, 500, 1, "Original")
    assert offered(), "a recording may be the original of a line"


def test_the_buttons_are_where_the_line_and_the_take_are(film, line):
    film.dub()
    for strip in (line, film.dubs[0]):
        film.editor.active_strip = strip
        buttons = [item[1:] for item in drawn(film, "DUBLINE_PT_line").drawn if item[0] == "operator"]
        assert {("dubline.more", ""), ("dubline.less", ""), ("dubline.redo", "Another reading")} <= set(buttons)
    film.editor.active_strip = line
    assert drawn(film).has("operator", "dubline.transfer")


# The check


def test_what_the_judges_say_is_on_the_strip(film, line):
    assert film.scene.dubline.check == "LIGHT"
    line.dubline_preset = "angry"
    take = film.dub()["Line"].take
    told = film.props.state(film.dubs[0])["check"]
    assert told["mode"] == "light" and told["told"] == list(room("engine.judge").verdict(take.check)) and told["seconds"] >= 0
    film.editor.active_strip = film.dubs[0]
    layout = drawn(film, "DUBLINE_PT_line")
    assert layout.has("label", f"Check: Light, {told['seconds']:.1f} CPU s")
    run = film.session.run
    (entry,) = film.batch.document(run, film.scene)["lines"]
    assert entry["check"]["mode"] == "light" and entry["check"]["told"] == told["told"]
    film.scene.dubline.check = "OFF"
    line.dubline_preset = "sad"
    film.dub()
    assert "check" not in film.props.state(film.dubs[0]) and film.batch.document(film.session.run, film.scene)["lines"][0]["check"] is None


def test_suffering_is_an_alarm(film):
    nouns, place = room("engine.script"), room("blender_addon.place")
    ui = room("blender_addon.performance_ui")
    icons = []
    layout = Layout()
    layout.column = lambda **_how: SimpleNamespace(label=lambda text, icon, **_how: icons.append(icon))
    good = place._check(nouns.Check("full", speaker=0.9, word_error=0.0, compute_seconds=2.345))
    assert good == {"mode": "full", "told": ["The speaker stayed (0.90).", "Every word was heard."], "bad": False, "seconds": 2.35}
    for check in (nouns.Check("full", speaker=0.4), nouns.Check("full", word_error=0.9), nouns.Check("light", damage=("It clips.",)), nouns.Check("light")):
        told = place._check(check)
        assert told["bad"] is (check != nouns.Check("light"))
        ui.draw_check(layout, told)
    assert [icon for icon in icons if icon != "BLANK1"] == ["ERROR"] * 3
    lowered = place._check(nouns.Check("full", lowered="The intensity was lowered to 0.65: …", speaker=0.9))
    assert lowered["told"][0].startswith("The intensity was lowered")


def test_the_check_without_a_window(film, line):
    film.save()
    report = film.folder / "report.json"
    assert film.batch.main(["dub", "--check", "off", "--takes", str(film.folder / "takes"), "--host", "here", "--report", str(report)]) == 0
    assert film.scene.dubline.check == "OFF" and json.loads(report.read_text())["lines"][0]["check"] is None


def test_a_performance_is_given_to_other_lines(film, line, performer):
    line.dubline_performer_strip, line.dubline_performance = "Performer", 0.5
    other = film.text("So do we", 500, name="Other")
    assert bpy.ops.dubline.copy_emotion() == {"FINISHED"}
    assert film.props.wish(other) == film.props.wish(line)
