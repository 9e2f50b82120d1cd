"""Every noun and event survives the wire, and nothing else gets through it."""
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events, script, tracks, wire

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
NOUNS = [value for module in (script, tracks, events) for value in vars(module).values() if isinstance(value, type) and hasattr(value, "__dataclass_fields__")]


@pytest.mark.parametrize("noun", sorted(set(NOUNS), key=lambda noun: noun.__name__))
@given(data=st.data())
def test_round_trip(noun, data):
    value = data.draw(st.from_type(noun))
    text = wire.dumps(value)
    assert "\n" not in text
    assert wire.loads(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[1]", "not a message"),
        ('{"is":"Boat"}', "not a message"),
        ('{"is":"Cancel","run":1,"colour":2}', "unknown colour"),
        ('{"is":"Cancel","run":"one"}', "int is wanted"),
        ('{"is":"Cancel","run":true}', "int is wanted"),
        ('{"is":"Cancel"}', "run"),
        ('{"is":"Job","lines":[{"uid":"a","text":"b","wish":{"seed":"x"}}]}', r"lines\[0\].wish.seed"),
    ],
)
def test_refuses(text, says):
    with pytest.raises(wire.WireError, match=says):
        wire.loads(text)


def test_whole_numbers_serve_as_seconds():
    line = wire.loads(json.dumps({"is": "Line", "uid": "a", "text": "b", "seconds": 3}))
    assert isinstance(line.seconds, float)
