"""Mix, released and pack: what was heard in the film is in the files, and nothing of the film is changed."""
import json
from importlib import import_module

import numpy as np
import pytest
import soundfile

from ..conftest import PACKAGE
from .film import RATE, loudness


@pytest.fixture
def released():
    return import_module(f"{PACKAGE}.blender_addon.released")


@pytest.fixture
def dubbed(film):
    """Two people over music, dubbed; the original is mute."""
    film.role("ANNA", voice="tone:low")
    film.role("BOB", voice="tone:high")
    film.sound(seconds=6.0, channel=1, name="Music", hertz=500.0, level=0.1)
    film.editor.channels[1].name = "Music"
    film.text("ANNA: Hello there", 25, 48, name="a", channel=2)
    film.text("BOB: Good day", 97, 36, name="b", channel=2)
    film.scene.frame_start, film.scene.frame_end = 1, 144
    film.dub()
    return film


def read(path):
    sound, rate = soundfile.read(path, always_2d=True)
    assert rate == RATE
    return sound


def test_stems_add_up_to_the_mix(dubbed, released, tmp_path):
    before = [(strip.name, strip.mute) for strip in dubbed.compat.all_strips(dubbed.editor)]
    released.mix(dubbed.scene, tmp_path / "mix.flac")
    written = {path.name: read(path) for path in released.split(dubbed.scene, tmp_path, "film")}
    assert set(written) == {"film.dialogue.flac", "film.background.flac", "film.dialogue.ANNA.flac", "film.dialogue.BOB.flac"}
    whole = read(tmp_path / "mix.flac")
    assert len(whole) == 6 * RATE == len(written["film.dialogue.flac"])
    assert np.abs(whole - written["film.dialogue.flac"] - written["film.background.flac"]).max() < 4 / 2**15
    assert np.abs(written["film.dialogue.flac"] - written["film.dialogue.ANNA.flac"] - written["film.dialogue.BOB.flac"]).max() < 4 / 2**15
    anna, bob = written["film.dialogue.ANNA.flac"], written["film.dialogue.BOB.flac"]
    assert loudness(anna[RATE : 3 * RATE]) > 0.01 > loudness(bob[RATE : 3 * RATE]) == 0
    assert loudness(bob[4 * RATE : 5 * RATE]) > 0.01 > loudness(anna[4 * RATE : 5 * RATE]) == 0
    assert [(strip.name, strip.mute) for strip in dubbed.compat.all_strips(dubbed.editor)] == before


def test_a_pack_is_what_is_heard(dubbed, released, tmp_path):
    import bpy

    pack = import_module(f"{PACKAGE}.engine.pack")
    lines = list(released.heard(bpy.context, dubbed.scene))
    manifest = pack.write(tmp_path / "pack", "film", 6.0, lines)
    told = json.loads(manifest.read_text(encoding="utf-8"))
    assert [(line["speaker"], line["text"], line["start"], line["seconds"]) for line in told["lines"]] == [("ANNA", "Hello there", 1.0, 2.0), ("BOB", "Good day", 4.0, 1.5)]
    for line in told["lines"]:
        file = tmp_path / "pack" / line["audio"]["path"]
        sound = read(file)
        assert len(sound) == line["audio"]["samples"] == round(line["seconds"] * RATE) and file.stat().st_size == line["audio"]["bytes"]
        assert [word for word, _start, _end in line["words"]] == line["text"].split()
        assert "made by a machine" in line["statement"]
    before = {path: path.read_bytes() for path in (tmp_path / "pack").rglob("*") if path.is_file()}
    pack.write(tmp_path / "pack", "film", 6.0, lines)
    assert {path: path.read_bytes() for path in (tmp_path / "pack").rglob("*") if path.is_file()} == before


def test_cut_and_muted_takes_are_packed_as_heard(dubbed, released):
    import bpy

    one, other = dubbed.dubs
    dubbed.compat.set_start(one, dubbed.compat.start(one) + 12)
    other.mute = True
    (line,) = released.heard(bpy.context, dubbed.scene)
    assert (line.start, line.skipped, line.seconds) == (1.5, 0.5, 1.5)


def test_a_folder_that_cannot_be_is_told(dubbed, released, tmp_path):
    problem = import_module(f"{PACKAGE}.engine.problems").LineProblem
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(problem):
        released.mix(dubbed.scene, tmp_path / "file" / "mix.flac")
