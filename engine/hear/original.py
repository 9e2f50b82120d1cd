"""What the original says about its dub: when its phrases sound and how loud it is."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..loudness import loudness
from ..problems import LineProblem
from ..script import Recording, Stretch
from .activity import stretches
from .recording import read


@dataclass(frozen=True)
class Original:
    """Heard once, used by every take of the line."""

    stretches: tuple[Stretch, ...] = ()
    """Where it speaks, in seconds from the start of the line's slot."""
    loudness: float | None = None
    """LUFS of its speech as the film plays it; None where it has none."""
    warnings: tuple[str, ...] = ()


def listen(recording: Recording) -> Original:
    """Raises nothing: a line whose original cannot be heard is dubbed without it, and says so."""
    try:
        samples, rate = read(recording)
        found = stretches(samples.mean(axis=1), rate)
    except LineProblem as problem:
        return Original(warnings=(f"The line does not follow its original. {problem}",))
    if not found:
        return Original(warnings=("No speech is heard in the original, so the line does not follow it.",))
    spoken = np.concatenate([samples[round(s.start * rate) : round(s.end * rate)] for s in found])
    # measured in the file's own channels: Blender plays one channel 3 dB lower, and the sum over one is 3 LU lower too
    level = loudness(spoken, rate)
    if level is not None and recording.volume > 0:
        level += 20 * math.log10(recording.volume)
    moved = tuple(Stretch(s.start + recording.at, s.end + recording.at) for s in found)
    return Original(moved, level)
