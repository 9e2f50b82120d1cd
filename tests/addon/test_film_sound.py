"""Blender's own decoder gives a film's sound to the engine, once for each stretch, and says gently what it cannot decode."""
import os
import sys
from importlib import import_module

import aud
import bpy
import numpy as np
import pytest

from engine.hear.recording import read
from engine.problems import LineProblem
from engine.script import Recording

from ..conftest import PACKAGE

RATE, SECONDS = 48000, 4


@pytest.fixture(scope="module")
def film_sound(addon):
    return import_module(f"{PACKAGE}.blender_addon.film_sound")


@pytest.fixture(scope="module")
def problem(film_sound):
    """The problems' class as the add-on imports it."""
    return film_sound.LineProblem


def voice():
    """A tone of another pitch each half second."""
    time = np.arange(SECONDS * RATE) / RATE
    return (0.4 * np.sin(2 * np.pi * (300 + 100 * np.floor(time * 2)) * time)).astype(np.float32)


@pytest.fixture(scope="module")
def movie(addon, tmp_path_factory):
    """A film that Blender itself rendered: words with that sound."""
    folder = tmp_path_factory.mktemp("movie")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    aud.Sound.buffer(voice()[:, None], RATE).write(str(folder / "voice.flac"), RATE, 1, aud.FORMAT_S16, aud.CONTAINER_FLAC, aud.CODEC_FLAC, 256000, 1024)
    scene, compat = bpy.context.scene, import_module(f"{PACKAGE}.blender_addon.compat")
    strips = compat.strips(scene.sequence_editor_create())
    strips.new_sound("voice", str(folder / "voice.flac"), 1, 1)
    compat.new_text(scene.sequence_editor, "words", "a picture", 2, 1, SECONDS * 24)  # else Blender asks for a camera
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage, render.fps = 64, 64, 100, 24
    scene.frame_start, scene.frame_end = 1, SECONDS * 24
    compat.to_video(scene)
    render.ffmpeg.format, render.ffmpeg.codec, render.ffmpeg.audio_codec = "MPEG4", "H264", "AAC"
    render.ffmpeg.audio_mixrate, render.ffmpeg.audio_channels = RATE, "STEREO"
    render.filepath, render.use_file_extension = str(folder / "movie.mp4"), False
    bpy.ops.render.render(animation=True, scene=scene.name)
    return folder / "movie.mp4"


def test_a_stretch_is_decoded_once(film_sound, movie, tmp_path):
    found = film_sound.heard(Recording(str(movie), 1.2, 0.7, 0.1, 0.5), str(tmp_path))
    assert (found.start, found.seconds, found.at, found.volume) == (0.0, 0.7, 0.1, 0.5)
    assert os.path.dirname(found.path) == str(tmp_path / film_sound.FOLDER)
    samples, rate = read(Recording(found.path, found.start, found.seconds))
    assert rate == RATE and len(samples) == round(0.7 * RATE)
    heard, wanted = samples.mean(axis=1), voice()[round(1.2 * RATE) :][: len(samples)]
    assert np.corrcoef(heard, wanted)[0, 1] > 0.99
    made = os.stat(found.path).st_mtime_ns
    assert film_sound.heard(Recording(str(movie), 1.2, 0.7), str(tmp_path)).path == found.path
    assert os.stat(found.path).st_mtime_ns == made
    assert film_sound.heard(Recording(str(movie), 1.3, 0.7), str(tmp_path)).path != found.path
    assert sorted(os.listdir(tmp_path / film_sound.FOLDER))[0].endswith(".wav") and len(os.listdir(tmp_path / film_sound.FOLDER)) == 2


def test_the_name_is_that_of_the_content(film_sound, movie, tmp_path):
    copy = tmp_path / "elsewhere.mov"
    copy.write_bytes(movie.read_bytes())
    names = {os.path.basename(film_sound.heard(Recording(str(path), 0.5, 0.5), str(tmp_path)).path) for path in (movie, copy)}
    assert len(names) == 1


def test_to_the_films_end(film_sound, movie, tmp_path):
    samples, rate = read(Recording(film_sound.heard(Recording(str(movie)), str(tmp_path)).path))
    assert SECONDS <= len(samples) / rate < SECONDS + 0.1


def test_a_sound_file_is_left_alone(film_sound, movie, tmp_path):
    plain = Recording(str(movie.with_name("voice.flac")), 1.0, 1.0)
    assert film_sound.heard(plain, str(tmp_path)) is plain
    assert not (tmp_path / film_sound.FOLDER).exists()


@pytest.mark.parametrize("content", ["empty", "noise", "half", "no sound", "beyond"])
def test_what_cannot_be_decoded_does_not_end_blender(film_sound, problem, movie, tmp_path, content):
    path, start = tmp_path / "broken.mp4", 0.0
    whole = movie.read_bytes()
    if content == "no sound":
        bpy.context.scene.render.ffmpeg.audio_codec = "NONE"
        bpy.context.scene.render.filepath = str(path)
        bpy.ops.render.render(animation=True, scene=bpy.context.scene.name)
    else:
        path.write_bytes({"empty": b"", "noise": np.random.default_rng(2).bytes(9000), "half": whole[: len(whole) // 2], "beyond": whole}[content])
        start = 99.0 if content == "beyond" else 0.0
    with pytest.raises(problem) as broken:
        film_sound.heard(Recording(str(path), start, 1.0), str(tmp_path))
    assert broken.value.code == "cannot_hear" and "broken.mp4" in str(broken.value)
    assert not (tmp_path / film_sound.FOLDER).exists()


def test_a_missing_film_and_a_missing_decoder(film_sound, problem, movie, tmp_path, monkeypatch):
    with pytest.raises(problem) as missing:
        film_sound.heard(Recording(str(tmp_path / "none.mp4")), str(tmp_path))
    assert missing.value.code == "missing_media"
    monkeypatch.setitem(sys.modules, "aud", None)
    with pytest.raises(problem) as deaf:
        film_sound.heard(Recording(str(movie), 0.0, 1.0), str(tmp_path))
    assert deaf.value.code == "cannot_hear" and "without its sound library" in str(deaf.value)


def test_a_folder_that_cannot_be_written(film_sound, problem, movie, tmp_path):
    (tmp_path / film_sound.FOLDER).write_text("a file where the folder should be")
    with pytest.raises(problem) as full:
        film_sound.heard(Recording(str(movie), 0.0, 1.0), str(tmp_path))
    assert full.value.code == "cannot_write"


def test_problems_are_those_of_the_engine(problem):
    assert problem.__name__ == LineProblem.__name__
