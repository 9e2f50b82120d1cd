"""Effects on finished sound: their bands and codes, and that speech keeps its length, its place and its loudness."""
import json

import numpy as np
import pytest
import soundfile

from engine.__main__ import main
from engine.effects import EFFECTS, RADIO_BAND, applied, mu_law
from engine.fit import CEILING, fit
from engine.plan import check_wish
from engine.problems import LineProblem
from engine.script import Plan, Speech, Voice, Wish

from .sound import audible

RATES = (8000, 16000, 44100, 48000)


def speechlike(rate, seconds=2.0, level=0.1):
    """Noise in syllables: every frequency, and onsets to measure time by."""
    count = round(seconds * rate)
    noise = np.random.default_rng(1).standard_normal(count)
    syllables = np.clip(np.sin(2 * np.pi * 4 * np.arange(count) / rate), 0, 1) ** 2
    return (level * noise * syllables).astype(np.float32)


def power(samples, rate, low, high):
    """Decibels of what lies between two frequencies, against the whole."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / rate)
    return 10 * np.log10(spectrum[(at >= low) & (at < high)].sum() / spectrum.sum() + 1e-12)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", EFFECTS)
def test_length_place_and_silence(name, rate):
    sound = speechlike(rate)
    made = applied(name, sound, rate)
    assert made.dtype == np.float32 and made.shape == sound.shape and np.isfinite(made).all()
    assert np.array_equal(made, applied(name, sound, rate)), "equal sound comes of equal"
    assert not np.array_equal(made, sound)
    # the best of all shifts within 20 ms
    most = round(0.02 * rate)
    shifts = np.arange(-most, most + 1)
    alike = [np.dot(sound[most:-most], made[most + shift : len(made) - most + shift]) for shift in shifts]
    assert abs(shifts[int(np.argmax(alike))]) <= 0.001 * rate
    for count in (0, 1, 7, round(0.03 * rate)):
        assert applied(name, sound[:count], rate).shape == (count,)
        assert not applied(name, np.zeros(count, np.float32), rate).any()
    assert not applied(name, np.zeros(rate, np.float32), rate).any(), "silence stays silence"


@pytest.mark.parametrize("rate", RATES)
def test_the_telephones_band(rate):
    tones = {}
    for hertz in (100, 200, 300, 400, 1000, 3000, 3400, 3500, 3600, 3900):
        tone = (0.2 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype(np.float32)
        middle = slice(rate // 4, 3 * rate // 4)
        tones[hertz] = 10 * np.log10(np.mean(applied("telephone", tone, rate)[middle] ** 2) / np.mean(tone[middle] ** 2) + 1e-12)
    assert all(abs(tones[hertz]) < 1 for hertz in (300, 400, 1000, 3000, 3400)), tones
    assert all(tones[hertz] < -40 for hertz in (100, 200, 3500, 3600, 3900)), tones
    assert power(applied("telephone", speechlike(rate), rate), rate, 300, 3400) > -0.2
    if rate > 9000:
        assert power(applied("telephone", speechlike(rate), rate), rate, 4200, rate) < -50


def test_bands_of_the_others():
    sound = speechlike(48000)
    radio = applied("radio", sound, 48000)
    assert power(radio, 48000, RADIO_BAND[0] - 100, RADIO_BAND[1] + 100) > -0.2
    wall = applied("next_room", sound, 48000)
    assert power(wall, 48000, 0, 1000) > -1 and power(wall, 48000, 4000, 24000) < -25
    assert power(applied("hall", sound, 48000), 48000, 4500, 24000) > -6, "a hall takes nothing away"


def test_the_hall_rings_on_after_a_clear_beginning():
    click = np.zeros(3 * 48000, np.float32)
    click[4800:4848] = 0.5
    made = applied("hall", click, 48000)
    assert not made[:4800].any()
    direct, early = np.abs(made[4800:4848]).max(), np.abs(made[4848:4848 + 960]).max()
    assert early < direct / 100, "20 ms of the word alone"
    late = np.cumsum(made[::-1].astype(float) ** 2)[::-1]
    fallen = np.argmax(late[5760:] < late[5760] / 1e6) / 48000
    assert 1.2 < fallen < 2.6, "seconds to -60 dB"
    assert abs(made[-1]) < 1e-6


def test_loudness_stays():
    from engine.loudness import loudness

    sound = speechlike(48000, 3.0)
    for name in ("radio", "next_room", "hall"):
        assert loudness(applied(name, sound, 48000), 48000) == pytest.approx(loudness(sound, 48000), abs=0.1)


def values_of_g711():
    """The recommendation's table: eight segments of sixteen steps, on the scale of 16 bits."""
    positive = [4 * (((2 * step + 33) << segment) - 33) for segment in range(8) for step in range(16)]
    return np.unique([-value for value in positive] + positive)


def test_mu_law_is_that_of_g711(tmp_path):
    ramp = np.linspace(-1.05, 1.05, 300001).astype(np.float32)
    made = mu_law(ramp)
    table = values_of_g711()
    assert np.array_equal(np.unique(made * 32768), table) and len(table) == 255
    # an independent coder has the same values, and decides alike but for what lies within a step of 14 bits of a decision
    path = tmp_path / "ramp.wav"
    soundfile.write(path, ramp, 8000, subtype="ULAW")
    theirs = soundfile.read(path, dtype="float32")[0]
    inside = np.abs(ramp) < 0.98
    moved = mu_law(np.stack([ramp - 4 / 32768, ramp, ramp + 4 / 32768]))
    assert ((moved == theirs).any(axis=0) | ~inside).all() and np.mean((made == theirs)[inside]) > 0.98
    soundfile.write(path, made, 8000, subtype="ULAW")
    assert np.array_equal(soundfile.read(path, dtype="float32")[0], made), "each value is coded as itself"


def test_the_telephone_at_its_own_rate_is_made_of_the_codes_values():
    made = applied("telephone", speechlike(8000, level=0.9), 8000)
    assert np.isin(np.unique(made * 32768), values_of_g711()).all()
    signal, rate = 0.1 * np.sin(2 * np.pi * 1020 * np.arange(8000) / 8000), 8000
    error = applied("telephone", signal.astype(np.float32), rate) - signal
    ratio = 10 * np.log10(np.mean(signal[2000:6000] ** 2) / np.mean(error[2000:6000] ** 2))
    assert 35 < ratio < 42, "the code's distance between speech and noise"


@pytest.mark.parametrize("extra", [[], ["--ulaw"]])
def test_effect_of_the_shell(tmp_path, capsys, extra):
    source, out = tmp_path / "in.wav", tmp_path / "new" / "out.wav"
    soundfile.write(source, np.stack([speechlike(44100), speechlike(44100) / 2], axis=1), 44100)
    assert main(["effect", "telephone", str(source), str(out), "--rate", "8000", "--json", *extra]) == 0
    told = json.loads(capsys.readouterr().out)
    with soundfile.SoundFile(out) as file:
        assert (file.samplerate, file.frames, file.channels, file.format) == (8000, 16000, 2, "WAV")
        assert file.subtype == ("ULAW" if extra else "PCM_16")
        samples = file.read(dtype="float32")
    assert (told["samples"], told["rate"], told["path"]) == (16000, 8000, str(out))
    assert np.isin(np.unique(samples * 32768), values_of_g711()).all()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", EFFECTS)
def test_files_keep_their_rate_and_length(tmp_path, name, rate):
    source, out = tmp_path / "in.flac", tmp_path / "out.wav"
    soundfile.write(source, speechlike(rate, 0.777, 0.6), rate)
    assert main(["effect", name, str(source), str(out)]) == 0
    assert (soundfile.info(out).frames, soundfile.info(out).samplerate) == (round(0.777 * rate), rate)


def test_wrong_input_of_the_shell(tmp_path, capsys):
    broken, sound = tmp_path / "broken.wav", tmp_path / "in.wav"
    broken.write_bytes(b"RIFFnonsense")
    soundfile.write(sound, speechlike(16000), 16000)
    out = str(tmp_path / "out.wav")
    for arguments, code, says in [
        ([str(tmp_path / "none.wav"), out], "missing_media", "missing"),
        ([str(broken), out], "bad_sound", "cannot be read"),
        ([str(sound), out, "--rate", "100"], "bad_wish", "8000"),
        ([str(sound), out, "--ulaw"], "bad_wish", "G.711"),
        ([str(sound), str(tmp_path)], "bad_input", str(tmp_path)),
    ]:
        assert main(["effect", "telephone", *arguments, "--json"]) == 2
        told = capsys.readouterr()
        assert json.loads(told.out)["code"] == code and says in told.err
    assert not (tmp_path / "out.wav").exists()
    soundfile.write(sound, np.zeros((0, 1), np.float32), 16000)
    assert main(["effect", "hall", str(sound), out]) == 0 and soundfile.info(out).frames == 0


@pytest.mark.parametrize("name", EFFECTS)
def test_a_take_with_an_effect_keeps_its_promises(name):
    wanted = Plan("x", "en-us", Voice("sine", "sine", "tone"), 2.0, Wish(effect=name), 48000, 2, 0.0, "", "")
    sound = np.pad(speechlike(24000, 1.9, 0.5), (0, 4800))
    fitted = fit(Speech((), (), 1.9, 1.0, 0.01, 1.9), sound, 24000, wanted)
    assert fitted.audio.shape == (96000, 2) and fitted.overflow_ms == 0
    assert fitted.loudness == pytest.approx(-20, abs=0.2) and fitted.true_peak <= CEILING and not fitted.warnings
    assert not np.abs(fitted.audio[[0, -1]]).any(), "edges are silent"


def test_say_with_an_effect(tmp_path, capsys):
    said = {}
    for name in ("", *EFFECTS):
        out = tmp_path / f"{name}.wav"
        extra = ["--effect", name] if name else []
        assert main(["say", "one two three", "--family", "tone", "--voice", "sine", "--seconds", "2", "--out", str(out), "--json", *extra]) == 0
        said[name] = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"Done"' in line)["take"]
        assert soundfile.info(out).frames == 96000
        assert said[name]["speech"] == said[""]["speech"], "the words are where they were"
        assert abs(audible(out, 0.01)[0] - audible(tmp_path / ".wav", 0.01)[0]) < 480
    assert len({take["digest"] for take in said.values()}) == 5


def test_an_unknown_effect_is_refused():
    check_wish(Wish(effect="hall"))
    with pytest.raises(LineProblem, match="no effect 'underwater'") as caught:
        check_wish(Wish(effect="underwater"))
    assert caught.value.code == "bad_wish"
