"""A sound without its voice: how little of the voice stays and how whole the background is, to the sample, whole files only, here and in a worker."""
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from engine import host
from engine.events import Ended, Failed, Progress, Separated
from engine.hear import background, split
from engine.hear.activity import stretches
from engine.problems import LineProblem
from engine.script import Recording
from engine.speak import Engine
from engine.tracks import Separation, Track
from engine.voices import Cancelled

from .disk import room_for

RATE = 48000
SPEECH = Path(__file__).resolve().parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"


@pytest.fixture(scope="module")
def voice():
    """Five seconds of a speech, silent where nobody speaks, and where somebody does."""
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    sound = soxr.resample(samples[: 5 * rate], rate, RATE)
    spoken = np.zeros(len(sound), bool)
    for one in stretches(sound, RATE):
        spoken[round(one.start * RATE) : round(one.end * RATE)] = True
    return sound * spoken, spoken


def hum(count, seed):
    """Noise that grows softer with its pitch, as that of a street does."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    sound = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20)), count)
    return (sound / sound.std()).astype(np.float32)


def band(count):
    """Chords in stereo with a beat."""
    time, left, right = np.arange(count) / RATE, np.zeros(count), np.zeros(count)
    root = np.array([220.0, 174.6, 261.6, 196.0])[time.astype(int) % 4]
    for step, at in ((0.5, 0.5), (1, 0.2), (1.26, 0.8), (1.5, 0.4), (2, 0.65)):
        phase = 2 * np.pi * np.cumsum(root * step) / RATE
        tone = sum(np.sin(partial * phase) / partial for partial in range(1, 9)) * np.exp(-((time * 2) % 1) * 1.5)
        left += tone * np.cos(at * np.pi / 2)
        right += tone * np.sin(at * np.pi / 2)
    sound = np.stack([left, right], axis=1) + 2 * (np.sin(2 * np.pi * 55 * time) * np.exp(-((time * 2) % 1) * 8))[:, None]
    return (sound / sound.std()).astype(np.float32)


BEDS = {"music": band, "noise": lambda count: np.stack([hum(count, 2), hum(count, 3)], axis=1)}


def decibels(power):
    return 10 * np.log10(power + 1e-12)


def left_of(voice, bed, out, spoken, size=2048, hop=512):
    """Decibels by which the voice is softer in `out`, where somebody speaks: at each pitch, what there has the voice's course beside the bed's."""
    window = np.hanning(size)
    starts = [at for at in range(0, len(spoken) - size, hop) if spoken[at : at + size].mean() > 0.8]

    def spectra(sound):
        return np.fft.rfft(np.stack([sound[at : at + size] * window for at in starts]), axis=1)

    before = after = 0.0
    for channel in range(out.shape[1]):
        v, b, o = (spectra(sound[:, channel]) for sound in (voice, bed, out))
        vv, bb, vb, vo, bo = ((one.conj() * other).sum(axis=0) for one, other in ((v, v), (b, b), (v, b), (v, o), (b, o)))
        share = (bb * vo - vb * bo) / np.maximum((vv * bb).real - np.abs(vb) ** 2, 1e-12)
        before += vv.real.sum()
        after += (np.abs(share) ** 2 * vv.real).sum()
    return decibels(after / before)


def mixed(voice, spoken, kind, below, left=1.0, right=1.0):
    """(voice, bed) in stereo, the bed so many decibels under the voice."""
    both = np.stack([voice * left, voice * right], axis=1).astype(np.float32)
    return both, BEDS[kind](len(voice)) * np.float32(np.sqrt(np.mean(voice[spoken] ** 2)) * 10 ** (-below / 20))


def hurt_of(bed, out, spoken):
    """Decibels by which the bed's error is softer than the bed, where nobody speaks."""
    return decibels(np.mean((out[~spoken] - bed[~spoken]) ** 2) / np.mean(bed[~spoken] ** 2))


def lay(folder, sound, rate=RATE, name="scene.wav", **more):
    path = folder / name
    soundfile.write(path, sound, rate, subtype="FLOAT")
    return Path(background.laid(Track("a", Recording(str(path))), folder / "takes", **more)[0])


@pytest.mark.parametrize(
    ("kind", "below", "sides", "most_left", "most_hurt"),
    [("music", 10, (1, 1), -14, -24), ("music", 10, (1.35, 0.35), -12, -22), ("noise", 10, (1, 1), -20, -18), ("music", 0, (1, 1), -2, -24)],
)
def test_the_voice_goes_and_the_background_stays(voice, tmp_path, kind, below, sides, most_left, most_hurt):
    samples, spoken = voice
    both, bed = mixed(samples, spoken, kind, below, *sides)
    out, rate = soundfile.read(lay(tmp_path, both + bed), dtype="float32")
    assert rate == RATE and out.shape == bed.shape
    left, hurt = left_of(both, bed, out, spoken), hurt_of(bed, out, spoken)
    level = decibels(np.mean(out[~spoken] ** 2) / np.mean(bed[~spoken] ** 2))
    print(f"{kind} {below}: the voice is left by {left:.1f} dB, pauses are hurt by {hurt:.1f} dB, level {level:+.2f} dB")
    assert left < most_left and hurt < most_hurt and abs(level) < 0.5


def test_a_soft_scene_is_parted_as_a_loud_one(voice, tmp_path):
    """Behind a loud one, too: the network alone removes nothing of a voice of -42 dBFS."""
    samples, spoken = voice
    both, bed = mixed(samples, spoken, "noise", 10)
    scene, level = both + bed, 0.02
    out, _rate = soundfile.read(lay(tmp_path, np.concatenate([scene, scene * level, scene * level])), dtype="float32")
    soft = out[2 * len(bed) :] / level
    assert left_of(both, bed, soft, spoken) < -20 and hurt_of(bed, soft, spoken) < -18


def test_a_sound_without_a_voice_stays_as_it_is(tmp_path):
    bed = band(3 * RATE) * 0.1
    out, _rate = soundfile.read(lay(tmp_path, bed), dtype="float32")
    assert decibels(np.mean((out - bed) ** 2) / np.mean(bed**2)) < -20


@pytest.mark.parametrize(("rate", "channels", "seconds"), [(44100, 1, 1.237), (22050, 6, 0.9), (48000, 2, 1 / 48000), (96000, 8, 0.6)])
def test_it_is_as_long_and_wide_as_the_sound(tmp_path, rate, channels, seconds):
    count = round(seconds * rate)
    sound = np.random.default_rng(1).standard_normal((count, channels)).astype(np.float32) * 0.1
    found = soundfile.info(lay(tmp_path, sound, rate))
    assert (found.frames, found.samplerate, found.channels) == (count, rate, channels)


def test_how_it_is_read_does_not_matter(voice):
    samples, spoken = voice
    both, bed = mixed(samples, spoken, "music", 10)
    sound = (both + bed)[: 2 * RATE]
    cut = [sound[at : at + 7001] for at in range(0, len(sound), 7001)]
    louder = background.raised(cut, RATE)
    assert np.allclose(louder, background.raised([sound], RATE)) and len(louder) == 9
    whole, bits = (np.concatenate(list(background.parted(pieces, RATE, louder, split.network()))) for pieces in ([sound], cut))
    assert whole.shape == bits.shape == sound.shape and np.abs(whole - bits).max() < 1e-5


def test_it_is_called_after_the_content(tmp_path, monkeypatch):
    sound = hum(RATE // 2, 1)[:, None] * 0.1
    first = lay(tmp_path, sound)
    shutil.copy(tmp_path / "scene.wav", tmp_path / "copy.wav")
    again, fresh = background.laid(Track("b", Recording(str(tmp_path / "copy.wav"), 1.0, 2.0)), tmp_path / "takes")
    assert (again, fresh) == (first, False)
    assert lay(tmp_path, sound * 0.9) != first
    assert background.laid(Track("c", Recording(str(tmp_path / "copy.wav")), "a film"), tmp_path / "takes")[0] not in (first, again)
    monkeypatch.setattr(background, "VERSION", "another")
    assert lay(tmp_path, sound) != first


def test_a_damaged_one_is_made_anew(tmp_path):
    path = lay(tmp_path, hum(RATE // 2, 1)[:, None] * 0.1)
    good = path.read_bytes()
    path.write_bytes(good[:3000])
    os.truncate(path, 30)
    assert lay(tmp_path, hum(RATE // 2, 1)[:, None] * 0.1).read_bytes() == good


def test_cancelled_it_leaves_nothing(tmp_path):
    heard = []
    with pytest.raises(Cancelled):
        lay(tmp_path, hum(8 * RATE, 1)[:, None] * 0.1, progress=heard.append, stop=lambda: bool(heard))
    assert 0 < heard[-1] < 1 and not list((tmp_path / "takes").iterdir())


def test_a_full_disk_leaves_nothing(tmp_path):
    path = tmp_path / "scene.wav"
    soundfile.write(path, hum(3 * RATE, 1) * 0.1, RATE)
    with room_for(50_000), pytest.raises(LineProblem) as full:
        background.laid(Track("a", Recording(str(path))), tmp_path / "takes")
    assert full.value.code == "cannot_lay" and not list((tmp_path / "takes").iterdir())
    assert background.laid(Track("a", Recording(str(path))), tmp_path / "takes")[1]


@pytest.mark.parametrize(("content", "code"), [(None, "missing_media"), (b"", "bad_sound"), ("empty", "bad_sound"), (b"no sound at all" * 99, "bad_sound")])
def test_what_is_no_sound(tmp_path, content, code):
    path = tmp_path / "broken.wav"
    if content == "empty":
        soundfile.write(path, np.zeros((0, 2)), RATE)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(LineProblem) as problem:
        background.laid(Track("a", Recording(str(path))), tmp_path / "takes")
    assert problem.value.code == code and "broken.wav" in str(problem.value) and not (tmp_path / "takes").exists()


def test_too_many_channels_are_told(tmp_path):
    with pytest.raises(LineProblem, match="9 channels"):
        lay(tmp_path, np.zeros((999, 9), np.float32))


def test_samples_that_are_no_numbers_do_no_harm(tmp_path):
    sound = hum(RATE, 1)[:, None] * 0.1
    sound[1000], sound[2000] = np.nan, np.inf
    assert np.isfinite(soundfile.read(lay(tmp_path, sound))[0]).all()


def test_without_the_network_one_sentence_says_what_to_do(tmp_path):
    with pytest.raises(LineProblem, match="models fetch deepfilternet3") as problem:
        lay(tmp_path, np.zeros((999, 1), np.float32), models=tmp_path)
    assert problem.value.code == "cannot_part"


# through a host


def answers(made, wanted, cancel=False):
    run, events, deadline = made.submit(wanted), [], time.monotonic() + 120
    if cancel:
        made.cancel(run)
    while not any(isinstance(event, Ended) for event in events):
        assert time.monotonic() < deadline, events
        events += made.poll()
        time.sleep(0.01)
    made.close()
    return [event for event in events if hasattr(event, "run")]


@pytest.mark.parametrize("where", ["here", "worker"])
def test_a_host_answers_for_every_track(models, tmp_path, where):
    for name, seed in (("a", 1), ("b", 2)):
        soundfile.write(tmp_path / f"{name}.wav", hum(RATE, seed) * 0.1, RATE)
    tracks = tuple(Track(name, Recording(str(tmp_path / f"{name}.wav"))) for name in ("a", "gone", "b"))
    made = host.Here(Engine(models)) if where == "here" else host.Worker(models, log=tmp_path / "log")
    events = answers(made, Separation(tracks, str(tmp_path / "takes")))
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event.done for event in progress] == sorted(event.done for event in progress) and progress[-1].done <= 1
    first, gone, second, ended = (event for event in events if not isinstance(event, Progress))
    assert isinstance(first, Separated) and isinstance(second, Separated) and first.fresh and Path(second.path).is_file()
    assert isinstance(gone, Failed) and (gone.uid, gone.code) == ("gone", "missing_media") and ended == Ended(1, 2, 1)


@pytest.mark.parametrize("where", ["here", "worker"])
def test_a_host_stops_when_asked(models, tmp_path, where):
    soundfile.write(tmp_path / "a.wav", hum(60 * RATE, 1) * 0.1, RATE)
    made = host.Here(Engine(models)) if where == "here" else host.Worker(models, log=tmp_path / "log")
    *_, failed, ended = answers(made, Separation((Track("a", Recording(str(tmp_path / "a.wav"))),), str(tmp_path / "takes")), cancel=True)
    assert failed.code == "cancelled" and ended.cancelled and not (tmp_path / "takes").exists() or not list((tmp_path / "takes").iterdir())
