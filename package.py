"""The extension's zip: what goes into it, with which wheels, and that Blender's own builder and validator agree.

Run by `build.py package` in its environment. The same sources give the same bytes.
"""
from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent
CARRIED = ("__init__.py", "manifest.toml", "LICENSE", "blender_addon", "engine")
LEFT_OUT = ("blender_addon/__main__.py", "engine/train")
"""The shell's way into the repository, and what only makes models."""
EPOCH = 1767225600
"""The time that every file in the zip bears, 2026-01-01 UTC, so that it depends on nothing but its content."""

SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
}
"""Markers of the systems that a zip may be for, by the first half of Blender's name of the platform."""

MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


def main(arguments=None) -> int:
    """Builds one zip and says what is in it."""
    manifest = tomllib.loads((ROOT / "manifest.toml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(prog="build.py package", description="Build the extension's zip.")
    parser.add_argument("--platform", choices=manifest["platforms"], default=this_platform(), help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the zip")
    options = parser.parse_args(arguments)
    if options.platform not in manifest["platforms"]:
        parser.error(f"manifest.toml names no platform {options.platform!r}")
    found = wheels(options.platform, manifest)
    target = build(manifest, options.platform, found, options.out)
    for wheel in found:
        print(f"{wheel.stat().st_size / 1e6:8.2f} MB  {wheel.name}")
    print(f"{target.stat().st_size / 1e6:8.2f} MB  {target}\n{'':10}  SHA-256 {hashlib.sha256(target.read_bytes()).hexdigest()}")
    return 0


def this_platform() -> str:
    """Blender's name of the computer this runs on."""
    system = {"Linux": "linux", "Windows": "windows", "Darwin": "macos"}.get(platform.system(), platform.system())
    return f"{system}-{MACHINES.get(platform.machine().lower(), platform.machine())}"


def wheels(target: str, manifest: dict) -> list[Path]:
    """Every wheel that the zip carries, downloaded by the lock's hashes for each Python of Blender."""
    lock = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    wish = json.dumps([lock, manifest["wheels"], manifest["platforms"][target]])
    home = ROOT / ".wheels" / target
    stamp = home / "made-from.txt"
    wanted = hashlib.sha256(wish.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for python in manifest["wheels"]["pythons"]:
            download(python, target, manifest, lock, home)
        stamp.write_text(wanted)
    return sorted(home.glob("*.whl"), key=lambda path: path.name.lower())


def download(python: str, target: str, manifest: dict, lock: str, home: Path) -> None:
    """Puts the wheels of one Python into `home`."""
    tag = python.replace(".", "")
    pins = carried(lock, python, target, manifest["wheels"]["not_carried"])
    built = {name: pins.pop(name) for name in manifest["wheels"]["built"] if name in pins}
    fetch = ["download", "--only-binary=:all:", "--python-version", python, "--implementation", "cp", "--dest", str(home)]
    fetch += [part for abi in (f"cp{tag}", "abi3", "none") for part in ("--abi", abi)]
    fetch += [part for name in manifest["platforms"][target] for part in ("--platform", name)]
    pip(fetch, pins, home)
    pip(["wheel", "--wheel-dir", str(home)], built, home)


def carried(lock: str, python: str, target: str, not_carried: list[str]) -> dict[str, str]:
    """Name -> line of the lock, of what this Python on this platform needs beyond Blender's own."""
    system, machine = target.split("-")
    surroundings = {
        **SYSTEMS[system], "python_version": python, "python_full_version": f"{python}.0", "implementation_name": "cpython",
        "platform_python_implementation": "CPython", "platform_machine": {"x64": "x86_64"}.get(machine, machine), "extra": "",
    }  # fmt: skip
    pins = {}
    for line in lock.replace("\\\n", " ").splitlines():
        if not re.match(r"[A-Za-z0-9]", line):
            continue
        requirement = Requirement(line.partition(" --hash")[0])
        if requirement.name not in not_carried and (requirement.marker is None or requirement.marker.evaluate(surroundings)):
            # The marker was judged for the zip's platform; pip would judge it for this one.
            pins[requirement.name] = re.sub(r"\s;.*?(?=\s--hash)", "", line)
    return pins


def pip(command: list[str], pins: dict[str, str], home: Path) -> None:
    """Runs pip on the pins, without their dependencies, which are pins themselves."""
    if not pins:
        return
    wanted = home / "wanted.txt"
    wanted.write_text("\n".join(pins.values()), encoding="utf-8")
    full = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *command, "--no-deps", "--require-hashes", "-r", str(wanted)]
    subprocess.run(full, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)})
    wanted.unlink()


def build(manifest: dict, target: str, found: list[Path], out: Path) -> Path:
    """Stages the files, has Blender's builder zip them and its validator read the zip."""
    out.mkdir(parents=True, exist_ok=True)
    result = out.resolve() / f"{manifest['blender']['id']}-{manifest['blender']['version']}-{target}.zip"
    with tempfile.TemporaryDirectory(prefix="dubline-package-") as folder:
        stage = Path(folder) / "stage"
        for name in CARRIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, stage / name, ignore=left_out)
            else:
                stage.mkdir(exist_ok=True)
                shutil.copyfile(ROOT / name, stage / name)
        files = sorted(path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
        (stage / "wheels").mkdir()
        for wheel in found:
            shutil.copyfile(wheel, stage / "wheels" / wheel.name)
        (stage / "blender_manifest.toml").write_text(blender_manifest(manifest, target, found, files), encoding="utf-8", newline="\n")
        for path in stage.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
            os.utime(path, (EPOCH, EPOCH))
        blender("build", "--source-dir", str(stage), "--output-filepath", str(result))
    blender("validate", str(result))
    return result


def left_out(folder: str, names: list[str]) -> set[str]:
    """Of a folder's names those that the zip goes without."""
    home = Path(folder).relative_to(ROOT)
    return {name for name in names if name == "__pycache__" or (home / name).as_posix() in LEFT_OUT}


def blender_manifest(manifest: dict, target: str, found: list[Path], files: list[str]) -> str:
    """What Blender reads, out of what manifest.toml says."""
    plain = {key: value for key, value in manifest["blender"].items() if not isinstance(value, dict)}
    plain = {"schema_version": "1.0.0", "type": "add-on", **plain, "platforms": [target], "wheels": [f"./wheels/{wheel.name}" for wheel in found]}
    tables = {"permissions": manifest["blender"]["permissions"], "build": {"paths": files}}
    # A JSON string or list of strings is a TOML one as well.
    lines = [f"{key} = {json.dumps(value)}" for key, value in plain.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def blender(*arguments: str) -> None:
    """Runs the extension tool that comes with Blender's module."""
    (home,) = importlib.util.find_spec("bpy").submodule_search_locations
    (tool,) = Path(home).glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")
    done = subprocess.run([sys.executable, str(tool), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"Blender's own tool refused the zip ({arguments[0]}):\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
