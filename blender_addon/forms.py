"""Which forms the values in a strip's JSON have: what a hostile or broken film has in other forms is as if it were not there.

Keys that are not named here are a newer version's and stay as they are.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from ..engine.script import Wish

Form = Callable[[object], bool]
"""Tells whether a value has it."""

WISHES = {field.name for field in fields(Wish)}

LARGEST = 1e9
"""Of a number: Blender has a million frames."""

LONGEST = 100_000
"""Characters of a text."""


def text(value) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


def number(value) -> bool:
    # NaN is never within bounds
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST


def flag(value) -> bool:
    return isinstance(value, bool)


def plain(value) -> bool:
    """Any scalar that has its form."""
    return value is None or flag(value) or number(value) or text(value)


def maybe(form: Form) -> Form:
    """Or nothing."""
    return lambda value: value is None or form(value)


def each(form: Form) -> Form:
    """A list of these."""
    return lambda value: isinstance(value, list) and all(map(form, value))


def row(*forms: Form) -> Form:
    """A list of exactly these."""
    return lambda value: isinstance(value, list) and len(value) == len(forms) and all(form(item) for form, item in zip(forms, value, strict=True))


def named(form: Form) -> Form:
    """A table of these, by any names."""
    return lambda value: isinstance(value, dict) and all(map(form, value.values()))


def table(must: dict[str, Form] | None = None, **may: Form) -> Form:
    """A table that has all of `must`; of `may` what is there has its form."""
    wanted = must or {}
    forms = {**wanted, **may}
    return lambda value: isinstance(value, dict) and wanted.keys() <= value.keys() and all(forms[key](item) for key, item in value.items() if key in forms)


_performed = table(path=text, start=number, seconds=number, at=number, volume=number, film=text, film_at=number)

_source = table(
    kind=text, weight=number, preset=text, words=text, sliders=named(number),
    read=table(by=text, problem=text, emotion=named(number), told=text, sure=flag),
    who=table(kind=text, strip=text, name=text, file=text, **{"from": number, "to": number}),
    usual=table(kind=text, strip=text, name=text, file=text, **{"from": number, "to": number}),
    heard=table(by=text, of=text, mark=text, problem=text, emotion=named(number), told=text, certainty=number, by_whom=text, measures=text, senses=each(row(number, number, text, number, number, text)), warnings=each(text)),
)  # fmt: skip

_feelings = each(table(weight=number, preset=text, words=text, emotion=maybe(named(number)), recording=maybe(_performed), plain=maybe(_performed)))

FORMS: dict[str, Form] = {
    "wish": lambda value: isinstance(value, dict),
    **dict.fromkeys(("uid", "speaker", "language", "engine", "text", "of", "slot", "original", "take", "effect", "background", "tag"), text),
    **dict.fromkeys(("line", "nudge", "readings", "phrases"), whole),
    **dict.fromkeys(("seconds", "natural", "ratio", "onset_ms", "loudness", "true_peak", "overflow_ms", "underrun_ms"), number),
    **dict.fromkeys(("moods", "warnings", "used"), each(text)),
    **dict.fromkeys(("lies", "placed"), row(whole, whole, whole)),
    "lock": flag,
    "at": row(whole, whole, whole, whole, whole),
    "trim": row(whole, whole),
    "borrowed_ms": row(number, number),
    "made": named(text),
    "shown": named(text),
    "emotion": table(path=text, single=_source, mix=each(_source), active=whole, picture=maybe(named(number))),
    "takes": each(table({"take": text}, name=text, kept=flag, made=named(text))),
    "cue": table({"text": text}, script=text, place=whole, span=row(whole, whole), speaker=text, mood=text, language=text, id=text, start=number, end=number, original=text, translation=text),
    "heard": table({"text": text}, language=text, words=each(row(text, number, number))),
    "was": table({"mute": flag, "volume": number, "keys": each(row(text, whole, whole, number))}, apart=flag),
    "check": table(mode=text, told=each(text), bad=flag, seconds=number),
}  # fmt: skip
"""Key -> the form of what it holds; what each means is told in `saved`."""


def fitting(found: dict) -> dict:
    """What of a strip's JSON has the form that it should have; of a wish the settings that have theirs."""
    fit = {key: value for key, value in found.items() if key not in FORMS or FORMS[key](value)}
    if "wish" in fit:
        fit["wish"] = {key: value for key, value in fit["wish"].items() if key in WISHES and (_feelings if key == "feelings" else plain)(value)}
    return fit
