"""The extension's zips: what goes into each, with which wheels and licences, and that Blender's own builders and validators agree.

Run by `build.py package` in its environment. The same sources give the same bytes.
"""
from __future__ import annotations

import argparse
import email
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

from engine import models, zips

ROOT = Path(__file__).resolve().parent
CARRIED = ("__init__.py", "manifest.toml", "LICENSE", "blender_addon", "engine")
LEFT_OUT = ("blender_addon/__main__.py", "blender_addon/command.py", "engine/train")
"""The shell's ways in, and what only makes models."""
EPOCH = 1767225600
"""The time that every file in the zip bears, 2026-01-01 UTC, so that it depends on nothing but its content."""

SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
}
"""Markers of the systems that a zip may be for, by the first half of Blender's name of the platform."""

CORE, ALL = "core", "all"
"""The zip without anything that is made for one system; and every zip there is."""

DISTRIBUTIONS = "distributions"
"""Folder of the zips for Blenders that others built. They are in no index: their platform is that of blender.org's, and an old Blender may not choose by its Python as well."""

LICENCES = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|ThirdPartyNotices)[^/]*$", re.IGNORECASE)
"""Files of a wheel that say on which terms it comes."""


def main(arguments=None) -> int:
    """Builds what is wanted and says what is in it."""
    manifest = tomllib.loads((ROOT / "manifest.toml").read_text(encoding="utf-8"))
    made = zips.every()
    parser = argparse.ArgumentParser(prog="build.py package", description="Build the extension's zips, or a pack of its models.")
    parser.add_argument(
        "--platform", choices=[*made, CORE, ALL], default=zips.this_platform(),
        help="core: a zip for every system, without what is made for one; all: every zip, and index.json, by which a server offers them to Blender (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--models", nargs="*", metavar="NAME", help="instead, a pack of these models, or of those that dubbing needs, for computers without a network")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the zips")
    options = parser.parse_args(arguments)
    if options.models is not None:
        told(pack(manifest, options.models, options.out))
        return 0
    if options.platform not in [*made, CORE, ALL]:
        parser.error(f"manifest.toml names no platform {options.platform!r}")
    for target in [*made, CORE] if options.platform == ALL else [options.platform]:
        found = wheels(target, manifest)
        for wheel in found:
            print(f"{wheel.stat().st_size / 1e6:8.2f} MB  {wheel.name}")
        told(build(manifest, target, found, options.out / beside(target, manifest)))
    if options.platform == ALL:
        blender("server-generate", "--repo-dir", str(options.out.resolve()))
        told(options.out / "index.json")
    return 0


def told(path: Path) -> None:
    """Says what was made."""
    print(f"{path.stat().st_size / 1e6:8.2f} MB  {path}\n{'':10}  SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}", flush=True)


def beside(target: str, manifest: dict) -> str:
    """The folder of a zip within that of all: none for those that a server offers, which holds no other."""
    return CORE if target == CORE else "" if target in manifest["platforms"] else DISTRIBUTIONS


def wheels(target: str, manifest: dict) -> list[Path]:
    """Every wheel that the zip carries, downloaded by the lock's hashes for each of its Pythons."""
    if target == CORE:
        anywhere = wheels(next(iter(manifest["platforms"])), manifest)
        return [wheel for wheel in anywhere if wheel.name.partition("-")[0] in manifest["wheels"]["core"]]
    lock, wanting = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8"), zips.every()[target]
    wish = json.dumps([lock, manifest["wheels"], manifest["platforms"][wanting.platform], wanting.pythons], sort_keys=True)
    home = ROOT / ".wheels" / target
    stamp = home / "made-from.txt"
    wanted = hashlib.sha256(wish.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        home.parent.mkdir(exist_ok=True)
        # in a folder of its own, since another build may be at it as well
        with tempfile.TemporaryDirectory(prefix=f"{target}-", dir=home.parent) as making:
            for python in wanting.pythons:
                download(python, wanting.platform, manifest, lock, Path(making) / target)
            (Path(making) / target / stamp.name).write_text(wanted)
            if home.exists():
                home.replace(Path(making) / "old")
            Path(making, target).replace(home)
    return sorted(home.glob("*.whl"), key=lambda path: path.name.lower())


def download(python: str, target: str, manifest: dict, lock: str, home: Path) -> None:
    """Puts the wheels of one Python into `home`."""
    home.mkdir(exist_ok=True)
    tag = python.replace(".", "")
    pins = carried(lock, python, target, manifest["wheels"]["not_carried"])
    fetch = ["download", "--only-binary=:all:", "--python-version", python, "--implementation", "cp", "--dest", str(home)]
    fetch += [part for abi in (f"cp{tag}", "abi3", "none") for part in ("--abi", abi)]
    fetch += [part for name in manifest["platforms"][target] for part in ("--platform", name)]
    pip(fetch, pins, home)


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
    subprocess.run(full, check=True)
    wanted.unlink()


def build(manifest: dict, target: str, found: list[Path], out: Path) -> Path:
    """Stages the files, has Blender's builder zip them and its validator read the zip."""
    out.mkdir(parents=True, exist_ok=True)
    result = out.resolve() / zips.file_name(manifest["blender"], target)
    with tempfile.TemporaryDirectory(prefix="dubline-package-") as folder:
        stage = Path(folder) / "stage"
        for name in CARRIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, stage / name, ignore=left_out)
            else:
                stage.mkdir(exist_ok=True)
                shutil.copyfile(ROOT / name, stage / name)
        (stage / "THIRD_PARTY.txt").write_text(third_party(manifest, found), encoding="utf-8", newline="\n")
        files = sorted(path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
        (stage / "wheels").mkdir()
        for wheel in found:
            shutil.copyfile(wheel, stage / "wheels" / wheel.name)
        (stage / "blender_manifest.toml").write_text(blender_manifest(manifest, target, found, files), encoding="utf-8", newline="\n")
        for path in stage.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
            os.utime(path, (EPOCH, EPOCH))
        blender("build", "--source-dir", str(stage), "--output-filepath", str(result))
    for tool in tools():
        blender("validate", str(result), tool=tool)
    return result


def left_out(folder: str, names: list[str]) -> set[str]:
    """Of a folder's names those that the zip goes without."""
    home = Path(folder).relative_to(ROOT)
    return {name for name in names if name == "__pycache__" or (home / name).as_posix() in LEFT_OUT}


def blender_manifest(manifest: dict, target: str, found: list[Path], files: list[str]) -> str:
    """What Blender reads, out of what manifest.toml says."""
    plain = {key: value for key, value in manifest["blender"].items() if not isinstance(value, dict)}
    plain = {"schema_version": "1.0.0", "type": "add-on", **plain, "wheels": [f"./wheels/{wheel.name}" for wheel in found]}
    plain |= manifest["core"] if target == CORE else {"platforms": [zips.every()[target].platform]}
    tables = {"permissions": manifest["blender"]["permissions"], "build": {"paths": files}}
    # A JSON string or list of strings is a TOML one as well.
    lines = [f"{key} = {json.dumps(value)}" for key, value in plain.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def third_party(manifest: dict, found: list[Path]) -> str:
    """Whose work is in the zip, and on which terms: name, version, licence and its texts, from the wheels themselves."""
    parts = {}
    for wheel in found:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            about = email.message_from_bytes(archive.read(next(name for name in names if name.endswith(".dist-info/METADATA"))))
            # some put the whole text there
            told = (about["License-Expression"] or about["License"] or "").strip().splitlines()[:1]
            named = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith("License")]
            licence = manifest["wheels"]["licences"].get(about["Name"]) or ", ".join(named if not told or told[0].isupper() and " " in told[0] else told)
            texts = [archive.read(name).decode("utf-8", "replace") for name in sorted(names) if LICENCES.search(name)]
        parts[f"{about['Name']} {about['Version']}"] = licence, texts
    lines = ["Work of others that this zip carries", "=" * 36, "", "Unchanged, in the folder wheels; beside them see the files NOTICE in the folder engine.", ""]
    lines += [f"{name}: {licence}" for name, (licence, _) in parts.items()]
    lines += ["", "Models are not in the zip. They are fetched when somebody asks for them:", ""]
    lines += [f"{model.title}: {model.licence}" for model in models.catalogue().values()]
    for name, (licence, texts) in parts.items():
        for text in dict.fromkeys(texts):
            lines += ["", "", "-" * 100, f"{name}: {licence}", "-" * 100, "", text.strip()]
    return "\n".join(lines) + "\n"


def pack(manifest: dict, wanted: list[str], out: Path) -> Path:
    """The models in one zip, which the add-on and `build.py models import` take."""
    known = models.catalogue()
    names = wanted or [name for name, model in known.items() if not model.optional]
    out.mkdir(parents=True, exist_ok=True)
    result = out.resolve() / zips.file_name(manifest["blender"], "models")
    licences = "\n".join(f"{known[name].title}: {known[name].licence}" for name in names) + "\n"
    with zipfile.ZipFile(result, "w") as archive:
        archive.writestr(zipfile.ZipInfo("LICENCES.txt", (2026, 1, 1, 0, 0, 0)), licences)
        for name in names:
            home = models.find(name)
            for file in known[name].files:
                # what is packed already only takes longer to unpack when it is packed again
                with archive.open(zipfile.ZipInfo(f"{name}/{file.name}", (2026, 1, 1, 0, 0, 0)), "w", force_zip64=True) as member, (home / file.name).open("rb") as source:
                    shutil.copyfileobj(source, member, 1 << 20)
    return result


def tools() -> list[Path]:
    """The extension tools of the Blender modules on this computer, that of our own environment first."""
    (home,) = importlib.util.find_spec("bpy").submodule_search_locations
    packages = [Path(home), *sorted(ROOT.glob(".venv*/lib/python*/site-packages/bpy")), *sorted(ROOT.glob(".venv*/Lib/site-packages/bpy"))]
    return list(dict.fromkeys(tool.resolve() for package in packages for tool in package.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")))


def blender(*arguments: str, tool: Path | None = None) -> None:
    """Runs an extension tool that comes with Blender's modules, our own environment's by default."""
    tool = tool or tools()[0]
    done = subprocess.run([sys.executable, str(tool), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"Blender's own tool refused the zip ({arguments[0]}, {tool}):\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
