"""Films of a hostile hand: whatever a strip's JSON says, the film is read, followed, listed and restored, or a line has its problem."""
import importlib
import json

import pytest
from hypothesis import strategies as st

from tests.addon.conftest import addon, film  # noqa: F401  fixtures

from .guard import fuzz
from .hostile import ANYTHING, WORDS, altered, texts

SOURCE = {
    "uid": "0123456789ab", "lock": False, "speaker": "Anna", "language": "en-us", "text": "Hello there.", "tag": "COLOR_01", "shown": {"verdict": "COLOR_02"}, "readings": 2,
    "wish": {"mode": "controlled", "level": -20.0, "overflow": "whole", "seed": 2, "effect": "hall", "tokens": 0, "feelings": [{"weight": 1.0, "preset": "angry"}, {"recording": {"path": "original:"}}], "intensity": 0.5},
    "emotion": {"path": "MIX", "single": {}, "mix": [{"kind": "PRESET", "weight": 1.0, "preset": "angry"}, {"kind": "WORDS", "words": "sadly", "read": {"by": "x", "emotion": {"sad": 1.0}}}, {"kind": "RECORDING", "who": {"kind": "FILE", "file": "a.wav", "from": 0.0, "to": 2.0}}], "active": 0, "picture": {"angry": 0.5}},
    "takes": [{"take": "0" * 20, "made": {"text": "x"}, "name": "good", "kept": True}, {"take": "1" * 20}], "used": ["0" * 20, "1" * 20],
    "cue": {"script": "a.srt", "place": 0, "text": "Hello there.", "span": [1, 49], "speaker": "Anna", "mood": "", "language": "", "id": "one", "start": 0.0, "end": 2.0},
    "heard": {"text": "Hello there.", "language": "en", "words": [["Hello", 0.0, 0.5]]},
}  # fmt: skip
TAKE = {
    "of": "0123456789ab", "slot": "0123456789ab", "original": "aaaaaaaaaaaa", "made": {"text": "x", "length": "48", "voice": "", "emotion": "", "settings": "", "original": "", "sound": "", "model": ""},
    "at": [1, 49, 1, 1, 49], "line": 1, "nudge": 2, "trim": [0, 1], "take": "0" * 20, "seconds": 2.0, "natural": 1.8, "ratio": 1.1, "phrases": 2, "onset_ms": 3.0, "borrowed_ms": [100, 0], "moods": ["angry 0.50"],
    "effect": "hall", "loudness": -20.0, "true_peak": -1.0, "overflow_ms": 3.0, "underrun_ms": 1.0, "warnings": ["w"], "check": {"mode": "light", "told": ["fine"], "bad": False, "seconds": 0.2},
}  # fmt: skip
ORIGINAL = {"uid": "aaaaaaaaaaaa", "was": {"mute": False, "volume": 1.0, "keys": [["0123456789ab", 0, 48, 0.1]], "apart": True}}
BACKGROUND = {"background": "aaaaaaaaaaaa", "lies": [1, 1, 49], "placed": [1, 1, 49]}


@pytest.fixture
def rooms(film):  # noqa: F811
    """A film, and the add-on's modules."""
    film.sound(name="Original")
    package = film.compat.__package__
    return film, {name: importlib.import_module(f"{package}.{name}") for name in ("uids", "stale", "follow", "originals", "shelf", "feelings", "subtitle_strips", "take_files", "props", "presets", "words")}


def test_strips(rooms):
    import bpy

    film, room = rooms  # noqa: F811
    problem = importlib.import_module(film.compat.__package__.replace("blender_addon", "engine.problems")).LineProblem

    def blend(example):
        strips = film.compat.strips(film.editor)
        for strip in list(strips):
            strips.remove(strip)
        every = [film.text("ANNA: Hello there."), *(strips.new_sound(name=name, filepath=str(film.folder / "Original.wav"), channel=channel, frame_start=1) for channel, name in ((3, "Take"), (1, "Original"), (4, "Background")))]
        for strip, value in zip(every, example, strict=True):
            strip["dub"] = value
        room["uids"].renew_duplicates(film.scene)
        sight = room["stale"].Sight(film.scene)
        sight.reasons()
        for strip in every:
            room["props"].wish(strip)
            room["shelf"].line_of(film.scene, strip)
            shown = room["feelings"].memory(strip)
            [room["feelings"].title(one) for one in room["feelings"].sources(shown)]
            strip.dubline_overflow, strip.dubline_effect, strip.dubline_seed, strip.dubline_length, strip.dubline_level, strip.dubline_speaker  # noqa: B018
            film.scene.sequence_editor.active_strip = strip
            room["shelf"].refresh(bpy.context)
        room["take_files"].Needs(False)
        room["presets"].lines(bpy.context)
        film.reader.read(film.scene, True, str(film.folder / "takes"))
        room["subtitle_strips"].lines(film.scene)
        try:
            room["follow"].follow(room["stale"].Sight(film.scene))
            room["originals"].follow(film.scene)
            room["originals"].restore(film.scene, list(film.compat.all_strips(film.editor)))
        except problem:
            pass
    def spoiled(right):
        odd = altered(right).map(json.dumps)
        return st.one_of(st.just(json.dumps(right)), odd, odd, odd, ANYTHING.map(json.dumps), texts("[" * 3000, "{", '{"uid":'), st.sampled_from([3, 2.5, [1, 2], b"x", *WORDS[:3]]))

    fuzz(blend, st.tuples(*map(spoiled, (SOURCE, TAKE, ORIGINAL, BACKGROUND))), 40)


def test_markers(film):  # noqa: F811
    """What markers and a script's text make of a recording's words."""
    import bpy

    scripted = importlib.import_module(f"{film.compat.__package__}.scripted")
    film.scene.dubline.script = bpy.data.texts.new("Script")

    def marker(example):
        script, names = example
        film.scene.dubline.script.from_string(script)
        found = scripted.Scripted(film.scene)
        words = " |".join(map(found.said, names))
        found.lacking(names), found.speaker(names)
        _text, anchors, unclear = film.words.anchored(words, [(name, float(at)) for at, name in enumerate(names)])
        assert all(isinstance(one, str) for one in unclear) and all(anchor.index >= 0 for anchor in anchors)

    names = st.lists(texts("@one", "@", "|", "| there", "F_01", "Hello", most=4).map(lambda name: name.replace("\0", "")[:63]), max_size=4)
    fuzz(marker, st.tuples(texts("@one ANNA: Hello there.\n", "@", "\n\n", "(softly)").map(lambda text: text.replace("\0", "")), names), 40)
