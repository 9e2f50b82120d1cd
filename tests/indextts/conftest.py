"""The Python that has IndexTTS, and one folder of random weights for all tests; nothing here ever reaches for a network."""
import os
import subprocess
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.apart.caller import Caller
from engine.apart.talk import Utterance

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON = os.environ.get("DUBLINE_INDEXTTS") or str(ROOT / ".venv-indextts" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
RATE = 22050


@pytest.fixture(scope="session")
def python() -> str:
    assert Path(PYTHON).exists(), f"{PYTHON} is missing: `python3.11 build.py test` makes it, or DUBLINE_INDEXTTS names a Python that has IndexTTS"
    return PYTHON


@pytest.fixture(scope="session")
def weights(python, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    subprocess.run([python, str(HERE / "tiny.py"), str(folder)], check=True, env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"})
    return folder


@pytest.fixture(scope="session")
def voice(tmp_path_factory) -> Path:
    return noise(tmp_path_factory.mktemp("voices") / "voice.wav", 0)


def noise(path: Path, seed: int) -> Path:
    """A second of something to imitate."""
    random = np.random.default_rng(seed)
    tone = np.sin(2 * np.pi * (120 + 200 * seed) * np.arange(RATE) / RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((6000 * tone + random.normal(0, 1000, RATE)).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="session")
def caller(python, weights, tmp_path_factory):
    made = Caller("IndexTTS 2.5", [python, str(HERE / "quick.py"), "indextts", "--folder", str(weights), "--device", "cpu"], tmp_path_factory.mktemp("log") / "worker.log")
    yield made
    made.close()


@pytest.fixture
def say(caller, voice, tmp_path):
    return saying(caller, voice, tmp_path)


def saying(caller, voice, folder):
    """A function that says something and gives the answer and the samples."""

    def go(text="Nobody asked me.", stop=lambda: False, tell=lambda done, doing: None, **more):
        wanted = replace(Utterance(text, "en-us", str(voice), str(folder / "out.wav"), shortest=0.01, longest=50.0), **more)
        answer = caller.say(wanted, stop, tell)
        with wave.open(wanted.out) as file:
            assert (file.getframerate(), file.getnchannels()) == (RATE, 1)
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert len(samples) == answer.samples
        return answer, samples

    return go
