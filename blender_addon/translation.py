"""Our words in the language of Blender's interface: a table for each language, English to the other, and who looks it up.

What stands in the code as it is drawn or reported is translated by Blender itself, or by `iface_` and `rpt_` before its places
are filled. What the engine says comes as whole sentences, from another process and for the report of batch as well, and stays
English until it is shown: `sentence` then knows it again by the table's sentences with places.
"""
from __future__ import annotations

import inspect
import re
from functools import cache, lru_cache
from pathlib import Path

import bpy
from bpy.app.translations import contexts, pgettext_data, pgettext_iface, pgettext_rpt

from ..engine.problems import PROBLEMS
from . import ROOT

CONTEXT = "Dubline"
"""Our words are looked up apart: Blender's own Speaker is a loudspeaker, and its Cast turns a mesh into a sphere."""

LOCALES = ("zh_HANS",)
"""As Blender calls them from 4.2 to 5.2; each has a table beside this file."""

PLACE = re.compile(r"\{(\w*)[^}]*\}")
"""Where a value stands in a sentence, and how it is called."""

NUMBERS = ("all", "available", "count", "done", "least", "likeness", "most", "ms", "natural", "rate", "seconds", "share", "step", "steps")
"""Places where nothing but a number stands."""


def iface_(text: str) -> str:
    """For what is drawn."""
    return pgettext_iface(text, CONTEXT)


def rpt_(text: str) -> str:
    """For what is reported, and for why something is greyed."""
    return pgettext_rpt(text, CONTEXT)


def data_(text: str) -> str:
    """For names of what is made."""
    return pgettext_data(text, CONTEXT)


def worded(names: str) -> str:
    """For a list of our own names with their numbers, such as `angry 0.80, tremble 0.50`."""
    return re.sub("[a-z]+", lambda name: iface_(name[0]), names)


def table(locale: str) -> dict[str, str]:
    """English -> that language."""
    lines = (Path(__file__).parent / f"translation_{locale}.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


class Sentences:
    """Knows whole English sentences again, in which the places are filled."""

    def __init__(self, words: dict[str, str]):
        """words: of a table."""
        self._words = words
        pairs = {english: other for english, other in words.items() if PLACE.search(english)}
        for what, remedy in PROBLEMS.values():  # a problem's two sentences come together, and no end of the first tells where
            told = [one if PLACE.fullmatch(one) else words.get(one) for one in (what, remedy)]
            if all(told):
                pairs[f"{what} {remedy}"] = "".join(told)
        # the more of a sentence is no place, the surer it is the one
        ordered = sorted(pairs, key=lambda english: -len(PLACE.sub("", english)))
        self._patterns = [(_pattern(english), PLACE.sub(r"{\1}", pairs[english])) for english in ordered if re.search("[A-Za-z]", PLACE.sub("", english))]

    def of(self, text: str) -> str:
        """The sentence, or several in a row, in the other language; what is not known stays."""
        parts = re.split(r"(?<=[.?!]) (?=\S)", text)
        said = [self._one(part) for part in parts]
        if all(said):
            return "".join(said)
        listed = [self._one(part) for part in text.split(", ")]
        whole = self._one(text) or (all(listed) and "，".join(listed))
        return whole or "".join(other or part for other, part in zip(said, parts, strict=True)) if any([whole, *said]) else text

    def _one(self, text: str) -> str | None:
        if text in self._words:
            return self._words[text]
        for pattern, other in self._patterns:
            found = pattern.fullmatch(text)
            if found:
                said = other.format(**{name: self.of(value) if value else "" for name, value in found.groupdict().items()})
                return f"{said[:-1]}。" if said.endswith(".") else said  # a reason at its end brought its own full stop
        ended = self._one(text[:-1]) if text.endswith(".") else None
        return ended and f"{ended}。"


def _pattern(english: str) -> re.Pattern:
    spans, at = [], 0
    for place in PLACE.finditer(english):
        name = place[1]
        form = r"[-+\d.]+%?" if name in NUMBERS else ".*?"
        spans += [re.escape(english[at : place.start()]), f"(?P={name})" if f"(?P<{name}>" in "".join(spans) else f"(?P<{name}>{form})"]
        at = place.end()
    return re.compile("".join([*spans, re.escape(english[at:])]), re.DOTALL)


@cache
def _sentences(locale: str) -> Sentences:
    return Sentences(table(locale))


@lru_cache(maxsize=500)  # a panel draws the same few again and again
def _known(locale: str, text: str) -> str:
    return _sentences(locale).of(text)


def sentence(text: str) -> str:
    """What the engine, or a run, has to say."""
    locale = bpy.app.translations.locale
    return _known(locale, text) if locale in LOCALES and iface_("Dub") != "Dub" else text


def claim(room):
    """Puts the properties, buttons, panels and menus of a room into our context, before they are registered."""
    for cls in [one for one in vars(room).values() if isinstance(one, type) and one.__module__ == room.__name__]:
        if any("Property" in str(one) for one in inspect.get_annotations(cls).values()):
            # they are texts until then, and Blender would read them anew
            cls.__annotations__ = inspect.get_annotations(cls, eval_str=True)
            for declared in cls.__annotations__.values():
                own(declared)
        if "bl_label" in vars(cls):
            cls.bl_translation_context = CONTEXT


def own(declared):
    """Puts one declared property into our context."""
    declared.keywords.setdefault("translation_context", CONTEXT)


def register():
    tables = {locale: {(context, english): other for english, other in table(locale).items() for context in (CONTEXT, contexts.default)} for locale in LOCALES}
    bpy.app.translations.register(ROOT, tables)


def unregister():
    bpy.app.translations.unregister(ROOT)
    _sentences.cache_clear()
    _known.cache_clear()
