"""Who speaks: the network put together here gives its authors' own numbers, and tells the real voices apart."""
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from engine.hear import speaker
from engine.problems import LineProblem
from engine.speak import Engine

from .sound import heard
from .test_kokoro import take

KENNEDY = Path(__file__).parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"
AUTHORS = Path(__file__).with_name("speaker_kennedy.txt")
"""The embedding of that clip by torch and 3D-Speaker's own graph, as `tests.bench.emotion.speaker` prints it."""


@pytest.fixture(scope="module")
def likeness(models):
    return speaker.Likeness(models)


def test_bands_are_where_their_tones_are():
    times = np.arange(speaker.RATE) / speaker.RATE
    low, high = (speaker.filterbank(0.1 * np.sin(2 * np.pi * hertz * times)).mean(axis=0) for hertz in (300, 3000))
    assert low.shape == (speaker.MELS,)
    for bands, hertz in ((low, 300), (high, 3000)):
        mel = 1127 * np.log(1 + hertz / 700)
        edges = 1127 * np.log(1 + np.array([20, 8000]) / 700)
        assert bands.argmax() == pytest.approx((mel - edges[0]) / (edges[1] - edges[0]) * (speaker.MELS + 1) - 1, abs=1)


def test_less_than_a_frame_has_no_bands():
    with pytest.raises(ValueError):
        speaker.filterbank(np.zeros(399, np.float32))


def test_a_missing_model_is_said_and_harms_nothing(tmp_path):
    with pytest.raises(LineProblem) as problem:
        speaker.Likeness(tmp_path)
    assert problem.value.code == "cannot_hear"
    assert "campplus" in str(problem.value)


def test_another_network_in_the_file_is_told(tmp_path, monkeypatch):
    """The catalogue would have found it out; what is drawn does not rely on that."""
    import zipfile

    with zipfile.ZipFile(tmp_path / "campplus_cn_common.bin", "w") as file:
        file.writestr("archive/data/0", b"\0" * 8)
    monkeypatch.setattr(speaker.catalogue, "find", lambda name, models: tmp_path)
    with pytest.raises(LineProblem) as problem:
        speaker.Likeness(tmp_path)
    assert problem.value.code == "cannot_hear"


@pytest.mark.model
def test_numbers_are_those_of_the_authors(likeness):
    samples, rate = soundfile.read(KENNEDY, dtype="float32")
    ours = likeness.embedding(samples, rate)
    assert np.linalg.norm(ours) == pytest.approx(1, abs=1e-5)
    assert np.abs(ours - np.loadtxt(AUTHORS).ravel()).max() < 1e-4


@pytest.mark.model
def test_too_short_a_sound_has_no_speaker(likeness):
    with pytest.raises(LineProblem) as problem:
        likeness.embedding(np.zeros(7000, np.float32), 16000)
    assert problem.value.code == "cannot_hear"


@pytest.mark.model
def test_one_real_speaker_is_like_himself_at_any_rate(likeness):
    samples, rate = soundfile.read(KENNEDY, dtype="float32")
    half = len(samples) // 2
    first, second = likeness.embedding(samples[:half], rate), likeness.embedding(samples[half:], rate)
    assert likeness.alike(first, second) > 0.7
    again = likeness.embedding(soxr.resample(samples[:half], rate, 44100), 44100)
    assert likeness.alike(first, again) > 0.99


@pytest.mark.model
def test_stock_voices_are_told_apart(likeness, models, tmp_path):
    engine = Engine(models)
    ears = {}
    for voice in ("bm_george", "af_heart"):
        for text in ("My brother wrote a letter from the coast.", "They are waiting for us at the station."):
            ears[voice, text] = likeness.embedding(*heard(take(engine, tmp_path, text, voice=voice, mode="free").path))
    pairs = {(a, b): likeness.alike(ears[a], ears[b]) for a in ears for b in ears if a < b}
    same = [value for (a, b), value in pairs.items() if a[0] == b[0]]
    other = [value for (a, b), value in pairs.items() if a[0] != b[0]]
    assert min(same) > max(other) + 0.2
