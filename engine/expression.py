"""The nouns of how somebody speaks: an emotion and its sources, what is heard of a recording, and what judges say of a take.

Frozen values that import nothing of ours; `script` has the others, and hands these on.
"""
from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Emotion:
    """A point of the emotion space: the eight strengths of IndexTTS 2 in its order, and what no such vector can hold.

    All zero is neutral: the voice's own manner.
    """

    happy: float = 0.0
    """0 to 1, like the seven after it."""
    angry: float = 0.0
    sad: float = 0.0
    afraid: float = 0.0
    disgusted: float = 0.0
    melancholic: float = 0.0
    surprised: float = 0.0
    calm: float = 0.0
    whisper: float = 0.0
    """How little tone is in the voice: 0 voiced, 1 all breath."""
    shout: float = 0.0
    """0 to 1: effort of a voice that must carry far."""
    tremble: float = 0.0
    """0 to 1: shaking voice."""
    breathy: float = 0.0
    """0 to 1: breath beside the tone."""
    pace: float = 0.0
    """-1 slowest, 1 fastest."""
    pauses: float = 0.0
    """-1 hardly any, 1 long ones."""


@dataclass(frozen=True)
class Recording:
    """A stretch of sound in a media file: the original dialogue that a line replaces, or a performance to be carried over."""

    path: str
    start: float = 0.0
    """Seconds into the file where the stretch begins."""
    seconds: float = 0.0
    """Length of the stretch; 0 means to the end of the file."""
    at: float = 0.0
    """Seconds from the start of the line's slot to where the stretch begins to sound; negative before it."""
    volume: float = 1.0
    """Factor that the film plays it with."""
    film: str = ""
    """The film that shows who speaks, where the sound was taken out of it; empty: the file itself, if it has pictures."""
    film_at: float = 0.0
    """Seconds into that film where the stretch begins."""


@dataclass(frozen=True)
class Feeling:
    """One source of a line's emotion; exactly one of `preset`, `words`, `emotion` and `recording` is given."""

    weight: float = 1.0
    """Its share of the mix, against the other sources' weights."""
    preset: str = ""
    """One of the eight by name, at its full strength."""
    words: str = ""
    """A description in English or Chinese: `angrily, voice shaking`."""
    emotion: Emotion | None = None
    """The point itself."""
    recording: Recording | None = None
    """Somebody who speaks so, in any language: what is measured of it is carried over."""
    plain: Recording | None = None
    """The same person in their usual manner, against which pitch and brightness are told; only beside a recording."""


@dataclass(frozen=True)
class Sense:
    """What was recognised of somebody's feeling over a stretch of time."""

    start: float
    """Seconds from the recording's start."""
    end: float
    emotion: Emotion
    """Only the eight; settings stay 0."""
    arousal: float = 0.0
    """-1 sleepy, 1 excited."""
    valence: float = 0.0
    """-1 unpleasant, 1 pleasant."""
    certainty: float = 0.0
    """0 to 1."""
    source: str = "voice"
    """`voice`, `face` or `both`."""


@dataclass(frozen=True)
class Prosody:
    """How somebody speaks, as measured: what can be carried over to another voice."""

    f0: float = 0.0
    """Median in Hz; 0 where no voice is heard."""
    level: float = 0.0
    """Semitones of that median over what is usual for the person; an estimate unless a plain recording of them is known."""
    spread: float = 0.0
    """Standard deviation of F0 in semitones."""
    dynamics: float = 0.0
    """From soft to loud among its voiced places, in dB."""
    rate: float = 0.0
    """Syllables a second, as they are told by the level's peaks; pauses left out."""
    pauses: float = 0.0
    """Share of the time from first to last sound that is silent."""
    tilt: float = 0.0
    """Level above 1 kHz against that below in voiced speech, in dB; microphones differ by as much as moods."""


@dataclass(frozen=True)
class Contour:
    """One phrase as it was performed, in even steps from its first to its last sound."""

    start: float
    """Seconds from the recording's start."""
    end: float
    f0: tuple[float, ...] = ()
    """Semitones against the recording's median, carried on through voiceless sounds."""
    loudness: tuple[float, ...] = ()
    """dB against the recording's speech."""


@dataclass(frozen=True)
class Heard:
    """What a recording tells of its manner; several are mixed into one."""

    prosody: Prosody = field(default_factory=Prosody)
    usual: Prosody | None = None
    """The same person's plain manner, where a recording of it is known."""
    phrases: tuple[Contour, ...] = ()
    """Its performance; empty where that is not wished."""
    emotion: Emotion = field(default_factory=Emotion)
    """What was recognised: shown, and played in what cannot be measured."""


@dataclass(frozen=True)
class Mood:
    """An emotion and where in a text it begins; it holds up to the next one."""

    index: int
    """The words that begin at or after `text[index]`."""
    emotion: Emotion
    heard: float = 0.0
    """How much of the plan's recording is played beside it, 0 to 1."""


@dataclass(frozen=True)
class Measure:
    """One axis of a manner: what was wanted of a take and what came of it, both against the voice's own manner."""

    axis: str
    """A field of Prosody."""
    wanted: float
    delivered: float


@dataclass(frozen=True)
class Check:
    """What judges who had no part in making it say of a take."""

    mode: str
    """`light`: measured without any model; `full`: with every judge that is on this computer."""
    measures: tuple[Measure, ...] = ()
    agitated: float | None = None
    """By a classifier taught on real speech alone: how much more agitated (over 0) than the voice's own manner it sounds."""
    speaker: float | None = None
    """Likeness to the voice's own manner, the cosine of two embeddings; the same person has 0.8 as a rule, another 0.3."""
    word_error: float | None = None
    """Share of the words (in Chinese of the characters) that the recogniser hears otherwise."""
    damage: tuple[str, ...] = ()
    """Clipping, clicks and drop-outs, a sentence each."""
    missing: tuple[str, ...] = ()
    """Judges that could not be asked, and why."""
    lowered: str = ""
    """From and to which intensity the line was taken back, and why; empty where it was not."""
    compute_seconds: float = 0.0


@dataclass(frozen=True)
class Stretch:
    """Where somebody speaks, in seconds."""

    start: float
    end: float
