"""What a hostile file is made of: pieces that break readers, files that are nearly right, and JSON of the wrong kinds."""
from __future__ import annotations

import copy
import dataclasses
import re
import types
import typing

from dubline_dev.engine import wire
from hypothesis import strategies as st

RUNS = ("[", "{", "(", "<", "*", "_", " ", "\t", "\n", "a", "0", "9", "-", "&", "!", ":", ",", ";", "'", '"', "\\", "（", "你", "\u0301", "\ud7ff", "\U0001f600")
"""Signs that are repeated until a line is as long as readers allow, and longer."""

WORDS = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "-0", "0x" + "f" * 400, "9" * 400, "9" * 5000, "99:99:99,999", "-00:00:01,000", "00:00:00:99",
    "null", "true", "~", "../../../etc/passwd", "/etc/passwd", "C:\\Windows\\con", "con", "nul", "%s%n{0}{x!r}", "{", "}", "{reason}", "\u2028", "\u202e", "\ufeff",
    "\x1b[31m", "\r", "\x0b", "\x85", "&#99999999999;", "&#" + "9" * 5000 + ";", "&lt;", "<v A>", "<00:00:01.000>", "{\\p1}", "{\\an8}", "-->", "\\N", "\\h", "@a",
    "A(a)", "A: ", "小明：", "[[", "]]", "/*", "*/", "!!python/object/apply:os.system [id]", "&a [*a]", "*a", "<<: ", "- ", "? ", "| ", "--- ", "11,", "1@", "=",
)  # fmt: skip
"""Words that mean something to one reader or another."""

NUMBERS = st.one_of(
    st.integers(-3, 3), st.integers(), st.just(10**400), st.just(-(2**63)), st.just(2**31), st.floats(), st.sampled_from([0.5, 1.0, 1e300, -1e300, 1e-300, float("nan"), float("inf")]),
)  # fmt: skip

PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=12),
    st.builds(lambda sign, count: sign * count, st.sampled_from(RUNS), st.sampled_from((1, 2, 3, 40, 81, 300, 2500, 10_000, 10_001))),
    st.floats().map(repr),
)


def texts(*own: str, most: int = 24) -> st.SearchStrategy[str]:
    """Texts out of what the format is made of (`own`) and what breaks readers."""
    return st.lists(st.one_of(st.sampled_from(own), PIECES) if own else PIECES, max_size=most).map("".join)


@st.composite
def spoiled(draw, *whole: bytes) -> bytes:
    """One of the files that are right, with a few stretches of it, or whole words, cut out, doubled, moved or written over."""
    content = draw(st.sampled_from(whole))
    for _ in range(draw(st.integers(0, 5))):
        if draw(st.booleans()) and (words := [word.span() for word in WORD.finditer(content)]):
            first, last = draw(st.sampled_from(words))
            new = draw(PIECES).encode("utf-8", "replace")
        else:
            first = draw(st.integers(0, len(content)))
            last = first + draw(st.sampled_from((0, 1, 2, 4, 8, 64, 1024)))
            new = draw(st.one_of(
                st.just(b""), st.binary(max_size=8), st.sampled_from([b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80"]),
                st.just(content[first:last] * 2), st.just(content[: last - first]),
            ))  # fmt: skip
        content = content[:first] + new + content[last:]
    return content


def anything(depth: int = 3) -> st.SearchStrategy:
    """JSON of any kind, often wrong."""
    plain = st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from(WORDS), st.text(max_size=8))
    if not depth:
        return plain
    return st.one_of(plain, st.lists(anything(depth - 1), max_size=3), st.dictionaries(st.text(max_size=6), anything(depth - 1), max_size=3))


ANYTHING = anything()


@st.composite
def altered(draw, *whole) -> object:
    """One of the documents that are right, in JSON, with one to three of its values or keys replaced by anything."""
    document = copy.deepcopy(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            return draw(ANYTHING)
        inside, key = draw(st.sampled_from(places))
        act = draw(st.sampled_from(("replace", "replace", "replace", "replace", "drop", "add", "rename", "swap")))
        if act == "drop":
            del inside[key]
        elif act == "replace":
            inside[key] = draw(ANYTHING)
        elif act == "swap":
            other, there = draw(st.sampled_from(places))
            inside[key] = copy.deepcopy(other[there])
        elif isinstance(inside, list):
            inside.insert(key, draw(ANYTHING))
        else:
            inside[draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)))] = draw(ANYTHING) if act == "add" else inside.pop(key)
    return document


def _places(value):
    """(container, key or index) of everything within."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


@st.composite
def nouns(draw, cls, spoil: float = 0.15) -> dict:
    """A noun of the engine as plain data: mostly of the right kinds, its values from the sensible to the absurd. spoil: share of the wrong kinds."""
    found = {}
    for name, hint in typing.get_type_hints(cls).items():
        must = all(field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING for field in dataclasses.fields(cls) if field.name == name)
        if must or draw(st.booleans()):
            found[name] = draw(ANYTHING) if draw(st.floats(0, 1)) < spoil else draw(_values(hint, spoil))
    return found


def _values(hint, spoil: float):
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = [part for part in typing.get_args(hint) if part is not type(None)]
        return st.one_of(st.none(), _values(inner, spoil))
    if dataclasses.is_dataclass(hint):
        return nouns(hint, spoil)
    if origin is tuple:
        return st.lists(_values(typing.get_args(hint)[0], spoil), max_size=3)
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.one_of(st.integers(0, 3), st.integers(), st.sampled_from([48000, 2**31, 10**30]))
    if hint is float:
        return st.one_of(st.floats(0, 2), NUMBERS)
    return st.one_of(st.sampled_from(["", "sine", "tone", "controlled", "free", "whole", "refuse", "en-us", "light", "angry", "telephone", "Hello there."]), PIECES)


WORD = re.compile(rb"[\w.]+|[^\w\s]")

MESSAGES = tuple(wire._KINDS.values())
"""Every noun and event."""
