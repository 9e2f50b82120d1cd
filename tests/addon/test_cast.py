"""The cast: characters with voice, emotion and colour, heard before they speak, made of a strip on somebody's word, and recast."""
import os
import re
from types import SimpleNamespace

import bpy
import pytest

from ..conftest import PACKAGE
from ..engine.enrolled import ANNA, kept, stand_in
from .film import SPEECH, room
from .test_emotion import drawn, emotion, heard
from .test_takes_panel import Shown

WORD = {"whose": "John Kennedy", "ground": "a public speech, in the public domain"}


@pytest.fixture
def line(film):
    strip = film.text("ANNA: Hello there")
    film.editor.active_strip = strip
    return strip


@pytest.fixture
def people(film, tmp_path, monkeypatch):
    """A library of its own, where something makes a voice of any recording."""
    folder = tmp_path / "models"
    folder.mkdir()
    film.preferences.models = str(folder)
    form = bpy.context.window_manager.dubline_newcomer
    for asked in form.bl_rna.properties:
        form.property_unset(asked.identifier)
    stand_in(monkeypatch, f"{PACKAGE}.engine")
    yield folder
    film.session.close()
    film.session.enrolment = None
    film.preferences.models = ""


def said(capfd) -> str:
    """What operators have reported since this was last asked."""
    return capfd.readouterr().out


# How a character speaks


def test_a_line_without_an_emotion_takes_its_characters(film, line):
    film.role("Anna", emotion="PRESET", preset="sad", intensity=0.5)
    wish = heard(film)
    assert [(feeling.weight, feeling.preset, feeling.emotion) for feeling in wish.feelings] == [(0.5, "sad", None), (0.5, "", emotion())]
    assert wish.intensity == 1 and film.props.wish(line) == film.props.Wish(), "nothing of it is kept on the line"
    plan = film.dub()["Line"].take.plan
    assert [mood.emotion for mood in plan.moods] == [emotion(sad=0.5)]
    film.reload()
    assert heard(film) == wish


def test_what_the_line_says_itself_goes_before(film, line):
    role = film.role("Anna", emotion="PRESET", preset="sad")
    assert line.dubline_emotion == "CAST"
    line.dubline_emotion = "NEUTRAL"
    assert heard(film).feelings == (), "this one is neutral, whatever the cast says"
    line.dubline_preset = "angry"
    assert [feeling.preset for feeling in heard(film).feelings] == ["angry"]
    line.dubline_emotion = "CAST"
    assert [feeling.preset for feeling in heard(film).feelings] == ["sad"]
    role.emotion, role.words = "WORDS", "  wearily "
    assert [feeling.words for feeling in heard(film).feelings] == ["wearily"]
    for nothing in ({"words": " "}, {"emotion": "NEUTRAL"}, {"emotion": "PRESET", "intensity": 0.0}):
        for key, value in nothing.items():
            setattr(role, key, value)
        assert heard(film).feelings == ()


def test_others_are_not_touched(film, line):
    film.role("Bob", emotion="PRESET", preset="sad")
    assert heard(film).feelings == ()
    line.dubline_speaker = "BOB"
    assert [feeling.preset for feeling in heard(film).feelings] == ["sad"]


def test_directions_stay_as_strong_as_they_are(film, line):
    film.role("Anna", emotion="PRESET", preset="sad", intensity=0.25)
    film.words.set_text(line, "ANNA: [0.8 whisper] Hello there")
    assert heard(film).intensity == 1


def test_the_line_can_be_played_less_than_its_character(film, line):
    film.role("Anna", emotion="PRESET", preset="sad")
    film.dub()
    assert bpy.ops.dubline.less(scope="ACTIVE") == {"FINISHED"} and line.dubline_intensity == pytest.approx(0.8)
    assert film.props.state(film.dubs[0])["moods"] == ["sad 0.80"], "0.8 of a full sadness"
    assert line.dubline_emotion == "CAST"


def test_the_emotion_panel_tells_the_characters(film, line):
    film.role("Anna", emotion="PRESET", preset="sad", intensity=0.5)
    assert drawn(film).has("label", "Anna: sad, 50%")
    line.dubline_emotion = "NEUTRAL"
    assert not drawn(film).has("label", "Anna: sad, 50%")


# The list


def test_every_new_character_has_a_colour_of_its_own(film):
    for _ in range(11):
        bpy.ops.dubline.cast_add()
    roles = film.scene.dubline.roles
    colors = [role.color for role in roles]
    assert len(set(colors[:9])) == 9 and "NONE" not in colors[:9] and colors[9:] == ["NONE", "NONE"]
    assert film.scene.dubline.active_role == 10


def test_characters_change_places(film):
    for name in "abc":
        film.role(name)
    film.scene.dubline.active_role = 2
    bpy.ops.dubline.cast_move(direction="UP")
    assert [role.name for role in film.scene.dubline.roles] == ["a", "c", "b"] and film.scene.dubline.active_role == 1
    assert bpy.ops.dubline.cast_move(direction="UP") == {"FINISHED"}
    assert bpy.ops.dubline.cast_move(direction="UP") == {"CANCELLED"}
    bpy.ops.dubline.cast_move(direction="DOWN")
    assert [role.name for role in film.scene.dubline.roles] == ["a", "c", "b"]


def test_lines_are_given_to_a_character_and_found_again(film):
    film.role("Bob")
    first, second, third = film.text("ANNA: Hello", 1, name="a"), film.text("Goodbye", 101, name="b"), film.text("Nobody", 201, name="c")
    film.only(first, second)
    assert bpy.ops.dubline.cast_assign() == {"FINISHED"}
    lines = {line.text: line.speaker for line in film.reader.read(film.scene, True).job.lines}
    assert lines == {"Hello": "Bob", "Goodbye": "Bob", "Nobody": ""}, "and the name is no part of the words"
    film.only(third)
    assert bpy.ops.dubline.cast_select() == {"FINISHED"}
    assert [strip.name for strip in film.compat.all_strips(film.editor) if strip.select] == ["a", "b"]
    film.only()
    assert bpy.ops.dubline.cast_assign() == {"CANCELLED"}
    film.role("Carl")
    film.scene.dubline.active_role = 1
    assert bpy.ops.dubline.cast_select() == {"CANCELLED"}


def test_a_cast_that_cannot_be_changed_says_why(film):
    for name in ("cast_remove", "cast_move", "cast_select", "cast_assign", "audition"):
        with pytest.raises(RuntimeError, match="The cast has no character yet: add one"):
            getattr(bpy.ops.dubline, name)()
    with pytest.raises(RuntimeError, match="Select one sound or movie strip"):
        bpy.ops.dubline.cast_from_sound()


def test_recasting_is_a_choice_and_a_press(film, line):
    role = film.role("Anna", "tone:low")
    before = film.dub()["Line"].take
    role.voice = "tone:high"
    film.only(line)
    after = film.dub("SELECTED")["Line"].take
    assert (before.plan.voice.timbre, after.plan.voice.timbre) == ("low", "high") and film.path_of(film.dubs[0]) == after.path and len(film.dubs) == 1


def panel(film):
    context = SimpleNamespace(scene=film.scene, sequencer_scene=film.scene, space_data=SimpleNamespace(view_type="SEQUENCER"), window_manager=bpy.context.window_manager)
    shown, layout = bpy.types.DUBLINE_PT_cast, Shown()
    assert shown.poll.__func__(shown, context)
    shown.draw(SimpleNamespace(layout=layout), context)
    return layout


def test_the_panel(film):
    assert not panel(film).has("prop", "voice")
    role = film.role("Anna", emotion="PRESET", preset="sad")
    seen = panel(film)
    assert seen.has("prop", "name", "Anna") and seen.has("label", "tone:low") and seen.has("prop", "preset", "sad") and not seen.has("prop", "words")
    assert {"audition", "cast_add", "cast_from_sound", "cast_select", "cast_assign"} <= {name.removeprefix("dubline.") for name in seen.texts("operator")}
    role.emotion = "NEUTRAL"
    assert not panel(film).has("prop", "intensity")


# Hearing a character


def test_an_audition_is_made_and_nothing_of_the_film_changes(film, capfd):
    film.role("Anna", emotion="PRESET", preset="happy")
    film.role("Bob", "tone:high")
    said(capfd)
    assert bpy.ops.dubline.audition(character="anna") == {"FINISHED"}
    path = re.search(r"Anna speaks in (.+\.wav)", said(capfd))[1]
    assert os.path.getsize(path) > 20_000 and film.folder not in (os.path.dirname(path), *map(str, film.folder.parents))
    take = next(iter(film.reports.values())).take
    assert take.path == path and take.plan.moods[0].emotion.happy and take.plan.voice.timbre == "low"
    assert not len(film.compat.all_strips(film.editor)) and not (film.folder / "dubs").exists()
    film.scene.dubline.active_role = 1
    assert bpy.ops.dubline.audition(text="One two three") == {"FINISHED"}
    take = film.reports["Bob"].take
    assert (take.plan.text, take.plan.voice.timbre) == ("One two three", "high") and film.session.run.summary == "The audition is made"


def test_in_a_window_it_is_heard(film, capfd, monkeypatch):
    """What a window does is stood in for."""
    film.role("Anna")
    operators, played = room("blender_addon.cast_ops"), []
    monkeypatch.setattr(operators, "bpy", SimpleNamespace(app=SimpleNamespace(background=False)))
    monkeypatch.setattr(operators.takes_ops, "Audition", lambda path: played.append(path) or SimpleNamespace(stop=lambda: played.append("silence") or path))
    for _ in range(2):
        assert bpy.ops.dubline.audition() == {"FINISHED"}
    path = film.reports["Anna"].take.path
    assert played == [path, "silence", path], "the second is not heard over the first"

    def deaf(_path):
        raise operators.LineProblem("no_device", reason="Blender has no sound device")

    monkeypatch.setattr(operators.takes_ops, "Audition", deaf)
    said(capfd)
    assert bpy.ops.dubline.audition() == {"FINISHED"} and path in said(capfd), "where it is can be told at least"


def test_a_voice_that_is_not_there_is_told(film):
    film.role("Anna", "tone:nobody")
    with pytest.raises(RuntimeError, match="There is no voice called 'nobody'"):
        bpy.ops.dubline.audition()
    with pytest.raises(RuntimeError, match="no character called 'Zoe'"):
        bpy.ops.dubline.audition(character="Zoe")


@pytest.mark.parametrize(("voice", "prosody", "language", "wanted"), [
    ("zf_xiaoni", "", "", "zh"), ("af_heart", "jf_alpha", "", "ja"), ("af_heart", "", "fr", "fr"), ("tone:low", "", "", "en-us"), ("anna", "", "", "it"), ("nobody", "", "", "en-us"),
])  # fmt: skip
def test_the_sentence_is_in_the_characters_language(film, people, voice, prosody, language, wanted):
    from dataclasses import replace

    kept(people, replace(ANNA, language="it"))
    role = film.role("Anna", voice, prosody=prosody, language=language)
    operators = room("blender_addon.cast_ops")
    assert operators.spoken_language(bpy.context, role) == wanted
    assert set(operators.SENTENCES) == set(film.props.language_codes())


# Somebody out of a sound strip


@pytest.fixture
def speaker(film, performer):
    film.compat.set_end(performer, 1 + 24 * 10)
    performer.select = True
    return performer


def enrol(**more):
    return bpy.ops.dubline.cast_from_sound(**{**WORD, **more})


def test_a_character_comes_out_of_a_sound_strip(film, people, speaker):
    assert enrol(character="Jack Q.") == {"FINISHED"}
    (role,) = film.scene.dubline.roles
    assert (role.name, role.voice) == ("Jack Q.", "jack-q")
    library = room("engine.voices.library").Library(people)
    voice = library.find("jack-q")
    assert (voice.consent.whose, voice.consent.ground) == ("John Kennedy", "a public speech, in the public domain")
    assert enrol(character="Jack Q.") == {"FINISHED"}, "a second recording of the same character"
    assert [(role.name, role.voice) for role in film.scene.dubline.roles] == [("Jack Q.", "jack-q-2")]


@pytest.mark.parametrize("word", [{"whose": ""}, {"ground": ""}, {"ground": "  "}, {"whose": "", "ground": ""}])
def test_nobody_is_cast_without_consent(film, people, speaker, word):
    with pytest.raises(RuntimeError, match="without that nobody is enrolled"):
        enrol(character="Jack", **word)
    assert not len(film.scene.dubline.roles) and not (people / "people").exists()


def test_a_recording_that_does_not_do_adds_nobody(film, people, speaker):
    film.compat.set_end(speaker, 40)
    with pytest.raises(RuntimeError, match="cannot become a voice"):
        enrol(character="Jack")
    assert not len(film.scene.dubline.roles)
    film.compat.strips(film.editor).new_sound(name="Other", filepath=str(SPEECH), channel=5, frame_start=1)
    with pytest.raises(RuntimeError, match="Select one sound or movie strip"):
        enrol(character="Jack")


def test_voices_are_named_after_their_characters(film, people):
    library, name = room("engine.voices.library").Library(people), room("blender_addon.cast_ops").free_name
    assert name("Ægir Ólafur", library) == "gir-olafur" and name("安娜", library) == "voice" and name("af_heart", library) == "af-heart" and name("", library) == "voice"
    kept(people, ANNA)
    assert name("Anna", library) == "anna-2" and name("CON", library) == "con-2"


def test_a_press_asks_for_consent_first(film, people, speaker):
    """In a window; what else a window does is stood in for."""
    operator = room("blender_addon.cast_ops").DUBLINE_OT_cast_from_sound
    film.compat.channels(film.editor)[speaker.channel].name = "JFK"
    asked = []
    form = bpy.context.window_manager.dubline_newcomer
    manager = SimpleNamespace(dubline_newcomer=form, invoke_props_dialog=lambda one, width: asked.append((one.character, one.strip, one.whose, one.ground)) or {"RUNNING_MODAL"})
    pressed = SimpleNamespace(properties=SimpleNamespace(is_property_set=lambda key: False), character="")
    context = SimpleNamespace(window_manager=manager, scene=film.scene, sequencer_scene=film.scene)
    assert operator.invoke(pressed, context, None) == {"RUNNING_MODAL"} and asked == [("JFK", "Performer", "", "")]
    assert film.session.enrolment is None, "nothing is made before somebody has said yes"
    layout = Shown()
    operator.draw(SimpleNamespace(layout=layout, **{key: getattr(form, key) for key in (*WORD, "by", "language", "licence", "thorough", "keep", "name")}, strip="Performer", character="JFK"), context)
    assert [item[1] for item in layout.drawn if item[0] == "prop"][:3] == ["character", "whose", "ground"] and layout.has("label", "Nobody is enrolled without a name and a ground")
