"""What is said in the bench of emotion, by whom and in which moods. No line is among those the manners were tried on."""
from __future__ import annotations

from dataclasses import dataclass

from engine.emotion import EIGHT
from engine.script import Emotion, Feeling, Wish

VOICES = {"f": ("af_heart", "af_bella", "bf_emma", "bf_isabella"), "m": ("am_michael", "am_fenrir", "bm_george", "bm_fable")}
"""Women and men, American and British."""

OTHERS = {
    "f": ("af_alloy", "af_aoede", "af_jessica", "af_kore", "af_nicole", "af_nova", "af_river", "af_sarah", "af_sky", "bf_alice", "bf_lily"),
    "m": ("am_adam", "am_echo", "am_eric", "am_liam", "am_onyx", "am_puck", "am_santa", "bm_daniel", "bm_lewis"),
}
"""The other English voices of each sex, which a line might be mistaken for."""

LINES = (
    "I came back to the house, but the door was open, and nobody answered.",
    "You told me this would never happen, and now look at it.",
    "They are waiting for us at the station, so take your coat.",
    "My brother wrote a letter from the coast last winter.",
    "The whole village heard about it before the sun was up.",
)
"""Three with pauses inside, two without; none says what is felt."""

INTENSITY = 0.8

STEPS = (0.2, 0.5)
"""Intensities that are compared with INTENSITY, on the first STEP_VOICES of each sex and the first STEP_LINES lines."""

STEP_VOICES, STEP_LINES = 2, 3

SETTINGS = ("whisper", "shout")
"""Those that may cost words."""


@dataclass(frozen=True)
class Said:
    """One clip of the bench."""

    voice: str
    line: int
    mood: str
    """`neutral`, one of the eight, or one of SETTINGS."""
    intensity: float = INTENSITY

    @property
    def name(self) -> str:
        """Names its files."""
        return f"{self.voice}-{self.line}-{self.mood}-{self.intensity:g}"

    @property
    def wish(self) -> Wish:
        """At its own pace, so that the emotion's tempo is to be heard."""
        if self.mood == "neutral":
            return Wish(mode="free")
        feeling = Feeling(emotion=Emotion(**{self.mood: 1.0})) if self.mood in SETTINGS else Feeling(preset=self.mood)
        return Wish(mode="free", feelings=(feeling,), intensity=1.0 if self.mood in SETTINGS else self.intensity)


def sex(voice: str) -> str:
    """`f` or `m`."""
    return voice[1]


def clips(count: int | None = None) -> list[Said]:
    """All clips; count: of lines and of voices of each sex, for a quick look."""
    voices = [voice for group in VOICES.values() for voice in group[:count]]
    lines = range(len(LINES))[:count]
    moods = ("neutral", *EIGHT, *SETTINGS)
    found = [Said(voice, line, mood) for voice in voices for line in lines for mood in moods]
    some = [voice for group in VOICES.values() for voice in group[:count][:STEP_VOICES]]
    found += [Said(voice, line, mood, step) for voice in some for line in lines[:STEP_LINES] for mood in EIGHT for step in STEPS]
    return found


def strangers(count: int | None = None) -> list[Said]:
    """One neutral line of every other voice; count: of voices of each sex."""
    return [Said(voice, 0, "neutral") for group in OTHERS.values() for voice in group[:count]]
