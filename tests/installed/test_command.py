"""The command `dubline` as a person gets it: built as a wheel, installed beside Blender's module, run from anywhere."""
import email
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import package

ROOT = Path(package.__file__).parent
MANIFEST = tomllib.loads((ROOT / "manifest.toml").read_text(encoding="utf-8"))["blender"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)], check=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def home(wheel, tmp_path_factory) -> dict[str, Path]:
    """Where an environment has its packages and its commands: it has the wheel, and the packages of this one are lent to it."""
    made = tmp_path_factory.mktemp("elsewhere") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    python = made / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    paths = sysconfig.get_paths("venv", vars={"base": str(made), "platbase": str(made)})
    Path(paths["purelib"], "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", "--no-warn-script-location", str(wheel)], check=True)
    return {name: Path(paths[name]) for name in ("purelib", "scripts")}


@pytest.fixture
def command(home, tmp_path):
    """Runs a command of the environment far from any terminal, home or variable of ours; gives its exit code and what it said."""
    def run(name: str, *arguments) -> tuple[int, str]:
        kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
        done = subprocess.run([home["scripts"] / name, *map(str, arguments)], cwd=tmp_path, env=kept | {"BLENDER_USER_RESOURCES": str(tmp_path / "user")}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, encoding="utf-8", start_new_session=True, timeout=600)  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def film(tmp_path) -> Path:
    """Three lines with the voice without weights."""
    subprocess.run([sys.executable, "-m", "tests.bench.batch.films", str(tmp_path), "1", "3", "tone:sine"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return tmp_path / "film0.blend"


def test_the_wheel_holds_what_the_zip_holds_under_one_name(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    inside = {name.removeprefix("dubline/") for name in names if name.startswith("dubline/")}
    files = (path for name in package.CARRIED for path in (ROOT / name, *(ROOT / name).rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    wanted = {name for name in (path.relative_to(ROOT).as_posix() for path in files) if not name.startswith(package.LEFT_OUT)}
    assert wanted <= inside and {"manifest.toml", "LICENSE", "engine/described.npz", "blender_addon/translation_zh_HANS.tsv"} <= inside
    assert not [name for name in inside if "__pycache__" in name or name.startswith("engine/train")]
    assert {name.split("/")[0] for name in names} == {"dubline", f"dubline-{MANIFEST['version']}.dist-info"}


def test_it_says_of_itself_what_the_manifest_says(wheel):
    with zipfile.ZipFile(wheel) as archive:
        about = email.message_from_bytes(archive.read(f"dubline-{MANIFEST['version']}.dist-info/METADATA"))
    assert (about["Name"], about["Version"], about["Summary"]) == (MANIFEST["id"], MANIFEST["version"], MANIFEST["tagline"])
    assert [f"SPDX:{about['License-Expression']}"] == MANIFEST["license"] and about["Author"] == MANIFEST["maintainer"]
    lines = (re.sub(r"\s+#.*", "", line) for line in (ROOT / "requirements" / "runtime.in").read_text(encoding="utf-8").splitlines())
    assert {Requirement(line) for line in lines if line and not line.startswith("#")} == {Requirement(line) for line in about.get_all("Requires-Dist")}


def test_it_explains_itself_and_says_when_it_is_not_understood(command):
    code, told = command("dubline", "--help")
    assert code == 0 and all(verb in told for verb in ("dub", "plan", "check", "export", "render", "clean"))
    assert command("dubline", "sing")[0] == 2
    assert command("dubline-engine", "--version") == (0, f"{MANIFEST['version']}\n")


def test_it_dubs_checks_and_exports_and_leaves_its_own_folder_alone(command, film, home, tmp_path):
    def own():
        return {path: path.stat().st_mtime_ns for path in (home["purelib"] / "dubline").rglob("*") if "__pycache__" not in path.parts}

    before = own()
    assert command("dubline", "check", film)[0] == 1
    code, told = command("dubline", "dub", film, "--save", "--workers", "2", "--report", "report.json")
    assert code == 0 and "Dubbed 3 of 3 lines" in told, told
    takes = [Path(line["take"]) for line in json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["lines"]]
    assert len(takes) == 3 and all(take.is_relative_to(tmp_path / "dubs") and take.is_file() for take in takes)
    assert command("dubline", "check", film)[0] == 0
    assert command("dubline", "export", film, "--to", "out", "--mix", "--subtitles", "srt", "--pack")[0] == 0
    assert (tmp_path / "out" / "film0.mix.flac").is_file() and (tmp_path / "out" / "film0" / "dub.json").is_file()
    assert command("dubline", "dub", film, "--voice", "tone:none", "--line", "line1")[0] == 1
    assert command("dubline", "dub", tmp_path / "none.blend")[0] == 2
    assert own() == before
