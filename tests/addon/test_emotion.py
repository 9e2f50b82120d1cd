"""A line's emotion and effect in the panel: what is kept in the strip, what the engine hears, and what is drawn of it."""
import json
import sys
from types import SimpleNamespace

import bpy
import pytest

from engine.emotion import EIGHT, SETTINGS
from engine.script import Emotion

from ..conftest import PACKAGE


class Layout:
    """Takes down what a panel draws, and refuses what Blender would."""

    ICONS = {item.identifier for item in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items}

    def __init__(self, drawn=None):
        self.drawn = [] if drawn is None else drawn

    def _part(self, **_how):
        return Layout(self.drawn)

    row = column = box = split = _part

    def separator(self, **_how):
        pass

    def label(self, text="", icon="NONE", **_how):
        assert icon in self.ICONS
        self.drawn.append(("label", text))

    def prop(self, owner, name, icon="NONE", **_how):
        assert icon in self.ICONS
        value = getattr(owner, name)
        self.drawn.append(("prop", name, value))

    def progress(self, factor, text):
        assert 0 <= factor <= 1
        self.drawn.append(("progress", text, factor))

    def operator(self, name, text="", icon="NONE", depress=False):
        assert icon in self.ICONS
        getattr(bpy.ops.dubline, name.removeprefix("dubline.")).get_rna_type()
        self.drawn.append(("operator", name, text))
        return SimpleNamespace()

    def has(self, *start):
        return any(item[: len(start)] == start for item in self.drawn)

    def says(self, sentence):
        """Whether labels say it, over several lines perhaps."""
        return sentence in " ".join(self.texts("label"))

    def texts(self, kind):
        return [item[1] for item in self.drawn if item[0] == kind]


def drawn(film, panel="DUBLINE_PT_emotion"):
    """What the panel draws of the active strip."""
    context = SimpleNamespace(scene=film.scene, sequencer_scene=film.scene, space_data=SimpleNamespace(view_type="SEQUENCER"))
    shown = getattr(bpy.types, panel)
    assert shown.poll.__func__(shown, context)
    layout = Layout()
    before = [strip.get(film.props.KEY) for strip in film.compat.all_strips(film.editor)]
    parts = {name: getattr(shown, name) for name in dir(shown) if name.startswith("draw_")}
    shown.draw(SimpleNamespace(layout=layout, **parts), context)
    assert before == [strip.get(film.props.KEY) for strip in film.compat.all_strips(film.editor)], "drawing changes nothing"
    return layout


@pytest.fixture
def feelings(film):
    return sys.modules[f"{PACKAGE}.blender_addon.feelings"]


@pytest.fixture
def reader(feelings, monkeypatch):
    """Understands three words without a model; counts how often it is asked."""
    asked = []

    def read(words):
        asked.append(words)
        emotion = feelings.Emotion(angry=0.9, tremble=0.5) if "angr" in words else feelings.Emotion(sad=0.6) if "sad" in words else feelings.Emotion()
        return SimpleNamespace(emotion=emotion, told="angry, trembling" if emotion.angry else "sad", certainty=0.9 if "!" not in words else 0.1)

    monkeypatch.setattr(feelings, "_reader", lambda models: SimpleNamespace(read=read))
    return asked


@pytest.fixture
def line(film):
    strip = film.text("Hello there")
    film.editor.active_strip = strip
    return strip


def heard(film):
    """The wish that the engine gets."""
    (line,) = film.reader.read(film.scene, True, str(film.folder)).job.lines
    return line.wish


def emotion(**values):
    """A point as the engine under Blender has it."""
    return sys.modules[f"{PACKAGE}.engine.script"].Emotion(**values)


def test_neutral_leaves_nothing_behind(film, line):
    assert line.dubline_emotion == "CAST" and line.dubline_intensity == 1
    line.dubline_angry = 0.5
    line.dubline_intensity = 0.5
    line.dubline_effect = "HALL"
    line.dubline_emotion, line.dubline_intensity, line.dubline_effect = "NEUTRAL", 1.0, "NONE"
    assert heard(film) == film.props.Wish()
    line.dubline_emotion = "SLIDERS"
    assert line.dubline_angry == pytest.approx(0.5), "the paths that are not chosen keep their values"
    line.dubline_angry = 0
    assert heard(film) == film.props.Wish(), "all sliders at zero are neutral"
    assert "feelings" not in film.props.state(line).get("wish", {})


def test_every_slider_through_the_json(film, line):
    for number, name in enumerate((*EIGHT, *SETTINGS)):
        setattr(line, f"dubline_{name}", -0.5 if name in ("pace", "pauses") else 0.05 + number / 20)
    assert line.dubline_emotion == "SLIDERS", "to set one chooses the path"
    (feeling,) = heard(film).feelings
    wanted = {name: round(0.05 + number / 20, 4) for number, name in enumerate((*EIGHT, *SETTINGS))} | {"pace": -0.5, "pauses": -0.5}
    assert feeling.emotion == emotion(**wanted) and feeling.weight == 1
    film.reload()
    line = film.named("Line")
    assert heard(film).feelings == (feeling,)
    for name, value in wanted.items():
        assert getattr(line, f"dubline_{name}") == pytest.approx(value)


@pytest.mark.parametrize("name", EIGHT)
def test_presets(film, line, name):
    line.dubline_preset = name
    line.dubline_intensity = 0.7
    wish = heard(film)
    assert [feeling.preset for feeling in wish.feelings] == [name] and wish.intensity == 0.7
    picture = film.props.state(line)["emotion"]["picture"]
    assert list(picture) == [name] and 0.3 < picture[name] <= 0.7
    assert drawn(film).has("progress", f"{name} {picture[name]:.2f}")


def test_words_are_understood_once_and_shown(film, line, reader):
    line.dubline_words = "  angrily, voice shaking "
    assert line.dubline_emotion == "WORDS" and reader == ["  angrily, voice shaking "]
    (feeling,) = heard(film).feelings
    assert feeling.words == "angrily, voice shaking"
    layout = drawn(film)
    assert layout.has("label", "Understood: angry, trembling")
    assert layout.has("progress", "angry 0.90") and layout.has("progress", "tremble 0.50")
    assert layout.has("operator", "dubline.edit_as_sliders") and not layout.has("operator", "dubline.understand")
    film.reload()
    film.editor.active_strip = film.named("Line")
    assert drawn(film).has("progress", "angry 0.90") and len(reader) == 1, "what was understood is saved, not asked again"
    film.named("Line").dubline_words = "angr!"
    assert any(text.startswith("Perhaps") for text in drawn(film).texts("label")), "uncertainty is shown"
    film.named("Line").dubline_words = ""
    assert heard(film) == film.props.Wish() and not drawn(film).has("operator", "dubline.understand")


def test_words_as_sliders(film, line, reader):
    line.dubline_words = "angrily"
    assert bpy.ops.dubline.edit_as_sliders() == {"FINISHED"}
    assert line.dubline_emotion == "SLIDERS" and line.dubline_angry == pytest.approx(0.9) and line.dubline_tremble == pytest.approx(0.5)
    line.dubline_tremble = 0.0
    (feeling,) = heard(film).feelings
    assert feeling.emotion == emotion(angry=0.9)
    line.dubline_emotion = "WORDS"
    assert line.dubline_words == "angrily", "the words are still there"


def test_words_without_their_package(film, line, monkeypatch):
    monkeypatch.setitem(sys.modules, f"{PACKAGE}.engine.described", None)
    line.dubline_words = "angrily"
    assert heard(film).feelings[0].words == "angrily", "what was written is kept"
    layout = drawn(film)
    assert "cannot be understood here" in " ".join(layout.texts("label")) and layout.has("operator", "dubline.understand")
    assert bpy.ops.dubline.edit_as_sliders() == {"CANCELLED"}
    assert bpy.ops.dubline.understand() == {"FINISHED"}


def test_a_mix(film, line, reader):
    line.dubline_words = "angrily"
    line.dubline_emotion = "MIX"
    known = film.props.state(line)["emotion"]
    assert [source["words"] for source in known["mix"]] == ["angrily"], "nothing is lost that was set"
    bpy.ops.dubline.source_add()
    assert line.dubline_source == 1 and line.dubline_kind == "PRESET"
    line.dubline_preset, line.dubline_weight = "sad", 3.0
    bpy.ops.dubline.source_add()
    line.dubline_whisper = 0.8
    assert line.dubline_kind == "SLIDERS" and line.dubline_emotion == "MIX"
    words, preset, sliders = heard(film).feelings
    assert (words.words, preset.preset, preset.weight, sliders.emotion) == ("angrily", "sad", 3, emotion(whisper=0.8))
    picture = film.props.state(line)["emotion"]["picture"]
    assert picture["sad"] == pytest.approx(3 / 5, abs=0.001) and picture["whisper"] == pytest.approx(0.16)
    layout = drawn(film)
    assert layout.has("progress", f"sad {picture['sad']:.2f}")
    assert [item[2].split("  ")[0] for item in layout.drawn if item[:2] == ("operator", "dubline.source_edit")] == ["angrily", "Sad", "whisper"]
    film.reload()
    film.editor.active_strip = line = film.named("Line")
    bpy.ops.dubline.source_edit(index=1)
    assert line.dubline_source == 1 and line.dubline_weight == 3 and line.dubline_preset == "sad"
    bpy.ops.dubline.source_remove(index=0)
    assert line.dubline_source == 0 and line.dubline_preset == "sad" and len(heard(film).feelings) == 2
    bpy.ops.dubline.source_remove()
    bpy.ops.dubline.source_remove()
    assert heard(film) == film.props.Wish() and not bpy.ops.dubline.source_remove.poll()
    drawn(film)
    for _ in range(16):
        bpy.ops.dubline.source_add()
    assert not bpy.ops.dubline.source_add.poll()


def test_emotion_for_the_other_selected_lines(film, line, reader):
    other, take, alone = film.text("Other", 60, name="b"), film.text("Take", 120, name="c"), film.text("Alone", 180, name="d", selected=False)
    film.props.update(take, of="somebody")
    line.dubline_words, line.dubline_intensity = "sadly", 0.4
    assert bpy.ops.dubline.copy_emotion() == {"FINISHED"}
    assert film.props.wish(other) == film.props.wish(line) and other.dubline_words == "sadly"
    assert film.props.wish(take) == film.props.wish(alone) == film.props.Wish()
    film.only(line)
    assert bpy.ops.dubline.copy_emotion() == {"CANCELLED"}


def test_feelings_from_elsewhere_are_shown(film, line, reader):
    feelings = [{"words": "angrily", "weight": 2.0}, {"emotion": {"calm": 0.25}}]
    film.props.update(line, wish={"feelings": feelings, "intensity": 0.5})
    assert line.dubline_emotion == "MIX" and line.dubline_words == "angrily" and line.dubline_weight == 2
    line.dubline_source = 1
    assert line.dubline_kind == "SLIDERS" and line.dubline_calm == pytest.approx(0.25)
    line.dubline_source = 0
    assert drawn(film).has("operator", "dubline.understand") and not reader
    bpy.ops.dubline.understand()
    assert reader == ["angrily"] and drawn(film).has("progress", "angry 0.90")
    assert [feeling.weight for feeling in heard(film).feelings] == [2, 1]


def test_what_a_newer_version_knows_is_ignored(film, line):
    newer = {"feelings": [{"preset": "sad", "origin": "face"}, {"face": "a.png"}, {"emotion": {"sad": 0.5, "bored": 1.0}}], "intensity": 0.5, "smell": 3, "pitch": "high"}
    film.props.update(line, wish=newer, emotion={"path": "DREAM", "dreams": []})
    wish = heard(film)
    assert [(feeling.preset, feeling.emotion) for feeling in wish.feelings] == [("sad", None), ("", emotion(sad=0.5))]
    assert (wish.intensity, wish.pitch) == (0.5, 0)
    drawn(film)
    film.props.update(line, wish={"effect": "underwater"}, emotion="?")
    assert line.dubline_effect == "NONE" and line.dubline_emotion == "CAST"
    drawn(film)


def test_a_dubbed_line_with_emotion_and_effect(film, line):
    line.dubline_preset = "angry"
    line.dubline_effect = "TELEPHONE"
    assert drawn(film, "DUBLINE_PT_line").has("prop", "dubline_effect", "TELEPHONE")
    plan = film.dub()["Line"].take.plan
    assert (plan.wish.effect, plan.wish.feelings[0].preset) == ("telephone", "angry")
    assert not any(strip.dubline_emotion != "CAST" for strip in film.dubs)
    film.editor.active_strip = film.dubs[0]
    assert film.props.state(film.dubs[0])["moods"] == ["angry 0.80"]
    film.props.update(film.dubs[0], moods=["angry 0.80", "neutral"])
    take = drawn(film, "DUBLINE_PT_line")
    assert take.has("label", "Played angry 0.80, then neutral") and take.has("label", "Effect: Telephone")
    shown = bpy.types.DUBLINE_PT_emotion
    assert not shown.poll.__func__(shown, SimpleNamespace(scene=film.scene, sequencer_scene=film.scene, space_data=SimpleNamespace(view_type="SEQUENCER")))
    assert not bpy.ops.dubline.edit_as_sliders.poll()


@pytest.mark.parametrize(
    ("text", "speaker", "words"),
    [
        ("BEN (softly): Hello", "BEN", "[softly] Hello"),
        ("BEN(softly):Hello", "", "BEN(softly):Hello"),
        ("Anna Lee (angrily, voice shaking):  Go!", "Anna Lee", "[angrily, voice shaking] Go!"),
        ("小明（轻声）：你好。", "小明", "[轻声] 你好。"),
        ("小明(轻声):你好。", "小明", "[轻声] 你好。"),
        ("BEN (V.O.): Hello", "BEN", "Hello"),
        ("guard (old): Hello", "Guard (old)", "Hello"),
        ("guard (old) (softly): Hello", "", "guard (old) (softly): Hello"),
        ("There is one thing (really): go.", "", "There is one thing (really): go."),
        ("BEN: [softly] Hello", "BEN", "[softly] Hello"),
        ("BEN (): Hello", "", "BEN (): Hello"),
    ],
)
def test_a_direction_behind_the_name(film, text, speaker, words):
    film.role("Guard (old)")
    film.text(text)
    (line,) = film.reader.read(film.scene, True, str(film.folder)).job.lines
    assert (line.speaker, line.text) == (speaker, words)


def test_directions_are_no_words(film):
    film.scene.dubline.default_voice = "af_heart"
    film.text("BEN (轻声): go there and | go home", 25, 96)
    film.scene.timeline_markers.new("|go", frame=30)
    film.scene.timeline_markers.new("|", frame=73)
    (line,) = film.reader.read(film.scene, True, str(film.folder)).job.lines
    assert line.language == "", "the direction's script is not the words'"
    assert line.text == "[轻声] go there and  go home"
    assert [line.text[anchor.index :].lstrip()[:4] for anchor in line.anchors] == ["go t", "go h"]
    film.named("Line").text = "[go on] we go"
    film.scene.timeline_markers.remove(film.scene.timeline_markers["|"])
    (line,) = film.reader.read(film.scene, True, str(film.folder)).job.lines
    assert [anchor.index for anchor in line.anchors] == [line.text.rindex("go")], "a marker means no word of a direction"


def test_registered_twice_leaves_nothing(addon, film):
    strip = film.compat.STRIP
    ours = lambda: sorted(name for name in strip.bl_rna.properties.keys() if "dubline" in name)  # noqa: E731, SIM118
    there = ours()
    assert {f"dubline_{name}" for name in (*EIGHT, *SETTINGS, "emotion", "effect")} <= set(there)
    for _ in range(2):
        addon.unregister()
        assert not ours() and not [name for name in dir(bpy.types) if "dubline" in name.lower()]
        addon.register()
        assert ours() == there


def test_the_json_is_small_and_plain(film, line):
    line.dubline_preset = "calm"
    state = json.loads(line[film.props.KEY])
    assert state["wish"] == {"feelings": [{"preset": "calm"}]}
    assert Emotion(**state["emotion"]["picture"]).calm == 0.562
