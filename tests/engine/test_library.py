"""The voices of people as they are kept, passed on, mixed and deleted, and what takes made with them say."""
import hashlib
import json
import os
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from engine import takes, uses
from engine.problems import LineProblem
from engine.script import Cast, Job, Line, Plan, Prosody, Voice, Wish
from engine.speak import Engine
from engine.voices import mix, parcel
from engine.voices.library import MOST, Consent, Library, read, written
from engine.voices.styles import Styles

from .disk import room_for
from .enrolled import ANNA, kept, near, own

BEN = replace(ANNA, name="ben", habit="am_adam", consent=Consent("Ben Example", "by contract", "2026-05-04"), licence="CC0-1.0")


def refused(code, does, *arguments, **more) -> str:
    with pytest.raises(LineProblem) as problem:
        does(*arguments, **more)
    assert problem.value.code == code
    return str(problem.value)


def test_a_voice_comes_back_as_it_was_kept(tmp_path):
    home = Library(tmp_path).keep(ANNA)
    library = Library(tmp_path)
    assert library.find("anna") == ANNA and library.names() == {"anna": "en-us"}
    assert os.listdir(home) == ["voice.json"], "nothing but numbers and the record"


@pytest.mark.parametrize("name", ["", "Anna", "../anna", "a/b", "a" * 41, "con", "com1", "anna.", "ännä", "x" * 10_000, "af_heart"])
def test_names_that_are_none(tmp_path, name):
    assert len(refused("voice_name", Library(tmp_path).keep, replace(ANNA, name=name))) < 300
    assert not list(tmp_path.iterdir())


def test_a_name_is_not_taken_twice(tmp_path):
    library = Library(tmp_path)
    library.keep(ANNA)
    refused("voice_there", library.keep, replace(ANNA, semitones=3.0))
    library.keep(replace(ANNA, semitones=3.0), replace=True)
    assert library.find("anna").semitones == 3.0


def test_reading_is_cheap_and_still_sees_every_change(tmp_path, monkeypatch):
    library = Library(tmp_path)
    for number in range(50):
        library.keep(replace(ANNA, name=f"voice-{number}"))
    library.names()
    reads = []
    monkeypatch.setattr("engine.voices.library.read", lambda path: reads.append(path) or read(path))
    assert len(library.names()) == 50 and not reads
    Library(tmp_path).keep(replace(ANNA, name="voice-7", language="zh"), replace=True)
    assert library.names()["voice-7"] == "zh" and len(reads) == 1
    Library(tmp_path).remove("voice-7")
    assert "voice-7" not in library.names()
    refused("unknown_voice", library.find, "voice-7")


DATA = json.loads(written(ANNA))


def changed(**more):
    return json.dumps({**DATA, "voice": {**DATA["voice"], **more}})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "Expecting value"),
        ("[]", "no voice of form 1"),
        ("[" * 60_000, ""),
        ("x" * 10_000, "Expecting value"),
        (b"\xff\xfe\x00", ""),
        (" " * (MOST + 1), "more than 65536 bytes"),
        (json.dumps({**DATA, "dubline_voice": 2}), "no voice of form 1"),
        (json.dumps({**DATA, "run": "x"}), "unknown run"),
        (json.dumps({"dubline_voice": 1}), "a table is wanted"),
        (changed(colours=[]), "unknown colours"),
        (changed(timbre=[0.0] * 127), "128 numbers"),
        (changed(timbre=[float("nan")] * 128), "128 numbers"),
        (changed(timbre=["a"] * 128), "float is wanted"),
        (changed(timbre=[1e300] * 128), "128 numbers"),
        (changed(semitones=float("inf")), "out of bounds"),
        (changed(pace=0), "out of bounds"),
        (changed(colour=[1.0]), "21 numbers"),
        (changed(embedding=[0.1] * 191), "192 numbers"),
        (changed(habit="../../../etc/passwd"), "habit"),
        (changed(habit="ben"), "habit"),
        (changed(language="klingon"), "language"),
        (changed(name="../anna"), "name"),
        (changed(name="ben"), "the file of 'ben'"),
        (changed(licence="x" * 10_000), "licence"),
        (changed(made="\x1b[2J"), "made"),
        (changed(notes=["x"] * 10_000), ""),
        (changed(gear="stolen"), "gear"),
        (changed(consent={}), "consent"),
        (changed(consent={**DATA["voice"]["consent"], "ground": " "}), "no consent"),
        (changed(consent={**DATA["voice"]["consent"], "ground": "x" * 10_000}), "ground"),
        (changed(consent={**DATA["voice"]["consent"], "whose": "\u202egnorw"}), "whose"),
    ],
)
def test_files_that_are_no_voices(tmp_path, content, says):
    home = tmp_path / "people" / "anna"
    home.mkdir(parents=True)
    (home / "voice.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    library = Library(tmp_path)
    told = refused("bad_voice", library.find, "anna")
    assert says in told and "Enrol the person again" in told and len(told) < 1000
    assert library.names() == {}, "the others are listed all the same"
    library.remove("anna")
    assert not home.exists(), "it can be removed"


def test_a_full_disk_leaves_nothing(tmp_path):
    with room_for(1000):
        refused("cannot_keep", Library(tmp_path).keep, ANNA)
    assert not list((tmp_path / "people").iterdir())


def test_removal_leaves_no_trace_and_names_the_mixes(tmp_path):
    library = Library(tmp_path)
    flac = b"fLaC and so on"
    home = library.keep(replace(ANNA, recording=hashlib.sha256(flac).hexdigest()), flac)
    library.keep(replace(BEN, name="duo", others=(ANNA.consent,)))
    assert library.recording("anna") == flac
    assert library.remove("anna") == ("duo",)
    assert not home.exists() and sorted(os.listdir(tmp_path / "people")) == ["duo"]
    refused("unknown_voice", library.remove, "anna")
    refused("unknown_voice", library.remove, "../people")


def test_removing_a_link_leaves_what_it_points_to(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    Library(elsewhere).keep(ANNA)
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "anna").symlink_to(elsewhere / "people" / "anna")
    Library(tmp_path).remove("anna")
    assert Library(elsewhere).find("anna") == ANNA


def test_a_recording_that_was_exchanged_is_told(tmp_path):
    library = Library(tmp_path)
    home = library.keep(replace(ANNA, recording=hashlib.sha256(b"one").hexdigest()), b"one")
    (home / "recording.flac").write_bytes(b"two")
    assert "not the one that was kept" in refused("bad_voice", library.recording, "anna")
    refused("bad_voice", parcel.pack, library, "anna", tmp_path / "anna.dubvoice")


def test_another_computer_takes_it_in(tmp_path):
    here, there, flac = Library(tmp_path / "here"), Library(tmp_path / "there"), os.urandom(2000)
    voice = replace(ANNA, recording=hashlib.sha256(flac).hexdigest())
    here.keep(voice, flac)
    file = tmp_path / "out" / "anna.dubvoice"
    parcel.pack(here, "anna", file)
    assert parcel.take_in(there, file) == voice == there.find("anna") and there.recording("anna") == flac
    refused("voice_there", parcel.take_in, there, file)
    other = parcel.take_in(there, file, "anna-2")
    assert other.consent == ANNA.consent and other.id.removeprefix("anna-2") == voice.id.removeprefix("anna")
    before = file.read_bytes()
    parcel.pack(here, "anna", file)
    assert file.read_bytes() == before


def parceled(path, *files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as zipped:
        for name, content in files:
            zipped.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "files",
    [
        [],
        [("recording.flac", b"x")],
        [("voice.json", written(ANNA)), ("../../evil.py", b"x")],
        [("voice.json", written(ANNA)), ("/etc/evil", b"x")],
        [("anna/voice.json", written(ANNA))],
        [("voice.json", written(ANNA)), ("VOICE.JSON", written(ANNA))],
        [("voice.json", b" " * 10_000_000)],
        [("voice.json", written(ANNA)), ("recording.flac", b"\0" * 50_000_000)],
        [("voice.json", written(ANNA)), ("recording.flac", b"nobody kept it")],
        [("voice.json", written(replace(ANNA, recording="0" * 64)))],
        [("voice.json", b"{" * 10_000)],
    ],
)
def test_hostile_parcels(tmp_path, files):
    library = Library(tmp_path / "models")
    refused("bad_voice", parcel.take_in, library, parceled(tmp_path / "a.dubvoice", *files))
    assert sorted(os.listdir(tmp_path)) == ["a.dubvoice"]


def test_broken_parcels(tmp_path):
    library, file = Library(tmp_path / "models"), tmp_path / "a.dubvoice"
    refused("bad_voice", parcel.take_in, library, file)
    whole = parceled(file, ("voice.json", written(ANNA))).read_bytes()
    damaged = bytearray(whole)
    damaged[60] ^= 0xFF
    for content in (b"", b"x" * 10_000, whole[:-30], whole[: len(whole) // 2], bytes(damaged)):
        file.write_bytes(content)
        refused("bad_voice", parcel.take_in, library, file)
    with pytest.warns(UserWarning, match="Duplicate"):
        parceled(file, ("voice.json", written(ANNA)), ("voice.json", written(BEN)))
    refused("bad_voice", parcel.take_in, library, file)
    assert not (tmp_path / "models").exists()


def test_digests_of_stock_takes_are_what_they_were():
    plan = Plan("one", "en-us", Voice("af_heart", "af_heart"), 1.0, Wish(), 48000, 2, 0.0, "model", "0.1-7")
    assert takes.digest(plan) == "7da48cdd7eba8983cba5"
    assert takes.digest(replace(plan, people=("anna-1 2",))) != takes.digest(plan) != takes.digest(replace(plan, text="two"))


def mixture(models, first, second, weight=0.5, **more):
    styles = Styles(models)
    return mix.mixed("duo", mix.part(styles, first), mix.part(styles, second), weight, **more)


@pytest.mark.model
def test_a_mix_lies_between_and_carries_all_consents(models, tmp_path, monkeypatch):
    monkeypatch.setattr(mix, "habits", lambda: {"af_heart": Prosody(200.0), "am_onyx": Prosody(100.0)})
    home = kept(own(models, tmp_path), near(models), replace(BEN, timbre=near(models, of="am_onyx").timbre, habit="am_onyx", semitones=0.0))
    duo = mixture(home, "anna", "ben", 0.3)
    assert duo.consents == (ANNA.consent, BEN.consent) and duo.licence == "CC-BY-4.0; CC0-1.0"
    assert duo.habit == "af_heart" and duo.semitones == pytest.approx(-1.5 * 0.7 - 12 * 0.3)
    assert duo.f0 == pytest.approx(200 * 2 ** (duo.semitones / 12), abs=0.1)
    voices = Library(home)
    assert duo.timbre[5] == pytest.approx(0.7 * voices.find("anna").timbre[5] + 0.3 * voices.find("ben").timbre[5], rel=1e-5)
    assert mixture(home, "anna", "ben", 0.0).consents == (ANNA.consent,)
    stock = mixture(home, "af_heart", "am_onyx", 0.6, bright=3)
    assert stock.habit == "am_onyx" and stock.consent.whose == "nobody: af_heart and am_onyx" and stock.colour[-1] == 3
    assert mixture(home, "anna", "am_onyx").consents == (ANNA.consent,)
    voices.keep(stock)
    assert Styles(home).names()["duo"] == "en-us"
    for wrong in ({"weight": 1.1}, {"weight": float("nan")}, {"bright": 7}, {"bigger": 1.5}):
        refused("bad_wish", mixture, home, "anna", "ben", **wrong)


@pytest.mark.model
def test_a_bigger_speaker_has_a_lower_voice_and_lower_formants(models, tmp_path):
    import parselmouth

    home = own(models, tmp_path)
    line = Line("line", "We could see the lights of the harbour from the top of the hill.", wish=Wish(mode="free"))
    told = []
    for bigger in (-1.0, 1.0):
        voice = mixture(home, "af_heart", "af_heart", 0.0, bigger=bigger, step=mix.size(Styles(home)))
        Library(home).keep(voice, replace=True)
        take, _fresh = Engine(home).make(line, Job((line,), Cast(default=Voice("duo")), str(tmp_path / "takes")))
        sound = parselmouth.Sound(take.path)
        pitch, formants = sound.to_pitch(), sound.to_formant_burg(max_number_of_formants=5, maximum_formant=5500)
        voiced = [at for at in pitch.xs() if pitch.get_value_at_time(at) > 0]
        told.append([np.median([pitch.get_value_at_time(at) for at in voiced]), *(np.nanmedian([formants.get_value_at_time(n, at) for at in voiced]) for n in (3, 4))])
    small, big = told
    assert 12 * np.log2(small[0] / big[0]) == pytest.approx(4, abs=1)
    assert small[1] > 1.05 * big[1] and small[2] > 1.03 * big[2]


@pytest.mark.model
def test_every_take_says_on_whose_word_it_speaks(models, tmp_path):
    home = kept(own(models, tmp_path), near(models))
    engine, folder = Engine(home), tmp_path / "film" / "takes"
    anna = Library(home).find("anna")
    mark = f"{anna.id} {ANNA.consent.id}"

    def take(**voice):
        line = Line("line", "Nobody came.", seconds=1.2)
        return engine.make(line, Job((line,), Cast(default=Voice(**voice)), str(folder)))

    (said, fresh), (stock, _) = take(timbre="anna"), take(timbre="af_heart")
    assert fresh and said.plan.people == (mark,) and stock.plan.people == ()
    assert mark in soundfile.SoundFile(said.path).comment and "nrolled" not in soundfile.SoundFile(stock.path).comment
    sidecar = json.loads((folder / f"{said.digest}.json").read_text())
    assert sidecar["take"]["plan"]["people"] == [mark] and mark in sidecar["provenance"]["statement"]
    assert take(timbre="am_onyx", prosody="anna")[0].plan.people == (mark,), "melody is hers, too"
    assert not take(timbre="anna")[1]

    # another word, another take
    Library(home).keep(replace(anna, consent=replace(ANNA.consent, ground="another contract")), replace=True)
    again, fresh = take(timbre="anna")
    assert fresh and again.digest != said.digest and again.plan.people != said.plan.people

    assert len(list(uses.uses([tmp_path]))) == 3 and len(uses.of("anna", (), [folder])) == 3
    (use,) = uses.of("nobody", [uses.of("anna", (), [folder])[0].consent], [folder])[:1]
    assert use.text == "Nobody came." and use.name == "anna"
    Library(home).remove("anna")
    with pytest.raises(LineProblem) as problem:
        take(timbre="anna")
    assert problem.value.code == "unknown_voice"


def test_what_is_no_sidecar_is_passed_by(tmp_path):
    for number, content in enumerate([b"", b"[]", b"{}", b'{"take":{"plan":[]}}', b'{"take":{"plan":{"text":"a","people":3}}}', b"[" * 10_000, b"\xff"]):
        (tmp_path / f"{number:020}.json").write_bytes(content)
    (tmp_path / f"{9:020}.check.json").write_bytes(b"{}")
    (tmp_path / f"{8:020}.json").write_text(json.dumps({"take": {"plan": {"text": "a", "people": ["anna-2-12345678 abc"]}}}))
    (tmp_path / f"{7:020}.json").mkdir()
    (use,) = uses.uses([tmp_path])
    assert (use.name, use.consent) == ("anna-2", "abc")
