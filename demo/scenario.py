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
    prosody: str = ""
    """Voice that gives its timing and melody; its own by default."""


@dataclass(frozen=True)
class Cue:
    """One line of the script. Times in seconds of the film; they fall on whole frames."""

    speaker: str
    text: str
    start: float
    seconds: float
    dubs: bool = False
    """Whether it replaces what the recording says at that time."""


@dataclass(frozen=True)
class Stage:
    """A stretch of the film with one background."""

    picture: str
    parts: tuple[str, str]
    start: float
    end: float


CAST = (
    Part("ANNA", "af_heart", "en-us", -1),
    Part("BEN", "am_onyx", "en-us", 1),
    Part("MEI", "zf_xiaobei", "zh", -1),
    Part("HAO", "zm_yunxi", "zh", 1, "zm_yunyang"),
)

RECORDING = "kennedy_inaugural_1961.flac"
RECORDING_AT = 0.48
"""Film second at which the recording's first sample sounds."""

CUES = (
    # The recording's four phrases, each in the place of the original
    Cue("BEN", "And so, my fellow Americans,", 0.76, 1.88, dubs=True),
    Cue("ANNA", "ask not", 3.72, 1.12, dubs=True),
    Cue("BEN", "what your country can do for you,", 5.84, 2.24, dubs=True),
    Cue("ANNA", "ask what you can do for your country.", 8.6, 2.36, dubs=True),
    # A scene of their own: a wide slot, a natural one, a tight one
    Cue("ANNA", "We kept every pause exactly where he left it.", 12.0, 2.8),
    Cue("BEN", "What if there is hardly any time to say it all?", 15.2, 2.4),
    Cue("ANNA", "Then we simply talk a little faster.", 18.0, 1.8),
    # The other stage
    Cue("HAO", "他缓缓地走过来。", 20.8, 3.2),
    Cue("MEI", "你怎么敢这样对我!", 24.8, 1.8),
)

STAGES = (
    Stage("studio", ("ANNA", "BEN"), 0.0, 20.4),
    Stage("courtyard", ("MEI", "HAO"), 20.4, 27.2),
)


def frame(seconds: float) -> int:
    """The frame that shows this second; the film begins on frame 1."""
    return 1 + round(seconds * FPS)
