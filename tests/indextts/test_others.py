"""The other ways to IndexTTS: checkouts of 2.5 and 2.0 that look like their makers', and the real core of a port; each is held to its length."""
import shutil
import subprocess

import numpy as np
import pytest

from engine.apart import binding
from engine.apart.caller import Caller

from .conftest import HERE, noise, saying

HOP = 256


@pytest.fixture(scope="module", params=["indextts25_checkout", "indextts2_checkout"])
def checkout(request, python, tmp_path_factory):
    """The worker in a folder that has what a checkout has."""
    name = request.param
    folder = made(tmp_path_factory.mktemp(name), name)
    caller = Caller(name, [python, "-m", "engine.apart", name, "--folder", str(folder), "--device", "cpu"], folder / "log")
    caller.folder = folder
    yield caller
    caller.close()


def made(folder, name):
    for file in binding(name).FILES:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    (folder / "indextts" / "__init__.py").touch()
    shutil.copy(HERE / "upstream.py", folder / "indextts" / ("infer_v2_5.py" if "25" in name else "infer_v2.py"))
    (folder / "pyproject.toml").write_text('[project]\nversion = "2.5.0"\n')
    return folder


@pytest.fixture
def say(checkout, voice, tmp_path):
    return saying(checkout, voice, tmp_path)


def test_a_checkout_says_who_it_is(checkout):
    hello = checkout.hello()
    assert "indextts 2.5.0" in hello.version and hello.missing == ()
    assert ("ja" in hello.languages) == (hello.engine == "IndexTTS 2.5 checkout")


@pytest.mark.parametrize("samples", [40 * HOP, 61 * HOP, 173 * HOP, 55125])
def test_a_checkout_hits_its_length(say, samples):
    answer, sound = say(samples=samples)
    assert len(sound) == samples and answer.exact


def test_a_checkout_is_alike_by_its_seed_and_hears_emotions(say, tmp_path):
    first = say(samples=22050)[1]
    assert np.array_equal(say(samples=22050)[1], first) and not np.array_equal(say(samples=22050, seed=1)[1], first)
    assert not np.array_equal(say(samples=22050, vector=(0.5, 0, 0, 0, 0, 0, 0, 0))[1], first)
    assert not np.array_equal(say(samples=22050, clip=str(noise(tmp_path / "clip.wav", 2)), strength=0.5)[1], first)


def test_what_a_checkout_prints_goes_to_the_log(checkout, say):
    say(samples=22050)
    assert "origin text" in (checkout.folder / "log").read_text()


def test_limits_and_its_own_pace_in_a_checkout(say):
    own, sound = say()
    assert len(sound) / 22050 == pytest.approx(own.natural)
    slow, sound = say(samples=22050 * 20, longest=1.25)
    assert len(sound) / 22050 == pytest.approx(1.25 * slow.natural, abs=HOP / 22050)


def test_without_the_lever_it_is_said(python, voice, tmp_path):
    name = "indextts25_checkout"
    folder = made(tmp_path / "other", name)
    module = folder / "indextts" / "infer_v2_5.py"
    module.write_text(module.read_text().replace("ylens", "lengths"))
    caller = Caller(name, [python, "-m", "engine.apart", name, "--folder", str(folder), "--device", "cpu"], folder / "log")
    try:
        say = saying(caller, voice, tmp_path)
        answer, _sound = say(samples=22050)
        assert not answer.exact and any("rough factor" in warning for warning in answer.warnings)
        assert say()[0].exact, "its own pace is what it is"
    finally:
        caller.close()


@pytest.fixture(scope="module")
def port(python, weights, tmp_path_factory):
    """The real core of the port for ONNX Runtime, which asks the tests' numbers instead of its graphs."""
    name = "indextts_onnx"
    folder = tmp_path_factory.mktemp("port")
    for file in binding(name).FILES:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    for file in ("multilingual_zh_ja_yue_char_del.tiktoken", "hf_cache/w2v-bert-2.0/config.json", "hf_cache/w2v-bert-2.0/preprocessor_config.json"):
        shutil.copy(weights / file, folder / file)
    projection = "import numpy as np, sys; np.savez(sys.argv[1], weight=np.random.default_rng(1).standard_normal((1280, 192)), bias=np.zeros(1280))"
    subprocess.run([python, "-c", projection, str(folder / "spk_proj.npz")], check=True)
    caller = Caller(name, [python, str(HERE / "ports.py"), name, "--folder", str(folder)], folder / "log")
    yield caller
    caller.close()


def test_a_port_hits_its_length(port, voice, tmp_path):
    say = saying(port, voice, tmp_path)
    own, sound = say()
    assert len(sound) % HOP == 0 and own.natural == pytest.approx(len(sound) / 22050)
    for samples in (40 * HOP, 61 * HOP, 173 * HOP, 55125):
        answer, sound = say(samples=samples)
        assert len(sound) == samples and answer.exact
    slow, sound = say(samples=22050 * 20, longest=1.25)
    assert len(sound) / 22050 == pytest.approx(1.25 * slow.natural, abs=HOP / 22050)


def test_a_port_is_alike_by_its_seed_and_hears_a_clip(port, voice, tmp_path):
    say = saying(port, voice, tmp_path)
    first = say(samples=22050)[1]
    assert np.array_equal(say(samples=22050)[1], first) and not np.array_equal(say(samples=22050, seed=1)[1], first)
    clip = str(noise(tmp_path / "clip.wav", 4))
    assert not np.array_equal(say(samples=22050, clip=clip, strength=1.0)[1], first)
    assert np.array_equal(say(samples=22050, clip=clip, strength=0.0)[1], first)
    assert "emotion_vector" not in port.hello().capabilities
