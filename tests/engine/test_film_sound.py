"""The sound of a film outside Blender: the right samples of every container, from anywhere, and words for what is broken."""
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from engine.hear.recording import read
from engine.problems import LineProblem
from engine.script import Recording

av = pytest.importorskip("av")

RATE, SECONDS = 48000, 6.0
CONTAINERS = {
    "film.mp4": ("mpeg4", "aac"), "film.mov": ("mpeg4", "pcm_s16le"), "film.mkv": ("mpeg4", "aac"), "film.webm": ("libvpx", "libopus"),
    "film.ts": ("mpeg2video", "mp2"), "film.avi": ("mpeg4", "mp3"),
}  # fmt: skip


def knocks():
    """A click-like burst of another pitch every half second."""
    sound = np.zeros(round(SECONDS * RATE), np.float32)
    time = np.arange(2400) / RATE
    for number in range(round(SECONDS * 2)):
        start = number * RATE // 2 + 4800
        sound[start : start + 2400] = 0.5 * np.sin(2 * np.pi * (400 + 150 * number) * time)
    return sound


def write(path, video, audio, sound, late=0.0):
    """A grey film; `late` seconds pass before its sound begins."""
    with av.open(str(path), "w") as film:
        pictures = film.add_stream(video, rate=24)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        voice = film.add_stream(audio, rate=RATE, layout="stereo") if audio else None
        for _ in range(round(SECONDS * 24)):
            film.mux(pictures.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 99, np.uint8), format="rgb24")))
        film.mux(pictures.encode())
        if voice is None:
            return path
        resampler = av.AudioResampler(format=voice.format.name, layout="stereo", rate=RATE, frame_size=voice.codec_context.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(np.stack([sound, sound]), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, round(late * RATE), Fraction(1, RATE)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            film.mux(voice.encode(part))
        film.mux(voice.encode())
    return path


@pytest.fixture(scope="module", params=CONTAINERS)
def film(request, tmp_path_factory):
    return write(tmp_path_factory.mktemp("films") / request.param, *CONTAINERS[request.param], knocks())


def shift(heard, wanted):
    """Samples by which what is heard is late."""
    size = 2 * max(len(heard), len(wanted))
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size)))
    return (int(product.argmax()) + size // 2) % size - size // 2


@pytest.mark.parametrize(("start", "seconds"), [(0.0, 0.0), (0.0, 2.0), (1.3, 0.9), (4.75, 1.0), (5.5, 9.0)])
def test_a_stretch_of_every_container(film, start, seconds):
    samples, rate = read(Recording(str(film), start, seconds))
    assert rate == RATE and samples.dtype == np.float32 and samples.shape[1] == 2
    wanted = knocks()[round(start * RATE) :][: round((seconds or SECONDS) * RATE)]
    if start + seconds <= SECONDS and seconds:
        assert len(samples) == round(seconds * RATE)
    # these containers do not tell the coder's delay
    assert abs(shift(samples[:, 0], wanted)) <= (1200 if film.suffix in (".avi", ".ts") else 48)


def test_sound_that_begins_late_has_silence_before(tmp_path):
    path = write(tmp_path / "late.mkv", "mpeg4", "aac", knocks(), late=1.5)
    samples, rate = read(Recording(str(path), 1.0, 2.0))
    assert len(samples) == 2 * rate and np.abs(samples[: round(0.55 * rate)]).max() < 0.01
    assert abs(shift(samples[:, 0], np.pad(knocks(), (rate // 2, 0))[: 2 * rate])) <= 48


def test_beyond_its_end(film):
    with pytest.raises(LineProblem) as beyond:
        read(Recording(str(film), 60.0, 1.0))
    assert beyond.value.code == "cannot_hear" and "has no sound there" in str(beyond.value)


def test_a_film_without_sound(tmp_path):
    with pytest.raises(LineProblem) as silent:
        read(Recording(str(write(tmp_path / "silent.mp4", "mpeg4", None, None))))
    assert silent.value.code == "cannot_hear" and "silent.mp4 has no sound" in str(silent.value)


def test_a_torn_film_gives_what_there_is(tmp_path):
    whole = write(tmp_path / "whole.mkv", "mpeg4", "aac", knocks()).read_bytes()
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(whole[: len(whole) * 6 // 10])
    samples, rate = read(Recording(str(torn)))
    assert 1.0 < len(samples) / rate < SECONDS
    assert abs(shift(samples[:, 0], knocks()[: len(samples)])) <= 48


def test_damage_in_the_middle_is_left_out(tmp_path):
    path = write(tmp_path / "whole.mkv", "mpeg4", "aac", knocks())
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 900] = np.random.default_rng(2).bytes(900)
    path.write_bytes(bytes(content))
    samples, rate = read(Recording(str(path)))
    assert len(samples) > 2 * rate and np.isfinite(samples).all()


@pytest.mark.parametrize("content", ["empty", "noise", "half"])
def test_what_is_no_film(tmp_path, content):
    path = tmp_path / "broken.mp4"
    whole = write(tmp_path / "whole.mp4", "mpeg4", "aac", knocks()).read_bytes()
    path.write_bytes({"empty": b"", "noise": np.random.default_rng(2).bytes(9000), "half": whole[: len(whole) // 2]}[content])
    with pytest.raises(LineProblem) as broken:
        read(Recording(str(path)))
    assert broken.value.code == "cannot_hear" and "broken.mp4 cannot be read" in str(broken.value)


def test_without_the_library_it_is_named():
    """In a process of its own, where av cannot be imported."""
    program = (
        "import sys, pathlib, tempfile\nsys.modules['av'] = None\nfrom engine.hear.recording import read\nfrom engine.script import Recording\n"
        "path = pathlib.Path(tempfile.mkdtemp()) / 'a.mp4'\npath.write_bytes(bytes(99))\n"
        "try: read(Recording(str(path)))\nexcept Exception as problem: print(problem)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "a.mp4 is no sound file" in done.stdout and "the package av is not here" in done.stdout
