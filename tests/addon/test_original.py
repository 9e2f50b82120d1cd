"""What becomes of originals: their background is kept without the voice, by a button or while dubbing, and all of it is taken back."""
import os
import time
from importlib import import_module
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
import soundfile
import soxr

from ..engine.test_background import band, decibels
from .film import RATE, SPEECH, room
from .test_emotion import Layout

SECONDS = 6


@pytest.fixture(scope="module")
def voice():
    """The first seconds of a speech, silent where nobody speaks."""
    activity = import_module("engine.hear.activity")
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    sound = soxr.resample(samples[: SECONDS * rate], rate, RATE)
    spoken = np.zeros(len(sound), bool)
    for one in activity.stretches(sound, RATE):
        spoken[round(one.start * RATE) : round(one.end * RATE)] = True
    return sound * spoken, spoken


@pytest.fixture
def scene(film, voice):
    """A recording of a voice over music, as a strip from frame 25 on, which takes a second of its head and half a one of its tail away."""
    sound, spoken = voice
    bed = band(len(sound)) * np.float32(np.sqrt(np.mean(sound[spoken] ** 2)) * 10 ** (-10 / 20)) * 0.5
    path = film.folder / "scene.wav"
    soundfile.write(path, sound[:, None] * 0.5 + bed, RATE, subtype="PCM_24")
    strip = film.compat.strips(film.editor).new_sound(name="Scene", filepath=str(path), channel=1, frame_start=1)
    film.compat.set_start(strip, 25)
    film.compat.set_end(strip, 1 + SECONDS * 24 - 12)
    film.only(strip)
    return SimpleNamespace(strip=strip, bed=bed, spoken=spoken, sound=sound * 0.5, path=path)


def backgrounds(film):
    return [strip for strip in film.compat.all_strips(film.editor) if "background" in film.props.state(strip)]


def keep(**more):
    return bpy.ops.dubline.keep_background(**more)


def facts(film, strip):
    """What of an original nothing may change for good."""
    state = {key: value for key, value in film.props.state(strip).items() if key != "uid"}
    curves = [[tuple(key.co) for key in curve.keyframe_points] for _owner, curve in film.compat.fcurves(film.scene, strip.path_from_id("volume"))]
    return strip.name, strip.mute, round(strip.volume, 4), film.span(strip), strip.channel, strip.sound.filepath, state, curves


def heard_bed(film, scene, first, last):
    """How far the mix of these frames is from the music alone, in decibels under it."""
    begin, end = round((first - 1) / 24 * RATE), round((last - 1) / 24 * RATE)
    mix, wanted = film.hear(first, last - 1)[: end - begin], scene.bed[begin:end, 0]
    return decibels(np.mean((mix - wanted) ** 2) / np.mean(wanted**2))


def test_the_background_lies_where_the_original_does_and_is_taken_back(film, scene):
    film.save()
    before = facts(film, scene.strip)
    assert keep() == {"FINISHED"}
    (strip,) = backgrounds(film)
    original = film.named("Scene")
    assert original.mute and not strip.mute and film.span(strip) == film.span(original) and film.compat.head(strip) == film.compat.head(original)
    assert film.compat.channels(film.editor)[strip.channel].name == "Background" and strip.name == "Background: Scene"
    made = soundfile.info(film.path_of(strip))
    assert (made.frames, made.samplerate, made.channels) == (SECONDS * RATE, RATE, 2)
    assert os.path.dirname(film.path_of(strip)) == str(film.folder / "dubs" / "backgrounds") and strip.sound.filepath.startswith("//")
    # in a pause after 2.2 s of the recording the music is as it was, to the sample; in speech the voice is gone
    assert heard_bed(film, scene, 1 + 55, 1 + 66) < -20
    assert bpy.ops.dubline.restore() == {"FINISHED"}
    assert not backgrounds(film) and facts(film, film.named("Scene")) == before
    assert os.listdir(film.folder / "dubs" / "backgrounds"), "the file stays for the next time"


def test_volume_and_its_keyframes_come_along(film, scene):
    strip = scene.strip
    strip.volume, strip.pan = 0.5, 0.25
    for frame, value in ((30, 0.2), (60, 0.8), (90, 0.4)):
        strip.volume = value
        strip.keyframe_insert("volume", frame=frame)
    (_owner, curve), = film.compat.fcurves(film.scene, strip.path_from_id("volume"))
    curve.keyframe_points[1].interpolation = "CONSTANT"
    before = facts(film, strip)
    assert keep() == {"FINISHED"}
    (made,) = backgrounds(film)
    (_owner, copy), = film.compat.fcurves(film.scene, made.path_from_id("volume"))
    assert [tuple(key.co) for key in copy.keyframe_points] == [(30, pytest.approx(0.2)), (60, pytest.approx(0.8)), (90, pytest.approx(0.4))]
    assert [key.interpolation for key in copy.keyframe_points] == ["BEZIER", "CONSTANT", "BEZIER"] and made.pan == pytest.approx(0.25)
    assert film.named("Scene").mute
    bpy.ops.dubline.restore()
    after = facts(film, film.named("Scene"))
    assert (*after[:2], *after[3:]) == (*before[:2], *before[3:]), "the volume itself is as the keyframes have it at the current frame"
    assert not [path for path in film.compat.animated(film.scene) if "Background" in path]


def test_another_press_lays_it_anew_and_makes_nothing_twice(film, scene):
    keep()
    (path,) = (film.folder / "dubs" / "backgrounds").iterdir()
    made = path.stat().st_mtime_ns
    film.compat.move(film.named("Scene"), 49)
    film.only(film.named("Scene"))
    assert keep() == {"FINISHED"}
    (strip,) = backgrounds(film)
    assert film.span(strip) == film.span(film.named("Scene")) and path.stat().st_mtime_ns == made and film.named("Scene").mute
    assert len([sound for sound in bpy.data.sounds if "backgrounds" in sound.filepath]) == 1


def test_pieces_of_one_recording_share_one_file(film, scene):
    """Two strips of the same recording, cut hard: each knows of nothing beyond its half."""
    other = scene.strip.split(frame=52, split_method="HARD")
    film.only(scene.strip, other)
    assert keep() == {"FINISHED"}
    found = sorted(backgrounds(film), key=film.compat.start)
    assert [film.span(strip) for strip in found] == [(25, 52), (52, 1 + SECONDS * 24 - 12)]
    assert len({film.path_of(strip) for strip in found}) == 1 and found[0].channel == found[1].channel
    assert heard_bed(film, scene, 1 + 56, 1 + 66) < -20, "behind the cut, too, it is in time"
    film.only(film.named("Scene"))
    bpy.ops.dubline.restore(scope="SELECTED")
    assert [film.span(strip) for strip in backgrounds(film)] == [(52, 1 + SECONDS * 24 - 12)] and not film.named("Scene").mute


def test_inside_a_meta_it_lies_in_the_meta(film, scene):
    meta = film.compat.strips(film.editor).new_meta(name="Meta", channel=3, frame_start=25)
    scene.strip.move_to_meta(meta)
    film.only(film.named("Scene"))
    assert keep() == {"FINISHED"}
    (strip,) = backgrounds(film)
    assert film.compat.parent(film.editor, strip) == meta and film.span(strip) == film.span(film.named("Scene")) and strip.channel != film.named("Scene").channel
    assert bpy.ops.dubline.restore() == {"FINISHED"} and len(film.compat.strips(meta)) == 1


def test_a_selected_background_stands_for_its_original(film, scene):
    keep()
    film.only(*backgrounds(film))
    assert bpy.ops.dubline.restore(scope="SELECTED") == {"FINISHED"}
    assert not backgrounds(film) and not film.named("Scene").mute


def test_a_strip_of_the_persons_own_is_never_removed(film, scene):
    """Also when the same file was laid by hand, or our strip's original is gone."""
    keep()
    (made,) = backgrounds(film)
    own = film.compat.strips(film.editor).new_sound(name="Mine", filepath=film.path_of(made), channel=9, frame_start=1)
    bpy.ops.dubline.restore()
    assert own.name in [strip.name for strip in film.compat.all_strips(film.editor)] and not backgrounds(film)
    film.only(film.named("Scene"))
    keep()
    film.compat.strips(film.editor).remove(film.named("Scene"))
    film.text("Hello", 300)
    assert bpy.ops.dubline.restore() == {"CANCELLED"} and len(backgrounds(film)) == 1


def test_it_comes_back_with_the_film_and_with_undo(film, scene):
    keep()
    film.reload()
    (strip,) = backgrounds(film)
    assert os.path.isfile(film.path_of(strip)) and film.named("Scene").mute
    bpy.ops.dubline.restore()
    assert not film.named("Scene").mute and not backgrounds(film)


def test_backgrounds_are_no_lines_and_no_originals(film, scene):
    keep()
    (strip,) = backgrounds(film)
    film.text("Hello there", 40, 48)
    slots = film.reader.read(film.scene, True).slots
    assert {slot.original for slot in slots.values()} == {film.props.state(film.named("Scene"))["uid"]}
    film.only(strip)
    assert not film.reader.read(film.scene).slots and "uid" not in film.props.state(strip)
    board = room("blender_addon.place").Board(film.scene.name)
    assert board.base == 2, "channels of characters stay where they are"


def test_it_moves_along_with_its_original(film, scene):
    keep()
    film.compat.move(film.named("Scene"), 60)
    bpy.ops.dubline.follow()
    (strip,) = backgrounds(film)
    assert film.span(strip) == film.span(film.named("Scene"))
    film.compat.move(strip, 80)
    bpy.ops.dubline.follow()
    assert film.compat.start(strip) == 80, "what the person moved stays"


# while dubbing


def dubbed(film, scene, *lines):
    film.scene.dubline.original = "BACKGROUND"
    for number, (first, length) in enumerate(lines):
        film.text("Hello there you", first, length, channel=3, name=f"Line {number}")
    film.dub()
    return film.session.run


def test_dubbing_keeps_the_background_of_its_originals(film, scene):
    before = facts(film, scene.strip)
    run = dubbed(film, scene, (26, 100))
    assert run.count("done") == 1 and run.ended and not run.warnings
    (strip,) = backgrounds(film)
    assert film.named("Scene").mute and film.span(strip) == film.span(film.named("Scene"))
    assert film.reports["Line 0"].strip in [dub.name for dub in film.dubs]
    film.dub()
    assert len(backgrounds(film)) == 1 and film.session.run.hearing is None, "nothing is made twice"
    bpy.ops.dubline.restore()
    assert facts(film, film.named("Scene")) == before and not backgrounds(film) and len(film.dubs) == 1


def test_a_long_recording_keeps_its_own_sound_where_nobody_is_dubbed(film, scene):
    """Original and background together are as loud as the original was, and never both at once."""
    before = facts(film, scene.strip)
    dubbed(film, scene, (50, 20), (100, 14))
    (strip,) = backgrounds(film)
    original = film.named("Scene")
    assert not original.mute and not strip.mute

    def level(one, frame):
        (_owner, curve), = film.compat.fcurves(film.scene, one.path_from_id("volume"))
        return curve.evaluate(frame)

    for frame in range(25, 130):
        assert level(original, frame) + level(strip, frame) == pytest.approx(1, abs=1e-5)
    assert [level(original, frame) for frame in (45, 50, 60, 80, 100, 113, 120)] == pytest.approx([1, 0, 0, 1, 0, 0, 1])
    for dub in film.dubs:
        dub.mute = True
    # 80 to 95: the recording itself, voice and all; 52 to 68: its music
    begin, end = round(79 / 24 * RATE), round(94 / 24 * RATE)
    assert np.abs(film.hear(80, 95)[: end - begin] - (scene.sound[begin:end] + scene.bed[begin:end, 0])).max() < 0.002
    assert heard_bed(film, scene, 54, 66) < -5
    film.text("One more of them", 74, 8, channel=3, name="Line 2")
    film.dub()
    assert level(original, 77) == pytest.approx(0) and level(strip, 77) == pytest.approx(1) and len(backgrounds(film)) == 1
    bpy.ops.dubline.restore()
    assert facts(film, film.named("Scene")) == before and not backgrounds(film)


def test_the_operator_turns_it_into_the_whole(film, scene):
    dubbed(film, scene, (50, 20))
    film.only(film.named("Scene"))
    assert keep() == {"FINISHED"}
    (strip,) = backgrounds(film)
    assert film.named("Scene").mute and not film.compat.fcurves(film.scene, strip.path_from_id("volume"))
    film.text("One more of them", 100, 14, channel=3, name="Line 2")
    film.dub()
    assert film.named("Scene").mute and len(backgrounds(film)) == 1, "what sounds all the time goes on"
    bpy.ops.dubline.restore()
    assert not film.named("Scene").mute and not film.compat.fcurves(film.scene, film.named("Scene").path_from_id("volume"))


@pytest.mark.parametrize(("wanted", "mute"), [("MUTE", True), ("DUCK", False)])
def test_another_wish_takes_its_place(film, scene, wanted, mute):
    dubbed(film, scene, (26, 100))
    film.scene.dubline.original = wanted
    film.dub()
    assert not backgrounds(film) and film.named("Scene").mute is mute


def test_a_locked_original_and_an_animated_one_are_left_alone(film, scene):
    scene.strip.lock = True
    run = dubbed(film, scene, (26, 100))
    assert not backgrounds(film) and not film.named("Scene").mute and run.hearing is None
    film.only(film.named("Scene"))
    with pytest.raises(RuntimeError, match="Scene is locked"):
        keep()


def test_without_the_network_the_run_says_so_and_the_lines_are_there(film, scene, monkeypatch, tmp_path):
    monkeypatch.setenv("DUBLINE_MODELS", str(tmp_path))
    run = dubbed(film, scene, (26, 100))
    (warning,) = run.warnings
    assert warning.startswith("The background of Scene is not kept: ") and "models fetch deepfilternet3" in warning
    assert run.count("done") == 1 and film.named("Scene").mute and not backgrounds(film)
    film.only(film.named("Scene"))
    with pytest.raises(RuntimeError, match="background of Scene is not kept: .*deepfilternet3"):
        keep()
    monkeypatch.undo()
    film.dub()
    assert len(backgrounds(film)) == 1, "the next run makes up for it"


# what cannot be, and how it ends


@pytest.mark.parametrize("fault", ["packed", "missing", "broken", "nothing"])
def test_what_cannot_be_kept_is_told_with_its_name(film, scene, fault):
    if fault == "packed":
        scene.strip.sound.pack()
    elif fault == "missing":
        scene.path.unlink()
    elif fault == "broken":
        scene.path.write_bytes(b"no sound" * 1000)
    else:
        film.only()
        assert keep() == {"CANCELLED"}
        return
    with pytest.raises(RuntimeError, match="background of Scene is not kept: "):
        keep()
    assert not film.named("Scene").mute and not backgrounds(film)


def test_a_worker_does_the_same(film, scene):
    film.preferences.host = "WORKER"
    assert keep() == {"FINISHED"}
    assert len(backgrounds(film)) == 1 and film.named("Scene").mute


def test_cancelled_it_leaves_all_as_it_was(film, scene):
    """As a press of the button does it; the window lives on meanwhile."""
    before = facts(film, scene.strip)
    hearing, session = room("blender_addon.hearing"), room("blender_addon.session")
    takes = film.folder / "dubs"
    going, told = hearing.separation(film.scene, [scene.strip], takes, lambda: session.new_host(bpy.context))
    film.session.hearing = going
    slowest, deadline = 0.0, time.monotonic() + 60
    while going.share == 0:
        assert not told and time.monotonic() < deadline
        started = time.perf_counter()
        assert going.tick()
        slowest = max(slowest, time.perf_counter() - started)
        time.sleep(0.005)
    assert slowest < 0.5 and going.message == "Keeping the background of Scene"
    with pytest.raises(RuntimeError, match="listened to"):
        keep()
    assert bpy.ops.dubline.cancel() == {"FINISHED"}
    while going.tick():
        time.sleep(0.005)
    assert going.cancelled and not going.heard and not going.problems and not film.session.listening
    assert not list((takes / "backgrounds").iterdir()) and facts(film, film.named("Scene")) == before


def test_a_press_of_the_button_keeps_the_window_alive(film, scene):
    """In a window; what else a window does is stood in for."""
    operator, shown, said = room("blender_addon.original_ops").DUBLINE_OT_keep_background, [], []
    manager = SimpleNamespace(event_timer_add=lambda pause, window: None, event_timer_remove=lambda timer: None, modal_handler_add=lambda one: None, windows=())
    context = SimpleNamespace(
        scene=film.scene, sequencer_scene=film.scene, window=None, window_manager=manager, preferences=bpy.context.preferences, workspace=SimpleNamespace(status_text_set=shown.append)
    )
    pressed = SimpleNamespace(report=lambda kind, text: said.append((*kind, text)))
    for name in ("begin", "chosen", "finish", "lay"):
        setattr(pressed, name, getattr(operator, name).__get__(pressed))
    assert operator.invoke(pressed, context, None) == {"RUNNING_MODAL"}
    done, deadline = {"PASS_THROUGH"}, time.monotonic() + 60
    while done == {"PASS_THROUGH"}:
        assert time.monotonic() < deadline
        done = operator.modal(pressed, context, SimpleNamespace(type="TIMER", value="NOTHING"))
        time.sleep(0.01)
    assert done == {"FINISHED"} and said[-1] == ("INFO", "Backgrounds kept: 1") and len(backgrounds(film)) == 1
    assert shown[-1] is None and any(text and text.startswith("Keeping the background of Scene ") for text in shown)


def test_cancel_ends_a_run_that_keeps_backgrounds(film, scene):
    film.scene.dubline.original = "BACKGROUND"
    film.text("Hello there you", 26, 100, channel=3, name="Line 0")
    run = film.session.start(bpy.context, film.scene, film.reader.read(film.scene, True, str(film.folder / "dubs")))
    while run.hearing is None or run.hearing.share == 0:
        assert film.session.tick()
        time.sleep(0.002)
    film.session.cancel()
    while film.session.tick():
        time.sleep(0.002)
    assert run.ended and run.count("done") == 1 and not backgrounds(film) and len(film.dubs) == 1


# the panel


def panel(film):
    context = SimpleNamespace(scene=film.scene, sequencer_scene=film.scene, space_data=SimpleNamespace(view_type="SEQUENCER"), window_manager=bpy.context.window_manager)
    layout = Layout()
    bpy.types.DUBLINE_PT_original.draw(SimpleNamespace(layout=layout), context)
    return layout


def test_the_panel(film):
    shown = panel(film)
    assert {"dubline.keep_background", "dubline.transcribe"} <= set(shown.texts("operator")) and shown.has("prop", "original") and shown.has("prop", "dubline_spoken")
    film.session.hearing = SimpleNamespace(ended=False, share=0.4, message="Keeping the background of Scene", drop=lambda: None)
    assert panel(film).has("progress", "Keeping the background of Scene", 0.4)
    film.session.hearing = SimpleNamespace(ended=True, problems={"a": "It is packed."}, labels={"a": "Scene"}, cancelled=False, drop=lambda: None)
    assert panel(film).has("label", "Scene") and panel(film).has("label", "It is packed.")
    film.session.hearing = None
