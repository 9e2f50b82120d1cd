"""What is said in a recording of any length: sentences that read well, with the times of their words, from pieces that no word is cut by."""
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import host
from engine.events import Ended, Failed, Progress, Transcribed
from engine.hear import transcript, words
from engine.hear.activity import stretches
from engine.problems import LineProblem
from engine.script import Recording, Stretch, Word
from engine.speak import Engine
from engine.tracks import Sentence, Track, Transcription
from engine.voices import Cancelled

from .test_background import SPEECH, answers
from .test_words import KENNEDY

RATE = transcript.RATE


def said(text, start=0.0, each=0.3, gaps=()):
    """Words that follow each other; gaps: number of a word -> silence before it."""
    gaps, found = dict(gaps), []
    for number, word in enumerate(text.split()):
        start += gaps.get(number, 0.0)
        found.append(Word(word, round(start, 3), round(start + each, 3)))
        start += each
    return found


def texts(found, code="en"):
    return [one.text for one in transcript.sentences(found, code)]


@pytest.mark.parametrize(
    ("text", "gaps", "wanted"),
    [
        ("Come here. Now!", (), ["Come here.", "Now!"]),
        ("Dr. Smith and J. Edgar came at noon", (), ["Dr. Smith and J. Edgar came at noon"]),
        ("“Who is it?” she asked.", (), ["“Who is it?”", "she asked."]),
        ("we wait and nobody comes", [(2, 1.2)], ["we wait", "and nobody comes"]),
        ("we wait and nobody comes", [(2, 0.4)], ["we wait and nobody comes"]),
        ("", (), []),
    ],
)
def test_sentences_end_at_marks_and_pauses(text, gaps, wanted):
    assert texts(said(text, gaps=gaps)) == wanted


def test_long_sentences_are_parted_at_a_comma_near_the_middle():
    text = "When the ice had closed the harbour for the third time that winter, nobody believed that the ships would come home before the spring"
    first, second = texts(said(text, each=0.2))
    assert first.endswith("that winter,") and second.startswith("nobody")
    for one in transcript.sentences(said(" ".join(["word"] * 90), each=0.4), "en"):
        assert len(one.text) <= transcript.WIDEST and one.end - one.start <= transcript.LONGEST


def test_a_pause_parts_better_than_the_middle():
    text = "he went to the window and looked at the sea for a long time without a word to her who waited there"
    first, _second = texts(said(text, each=0.33, gaps=[(9, 0.6)]))
    assert first == "he went to the window and looked at the"


def test_words_without_spaces_are_joined_without():
    assert texts([Word("你好，", 0, 0.4), Word("世界", 0.4, 0.8), Word("。", 0.8, 0.9), Word("再见", 1.0, 1.4)], "zh") == ["你好，世界。", "再见"]


def sentence(text, start, end):
    each = (end - start) / len(text.split())
    return Sentence(text, start, end, tuple(said(text, start, each)))


def test_sentences_begin_and_end_with_the_sound():
    found = transcript.on_edges([sentence("come here now", 0.9, 2.2), sentence("at once", 2.3, 3.6)], [Stretch(1.1, 2.05), Stretch(2.5, 3.4)])
    assert [(one.start, one.end) for one in found] == [(1.1, 2.05), (2.5, 3.4)]
    assert [one.words[0].start for one in found] == [1.1, 2.5] and found[1].words[-1].end == 3.4
    one, other = transcript.on_edges([sentence("come here", 1.0, 2.0), sentence("at once", 2.1, 3.0)], [Stretch(0.9, 3.1)])
    assert (one.start, one.end, other.start, other.end) == (0.9, 2.0, 2.1, 3.1), "within a stretch nothing is moved"


@pytest.fixture(scope="module")
def speech():
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    assert rate == RATE
    return samples


def test_no_word_is_cut(speech):
    """Minutes of speech: every piece is short enough, begins and ends in silence, and together they hold all that is said."""
    silence, length = np.zeros(5 * RATE, np.float32), len(speech) / RATE
    sound = np.concatenate([silence, *[speech] * 4, silence, *[speech] * 2])
    begins = [5 + number * length + 5 * (number >= 4) for number in range(6)]
    blocks = [sound[at : at + 20 * RATE] for at in range(0, len(sound), 20 * RATE)]
    found = list(transcript.pieces(blocks))
    covered = np.zeros(len(sound), bool)
    for at, piece in found:
        first = round(at * RATE)
        assert len(piece) <= transcript.PIECE * RATE and np.array_equal(piece, sound[first : first + len(piece)])
        assert not covered[first : first + len(piece)].any()
        covered[first : first + len(piece)] = True
    for begin in begins:
        for one in stretches(speech, RATE):
            assert covered[round((begin + one.start) * RATE) + 800 : round((begin + one.end) * RATE) - 800].all(), (begin, one)
    assert not covered[: 4 * RATE].any() and len(found) < 8


def test_nobody_speaks(tmp_path):
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(3 * RATE), RATE)
    assert transcript.transcribed(Recording(str(path)), "", None).sentences == ()
    soundfile.write(path, np.zeros(0), RATE)
    assert transcript.transcribed(Recording(str(path)), "", None).sentences == ()


class Ear:
    """Says in the recogniser's place which piece it heard, and that it was French."""

    def __init__(self):
        self.heard, self.asked = [], 0

    def code(self, language):
        return words.whisper_code(language)

    def likely(self, mono):
        self.asked += 1
        return {"en": 0.4, "fr": 0.6}

    def words(self, mono, code):
        self.heard.append((len(mono), code))
        return (Word("voilà.", 0.25, len(mono) / RATE - 0.25),)


def long(speech, folder):
    path = folder / "long.flac"
    soundfile.write(path, np.concatenate([*[speech] * 5]), RATE)
    return path


def test_the_language_is_found_out_and_times_are_the_recordings(speech, tmp_path):
    ear, told = Ear(), []
    found = transcript.transcribed(Recording(str(long(speech, tmp_path)), 11.0, 40.0), "", ear, told.append)
    assert found.language == "fr" and {code for _count, code in ear.heard} == {"fr"} and ear.asked == len(ear.heard) == len(found.sentences)
    assert told == sorted(told) and 0.9 < told[-1] <= 1.0
    assert found.sentences[0].start == pytest.approx(0.33, abs=0.1) and 30 < found.sentences[-1].end <= 40
    ear = Ear()
    assert transcript.transcribed(Recording(str(long(speech, tmp_path))), "english", ear).language == "en" and not ear.asked


def test_it_stops_between_pieces(speech, tmp_path):
    ear = Ear()
    with pytest.raises(Cancelled):
        transcript.transcribed(Recording(str(long(speech, tmp_path))), "fr", ear, stop=lambda: bool(ear.heard))
    assert len(ear.heard) == 1


def test_without_the_parts_a_sentence_says_how_to_get_them(tmp_path, monkeypatch):
    with pytest.raises(LineProblem) as model:
        transcript.recogniser(tmp_path)
    assert model.value.code == "no_recogniser" and "models fetch whisper-base" in str(model.value)
    (tmp_path / "whisper-base").mkdir()
    (tmp_path / "whisper-base" / "model.bin").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(LineProblem) as package:
        transcript.recogniser(tmp_path)
    assert package.value.code == "cannot_transcribe" and "pip install faster-whisper" in str(package.value)


@pytest.mark.parametrize("where", ["here", "worker"])
def test_a_host_tells_why_it_cannot(tmp_path, where):
    made = host.Here(Engine(tmp_path)) if where == "here" else host.Worker(tmp_path, log=tmp_path / "log")
    *progress, failed, ended = answers(made, Transcription((Track("a", Recording(str(SPEECH))),)))
    assert {type(one) for one in progress} == {Progress} and isinstance(failed, Failed) and failed.code == "no_recogniser" and ended == Ended(1, 0, 1)


@pytest.mark.model
def test_a_real_recording_is_written_down(models, speech, tmp_path):
    pytest.importorskip("faster_whisper")
    path = tmp_path / "speech.flac"
    soundfile.write(path, np.concatenate([np.zeros(20 * RATE, np.float32), speech]), RATE)
    gone = Track("gone", Recording(str(tmp_path / "gone.wav")))
    events = answers(host.Here(Engine(models)), Transcription((Track("a", Recording(str(path))), gone)))
    heard, failed = (event for event in events if isinstance(event, (Transcribed, Failed)))
    assert heard.transcript.language == "en" and failed.code == "missing_media"
    whole = " ".join(one.text for one in heard.transcript.sentences)
    assert words.differences(KENNEDY, whole, "en-us")[0] <= 0.05
    starts = [one.start - 20 for one in heard.transcript.sentences]
    assert len(starts) >= 3 and starts[0] == pytest.approx(0.33, abs=0.1) and min(abs(one - 3.29) for one in starts) < 0.1
    for one in heard.transcript.sentences:
        assert one.start == one.words[0].start and one.end == one.words[-1].end
        assert all(a.start <= a.end <= b.end for a, b in zip(one.words, one.words[1:], strict=False))


@pytest.mark.model
def test_a_language_that_no_voice_speaks_is_heard(models):
    pytest.importorskip("faster_whisper")
    recogniser = transcript.recogniser(Path(models))
    assert (recogniser.code("de"), recogniser.code("en-gb"), recogniser.code("mandarin")) == ("de", "en", "zh")
    with pytest.raises(LineProblem, match="klingon"):
        recogniser.code("klingon")
