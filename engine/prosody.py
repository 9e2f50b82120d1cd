"""What an emotion does to speech: to durations, pauses, F0, energy and phonation, and by how much. The one place of it.

The sum of an emotion's parts, each with its strength, is a manner; neutral is the manner that does nothing. It acts on what
the voice model foretells, before there is a sound; only phonation (`engine.phonation`) works on the finished one.
"""
from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, fields, replace
from typing import Any

import numpy as np

from .emotion import BIAS, EIGHT, SETTINGS
from .follow import toned
from .retime import Tokens, whole
from .script import Emotion, Heard, Mood, Prosody


@dataclass(frozen=True)
class Manner:
    """Changes against the voice's own manner. All are sums, so factors are natural logarithms and strengths just add."""

    level: float = 0.0
    """Semitones of F0."""
    spread: float = 0.0
    """ln of the factor on F0's distance from its middle, in semitones."""
    slope: float = 0.0
    """Semitones by which a phrase ends higher than it begins, against its own course."""
    final: float = 0.0
    """Semitones by which its last vowel ends higher."""
    rate: float = 0.0
    """ln of the factor on the pace of sounds; how each class takes part is told in `retime.CLASSES`."""
    pauses: float = 0.0
    """ln of the factor on pauses at marks."""
    energy: float = 0.0
    """Added to the model's energy curve: vocal effort inside the model."""
    accents: float = 0.0
    """ln of the factor on the distance of loud and soft from their mean, in dB."""
    tremor: float = 0.0
    """Share of F0 by which it shakes."""
    tilt: float = 0.0
    """dB by which voiced speech is brighter: its level above 1 kHz against that below."""
    air: float = 0.0
    """Share of breath in the voice: 1 is a whisper."""
    gain: float = 0.0
    """LU, where the take's loudness is set by level and not by an original."""


def _ln(**factors: float) -> dict[str, float]:
    return {name: float(np.log(factor)) for name, factor in factors.items()}


MANNERS: dict[str, Manner] = {
    "happy": Manner(level=3.5, slope=1.2, final=1.8, energy=0.6, tilt=2.3, gain=2.0, **_ln(spread=1.6, rate=1.12, pauses=0.65)),
    "angry": Manner(level=2.8, slope=-0.5, final=-2.2, energy=1.6, tilt=4.2, gain=3.0, **_ln(spread=1.5, rate=1.14, pauses=0.6, accents=1.35)),
    "sad": Manner(level=-1.9, slope=-1.2, final=-1.2, energy=-1.0, tremor=0.03, tilt=-4.2, air=0.2, gain=-4.5, **_ln(spread=0.55, rate=0.78, pauses=1.9, accents=0.7)),
    "afraid": Manner(level=4.4, slope=0.6, final=0.6, tremor=0.06, tilt=-2.3, **_ln(spread=0.72, rate=1.18, pauses=1.5)),
    "disgusted": Manner(level=-1.8, slope=-1.2, final=-2.2, tilt=1.2, **_ln(spread=0.7, rate=0.83, pauses=1.5)),
    "melancholic": Manner(level=-1.4, slope=-0.6, final=-1.2, energy=-0.6, tilt=-2.9, gain=-3.4, **_ln(spread=0.5, rate=0.84, pauses=1.7, accents=0.68)),
    "surprised": Manner(level=4.0, slope=1.5, final=4.0, energy=0.5, tilt=1.5, gain=2.0, **_ln(spread=1.6)),
    "calm": Manner(level=-0.9, final=-0.5, energy=-0.4, tilt=-2.2, gain=-2.0, **_ln(spread=0.68, rate=0.9, pauses=1.45, accents=0.68)),
    "whisper": Manner(air=1.0, gain=-7.0, **_ln(rate=0.96)),
    "shout": Manner(level=5.0, energy=2.0, tilt=6.0, gain=7.0, **_ln(spread=1.2, rate=0.94, accents=0.9)),
    "tremble": Manner(level=0.5, tremor=0.12),
    "breathy": Manner(tilt=-2.0, air=0.45, gain=-2.0),
    "pace": Manner(**_ln(rate=1.3)),
    "pauses": Manner(**_ln(pauses=2.5)),
}  # fmt: skip
"""Each of the eight at strength 1, which a preset alone is kept from by the cap (`emotion.CAP`), and each setting at 1.

Directions of the eight: anger, fear, happiness and sadness after Juslin and Laukka, Psychological Bulletin 129, 2003, who
review 104 studies of vocal expression (rate, level and range of F0, intensity and its spread, high-frequency energy, contour;
fear also by its many pauses), calm after their tenderness; disgust (slow, low, grumbled) after Murray and Arnott, J. Acoust.
Soc. Am. 93, 1993, table 1; surprise (high, wide, rising at the end) after Cahn's settings in Schröder, "Emotional speech
synthesis: a review", Eurospeech 2001. Melancholic is IndexTTS's 低落: sadness without tears. The breath of sadness and the
irregular voicing of fear are in Murray and Arnott as well. Shouting raises F0 and flattens the tilt and lengthens vowels
(Rostolland, Acustica 50, 1982); a whisper has no F0 and is slower (Tartter, J. Acoust. Soc. Am. 86, 1989); a trembling voice
shakes 5 to 7 times a second (Titze, Principles of Voice Production, 1994). Sizes are ours: what can be heard and leaves the
voice itself (`bench emotion`); the literature's extremes, F0 doubled, do not."""

STRENGTH = dict(zip(EIGHT, BIAS, strict=True))
"""What each of the eight is in a point when its strength is 1: up to the cap, a preset's strength is its intensity."""

TREMOR = (5.2, 6.6)
"""Hz between which a voice shakes."""

READING = 0.15
"""Share by which another seed's reading may do more or less of anything."""

BOUNDS = Manner(level=7.0, spread=1.0, slope=4.0, final=6.0, rate=0.45, pauses=2.3, energy=3.0, accents=0.5, tremor=0.15, tilt=9.0, air=1.0, gain=9.0)
"""Most of anything either way, whatever is mixed: within what was measured to keep words and timbre (F0 by 0.7 to 2, its
spread by 0 to 3, energy by -2 to +4, a tremor of 15 %)."""

LOWEST_LEVEL, LOWEST_ENERGY = -5.0, -2.0
"""Semitones and energy under which a deep voice falls apart."""

SMOOTH = 0.15
"""Seconds over which one mood goes over into the next."""

IN_TOKENS, SHORTEST_REST = 0.75, 0.25
"""Share of a pause that is in its own tokens, the rest being the sounds around it dying away and setting in, and what is left
of those tokens at least."""

TONAL = ("zh",)
"""Languages in which F0 tells words apart: its spread is narrowed by half as much, its last vowel left alone."""

NAMES = tuple(field.name for field in fields(Manner))

SYLLABLES, IN_CHINESE = 0.61, 0.48
"""Syllables that are told by the level's peaks (`hear.prosody.nuclei`) for each vowel token that is spoken, in Chinese with its
diphthongs written as two. On 15 lines of five English voices and 4 of two Chinese ones, each to 14 and 8 per cent."""

SMOOTHER, CLOSURES = 0.9, 0.03
"""Spread of the F0 that Praat hears against that of the model's curve, whose onsets are cut short by consonants, and share of the
time that is told for a pause without being one (the same lines)."""

TYPICAL = Prosody(f0=150.0, spread=2.9, dynamics=10.5, rate=4.4, pauses=0.1)
"""A voice's own manner where only the text is known."""

STRAY = 12.0
"""Semitones from the median beyond which the model's F0 is a creak or an onset and no melody (as in `hear.prosody`)."""

LOWEST_F0 = 45.0
"""Hz of the model's F0 from which on it is a melody; below it are silence, which lies at 10 to 30, onsets and creaks."""

LEAST_PAUSES, MOST_PAUSES = 0.02, 0.6
"""Shares of pauses between which they are carried over; a recording of one phrase has none, and asks for short ones."""

LITERATURE: dict[str, dict[str, float]] = {
    name: {
        axis: value
        for axis, value in (
            ("f0_level", MANNERS[name].level),
            ("f0_range", float(np.exp(MANNERS[name].spread))),
            ("loudness_range", float(np.exp(MANNERS[name].accents))),
            ("rate", float(np.exp(MANNERS[name].rate))),
            ("pauses", float(np.exp(MANNERS[name].pauses))),
            ("tilt", MANNERS[name].tilt),
        )
        if value != (0.0 if axis in ("f0_level", "tilt") else 1.0)
    }
    for name in EIGHT
}
"""The table as what can be measured of the sound: emotion -> axis -> wanted change at strength 1. Semitones and dB are
differences, the rest factors."""


def manner(emotion: Emotion, seed: int = 0, language: str = "") -> Manner:
    """What the emotion does; another seed reads it a little otherwise, none of them more rightly."""
    weights = [getattr(emotion, name) / STRENGTH.get(name, 1.0) for name in (*EIGHT, *SETTINGS)]
    rows = np.array([astuple(MANNERS[name]) for name in (*EIGHT, *SETTINGS)])
    total = np.array(weights) @ rows
    if seed:
        total = total * np.random.default_rng([seed, 1]).uniform(1 - READING, 1 + READING, len(NAMES))
    most = np.array(astuple(BOUNDS))
    found = Manner(*(float(value) for value in np.clip(total, -most, most)))
    found = replace(found, level=max(found.level, LOWEST_LEVEL), energy=max(found.energy, LOWEST_ENERGY), air=max(found.air, 0.0), tremor=max(found.tremor, 0.0))
    return replace(found, spread=max(found.spread, found.spread / 2), final=0.0, slope=found.slope / 2) if language in TONAL else found


def carried(heard: Heard, own: Prosody, language: str = "", performance: float = 0.0) -> Manner:
    """What a recording does to a voice whose own manner of the line is `own`: measures become the recording's, and what
    cannot be measured is as the emotion has it that was recognised. Loudness range stays; it is measured on the sound itself.

    performance: how closely its phrases are followed, which then end as theirs do.
    """
    wanted = heard.prosody
    shown = manner(heard.emotion, 0, language)
    pauses = [min(max(share, LEAST_PAUSES), MOST_PAUSES) for share in (wanted.pauses, own.pauses)]
    return replace(
        shown,
        level=wanted.level,
        spread=_change(wanted.spread, own.spread) * (0.5 if language in TONAL else 1.0),
        slope=shown.slope * (1 - performance),
        final=shown.final * (1 - performance),
        rate=_change(wanted.rate, own.rate),
        pauses=_change(pauses[0] / (1 - pauses[0]), pauses[1] / (1 - pauses[1])) if own.pauses else 0.0,
        accents=0.0,
        tilt=wanted.tilt - heard.usual.tilt if heard.usual else shown.tilt,
    )


def foretold(
    f0: np.ndarray, sounds: np.ndarray, rests: np.ndarray, frames: np.ndarray, vowels: int, frame: float,
    gaps: float = 0.0, usual: float = 0.0, language: str = "",
) -> Prosody:  # fmt: skip
    """The prosody that durations and F0 foretell, before there is a sound; of loudness and brightness they tell nothing.

    f0: Hz; sounds, rests: bool [T], tokens that sound and pauses at marks; frames: [T]; vowels: their number; gaps: seconds of
    silence beside those pauses; usual: the voice's own F0 in Hz. It is told as `hear.prosody` would measure it.
    """
    semitones = 12 * np.log2(f0[f0 > LOWEST_F0]) if (f0 > LOWEST_F0).any() else np.zeros(0)
    middle = float(np.median(semitones)) if semitones.size else 0.0
    semitones = semitones[np.abs(semitones - middle) < STRAY]
    spoken = np.flatnonzero(sounds)
    whole = float(frames[spoken[0] : spoken[-1] + 1].sum()) * frame if spoken.size else frame
    silent = float(frames[rests].sum()) * frame / IN_TOKENS
    sounding, silent = max(whole - silent, frame), silent + gaps
    return Prosody(
        f0=round(2 ** (middle / 12), 2) if semitones.size else 0.0,
        level=round(middle - 12 * np.log2(usual), 2) if usual and semitones.size else 0.0,
        spread=round(SMOOTHER * float(semitones.std()), 2) if semitones.size else 0.0,
        rate=round((IN_CHINESE if language == "zh" else SYLLABLES) * vowels / sounding, 2),
        pauses=round(CLOSURES + silent / (sounding + silent), 3),
    )


def _change(wanted: float, own: float) -> float:
    """ln of the factor from one to the other; 0 where one of them is not known."""
    return float(np.log(wanted / own)) if wanted > 0 and own > 0 else 0.0


def widened(heard: Heard, dynamics: float) -> float:
    """ln of the factor on the distance of loud and soft, for a sound that has `dynamics` dB of it."""
    return float(np.clip(_change(heard.prosody.dynamics, dynamics), -BOUNDS.accents, BOUNDS.accents))


def _with(mood: Mood, seed: int, language: str, following: Manner | None) -> Manner:
    """A mood's manner and its share of a recording's, within the bounds of both together."""
    plain = manner(mood.emotion, seed, language)
    if following is None or not mood.heard:
        return plain
    total = np.array(astuple(plain)) + mood.heard * np.array(astuple(following))
    most = np.array(astuple(BOUNDS))
    found = Manner(*(float(value) for value in np.clip(total, -most, most)))
    return replace(found, level=max(found.level, LOWEST_LEVEL), energy=max(found.energy, LOWEST_ENERGY), air=max(found.air, 0.0), tremor=max(found.tremor, 0.0))


def lengthening(moods: tuple[Mood, ...], characters: int, language: str = "", heard: Heard | None = None) -> float:
    """Factor on a line's natural length, as `foretell` needs it: sounds are about nine tenths of it, pauses the rest."""
    return sum(share * (0.9 * np.exp(-one.rate) + 0.1 * np.exp(one.pauses)) for share, one in _shares(moods, characters, language, heard))


def gain(moods: tuple[Mood, ...], characters: int, language: str = "", heard: Heard | None = None) -> float:
    """LU by which the line as a whole is louder."""
    return float(sum(share * one.gain for share, one in _shares(moods, characters, language, heard)))


def _shares(moods: tuple[Mood, ...], characters: int, language: str, heard: Heard | None) -> Any:
    """(share of the text, manner) of every mood, and of what is before the first."""
    edges = [0, *(min(mood.index, characters) for mood in moods), characters]
    following = carried(heard, TYPICAL, language) if heard else None
    manners = [Manner(), *(_with(mood, 0, language, following) for mood in moods)]
    return [((end - begin) / max(characters, 1), one) for begin, end, one in zip(edges[:-1], edges[1:], manners, strict=True)]


@dataclass(frozen=True)
class Course:
    """The manners of a line, token by token."""

    manners: np.ndarray
    """float [M, len(NAMES)]."""
    which: np.ndarray
    """int64 [T]: the manner of every token."""
    seed: int
    heard: np.ndarray | None = None
    """float [M]: how much of a recording each of them follows; None where there is none."""

    def at(self, name: str) -> np.ndarray:
        """One of the manner's values at every token [T]."""
        return self.manners[self.which, NAMES.index(name)]

    def part(self, span: slice) -> Course:
        """The course of some of the tokens."""
        return replace(self, which=self.which[span])

    def along(self, frames: np.ndarray, step: float) -> dict[str, np.ndarray]:
        """Every value over time and `heard`, two to a frame [2F], going over smoothly from mood to mood. step: seconds of one."""
        values = np.column_stack([self.manners, np.zeros(len(self.manners)) if self.heard is None else self.heard])[np.repeat(self.which, 2 * frames)]
        if len(self.manners) > 1:
            half = round(SMOOTH / step / 2)
            window = np.hanning(2 * half + 3)[1:-1]
            padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
            values = np.stack([np.convolve(column, window / window.sum(), "valid") for column in padded.T], axis=1)
        return dict(zip((*NAMES, "heard"), values.T, strict=True))


def course(moods: tuple[Mood, ...], words: np.ndarray, starts: list[int], seed: int, language: str, following: Manner | None = None) -> Course | None:
    """The course of a line, None for a neutral one, which is left as it is to the bit.

    words: int64 [T], number of every token's word, -1 for none; starts: where each word begins in the text of the moods;
    following: what the line's recording does, as `carried` has it.
    """
    if all(mood.emotion == Emotion() and not mood.heard for mood in moods):
        return None
    manners = [Manner(), *(_with(mood, seed, language, following) for mood in moods)]
    shares = np.array([0.0, *(mood.heard for mood in moods)])
    of_word = np.searchsorted([mood.index for mood in moods], starts, side="right")
    which = np.zeros(len(words), np.int64)
    last = int(of_word[0])
    for at, word in enumerate(words.tolist()):
        last = int(of_word[word]) if word >= 0 else last
        which[at] = last
    # the same emotion in other words shakes otherwise, and always the same
    own = int.from_bytes(hashlib.sha256(words.tobytes() + which.tobytes()).digest()[:4], "big")
    return Course(np.array([astuple(one) for one in manners]), which, seed * 2**32 + own, shares)


def paced(tokens: Tokens, rests: np.ndarray, course: Course) -> Tokens:
    """The tokens with their natural durations as the emotion has them; how far they may give stays as it was.

    rests: bool [T], which of them are pauses at marks. Both kinds come as whole frames, so that rounding takes nothing
    off the change: a phone of two frames is one of two frames at nine tenths, too.
    """
    rate = course.at("rate")
    # sounds give unequally; as a whole they are to follow the rate in full
    elasticity = np.where(rate > 0, tokens.shrinks, tokens.grows)
    share = np.average(elasticity[tokens.sounds], weights=tokens.natural[tokens.sounds])
    sounds = np.clip(tokens.natural * np.exp(-rate * elasticity / max(share, 0.2)), tokens.least, tokens.most)
    # the last sound before a pause dies away into it, and goes with it half-way instead of with the pace
    last = np.append(rests[1:] & ~rests[:-1], False) & tokens.sounds
    sounds = np.where(last, np.clip(tokens.natural * np.exp(course.at("pauses") / 2), tokens.least, tokens.most), sounds)
    longer = np.maximum(SHORTEST_REST, 1 + (np.exp(course.at("pauses")) - 1) / IN_TOKENS)
    natural = tokens.natural.copy()
    for which, wished in ((tokens.sounds, sounds), (rests, tokens.natural * longer)):
        if which.any():
            plain = np.maximum(1, np.floor(tokens.natural[which] + 0.5)).sum()
            total = plain * wished[which].sum() / tokens.natural[which].sum()
            natural[which] = whole(np.maximum(1.0, wished[which]), round(total))
    return replace(tokens, natural=natural)


def melody(
    f0: np.ndarray, along: dict[str, np.ndarray], energy: np.ndarray, step: float, seed: int, voiced_from: float,
    wanted: np.ndarray | None = None, performance: float = 0.0, tonal: bool = False,
) -> np.ndarray:  # fmt: skip
    """F0 [1, 2F] in Hz as the emotion has it; unvoiced values, under `voiced_from`, are left alone.

    along: of Course.along; energy: [2F], which shows the phrases; step: seconds of one value; seed: of the tremor;
    wanted: semitones [2F] against the middle that a performance has, NaN where it has none, followed by `performance`.
    """
    curve = f0[0].astype(np.float64)
    voiced = curve > max(voiced_from, LOWEST_F0)
    if not voiced.any():
        return f0
    middle = np.median(curve[voiced])
    semitones = 12 * np.log2(np.maximum(curve, voiced_from) / middle)
    moved = semitones * np.exp(along["spread"]) + along["level"]
    for begin, end in phrases(energy, step):
        inside = np.flatnonzero(voiced[begin:end]) + begin
        if len(inside) < 2:
            continue
        place = (inside - inside[0]) / (inside[-1] - inside[0])
        ending = np.clip(1 - (inside[-1] - inside) * step / LAST, 0, 1)
        moved[inside] += along["slope"][inside] * (place - 0.5) + along["final"][inside] * ending**1.5
    if wanted is not None:
        ours = semitones if not tonal else np.interp(np.arange(len(curve)), np.flatnonzero(voiced), semitones[voiced])
        theirs = toned(ours, wanted, step) if tonal else wanted
        known = voiced & np.isfinite(theirs)
        # what is voiced in ours is not what is voiced in theirs; the middle is to stay where the manner has it
        theirs = theirs - (np.median(theirs[known]) if known.any() else 0.0)
        share = np.where(np.isfinite(theirs), performance * along["heard"], 0.0)
        moved += share * (np.nan_to_num(theirs) + along["level"] - moved)
    moved += 12 * np.log2(1 + along["tremor"] * shaking(len(curve), step, seed))
    bent = middle * 2 ** (moved / 12)
    return np.where(voiced, np.clip(bent, LOWEST_F0, 800.0), curve)[None].astype(np.float32)


LAST = 0.25
"""Seconds of a phrase's last movement: about one stressed syllable."""

BREAK, SOUNDING = 0.15, -3.0
"""Seconds of an energy under SOUNDING that part two phrases."""


def phrases(energy: np.ndarray, step: float) -> list[tuple[int, int]]:
    """(first, after the last) value of every stretch that sounds without a break."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (energy > SOUNDING).astype(np.int8), [0]])))
    found: list[tuple[int, int]] = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if found and (begin - found[-1][1]) * step < BREAK:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def shaking(count: int, step: float, seed: int) -> np.ndarray:
    """A tremor between -1 and 1 of `count` values, whose rate and depth wander as a body's do."""
    chance = np.random.default_rng(seed)
    knots = max(2, int(count * step * 3) + 2)
    at = np.linspace(0, knots - 1, count)
    rate = np.interp(at, np.arange(knots), chance.uniform(*TREMOR, knots))
    depth = np.interp(at, np.arange(knots), chance.uniform(0.7, 1.0, knots))
    return depth * np.sin(2 * np.pi * np.cumsum(rate * step) + chance.uniform(0, 2 * np.pi))


def effort(energy: np.ndarray, along: dict[str, np.ndarray]) -> np.ndarray:
    """The energy curve [1, 2F] as the emotion has it."""
    sounds = energy[0] > SOUNDING
    mean = energy[0][sounds].mean() if sounds.any() else 0.0
    swing = (np.exp(along["accents"]) - 1) * (energy[0] - mean) * sounds
    return (energy[0] + along["energy"] * sounds + swing)[None].astype(np.float32)
