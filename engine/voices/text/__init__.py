"""What the voices can read: languages by code, and text -> chunks with phonemes in Kokoro's alphabet.

>>> pronounce("It cost $5.20.", "en-us").chunks[2]
Chunk(text='$5.20', phonemes='fˈIv dˈɑləɹz ænd twˈɛnti sˈɛnts', kind='word', start=8, end=13, space=False)
"""
from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...problems import LineProblem

VOCABULARY = Path(__file__).parent.parent / "kokoro_vocab.json"
"""The model's symbols and their token numbers."""


@dataclass(frozen=True)
class Language:
    """One language of the model."""

    name: str
    prefix: str
    """First letter of its voices' names."""
    reader: str
    """Module of this package that reads it."""
    scripts: tuple[str, ...] = ("LATIN",)
    """First words of the Unicode names of its letters."""
    aliases: tuple[str, ...] = ()
    """Other codes that mean it, besides its name."""


LANGUAGES: dict[str, Language] = {
    "en-us": Language("American English", "a", "english", aliases=("en", "english", "us english")),
    "en-gb": Language("British English", "b", "english", aliases=("en-uk", "uk english")),
    "zh": Language("Mandarin Chinese", "z", "chinese", ("CJK", "IDEOGRAPHIC", "LATIN"), ("zh-cn", "zh-hans", "cmn", "chinese", "mandarin")),
    "es": Language("Spanish", "e", "others", aliases=("es-es",)),
    "fr": Language("French", "f", "others", aliases=("fr-fr",)),
    "hi": Language("Hindi", "h", "others", ("DEVANAGARI", "LATIN"), ("hi-in",)),
    "it": Language("Italian", "i", "others", aliases=("it-it",)),
    "ja": Language("Japanese", "j", "japanese", ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "LATIN"), ("ja-jp", "jp")),
    "pt-br": Language("Brazilian Portuguese", "p", "others", aliases=("pt", "portuguese")),
}


MODELS = {"zh": ("jieba",)}
"""Language -> names of the catalogue's models without which it cannot be read; the others need none."""


@dataclass(frozen=True)
class Chunk:
    """A written word or a mark of punctuation, and what the model is given for it."""

    text: str
    """As written: `$5.20`."""
    phonemes: str
    """Symbols of the model's vocabulary; a thing read in several words holds spaces."""
    kind: str
    """`word` or `pause`."""
    start: int
    """The chunk stands in `text[start:end]` of the caller's text."""
    end: int
    space: bool
    """A space token stands after it in the model's input."""


@dataclass(frozen=True)
class Pronunciation:
    """A text as the model hears of it."""

    chunks: tuple[Chunk, ...]
    warnings: tuple[str, ...] = ()
    """What was left out."""

    @property
    def phonemes(self) -> str:
        """The model's whole input."""
        return "".join(chunk.phonemes + " " * chunk.space for chunk in self.chunks)


def resolve(code: str) -> str:
    """The key of LANGUAGES for a code, an alias or an English name. Raises LineProblem unknown_language."""
    wanted = code.strip().lower().replace("_", "-")
    for key, language in LANGUAGES.items():
        if wanted in (key, language.name.lower(), *language.aliases):
            return key
    raise LineProblem("unknown_language", language=code, languages=", ".join(LANGUAGES))


def pronounce(text: str, language: str, models: Path | None = None) -> Pronunciation:
    """What the model is to say for a text. models: folder of the models that a language needs to be read; the usual one by default.

    Raises LineProblem: unknown_language, empty_text, nothing_to_say, foreign_script, no_front_end.
    """
    from . import written

    code = resolve(language)
    known = LANGUAGES[code]
    if not text.strip():
        raise LineProblem("empty_text")
    page = written.clean(text)
    strange = written.foreign(page.text, known.scripts)
    if strange:
        shown = " ".join(strange[:12]) + (" …" if len(strange) > 12 else "")
        raise LineProblem("foreign_script", language=known.name, characters=shown)
    if not any(character.isalnum() for character in page.text):
        raise LineProblem("nothing_to_say", text=_short(text))
    reader = importlib.import_module(f".{known.reader}", __package__)
    warnings = []
    if page.dropped:
        warnings.append("Left out, no sound of its own: " + " ".join(_visible(sign) for sign in page.dropped[:12]))
    chunks: list[Chunk] = []
    for piece in reader.read(page.text, code, *([models] if code in MODELS else [])):
        start, end = page.starts[piece.start], page.ends[piece.end - 1]
        phonemes = " ".join("".join(c for c in piece.phonemes if c in vocabulary()).split())
        if phonemes and chunks and start < chunks[-1].end:  # one written character was read as two things
            last = chunks.pop()
            chunks.append(Chunk(text[last.start:end], f"{last.phonemes} {phonemes}", "word", last.start, end, False))
        elif phonemes:
            chunks.append(Chunk(text[start:end], phonemes, piece.kind, start, end, False))
        elif piece.kind == "word":
            warnings.append(f"No reading is known for {text[start:end]!r}")
    if not any(chunk.kind == "word" for chunk in chunks):
        raise LineProblem("nothing_to_say", text=_short(text))
    return Pronunciation(_spaced(chunks, text), tuple(warnings))


def _spaced(chunks: Any, text: str) -> Any:
    """The chunks with a space after words and closing marks; round a dash as written."""
    spaced = []
    for chunk, following in zip(chunks, [*chunks[1:], None], strict=True):
        space = following is not None and chunk.phonemes not in "“(" and (following.kind == "word" or following.phonemes in "“(")
        if "—" in (chunk.phonemes, following and following.phonemes):
            space = following is not None and _apart(chunk, following, text)
        spaced.append(Chunk(chunk.text, chunk.phonemes, chunk.kind, chunk.start, chunk.end, space))
    return tuple(spaced)


def _apart(chunk: Any, following: Any, text: str) -> bool:
    return any(character.isspace() for character in text[chunk.end:following.start])


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _visible(sign: str) -> str:
    return sign if sign.isprintable() else ascii(sign)[1:-1]


@cache
def vocabulary() -> dict[str, int]:
    """Symbol -> token number."""
    return json.loads(VOCABULARY.read_text(encoding="utf-8"))["vocab"]
