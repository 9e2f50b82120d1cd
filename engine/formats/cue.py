"""The noun that every format gives, a cue, and how a file of text becomes text: its encoding, its limits, its wrapped lines."""
from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..problems import LineProblem

MOST_BYTES = 32 * 2**20
"""Of a file: a feature film's subtitles are a hundredth of it, with fonts and drawings in them still a third."""

MOST_CUES = 20_000
"""Of a file: ten feature films."""

MOST_SIGNS = 10_000
"""Characters of one line of a file, and of one cue: some minutes of speech."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""First bytes of a file that tell its encoding; UTF-32's begin as UTF-16's do, so they come first."""

COMMON = (
    "cp1252", "cp1251", "gb18030", "cp932", "cp949", "big5", "cp1250", "cp1254", "cp1253", "cp1255", "cp1256", "euc_jp", "koi8_r", "cp874",
)  # fmt: skip
"""Encodings that subtitles are in beside Unicode's, the more usual first: short texts often fit several equally well."""

SAMPLE = 2**16
"""Bytes that the detector is shown."""

UNSEEN = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n"}
"""Control characters, which no one speaks or sees."""


@dataclass(frozen=True)
class Cue:
    """One line of a script, and when it is said if the script knows."""

    text: str
    start: float | None = None
    """Seconds from the film's beginning; None where the script has no times."""
    end: float | None = None
    speaker: str = ""
    mood: str = ""
    """How it is said, in the script's words: `softly`."""
    id: str = ""
    """What the script calls the line, for markers."""
    translation: str = ""
    """The text in the language of the dub, where the script has it beside."""
    original: str = ""
    """The text in the language of the film, where `text` is its translation."""
    number: int = 0
    """Which of the script's cues, rows or lines it is, from one; two speakers of one cue share it."""


@dataclass(frozen=True)
class Script:
    """What was read."""

    cues: tuple[Cue, ...]
    problems: tuple[LineProblem, ...] = ()
    """Why which cues are missing."""
    encoding: str = ""
    unspoken: int = 0
    """Paragraphs that nobody speaks, as screenplays have them."""


def load(path: Path, encoding: str = "") -> tuple[str, str]:
    """The file's text with plain line ends, and its encoding, which is found out if it is not given. Raises LineProblem `bad_script`."""
    try:
        if not path.is_file():
            raise bad(path, "there is no such file", "Choose the file anew")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise bad(path, error.strerror or str(error), "Choose a file that can be read") from error
    if len(raw) > MOST_BYTES:
        raise bad(path, f"it is larger than {MOST_BYTES >> 20} MiB", "Choose a file of subtitles, or split it")
    encoding = encoding.strip() or _encoding(path, raw)
    try:
        text = raw.decode(encoding)
    except (LookupError, ValueError) as error:
        raise bad(path, f"it is not in the encoding {encoding}", "Choose its encoding, or save it as UTF-8") from error
    if "\0" in text:
        raise bad(path, "it has zero bytes in it, as no text has", "Choose a file of subtitles, or save it as UTF-8")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").translate(UNSEEN), encoding


def _encoding(path: Path, raw: bytes) -> str:
    """By its first bytes, then UTF-8 if it can be, then what the detector says."""
    for mark, name in MARKS:
        if raw.startswith(mark):
            return name
    if b"\0" in raw:  # in UTF-16 every second byte of digits and line ends is zero
        return "utf-16-le" if raw[1::2].count(0) > raw[::2].count(0) else "utf-16-be"
    try:
        raw.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    sample = bytearray()
    for line in raw.splitlines():  # the plain lines, such as times, say nothing
        if not line.isascii():
            sample += line[:SAMPLE] + b"\n"
        if len(sample) >= SAMPLE:
            break
    try:
        from charset_normalizer import from_bytes
    except ImportError as error:
        raise bad(path, "it is not UTF-8, and nothing here can tell encodings", "Choose its encoding, or save it as UTF-8") from error
    fits = list(from_bytes(bytes(sample), cp_isolation=list(COMMON)))
    if not fits:
        raise bad(path, "its encoding cannot be told", "Choose its encoding, or save it as UTF-8")
    equal = [fit.encoding for fit in fits if fit.chaos <= fits[0].chaos and fit.coherence >= fits[0].coherence]
    return min(equal, key=COMMON.index)


def bad(path: object, reason: str, remedy: str) -> LineProblem:
    """Why a whole file gives nothing."""
    return LineProblem("bad_script", path=str(path), reason=reason, remedy=remedy)


def passed_over(place: str, reason: str) -> LineProblem:
    """Why one cue is not taken. place: where in the file it stands, as `Cue 7`."""
    return LineProblem("bad_cue", place=place, reason=reason)


def unfit(text: str, start: float | None = None, end: float | None = None) -> str:
    """Why that is no cue; empty when it is one."""
    if start is not None and end is not None and end <= start:
        return "it ends before it begins" if end < start else "it ends when it begins"
    if len(text) > MOST_SIGNS:
        return f"it is longer than {MOST_SIGNS} characters"
    return "" if any(sign.isalnum() for sign in text) else "it has no words"


def joined(lines: Iterable[str]) -> str:
    """Wrapped lines as one, with spaces between them where their script has spaces."""
    text = ""
    for line in (" ".join(line.split()) for line in lines):
        if text and line and not _touching(text[-1], line[0]):
            text += " "
        text += line
    return text


def _touching(last: str, first: str) -> bool:
    """你好 and 世界 are joined, and so are 你好 and ……; 你好 and Hello are not."""
    return any(_spaceless(one) and (_spaceless(other) or not other.isalnum()) for one, other in ((last, first), (first, last)))


def _spaceless(sign: str) -> bool:
    """Whether the sign's script is written without spaces."""
    name = unicodedata.name(sign, "")
    wide = unicodedata.east_asian_width(sign) in "WFH" and unicodedata.category(sign) != "So" and "HANGUL" not in name
    return wide or name.startswith(("THAI ", "LAO ", "KHMER "))


def about(text: str) -> float:
    """Seconds that the words take, by their signs alone, where no voice foretells them."""
    signs = [sign for sign in text if sign.isalnum()]
    wide = sum(_spaceless(sign) for sign in signs)
    return 0.3 + 0.075 * (len(signs) - wide) + 0.2 * wide
