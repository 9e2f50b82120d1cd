"""A film performs for a line, and is heard as a line's original, through Blender's own decoder."""
import bpy
import numpy as np
import pytest
import soundfile

from .film import SPEECH, room
from .test_performance import WORDS, perform, problem, read, wish


@pytest.fixture
def line(film):
    strip = film.text(WORDS, 300, 144)
    film.editor.active_strip = strip
    return strip


@pytest.fixture(scope="module")
def movie(addon, tmp_path_factory):
    """A film that Blender itself rendered: a picture, and a speech."""
    folder = tmp_path_factory.mktemp("movie")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene, compat = bpy.context.scene, room("blender_addon.compat")
    strips = compat.strips(scene.sequence_editor_create())
    strips.new_sound("speech", str(SPEECH), 1, 1)
    compat.new_text(scene.sequence_editor, "words", "a picture", 2, 1, 120)  # else Blender asks for a camera
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage, render.fps = 64, 64, 100, 24
    scene.frame_start, scene.frame_end = 1, 120
    compat.to_video(scene)
    render.ffmpeg.format, render.ffmpeg.codec, render.ffmpeg.audio_codec = "MPEG4", "H264", "AAC"
    render.ffmpeg.audio_mixrate, render.ffmpeg.audio_channels = 48000, "STEREO"
    render.filepath, render.use_file_extension = str(folder / "movie.mp4"), False
    bpy.ops.render.render(animation=True, scene=scene.name)
    return folder / "movie.mp4"


def speech(start, seconds):
    samples, rate = soundfile.read(str(SPEECH), dtype="float32")
    return samples[round(start * rate) : round((start + seconds) * rate)], rate


def alike(path, start, seconds) -> float:
    """Greatest correlation of the file's envelope with the speech's there, over shifts of 50 ms."""
    samples, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    step = 0.01

    def envelope(mono, rate):
        size = round(rate * step)
        return np.sqrt(np.mean(np.square(mono[: len(mono) // size * size].reshape(-1, size)), axis=1))

    found, wanted = envelope(samples.mean(axis=1), rate), envelope(*speech(start, seconds))
    shared = min(len(found), len(wanted)) - 10
    return max(np.corrcoef(found[k : k + shared], wanted[:shared])[0, 1] for k in range(6))


def test_a_movie_strip_performs(film, line, movie):
    strip = film.compat.strips(film.editor).new_movie(name="Movie", filepath=str(movie), channel=1, frame_start=1)
    film.compat.set_start(strip, 37)
    film.compat.set_end(strip, 97)
    perform(line, strip)
    found = wish(film).feelings[0].recording
    assert found.path.startswith(str(film.folder / "takes")) and found.path.endswith(".wav")
    assert (found.film, found.film_at, found.start, found.seconds) == (str(movie), pytest.approx(1.5), 0.0, pytest.approx(2.5))
    assert soundfile.info(found.path).duration == pytest.approx(2.5, abs=0.01)
    assert alike(found.path, 1.5, 2.5) > 0.9
    film.only(line, strip)
    assert bpy.ops.dubline.transfer() == {"FINISHED"}
    assert film.reports["Line"].status == "done" and film.reports["Line"].take.plan.heard.phrases


def test_a_movie_strip_is_heard_as_original(film, movie):
    film.compat.strips(film.editor).new_movie(name="Movie", filepath=str(movie), channel=1, frame_start=1)
    film.only(film.text(WORDS, 13, 108))
    reading = film.reader.read(film.scene, False, str(film.folder / "takes"))
    (line,) = reading.job.lines
    assert not reading.warnings and line.original.path.endswith(".wav") and (line.original.film, line.original.film_at) == (str(movie), pytest.approx(0.5))
    assert alike(line.original.path, 0.5, 4.4) > 0.9
    take = film.dub()["Line"].take
    assert take.plan.stretches, "phrases follow the film's sound"
    film.named("Line").dubline_sync, film.named("Line").dubline_match = 0.0, False
    assert (read(film).job.lines[0].original.path) == str(movie), "what nobody asks for is not decoded"


def test_a_film_file_performs(film, line, movie):
    line.dubline_performer_file, line.dubline_from, line.dubline_to = str(movie), 1.0, 2.0
    line.dubline_from, line.dubline_to = 1.0, 2.0
    found = wish(film).feelings[0].recording
    assert (found.film, found.film_at, found.seconds) == (str(movie), 1.0, 1.0) and found.path.endswith(".wav")


def test_a_silent_film_cannot_perform(film, line, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    line.dubline_performer_file = str(tmp_path / "broken.mp4")
    assert "broken.mp4" in problem(film)


def test_the_worker_hears_it_too(film, line, movie):
    film.preferences.host = "WORKER"
    line.dubline_performer_file, line.dubline_performance = str(movie), 1.0
    report = film.dub()["Line"]
    assert report.status == "done", report.message
    take = report.take
    assert take.plan.heard.phrases and take.plan.wish.feelings[0].recording.film == str(movie)


def test_a_films_picture_and_sound_are_one_performer(film, line, performer, movie):
    strips = film.compat.strips(film.editor)
    picture = strips.new_movie(name="Picture", filepath=str(movie), channel=4, frame_start=1)
    sound = strips.new_sound(name="Sound", filepath=str(movie), channel=5, frame_start=1)
    film.only(line, picture, sound)
    assert bpy.ops.dubline.transfer.poll()
    assert [strip.name for strip in room("blender_addon.performers").selected(film.scene)] == ["Sound"]
