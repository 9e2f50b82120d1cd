"""eSpeak NG, the one instance in this process: plain words in, phonemes out, word by word but read in their sentence.

Its own library is called through ctypes: three functions are needed, and the wrappers at hand bring dozens of packages.
"""
from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ...problems import LineProblem
from .written import Piece

# Constants of espeak-ng/speak_lib.h and the documentation of espeak_TextToPhonemes.
OUTPUT_SYNCHRONOUS = 2
DONT_EXIT = 0x8000
UTF8 = 1
IPA = 0x02
TIE = 0x80
TIE_SIGN = "^"
LONGEST_PATH = 140
"""Bytes of the data folder's path; the library keeps 160 for it with the names of its files."""
MOST_WORDS = 24
"""Words given to the library at once; longer clauses are read in pieces, since aligning costs the square of their length."""


class Espeak:
    """The library with its data. Raises LineProblem no_front_end when it cannot be loaded."""

    def __init__(self) -> None:
        try:
            import espeakng_loader

            library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = espeakng_loader.get_data_path()
        except (ImportError, OSError, RuntimeError) as error:
            raise LineProblem("no_front_end", language="This language", reason=f"eSpeak NG is missing ({error})") from error
        library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
        path, self._shortcut = _reachable(data)
        # Without DONT_EXIT a missing data file would end the whole process.
        if library.espeak_Initialize(OUTPUT_SYNCHRONOUS, 0, path, DONT_EXIT) <= 0:
            raise LineProblem("no_front_end", language="This language", reason=f"eSpeak NG cannot read its data in {data}")
        self._library = library
        self._lock = threading.Lock()
        self._voice = ""

    def phonemes(self, text: str, voice: str) -> str:
        """IPA of the text, read as one sentence, words apart by spaces, ties as `^`. Voices: `gmw/en-US`, `roa/fr` …"""
        with self._lock:
            if voice != self._voice:
                if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                    raise LineProblem("no_front_end", language=voice, reason="eSpeak NG has no such voice here")
                self._voice = voice
            rest = ctypes.c_char_p(text.encode())
            clauses = []
            while rest.value is not None:
                said = self._library.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA | TIE | ord(TIE_SIGN) << 8)
                clauses.append((said or b"").decode())
        # "(en)" marks a word read by another language's rules.
        return " ".join(re.sub(r"\([^)]*\)", "", " ".join(clauses)).split())


@cache
def espeak() -> Espeak:
    """The library; its state belongs to the process, so there is one."""
    return Espeak()


def _reachable(data: str) -> tuple[bytes, tempfile.TemporaryDirectory | None]:
    """The data folder under a path that the library can open, short and in the system's encoding, and what keeps it there."""
    if sys.platform == "win32" and not (data.isascii() and len(data) < LONGEST_PATH):
        short = ctypes.create_unicode_buffer(1024)
        if ctypes.windll.kernel32.GetShortPathNameW(data, short, len(short)):
            data = short.value
    path = data.encode("mbcs" if sys.platform == "win32" else sys.getfilesystemencoding(), "replace")
    if len(path) < LONGEST_PATH:
        return path, None
    if sys.platform != "win32":
        shortcut = tempfile.TemporaryDirectory(prefix="espeak-")
        link = Path(shortcut.name) / "data"
        os.symlink(data, link)
        return os.fsencode(link), shortcut
    raise LineProblem("no_front_end", language="This language", reason=f"eSpeak NG's data lies too deep: {data}")


def speak(pieces: list[Piece], say: Callable[[str], str], known: Callable[[str], str] = lambda word: "") -> list[Piece]:
    """The pieces with phonemes: words are read together from one pause, or word with `known` phonemes, to the next."""
    result: list = []
    clause: list = []

    def close() -> None:
        shares = read_together([piece.spoken for piece in clause], say)
        result.extend(Piece(p.start, p.end, p.kind, p.spoken, share) for p, share in zip(clause, shares, strict=True))
        clause.clear()

    for piece in pieces:
        fixed = piece.spoken if piece.kind == "pause" else known(piece.spoken)
        if not fixed:
            clause.append(piece)
            continue
        close()
        result.append(Piece(piece.start, piece.end, piece.kind, piece.spoken, fixed))
    close()
    return result


def read_together(words: list[str], say: Callable[[str], str]) -> list[str]:
    """Phonemes of each word as it sounds among the others; `say` gives the phonemes of any text."""
    said = []
    for first in range(0, len(words), MOST_WORDS):
        some = words[first:first + MOST_WORDS]
        alone = [say(word) for word in some]
        said += share(say(" ".join(some)), alone)
    return said


def share(sentence: str, alone: list[str]) -> list[str]:
    """A sentence's phonemes dealt out to its words, given how each word sounds alone.

    The library runs some words together ("of the") and splits others ("1984"); then the cheapest alignment decides.
    """
    groups = sentence.split()
    counts = [len(word.split()) for word in alone]
    if len(groups) == sum(counts):
        shares, at = [], 0
        for count in counts:
            shares.append(" ".join(groups[at:at + count]))
            at += count
        return shares
    line = " ".join(alone)
    places = _places(line, sentence)
    shares, at, end = [], 0, 0
    for index, word in enumerate(alone):
        end += len(word)
        cut = len(sentence) if index == len(alone) - 1 else places[end]
        shares.append(sentence[at:cut].strip())
        at, end = max(at, cut), end + 1
    return shares


def _places(source: str, target: str) -> list[int]:
    """For every position of `source` the position of `target` it corresponds to, by least edit cost."""

    import numpy as np

    def cost(a: str, b: str) -> float:
        return 0 if a == b else 3 if " " in (a, b) else 1

    signs = np.array([ord(b) for b in target])
    steps = np.arange(len(target) + 1)
    table = [steps]
    for i, a in enumerate(source, 1):
        above = table[-1]
        change = np.where(signs == ord(a), 0, 3 if a == " " else np.where(signs == ord(" "), 3, 1))
        row = np.concatenate([[i], np.minimum(above[:-1] + change, above[1:] + 1)])
        # a step to the right costs one: the least over all places to the left, each plus its distance
        table.append(np.minimum.accumulate(row - steps) + steps)
    places, i, j = [0] * (len(source) + 1), len(source), len(target)
    while i or j:
        places[i] = j
        if i and j and table[i][j] == table[i - 1][j - 1] + cost(source[i - 1], target[j - 1]):
            i, j = i - 1, j - 1
        elif i and table[i][j] == table[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return places
