"""Which Pythons a zip brings libraries for; and what a person does whose Blender has another: a zip with what fits, and a Python of one's own."""
from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import package

from .roots import MADE, Obstacle, Root

CODE = Path(package.__file__).parent
MANIFEST = "blender_manifest.toml"


def version_of(root: Root) -> str:
    """The Python of the root's Blender."""
    return root.run("python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()


def fits(archive: Path, version: str) -> bool:
    """Whether the zip has every wheel for this Python."""
    wheels = _wheels(archive)
    return all(any(_runs(wheel, version) for wheel in wheels if _name(wheel) == name) for name in set(map(_name, wheels)))


def without(archive: Path, target: Path, version: str) -> Path:
    """The same zip with no wheels but those that this Python takes."""
    kept = [wheel for wheel in _wheels(archive) if _runs(wheel, version)]
    with zipfile.ZipFile(archive) as full, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bare:
        for name in full.namelist():
            if name.startswith("wheels/") and f"./{name}" not in kept:
                continue
            content = full.read(name)
            if name == MANIFEST:
                lines = content.decode().splitlines(keepends=True)
                content = "".join(f"wheels = {json.dumps(kept)}\n" if line.startswith("wheels = ") else line for line in lines).encode()
            bare.writestr(name, content)
    return target


def _wheels(archive: Path) -> list[str]:
    """As the manifest names them."""
    with zipfile.ZipFile(archive) as zipped:
        return tomllib.loads(zipped.read(MANIFEST).decode())["wheels"]


def _name(wheel: str) -> str:
    return Path(wheel).stem.split("-")[0]


def _runs(wheel: str, version: str) -> bool:
    """Whether this Python takes the wheel."""
    python, abi, _platform = Path(wheel).stem.split("-")[-3:]
    minor = int(version.partition(".")[2])
    return "py3" in python or python == f"cp3{minor}" or abi == "abi3" and int(python[3:]) <= minor


def speech(root: Root) -> str:
    """A Python in the root that has what the engine needs, as a person makes one with venv and pip; its path in there. Raises Obstacle."""
    home, version = root.folder / "opt" / "speech", version_of(root)
    lock = (CODE / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    manifest = tomllib.loads((CODE / "manifest.toml").read_text(encoding="utf-8"))
    stamp, wanted = home / MADE, json.dumps([version, lock, manifest["wheels"]])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"gui: making a Python {version} with the engine's libraries in {root.folder}", file=sys.stderr, flush=True)
        shutil.rmtree(home, ignore_errors=True)
        root.run("python3", "-m", "venv", "--without-pip", "--system-site-packages", "/opt/speech")
        pins = package.carried(lock, version, "linux-x64", manifest["wheels"]["not_carried"])
        # the lock is for the Pythons that the zip has libraries for: another one may have none of these versions, only later ones
        least = [f"{name}>={re.match(r'[^ ]+==([^ ]+)', pin)[1]}" for name, pin in pins.items()]
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(home / f"lib/python{version}/site-packages")]
        install += ["--only-binary=:all:", "--python-version", version, "--implementation", "cp"]
        install += [part for abi in (f"cp{version.replace('.', '')}", "abi3", "none") for part in ("--abi", abi)]
        install += [part for name in manifest["platforms"]["linux-x64"] for part in ("--platform", name)]
        if subprocess.run([*install, *least], stdout=subprocess.DEVNULL).returncode:
            raise Obstacle(f"The engine's libraries could not be installed for Python {version}; see above.")
        stamp.write_text(wanted)
    return "/opt/speech/bin/python"
