"""Install as the preferences and the shell do it, from the package index into an environment of its own, until the engine that came of it speaks."""
import json
import shutil
import sys

import pytest
import soundfile

from engine.__main__ import main
from engine.apart import binding, setup

pytestmark = pytest.mark.slow

TOLD = binding("indextts")


@pytest.fixture
def home(models, tmp_path, monkeypatch):
    """A folder of models, on a computer whose pip may bring no PyTorch for graphics cards."""
    home = tmp_path / "models"
    home.mkdir()
    (home / "kokoro-v1.0").symlink_to(models / "kokoro-v1.0", target_is_directory=True)
    constraint = tmp_path / "constraint.txt"
    constraint.write_text("torch==2.13.0+cpu ; sys_platform == 'linux'\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(constraint))
    yield home
    shutil.rmtree(home / "engines")  # gigabytes


def test_from_nothing_to_a_sentence(home, weights, capsys):
    def engines(*words):
        code = main(["engines", *words, "--models", str(home)])
        return code, capsys.readouterr()

    code, told = engines("install", "indextts", "--python", sys.executable, "--index", "pypi")
    assert code == 0, told.err
    python = setup.read(home, "indextts").python
    assert told.out.strip() == python and "Successfully installed" in (home / "engines" / "indextts-install.log").read_text()
    code, told = engines("test", "indextts")
    assert code == 2 and TOLD.LICENCE in told.err, "the licence comes first"
    assert engines("licence", "indextts", "--accept", TOLD.LICENCE)[0] == 0
    code, told = engines("test", "indextts")
    assert code == 2 and all(file in told.err for file in TOLD.FILES), "what lacks is named"
    assert engines("set", "indextts", "--folder", str(weights), "--device", "cpu")[0] == 0
    code, told = engines("test", "indextts", "--json", "--out", str(home / "try.wav"))
    assert code == 0, told.err
    numbers = json.loads(told.out)
    assert "indextts25-inference 0.2.0" in numbers["version"] and "torch 2.13.0" in numbers["version"]
    assert numbers["device"] == "cpu" and numbers["length"] > 0 and numbers["seconds"] > 0 and (home / "try.wav").stat().st_size > 1000
    japanese = ["say", "どこへ行くの。", "--family", "indextts", "--lang", "ja", "--voice", "af_heart", "--out", str(home / "ja.wav"), "--models", str(home)]
    assert main(japanese) == 0, capsys.readouterr().err
    assert soundfile.info(home / "ja.wav").frames > 1000
