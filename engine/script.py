"""The nouns: what a line, a wish, a voice, a cast, a job, a plan, a speech and a take are.

Frozen values that import nothing of ours. Times are seconds, lengths of sound are samples; frames are unknown here.
"""
from __future__ import annotations

from dataclasses import dataclass, field

from .expression import Check, Contour, Emotion, Feeling, Heard, Measure, Mood, Prosody, Recording, Sense, Stretch

__all__ = [
    "Anchor", "Cast", "Check", "Contour", "Emotion", "Feeling", "Heard", "Job", "Line", "Measure", "Mood", "Newcomer", "Outlook", "Phone", "Phrase",
    "Plan", "Prosody", "Recording", "Role", "Sense", "Speech", "Stretch", "Take", "Voice", "Wish", "Word",
]  # fmt: skip

# The sentence of the house: a line becomes a plan, a plan becomes a take, a take becomes a strip.


@dataclass(frozen=True)
class Wish:
    """How a line is to be spoken; every field is part of the plan, so a changed wish is another take."""

    mode: str = "controlled"
    """`controlled` hits the slot to the sample; `free` speaks at the natural rate and lets the length follow."""

    ratio: float = 0.0
    """`target_duration_ratio`: length of the speech as a share of its natural length, 0.75 to 1.25; 0: the slot decides."""

    tokens: int = 0
    """`target_token_count`: length of the speech in duration frames of 25 ms; 0: the slot decides."""

    smoothness: float = 0.25
    """`duration_smoothness`: how alike neighbouring phones are stretched. 0: each as its class allows; 1: all the same."""

    shortest: float = 0.7
    """Least length of the speech as a share of its natural length; below it the line overflows its slot."""

    longest: float = 1.25
    """Greatest length of the speech as such a share; beyond it the rest of the slot stays silent."""

    jump: float = 1.35
    """Most that a line may be slower than the same speaker's lines beside it, as a factor; 0: no limit."""

    borrow: float = 0.0
    """Seconds of silence that a hurried line may take before and after its slot, each; never out of a neighbour."""

    sync: float = 1.0
    """How far the phrases follow the original's: 0 not at all, 1 each begins and ends with its partner."""

    match: bool = True
    """Whether the take is as loud as the original's speech; without an original `level` decides."""

    level: float = -20.0
    """Loudness of the take in LUFS where it does not match an original (ITU-R BS.1770)."""

    overflow: str = "whole"
    """What becomes of a line that cannot fit: `whole` gives a take longer than its slot, `refuse` fails the line."""

    pitch: float = 0.0
    """Shift of the voice's F0 in semitones."""

    pitch_range: float = 1.0
    """Factor on the F0's distance from its median, in the log domain; 0 is monotone."""

    energy: float = 0.0
    """Added to the model's energy curve (its own log-like unit); vocal effort, not loudness."""

    feelings: tuple[Feeling, ...] = ()
    """Sources of the line's emotion, mixed by weight; empty is neutral. Directions in the text come on top."""

    intensity: float = 1.0
    """How strongly the mix is played, 0 to 1; 0 is neutral (the feature paper's emo_alpha)."""

    performance: float = 0.0
    """How closely the phrases of a recording among the feelings are followed in melody, accents and pauses, 0 to 1."""

    effect: str = ""
    """What the finished sound goes through: a name of `engine.effects.EFFECTS`; empty is nothing."""

    seed: int = 0
    """Which of the equally good readings; redo counts it up."""


@dataclass(frozen=True)
class Anchor:
    """A place of the text that is to sound at a certain time."""

    index: int
    """The word that begins at or after `text[index]`."""
    at: float
    """Seconds from the start of the slot."""


@dataclass(frozen=True)
class Line:
    """What is said, by whom, when and for how long."""

    uid: str
    text: str
    speaker: str = ""
    language: str = ""
    """A code of `engine.voices.text.LANGUAGES`; empty takes the voice's own language."""
    start: float = 0.0
    """Seconds on the timeline; where the take goes, not part of the plan."""
    seconds: float = 0.0
    """Length of the slot."""
    wish: Wish = field(default_factory=Wish)
    original: Recording | None = None
    anchors: tuple[Anchor, ...] = ()
    engine: str = ""
    """The family that speaks this line, instead of its voice's own."""


@dataclass(frozen=True)
class Voice:
    """A timbre and a prosody of one model family; the two may come from different stock voices."""

    timbre: str
    """Stock voice that gives the decoder its sound (who speaks)."""
    prosody: str = ""
    """Stock voice that gives durations and pitch their habit; empty is the same as the timbre."""
    family: str = "kokoro"
    """Which file of `engine.voices` speaks it, or of `engine.apart.bindings`."""


@dataclass(frozen=True)
class Role:
    """One character of the cast."""

    name: str
    voice: Voice
    language: str = ""
    """Overrides the voice's own language; a line's language overrides this."""
    wish: Wish | None = None
    """What this character's lines wish when they say nothing themselves."""


@dataclass(frozen=True)
class Cast:
    """Who speaks with which voice."""

    roles: tuple[Role, ...] = ()
    default: Voice | None = None
    """The voice of lines whose speaker is not in the cast; None fails such lines."""


@dataclass(frozen=True)
class Job:
    """Everything a run needs: it asks nothing back."""

    lines: tuple[Line, ...]
    cast: Cast = field(default_factory=Cast)
    takes: str = ""
    """Folder where takes are kept."""
    rate: int = 48000
    """Sample rate of the takes in Hz."""
    channels: int = 2
    """Channels of the takes; two equal ones by default, since Blender plays a mono strip 3 dB lower."""
    quantum: float = 0.0
    """Seconds of one picture frame: takes that do not keep to their slot are padded to whole multiples. 0: none."""
    around: tuple[Line, ...] = ()
    """Lines that are not spoken now but stand beside: nothing is borrowed out of them, and the pace heeds theirs. Without any `lines` the engine
    only makes ready to speak like the first of them."""
    check: str = ""
    """What judges are asked of every take: nothing, `light` or `full`, as `Check.mode` has them."""
    back_off: bool = False
    """Whether a line is said again less strongly, at most twice, when the check finds that speaker or words suffered."""
    speak: bool = True
    """False only plans: every line is answered by what it would be like."""


@dataclass(frozen=True)
class Plan:
    """All that decides a take's sound, and nothing else: equal plans are equal takes."""

    text: str
    language: str
    voice: Voice
    seconds: float
    """Length of the slot with what is borrowed; 0 in free mode, where the length follows from the speech."""
    wish: Wish
    """As the neighbours leave it: `longest` may be less than was wished."""
    rate: int
    channels: int
    quantum: float
    model: str
    """SHA-256 over the voice's model files."""
    engine: str
    """Version of the engine's sound; raised whenever the same plan would sound different."""
    early: float = 0.0
    """Seconds that are borrowed before the slot: the take begins that much before it."""
    late: float = 0.0
    """Seconds that are borrowed after the slot."""
    stretches: tuple[Stretch, ...] = ()
    """Where the original speaks, from the take's first sample; empty without an original or without sync."""
    anchors: tuple[Anchor, ...] = ()
    """Places in `text` and their times from the take's first sample."""
    moods: tuple[Mood, ...] = ()
    """What was understood of the wish's feelings and the text's directions, mixed and within its limits; empty is neutral."""
    heard: Heard | None = None
    """What the moods play of recordings."""
    loudness: float = -20.0
    """LUFS of the take."""
    most: float = 0.0
    """Seconds that the take may last, since the speaker's next line begins then; 0: no limit."""
    people: tuple[str, ...] = ()
    """Of enrolled people, `voice-id consent-id` for each consent; empty for stock voices, and then no part of the digest."""


@dataclass(frozen=True)
class Newcomer:
    """A person whose voice is to be enrolled."""

    name: str
    """What the voice will be called: small letters, digits, - and _."""
    recording: Recording
    """Five to fifteen seconds of them, speaking calmly."""
    whose: str
    """The person."""
    ground: str
    """The words on which the voice may be used; without them nobody is enrolled."""
    by: str = ""
    """Who says so."""
    language: str = "en-us"
    licence: str = ""
    """Under which the voice may be passed on; empty: not at all."""
    thorough: bool = False
    """Whether the voice is learned, which takes minutes and PyTorch, and not only estimated."""
    keep: bool = False
    """Whether the recording is kept with the voice."""
    replace: bool = False
    """Whether a voice of that name gives way."""


@dataclass(frozen=True)
class Phone:
    """One sounding symbol and its time in the take."""

    symbol: str
    """IPA, as the model's vocabulary spells it."""
    start: float
    end: float


@dataclass(frozen=True)
class Word:
    """One written word and its time in the take."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Phrase:
    """Words said in one breath: planned against delivered, in seconds from the take's first sample."""

    text: str
    start: float
    end: float
    planned_start: float
    planned_end: float
    ratio: float
    """Delivered length as a share of the natural one."""
    follows: Stretch | None = None
    """Where in the recording the performance is that it follows."""


@dataclass(frozen=True)
class Speech:
    """What was spoken and when, in seconds from the take's first sample."""

    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    natural: float
    """Seconds from first to last sound at the voice's own rate."""
    ratio: float
    """Delivered length of the speech as a share of its natural length; under 1 is faster."""
    start: float
    """First sound."""
    end: float
    """Last sound."""
    phrases: tuple[Phrase, ...] = ()
    neutral: Prosody | None = None
    """What the voice's own manner of this line would have been, as foretold; None for a line in that manner."""
    wanted: Prosody | None = None
    """What was made of it."""
    aligned: bool = False
    """Whether phones and words were found in the sound, to some hundredths of a second, and are not what the voice itself made."""


@dataclass(frozen=True)
class Outlook:
    """What a line will be like, known before anything is spoken."""

    natural: float
    """Seconds of the speech at the voice's own pace, as foretold."""
    available: float
    """Seconds that the plan gives it."""
    ratio: float
    """Needed length as a share of the natural one; under 1 is faster."""
    verdict: str
    """`comfortable`, `fast`, `too fast`, `slow` or `too slow`."""
    jump: float = 1.0
    """Pace against the same speaker's line before: over 1 is slower."""
    early: float = 0.0
    late: float = 0.0
    """Seconds borrowed before and after the slot."""
    advice: tuple[str, ...] = ()
    """What would help, a sentence each."""
    moods: tuple[Mood, ...] = ()
    """What was understood of its feelings and directions."""
    heard: Heard | None = None
    """What was understood of its recordings."""


@dataclass(frozen=True)
class Take:
    """One finished reading of a plan: a sound file that never changes, and all that is known of it."""

    digest: str
    """Names the plan; the file is called after it."""
    path: str
    """The WAV."""
    plan: Plan
    speech: Speech
    samples: int
    overflow_ms: float = 0.0
    """By how much the speech is longer than its slot, 0 when it fits."""
    underrun_ms: float = 0.0
    """How much of the slot stays silent after the speech at its slowest allowed rate."""
    loudness: float | None = None
    """LUFS that came of it; None for silence."""
    true_peak: float = 0.0
    """Highest peak between the samples too, in dBTP."""
    compute_seconds: float = 0.0
    """CPU seconds it took to make, as measured when it was made."""
    warnings: tuple[str, ...] = ()
    check: Check | None = None
    """What the judges said, if they were asked."""
