"""What stands on the page: which characters have a sound, where each came from, and which script it belongs to."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

KEPT_SYMBOLS = "°"
"""Symbols that are spoken although Unicode files them with the pictures."""
REWRITTEN = {"‘": "'", "’": "'", "ʼ": "'", "´": "'", "`": "'", "′": "'", "−": "-", "‐": "-", "‑": "-", "⋯": "…", "〇": "零", "×": " x "}
"""Characters with a plainer twin that the reading rules know."""
RARE_LATIN = "\u024f"
"""Latin letters after this one lose their marks: no front end reads them (Nguyễn)."""
CARDS = "\u20e3"
"""The frame that makes a picture of a digit."""


@dataclass(frozen=True)
class Page:
    """Text in plain characters; character i of `text` stands for `source[starts[i]:ends[i]]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    dropped: tuple[str, ...]
    """Pictures and stray signs that were left out, each once, in order."""


def clean(source: str) -> Page:
    """The page without pictures and control characters, in composed, compatible forms (half-width, ligatures undone)."""
    text, starts, ends = [], [], []
    dropped: dict[str, None] = {}
    for match in re.finditer(r"(?s).[\u0300-\u036f\u093c\ufe0e\ufe0f\u20e3]*", source):
        plain = _plain(match.group())
        if plain is None:
            dropped[match.group()] = None
            continue
        for character in plain:
            text.append(character)
            starts.append(match.start())
            ends.append(match.end())
    return Page("".join(text), tuple(starts), tuple(ends), tuple(dropped))


def _plain(cluster: str) -> str | None:
    """A base character with its marks in plain form; "" for what is silently nothing, None for what is dropped."""
    first = cluster[0]
    category = unicodedata.category(first)
    if first.isspace():
        return " "
    if category == "Cf":  # joiners, byte-order marks, directions: never visible
        return ""
    if first in REWRITTEN:
        return REWRITTEN[first]
    if category[0] == "C" or CARDS in cluster or "\ufe0f" in cluster:
        return None
    if category == "Nd":
        return str(unicodedata.decimal(first))
    decomposition = unicodedata.decomposition(first)
    if decomposition.startswith("<fraction>"):
        return " " + unicodedata.normalize("NFKC", first).replace("⁄", "/")
    if category == "So" and first not in KEPT_SYMBOLS and not decomposition.startswith(("<square>", "<compat>")):
        return None
    if category in ("Sk", "Lm") and script(first) != "IDEOGRAPHIC" and "KATAKANA" not in script(first):
        return None
    plain = unicodedata.normalize("NFKC", cluster.replace("\ufe0e", ""))
    if plain[0] > RARE_LATIN and script(plain[0]) == "LATIN":
        plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    return plain


def script(character: str) -> str:
    """First word of the character's Unicode name: LATIN, CJK, CYRILLIC …"""
    return unicodedata.name(character, "UNKNOWN").split()[0].split("-")[0]


def foreign(text: str, scripts: tuple[str, ...]) -> str:
    """The letters that belong to none of the scripts, each once, in order."""
    return "".join(dict.fromkeys(c for c in text if unicodedata.category(c)[0] == "L" and script(c) not in scripts))


@dataclass(frozen=True)
class Piece:
    """One written thing of a page: `text[start:end]` and how it is to be read."""

    start: int
    end: int
    kind: str
    """`word`, or `pause` for punctuation."""
    spoken: str
    """A word's reading in plain words, a pause's symbol of the model."""
    phonemes: str = ""


MARKS = (
    (re.compile(r"\.{2,}|…+|。{2,}"), "…"),
    (re.compile(r"[!?](?:[!?]*[!?])?"), None),  # the first two different ones are kept
    (re.compile(r"[.。]"), "."),
    (re.compile(r"[,、]+"), ","),
    (re.compile(r";+"), ";"),
    (re.compile(r":+"), ":"),
    (re.compile(r"[–—―]+|-{2,}|(?<=\s)-(?=\s)|(?<!\S)-(?=\s)"), "—"),
    (re.compile(r"[“„«「『《〈]"), "“"),
    (re.compile(r"[”»」』》〉]"), "”"),
    (re.compile(r"[(\[【〔]"), "("),
    (re.compile(r"[)\]】〕]"), ")"),
)
"""Punctuation and the model's symbol for it."""

Rule = tuple[re.Pattern, Callable[[re.Match], str | None]]
"""A written form and its reading in plain words; None leaves the place to the next rule."""


def cut(text: str, rules: Iterable[Rule]) -> list[Piece]:
    """The words and punctuation of a page in order; what no rule and no mark knows has no sound and is passed over."""
    pieces, at, inside_quotes = [], 0, False
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        if text[at] == '"':
            inside_quotes = not inside_quotes
            pieces.append(Piece(at, at + 1, "pause", "“" if inside_quotes else "”"))
            at += 1
            continue
        piece = _word(text, at, rules) or _mark(text, at)
        if piece:
            pieces.append(piece)
        at = piece.end if piece else at + 1
    return pieces


def _word(text: str, at: int, rules: Any) -> Piece | None:
    for pattern, reading in rules:
        match = pattern.match(text, at)
        if match and match.end() > at:
            spoken = reading(match)
            if spoken is not None:
                return Piece(at, match.end(), "word", spoken)
    return None


def _mark(text: str, at: int) -> Piece | None:
    for pattern, symbol in MARKS:
        match = pattern.match(text, at)
        if match:
            return Piece(at, match.end(), "pause", symbol or "".join(dict.fromkeys(match.group())))
    return None
