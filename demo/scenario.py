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
    recording: float | None = None
    """Film second of the first sample of the recording that it replaces; None: it replaces nothing."""
    words: str = ""
    """How it is said, as a person writes it into the panel; empty: in the voice's own manner."""


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
    Part("HAO", "zm_yunxi", "zh", 1, "zm_yunjian"),
)

RECORDING = "kennedy_inaugural_1961.flac"
ONCE, AGAIN = 0.48, 20.24
"""Film seconds at which the recording's first sample sounds, line by line and in one piece."""

CUES = (
    # The recording's four phrases, each in the place of the original
    Cue("BEN", "And so, my fellow Americans,", 0.76, 1.88, recording=ONCE),
    Cue("ANNA", "ask not", 3.72, 1.12, recording=ONCE),
    Cue("BEN", "what your country can do for you,", 5.84, 2.24, recording=ONCE),
    Cue("ANNA", "ask what you can do for your country.", 8.6, 2.36, recording=ONCE),
    # A scene of their own: a wide slot, a natural one, a tight one
    Cue("ANNA", "We kept every pause exactly where he left it.", 12.0, 2.8),
    Cue("BEN", "What if there is hardly any time to say it all?", 15.2, 2.4, words="a little afraid"),
    Cue("ANNA", "Then we simply talk a little faster.", 18.0, 1.8, words="cheerfully"),
    # The whole recording as one line, whose phrases keep the original's rhythm
    Cue("BEN", "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.", 20.4, 10.6, recording=AGAIN),
    # The other stage
    Cue("HAO", "他缓缓地走过来。", 32.0, 3.2),
    Cue("MEI", "你怎么敢这样对我!", 36.0, 1.8, words="angrily, voice shaking"),
)

STAGES = (
    Stage("studio", ("ANNA", "BEN"), 0.0, 31.6),
    Stage("courtyard", ("MEI", "HAO"), 31.6, 38.4),
)


def frame(seconds: float) -> int:
    """The frame that shows this second; the film begins on frame 1."""
    return 1 + round(seconds * FPS)
