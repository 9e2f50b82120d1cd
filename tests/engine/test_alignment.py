"""Words of an engine that tells no times are found in its sound: of a recording that was stretched, of voices whose times are known, in English and Chinese."""
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.apart import setup
from engine.apart.caller import Caller
from engine.events import Done, Failed
from engine.hear.alignment import moments
from engine.script import Anchor, Cast, Job, Line, Role, Voice, Wish
from engine.speak import Engine
from engine.wsola import stretched

HERE = Path(__file__).resolve().parent
RECORDING = HERE.parents[1] / "demo" / "data" / "kennedy_inaugural_1961.flac"


@pytest.fixture(scope="module")
def speech():
    return soundfile.read(RECORDING, dtype="float32")


def test_a_recording_that_was_stretched_piece_by_piece_is_found_again(speech):
    samples, rate = speech
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    edges, factors = [0.0, 1.2, 2.6, 4.1, 6.5, 8.0], [1.25, 0.8, 1.1, 0.75, 1.3]
    pieces = [stretched(mono[round(a * rate) : round(b * rate)], round((b - a) * factor * rate), rate) for a, b, factor in zip(edges, edges[1:], factors, strict=False)]
    there = np.concatenate([[0.0], np.cumsum([len(piece) / rate for piece in pieces])])
    times = np.arange(0.4, 7.6, 0.05)
    times = times[[any(a + 0.05 < time < b - 0.05 for a, b in ((0.4, 2.1), (5.5, 7.5))) for time in times]]  # where it speaks
    found = moments(np.concatenate(pieces), rate, mono[: 8 * rate], rate, times)
    wrong = np.abs(found - np.interp(times, edges, there))
    assert np.median(wrong) < 0.02 and wrong.max() < 0.08, wrong
    assert (np.diff(found) >= 0).all()


def test_a_sound_is_where_it_is_in_itself(speech):
    samples, rate = speech
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    times = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
    assert moments(mono[: 3 * rate], rate, mono[: 3 * rate], rate, times) == pytest.approx(times, abs=0.001)


@pytest.mark.parametrize("length", [0, 10, 700])
def test_what_is_shorter_than_a_frame_harms_nobody(speech, length):
    samples, rate = speech
    mono = (samples if samples.ndim == 1 else samples.mean(axis=1))[: 2 * rate]
    found = moments(np.zeros(length, np.float32), rate, mono, rate, np.array([0.0, 1.0, 2.0]))
    assert found == pytest.approx(np.clip(found, 0, length / rate)) and (np.diff(found) >= 0).all()


LINES = {
    "en": ("I never said that she stole the money, and nobody asked me.", "en-us", "af_heart", "am_michael", "and nobody"),
    "zh": ("你应该在婚礼之前告诉我，而不是之后。", "zh", "zf_xiaobei", "zm_yunjian", "而不是"),
}


@pytest.mark.model
@pytest.mark.parametrize("which", LINES)
def test_words_of_another_engine_are_found_in_its_take(models, tmp_path, which):
    """Two phrases by a voice that is not the one it is compared with, whose words' times are known."""
    text, language, cast, speaker, second = LINES[which]
    home = tmp_path / "models"
    home.mkdir()
    for name in ("kokoro-v1.0", "jieba"):
        (home / name).symlink_to(models / name, target_is_directory=True)
    setup.write(home, "tones", setup.Setup(python=sys.executable))
    engine = Engine(home)
    family = engine.family("tones")
    family._caller = Caller("Tones", [sys.executable, str(HERE / "mimic.py"), str(home), speaker, "tones", "--folder", str(tmp_path)], tmp_path / "log")
    family._made_for = setup.read(home, "tones")
    line = Line("a", text, "ANNA", language, seconds=4.2, anchors=(Anchor(text.index(second), 2.4),), wish=Wish(shortest=0.5, longest=2.0, jump=0.0))
    job = Job((line,), Cast((Role("ANNA", Voice(cast, family="tones")),)), str(tmp_path / "takes"))
    try:
        done = next(event for event in engine.run(1, job) if isinstance(event, (Done, Failed)))
        known = [json.loads(row) for row in (Path(family._folder.name) / "known.jsonl").read_text(encoding="utf-8").splitlines()]
    finally:
        family.close()
    assert isinstance(done, Done), done
    assert engine.family("kokoro").loaded, "the weights that found the words are those that the next line of our own voice speaks with"
    speech = done.take.speech
    assert speech.aligned and len(speech.phrases) == len(known) == 2 and len(speech.phones) > len(speech.words)
    true = [(word, start + phrase.planned_start, end + phrase.planned_start) for phrase, said in zip(speech.phrases, known, strict=True) for word, start, end in said["words"]]
    assert [word.text for word in speech.words] == [word for word, _start, _end in true]
    wrong = np.abs([(word.start - start, word.end - end) for word, (_text, start, end) in zip(speech.words, true, strict=True)])
    assert np.median(wrong) < 0.05 and np.quantile(wrong, 0.9) < 0.12, wrong
    times = [time for word in speech.words for time in (word.start, word.end)]
    assert times == sorted(times) and speech.words[0].start >= speech.start - 0.001 and speech.words[-1].end <= speech.end + 0.001
