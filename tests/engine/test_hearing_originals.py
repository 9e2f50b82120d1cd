"""Where an original speaks and how loud: known pauses are found, and what cannot be heard is told, never raised."""
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.hear.activity import stretches
from engine.hear.original import listen
from engine.hear.recording import read
from engine.loudness import loudness
from engine.problems import LineProblem
from engine.script import Recording

RECORDING = Path(__file__).resolve().parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"
SPOKEN = ((0.33, 2.11), (3.29, 3.70), (4.01, 4.30), (5.415, 7.57), (8.195, 10.37))
"""Seconds in which the recording speaks, as seen in its wave and spectrogram."""


@pytest.fixture(scope="module")
def speech():
    return soundfile.read(RECORDING, dtype="float32")


def near(found, wanted, late=0.05):
    assert len(found) == len(wanted), found
    for stretch, (begin, end) in zip(found, wanted, strict=True):
        assert abs(stretch.start - begin) < 0.03 and abs(stretch.end - end) < late, (stretch, begin, end)


def test_the_phrases_of_a_recording(speech):
    near(stretches(*speech), SPOKEN)


@pytest.mark.parametrize("decibels", [-30, -12, 0])
def test_at_any_level(speech, decibels):
    samples, rate = speech
    near(stretches(samples * np.float32(10 ** (decibels / 20)), rate), SPOKEN)


def test_known_pauses_between_pieces(speech):
    """The phrases set down again with other pauses, in a faint noise."""
    samples, rate = speech
    chance = np.random.default_rng(3)
    pieces, wanted, at = [], [], 0.0
    for begin, end in SPOKEN:
        pause = float(chance.uniform(0.3, 1.2))
        pieces += [np.zeros(round(pause * rate), np.float32), samples[round(begin * rate) : round(end * rate)]]
        at += pause
        wanted.append((at, at + end - begin))
        at += end - begin
    sound = np.concatenate([*pieces, np.zeros(rate, np.float32)])
    sound += 1e-4 * chance.standard_normal(len(sound)).astype(np.float32)
    near(stretches(sound, rate), wanted, 0.08)


@pytest.mark.parametrize("kind", ["silence", "noise", "hum", "clicks", "nothing"])
def test_what_is_no_speech(kind):
    rate, time = 48000, np.arange(96000) / 48000
    sound = {
        "silence": np.zeros(96000), "noise": 0.1 * np.random.default_rng(1).standard_normal(96000), "hum": 0.3 * np.sin(2 * np.pi * 50 * time),
        "clicks": (np.arange(96000) % 9600 == 0) * 0.9, "nothing": np.zeros(0),
    }[kind]  # fmt: skip
    assert stretches(sound.astype(np.float32), rate) == ()


def test_times_are_the_slots_and_volume_counts(speech):
    samples, rate = speech
    heard = listen(Recording(str(RECORDING), 3.0, 5.0, at=0.5, volume=0.5))
    assert heard.stretches[0].start == pytest.approx(0.5 + 3.29 - 3.0, abs=0.03) and not heard.warnings
    full = listen(Recording(str(RECORDING), 3.0, 5.0))
    assert full.loudness - heard.loudness == pytest.approx(6.02, abs=0.01)
    assert full.loudness == pytest.approx(loudness(samples[3 * rate : 8 * rate], rate), abs=1.5), "of the speech, not of the pauses"


@pytest.mark.parametrize("kind", [".wav", ".flac", ".ogg", ".mp3", ".aiff"])
def test_formats(tmp_path, kind):
    sound = 0.3 * np.sin(2 * np.pi * 440 * np.arange(96000) / 48000)
    soundfile.write(tmp_path / f"tone{kind}", np.stack([sound, sound / 2], axis=1), 48000)
    samples, rate = read(Recording(str(tmp_path / f"tone{kind}"), 0.5, 1.0))
    assert rate == 48000 and samples.shape == (48000, 2) and np.abs(samples).max() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("kind", ["gone", "empty", "text", "torn", "folder"])
def test_files_that_cannot_be_heard(tmp_path, speech, kind):
    path = tmp_path / "sound.wav"
    if kind == "folder":
        path.mkdir()
    elif kind == "torn":
        soundfile.write(path, *speech)
        path.write_bytes(path.read_bytes()[:40])
    elif kind != "gone":
        path.write_bytes(b"" if kind == "empty" else b"not a sound at all")
    with pytest.raises(LineProblem) as told:
        read(Recording(str(path)))
    assert told.value.code in ("missing_media", "cannot_hear")
    heard = listen(Recording(str(path)))
    assert heard.stretches == () and heard.loudness is None and "does not follow" in heard.warnings[0]


def test_a_stretch_behind_the_end():
    heard = listen(Recording(str(RECORDING), 100.0, 2.0))
    assert heard.stretches == () and heard.warnings
