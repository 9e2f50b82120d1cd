"""Speech in voices that never were, whose timbre is known to the last number: who they are, what they say, and in which mood."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...emotion import EIGHT, preset, scaled
from ...hear.prosody import measured
from ...script import Cast, Emotion, Feeling, Job, Line, Voice, Wish
from ...speak import Engine
from ...voices.habits import habits
from ...voices.library import Consent, Enrolled
from ...voices.space import Space, space
from ...voices.styles import Styles
from ..emotion.spoken import lines

RATE = 16000
"""Hz of all clips."""

SEED = 60

STOCK = 0.15
"""How often a voice is a stock voice, a little changed; all others are mixed."""

MIXED = (2, 5)
"""Stock voices in a mixture."""

STRAY = (0.1, 1.0)
"""Spreads of the space by which a drawn voice is off its mixture: people lie 1 to 2 off the nearest stock voice."""

FARTHEST = 3.2
"""Spreads that a drawn voice is from the middle at most along any axis."""

OFF = 2.5
"""Semitones (spread) by which a drawn voice is higher or lower than its mixture."""

CLIPS = 2
"""Of every voice, each with another habit, language and text; in the last it is moved."""

INTENSITY = (0.6, 1.0)

HABIT_LINES = 2
"""By which the way of a stock voice is told."""

NEAR, VARIANTS = 100_000, 6
"""Number of the first clip near a real person, and clips of each."""

FARTHER, BESIDE = (1.0, 1.5), (0.1, 0.6)
"""Factors on a person's place, since a network that is unsure stays near the middle, and spreads by which a clip is off it."""

NOBODY = Consent("nobody: drawn at random", "a voice that never was", "2026-01-01")


@dataclass(frozen=True)
class Clip:
    """One line as it is to be spoken."""

    number: int
    voice: int
    timbre: tuple[float, ...]
    habit: str
    language: str
    text: str
    f0: float
    """Hz that its melody is moved to."""
    mood: str
    """One of the eight, or neutral."""
    intensity: float
    seed: int


def clips(models: Path, voices: int) -> Iterator[Clip]:
    """CLIPS of each of so many voices; any beginning of them is a small corpus. Raises LineProblem."""
    styles = Styles(models, {})
    known, texts = space(styles), lines()
    languages = styles.stock_names()
    for voice in range(voices):
        draw = np.random.default_rng([SEED, voice])
        timbre, f0 = drawn(known, draw)
        for turn in range(CLIPS):
            habit = str(draw.choice(known.names))
            own = languages[habit][:2]
            language = own if own in ("en", "zh") else str(draw.choice(("en", "zh")))
            text = str(draw.choice([*texts[False, language], *texts[True, language]]))
            moved = turn == CLIPS - 1
            mood = EIGHT[int(draw.integers(8))] if moved else "neutral"
            yield Clip(voice * CLIPS + turn, voice, timbre, habit, language, text, round(f0 * 2 ** (draw.normal(0, 1) / 12), 1), mood, round(float(draw.uniform(*INTENSITY)), 2) if moved else 0.0, int(draw.integers(1, 1000)))


def near(models: Path, heard: dict[str, tuple[np.ndarray, float]]) -> Iterator[Clip]:
    """Clips of voices round those that a first network hears in real people, for people do not lie where voices are drawn.

    heard: person -> place and Hz. VARIANTS each, farther out and a little off; the same for the same places.
    """
    styles = Styles(models, {})
    known, texts, languages = space(styles), lines(), styles.stock_names()
    for number, (place, f0) in enumerate(heard[name] for name in sorted(heard)):
        for variant in range(VARIANTS):
            draw = np.random.default_rng([SEED, number, variant, 1])
            habit = min(draw.choice(known.names, 6, replace=False), key=lambda name: abs(np.log(habits()[name].f0 / f0)))
            own = languages[habit][:2]
            language = own if own in ("en", "zh") else str(draw.choice(("en", "zh")))
            text = str(draw.choice([*texts[False, language], *texts[True, language]]))
            off = place * draw.uniform(*FARTHER) + draw.uniform(*BESIDE) * draw.standard_normal(len(place))
            timbre = tuple(round(float(value), 5) for value in known.style(np.clip(off, -FARTHEST, FARTHEST)))
            at = NEAR + number * VARIANTS + variant
            # none of these is held back: their voices' numbers leave no tenth out
            yield Clip(at, at * 10 + 1, timbre, str(habit), language, text, round(f0 * 2 ** (draw.normal(0, 0.5) / 12), 1), "neutral", 0.0, int(draw.integers(1, 1000)))


def drawn(known: Space, draw: np.random.Generator) -> tuple[tuple[float, ...], float]:
    """Timbre and F0 in Hz of a voice that never was: a mixture of stock voices, and what strays from it."""
    count = 1 if draw.random() < STOCK else int(draw.integers(*MIXED))
    first = int(draw.integers(len(known.names)))
    # a mixture of men and women is a voice as well, but most people are one or the other
    same = [number for number, name in enumerate(known.names) if name[1] == known.names[first][1] or draw.random() < 0.15]
    members = [first, *draw.choice(same, count - 1)]
    shares = draw.dirichlet(np.ones(count)) if count > 1 else np.ones(1)
    place = shares @ known.place(known.stock[members]) + draw.uniform(*STRAY) * draw.standard_normal(len(known.axes))
    middle = float(np.exp(shares @ np.log([habits()[known.names[number]].f0 for number in members])))
    timbre = known.style(np.clip(place, -FARTHEST, FARTHEST))
    return tuple(round(float(value), 5) for value in timbre), middle * 2 ** (float(draw.normal(0, OFF)) / 12)


def speak(wanted: list[Clip], models: Path, data: Path) -> Iterator[Clip]:
    """Speaks what is not there yet and gives every clip when its sound is; may be broken off and taken up. Raises LineProblem."""
    data.mkdir(parents=True, exist_ok=True)
    there = spoken(data)
    engine = Engine(models, 1)
    people: dict[str, Enrolled] = {}
    engine.family("kokoro").styles = Styles(models, people)
    with (data / "index.jsonl").open("a", encoding="utf-8") as index:
        for clip in wanted:
            if clip.number not in there:
                higher = 12 * float(np.log2(clip.f0 / habits()[clip.habit].f0))
                people["drawn"] = Enrolled("drawn", clip.language, clip.timbre, clip.habit, NOBODY, semitones=round(max(-30.0, min(30.0, higher)), 2))
                emotion = Emotion() if clip.mood == "neutral" else scaled(preset(clip.mood), clip.intensity)
                wish = Wish(mode="free", feelings=(Feeling(emotion=emotion),), seed=clip.seed)
                line = Line("line", clip.text, "SPEAKER", clip.language, wish=wish)
                take, _fresh = engine.make(line, Job((line,), Cast(default=Voice("drawn")), str(data / "takes"), RATE, 1))
                print(json.dumps({"clip": clip.number, "file": Path(take.path).name}), file=index, flush=True)
            yield clip


def spoken(data: Path) -> dict[int, Path]:
    """Number of a clip -> its sound, of those that are there."""
    try:
        rows = [json.loads(row) for row in (data / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return {}
    return {row["clip"]: data / "takes" / row["file"] for row in rows}


def measured_habits(models: Path, folder: Path) -> dict[str, dict[str, float]]:
    """How every stock voice speaks, as `engine.voices.habits` has it: measured on its first HABIT_LINES lines."""
    import soundfile

    engine = Engine(models, 1)
    found = {}
    for name, own in Styles(models, {}).stock_names().items():
        language = own if own[:2] in ("en", "zh") else "en-us"
        heard = []
        for text in lines()[False, language[:2]][:HABIT_LINES]:
            line = Line("line", text, "SPEAKER", language, wish=Wish(mode="free"))
            take, _fresh = engine.make(line, Job((line,), Cast(default=Voice(name)), str(folder), RATE, 1))
            heard.append(measured(*soundfile.read(take.path, dtype="float32")))
        f0 = float(np.exp(np.mean([np.log(one.f0) for one in heard])))
        found[name] = {"f0": round(f0, 1), **{key: round(float(np.mean([getattr(one, key) for one in heard])), 2) for key in ("spread", "rate")}}
    return found
