"""Which words are heard in a sound, and how far they are from the words that were to be said."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..problems import LineProblem
from ..script import Word
from ..voices.text import resolve
from . import need

MODEL = "whisper-base"
RATE = 16000
"""Hz, what Whisper listens at."""
MARGIN = 0.3
"""Seconds of silence set before and after a clip: Whisper was trained on running sound and loses words at hard edges."""
LOOP = 2.4
"""Text that packs better than this is a decoder in a loop, no hearing (Radford et al. 2022, section 4.5)."""
PROMPTS = {"zh": "以下是普通话的句子。"}
"""What Whisper believes was said before: a sentence in simplified characters keeps it from writing traditional ones."""
BY_CHARACTER = ("zh", "ja")
"""Languages written without spaces, where characters are counted instead of words."""


@dataclass(frozen=True)
class Difference:
    """A stretch of the words said against the words heard, both as they are compared."""

    kind: str
    """`equal`, `substitute`, `delete` (said, not heard) or `insert` (heard, not said)."""
    said: str
    heard: str


class Recogniser:
    """Whisper base in eight bits. The same sound gives the same words, at any time on one machine."""

    def __init__(self, models: Path, threads: int = 1):
        """models: folder that holds the model's folder. Raises LineProblem `cannot_hear`."""
        folder = Path(models) / MODEL
        if not (folder / "model.bin").is_file():
            raise LineProblem("cannot_hear", what="words", reason=f"the model {MODEL} is not in {models}")
        whisper = need("faster_whisper", "words")
        self._model = whisper.WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )

    def hear(self, samples: np.ndarray, rate: int, language: str) -> tuple[Word, ...]:
        """Words with their times in seconds from the first sample, true to about 0.1 s.

        samples: float32, one channel or (n, channels). Raises LineProblem for an unknown language or a missing part.
        """
        mono = np.asarray(samples, np.float32)
        if mono.ndim == 2:
            mono = mono.mean(axis=1)
        if rate != RATE:
            mono = need("soxr", "words").resample(mono, rate, RATE)
        return self.words(mono, whisper_code(language))

    def words(self, mono: np.ndarray, code: str) -> tuple[Word, ...]:
        """The same of mono float32 samples at RATE, in any language of Whisper's."""
        segments, _info = self._model.transcribe(
            np.pad(mono, round(MARGIN * RATE)),
            language=code,
            beam_size=5,
            temperature=0.0,  # the default retries with chance when unsure
            condition_on_previous_text=False,
            initial_prompt=PROMPTS.get(code),
            word_timestamps=True,
        )
        length = len(mono) / RATE

        def inside(seconds: float) -> float:
            return round(min(max(float(seconds) - MARGIN, 0.0), length), 3)

        heard = (word for segment in segments if segment.compression_ratio <= LOOP for word in segment.words)
        # Whisper likes to go on in the silence behind a clip; what starts there was not in the clip
        inner = (word for word in heard if word.start - MARGIN < length)
        return tuple(Word(word.word.strip(), inside(word.start), inside(word.end)) for word in inner)

    def code(self, language: str) -> str:
        """Whisper's code of any language that it hears. Raises LineProblem unknown_language."""
        known = self._model.supported_languages
        try:
            return whisper_code(language)
        except LineProblem:
            code = language.strip().lower().partition("-")[0]
            if code not in known:
                raise LineProblem("unknown_language", language=language, languages=", ".join(sorted(known))) from None
            return code

    def likely(self, mono: np.ndarray) -> dict[str, float]:
        """How probable each of Whisper's languages is in the first half minute of mono float32 samples at RATE."""
        return dict(self._model.detect_language(mono)[2])


def whisper_code(language: str) -> str:
    """`en` of `en-us`. Raises LineProblem unknown_language."""
    return resolve(language).partition("-")[0]


def text(words: tuple[Word, ...], language: str) -> str:
    """The words as one would write them."""
    return ("" if whisper_code(language) in BY_CHARACTER else " ").join(word.text for word in words)


def normal(written: str, language: str) -> str:
    """Units to compare, with spaces between: words or characters, without case, punctuation and ways of spelling.

    English goes through Whisper's own normaliser (Radford et al. 2022, appendix C), which also evens out numbers,
    contractions and British spelling. Raises LineProblem `cannot_hear`.
    """
    code = whisper_code(language)
    if code == "en":
        units = _english()(written).split()
        return " ".join(unit for unit in units if any(map(str.isalnum, unit)))
    signs = unicodedata.normalize("NFKC", written).casefold()
    if code == "zh":
        # the recogniser writes simplified or traditional characters as it likes; both are the same words
        signs = need("opencc", "words").OpenCC("t2s").convert(signs)
        signs = need("cn2an", "words").transform(signs, "an2cn")
    # combining marks belong to the letters of scripts such as Devanagari
    kept = "".join(sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in signs)
    return " ".join("".join(kept.split()) if code in BY_CHARACTER else kept.split())


def differences(said: str, heard: str, language: str) -> tuple[float, tuple[Difference, ...]]:
    """The word error (character error where there are no spaces), and what differs.

    The error is (substitutions + deletions + insertions) / units said; it may pass 1. Words heard where nothing was
    said count as 1. Raises LineProblem `cannot_hear`.
    """
    before, after = normal(said, language), normal(heard, language)
    if not before:
        return float(bool(after)), (Difference("insert", "", after),) if after else ()
    output = need("jiwer", "word error").process_words(before, after)
    wanted, got = output.references[0], output.hypotheses[0]
    joint = "" if whisper_code(language) in BY_CHARACTER else " "
    parts = tuple(
        Difference(
            chunk.type,
            joint.join(wanted[chunk.ref_start_idx : chunk.ref_end_idx]),
            joint.join(got[chunk.hyp_start_idx : chunk.hyp_end_idx]),
        )
        for chunk in output.alignments[0]
    )
    return float(output.wer), parts


@cache
def _english() -> Any:
    return need("whisper_normalizer.english", "word error").EnglishTextNormalizer()
