"""Voices of people in Blender: a strip or a file becomes a voice on somebody's word, is cast, passed on, followed and removed."""
import os
import time
from importlib import import_module
from types import SimpleNamespace

import bpy
import pytest

from ..conftest import PACKAGE
from ..engine.enrolled import ANNA, Found, files, kept, near, own, stand_in
from .film import SPEECH
from .test_emotion import Layout

WORD = {"whose": "John Kennedy", "ground": "a public speech, in the public domain"}


@pytest.fixture
def home(film, tmp_path):
    """A library of its own, without a voice model."""
    folder = tmp_path / "models"
    folder.mkdir()
    film.preferences.models = str(folder)
    form = bpy.context.window_manager.dubline_newcomer
    for asked in form.bl_rna.properties:
        form.property_unset(asked.identifier)
    yield folder
    film.session.close()
    film.session.enrolment = None
    film.preferences.models = ""


@pytest.fixture
def people(home, monkeypatch):
    """The same, where something makes a voice of any recording."""
    stand_in(monkeypatch, f"{PACKAGE}.engine")
    return home


def library(home):
    return import_module(f"{PACKAGE}.engine.voices.library").Library(home)


def enrol(**more):
    return bpy.ops.dubline.new_voice(**{"name": "jfk", "source": "FILE", "file": str(SPEECH), **WORD, **more})


def test_a_file_becomes_a_voice(people):
    assert enrol(by="the editor", licence="CC0-1.0", keep=True) == {"FINISHED"}
    voice = library(people).find("jfk")
    assert (voice.consent.whose, voice.consent.ground, voice.consent.by) == ("John Kennedy", "a public speech, in the public domain", "the editor")
    assert voice.licence == "CC0-1.0" and sorted(os.listdir(people / "people" / "jfk")) == ["recording.flac", "voice.json"]
    with pytest.raises(RuntimeError, match="already"):
        enrol()
    assert enrol(replace=True) == {"FINISHED"} and os.listdir(people / "people" / "jfk") == ["voice.json"]


def test_a_strip_becomes_a_voice_as_far_as_it_is_seen(film, people, performer):
    with pytest.raises(RuntimeError, match="3 s are the least"):  # 1 to 5 s of the speech have long pauses
        enrol(source="STRIP", strip="Performer")
    film.compat.set_end(performer, 1 + 24 * 10)
    film.editor.active_strip = performer
    assert enrol(source="STRIP") == {"FINISHED"}
    with pytest.raises(RuntimeError, match="Choose the sound or movie strip"):
        enrol(name="other", source="STRIP", strip="nowhere")


@pytest.mark.parametrize("word", [{"whose": ""}, {"ground": ""}, {"ground": "  "}])
def test_nobody_is_enrolled_without_consent(people, word):
    with pytest.raises(RuntimeError, match="without that nobody is enrolled"):
        enrol(**word)
    assert not (people / "people").exists()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"name": "JFK"}, "cannot be called"),
        ({"name": "af_heart"}, "a stock voice is called that"),
        ({"file": ""}, "Choose the file"),
        ({"file": "/nowhere/a.wav"}, "missing"),
        ({"start": 3.0, "end": 2.0}, "ends before it begins"),
        ({"start": 1.0, "end": 2.0}, "The recording cannot become a voice"),
        ({"language": "klingon"}, "unknown"),
        ({"ground": "x" * 10_000}, "at most"),
    ],
)
def test_what_cannot_become_a_voice_is_told(people, more, says):
    with pytest.raises(RuntimeError, match=says):
        enrol(**more)
    assert not (people / "people").exists()


def test_an_own_process_enrols_too(film, home):
    film.preferences.host = "WORKER"
    film.sound(6.0)
    with pytest.raises(RuntimeError, match="nobody is heard to speak"):
        enrol(file=str(film.folder / "Original.wav"))
    assert not film.session.enrolling


def test_the_window_lives_on_and_cancel_leaves_nothing(film, people, monkeypatch):
    """As a press of the button does it; dubbing goes on meanwhile."""
    let = []

    def thorough(found, mono, rate, language, models, progress, stop, home):
        while not let:
            progress(0.5, "learning")
            time.sleep(0.01)

    stand_in(monkeypatch, f"{PACKAGE}.engine", thorough=thorough)
    ops, session = import_module(f"{PACKAGE}.blender_addon.people_ops"), import_module(f"{PACKAGE}.blender_addon.session")
    script = import_module(f"{PACKAGE}.engine.script")
    newcomer = script.Newcomer("jfk", script.Recording(str(SPEECH)), **WORD, thorough=True)
    made = film.session.enrolment = ops.Enrolment(session.new_host(bpy.context), newcomer)
    slowest = 0.0
    deadline = time.monotonic() + 300
    while made.message != "Learning":
        assert time.monotonic() < deadline
        started = time.perf_counter()
        assert made.tick()
        slowest = max(slowest, time.perf_counter() - started)
        time.sleep(0.01)
    assert slowest < 0.1 and 0.4 < made.share < 0.8
    with pytest.raises(RuntimeError, match="poll"):
        enrol()
    film.text("Hello there", 1, name="a")
    assert film.dub()["a"].status == "done"
    assert bpy.ops.dubline.cancel() == {"FINISHED"}
    while made.tick():
        time.sleep(0.01)
    assert made.message == "Cancelled: nobody was enrolled" and not film.session.enrolling and not files(people)


def test_the_form_is_asked_and_the_next_one_anew(film, people):
    form = bpy.context.window_manager.dubline_newcomer
    form.name, form.source, form.file, form.whose, form.ground = "jfk", "FILE", str(SPEECH), *WORD.values()
    operator = import_module(f"{PACKAGE}.blender_addon.people_ops")
    assert set(operator.ASKED) <= set(form.bl_rna.properties.keys()) & set(bpy.ops.dubline.new_voice.get_rna_type().properties.keys())
    assert enrol() == {"FINISHED"}
    assert (form.name, form.whose, form.ground, form.voice) == ("", "", "", "jfk")


def test_a_press_of_the_button_takes_what_the_form_says(film, people):
    """In a window; what else a window does is stood in for."""
    form, window = bpy.context.window_manager.dubline_newcomer, SimpleNamespace()
    form.name, form.source, form.file, form.whose, form.ground = "jfk", "FILE", str(SPEECH), *WORD.values()
    operator = import_module(f"{PACKAGE}.blender_addon.people_ops").DUBLINE_OT_new_voice
    manager = SimpleNamespace(dubline_newcomer=form, event_timer_add=lambda pause, window: None, modal_handler_add=lambda one: None)
    pressed = SimpleNamespace(properties=SimpleNamespace(is_property_set=lambda key: key == "licence"), licence="CC0-1.0", start=0.0, end=0.0, report=print)
    pressed.begin = lambda context: operator.begin(pressed, context)
    pressed.recording = lambda context: operator.recording(pressed, context)
    context = SimpleNamespace(window_manager=manager, window=window, preferences=bpy.context.preferences)
    assert operator.invoke(pressed, context, None) == {"RUNNING_MODAL"}
    while film.session.enrolment.tick():
        time.sleep(0.01)
    voice = library(people).find("jfk")
    assert voice.consent.whose == "John Kennedy" and voice.licence == "CC0-1.0"


def panel(form, film):
    context = SimpleNamespace(scene=film.scene, sequencer_scene=film.scene, space_data=SimpleNamespace(view_type="SEQUENCER"), window_manager=SimpleNamespace(dubline_newcomer=form))
    shown, layout = bpy.types.DUBLINE_PT_people, Layout()
    assert shown.poll.__func__(shown, context)
    shown.draw(SimpleNamespace(layout=layout), context)
    return layout


def test_the_panel(film, people):
    form = bpy.context.window_manager.dubline_newcomer
    seen = panel(form, film)
    assert seen.says("Nobody is enrolled without a name and a ground") and seen.has("prop", "strip") and not seen.has("prop", "file")
    form.source, form.whose, form.ground = "FILE", *WORD.values()
    seen = panel(form, film)
    assert seen.has("prop", "file") and not seen.says("Nobody is enrolled without a name and a ground") and not seen.texts("progress")
    assert {"dubline.new_voice", "dubline.voice_uses", "dubline.export_voice", "dubline.remove_voice", "dubline.import_voice"} <= set(seen.texts("operator"))
    film.session.enrolment = SimpleNamespace(ended=False, share=0.4, message="Learning", drop=lambda: None)
    assert panel(form, film).has("progress", "Learning", 0.4) and panel(form, film).has("operator", "dubline.cancel")
    film.session.enrolment = None
    assert enrol(start=0.0, end=6.0) == {"FINISHED"}
    assert panel(form, film).says("jfk is enrolled") and panel(form, film).says("as the stand-in heard it")


def test_people_can_be_cast(film, home):
    kept(home, ANNA)
    names = film.props.voice_names(None, bpy.context)
    assert "anna" in names and "af_heart" in names and names == sorted(names)
    assert "anna" not in film.props.voice_names(), "nobody is cast with a person by chance"


def test_a_voice_is_passed_on(film, home, tmp_path):
    kept(home, ANNA)
    file = tmp_path / "anna.dubvoice"
    assert bpy.ops.dubline.export_voice(name="anna", filepath=str(file)) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="already"):
        bpy.ops.dubline.import_voice(filepath=str(file))
    assert bpy.ops.dubline.import_voice(filepath=str(file), replace=True) == {"FINISHED"}
    film.preferences.models = str(tmp_path / "elsewhere")
    assert bpy.ops.dubline.import_voice(filepath=str(file)) == {"FINISHED"}
    assert film.props.people_names(None, bpy.context) == ["anna"]
    file.write_bytes(b"x" * 10_000)
    with pytest.raises(RuntimeError, match="cannot be used"):
        bpy.ops.dubline.import_voice(filepath=str(file), name="anna-2")
    with pytest.raises(RuntimeError, match="no voice called"):
        bpy.ops.dubline.export_voice(name="nobody", filepath=str(file))


@pytest.mark.model
def test_uses_are_listed_and_removal_tells_them(film, models, tmp_path):
    home = own(models, tmp_path)
    film.preferences.models = str(kept(home, near(models)))
    try:
        film.role("ANNA", voice="anna")
        film.text("ANNA: Nobody came.", 1, 40, name="a")
        film.text("Hello there", 60, name="b")
        assert {report.status for report in film.dub().values()} == {"done"}
        assert bpy.ops.dubline.voice_uses(name="anna") == {"FINISHED"}
        told = bpy.data.texts["Uses of anna"].as_string()
        assert told.count("consent") == 1 and ANNA.consent.id in told and "Nobody came." in told and "played by ANNA" in told
        assert bpy.ops.dubline.remove_voice(name="anna") == {"FINISHED"}
        assert not (home / "people" / "anna").exists()
        assert film.redo(film.named("a"))["a"].code == "unknown_voice"
        assert bpy.ops.dubline.voice_uses(name="anna") == {"FINISHED"}
        assert bpy.data.texts["Uses of anna"].as_string() == told, "what was made stays known"
    finally:
        film.preferences.models = ""


def test_found_is_what_the_encoder_gives():
    """The stand-in has the fields of the real one."""
    from dataclasses import fields

    real = import_module("engine.voices.enrol").Found
    assert {field.name for field in fields(Found)} == {field.name for field in fields(real)}
