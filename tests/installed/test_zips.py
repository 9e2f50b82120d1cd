"""Every zip, for systems that are not here too: its wheels fit each of its Pythons, are the lock's, are named with their licences, and it is light enough."""
import ast
import hashlib
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.tags import compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

import package
from engine import models as catalogue
from engine import zips

ROOT = Path(package.__file__).parent
MANIFEST = tomllib.loads((ROOT / "manifest.toml").read_text(encoding="utf-8"))
MOST = 80_000_000
"""Bytes of a zip."""

ZIPS = zips.every()
SYSTEMS = {
    # the oldest of each that Blender 4.2 to 5.2 and the wheels can run on
    "linux-x64": [*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)), "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"],
    "windows-x64": ["win_amd64"],
    "macos-x64": list(mac_platforms((13, 0), "x86_64")),
    "macos-arm64": list(mac_platforms((13, 0), "arm64")),
}


def fitting(platform: str, python: str) -> set:
    """Tags of wheels that run in this Python on this platform."""
    version, platforms = tuple(map(int, python.split("."))), SYSTEMS[platform]
    return {*cpython_tags(version, platforms=platforms), *compatible_tags(version, platforms=platforms)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Every zip there is, and what a server tells Blender of them."""
    made = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "package.py", "--platform", "all", "--out", str(made)], cwd=ROOT, check=True)
    return made


def zip_of(folder: Path, target: str) -> Path:
    (found,) = folder.glob(f"**/dubline-*-{target}.zip")
    return found


def manifest_of(path: Path) -> dict:
    with zipfile.ZipFile(path) as archive:
        return tomllib.loads(archive.read("blender_manifest.toml").decode())


def test_the_platforms_are_blenders():
    assert set(MANIFEST["platforms"]) == set(SYSTEMS) <= {"linux-x64", "windows-x64", "windows-arm64", "macos-arm64", "macos-x64"}


@pytest.mark.parametrize("target", [*ZIPS, "core"])
def test_manifest_holds_what_blenders_validator_lets_pass(folder, target):
    path = zip_of(folder, target)
    told = manifest_of(path)
    assert told["schema_version"] == "1.0.0" and told["type"] == "add-on"
    assert all(licence.startswith("SPDX:") for licence in told["license"])
    assert told.get("platforms") == (None if target == "core" else [ZIPS[target].platform])
    assert told["blender_version_min"] == "4.2.0" and "blender_version_max" not in told
    assert set(told["tags"]) <= {"Sequencer", "Pipeline"} and len(told["tagline"]) <= 64 and told["tagline"][-1].isalnum()
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert {f"./{name}" for name in names if name.endswith(".whl")} == set(told["wheels"])
    assert "__init__.py" in names and not [name for name in names if "__pycache__" in name or name.startswith(("/", "engine/train")) or ".." in name]


@pytest.mark.parametrize("target", [*ZIPS, "core"])
def test_no_zip_is_heavy(folder, target):
    assert zip_of(folder, target).stat().st_size <= (6_000_000 if target == "core" else MOST)


@pytest.mark.parametrize(("target", "python"), [(target, python) for target, one in ZIPS.items() for python in one.pythons])
def test_every_part_has_a_wheel_for_every_python(target, python):
    tags, wheels = fitting(ZIPS[target].platform, python), [parse_wheel_filename(wheel.name) for wheel in package.wheels(target, MANIFEST)]
    lock = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    wanted = package.carried(lock, python, ZIPS[target].platform, MANIFEST["wheels"]["not_carried"])
    assert {name for name, _, _, theirs in wheels if theirs & tags} == set(wanted)
    for name in wanted:
        assert len({version for one, version, _, theirs in wheels if one == name and theirs & tags}) == 1, f"{name} twice"


def test_a_distributions_blender_gets_a_zip_for_its_own_python_alone(folder):
    others = {name: one for name, one in ZIPS.items() if name not in MANIFEST["platforms"]}
    assert {"linux-x64-python3.14"} <= set(others), "Debian's Blender 5.2 has Python 3.14"
    for name, one in others.items():
        (python,) = one.pythons
        assert python not in ZIPS[one.platform].pythons and zips.fitting(python, one.platform) == one
        compiled = [parse_wheel_filename(Path(wheel).name)[3] for wheel in manifest_of(zip_of(folder, name))["wheels"]]
        # Blender asks no more of a wheel than this
        assert all({tag.interpreter for tag in tags} == {f"cp{python.replace('.', '')}"} for tags in compiled if not {tag.abi for tag in tags} & {"abi3", "none"})
    assert zips.fitting("3.13", "linux-x64").name == "linux-x64" and zips.fitting("3.12", "linux-x64") is None and zips.fitting("3.14", "windows-x64") is None


@pytest.mark.parametrize("target", ZIPS)
def test_no_library_knows_where_to_tell_how_it_is_used(folder, target):
    with zipfile.ZipFile(zip_of(folder, target)) as archive:
        for name in [name for name in archive.namelist() if name.startswith("wheels/onnxruntime-")]:
            with zipfile.ZipFile(archive.open(name)) as wheel:
                for member in wheel.namelist():
                    assert b"events.data.microsoft.com" not in wheel.read(member), f"{name}: {member}"


@pytest.mark.parametrize("target", ZIPS)
def test_every_wheel_is_the_locks_and_unchanged(folder, target):
    known = set(re.findall(r"--hash=sha256:(\w{64})", (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")))
    with zipfile.ZipFile(zip_of(folder, target)) as archive:
        for name in archive.namelist():
            assert not name.endswith(".whl") or hashlib.sha256(archive.read(name)).hexdigest() in known, name


def test_core_carries_nothing_compiled_and_runs_on_any_python_3(folder):
    for wheel in manifest_of(zip_of(folder, "core"))["wheels"]:
        assert wheel.endswith("-py3-none-any.whl")


@pytest.mark.parametrize("target", [*ZIPS, "core"])
def test_whose_work_it_carries_is_told(folder, target):
    with zipfile.ZipFile(zip_of(folder, target)) as archive:
        told = archive.read("THIRD_PARTY.txt").decode()
        assert "GNU GENERAL PUBLIC LICENSE" in archive.read("LICENSE").decode()
    for wheel in manifest_of(zip_of(folder, target))["wheels"]:
        name, version, _, _ = parse_wheel_filename(Path(wheel).name)
        spelt = name.replace("-", "[-_.]")
        (licence,) = re.findall(rf"(?im)^{spelt} {version}: (\S.*)$", told.split("-" * 100)[0])
        assert re.search("MIT|BSD|Apache|GPL|PSF", licence), (name, licence)
    for model in catalogue.catalogue().values():
        assert f"{model.title}: {model.licence}" in told


def test_nothing_touches_the_path_of_modules_in_blender(folder):
    with zipfile.ZipFile(zip_of(folder, "core")) as archive:
        # apart/ runs in a Python that is no Blender
        for name in [name for name in archive.namelist() if name.endswith(".py") and not name.startswith("engine/apart/")]:
            for node in ast.walk(ast.parse(archive.read(name))):
                assert not (isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.path", "site.addsitedir")), f"{name}:{node.lineno}"


def test_a_server_can_offer_them(folder):
    offered = json.loads((folder / "index.json").read_text(encoding="utf-8"))["data"]
    assert sorted(one["platforms"] for one in offered) == sorted([target] for target in SYSTEMS), "an old Blender may not choose by its Python between two of a platform"
    for one in offered:
        path = folder / one["archive_url"].removeprefix("./")
        assert one["archive_hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" and one["archive_size"] == path.stat().st_size


@pytest.mark.model
def test_a_pack_of_models_is_taken(tmp_path):
    names = ["jieba", "deepfilternet3"]
    for one in ("one", "two"):
        subprocess.run([sys.executable, "package.py", "--models", *names, "--out", str(tmp_path / one)], cwd=ROOT, check=True)
    (pack,), (again,) = (tmp_path / "one").iterdir(), (tmp_path / "two").iterdir()
    assert pack.read_bytes() == again.read_bytes()
    for name in names:
        catalogue.import_from(name, pack, tmp_path / "models")
        assert catalogue.state(name, tmp_path / "models") == "ready"
