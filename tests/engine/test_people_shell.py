"""Enrolling a person from the shell and through a worker: what is asked, what is heard of the recording, and what is kept."""
import hashlib
import json
import os
import time
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from engine import host
from engine.__main__ import main
from engine.events import Admitted, Ended, Failed, Progress
from engine.hear import enrolment
from engine.problems import LineProblem
from engine.script import Emotion, Newcomer, Recording, Sense
from engine.speak import Engine
from engine.voices import Cancelled
from engine.voices.library import Library

from .enrolled import ANNA, Found, files, kept, near, own, stand_in
from .test_condition import RECORDING, chords, noise, over

CONSENT = ["--consent", "she agreed in writing"]


@pytest.fixture(scope="module")
def speech():
    return soundfile.read(RECORDING, dtype="float32")[0]


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    """Runs `voices …` over a library of its own and gives its exit code, its JSON and what it says to people."""
    stand_in(monkeypatch)

    def run(*words):
        code = main(["voices", *map(str, words), "--json", "--models", str(tmp_path / "models")])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    run.home = Library(tmp_path / "models").home
    return run


def test_add_keeps_numbers_and_the_record(shell):
    code, voice, said = shell("add", "anna", RECORDING, *CONSENT, "--whose", "Anna  Example", "--by", "me", "--licence", "CC0-1.0")
    assert code == 0 and "listening to the recording" in said and "as the stand-in heard it" in said
    assert (voice["name"], voice["language"], voice["gear"], voice["licence"]) == ("anna", "en-us", "quick", "CC0-1.0")
    consent = voice["consent"]
    assert (consent["whose"], consent["ground"], consent["by"]) == ("Anna Example", "she agreed in writing", "me") and consent["recorded"] in voice["made"]
    assert voice["source"] == hashlib.sha256(RECORDING.read_bytes()).hexdigest()
    assert os.listdir(shell.home / "anna") == ["voice.json"], "the recording is not kept"
    assert shell("show", "anna")[1] == voice and shell("list")[1]["anna"] == "en-us"


def test_without_consent_nobody_is_enrolled(shell):
    with pytest.raises(SystemExit):
        shell("add", "anna", RECORDING)
    for words in (["--consent", ""], ["--consent", " \n"], ["--consent", "x" * 10_000], [*CONSENT, "--whose", " "], [*CONSENT, "--whose", "x" * 10_000]):
        code, answer, _said = shell("add", "anna", RECORDING, *words)
        assert (code, answer["code"]) == (2, "no_consent") and len(answer["error"]) < 400
    assert not shell.home.exists()


def test_the_name_is_whose_it_is_by_default(shell):
    assert shell("add", "anna", RECORDING, *CONSENT)[1]["consent"]["whose"] == "anna"
    assert shell("add", "anna", RECORDING, *CONSENT)[1]["code"] == "voice_there"
    assert shell("add", "anna", RECORDING, *CONSENT, "--replace", "--language", "mandarin")[1]["language"] == "zh"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["Anna", RECORDING], "voice_name"),
        (["af_heart", RECORDING], "voice_name"),
        (["anna", "missing.wav"], "missing_media"),
        (["anna", __file__], "cannot_hear"),
        (["anna", RECORDING, "--language", "klingon"], "unknown_language"),
        (["anna", RECORDING, "--from-to", "5-2"], "bad_wish"),
        (["anna", RECORDING, "--from-to", "x" * 10_000], "bad_wish"),
        (["anna", RECORDING, "--from-to", "1-2"], "unfit_voice"),
        (["anna", RECORDING, "--licence", "x" * 10_000], "bad_wish"),
    ],
)
def test_what_cannot_become_a_voice(shell, words, code):
    assert shell("add", *words, *CONSENT)[1]["code"] == code
    assert not shell.home.exists()


def test_the_recording_is_kept_where_that_is_asked(shell, tmp_path):
    voice = shell("add", "anna", RECORDING, *CONSENT, "--keep-recording", "--from-to", "0-8")[1]
    content = (shell.home / "anna" / "recording.flac").read_bytes()
    assert voice["recording"] == hashlib.sha256(content).hexdigest()
    assert 4 < soundfile.info(shell.home / "anna" / "recording.flac").duration < 8
    file = tmp_path / "anna.dubvoice"
    code, answer, said = shell("export", "anna", file)
    assert answer == {"path": str(file), "voice": voice["id"]} and "no licence" in said
    assert shell("import", file)[1]["code"] == "voice_there"
    assert shell("import", file, "--as", "anna-2")[1]["recording"] == voice["recording"]
    assert shell("add", "anna", RECORDING, *CONSENT, "--replace")[1]["recording"] == ""
    assert os.listdir(shell.home / "anna") == ["voice.json"]
    code, answer, said = shell("remove", "anna-2")
    assert answer == {"removed": "anna-2", "uses": [], "mixes": ["anna"]} and "anna carries the same consent" in said
    assert os.listdir(shell.home) == ["anna"]
    assert shell("show", "anna-2")[1]["code"] == "unknown_voice"


def test_thorough_refines_what_quick_found(shell, monkeypatch, tmp_path):
    def thorough(found, mono, rate, language, models, progress, stop, home):
        (home / "scratch").write_text("x")
        homes.append(home)
        progress(0.5, "learning")
        return replace(found, semitones=4.0)

    homes = []
    stand_in(monkeypatch, thorough=thorough)
    _code, voice, said = shell("add", "anna", RECORDING, *CONSENT, "--thorough")
    assert (voice["gear"], voice["semitones"]) == ("thorough", 4.0) and "[ 70%] learning" in said
    assert not homes[0].exists(), "nothing of the recording stays elsewhere"


def test_people_read_it_without_json(shell, capsys, tmp_path):
    Library(tmp_path / "models").keep(replace(ANNA, notes=("The recording is noisy.",)))
    for words, says in (
        (["show", "anna"], [ANNA.id, ANNA.consent.id, "Anna Example; she agreed in writing; 2026-05-03, by the studio", "CC-BY-4.0", "note: The recording is noisy."]),
        (["list"], ["anna             en-us", "zm_yunxi"]),
        ([], ["anna             en-us"]),
        (["uses", "anna", tmp_path], []),
    ):
        assert main(["voices", "--models", str(tmp_path / "models"), *map(str, words)]) == 0
        said = capsys.readouterr().out
        assert all(text in said for text in says)
    assert main(["voices", "uses", "anna", str(tmp_path / "nowhere"), "--models", str(tmp_path / "models")]) == 2


@pytest.mark.model
def test_uses_and_removal_name_the_takes(models, tmp_path, capsys):
    home = kept(own(models, tmp_path), near(models))
    assert main(["say", "Nobody came.", "--voice", "anna", "--out", str(tmp_path / "line.wav"), "--models", str(home)]) == 0
    assert main(["voices", "--json", "--models", str(home), "uses", "anna", str(tmp_path)]) == 0
    (use,) = json.loads(capsys.readouterr().out)
    assert use["text"] == "Nobody came." and use["consent"] == ANNA.consent.id and use["path"].startswith(str(tmp_path / "takes"))
    assert main(["voices", "remove", "anna", str(tmp_path), "--models", str(home)]) == 0
    assert use["path"] in capsys.readouterr().err
    assert main(["voices", "uses", ANNA.consent.id, str(tmp_path), "--models", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [use], "what was made is found by its consent when the voice is gone"


# the recording


def check(sound, rate=16000, models=None):
    return enrolment.checked(sound, rate, models or RECORDING)


def test_a_clean_recording_has_no_notes(speech):
    found = check(speech)
    assert found.notes == () and found.rate == 16000 and found.mono.dtype == np.float32
    assert found.seconds < len(found.mono) / 16000 < len(speech) / 16000, "long pauses are left out"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda speech: over(speech, noise(len(speech)), 10), "noisy"),
        (lambda speech: over(speech, chords(len(speech)), 10), "Music or a hum"),
        (lambda speech: np.clip(speech * 8, -0.99, 0.99), "clipped"),
        (lambda speech: speech[: 16000 * 6], "gives a better likeness"),
        (lambda speech: hall(speech), "The room is heard"),
    ],
)
def test_what_would_make_it_better(speech, change, says):
    assert any(says in note for note in check(change(speech)).notes)


def hall(speech):
    """In a room of a second, with as much echo as direct sound."""
    size = 16000
    echo = np.random.default_rng(2).standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    echo *= 1 / np.sqrt(np.sum(echo**2))
    echo[0] += 1
    return np.convolve(speech, echo)[: len(speech)].astype(np.float32)


def test_a_telephones_rate_is_told(speech):
    import soxr

    assert any("nothing above 4 kHz" in note for note in check(soxr.resample(speech, 16000, 8000), 8000).notes)


@pytest.mark.parametrize("sound", [np.zeros(16000 * 6, np.float32), noise(16000 * 6) * 0.1, np.zeros(0, np.float32), np.zeros((16000, 2), np.float32)])
def test_nobody_speaks(sound):
    with pytest.raises(LineProblem) as problem:
        check(sound)
    assert problem.value.code == "unfit_voice" and "Give five to fifteen seconds" in str(problem.value)


def test_a_long_recording_is_used_in_part(speech):
    assert check(np.tile(speech, 5)).seconds == pytest.approx(enrolment.MOST, abs=0.1)


def test_what_is_said_later_is_no_background(speech):
    assert enrolment.checked(np.tile(speech, 6), 16000, RECORDING).notes == ()


@pytest.mark.parametrize(("felt", "says"), [
    (Sense(0, 1, Emotion(angry=0.7), 0.1, certainty=0.6), "sounds angry"),
    (Sense(0, 1, Emotion(angry=0.2), 0.5, certainty=0.6), "sounds agitated"),
    (Sense(0, 1, Emotion(sad=0.2), -0.5, certainty=0.6), "sounds drowsy"),
    (Sense(0, 1, Emotion(calm=0.9), 0.2, certainty=0.9), ""),
])  # fmt: skip
def test_a_strong_manner_is_told(speech, monkeypatch, felt, says):
    monkeypatch.setattr(enrolment.Ear, "whole", lambda *_: felt)
    notes = check(speech).notes
    assert says in notes[0] if says else notes == ()


def test_joints_do_not_click(speech):
    spoken = enrolment.stretches(speech, 16000)
    sound = enrolment.joined(speech, 16000, spoken)
    # a constant hum is cut at any phase
    tone = enrolment.joined(np.ones_like(speech), 16000, spoken)
    assert np.abs(np.diff(tone)).max() < 0.02 and len(sound) == len(tone)


def test_it_is_known_where_the_speech_is_once_it_is_joined(speech):
    spoken = enrolment.stretches(speech, 16000)
    told = enrolment.moved(spoken, len(speech) / 16000)
    heard = enrolment.stretches(enrolment.joined(speech, 16000, spoken), 16000)
    assert len(told) == len(heard)
    for one, other in zip(told, heard, strict=True):
        assert abs(one.start - other.start) < 0.06 and abs(one.end - other.end) < 0.06


@pytest.mark.model
def test_background_is_taken_away_only_where_that_helps(speech, models):
    clean = check(speech, models=models)
    assert not any("taken away" in note for note in clean.notes)
    taken = [any("was taken away" in note for note in check(over(speech, other(len(speech)), 10), models=models).notes) for other in (chords, noise)]
    assert taken == [True, False], "of noise the network takes the voice's own along"


# through a host


NEWCOMER = Newcomer("anna", Recording(str(RECORDING)), "Anna", "she agreed")


def events_of(made, newcomer, cancel=False):
    run, events = made.submit(newcomer), []
    if cancel:
        made.cancel(run)
    deadline = time.monotonic() + 300
    while not any(isinstance(event, Ended) for event in events):
        assert time.monotonic() < deadline
        events += made.poll()
        time.sleep(0.01)
    made.close()
    return [event for event in events if hasattr(event, "run")]


def test_a_thread_tells_how_it_goes(tmp_path, monkeypatch):
    stand_in(monkeypatch)
    *progress, admitted, ended = events_of(host.Here(Engine(tmp_path)), NEWCOMER)
    assert {type(event) for event in progress} == {Progress} and [event.done for event in progress] == sorted(event.done for event in progress)
    voice = Library(tmp_path).find("anna")
    assert admitted == Admitted(1, "anna", voice.id, voice.consent.id, Found.seconds, voice.notes) and ended == Ended(1, 1, 0)


def test_cancelled_it_leaves_nothing(tmp_path, monkeypatch):
    stand_in(monkeypatch)
    *_, failed, ended = events_of(host.Here(Engine(tmp_path)), NEWCOMER, cancel=True)
    assert failed.code == "cancelled" and ended.cancelled and not list(tmp_path.iterdir())


def test_stop_reaches_the_learning(tmp_path, monkeypatch):
    def thorough(found, mono, rate, language, models, progress, stop, home):
        assert not stop()
        homes.append([path.name for path in home.iterdir()])
        if let:
            (home / "refining-1.npz").write_bytes(b"half")
        raise Cancelled

    homes, let = [], []
    stand_in(monkeypatch, thorough=thorough)
    *_, failed, _ended = events_of(host.Here(Engine(tmp_path)), replace(NEWCOMER, thorough=True))
    assert failed.code == "cancelled" and not files(tmp_path)
    let.append(True)
    for _ in range(2):
        events_of(host.Here(Engine(tmp_path)), replace(NEWCOMER, thorough=True))
    assert homes == [[], [], ["refining-1.npz"]], "the next try goes on from where it was stopped"
    assert Library(tmp_path).names() == {}
    Library(tmp_path).remove("anna")
    assert not files(tmp_path)


def test_a_worker_answers_too(tmp_path):
    failed, ended = events_of(host.Worker(tmp_path), replace(NEWCOMER, ground=""))
    assert isinstance(failed, Failed) and (failed.uid, failed.code) == ("anna", "no_consent") and ended == Ended(1, 0, 1)
