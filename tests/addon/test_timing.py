"""Timing at the seam: markers that fix words, phrases that follow a recording, borrowed silence, verdicts and the report."""
import json
from pathlib import Path

import bpy
import numpy as np
import pytest
import soundfile

RECORDING = Path(__file__).resolve().parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"
WORDS = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
ONSETS = (0.33, 3.29, 4.01, 5.415, 8.195)
"""Seconds of the recording at which a phrase begins, as seen in its wave."""


def begins(film, dub, after=0.0) -> list[float]:
    """Frames of the film, with fractions, at which a sound of the take begins after at least 50 ms of silence."""
    samples, rate = soundfile.read(film.path_of(dub), always_2d=True)
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.02 * np.abs(samples).max())
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-rate) > 0.05 * rate)]
    frames = film.compat.start(dub) + starts / rate * film.scene.render.fps / film.scene.render.fps_base
    return [float(frame) for frame in frames if frame >= after]


def marker(film, name, frame):
    film.scene.timeline_markers.new(name, frame=frame)


def near(found, frame):
    """A sound begins within a fifth of a frame of this one."""
    return min(abs(begin - frame) for begin in found) < 0.2


def test_a_marker_fixes_the_word_after_the_sign(film):
    film.text("one two | three four", 25, 72)
    marker(film, "|", 61)
    report = film.dub()["Line"]
    assert near(begins(film, film.dubs[0]), 61) and not report.warnings
    assert report.take.plan.text == "one two three four", "the sign is not spoken"


def test_a_marker_may_name_its_word(film):
    film.text("go there and go home", 25, 96)
    marker(film, "|go", 25)
    marker(film, "|go", 73)
    film.dub()
    (take,) = (report.take for report in film.reports.values())
    assert [round(word.start * 24) for word in take.speech.words if word.text == "go"] == [0, 48]
    assert near(begins(film, film.dubs[0]), 73)


def test_words_of_several_markers_begin_at_them(film):
    film.sound(4.0, 25, selected=True)
    marker(film, "first words", 30)
    marker(film, "second words", 80)
    film.dub("SELECTED")
    (take,) = (report.take for report in film.reports.values())
    assert take.plan.text == "first words second words"
    assert near(begins(film, film.dubs[0]), 80)


def test_a_marker_without_a_place_is_told(film):
    film.text("one two", 25, 48)
    marker(film, "|", 40)
    marker(film, "|three", 50)
    report = film.dub()["Line"]
    assert report.status == "done"
    assert any("0 signs" in warning for warning in report.warnings) and any("|three" in warning for warning in report.warnings)


def test_other_markers_fix_nothing(film):
    film.text("one two three", 25, 48)
    film.dub()
    (before,) = (report.take for report in film.reports.values())
    marker(film, "note to self", 40)
    film.dub()
    assert [report.take.digest for report in film.reports.values()] == [before.digest]


@pytest.mark.parametrize("fps, base", [(24, 1.0), (30, 1.001), (25, 1.0), (60, 1.0)])
def test_phrases_begin_with_the_recordings(film, fps, base):
    film.pace(fps, base)
    second = fps / base
    strip = film.compat.strips(film.editor).new_sound(name="Original", filepath=str(RECORDING), channel=1, frame_start=25)
    film.text(WORDS, 25, round(11 * second))
    film.dub()
    found = begins(film, film.dubs[0])
    late = [min((begin - 25 - onset * second for begin in found), key=abs) for onset in ONSETS]
    # the tone beeps word by word: with one of five original phrases too short for its word, it may bridge one
    in_step = [abs(frames) / second <= 1 / 24 for frames in late]
    assert sum(in_step) >= 4 and in_step[0] and in_step[3] and in_step[4], late
    film.named("Line").dubline_sync = 0.0
    film.dub()
    assert not near(begins(film, film.dubs[0]), 25 + ONSETS[4] * second)
    assert strip.mute


def test_a_trimmed_and_shifted_recording_is_followed_where_it_sounds(film):
    strip = film.compat.strips(film.editor).new_sound(name="Original", filepath=str(RECORDING), channel=1, frame_start=1)
    film.compat.set_start(strip, 1 + 120)  # from 5 s on: the last two phrases
    film.text("what your country can do for you, ask what you can do for your country.", 111, 160)
    film.only(film.named("Line"))
    film.dub("SELECTED")
    found = begins(film, film.dubs[0])
    for onset in ONSETS[3:]:
        assert min(abs(begin - 1 - onset * 24) for begin in found) <= 1


def test_a_quieter_strip_gives_a_quieter_take(film):
    strip = film.compat.strips(film.editor).new_sound(name="Original", filepath=str(RECORDING), channel=1, frame_start=25)
    film.text(WORDS, 25, 264)
    loud = film.dub()["Line"].take
    bpy.ops.dubline.restore()
    strip.volume = 0.5
    soft = film.dub()["Line"].take
    assert loud.loudness - soft.loudness == pytest.approx(6, abs=0.3)
    film.dub()
    assert film.reports["Line"].take.digest == soft.digest, "a muted original is as loud as before it was muted"


def test_borrowed_silence_on_whole_frames(film):
    film.text("a", 1, 6, name="before", selected=False)
    film.text("this line has many more letters than its slot can hold", 49, 48, name="long")
    film.text("b", 121, 6, name="after", selected=False)
    film.named("long").dubline_borrow = 0.5
    film.only(film.named("long"))
    report = film.dub("SELECTED")["long"]
    plan = report.take.plan
    first, last = film.span(film.dubs[0])
    assert plan.early > 0 and plan.late > 0
    assert (first, last) == (49 - round(plan.early * 24), 97 + round(plan.late * 24))
    assert first - 7 >= 0.1 * 24 and 121 - last >= 0.1 * 24, "a guard gap stays"
    together = film.dub()["long"]
    assert together.take.digest == report.take.digest, "the selection does not matter"


def test_ratio_and_tokens_from_the_panel(film):
    strip = film.text("Hello there my friend", 1, 96)
    natural = film.dub()["Line"].take.speech.natural
    strip.dubline_length, strip.dubline_ratio = "RATIO", 1.25
    take = film.dub()["Line"].take
    assert take.plan.wish.ratio == 1.25 and take.speech.end - take.speech.start == pytest.approx(1.25 * natural, abs=0.03)
    strip.dubline_length = "TOKENS"
    assert strip.dubline_tokens == 160, "as long as the strip, to begin with"
    strip.dubline_tokens = 50
    take = film.dub()["Line"].take
    assert (take.plan.wish.ratio, take.plan.wish.tokens) == (0, 50)
    assert take.speech.end - take.speech.start == pytest.approx(1.25, abs=0.03)
    strip.dubline_length = "SLOT"
    assert film.props.wish(strip) == type(film.props.wish(strip))(), "a plain wish leaves nothing behind"


@pytest.fixture
def lines(film):
    """One line for every verdict; a letter of the tone lasts 60 ms."""
    words = "aaaaaaaaaa aaaaaaaaa aaaaaaaaaa"  # 1.86 s
    lengths = {"too fast": 24, "fast": 36, "comfortable": 46, "slow": 54, "too slow": 96}
    for number, (name, length) in enumerate(lengths.items()):
        film.text(words, 1 + 240 * number, length, name=name).color_tag = "COLOR_09"
    return film


def test_verdicts_before_anything_is_spoken(lines):
    assert bpy.ops.dubline.plan(scope="ALL") == {"FINISHED"}
    assert {name: report.outlook.verdict for name, report in lines.reports.items()} == {name: name for name in lines.reports}
    assert not lines.dubs and not list(lines.folder.rglob("*.wav"))
    assert "1 too fast" in lines.session.run.summary
    assert "1.8" in lines.reports["too fast"].message and lines.reports["too fast"].warnings
    assert {strip.color_tag for strip in lines.compat.strips(lines.editor)} == {"COLOR_09"}


def test_verdicts_as_colours_and_back(lines):
    lines.scene.dubline.tint = True
    bpy.ops.dubline.plan(scope="ALL")
    assert len({strip.color_tag for strip in lines.compat.strips(lines.editor)}) == 5
    bpy.ops.dubline.plan(scope="ALL")
    lines.scene.dubline.tint = False
    bpy.ops.dubline.plan(scope="ALL")
    assert {strip.color_tag for strip in lines.compat.strips(lines.editor)} == {"COLOR_09"}, "the person's own"


def test_verdicts_through_the_worker(lines):
    lines.preferences.host = "WORKER"
    bpy.ops.dubline.plan(scope="ALL")
    assert {report.outlook.verdict for report in lines.reports.values()} == set(lines.reports)


def test_plan_without_a_window(lines, tmp_path):
    lines.text("", 2001, 24, name="empty")
    lines.save()
    report = tmp_path / "plan.json"
    assert lines.batch.main(["dub", str(lines.film), "--plan", "--report", str(report), "--host", "here"]) == lines.batch.SOME_FAILED
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["planned"], told["done"], told["failed"]) == (5, 0, 1)
    assert [line.get("outlook", {}).get("verdict") for line in told["lines"]] == ["too fast", "fast", "comfortable", "slow", "too slow", None]


def test_the_report_tells_planned_against_delivered(film, tmp_path):
    film.compat.strips(film.editor).new_sound(name="Original", filepath=str(RECORDING), channel=1, frame_start=25)
    film.text(WORDS, 25, 264)
    film.save()
    report = tmp_path / "report.json"
    assert film.batch.main(["dub", str(film.film), "--report", str(report), "--host", "here"]) == 0
    (line,) = json.loads(report.read_text(encoding="utf-8"))["lines"]
    assert len(line["phrases"]) >= 4
    for phrase in line["phrases"]:
        assert abs(phrase["onset_error_ms"]) <= 42 and phrase["ratio"] > 0 and phrase["text"]
    assert line["borrowed_ms"] == [0, 0] and line["true_peak"] <= -1
    assert line["loudness"] == pytest.approx(line["loudness_wished"], abs=1)
