"""How long an utterance of an engine apart becomes: within its limits, in whole frames of the engine, and to the sample. Pure."""
from __future__ import annotations

import math
import re
from dataclasses import dataclass

from .talk import Utterance

FADE = 0.005
"""Seconds over which the end is faded where surplus samples were cut off it."""

NEAR = (0.85, 1.2)
"""A reading whose frames are stretched by no more is taken as it is. Our choice: nothing was published about this lever."""

PIECE, NARROW = 200, 70
"""Characters that are said at one time, in scripts of letters and of signs that are syllables."""

NARROW_SIGNS = "[\u3040-\u30ff\u4e00-\u9fff]"


@dataclass(frozen=True)
class Fitted:
    """What is asked of the engine."""

    frames: int
    samples: int
    """What is left of the frames' samples when the surplus is cut off the end."""


def fitted(natural: int, wanted: Utterance, hop: int) -> Fitted:
    """The utterance in frames of `hop` samples. natural: frames at the engine's own pace."""
    natural = max(1, natural)
    samples = wanted.samples or round((wanted.ratio or 1.0) * natural * hop)
    frames = math.ceil(samples / hop)
    least, most = math.ceil(wanted.shortest * natural - 1e-9), max(1, math.floor(wanted.longest * natural + 1e-9))
    if not least <= frames <= most:
        frames = min(max(frames, least), most)
        samples = frames * hop
    return Fitted(frames, samples)


def cut(pcm: bytes, samples: int, rate: int) -> bytes:
    """Mono of 16 bits, cut at its end to so many samples and faded there; what is no longer is left as it is."""
    if len(pcm) // 2 <= samples:
        return pcm
    count = min(samples, round(FADE * rate))
    kept = memoryview(bytearray(pcm[: 2 * samples])).cast("h")
    for place in range(count):
        at = samples - count + place
        kept[at] = round(kept[at] * (count - place - 1) / count)
    return kept.tobytes()


def guessed(text: str) -> float:
    """Seconds of a text at a usual pace, by nothing but its characters."""
    return max(0.5, sum(0.2 if re.match(NARROW_SIGNS, sign) else 0.065 for sign in text))


def pieces(text: str) -> list[str]:
    """The text in pieces that are said one after another, each no longer than an engine can well say: whole sentences where they are."""
    most = NARROW if re.search(NARROW_SIGNS, text) else PIECE
    found = [""]
    for part in re.findall(r".+?(?:[.!?…,;:。！？，；：、]+[\"'”’」』)]*\s*|$)", text, re.DOTALL) or [text]:
        if found[-1] and len(found[-1]) + len(part) > most:
            found.append("")
        found[-1] += part
    return [piece.strip() for piece in found if piece.strip()]
