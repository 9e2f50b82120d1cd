"""Presets of line settings and of casts, as Blender keeps its own: added, applied to the selected lines, removed."""
import os
from pathlib import Path

import bpy
import pytest

from ..conftest import ROOT
from .film import SPEECH, room
from .test_emotion import emotion, heard


@pytest.fixture
def line(film):
    strip = film.text("Hello there")
    film.editor.active_strip = strip
    yield strip
    for kind in ("line", "cast"):
        for file in folder(kind).glob("*.py"):
            file.unlink()


def folder(kind) -> Path:
    return Path(bpy.utils.user_resource("SCRIPTS", path=os.path.join("presets", "dubline", kind)))


def add(kind, name):
    return getattr(bpy.ops.dubline, f"{kind}_preset_add")(name=name)


def apply(kind, name):
    """As Blender's popover does it, which finds the file by its name."""
    path = bpy.utils.preset_find(name, f"dubline/{kind}", display_name=True)
    assert path, f"no preset {name}"
    return bpy.ops.script.execute_preset(filepath=path, menu_idname=f"DUBLINE_PT_{kind}_presets")


def remove(kind, name):
    return getattr(bpy.ops.dubline, f"{kind}_preset_add")(name=name, remove_name=True)


def wish(film, strip):
    return film.props.wish(strip)


def test_settings_are_kept_and_given_back(film, line):
    line.dubline_smoothness, line.dubline_overflow, line.dubline_effect, line.dubline_pitch, line.dubline_match = 0.75, "refuse", "TELEPHONE", 2.0, False
    line.dubline_preset, line.dubline_intensity = "angry", 0.5
    kept = wish(film, line)
    assert add("line", "Close up") == {"FINISHED"}
    line.dubline_smoothness, line.dubline_effect, line.dubline_pitch, line.dubline_match, line.dubline_emotion = 0.1, "NONE", 0.0, True, "CAST"
    assert wish(film, line) != kept
    assert apply("line", "Close up") == {"FINISHED"}
    assert wish(film, line) == kept and line.dubline_emotion == "PRESET"
    assert bpy.types.DUBLINE_PT_line_presets.bl_label == "Close up", "the popover is called after it"
    assert remove("line", "Close up") == {"FINISHED"}
    assert not list(folder("line").glob("*.py")) and wish(film, line) == kept
    assert remove("line", "Close up") == {"CANCELLED"}


def test_it_lies_where_blender_keeps_the_users_presets(film, line):
    add("line", "Close up")
    (file,) = folder("line").glob("*.py")
    assert Path(os.environ["BLENDER_USER_RESOURCES"]) in file.parents and ROOT not in file.parents
    text = file.read_text(encoding="utf-8")
    assert "dubline_dev" not in text and "bl_ext" not in text, "it is applied wherever the add-on was installed"


def test_all_selected_lines_get_it_and_takes_stand_for_theirs(film, line):
    line.dubline_pitch = 3.0
    add("line", "High")
    line.dubline_pitch = 0.0
    others = [film.text("Hello", 100 * number, name=name) for number, name in ((1, "b"), (2, "c"), (3, "d"))]
    film.dub()
    take = next(strip for strip in film.dubs if film.props.state(strip)["of"] == film.props.state(others[1])["uid"])
    film.only(others[0], take)
    film.editor.active_strip = line
    apply("line", "High")
    assert [strip.dubline_pitch for strip in (line, *others)] == [3, 3, 3, 0]
    assert "wish" not in film.props.state(take)
    film.editor.active_strip = take
    film.only()
    assert [strip.name for strip in room("blender_addon.presets").lines(bpy.context)] == ["c"]


@pytest.mark.parametrize(("length", "value"), [("SLOT", None), ("RATIO", 0.9), ("TOKENS", 50), ("NATURAL", None)])
def test_every_length(film, line, length, value):
    line.dubline_length = length
    if value:
        setattr(line, f"dubline_{length.lower()}", value)
    kept = wish(film, line)
    add("line", length)
    for other in ("NATURAL", "SLOT", "TOKENS"):
        line.dubline_length = other
        apply("line", length)
        assert wish(film, line) == kept and line.dubline_length == length
    other = film.text("Other", 100, name="b")
    film.only(other)
    film.editor.active_strip = other
    apply("line", length)
    assert wish(film, other) == kept


def test_emotions_and_what_is_this_lines_alone(film, line):
    line.dubline_happy, line.dubline_pace = 0.25, -0.5
    line.dubline_speaker, line.dubline_language, line.dubline_seed = "ANNA", "zh", 4
    add("line", "Slow")
    text = next(folder("line").glob("*.py")).read_text()
    assert not any(word in text for word in ("speaker", "language", "seed"))
    other = film.text("Other", 100, name="b")
    film.only(other)
    film.editor.active_strip = other
    other.dubline_angry = 1.0
    apply("line", "Slow")
    (feeling,) = wish(film, other).feelings
    assert feeling.emotion == emotion(happy=0.25, pace=-0.5) and other.dubline_speaker == "" and other.dubline_seed == 0
    film.editor.active_strip = line
    line.dubline_emotion = "NEUTRAL"
    add("line", "Plain")
    film.only(other)
    apply("line", "Plain")
    assert other.dubline_emotion == "NEUTRAL" and [made.wish.feelings for made in film.reader.read(film.scene, True).job.lines] == [(), ()]


def mixed(line):
    line.dubline_emotion = "MIX"
    bpy.ops.dubline.source_add()
    line.dubline_preset, line.dubline_weight = "sad", 0.5
    bpy.ops.dubline.source_add()
    line.dubline_kind, line.dubline_weight = "SLIDERS", 2.0
    line.dubline_angry, line.dubline_pace = 0.5, -0.25


def test_a_mix_goes_with_its_amounts(film, line):
    mixed(line)
    line.dubline_intensity = 0.75
    add("line", "Mixed")
    other = film.text("Other", 100, name="b")
    film.only(other)
    film.editor.active_strip = other
    apply("line", "Mixed")
    assert wish(film, other) == wish(film, line) and len(wish(film, other).feelings) == len(wish(film, line).feelings) >= 2
    assert other.dubline_emotion == "MIX" and other.dubline_intensity == 0.75
    assert film.dub("SELECTED")["b"].take.plan.moods == film.dub("ALL")["Line"].take.plan.moods, "and is heard alike"


@pytest.mark.parametrize("mix", [False, True])
def test_a_performing_file_is_found_from_any_film(film, line, tmp_path, mix):
    clip = film.folder / "clip.flac"
    clip.write_bytes(SPEECH.read_bytes())
    if mix:
        mixed(line)
        line.dubline_kind = "RECORDING"
    line.dubline_performer_file, line.dubline_from, line.dubline_performance = str(clip), 2.0, 0.5
    kept = wish(film, line)
    add("line", "Performed")
    (tmp_path / "elsewhere").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "elsewhere" / "other.blend"))
    other = film.text("Other", 100, name="b")
    film.only(other)
    film.editor.active_strip = other
    apply("line", "Performed")
    if mix:
        bpy.ops.dubline.source_edit(index=len(wish(film, other).feelings) - 1)
    assert other.dubline_performer_file == f"//..{os.sep}clip.flac" and other.dubline_performance == 0.5
    found = wish(film, other)
    assert [feeling.weight for feeling in found.feelings] == [feeling.weight for feeling in kept.feelings] and found.feelings[-1].recording.start == 2.0


def test_what_a_strip_of_this_film_performs_is_not_kept(film, line, performer):
    line.dubline_pitch = 2.0
    line.dubline_performer_strip = "Performer"
    add("line", "Here")
    text = (folder("line") / "Here.py").read_text()
    assert "pitch" in text and not any(word in text for word in ("sources", "emotion", "intensity"))
    line.dubline_performer = "ORIGINAL"
    add("line", "Original")
    other = film.text("Other", 100, name="b")
    film.only(other)
    film.editor.active_strip = other
    apply("line", "Original")
    assert (other.dubline_emotion, other.dubline_performer) == ("RECORDING", "ORIGINAL"), "whichever recording a line replaces"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"path": "MIX"}', '{"path": "MIX", "sources": [1], "performance": 1}', '{"path": "WORDS", "sources": [], "performance": 1}', '{"path": "RECORDING", "sources": [], "performance": 1}'])
def test_a_preset_that_is_none_changes_nothing(film, line, text):
    before = dict(line.items())
    bpy.context.window_manager.dubline_line.sources = text
    assert dict(line.items()) == before


def test_every_setting_is_in_it_or_left_out_on_purpose(film):
    presets = room("blender_addon.presets")
    named = {"length", "emotion", "intensity", *presets.SOUND, *presets.NOT_SETTINGS}
    named |= {name for names in (*presets.LENGTHS.values(), *presets.EMOTIONS.values()) for name in names}
    assert named == set(presets.VIEWS)
    assert {item[0] for item in room("blender_addon.feelings").PATHS} - set(presets.EMOTIONS) == {"RECORDING", "MIX"}


def test_without_a_line_it_says_so(film):
    with pytest.raises(RuntimeError, match="Select text strips, or make a line's strip the active one"):
        add("line", "Nothing")
    group = bpy.context.window_manager.dubline_line
    for declared in group.bl_rna.properties:
        getattr(group, declared.identifier)
    group.pitch = 2.0


def test_a_whole_cast(film, line):
    film.role("Anna", "tone:high", emotion="PRESET", preset="sad", intensity=0.5, color="COLOR_03", channel=7, language="zh")
    film.role("Bob “Q”", "tone:low", prosody="tone:sine", emotion="WORDS", words="wearily, it's late")
    film.scene.dubline.default_voice = "tone:low"

    def roles():
        names = ("name", "voice", "prosody", "language", "emotion", "preset", "words", "intensity", "color", "channel")
        return [tuple(getattr(role, name) for name in names) for role in film.scene.dubline.roles]

    kept = roles()
    assert add("cast", "Season 1") == {"FINISHED"}
    film.scene.dubline.roles.clear()
    film.role("Somebody")
    film.scene.dubline.default_voice = ""
    assert apply("cast", "Season 1") == {"FINISHED"}
    assert roles() == kept and film.scene.dubline.default_voice == "tone:low"
    apply("cast", "Season 1")
    assert roles() == kept, "twice is no more than once"
    film.words.set_text(line, "ANNA: Hello")
    assert [feeling.preset for feeling in heard(film).feelings] == ["sad", ""]
    assert remove("cast", "Season 1") == {"FINISHED"} and not list(folder("cast").glob("*.py"))
