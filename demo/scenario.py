"""What is said in the sample film, by whom and when; and which stage and faces are seen."""
from __future__ import annotations

from dataclasses import dataclass

FPS = 25
"""Pictures a second; a slot of 3.2 s is a whole number of them."""


@dataclass(frozen=True)
class Part:
    """A character: the stock voice and its language, and the side of the picture."""

    name: str
    voice: str
    language: str
    side: int


@dataclass(frozen=True)
class Cue:
    """One line of the script. Times in seconds of the film; they fall on whole frames."""

    speaker: str
    text: str
    start: float
    seconds: float
    original: float | None = None
    """Where in the recording the stretch begins that this line replaces."""


@dataclass(frozen=True)
class Stage:
    """A stretch of the film with one background."""

    picture: str
    parts: tuple[str, str]
    start: float
    end: float


CAST = (
    Part("ANNA", "af_heart", "en-us", -1),
    Part("BEN", "am_fenrir", "en-us", 1),
    Part("MEI", "zf_xiaoxiao", "zh", -1),
    Part("HAO", "zm_yunxi", "zh", 1),
)

RECORDING = "kennedy_inaugural_1961.flac"
RECORDING_AT = 0.5
"""Film second at which the recording's first sample sounds."""

CUES = (
    # The recording's four phrases, each in the place of the original
    Cue("BEN", "And so, my fellow Americans,", 0.8, 1.88, 0.3),
    Cue("ANNA", "ask not", 3.76, 1.12, 3.26),
    Cue("BEN", "what your country can do for you,", 5.88, 2.24, 5.38),
    Cue("ANNA", "ask what you can do for your country.", 8.64, 2.36, 8.14),
    # A scene of their own: a wide slot, a natural one, a tight one
    Cue("ANNA", "We kept every pause exactly where he left it.", 12.0, 3.2),
    Cue("BEN", "And what if there is hardly any time to say it all?", 15.6, 2.2),
    Cue("ANNA", "Then we simply talk a little faster.", 18.2, 2.2),
    # The other stage
    Cue("HAO", "他缓缓地走过来。", 21.2, 3.2),
    Cue("MEI", "你怎么敢这样对我!", 25.0, 2.0),
)

STAGES = (
    Stage("studio", ("ANNA", "BEN"), 0.0, 20.8),
    Stage("courtyard", ("MEI", "HAO"), 20.8, 28.0),
)


def frame(seconds: float) -> int:
    """The frame that shows this second; the film begins on frame 1."""
    return 1 + round(seconds * FPS)
