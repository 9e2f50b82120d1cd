"""Which strips are lines, with which words, speaker, language, slot and original; and what is said of what is none."""
import bpy
import pytest

from .film import RATE


@pytest.fixture
def read(film):
    return lambda everything=True, **options: film.reader.read(film.scene, everything, str(film.folder), **options)


def only_line(reading):
    (line,) = reading.job.lines
    return line


@pytest.mark.parametrize(
    ("text", "speaker", "words"),
    [
        ("ANNA: Hello.", "ANNA", "Hello."),
        ("Anna Lee: Hello.", "Anna Lee", "Hello."),
        ("anna: Hello.", "", "anna: Hello."),
        ("bob: Hello.", "Bob", "Hello."),
        ("bob:Hello.", "Bob", "Hello."),
        ("小明：你好。", "小明", "你好。"),
        ("小明:你好。", "小明", "你好。"),
        ("At 10:30 we leave.", "", "At 10:30 we leave."),
        ("There is one thing: go.", "", "There is one thing: go."),
        ("See https://example.org now", "", "See https://example.org now"),
        ("ANNA:", "", "ANNA:"),
        ("ANNA:\nHello\nthere", "ANNA", "Hello\nthere"),
    ],
)
def test_speaker_in_the_text(film, read, text, speaker, words):
    film.role("Bob")
    film.text(text)
    line = only_line(read())
    assert (line.speaker, line.text) == (speaker, words)


def test_speaker_from_the_channel_and_from_the_panel(film, read):
    film.editor.channels[2].name = "Anna"
    strip = film.text("Hello")
    film.text("BOB: Hello", first=100, name="b")
    assert [line.speaker for line in read().job.lines] == ["Anna", "BOB"]
    strip.dubline_speaker = "Cleo"
    assert [line.speaker for line in read().job.lines] == ["Cleo", "BOB"]


@pytest.mark.parametrize(
    ("text", "voice", "language"),
    [
        ("Hello", "af_heart", ""),
        ("你怎么敢这样对我!", "af_heart", "zh"),
        ("你怎么敢这样对我!", "zf_xiaobei", ""),
        ("どうしてですか", "af_heart", "ja"),
        ("東京へ行く", "jf_alpha", ""),
    ],
)
def test_language_by_the_script(film, read, text, voice, language):
    film.scene.dubline.default_voice = voice
    film.text(text)
    assert only_line(read()).language == language


def test_cast_reaches_the_job(film, read):
    film.role("ANNA", voice="af_heart", prosody="zf_xiaobei", language="en-us")
    film.role("BOB", voice="tone:high")
    film.text("ANNA: Hi")
    anna, bob = read().job.cast.roles
    assert (anna.name, anna.voice.timbre, anna.voice.prosody, anna.voice.family, anna.language) == (
        "ANNA", "af_heart", "zf_xiaobei", "kokoro", "en-us",
    )  # fmt: skip
    assert (bob.voice.timbre, bob.voice.family) == ("high", "tone")


def test_job_follows_the_scene(film, read):
    film.pace(30, 1.001)
    film.scene.render.ffmpeg.audio_mixrate = 44100
    film.scene.frame_start = 11
    film.text("Hello", first=41, length=60)
    job = read().job
    assert (job.rate, job.channels, job.quantum) == (44100, 2, pytest.approx(1.001 / 30))
    assert (job.lines[0].start, job.lines[0].seconds) == (pytest.approx(1.001), pytest.approx(2.002))


def test_only_the_selected(film, read):
    film.text("One", 1, name="a")
    chosen = film.text("Two", 100, name="b")
    film.only(chosen)
    assert [line.text for line in read(False).job.lines] == ["Two"]
    assert [line.text for line in read().job.lines] == ["One", "Two"]


def test_a_pair_is_one_line_in_the_slot_of_what_is_selected(film, read):
    sound = film.sound(2.0, first=25)
    text = film.text("Hello there", first=20, length=58)
    uids = set()
    for chosen, frames in (((sound,), 48), ((text,), 58), ((sound, text), 48)):
        film.only(*chosen)
        line = only_line(read(False))
        uids.add(line.uid)
        assert line.seconds == pytest.approx(frames / 24)
        assert line.original.path == bpy.path.abspath(sound.sound.filepath)
    assert len(uids) == 1


def test_original_tells_the_stretch_of_the_file(film, read):
    sound = film.sound(20.0, first=1)
    film.text("Hello", first=49, length=24)
    line = only_line(read())
    assert line.seconds == 1.0, "a longer recording leaves the slot to the text"
    assert (line.original.start, line.original.seconds) == (pytest.approx(2.0), pytest.approx(1.0))
    film.compat.move(sound, 13)
    assert only_line(read()).original.start == pytest.approx(1.5)


def test_music_is_no_dialogue(film, read):
    film.editor.channels[1].name = "Music"
    film.sound(20.0, first=1)
    film.text("Hello", first=49, length=24)
    assert only_line(read()).original is None


def test_markers_give_words_to_a_recording(film, read):
    film.sound(2.0, first=25)
    film.scene.timeline_markers.new("F_30", frame=30)
    film.scene.timeline_markers.new("ANNA: Good evening", frame=31)
    film.scene.timeline_markers.new("Elsewhere", frame=300)
    line = only_line(read())
    assert (line.speaker, line.text, line.seconds) == ("ANNA", "Good evening", 2.0)
    assert film.dub()["Original"].status == "done"
    assert film.span(film.dubs[0]) == (25, 73)
    film.text("BOB: Good evening", first=25, length=48)
    film.dub()
    assert len(film.dubs) == 1, "with a text the same line is not made twice"


def test_movie_strip_with_text(film, read):
    film.scene.render.resolution_x = film.scene.render.resolution_y = 64
    render = film.scene.render
    if film.compat.bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec, render.use_file_extension = "MPEG4", "H264", False
    render.filepath = str(film.folder / "picture.mp4")
    film.scene.frame_end = 48
    film.text("picture", length=48, name="Picture")
    bpy.ops.render.render(animation=True, scene=film.scene.name)
    film.compat.strips(film.editor).remove(film.named("Picture"))
    movie = film.compat.strips(film.editor).new_movie(
        name="Movie", filepath=render.filepath, channel=1, frame_start=11, fit_method="ORIGINAL"
    )
    text = film.text("Hello there", first=13, length=46)
    film.only(movie)
    line = only_line(read(False))
    assert (line.text, line.seconds) == ("Hello there", 2.0)
    (silent,) = read().warnings[line.uid]
    assert line.original is None and "does not follow its original" in silent and "picture.mp4" in silent
    film.pace(30)
    assert "24.00 pictures" in read().warnings[line.uid][0]
    film.pace(24)
    film.dub()
    assert film.span(film.dubs[0]) == (11, 59) and not movie.mute, "a picture is never hidden"
    film.compat.strips(film.editor).remove(text)
    film.only(movie)
    assert film.dub("SELECTED")["Movie"].code == "no_words"


def meta_of(film, *strips):
    film.only(*strips)
    meta = film.compat.strips(film.editor).new_meta(name="Meta", channel=8, frame_start=1)
    for strip in strips:
        strip.move_to_meta(meta)
    return meta


def test_meta_strips_are_read_as_far_as_they_show(film, read):
    meta = meta_of(film, film.text("One", 1, 48, name="a"), film.text("Two", 61, 48, name="b"), film.text("Six", 301, 48, name="c"))
    film.compat.set_end(meta, 85)
    film.only(meta)
    assert [(line.text, line.seconds) for line in read(False).job.lines] == [("One", 2.0), ("Two", 1.0)]
    film.only()
    assert not read(False).job.lines
    film.dub()
    assert [film.span(dub) for dub in film.dubs] == [(1, 49), (61, 85)]


def test_copies_become_lines_of_their_own(film):
    source = film.text("Hello there")
    film.dub()
    film.only(source, film.dubs[0])
    copies = []
    for strip in list(film.compat.all_strips(film.editor)):
        known = strip[film.props.KEY]
        if strip.type == "TEXT":
            copy = film.text(strip.text, first=101, name=strip.name)
        else:
            copy = film.compat.strips(film.editor).new_sound(
                name=strip.name, filepath=strip.sound.filepath, channel=strip.channel, frame_start=101
            )
        copy[film.props.KEY] = known
        copies.append(copy)
    film.dub()
    assert len(film.session.run.reports) == 2
    assert [film.span(dub) for dub in film.dubs] == [(1, 49), (101, 149)]
    owners = {film.props.state(dub)["of"] for dub in film.dubs}
    assert owners == {film.props.state(film.named(name))["uid"] for name in ("Line", "Line.001")}


BAD = {
    "empty": ("", "empty_text"),
    "spaces": ("   \n ", "empty_text"),
    "endless": ("word " * 2000, "text_too_long"),
    "signs": ("?! … —", "nothing_to_say"),
    "emoji": ("😀🎬", "nothing_to_say"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_texts_are_told_and_the_rest_goes_on(film, bad):
    text, code = BAD[bad]
    film.text(text, 1, name="bad")
    film.text("Hello there", 101, name="good")
    reports = film.dub()
    assert reports["good"].status == "done"
    if bad == "endless" and film.compat.TEXT_BYTES:
        assert film.named("bad").text != text, "this Blender cuts the strip's text; ours is kept beside"
    assert (reports["bad"].status, reports["bad"].code) == ("failed", code)
    assert len(reports["bad"].message) > 20
    assert len(film.dubs) == 1


def test_long_text_is_spoken_whole_on_every_blender(film, read):
    words = "é" * 300 + " end"
    film.text(words)
    assert only_line(read()).text == words


def test_a_text_cut_by_someone_else_is_told(film, read):
    film.compat.new_text(film.editor, "Cut", "é" * 300, 2, 1, 48)
    warned = bool(read().warnings)
    assert warned == (film.compat.TEXT_BYTES is not None)


def test_missing_media(film):
    lonely = film.sound(1.0, first=1, name="lonely", channel=1)
    paired = film.sound(2.0, first=101, name="paired", channel=1)
    for sound in (lonely, paired):
        (film.folder / f"{sound.name}.wav").unlink()
    film.scene.timeline_markers.new("Hello", frame=5)
    film.text("Hello there", 101, name="text")
    film.text("Hello there", 201, name="good")
    reports = film.dub()
    assert reports["lonely"].code == "missing_media" and "lonely.wav" in reports["lonely"].message
    assert reports["text"].status == "done" and "paired.wav" in reports["text"].warnings[0]
    assert reports["good"].status == "done" and not reports["good"].warnings


def test_a_missing_movie_is_not_measured(film):
    film.compat.strips(film.editor).new_movie(name="Movie", filepath=str(film.folder / "lonely.mp4"), channel=1, frame_start=1)
    film.text("Hello", 1, 1)
    warnings = film.dub()["Line"].warnings
    assert "lonely.mp4" in warnings[0] and not any("pictures a second" in warning for warning in warnings)


def test_a_recording_without_words(film):
    sound = film.sound(2.0)
    film.text("Hello there", 201, name="good", selected=True)
    film.only(sound, film.named("good"))
    reports = film.dub("SELECTED")
    assert reports["Original"].code == "no_words" and reports["good"].status == "done"
    assert set(film.dub()) == {"good"}, "dubbing all does not complain of every sound"


def test_locked_channels(film):
    film.role("ANNA", channel=9)
    film.editor.channels[9].lock = True
    film.text("ANNA: Hello there", 1, name="locked")
    film.text("Hello there", 101, name="good")
    reports = film.dub()
    assert reports["locked"].code == "locked" and film.editor.channels[9].name in reports["locked"].message
    assert reports["locked"].take is not None, "the take is kept"
    assert reports["good"].status == "done"
    film.editor.channels[9].lock = False
    assert not film.dub()["locked"].fresh


def test_locked_take_is_not_replaced(film):
    source = film.text("Hello there")
    film.dub()
    (dub,) = film.dubs
    before = film.path_of(dub)
    dub.lock = True
    assert film.redo(source)["Line"].code == "locked"
    assert film.path_of(film.dubs[0]) == before


def test_locked_original_still_sounds(film):
    film.editor.channels[1].lock = True
    original = film.sound(2.0)
    film.text("Hello there")
    report = film.dub()["Line"]
    assert report.status == "done" and any("locked" in warning for warning in report.warnings) and not original.mute


def test_no_voice(film):
    film.scene.dubline.default_voice = ""
    film.role("ANNA", voice="nobody")
    film.text("Hello", 1, name="a")
    film.text("ANNA: Hello", 101, name="b")
    reports = film.dub()
    assert (reports["a"].code, reports["b"].code) == ("no_voice", "unknown_voice")


def test_nothing_to_dub(film):
    with pytest.raises(RuntimeError, match="no strips"):
        film.dub()
    film.text("Hello", selected=False)
    assert bpy.ops.dubline.dub(scope="SELECTED") == {"CANCELLED"}


def test_unsaved_film_says_where_takes_are(film):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    film.scene.sequence_editor_create()
    film.scene.dubline.default_voice = "tone:sine"
    film.text("Hello there")
    report = film.dub()["Line"]
    assert report.status == "done"
    assert "not saved" in film.session.run.warnings[0]
    assert film.path_of(film.dubs[0]) == report.take.path
    assert report.take.samples == 2 * RATE


def test_takes_lie_beside_the_film(film):
    film.text("Hello there")
    report = film.dub()["Line"]
    assert film.dubs[0].sound.filepath.startswith("//")
    assert film.path_of(film.dubs[0]) == report.take.path
    assert (film.folder / "dubs").is_dir()
