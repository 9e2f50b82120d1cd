"""Models out of a zip, from folders that are gone, and to disks without room."""
import hashlib
import random
import zipfile

import pytest

from engine import models
from engine.problems import LineProblem

from .disk import room_for

FILES = {"sound.bin": random.Random(1).randbytes(3_000_000), "voices/af_one.bin": random.Random(2).randbytes(1000)}
SOUND = FILES["sound.bin"]


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """Writes a manifest with one model of a sound and a voice, the sound of this size or of its own; nobody serves it."""

    def write(size: int = len(SOUND)):
        sizes = {"sound.bin": size}
        rows = [f'"{name}" = {{ size = {sizes.get(name, len(data))}, sha256 = "{hashlib.sha256(data).hexdigest()}" }}' for name, data in FILES.items()]
        text = '[models.small]\ntitle = "Small"\nlicence = "CC0"\n[[models.small.sources]]\nkind = "official"\nfiles = ["*"]\nurl = "http://127.0.0.1:9/sound.bin"\n[models.small.files]\n'
        path = tmp_path / f"manifest-{size}.toml"
        path.write_text(text + "\n".join(rows))
        monkeypatch.setattr(models, "MANIFEST", path)

    write()
    return write


@pytest.mark.parametrize("home", ["", "small/", "our models/small/"])
def test_imports_from_a_zip(catalogue, tmp_path, home):
    with zipfile.ZipFile(tmp_path / "pack.zip", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("another/sound.bin", b"of another model")
        for name, data in FILES.items():
            pack.writestr(f"{home}{name}", data)
    shown = []
    there = models.import_from("small", tmp_path / "pack.zip", tmp_path / "models", lambda done, total: shown.append(done / total))
    assert {name: (there / name).read_bytes() for name in FILES} == FILES and models.state("small", tmp_path / "models") == "ready"
    assert shown == sorted(shown) and shown[-1] == 1 and len(shown) > 10


@pytest.mark.parametrize("what", ["none", "text", "cut", "wrong", "bomb", "locked"])
def test_a_zip_that_is_none_or_lies_gives_nothing(catalogue, tmp_path, what):
    path = tmp_path / "pack.zip"
    if what == "text":
        path.write_bytes(b"I am no archive")
    elif what != "none":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr("small/sound.bin", {"wrong": SOUND[::-1], "bomb": bytes(100_000_000)}.get(what, SOUND))
            if what == "locked":
                pack.filelist[0].flag_bits |= 1
        if what == "cut":
            data = bytearray(path.read_bytes())
            data[1000:2000] = bytes(1000)
            path.write_bytes(data)
    with room_for(4_000_000), pytest.raises(LineProblem) as caught:
        models.import_from("small", path, tmp_path / "models")
    told = {"none": "cannot be read", "text": "neither", "wrong": "wrong SHA-256", "bomb": "wrong SHA-256"}.get(what, "not what it should be")
    assert caught.value.code == "no_model" and told in str(caught.value)
    assert not [file for file in (tmp_path / "models").rglob("*.bin*") if file.is_file()]


def test_a_disk_without_room_is_told_before_anything_comes(catalogue, tmp_path):
    catalogue(900_000_000_000_000)
    with pytest.raises(LineProblem, match="has room for .* MB, and the files have 900000000 MB"):
        models.fetch("small", tmp_path / "models")


@pytest.mark.parametrize("obstacle", ["a file", "nothing"])
def test_a_folder_of_models_that_is_gone(catalogue, tmp_path, obstacle):
    if obstacle == "a file":
        (tmp_path / "models").write_text("in the way")
    assert models.state("small", tmp_path / "models") == "missing"
    with pytest.raises(LineProblem, match="is not in"):
        models.find("small", tmp_path / "models")
