"""A performer for a line: how a recording becomes its emotion, how it is taken over, and what is told of the take."""
import json
from dataclasses import replace
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
import soundfile

from ..conftest import ROOT
from .film import SPEECH, room
from .test_emotion import drawn

WORDS = "Tell them that we are coming home, and that nobody will be left behind."


@pytest.fixture
def line(film):
    strip = film.text(WORDS, 300, 144)
    film.editor.active_strip = strip
    return strip


@pytest.fixture
def ear(film, monkeypatch):
    """Hears anger, rising, in voice and face; counts what it is asked for."""
    nouns, ops = room("engine.script"), room("blender_addon.performance_ops")
    asked = []
    angry = nouns.Emotion(angry=0.6, afraid=0.1)

    def listen(recording, plain=None):
        asked.append((recording, plain))
        prosody = nouns.Prosody(180.0, 3.5, 4.0, 12.0, 5.0, 0.2, -3.0)
        senses = tuple(nouns.Sense(k / 2, k / 2 + 1, replace(angry, angry=k / 20), certainty=0.8, source="both") for k in range(16))
        whole = nouns.Sense(0.0, 4.0, angry, 0.5, -0.5, 0.83, "both")
        return ops.Performance(nouns.Heard(prosody, None, (), angry), senses, whole, (), ("There is music beside the voice.",))

    monkeypatch.setattr(ops, "listen", listen)
    return asked


def read(film, **options):
    return film.reader.read(film.scene, True, str(film.folder / "takes"), **options)


def wish(film):
    """As the engine gets it."""
    return next(found for found in read(film).job.lines if found.text == WORDS).wish


def problem(film):
    (found,) = read(film).problems.values()
    return str(found)


def perform(line, performer):
    line.dubline_emotion = "RECORDING"
    line.dubline_performer_strip = performer.name


# The source


def test_a_strip_performs_as_far_as_it_is_seen(film, line, performer):
    perform(line, performer)
    assert (line.dubline_emotion, line.dubline_performer, line.dubline_performer_strip) == ("RECORDING", "STRIP", "Performer")
    (feeling,) = wish(film).feelings
    found = feeling.recording
    assert found.path == str(SPEECH) and feeling.plain is None
    assert (found.start, found.seconds, found.at, found.volume) == pytest.approx((1.0, 4.0, 0.0, 1.0))
    film.compat.set_end(performer, 73)
    film.compat.move(performer, 500)
    assert (wish(film).feelings[0].recording.start, wish(film).feelings[0].recording.seconds) == pytest.approx((1.0, 2.0))
    assert str(ROOT) not in line[film.props.KEY], "the strip names who performs and no place of this computer"
    performer.name = "Another name"
    assert line.dubline_performer_strip == "Another name" and wish(film).feelings


def test_the_lines_own_original(film, line, performer):
    line.dubline_emotion = "RECORDING"
    assert line.dubline_performer == "ORIGINAL", "it is what comes to mind first"
    assert "no original" in problem(film)
    film.compat.move(performer, 310)
    performer.volume = 0.5
    found = wish(film).feelings[0].recording
    assert (found.start, found.seconds, found.at, found.volume) == pytest.approx((1.0, 4.0, 0.0, 1.0))


def test_a_file_performs(film, line):
    copy = film.folder / "clip.flac"
    copy.write_bytes(SPEECH.read_bytes())
    line.dubline_performer_file = str(copy)
    line.dubline_from, line.dubline_to = 2.0, 4.5
    assert line.dubline_performer_file == "//clip.flac", "it moves with the film"
    found = wish(film).feelings[0].recording
    assert (found.path, found.start, found.seconds) == (str(copy), 2.0, 2.5)
    line.dubline_plain_file = str(copy)
    assert wish(film).feelings[0].plain.path == str(copy)
    copy.unlink()
    assert problem(film).startswith("Nobody performs the line: the recording") and "clip.flac' is missing." in problem(film)
    line.dubline_performer_file = ""
    assert wish(film).feelings == (), "nobody performs yet"


def test_somebody_speaks_plainly_beside_it(film, line, performer):
    plain = film.sound(3.0, 1, 4, "Plain")
    perform(line, performer)
    line.dubline_plain_strip = "Plain"
    (feeling,) = wish(film).feelings
    assert feeling.plain.path.endswith("Plain.wav") and feeling.plain.seconds == pytest.approx(3.0)
    line.dubline_plain = "NONE"
    assert wish(film).feelings[0].plain is None
    assert plain.name == "Plain"


def test_a_performer_that_is_gone_fails_its_line_alone(film, line, performer):
    other = film.text("And we are fine", 500, name="Other")
    perform(line, performer)
    film.compat.strips(film.editor).remove(performer)
    reports = film.dub()
    assert (reports["Line"].status, reports["Line"].code) == ("failed", "no_performer") and "not in the scene" in reports["Line"].message
    assert reports["Other"].status == "done" and other.name == "Other"
    assert drawn(film).texts("label")


def test_a_film_that_lost_its_sound_file(film, line, performer):
    performer.sound.filepath = "//gone.flac"
    perform(line, performer)
    assert "gone.flac" in problem(film)


def test_a_packed_performer(film, line, performer):
    performer.sound.pack()
    perform(line, performer)
    assert "packed into the Blender file" in problem(film)


def test_in_a_mix(film, line, performer):
    line.dubline_preset = "sad"
    line.dubline_emotion = "MIX"
    bpy.ops.dubline.source_add()
    line.dubline_performer_strip, line.dubline_weight = "Performer", 2.0
    assert line.dubline_kind == "RECORDING" and line.dubline_emotion == "MIX"
    preset, recorded = wish(film).feelings
    assert (preset.preset, recorded.recording.path, recorded.weight) == ("sad", str(SPEECH), 2.0)
    rows = [item[2] for item in drawn(film).drawn if item[:2] == ("operator", "dubline.source_edit")]
    assert rows == ["Sad  1.00", "Performer  2.00"]
    bpy.ops.dubline.source_remove(index=0)
    assert [feeling.recording.path for feeling in wish(film).feelings] == [str(SPEECH)]


def test_everything_is_saved(film, line, performer, ear):
    perform(line, performer)
    line.dubline_performance, line.dubline_intensity, line.dubline_plain_strip = 0.75, 0.6, "Performer"
    film.scene.dubline.check, film.scene.dubline.back_off = "FULL", True
    bpy.ops.dubline.listen()
    before, told = wish(film), json.loads(line[film.props.KEY])
    film.reload()
    line = film.editor.active_strip = film.named("Line")
    assert wish(film) == before and (before.performance, before.intensity) == (0.75, 0.6)
    assert json.loads(line[film.props.KEY]) == told
    assert drawn(film).has("progress", "angry 0.60") and len(ear) == 1
    assert (read(film).job.check, read(film).job.back_off) == ("full", True)


def test_recordings_from_elsewhere_are_shown(film, line):
    film.props.update(line, wish={"feelings": [{"recording": {"path": "//a.wav", "start": 1.0, "seconds": 2.0, "smell": 3}, "plain": {"path": "original:"}}]})
    assert (line.dubline_emotion, line.dubline_performer, line.dubline_performer_file) == ("RECORDING", "FILE", "//a.wav")
    assert (line.dubline_from, line.dubline_to) == (1.0, 3.0)
    drawn(film)


# Listening


def test_listen_shows_bars_words_and_time(film, line, performer, ear):
    assert not bpy.ops.dubline.listen.poll()
    perform(line, performer)
    layout = drawn(film)
    assert layout.has("operator", "dubline.listen") and not ear, "drawing never listens"
    assert layout.has("label", "The mix is known when words are understood and recordings heard") and not bpy.ops.dubline.edit_as_sliders.poll()
    assert bpy.ops.dubline.listen() == {"FINISHED"}
    assert [(asked.start, asked.seconds) for asked, _plain in ear] == [pytest.approx((1.0, 4.0))]
    layout = drawn(film)
    said = " ".join(layout.texts("label"))
    assert "Recognised by voice and face: angry 0.60, afraid 0.10; certainty 83%" in said
    assert "180 Hz, +3.5 semitones from usual as it seems" in said and "There is music beside the voice." in said
    assert layout.has("progress", "angry 0.60", 0.6)
    over_time = drawn(film, "DUBLINE_PT_over_time")
    assert len(over_time.texts("progress")) == 12 and over_time.has("label", "and 4 more") and over_time.has("label", "0.5 to 1.5 s")
    film.dub()
    assert len(ear) == 1, "the engine listens by itself"


def test_what_was_heard_goes_out_of_date(film, line, performer, ear):
    perform(line, performer)
    bpy.ops.dubline.listen()
    assert "listen again" not in " ".join(drawn(film).texts("label"))
    film.compat.move(performer, 40)
    assert "listen again" not in " ".join(drawn(film).texts("label")), "the same stretch at another time sounds the same"
    film.compat.set_end(performer, film.compat.end(performer) - 20)
    assert "listen again" in " ".join(drawn(film).texts("label"))
    bpy.ops.dubline.listen()
    assert "listen again" not in " ".join(drawn(film).texts("label")) and len(ear) == 2
    line.dubline_plain_strip = "Performer"
    assert not drawn(film).has("progress", "angry 0.60"), "of another performer nothing is known"


def test_listening_to_the_original(film, line, performer, ear):
    line.dubline_emotion = "RECORDING"
    assert bpy.ops.dubline.listen() == {"FINISHED"}
    assert "no original" in " ".join(drawn(film).texts("label"))
    film.compat.move(performer, 310)
    bpy.ops.dubline.listen()
    film.compat.set_end(performer, film.compat.end(performer) - 5)
    assert "listen again" in " ".join(drawn(film).texts("label"))


def test_a_recording_as_sliders(film, line, performer, ear):
    perform(line, performer)
    bpy.ops.dubline.listen()
    bpy.ops.dubline.edit_as_sliders()
    assert line.dubline_emotion == "SLIDERS" and line.dubline_angry == pytest.approx(0.6)
    assert wish(film).feelings[0].recording is None
    line.dubline_emotion = "RECORDING"
    assert line.dubline_performer_strip == "Performer" and drawn(film).has("progress", "angry 0.60"), "the recording is still there"


def test_nobody_speaks(film, line):
    film.sound(2.0, 1, 1, "Silence", level=0.0)
    line.dubline_performer_strip = "Silence"
    assert bpy.ops.dubline.listen() == {"FINISHED"}
    assert "Nobody speaks" in " ".join(drawn(film).texts("label"))


def test_the_real_ear(film, line, performer):
    perform(line, performer)
    bpy.ops.dubline.listen()
    heard = film.props.state(line)["emotion"]["single"]["heard"]
    assert "problem" not in heard and "Hz" in heard["measures"]
    assert "the manner that was measured in the" in " ".join(drawn(film).texts("label"))


def test_listening_in_a_window(film, line, performer, ear):
    """The operator as a window runs it, with what a window gives it."""
    perform(line, performer)
    told = []
    window = SimpleNamespace(cursor_modal_set=told.append, cursor_modal_restore=lambda: told.append("restored"))
    manager = SimpleNamespace(event_timer_add=lambda pause, window: "timer", event_timer_remove=told.append, modal_handler_add=lambda _one: None, windows=[])
    context = SimpleNamespace(
        scene=film.scene, sequencer_scene=film.scene, window=window, window_manager=manager, preferences=bpy.context.preferences,
        workspace=SimpleNamespace(status_text_set=told.append),
    )  # fmt: skip
    kind = room("blender_addon.performance_ops").DUBLINE_OT_listen
    assert all(name in bpy.types.Window.bl_rna.functions for name in ("cursor_modal_set", "cursor_modal_restore"))

    def press(*events):
        one = SimpleNamespace(report=lambda level, text: told.append(text))
        one.__dict__.update({name: getattr(kind, name).__get__(one) for name in ("begin", "cancel", "finish", "_keep")})
        assert kind.invoke(one, context, None) == {"RUNNING_MODAL"}
        for event in events:
            one._listening._thread.join()
            found = kind.modal(one, context, SimpleNamespace(type=event, value="PRESS"))
        return found

    assert press("MOUSEMOVE", "ESC") == {"CANCELLED"} and not line["dub"].count("angry")
    assert told[-3:] == ["restored", "timer", None]
    assert press("MOUSEMOVE", "TIMER") == {"FINISHED"} and drawn(film).has("progress", "angry 0.60")


# The loop


def test_transfer_says_what_is_missing(film, performer):
    poll = bpy.ops.dubline.transfer.poll
    untransferable = room("blender_addon.performance_ops")._untransferable
    film.editor.active_strip = performer
    assert not poll() and "text strip" in untransferable(film.scene)
    film.editor.active_strip = film.text(WORDS, 300)
    assert not poll() and untransferable(film.scene).startswith("Select a sound")
    film.sound(2.0, 200, 3, "Second", selected=True)
    performer.select = True
    assert not poll() and untransferable(film.scene) == "Select one performer, not 2"
    film.only(performer, film.named("Line"))
    assert poll()


def test_transfer_dubs_the_selected_lines(film, line, performer):
    other, left = film.text("So do we", 500, name="Other"), film.text("Not this one", 700, name="Left")
    film.only(line, other, performer)
    assert bpy.ops.dubline.transfer() == {"FINISHED"}
    assert {label: report.status for label, report in film.reports.items()} == {"Line": "done", "Other": "done"}
    for strip in (line, other):
        assert (strip.dubline_emotion, strip.dubline_performer_strip, strip.dubline_performance) == ("RECORDING", "Performer", 1.0)
    assert left.dubline_emotion == "CAST" and len(film.dubs) == 2
    assert film.reports["Line"].take.plan.heard.phrases


# With a voice


@pytest.mark.model
def test_a_performance_in_another_voice(film, line, performer):
    film.scene.dubline.default_voice = "am_onyx"
    film.scene.dubline.check = "FULL"
    neutral = film.dub()["Line"].take
    assert neutral.speech.neutral is None and neutral.check.damage == ()
    film.only(line, performer)
    bpy.ops.dubline.transfer()
    take = film.reports["Line"].take
    plan = json.loads((film.folder / "dubs" / f"{take.digest}.json").read_text())["take"]["plan"]
    assert plan["heard"]["prosody"]["f0"] > 0 and plan["heard"]["phrases"] and plan["wish"]["performance"] == 1.0
    measured = room("engine.hear.prosody").measured

    def prosody(found):
        samples, rate = soundfile.read(found.path, dtype="float32", always_2d=True)
        return measured(samples[:, 0], rate)

    before, after = prosody(neutral), prosody(take)
    assert 12 * np.log2(after.f0 / before.f0) > 1, "he speaks to a whole square: the pitch goes up with it"
    assert after.spread < before.spread and after.pauses > before.pauses, "he calls every phrase on one note, and waits"
    assert [phrase.start for phrase in take.speech.phrases] != [phrase.start for phrase in neutral.speech.phrases]
    told = film.props.state(film.dubs[0])["check"]
    assert told["mode"] == "full" and any("speaker" in sentence for sentence in told["told"])
