"""The built zip as a person gets it: installed under its real name in a Blender without any package of this repository."""
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import zips

ROOT = Path(__file__).resolve().parent.parent.parent
BLENDERS_OWN = ("bpy", "numpy", "numpy.libs", "requests", "certifi", "charset_normalizer", "idna", "urllib3", "zstandard", "cattrs", "cattr", "attr", "attrs")
"""Packages that a real Blender brings; those of the module's environment stand in for them."""

TEXT = "The storm is coming, and we are not ready."


def build(folder: Path, *which: str) -> Path:
    """The zip of this platform, or another."""
    subprocess.run([sys.executable, "package.py", "--out", str(folder), *which], cwd=ROOT, check=True)
    (found,) = folder.glob("**/*.zip")
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def said(built, models, tmp_path_factory) -> dict:
    """What a bare Blender said after it installed the zip and dubbed a line."""
    return installed(built, models, tmp_path_factory.mktemp("bare"))


def installed(built: Path, models: Path, folder: Path) -> dict:
    """What a Blender with nothing but its own packages says of a zip."""
    packages = folder / "packages"
    packages.mkdir()
    for name in BLENDERS_OWN:
        there = Path(sysconfig.get_path("purelib")) / name
        if there.exists():
            (packages / name).symlink_to(there)
    (folder / "film").mkdir()
    surroundings = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
        "PYTHONPATH": str(packages), "BLENDER_USER_RESOURCES": str(folder / "user"), "DUBLINE_MODELS": str(models),
    }  # fmt: skip
    command = [sys._base_executable, "-s", str(Path(__file__).parent / "inside.py"), str(built), str(folder / "film"), TEXT]
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return {**json.loads((folder / "film" / "said.json").read_text(encoding="utf-8")), "user": str(folder / "user"), "film": str(folder / "film")}


def test_same_sources_give_the_same_bytes(tmp_path):
    assert build(tmp_path / "one").read_bytes() == build(tmp_path / "two").read_bytes()


def test_zip_carries_the_house_and_nothing_else(built):
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"__init__.py", "LICENSE", "THIRD_PARTY.txt", "blender_addon", "blender_manifest.toml", "engine", "manifest.toml", "wheels"}
    assert not [name for name in names if "__pycache__" in name or name.startswith("engine/train")]


def test_installs_and_is_enabled_under_its_name(said):
    assert said["enabled"]


def test_adds_nothing_to_the_path_but_blenders_folder_of_wheels(said):
    assert all(path.startswith(said["user"]) and ".local" in path for path in said["new_paths"]), said["new_paths"]
    assert said["loose_modules"] == []


def test_goes_and_comes_back(said):
    assert said["shown"] and said["shown_again"] == said["shown"]
    assert said["left_behind"] == [] and said["left_at_end"] == []


def test_uses_its_own_wheels(said):
    assert said["onnxruntime"].startswith(said["user"])


@pytest.mark.model
def test_dubs_a_line_with_a_real_voice(said):
    assert said["answer"] == ["FINISHED"], said["reports"]
    assert said["reports"] == [""]
    (sound,) = said["sounds"]
    assert sound["edges"] == [20, 92]
    samples, rate = soundfile.read(sound["file"], always_2d=True)
    assert len(samples) == round(72 / 24 * rate)
    # Speech: loud for a good part of the slot, and never silent throughout.
    loud = np.abs(samples).max(axis=1).reshape(72, -1).max(axis=1) > 0.02
    assert 20 < loud.sum() <= 72
    assert Path(sound["file"]).is_relative_to(said["film"])


def test_the_core_zip_installs_and_says_what_it_lacks(models, tmp_path):
    said = installed(build(tmp_path / "dist", "--platform", "core"), models, tmp_path)
    assert said["enabled"] and said["shown"] and said["shown_again"] == said["shown"] and said["left_behind"] == said["left_at_end"] == []
    assert said["onnxruntime"] is None and said["sounds"] == [] and "answer" not in said
    assert "cannot speak" in said["refusal"] and "onnxruntime" in said["refusal"]
    assert f"Install dubline-0.1.0-{zips.this_platform()}.zip" in said["refusal"], said["refusal"]
