"""Before any model is there: all but speaking works, what is missing is told with its size and licence, and files that are there are taken."""
import hashlib
import os
import zipfile
from importlib import import_module

import bpy
import pytest

from ..conftest import PACKAGE, mount

SOUND = os.urandom(1_000_000)


@pytest.fixture
def bare(film, tmp_path):
    """A film whose lines are Kokoro's, and no model on the computer."""
    film.preferences.models = str(tmp_path / "no models")
    film.scene.dubline.default_voice = "af_heart"
    yield film
    film.preferences.models = ""


@pytest.fixture
def small(bare, tmp_path, monkeypatch):
    """The folder of Kokoro's model, which is a small one in this catalogue."""
    manifest = tmp_path / "catalogue.toml"
    head = '[models."kokoro-v1.0"]\ntitle = "Small voice"\nlicence = "CC0-1.0"\n'
    source = '[[models."kokoro-v1.0".sources]]\nkind = "official"\nfiles = ["*"]\nurl = "https://voices.invalid/sound.bin"\n'
    manifest.write_text(f'{head}{source}[models."kokoro-v1.0".files]\n"sound.bin" = {{ size = {len(SOUND)}, sha256 = "{hashlib.sha256(SOUND).hexdigest()}" }}\n')
    monkeypatch.setattr(import_module(f"{PACKAGE}.engine.models"), "MANIFEST", manifest)
    return tmp_path / "no models" / "kokoro-v1.0"


def lacking(film):
    reading = film.reader.read(film.scene, True)
    return import_module(f"{PACKAGE}.blender_addon.fetching").lacking(reading.job, import_module(f"{PACKAGE}.blender_addon.prefs").models(bpy.context))


def test_lines_are_judged(bare):
    bare.text("The storm is coming, and we are not ready.", length=56, name="fits")
    bare.text("The storm is coming, and we are not ready.", first=200, length=12, name="hurried")
    bpy.ops.dubline.plan(scope="ALL")
    told = {name: (report.status, report.outlook.verdict) for name, report in bare.reports.items()}
    assert told["fits"] == ("planned", "comfortable") and told["hurried"] == ("planned", "too fast")


def test_subtitles_come_in_and_go_out(bare, tmp_path):
    (tmp_path / "in.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nANNA: The storm is coming.\n", encoding="utf-8")
    assert bpy.ops.dubline.import_subtitles(filepath=str(tmp_path / "in.srt")) == {"FINISHED"}
    assert bpy.ops.dubline.export_subtitles(filepath=str(tmp_path / "out.srt")) == {"FINISHED"}
    assert "The storm is coming." in (tmp_path / "out.srt").read_text(encoding="utf-8")


def test_the_cast_is_made(bare):
    bare.text("ANNA: The storm is coming.")
    bpy.ops.dubline.cast_from_lines()
    (role,) = bare.scene.dubline.roles
    assert role.name == "ANNA"
    role.voice = "bf_emma"
    assert "bf_emma" in bare.props.voice_names(None, bpy.context)


def test_a_line_says_what_is_missing_and_what_to_do(bare):
    bare.text("ANNA: The storm is coming.", name="a")
    bare.role("BOB", voice="tone:low")
    bare.text("BOB: I know.", first=100, name="b")
    reports = bare.dub()
    assert (reports["a"].code, reports["b"].status) == ("no_model", "done"), "the others go on"
    assert "no models" in reports["a"].message and "models fetch" in reports["a"].message


def test_what_a_job_lacks(bare):
    assert lacking(bare) == ()
    bare.role("BOB", voice="tone:low")
    bare.text("BOB: I know.")
    assert lacking(bare) == ()
    bare.text("ANNA: The storm is coming.", first=100)
    assert lacking(bare) == ("kokoro-v1.0",)
    line = bare.text("她走了。", first=200)
    assert lacking(bare) == ("kokoro-v1.0", "jieba"), "Chinese words want a dictionary"
    line.dubline_emotion, line.dubline_words = "WORDS", "wearily, with a soft voice"
    assert lacking(bare) == ("kokoro-v1.0", "jieba", "universal-sentence-encoder"), "words about feelings want who understands them"


def test_the_models_that_families_need_are_in_the_catalogue(addon):
    known = import_module(f"{PACKAGE}.engine.models").catalogue()
    needed = import_module(f"{PACKAGE}.engine.voices").MODELS
    assert {name for names in needed.values() for name in names} <= known.keys()


def test_without_a_window_the_dialog_is_a_sentence(bare, tmp_path):
    with pytest.raises(RuntimeError, match=r"missing in .*no models: Kokoro 82M.*\(121 MB\)"):
        bpy.ops.dubline.need_model()


@pytest.mark.parametrize("what", ["zip", "file", "folder", "foreign zip", "damaged file"])
def test_files_that_are_there_are_taken_by_their_hash(small, bare, tmp_path, what):
    bare.text("ANNA: The storm is coming.")
    assert lacking(bare) == ("kokoro-v1.0",)
    given = tmp_path / "Модель 声线"
    given.mkdir()
    if what.endswith("zip"):
        with zipfile.ZipFile(given / "pack.zip", "w") as pack:
            pack.writestr("kokoro-v1.0/sound.bin" if what == "zip" else "kokoro-v1.0/other.bin", SOUND)
    else:
        (given / "sound.bin").write_bytes(SOUND if what != "damaged file" else SOUND[:-1] + b"?")
    chosen = {"zip": given / "pack.zip", "foreign zip": given / "pack.zip", "folder": given}.get(what, given / "sound.bin")
    if what in ("foreign zip", "damaged file"):
        with pytest.raises(RuntimeError, match="sound.bin could not be had"):
            bpy.ops.dubline.import_model(filepath=str(chosen))
        assert lacking(bare) == ("kokoro-v1.0",)
    else:
        assert bpy.ops.dubline.import_model(filepath=str(chosen)) == {"FINISHED"}
        assert (small / "sound.bin").read_bytes() == SOUND and lacking(bare) == ()


def test_a_broken_download_is_told_by_its_size(small):
    models = import_module(f"{PACKAGE}.engine.models")
    assert models.begun("kokoro-v1.0", small.parent) == 0
    (small / ".partial").mkdir(parents=True)
    (small / ".partial" / "sound.bin.part").write_bytes(SOUND[:400_000])
    assert models.begun("kokoro-v1.0", small.parent) == 400_000
    assert models.catalogue()["kokoro-v1.0"].home == "voices.invalid"


def test_nothing_is_opened_when_the_add_on_goes(bare):
    root = mount(PACKAGE)
    root.unregister()
    root.register()
    bare.text("ANNA: The storm is coming.")
    assert bare.dub()["Line"].code == "no_model"
