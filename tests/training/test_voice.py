"""How the encoder of timbres is trained: voices that never were, a run that is taken up, a mood driven out, a file that says what the network says."""
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import models
from engine.hear.feeling import BANDS
from engine.train.voice import __main__ as voice
from engine.train.voice import judged, spoken, training
from engine.train.voice.corpus import MOODS, Example
from engine.train.voice.export import difference, exported
from engine.train.voice.network import Exported, Network
from engine.voices.space import of


@pytest.fixture(scope="module")
def space():
    return of(models.folder())


@pytest.fixture(scope="module")
def hums(space):
    """Examples of twenty voices whose mel spectrogram and embedding follow from their timbre, two each."""
    draw = np.random.default_rng(1)
    seen, speaker = draw.standard_normal((48, BANDS)) / 5, draw.standard_normal((48, 192)) / 5
    found = []
    for number in range(20):
        place = draw.standard_normal(48)
        embedding = np.tanh(place @ speaker)
        embedding = (embedding / np.linalg.norm(embedding)).astype(np.float32)
        for turn in range(2):
            levels = ((place @ seen)[:, None] * 6 + draw.normal(0, 2, (BANDS, 150))).astype(np.float16)
            found.append(Example(number, number * 2 + turn, space.style(place).astype(np.float32), np.array([5 + 0.1 * place[0], 1.4 + 0.1 * place[1]], np.float32), 8 if turn else number % 8, "en", (levels, levels), np.stack([embedding, embedding])))
    return found


def test_a_drawn_voice_is_always_the_same_and_none_is_like_another():
    one, again = (list(spoken.clips(models.folder(), 4)) for _ in range(2))
    assert one == again and [clip.number for clip in one] == list(range(8))
    assert len({clip.timbre for clip in one}) == 4
    assert all(60 < clip.f0 < 450 for clip in one)
    assert all((clip.mood != "neutral") == (clip.number % spoken.CLIPS == spoken.CLIPS - 1) for clip in one)


def test_a_timbre_is_found_again_in_its_place(space):
    places = space.place(space.stock)
    assert np.abs(space.style(places) - space.stock).max() < 0.2
    assert places.std(axis=0) == pytest.approx(1, abs=1e-3)


def test_a_run_that_was_broken_off_ends_as_one_that_was_not(hums, space, tmp_path, monkeypatch):
    known = training.material(space, hums)
    ear = training.foretold(hums, known)
    recipe = training.Recipe(epochs=2, batch=8)
    whole = training.train(hums, [], known, ear, recipe, tmp_path / "whole")
    keep = training.keep

    def killed(path, recipe, epoch, *rest):
        keep(path, recipe, epoch, *rest)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        training.train(hums, [], known, ear, recipe, tmp_path / "broken")
    monkeypatch.setattr(training, "keep", keep)
    resumed = training.train(hums, [], known, ear, recipe, tmp_path / "broken")
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert (tmp_path / "broken" / "log.csv").read_text() == (tmp_path / "whole" / "log.csv").read_text()
    assert "<polyline" in voice.course(tmp_path / "whole" / "log.csv")


def test_it_learns_which_timbre_made_a_sound(hums, space, tmp_path):
    known = training.material(space, hums)
    ear = training.foretold(hums, known)
    network = training.train(hums, [], known, ear, replace(voice.BASE, epochs=30, batch=8), tmp_path / "final")
    assert judged.recovered(network, ear, known, hums, 0)["variance"] > 0.5
    told = judged.moods(network, hums, hums)
    assert 0 <= told["probe"] <= 1 and told["chance"] == round(1 / len(MOODS), 3)


def test_real_people_teach_without_a_known_timbre(hums, space, tmp_path):
    known = training.material(space, hums)
    ear = training.foretold(hums, known)
    strangers = [replace(example, voice=-1) for example in hums[:6]]
    training.train(hums[6:], strangers, known, ear, training.Recipe(epochs=1, batch=8), tmp_path / "real")
    (row,) = (tmp_path / "real" / "log.csv").read_text().splitlines()[1:]
    assert float(row.split(",")[5]) > 0


def test_the_file_says_what_the_network_says(hums, space, tmp_path):
    torch.manual_seed(1)
    network, known = Network(len(space.axes)).eval(), training.material(space, hums)
    exported(network, known, tmp_path / "timbre.onnx")
    assert (tmp_path / "timbre.onnx").stat().st_size < 15e6
    assert difference(Exported(network, space.middle, space.axes, known.prior).eval(), tmp_path / "timbre.onnx") < 2e-4


def test_the_whole_way_goes_on_a_few_sounds(tmp_path):
    assert voice.smoke(tmp_path) == 0
    assert (tmp_path / "timbre.onnx").exists() and (tmp_path / "figures.json").exists()
