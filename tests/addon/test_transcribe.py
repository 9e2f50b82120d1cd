"""Originals that are heard as a whole: the sound of a film has a background, too, and what is said in recordings is written down."""
import os
import sys
from importlib import import_module

import bpy
import numpy as np
import pytest
import soundfile

from ..conftest import PACKAGE
from ..engine.test_background import band, decibels
from .film import RATE, SPEECH, room
from .test_original import SECONDS, backgrounds, facts, keep, scene, voice

__all__ = ["scene", "voice"]


@pytest.fixture(scope="module")
def movie(addon, voice, tmp_path_factory):
    """A film that Blender itself rendered: a picture, and the voice over music."""
    folder = tmp_path_factory.mktemp("movie")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    sound, spoken = voice
    bed = band(len(sound)) * np.float32(np.sqrt(np.mean(sound[spoken] ** 2)) * 10 ** (-10 / 20))
    soundfile.write(folder / "sound.wav", (sound[:, None] + bed) * 0.5, RATE)
    made, compat = bpy.context.scene, room("blender_addon.compat")
    compat.strips(made.sequence_editor_create()).new_sound("sound", str(folder / "sound.wav"), 1, 1)
    compat.new_text(made.sequence_editor, "words", "a picture", 2, 1, SECONDS * 24)  # else Blender asks for a camera
    render = made.render
    render.resolution_x, render.resolution_y, render.resolution_percentage, render.fps = 64, 64, 100, 24
    made.frame_start, made.frame_end = 1, SECONDS * 24
    compat.to_video(made)
    render.ffmpeg.format, render.ffmpeg.codec, render.ffmpeg.audio_codec = "MPEG4", "H264", "AAC"
    render.ffmpeg.audio_mixrate, render.ffmpeg.audio_channels = RATE, "STEREO"
    render.filepath, render.use_file_extension = str(folder / "movie.mp4"), False
    bpy.ops.render.render(animation=True, scene=made.name)
    return folder / "movie.mp4"


def test_the_sound_of_a_film_has_a_background_too(film, scene, movie):
    strip = film.compat.strips(film.editor).new_sound(name="Film", filepath=str(movie), channel=5, frame_start=200)
    film.compat.set_start(strip, 224)
    film.only(strip)
    assert keep() == {"FINISHED"}
    (made,) = backgrounds(film)
    assert film.span(made) == film.span(strip)
    scene.strip.mute = True
    begin, end = round(55 / 24 * RATE), round(66 / 24 * RATE)
    mix, wanted = film.hear(255, 265)[: end - begin], scene.bed[begin:end, 0]
    assert decibels(np.mean((mix - wanted) ** 2) / np.mean(wanted**2)) < -12, "it is in time, as lossy as the film is"
    assert not [name for name in os.listdir(film.folder / "dubs") if name.startswith(".heard")]
    decoding = room("blender_addon.film_sound").Decoding
    room("blender_addon.film_sound").Decoding = None
    try:
        bpy.ops.dubline.restore()
        film.only(film.named("Film"))
        assert keep() == {"FINISHED"}, "a film is not decoded twice for it"
    finally:
        room("blender_addon.film_sound").Decoding = decoding


def test_batch_keeps_backgrounds(film, scene):
    film.text("Hello there you", 26, 100, channel=3, name="Line 0")
    bpy.ops.wm.save_mainfile()
    assert film.batch.main(["dub", str(film.film), "--all", "--original", "background", "--save", "--host", "here"]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(film.film))
    assert len(backgrounds(film)) == 1 and film.named("Scene").mute


def test_a_film_that_ends_its_decoder_does_not_end_blender(film, movie):
    broken = film.folder / "broken.mp4"
    broken.write_bytes(movie.read_bytes()[:2000])
    strip = film.compat.strips(film.editor).new_sound(name="Film", filepath=str(movie), channel=5, frame_start=200)
    strip.sound.filepath = str(broken)
    film.only(strip)
    with pytest.raises(RuntimeError, match="background of Film is not kept: .*broken.mp4"):
        keep()
    assert not strip.mute


# Transcribe


KENNEDY = ("And so my fellow Americans", "ask not what your country can do for you", "ask what you can do for your country")


@pytest.fixture
def ears(film, monkeypatch):
    """Something that hears three sentences in whatever it is given, in German."""
    transcript = import_module(f"{PACKAGE}.engine.hear.transcript")
    tracks, script = import_module(f"{PACKAGE}.engine.tracks"), import_module(f"{PACKAGE}.engine.script")

    def transcribed(recording, language, hears, progress, stop):
        asked.append((recording, language))
        progress(0.5)
        words = [script.Word(text, 0.5 + number, 1.2 + number) for number, text in enumerate(("Guten", "Tag", "Welt."))]
        return tracks.Transcript("de", (tracks.Sentence("Guten Tag", 0.5, 2.2, tuple(words[:2])), tracks.Sentence("Welt.", 2.5, 3.21, tuple(words[2:]))))

    asked = []
    monkeypatch.setattr(transcript, "there", lambda models: True)
    monkeypatch.setattr(transcript, "recogniser", lambda models, threads: None)
    monkeypatch.setattr(transcript, "transcribed", transcribed)
    return asked


def texts(film):
    return sorted((strip for strip in film.compat.all_strips(film.editor) if strip.type == "TEXT"), key=film.compat.start)


def test_sentences_become_text_strips_in_their_time(film, performer, ears):
    film.only(performer)
    before = facts(film, performer)
    assert bpy.ops.dubline.transcribe() == {"FINISHED"}
    recording, language = ears[0]
    assert (recording.start, recording.seconds, language) == (1.0, 4.0, "")
    first, second = texts(film)
    assert [film.words.text_of(one) for one in (first, second)] == ["Guten Tag", "Welt."]
    assert film.span(first) == (25 + 12, 25 + 53) and film.span(second) == (25 + 60, 25 + 78)
    assert first.channel == second.channel and first.channel != performer.channel and not first.select and performer.select
    assert facts(film, performer) == before
    heard = film.props.state(first)["heard"]
    assert heard["language"] == "de" and heard["words"] == [["Guten", 0.0, 0.7], ["Tag", 1.0, 1.7]]
    assert film.props.state(second)["heard"]["words"] == [["Welt.", 0.0, 0.7]]
    slots = film.reader.read(film.scene, True)
    assert {slot.original for slot in slots.slots.values()} == {film.props.state(performer)["uid"]}


def test_a_changed_speed_is_told(film, performer, ears):
    if bpy.app.version < (5, 1, 0):
        pytest.skip("a script cannot change a sound's speed in this Blender: it ends the program")
    performer.right_handle = performer.content_end
    performer.retiming_keys.add(timeline_frame=performer.content_end)
    performer.retiming_keys[-1].timeline_frame = 200
    film.only(performer)
    with pytest.raises(RuntimeError, match="The speed of Performer was changed, which a transcript cannot follow"):
        bpy.ops.dubline.transcribe()
    assert not texts(film) and not ears


def test_what_has_a_text_strip_is_not_written_down_again(film, performer, ears):
    film.only(performer)
    own = film.text("mine", 25 + 55, 24, channel=4, name="Mine", selected=False)
    assert bpy.ops.dubline.transcribe() == {"FINISHED"}
    assert [film.words.text_of(one) for one in texts(film)] == ["Guten Tag", "mine"]
    assert bpy.ops.dubline.transcribe() == {"CANCELLED"} and len(texts(film)) == 2 and own.text == "mine"


def test_the_language_is_given_by_the_panel_or_the_call(film, performer, ears):
    film.only(performer)
    bpy.context.window_manager.dubline_spoken = "de"
    try:
        bpy.ops.dubline.transcribe()
        bpy.ops.dubline.transcribe(language="fr")
    finally:
        bpy.context.window_manager.dubline_spoken = ""
    assert [language for _recording, language in ears] == ["de", "fr"]


def test_a_text_is_spoken_in_its_language_as_long_as_it_is_what_was_heard(film):
    strip = film.text("Bonjour")
    film.scene.dubline.default_voice = "af_heart"
    film.props.update(strip, heard={"text": "Bonjour", "language": "fr", "words": []})
    assert film.reader.read(film.scene, True).job.lines[0].language == "fr"
    film.scene.dubline.default_voice = "ff_siwis"
    assert film.reader.read(film.scene, True).job.lines[0].language == ""
    film.scene.dubline.default_voice = "af_heart"
    film.words.set_text(strip, "Good morning")
    assert film.reader.read(film.scene, True).job.lines[0].language == ""


def test_a_movie_and_its_sound_are_heard_once(film, movie, ears):
    strips = film.compat.strips(film.editor)
    picture = strips.new_movie(name="Picture", filepath=str(movie), channel=6, frame_start=1)
    sound = strips.new_sound(name="Sound", filepath=str(movie), channel=5, frame_start=1)
    film.only(picture, sound)
    assert bpy.ops.dubline.transcribe() == {"FINISHED"} and len(ears) == 1 and ears[0][0].path.endswith(".flac")
    for strip in texts(film):
        strips.remove(strip)
    film.only(picture)
    assert bpy.ops.dubline.transcribe() == {"FINISHED"} and len(ears) == 2 and len(texts(film)) == 2


def test_without_the_recogniser_the_button_says_how_to_get_it(film, performer, tmp_path):
    film.preferences.models = str(tmp_path / "none")
    film.only(performer)
    try:
        with pytest.raises(RuntimeError, match="fetch it with the button beside"):
            bpy.ops.dubline.transcribe()
        (tmp_path / "none" / "whisper-base").mkdir(parents=True)
        (tmp_path / "none" / "whisper-base" / "model.bin").write_bytes(b"x")
        kept, sys.modules["faster_whisper"] = sys.modules.get("faster_whisper"), None
        try:
            with pytest.raises(RuntimeError, match="Performer is not transcribed: .*pip install faster-whisper"):
                bpy.ops.dubline.transcribe()
        finally:
            sys.modules.pop("faster_whisper")
            if kept is not None:
                sys.modules["faster_whisper"] = kept
    finally:
        film.preferences.models = ""
    assert not texts(film)


def test_nobody_speaks_in_it(film, models):
    pytest.importorskip("faster_whisper")
    if not (models / "whisper-base").is_dir():
        pytest.skip("the recogniser is not here")
    strip = film.sound(2.0, selected=True)
    with pytest.raises(RuntimeError, match="Nobody is heard to speak in Original"):
        bpy.ops.dubline.transcribe()
    assert strip.select and not texts(film)


@pytest.mark.model
@pytest.mark.parametrize("where", ["HERE", "WORKER"])
def test_a_real_speech_is_written_down(film, models, where):
    pytest.importorskip("faster_whisper")
    film.preferences.host, film.preferences.models = where, str(models)
    strip = film.compat.strips(film.editor).new_sound(name="Speech", filepath=str(SPEECH), channel=1, frame_start=1)
    film.only(strip)
    try:
        assert bpy.ops.dubline.transcribe() == {"FINISHED"}
    finally:
        film.preferences.models = ""
    said = " ".join(film.words.text_of(one) for one in texts(film)).casefold().replace(",", "").replace(".", "")
    assert all(part.casefold() in said for part in KENNEDY)
    starts = [(film.compat.start(one) - 1) / 24 for one in texts(film)]
    assert starts[0] == pytest.approx(0.33, abs=0.1) and min(abs(start - 3.29) for start in starts) < 0.15
    assert {film.props.state(one)["heard"]["language"] for one in texts(film)} == {"en"}
