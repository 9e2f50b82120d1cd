"""What every engine apart must offer, whoever adds one: the template test, and the worked example of the guide."""
import ast
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from engine import apart
from engine.apart.bindings import Description, Sound, Stopped
from engine.apart.talk import Utterance
from engine.problems import LineProblem
from engine.voices.text import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
CAPABILITIES = {"exact_length", "emotion_vector", "emotion_clip"}


@pytest.mark.parametrize("name", apart.NAMES)
def test_a_binding_says_what_it_is(name, tmp_path):
    told = apart.binding(name)
    lacking = [wanted for wanted in Description.__annotations__ if not hasattr(told, wanted)]
    assert not lacking
    assert told.TITLE and 8000 <= told.RATE <= 192000
    assert told.LANGUAGES and set(told.LANGUAGES) <= set(LANGUAGES) and set(told.CAPABILITIES) <= CAPABILITIES
    assert bool(told.LICENCE) == bool(told.LICENCE_TOLD), "what is to be accepted is told in plain words"
    assert all("==" in told.PACKAGES[0] for _ in told.PACKAGES[:1]), "the engine itself is pinned"
    assert all(not Path(file).is_absolute() and "\\" not in file for file in told.FILES)
    assert not told.HUB or all(any(file.startswith(prefix) for prefix in told.HUB) for file in told.FILES)
    made = told.Binding(tmp_path, "cpu", True)
    assert callable(made.load) and callable(made.say)
    try:
        assert made.version()
    except LineProblem as problem:  # not installed here, which it says itself
        assert problem.code == "engine_python" and told.TITLE in problem.message


def test_titles_are_told_apart():
    titles = [apart.binding(name).TITLE for name in apart.NAMES]
    assert len(set(titles)) == len(titles)


def test_no_binding_loads_its_engine():
    program = f"import sys\nfrom engine import apart\nfor name in {apart.NAMES!r}: apart.binding(name)\nprint(*{{'torch', 'transformers', 'indextts25', 'onnxruntime', 'numpy'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_worker_is_written_for_python_3_10():
    """Blender's own Python is newer, a person's may not be."""
    worker = [*(ROOT / "engine" / "apart").rglob("*.py"), *(ROOT / "engine" / f"{name}.py" for name in ("__init__", "wire", "events", "script", "expression", "tracks", "problems"))]
    for path in worker:
        text = path.read_text(encoding="utf-8")
        ast.parse(text, str(path), feature_version=(3, 10))
        assert "file_digest" not in text and "tomllib" not in text, f"{path} uses what came with 3.11"


@pytest.fixture
def example(tmp_path):
    guide = (ROOT / "docs" / "add-an-engine.md").read_text(encoding="utf-8")
    path = tmp_path / "clicks.py"
    path.write_text(re.search(r"```python\n(.*?)```", guide, re.DOTALL)[1], encoding="utf-8")
    found = spec_from_file_location("clicks", path)
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_guides_example_speaks(example, tmp_path):
    assert all(hasattr(example, wanted) for wanted in Description.__annotations__)
    engine, told = example.Binding(tmp_path), []
    engine.load()
    sound = engine.say(Utterance("One two.", "en-us", "", "", samples=9000), lambda done, doing: told.append(done), lambda: False)
    assert isinstance(sound, Sound) and len(sound.pcm) == 2 * 9000 and sound.natural == pytest.approx(0.6)
    assert told == sorted(told) and told[0] == 0
    free = engine.say(Utterance("One two.", "en-us", "", ""), lambda done, doing: None, lambda: False)
    assert len(free.pcm) / 2 / example.RATE == pytest.approx(free.natural)
    with pytest.raises(Stopped):
        engine.say(Utterance("One two.", "en-us", "", ""), lambda done, doing: None, lambda: True)
