"""A film whose strips hold what we never wrote there: it opens, its lines are read and dubbed, and nothing else is believed."""
import json
from dataclasses import asdict
from importlib import import_module

import pytest

from engine.script import Wish

SPOILED = {
    "brackets": "[" * 100_000,
    "another kind": 7,
    "a list": "[1, 2]",
    "kinds": json.dumps({"uid": 3, "wish": [1], "takes": 9, "lock": "yes", "speaker": ["Anna"], "cue": {"text": 1}, "was": {}, "used": 4, "readings": "many"}),
    "numbers": '{"wish": {"level": NaN, "seed": 1' + "0" * 300 + '}, "readings": 1e999, "trim": [1e308, -1e308]}',
    "depths": json.dumps({"emotion": {"path": "MIX", "mix": [7, {"kind": "WORDS", "words": 3}], "active": 99}, "wish": {"feelings": [{"emotion": {"sad": "very"}}]}}),
}


@pytest.mark.parametrize("text", SPOILED.values(), ids=SPOILED)
def test_a_line_is_dubbed_whatever_its_strip_holds(film, text):
    line = film.text("Hello there.")
    line[film.props.KEY] = text
    assert asdict(film.props.wish(line)) == asdict(Wish())
    film.dub()
    (take,) = [strip for strip in film.compat.all_strips(film.editor) if strip.type == "SOUND"]
    assert film.props.state(take)["of"] == film.props.state(line)["uid"]


def test_a_take_that_claims_to_be_elsewhere_moves_nothing(film):
    line = film.text("Hello there.")
    film.dub()
    (take,) = [strip for strip in film.compat.all_strips(film.editor) if strip.type == "SOUND"]
    film.props.update(take, at=["a", None, 1e300, [], 0], nudge="far", trim=[1])
    film.props.update(take, borrowed_ms=[float("inf"), 0])
    first = film.compat.start(take)
    film.compat.move(line, film.compat.start(line) + 24)
    film.redo(line)
    assert film.props.state(take)["of"] == film.props.state(line)["uid"]
    assert first <= film.compat.start(take) <= first + 24


def test_an_original_that_claims_a_volume_is_restored_to_none_of_it(film):
    original = film.sound()
    original.volume = 0.8
    original[film.props.KEY] = json.dumps({"uid": "aaaaaaaaaaaa", "was": {"mute": False, "volume": 1e300, "keys": [["x", 0, 10**12, 0.1]]}})
    room = import_module(f"{film.compat.__package__}.originals")
    room.restore(film.scene, [original])
    assert abs(original.volume - 0.8) < 1e-6


def test_what_a_newer_version_keeps_stays_where_it_is(film):
    line = film.text("Hello there.")
    line[film.props.KEY] = json.dumps({"uid": "0123456789ab", "hat": {"colour": "red"}})
    film.props.set_wish(line, seed=2)
    assert json.loads(line[film.props.KEY])["hat"] == {"colour": "red"}
