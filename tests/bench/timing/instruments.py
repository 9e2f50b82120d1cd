"""What measures a sound without asking the engine: its first and last sound, its words and phones, how natural it is."""
from __future__ import annotations

import re
import sys
import types
from dataclasses import dataclass
from functools import cache

import numpy as np

RATE = 16000
"""Hz, what the networks and the aligner listen at."""

FLOOR = -40.0
"""Decibels under the loudest 5 ms from which something is heard."""

QUIET = 0.3
"""Seconds of silence set before and after a clip: the aligner wants to hear where speech begins."""

FRAME, LATE = 0.010, 0.0078
"""Seconds of the aligner's frames. A frame is 25.6 ms of sound told at its start, so two frames meet 7.8 ms after it."""

CLASSES = {
    "vowel": "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW",
    "sonorant": "M N NG L R W Y",
    "fricative": "F V TH DH S Z SH ZH HH",
    "stop": "P B T D K G CH JH",
    "pause": "SIL",
}
"""The aligner's phones; affricates go with stops for their closure."""

CLASS = {phone: name for name, phones in CLASSES.items() for phone in phones.split()}


@dataclass(frozen=True)
class Heard:
    """One word, or a silence, as the aligner finds it. Seconds."""

    word: str
    """In small letters; empty for a silence."""
    start: float
    end: float
    phones: tuple[tuple[str, float], ...]
    """Every phone and its seconds."""


def sounding(mono: np.ndarray, rate: int, floor: float = FLOOR) -> tuple[float, float]:
    """Seconds of the first and the last sound: the power of 5 ms about every sample, against the loudest such."""
    half = round(0.0025 * rate)
    sums = np.concatenate([np.zeros(half + 1), np.cumsum(np.square(mono, dtype=np.float64))])
    power = np.pad(sums, (0, half), mode="edge")[2 * half + 1 :] - sums[: len(mono)]
    loud = np.flatnonzero(power > power.max() * 10 ** (floor / 10))
    # the window meets a sound half its length too early, and leaves it as much too late
    return (loud[0] + half) / rate, max(loud[-1] - half, loud[0] + half) / rate


def listened(mono: np.ndarray, rate: int) -> np.ndarray:
    """Mono samples at RATE."""
    import soxr

    return np.asarray(mono if rate == RATE else soxr.resample(mono, rate, RATE), np.float32)


def words(text: str) -> list[str]:
    """English words as the aligner's dictionary spells them."""
    return re.findall(r"[a-z']+", text.lower().replace("’", "'"))


def aligned(text: str, mono: np.ndarray) -> list[Heard]:
    """Words and silences of an English text in samples at RATE, by forced alignment. Empty when they do not match, and
    without phones when only the words can be told."""
    from pocketsphinx import Decoder

    # a decoder that has aligned phones crashes over the next text
    decoder = Decoder(lm=None, loglevel="FATAL")
    pad = np.random.default_rng(1).normal(0, 1e-4, round(QUIET * RATE)).astype(np.float32)
    sound = np.concatenate([pad, mono * (0.5 / max(np.abs(mono).max(), 1e-6)), pad])
    raw = (sound * 32767).astype("<i2").tobytes()
    decoder.set_align_text(" ".join(words(text)))
    if not _decoded(decoder, raw) or decoder.hyp() is None:
        return []
    found = [_heard(segment.word, segment.start_frame, segment.end_frame + 1) for segment in decoder.seg()]
    decoder.set_alignment()
    if _decoded(decoder, raw):
        found = []
        # an entry lives only until the next one is asked for
        for word in decoder.get_alignment():
            phones = tuple((phone.name, phone.duration * FRAME) for phone in word)
            found.append(_heard(word.name, word.start, word.start + word.duration, phones))
    return found if [heard.word for heard in found if heard.word] == words(text) else []


def _decoded(decoder, raw: bytes) -> bool:
    """Whether the decoder came to the end of the text with the end of the sound."""
    decoder.start_utt()
    decoder.process_raw(raw, full_utt=True)
    try:
        decoder.end_utt()
    except RuntimeError:
        return False
    return True


def _heard(name: str, start: int, end: int, phones: tuple = ()) -> Heard:
    # fillers stand in brackets, other pronunciations have a number in parentheses
    word = "" if name[0] in "<[" else name.partition("(")[0]
    return Heard(word, start * FRAME + LATE - QUIET, end * FRAME + LATE - QUIET, phones)


def natural(clips: list[np.ndarray]) -> list[float]:
    """DistillMOS, 1 to 5, of samples at RATE (Stahl and Gamper, "Distillation and Pruning for Scalable
    Self-Supervised Representation-Based Speech Quality Assessment", 2025)."""
    import torch

    with torch.inference_mode():
        return [float(_network()(torch.from_numpy(np.ascontiguousarray(clip))[None])) for clip in clips]


@cache
def _network():
    import torch

    torch.set_num_threads(1)
    # wanted by the package's command line alone, and its Linux build links CUDA
    sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
    from contextlib import redirect_stdout

    from distillmos import ConvTransformerSQAModel

    with redirect_stdout(sys.stderr):
        return ConvTransformerSQAModel().eval()
