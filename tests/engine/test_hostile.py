"""Files that somebody made to do harm, or that a disk has spoiled: each is refused, or passed over, in a sentence. `tests/fuzz` looks for more."""
import gzip
import hashlib
import http.server
import io
import json
import struct
import sys
import tarfile
import threading
import time
import zipfile

import numpy as np
import pytest
import soundfile

from engine import models, sources, takes, wire
from engine.formats import feeling_text, screenplay, subtitles, table, yaml_script
from engine.hear import face, recording
from engine.host import Worker
from engine.problems import LineProblem
from engine.script import Cast, Job, Line, Recording, Voice
from engine.speak import Engine
from engine.tracks import Separation, Track
from engine.voices import parcel
from engine.voices.library import Library, written

from .enrolled import ANNA


def refused(code, does, *arguments) -> str:
    with pytest.raises(LineProblem) as problem:
        does(*arguments)
    assert problem.value.code == code
    return str(problem.value)


# YAML scripts

ENTRY = "text: Hello\nspeaker_reference: af_heart\n"


def yaml(tmp_path, text):
    path = tmp_path / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &a [x]\nb: &b [*a, *a]\n", "no tags, anchors or aliases"),
        ("!!python/object/apply:os.system [id]", "no tags, anchors or aliases"),
        ("!!timestamp x", "no tags, anchors or aliases"),
        (f"{ENTRY}start: 2024-13-45", "month must be in 1..12"),
        (f"{ENTRY}start: {'9' * 5000}", "40 digits at most"),
        (f"{ENTRY}start: 0x{'f' * 5000}", "40 digits at most"),
        (f"{ENTRY}start: .nan", "start is not a number of seconds"),
        (f"{ENTRY}emotion_control: {{mode: [a]}}", "mode is one of"),
        (f"{ENTRY}wish: {{level: 1e999}}", "float is wanted"),
        ("[" * 5000, "is not YAML"),
        ("\0", "is not YAML"),
        (f"[{'x, ' * 2000}]", "a table is wanted"),
        ("#" * (yaml_script.MOST_BYTES + 1), "larger than 2 MiB"),
    ],
)
def test_a_yaml_script_that_is_none(tmp_path, text, says):
    told = refused("bad_wish", yaml_script.read, yaml(tmp_path, text))
    assert says in told and "script.yaml" in told and len(told) < 1000


# Scripts, subtitles, tables, emotion words


def test_a_name_with_thousands_of_moods_behind_it_is_one(tmp_path):
    (cue,) = screenplay.read(f"ANNA{'(softly)' * 1200}\nGood night.").cues
    assert (cue.speaker, cue.text) == ("ANNA", "Good night.") and cue.mood.startswith("softly, softly")


def test_a_number_that_is_no_sign_stays_in_the_words(tmp_path):
    path = tmp_path / "film.vtt"
    path.write_text(f"WEBVTT\n\n00:01.000 --> 00:02.000\nsee &#{'9' * 5000}; and &#8230;\n", encoding="utf-8")
    (cue,) = subtitles.read(path).cues
    assert cue.text == f"see &#{'9' * 5000}; and …"


def test_a_first_row_that_makes_a_guess_of_the_delimiter_slow_is_read_at_once(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("speaker;transcription" + ";\"a,\"" * 1500 + "\nAnna;Hello\n", encoding="utf-8")
    (cue,) = table.read(path).cues
    assert (cue.speaker, cue.text) == ("Anna", "Hello")


def test_a_list_of_numbers_can_be_split_in_one_way_only():
    # of two ways for each number forty make a million millions
    assert feeling_text.read("11," * 40 + "x").words
    refused("bad_wish", feeling_text.read, "a" + " " * 5000 + "b")


# Messages


@pytest.mark.parametrize("text", ["[" * 100_000, '{"is": []}', '{"is": {}}', "null", "\0", '{"is": "Stretch", "start": 1' + "0" * 400 + ', "end": 1}', b"\xff\xfe", '{"is": "Stretch", "x": 1}'])
def test_what_is_no_message_is_told_to_be_none(text):
    with pytest.raises(wire.WireError) as problem:
        wire.loads(text)
    assert len(str(problem.value)) < 500


def test_a_message_is_not_repeated_in_its_refusal():
    with pytest.raises(wire.WireError) as problem:
        wire.loads(json.dumps({"is": "Stretch", "start": ["x" * 1000] * 1000, "end": 1}))
    assert len(str(problem.value)) < 500


@pytest.mark.skipif(sys.platform == "win32", reason="a program that Windows starts by its name is no text")
@pytest.mark.parametrize("says", ["[" * 5000, '{"is": "Ended", "run": 99, "done": 0, "failed": 0}', '{"is": "Done", "run": 99, "uid": "one", "take": 3, "fresh": true}', '{"is": "Failed", "run": 99, "uid": "x", "code": "", "message": "", "remedy": ""}'])
def test_an_engine_that_talks_nonsense_is_ended_and_its_lines_fail(tmp_path, says):
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\nimport sys, time\nsys.stdin.readline()\nprint({says!r}, flush=True)\ntime.sleep(600)\n", encoding="utf-8")
    program.chmod(0o755)
    worker, events = Worker(tmp_path / "models", python=str(program), log=tmp_path / "log"), []
    worker.submit(Job((Line("one", "Hello.", seconds=1.0),), Cast((), Voice("sine", "", "tone")), str(tmp_path)))
    while not any(type(event).__name__ == "Ended" for event in events):
        events += worker.poll()
        time.sleep(0.01)
    assert [event.code for event in events if type(event).__name__ == "Failed"] == ["worker_died"]
    worker.close()


# Voices


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_parcel_that_unpacks_to_more_than_any_memory_is_not_unpacked(tmp_path, method):
    with zipfile.ZipFile(tmp_path / "anna.dubvoice", "w", method) as file:
        file.writestr("voice.json", written(ANNA) + b" " * (1 << 26))
    assert (tmp_path / "anna.dubvoice").stat().st_size < 100_000
    assert "packed in another way" in refused("bad_voice", parcel.unpack, tmp_path / "anna.dubvoice")


def test_nothing_of_a_parcel_is_written_beside_its_voice(tmp_path):
    for name in ("../voice.json", "/tmp/voice.json", "people/../../voice.json", "C:\\voice.json"):
        with zipfile.ZipFile(tmp_path / "anna.dubvoice", "w") as file:
            file.writestr("voice.json", written(ANNA))
            file.writestr(name, b"{}")
        refused("bad_voice", parcel.take_in, Library(tmp_path / "models"), tmp_path / "anna.dubvoice")
    assert [path.name for path in tmp_path.iterdir()] == ["anna.dubvoice"]


def test_a_voice_with_a_number_beyond_numbers_is_refused(tmp_path):
    home = Library(tmp_path).keep(ANNA)
    (home / "voice.json").write_bytes(written(ANNA).replace(b'"semitones": -1.5', b'"semitones": 1' + b"0" * 400))
    assert "401 digits" in refused("bad_voice", Library(tmp_path).find, "anna")


# Takes


def dubbed(tmp_path, **more):
    """The events of a line spoken in tones."""
    job = Job((Line("one", "Hello there.", **{"seconds": 2.0, **more}),), Cast((), Voice("sine", "", "tone")), str(tmp_path / "takes"))
    return list(Engine(tmp_path / "models").run(1, job))


@pytest.mark.parametrize("spoil", [lambda data: b"[" * 100_000, lambda data: data.replace(b'"rate": 48000', b'"rate": 0'), lambda data: b"[]", lambda data: data + b" " * (1 << 24), lambda data: data[:-9]])
def test_a_take_whose_notes_were_spoiled_is_made_anew(tmp_path, spoil):
    take = dubbed(tmp_path)[1].take
    sidecar = tmp_path / "takes" / f"{take.digest}.json"
    right = sidecar.read_bytes()
    sidecar.write_bytes(spoil(right))
    assert takes.look_up(sidecar.parent, take.plan) is None
    again = dubbed(tmp_path)[1]
    assert again.fresh and json.loads(sidecar.read_bytes())["take"]["samples"] == take.samples


def test_a_line_of_less_than_no_length_fails_alone(tmp_path):
    _progress, failed, ended = dubbed(tmp_path, seconds=-1.0)
    assert failed.code == "no_slot" and ended.failed == 1


# Sounds


def wav(path, rate=8000, channels=1, told=None, samples=b"\0" * 3200):
    """A WAV of 16 bits whose header tells `told` bytes of sound."""
    told = len(samples) if told is None else told
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2 & 0xFFFFFFFF, channels * 2, 16)
    path.write_bytes(b"RIFF" + struct.pack("<I", 36 + told & 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", told & 0xFFFFFFFF) + samples)
    return path


@pytest.mark.parametrize(("rate", "channels"), [(2**31 - 1, 1), (8000, 1024), (900_000, 2)])
def test_a_header_that_asks_for_more_than_any_memory_is_refused(tmp_path, rate, channels):
    path = wav(tmp_path / "sound.wav", rate, channels, samples=b"\0" * 4096)
    assert f"{channels} channels at {rate} Hz" in refused("bad_sound", recording.read, Recording(str(path)))


@pytest.mark.model
def test_no_background_is_made_of_such_a_sound(tmp_path, models):
    path, events = wav(tmp_path / "sound.wav", 2**31 - 1, samples=b"\0" * 4096), []
    Engine(models).hear(1, Separation((Track("one", Recording(str(path))),), str(tmp_path / "backgrounds")), events.append)
    assert [event.code for event in events if type(event).__name__ == "Failed"] == ["bad_sound"]


def test_a_header_that_tells_of_hours_gives_what_is_there(tmp_path):
    path = wav(tmp_path / "sound.wav", told=0xFFFFFF00, samples=struct.pack("<1600h", *range(1600)))
    samples, rate = recording.read(Recording(str(path)))
    assert (len(samples), rate) == (1600, 8000)


def test_a_small_file_of_hours_of_silence_fills_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "MOST", 1 << 16)
    soundfile.write(tmp_path / "sound.flac", np.zeros((1 << 23, 1), np.float32), 8000)
    assert "more than 65536 samples" in refused("bad_sound", recording.read, Recording(str(tmp_path / "sound.flac")))


@pytest.mark.parametrize(("start", "seconds"), [(float("nan"), 1.0), (float("inf"), 1.0), (-1e300, 1.0), (0.0, float("nan")), (0.0, float("inf")), (0.0, -1.0)])
def test_a_stretch_that_is_none_is_refused(tmp_path, start, seconds):
    refused("cannot_hear", recording.read, Recording(str(wav(tmp_path / "sound.wav")), start, seconds))


@pytest.mark.parametrize("form", ["#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{0}/a.ts\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile '{0}/a.mp4'\n", "{0}/a.mp4"])
def test_a_film_that_is_a_list_of_addresses_asks_none_of_them(tmp_path, form):
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = tmp_path / "film.mp4"
        path.write_text(form.format(f"http://127.0.0.1:{server.server_port}"), encoding="utf-8")
        refused("cannot_hear", recording.read, Recording(str(path)))
        refused("bad_film", face.look, str(path))
        server.shutdown()
    assert asked == []


# Models

CONTENT = bytes(range(256)) * 8
FILE = models.File("a.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
TAPE = sources.Source("packages", ("*",), npm=("dubline-test@1.0",), members=("package/a.bin",))


def given(folder, source):
    return [b"".join(chunks) for _file, chunks in sources.give(source, [FILE], sources.Folder(folder, "m"))]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_what_is_no_file_in_a_package_is_none(tmp_path, kind):
    with tarfile.open(tmp_path / "dubline-test-1.0.tgz", "w:gz") as tape:
        info = tarfile.TarInfo("package/a.bin")
        info.type, info.linkname = kind, "package/a.bin"
        tape.addfile(info)
    with pytest.raises(sources.SourceFailed):
        given(tmp_path, TAPE)


def test_a_header_of_a_package_that_fills_a_memory_is_refused(tmp_path):
    # the record of a long name, of which its header says that it has a hundred million letters
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 100_000_000
    with gzip.open(tmp_path / "dubline-test-1.0.tgz", "wb", 1) as tape:
        tape.write(info.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20))
    with pytest.raises(sources.SourceFailed, match="too large"):
        given(tmp_path, TAPE)


def test_an_archive_of_arrays_is_looked_into_only_when_it_is_the_right_one(tmp_path):
    file = io.BytesIO()
    np.savez(file, a=np.frombuffer(CONTENT, "<f4"))
    (tmp_path / "voices.npz").write_bytes(file.getvalue())
    right = sources.Source("official", ("*",), "https://example.org/voices.npz", "npz", 1, hashlib.sha256(file.getvalue()).hexdigest())
    assert given(tmp_path, right) == [CONTENT]
    (tmp_path / "voices.npz").write_bytes(file.getvalue() + b"x")
    with pytest.raises(sources.SourceFailed, match="wrong SHA-256"):
        given(tmp_path, right)
