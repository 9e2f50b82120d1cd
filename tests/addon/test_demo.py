"""The demo's page and its film, on a small made-up result and in real Blender; the whole demo is run by itself."""
import json
import re
import struct
import zlib
from html.parser import HTMLParser

import bpy
import numpy as np
import pytest
import soundfile
from dubline_dev.blender_addon import compat, read

from demo import film, judge, move, plots, png, report, scenario

RATE = 48000


def tone(seconds, pitch=220.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.4 * np.sin(2 * np.pi * pitch * time) * (time * 8 % 1 < 0.6)).astype(np.float32)


@pytest.fixture
def result(tmp_path):
    """A report of three lines: one over an original and misheard, one Chinese, one that failed."""
    (tmp_path / "dubs").mkdir()
    soundfile.write(tmp_path / "dubs" / "a.wav", np.stack([tone(1.2)] * 2, axis=1), RATE)
    soundfile.write(tmp_path / "dubs" / "b.wav", np.stack([tone(0.8, 330)] * 2, axis=1), RATE)
    soundfile.write(tmp_path / "old.flac", tone(3)[::3], RATE // 3)
    (tmp_path / "demo.mp4").write_bytes(b"not really a film")
    common = {
        "voice": "af_heart", "language": "en-us", "rate": RATE, "error_samples": 0, "compute_seconds": 0.5, "natural": 1.0,
        "ratio": 1.1, "speech": [0.01, 1.1], "overflow_ms": 0.0, "underrun_ms": 0.0, "peak_dbfs": -8.0, "loudness_lufs": -20.0,
        "wanted_lufs": -20.0, "true_peak": -8.0, "borrowed_ms": [0, 0], "phrases": [["Fish", 0.01, 0.4, 0.01, 0.4, 1.1]], "steps": None,
        "film_match": 0.99, "film_lag_ms": 0.0, "original": None, "problem": "", "warnings": [],
    }  # fmt: skip
    lines = [
        common | {
            "uid": "1", "text": "Fish & <chips>?", "speaker": "ANNA", "start": 0.4, "seconds": 1.2, "samples": 57600,
            "take": "dubs/a.wav", "source_frames": [11, 41], "dub_frames": [11, 41], "words": [["Fish", 0.0, 0.4], ["<chips>?", 0.5, 1.0]],
            "heard": "fish and ships", "word_error": 0.5, "differences": [["equal", "fish and", "fish and"], ["substitute", "chips", "ships"]],
            "original": {"file": "old.flac", "start": 0.5, "seconds": 1.2},
        },
        common | {
            "uid": "2", "text": "他走了。", "speaker": "MEI", "start": 2.0, "seconds": 0.8, "samples": 38400, "language": "zh",
            "take": "dubs/b.wav", "source_frames": [51, 71], "dub_frames": [51, 71], "words": [["他", 0.0, 0.4]],
            "heard": "他走了", "word_error": 0.0, "differences": [["equal", "他走了", "他走了"]],
        },
        common | {
            "uid": "3", "text": "Nobody speaks this.", "speaker": "BEN", "start": 3.0, "seconds": 1.0, "samples": 0, "take": "",
            "source_frames": [76, 101], "dub_frames": None, "heard": None, "word_error": None, "error_samples": None,
            "problem": "No voice is cast for 'BEN'.",
        },
    ]  # fmt: skip
    film_facts = {
        "video": "demo.mp4", "blend": "demo.blend", "bytes": 17, "frames": 100, "fps": 25.0, "seconds": 4.0, "size": [640, 360],
        "sound_seconds": 4.0, "sound_rate": RATE, "loudness_lufs": -20.0, "blender": "5.0.1", "python": "3.11", "lines": 3, "dubbed": 2,
        "speech_seconds": 2.0, "compute_seconds": 1.0,
    }  # fmt: skip
    return {"film": film_facts, "promises": [judge.promise("Every line is dubbed", False, "2 of 3")], "lines": lines}, tmp_path


class Seen(HTMLParser):
    """Collects what a browser would load, and the text a person reads."""

    def __init__(self, page):
        super().__init__()
        self.sources, self.text, self.shut = [], "", 0
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.shut += tag in ("style", "script")
        self.sources += [value for name, value in attributes if name in ("src", "srcset", "poster", "data") or (tag == "link" and name == "href")]

    def handle_endtag(self, tag):
        self.shut -= tag in ("style", "script")

    def handle_data(self, data):
        self.text += "" if self.shut else data


def test_the_page_is_the_same_twice(result):
    facts, folder = result
    assert report.page(facts, folder) == report.page(json.loads(json.dumps(facts)), folder)


def test_the_page_carries_all_that_it_shows(result):
    page = report.page(*result)
    seen = Seen(page)
    assert len(seen.sources) == 1 + 3 + 3  # the film; players and spectrograms of an original and two takes
    assert all(source.startswith("data:") for source in seen.sources)
    assert not re.findall(r"https?://|@import|url\(", page)


def test_every_line_is_on_the_page(result):
    facts, folder = result
    seen = Seen(report.page(facts, folder))
    for line in facts["lines"]:
        assert line["text"] in seen.text
    assert "No voice is cast for 'BEN'." in seen.text
    assert "57,600 samples" in seen.text and "0 samples" in seen.text


def test_words_heard_otherwise_are_marked(result):
    page = report.page(*result)
    assert "<del>chips</del> <ins>ships</ins>" in page


def test_what_is_written_in_a_line_cannot_become_markup(result):
    page = report.page(*result)
    assert "<chips>" not in page


def test_a_png_holds_its_pixels():
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    data = png.encode(pixels)
    assert struct.unpack(">II", data[16:24]) == (7, 5)
    start = data.index(b"IDAT") + 4
    rows = np.frombuffer(zlib.decompress(data[start:-16]), np.uint8).reshape(5, 22)
    assert (rows[:, 1:].reshape(pixels.shape) == pixels).all()
    assert not rows[:, 0].any()


def test_a_spectrogram_shows_a_tone_at_its_height(monkeypatch):
    drawn = []
    monkeypatch.setattr(png, "encode", lambda pixels: drawn.append(pixels) or b"")
    plots.spectrogram(np.sin(2 * np.pi * 2000 * np.arange(RATE) / RATE).astype(np.float32), RATE, columns=40, rows=80)
    bright = drawn[0].sum(axis=2)[:, 20]
    assert abs(int(bright.argmax()) - 60) <= 1  # 2 of 8 kHz: a quarter from below


def test_a_take_is_found_where_it_sounds(tmp_path):
    take = tone(0.5) * np.hanning(24000).astype(np.float32)
    soundfile.write(tmp_path / "take.wav", take, RATE, subtype="FLOAT")
    track = np.zeros(RATE * 2, np.float32)
    track[RATE : RATE + 24000] = take * 0.5
    assert judge.match(tmp_path / "take.wav", track, RATE, 1.0) == (pytest.approx(1.0, abs=1e-3), 0.0)
    alike, late = judge.match(tmp_path / "take.wav", np.roll(track, 480), RATE, 1.0)
    assert alike > 0.99 and late == 10.0
    assert judge.match(tmp_path / "take.wav", np.zeros(RATE, np.float32), RATE, 1.0)[0] < 0.1


def test_a_mouth_is_open_while_there_is_sound(tmp_path):
    sound = np.concatenate([np.zeros(RATE // 2), tone(0.5), np.zeros(RATE // 2)]).astype(np.float32)
    soundfile.write(tmp_path / "take.wav", sound, RATE)
    wide = move.openness(str(tmp_path / "take.wav"))
    assert len(wide) == pytest.approx(1.5 * scenario.FPS, abs=1)
    assert wide[:10].max() == 0 and wide[15:23].max() > 0.6 and wide[-10:].max() == 0


def test_the_script_falls_on_whole_frames_and_nobody_talks_over_another():
    for cue in scenario.CUES:
        for moment in (cue.start, cue.seconds):
            assert moment * scenario.FPS == pytest.approx(round(moment * scenario.FPS))
    ends = [cue.start + cue.seconds for cue in scenario.CUES]
    assert all(end <= later.start for end, later in zip(ends, scenario.CUES[1:], strict=False))


def test_the_add_on_reads_the_film_as_its_script(addon, tmp_path):
    recording = tmp_path / scenario.RECORDING
    soundfile.write(recording, np.zeros(11 * 16000, np.float32), 16000)
    scene = film.build(compat, tmp_path / "demo.blend", tmp_path, recording, 0.25)
    found = read.read(scene, everything=True).job.lines
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    said = [(line.speaker, line.text, line.start, line.seconds) for line in found]
    assert said == [(cue.speaker, cue.text, pytest.approx(cue.start), pytest.approx(cue.seconds)) for cue in scenario.CUES]
    heard = [line.original and round(line.original.start, 3) for line in found]
    assert heard == [round(cue.start - cue.recording, 3) if cue.recording is not None else None for cue in scenario.CUES]
