"""The tool: environments are made once, mended when broken, and renewed with their lock; everything says what it wants."""
import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import build
import environments

ROOT = Path(build.__file__).parent


def test_an_environment_is_made_once_renewed_with_its_lock_and_mended_when_broken(tmp_path, monkeypatch):
    lock, home = tmp_path / "some.txt", tmp_path / "venv"
    stamp = home / environments.STAMP
    lock.write_text("# nothing\n")
    python = environments.made(home, lock, sys.executable)
    made, first = (home / "pyvenv.cfg").stat().st_mtime_ns, stamp.read_text()

    def untouched():
        return (home / "pyvenv.cfg").stat().st_mtime_ns == made

    assert subprocess.run([str(python), "-c", "import pip"]).returncode == 0
    assert environments.made(home, lock, sys.executable) == python and untouched()

    lock.write_text("# something else\n")
    environments.made(home, lock, sys.executable)
    assert stamp.read_text() != first and untouched()

    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    lock.write_text(f"dubline-nothing==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(environments.Stop, match="could not be installed"):
        environments.made(home, lock, sys.executable)
    assert not stamp.exists(), "an environment that lacks something looks whole"

    # it is not known what was left half done, so it is made anew
    half = home / "half.txt"
    half.write_text("…")
    lock.write_text("# nothing\n")
    environments.made(home, lock, sys.executable)
    assert stamp.exists() and not half.exists()


def test_every_verb_explains_itself(capsys):
    for verb in ("setup", "models", "demo", "test", "bench", "lint", "package", "gui", "dub"):
        with pytest.raises(SystemExit) as ended:
            build.main([verb, "--help"])
        assert ended.value.code == 0 and verb in capsys.readouterr().out


def test_an_unknown_option_is_refused():
    with pytest.raises(SystemExit) as ended:
        build.main(["setup", "--nonsense"])
    assert ended.value.code == 2


def test_a_missing_python_is_named():
    with pytest.raises(environments.Stop, match=r"Python 2\.9 is not on this computer"):
        environments.interpreter("2.9")


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "requirements").glob("*.txt")))
def test_every_line_of_a_lock_is_pinned_and_hashed(name):
    lines = (ROOT / "requirements" / name).read_text().replace("\\\n", " ").splitlines()
    pins = [line for line in lines if line[:1].isalnum()]
    assert pins
    assert all("==" in line and "--hash=sha256:" in line for line in pins)


@pytest.mark.parametrize("blender", environments.BLENDERS)
def test_every_blender_has_its_lock(blender):
    assert f"\nbpy=={blender}." in (ROOT / "requirements" / f"bpy-{blender}.txt").read_text()


def test_our_own_networks_are_those_of_the_manifest():
    there = {path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for ending in ("onnx", "npz") for path in (ROOT / "engine").rglob(f"*.{ending}")}
    assert there == tomllib.loads((ROOT / "manifest.toml").read_text(encoding="utf-8"))["networks"]
