"""How the encoder of feelings is trained: a reversed gradient, a run that is taken up, a file that says what the network says."""
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.hear.feeling import BANDS, EMBEDDING
from engine.train.emotion import __main__ as emotion
from engine.train.emotion import humming, judged, spoken, training
from engine.train.emotion.export import difference, exported
from engine.train.emotion.network import Exported, GradientReversal, Network

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def corpus():
    return emotion.gathered(*humming.clips())


def test_the_gradient_comes_back_reversed_and_weighed():
    values = torch.ones(3, requires_grad=True)
    GradientReversal.apply(values, 0.5).sum().backward()
    assert values.grad.tolist() == [-0.5] * 3


def test_the_reversal_sets_in_slowly_and_ends_at_its_weight():
    weights = [training.reversal(training.Recipe(reversal=0.5), progress) for progress in (0.0, 0.1, 0.5, 1.0)]
    assert weights[0] == 0 and weights == sorted(weights) and weights[-1] == pytest.approx(0.5, abs=1e-3)
    assert training.reversal(training.Recipe(reversal=0.5, grown=True), 0.0) == 0.5


def test_a_run_that_was_broken_off_ends_as_one_that_was_not(corpus, tmp_path, monkeypatch):
    recipe = training.Recipe(epochs=2)
    whole = training.train(corpus.taught, corpus.speakers, recipe, tmp_path / "whole")
    keep = training.keep

    def killed(path, recipe, epoch, *rest):
        keep(path, recipe, epoch, *rest)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        training.train(corpus.taught, corpus.speakers, recipe, tmp_path / "broken")
    monkeypatch.setattr(training, "keep", keep)
    resumed = training.train(corpus.taught, corpus.speakers, recipe, tmp_path / "broken")
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert (tmp_path / "broken" / "log.csv").read_text() == (tmp_path / "whole" / "log.csv").read_text()


def test_the_file_says_what_the_network_says(tmp_path):
    torch.manual_seed(1)
    network = Network(3).eval()
    exported(network, 1.7, tmp_path / "feeling.onnx")
    assert difference(Exported(network, 1.7).eval(), tmp_path / "feeling.onnx") < 1e-4
    assert (tmp_path / "feeling.onnx").stat().st_size < 3e6


def test_no_voice_that_is_judged_by_is_taught(corpus):
    assert {example.speaker for example in corpus.taught} & {*spoken.HELD_OUT, *emotion.VALIDATION} == set()


def test_what_is_not_known_of_real_men_is_not_asked(corpus):
    for example in corpus.men:
        assert example.known.sum() == 2 and example.among.sum() == 3


def test_a_clip_is_given_as_one_of_the_networks_pictures(corpus):
    for crops, examples in training.batches(corpus.taught, training.Recipe(), np.random.default_rng(1)):
        assert crops.shape[:2] == (len(examples), BANDS) and np.isfinite(crops).all()


def test_a_probe_reads_what_is_there_and_nothing_else():
    draw = np.random.default_rng(1)
    labels = np.array(["one", "two"] * 50)
    values = draw.standard_normal((100, EMBEDDING))
    assert judged.probe(values[:50], labels[:50], values[50:], labels[50:]) < 0.75
    values[:, 0] += 6 * (labels == "one")
    assert judged.probe(values[:50], labels[:50], values[50:], labels[50:]) > 0.9


def test_labels_are_what_gives_the_same_sound_again():
    for clip in spoken.clips({"af_nova": "en-us", "zm_yunyang": "zh", "jf_alpha": "ja"})[:40]:
        again = replace(clip, emotion=replace(clip.emotion, **dict(zip(spoken.EIGHT, clip.label, strict=True))))
        assert spoken.limited(again.emotion) == spoken.limited(clip.emotion)


@pytest.mark.slow
def test_the_whole_way_in_small():
    done = subprocess.run([sys.executable, "-m", "engine.train.emotion", "--smoke"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "feeling.onnx: 0." in done.stdout, done.stderr
