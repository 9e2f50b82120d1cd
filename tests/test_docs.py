"""The pages of docs/ hold: their code runs, their examples are read by what reads such files, and what they name is there."""
import contextlib
import importlib.metadata
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import build
import environments
from engine import __main__ as shell
from engine import __version__, wire
from engine.formats import screenplay, table
from engine.models import File
from engine.plan import SOUND
from engine.problems import PROBLEMS
from engine.script import Check, Job, Take
from engine.sources import Source

ROOT = Path(__file__).resolve().parent.parent
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in (*sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")}
BLOCKS = re.compile(r"(?:<!-- (?P<mark>\S+) -->\n)?```(?P<kind>\w*)\n(?P<body>.*?)```", re.DOTALL)
KINDS = {"python", "bash", "json", "toml", "csv", "fountain", "text"}
MADE = (".venv", ".models", "out/", "dist/", "takes", "people/", "engines/")
ENDINGS = (".py", ".md", ".toml", ".in", ".txt", ".png", ".yaml", "/")


def blocks(kind: str) -> list:
    """(page, mark, text) of every block of this kind."""
    return [pytest.param(name, block["mark"] or "", block["body"], id=f"{name}-{number}") for name, text in PAGES.items() for number, block in enumerate(BLOCKS.finditer(text), 1) if block["kind"] == kind]


@pytest.mark.parametrize("name", PAGES)
def test_every_block_is_of_a_kind_that_is_checked(name):
    assert {block["kind"] for block in BLOCKS.finditer(PAGES[name])} <= KINDS


@pytest.mark.parametrize("name", [name for name, text in PAGES.items() if "```python" in text])
def test_its_python_runs(name, tmp_path):
    program = "\n".join(block["body"] for block in BLOCKS.finditer(PAGES[name]) if block["kind"] == "python")
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=surroundings, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.mark.parametrize(("name", "mark", "text"), blocks("bash"))
def test_its_commands_are_understood(name, mark, text):
    for words in (shlex.split(line, comments=True) for line in text.replace("\\\n", " ").splitlines()):
        parsers = {("python", "build.py"): (build._parser, 2), ("python", "-m", "engine"): (shell._parser, 3)}
        for start, (parser, size) in parsers.items():
            if tuple(words[:size]) == start:
                told = io.StringIO()
                try:
                    with contextlib.redirect_stderr(told):
                        options, rest = parser().parse_known_args(words[size:])
                except SystemExit:
                    pytest.fail(f"{name}: {shlex.join(words)}: {told.getvalue()}")
                assert not rest or getattr(options, "passes", ""), f"{name}: {shlex.join(words)} has {rest}"


@pytest.mark.parametrize(("name", "mark", "text"), blocks("json"))
def test_its_json_is_read(name, mark, text):
    data = json.loads(text)
    if mark == "job":
        assert isinstance(wire.loads(text), Job)
    elif mark == "message":
        assert wire.loads(text).code in PROBLEMS
    elif "dubline_take" in data:
        take = wire.build(Take, data["take"])
        assert take.samples and take.plan.engine == SOUND and data["provenance"]["made_by"] == f"Dubline {__version__}"
    elif "dubline_check" in data:
        assert wire.build(Check, data["check"]).mode == "light"


@pytest.mark.parametrize(("name", "mark", "text"), blocks("toml"))
def test_its_catalogue_is_one(name, mark, text):
    for model in tomllib.loads(text)["models"].values():
        assert all(File(file, **row).size for file, row in model["files"].items())
        assert all(Source(**source).kind in ("official", "packages") for source in model["sources"])


@pytest.mark.parametrize(("name", "mark", "text"), blocks("csv"))
def test_its_tables_are_read(name, mark, text, tmp_path):
    (tmp_path / "lines.csv").write_text(text, encoding="utf-8")
    found = table.read(tmp_path / "lines.csv", pictures=24.0)
    assert len(found.cues) == len(text.strip().splitlines()) - 1 and not found.problems


@pytest.mark.parametrize(("name", "mark", "text"), blocks("fountain"))
def test_its_screenplays_are_read(name, mark, text):
    found = screenplay.read(text)
    assert found.cues and not found.problems


@pytest.mark.parametrize("name", PAGES)
def test_what_it_names_is_there(name):
    home, prose = (ROOT / name).parent, BLOCKS.sub("", PAGES[name])
    links = set(re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", prose)) | set(re.findall(r'src="([^":]+)"', prose))
    assert not [link for link in sorted(links) if not (home / link).exists()]
    roots = {path.name for path in ROOT.iterdir()}
    files = {word for word in re.findall(r"`([\w./*-]+)`", prose) if "/" in word and word.split("/")[0] in roots and word.endswith(ENDINGS) and not word.startswith(MADE)}
    assert not [file for file in sorted(files) if not list(ROOT.glob(file))]


def test_the_tests_that_security_names_are_there():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGES["docs/security.md"])
    assert len(named) > 25
    assert not [(file, test) for file, test in named if not (ROOT / file).is_file() or (test and f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8"))]


def test_the_changelog_begins_with_this_version():
    assert re.search(r"^## \[(\d+\.\d+\.\d+)\]", PAGES["CHANGELOG.md"], re.MULTILINE)[1] == __version__


def test_what_is_checked_elsewhere_is_what_is_checked_here():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    steps = [step.get("run") for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in steps and workflow["jobs"]["fast"]["strategy"]["matrix"]["python"] == list(environments.DEFAULTS)
    (group,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    ruff = next(hook for hook in group["hooks"] if hook["id"] == "ruff")
    assert ruff["additional_dependencies"] == [f"ruff=={importlib.metadata.version('ruff')}"]
