"""A voice that is learned: the graphs in torch say what they say in ONNX Runtime, and the way back leads to the speaker."""
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from engine import models as catalogue
from engine.hear import campplus, speaker
from engine.voices import Cancelled, graph, mirror, refine, space
from engine.voices.backward import Backward, _tiles
from engine.voices.ear import Ear
from engine.voices.enrol import Found
from engine.voices.styles import MODEL, Styles

TEXTS = ("Yes.", "Oh no.", "Well.")
"""As short as can be: the first two are learned."""


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(1).standard_normal(32000).astype(np.float32) * 0.1


@pytest.fixture(scope="module")
def ear(models):
    return Ear(models)


@pytest.fixture(scope="module")
def voice(models):
    timbre = Styles(models, {}).timbre("am_michael", 100)[0]
    return Found(tuple(map(float, timbre)), "am_michael", 110.0)


@pytest.fixture(scope="module")
def reflected(models, voice):
    return mirror.Mirror(voice, "en-us", models, TEXTS)


@pytest.fixture(scope="module")
def goal(models, reflected):
    """Another voice's."""
    torch.set_num_threads(1)
    own = Styles(models, {}).timbre("am_adam", 100)[0]
    sound = np.concatenate([reflected.sound(number, own) for number in range(len(TEXTS))])
    return reflected.goal(sound, mirror.RATE, models)


def test_the_ear_in_torch_is_the_ear(models):
    (file,) = catalogue.catalogue()[speaker.MODEL].files
    network = campplus.graph(catalogue.find(speaker.MODEL, models) / file.name)
    bands = np.random.default_rng(1).standard_normal((1, 230, campplus.MELS)).astype(np.float32)
    (wanted,) = onnxruntime.InferenceSession(network.SerializeToString()).run(None, {"bands": bands})
    found = Backward(network, ("bands",)).bound()(torch.from_numpy(bands)).numpy()
    assert speaker.Likeness.alike(found[0], wanted[0]) > 0.9999


def test_the_decoder_in_torch_is_the_decoder(models, voice, reflected):
    # phases and harmonics come from ONNX Runtime itself, so that even the voiceless sounds are the same
    folder = catalogue.find(MODEL, models)
    stages = graph.prepare(folder / "kokoro-v1.0.int8.onnx", folder / "stages")
    sessions, timbre = graph.open(stages, 1), np.array(voice.timbre, np.float32)
    feeds = mirror._curves(sessions, Styles(models, {}), voice, "en-us", TEXTS[0], models)
    (wanted,) = sessions.decoder.run(None, {**feeds, "style": timbre[None]})
    assert np.abs(reflected.sound(0, timbre) - wanted.reshape(-1)).max() < 1e-3


def test_the_filterbank_is_the_one_the_ear_was_taught_on(ear, noise):
    found = ear.filterbank(torch.from_numpy(noise)).numpy()
    assert np.abs(found - speaker.filterbank(noise)).max() < 1e-3


def test_resampling_keeps_what_speech_has_and_nothing_else(ear):
    times = np.arange(24000) / 24000
    for hertz, passed in ((300, 1.0), (3000, 1.0), (7000, 1.0), (9000, 0.0), (11500, 0.0)):
        found = ear.resampled(torch.from_numpy(np.sin(2 * np.pi * hertz * times).astype(np.float32))).numpy()
        wanted = passed * np.sin(2 * np.pi * hertz * np.arange(len(found)) / 16000)
        assert len(found) == 16000 and np.abs(found - wanted)[200:-200].max() < 2e-3, hertz


def test_the_way_back_through_the_tiles_is_torchs():
    for shape, points, stride in (((2, 1, 14), 5, 3), ((2, 1, 10, 2), 4, 3)):
        x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
        weight = torch.randn((3, 1, points, *[1] * (len(shape) - 3)), dtype=torch.float64)
        assert torch.autograd.gradcheck(lambda x, weight=weight, stride=stride: _tiles().apply(x, weight, stride), (x,))


def test_some_steps_make_what_is_learned_more_alike(models, voice, reflected, goal, monkeypatch, tmp_path):
    monkeypatch.setattr(refine, "LEARNED", 2)
    monkeypatch.setattr(refine, "STEPS", 3)
    axes, likeness = space.of(models), []
    course = refine._begun(voice, reflected, goal, axes, len(TEXTS))
    while not course.over:
        likeness.append(refine.advance(course, voice, reflected, goal, axes))
    assert likeness[2] > likeness[0] + 0.02


def test_a_course_that_was_broken_off_ends_as_one_that_was_not(models, voice, reflected, goal, monkeypatch, tmp_path):
    monkeypatch.setattr(refine, "LEARNED", 2)
    monkeypatch.setattr(refine, "STEPS", 2)
    axes, told = space.of(models), []

    def course(stop, home: Path):
        return refine.learned(voice, reflected, goal, axes, len(TEXTS), lambda done, what: told.append(done), stop, home)

    whole = course(lambda: False, tmp_path / "whole")
    assert told == sorted(told) and all(0 <= done <= 1 for done in told)
    done = len(told)
    with pytest.raises(Cancelled):
        course(lambda: len(told) > done, tmp_path / "broken")
    assert len(told) == done + 1
    again = course(lambda: False, tmp_path / "broken")
    assert len(told) == done + 2
    np.testing.assert_array_equal(again.place, whole.place)
    assert again.likeness == whole.likeness


def test_an_operator_that_is_not_known_is_told():
    node = onnx.helper.make_node("Hardmax", ["x"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2]) for name in "xy"]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "one", ends[:1], ends[1:]))
    with pytest.raises(ValueError, match="Hardmax"):
        Backward(model, ("x",))
