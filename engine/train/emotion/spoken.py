"""Speech with a known emotion: which lines our own engine speaks for the training, by which voices and in which moods."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np

from ...emotion import BIAS, EIGHT, limited, mixed, preset, scaled
from ...script import Cast, Emotion, Feeling, Job, Line, Voice, Wish
from ...speak import Engine

RATE = 16000
"""Hz of all clips."""

SEED = 20

HELD_OUT = (
    "af_heart", "af_bella", "bf_emma", "bf_isabella", "am_michael", "am_fenrir", "bm_george", "bm_fable",
    "zf_xiaoxiao", "zf_xiaobei", "zm_yunxi", "zm_yunjian",
)  # fmt: skip
"""Voices that no training hears: those of `bench emotion`, and two Chinese women and men."""

DETUNED = 1.5
"""Semitones to either side by which a voice is moved at random, so that its own pitch is no sign of its mood."""

STRONG, MILD = (0.75, 1.0), (0.35, 0.6)
"""Intensities of training clips."""

STEPS = (1.0, 0.5)
"""Intensities of held-out clips."""

NEUTRALS = {False: 2, True: 3}
"""Neutral clips of a voice, by whether it is held out."""

MANNERS = ("whisper", "breathy", "pace", "pauses")
"""Settings that come on top of a mood and leave its label alone."""


@dataclass(frozen=True)
class Clip:
    """One line as it is to be spoken."""

    number: int
    voice: str
    language: str
    text: str
    kind: str
    """`neutral`, `strong`, `mild`, `mix` or `manner`."""
    emotion: Emotion
    """As wished, before its limits."""
    pitch: float
    """Semitones."""
    seed: int

    @property
    def label(self) -> tuple[float, ...]:
        """The eight as they are really played, from 0 to 1: what gives the same sound when it is wished again."""
        return tuple(value / bias for value, bias in zip(astuple(limited(self.emotion)), BIAS, strict=False))

    @property
    def held_out(self) -> bool:
        return self.voice in HELD_OUT


def clips(voices: dict[str, str]) -> list[Clip]:
    """Every clip, turn by turn over the voices, so that any beginning of the list is a small corpus. voices: name -> language."""
    texts = lines()
    turns = {voice: _moods(number, voice in HELD_OUT) for number, voice in enumerate(sorted(voices))}
    found: list[Clip] = []
    for turn in range(max(map(len, turns.values()))):
        for number, voice in enumerate(sorted(voices)):
            if turn >= len(turns[voice]):
                continue
            kind, emotion = turns[voice][turn]
            draw = np.random.default_rng([SEED, number, turn])
            own = voices[voice][:2]
            # voices of other languages than ours speak both
            language = own if own in ("en", "zh") else ("en", "zh")[turn % 2]
            text = str(draw.choice(texts[voice in HELD_OUT, language]))
            pitch = round(float(draw.uniform(-DETUNED, DETUNED)), 2)
            found.append(Clip(len(found), voice, language, text, kind, emotion, pitch, int(draw.integers(0, 4))))
    return found


def _moods(number: int, held_out: bool) -> list[tuple[str, Emotion]]:
    """Kinds and emotions of one voice's clips, in an order of its own."""
    draw = np.random.default_rng([SEED, number])
    found = [("neutral", Emotion())] * NEUTRALS[held_out]
    if held_out:
        found += [("strong" if step > 0.7 else "mild", scaled(preset(name), step)) for step in STEPS for name in EIGHT]
        return [found[i] for i in draw.permutation(len(found))]
    found += [("strong", scaled(preset(name), _drawn(draw, STRONG))) for name in EIGHT]
    found += [("mild", scaled(preset(EIGHT[(number * 3 + i) % 8]), _drawn(draw, MILD))) for i in range(3)]
    for _ in range(2):
        one, other = draw.choice(8, 2, replace=False)
        share = _drawn(draw, (0.3, 0.7))
        found.append(("mix", scaled(mixed([(share, preset(EIGHT[one])), (1 - share, preset(EIGHT[other]))]), _drawn(draw, STRONG))))
    base = preset(EIGHT[number % 8]) if number % 3 else Emotion()
    manner = MANNERS[number % 4]
    found.append(("manner", Emotion(**{**asdict(base), manner: 1.0 if manner == "whisper" else _drawn(draw, (0.5, 1.0))})))
    return [found[i] for i in draw.permutation(len(found))]


def _drawn(draw: np.random.Generator, bounds: tuple[float, float]) -> float:
    return round(float(draw.uniform(*bounds)), 3)


def lines() -> dict[tuple[bool, str], list[str]]:
    """(held out, language) -> lines."""
    found: dict[tuple[bool, str], list[str]] = {}
    for row in Path(__file__).with_name("lines.txt").read_text(encoding="utf-8").splitlines():
        if row and row[0] != "#":
            language, text = row.split(" ", 1)
            found.setdefault((language[0] == "+", language.lstrip("+")), []).append(text)
    return found


def speak(wanted: list[Clip], models: Path, data: Path) -> Iterator[Clip]:
    """Speaks what is not there yet and gives every clip when its sound is; may be broken off and taken up.

    Each is at its own pace, a take in `data`/takes that `index.jsonl` names. Raises LineProblem.
    """
    data.mkdir(parents=True, exist_ok=True)
    there = spoken(data)
    engine = Engine(models, 1)
    with (data / "index.jsonl").open("a", encoding="utf-8") as index:
        for clip in wanted:
            if key(clip) not in there:
                wish = Wish(mode="free", feelings=(Feeling(emotion=clip.emotion),), pitch=clip.pitch, seed=clip.seed)
                line = Line("line", clip.text, "SPEAKER", clip.language, wish=wish)
                take, _fresh = engine.make(line, Job((line,), Cast(default=Voice(clip.voice)), str(data / "takes"), RATE, 1))
                print(json.dumps({"clip": key(clip), "file": Path(take.path).name}), file=index, flush=True)
            yield clip


def spoken(data: Path) -> dict[str, Path]:
    """Key of a clip -> its sound, of those that are there."""
    try:
        rows = [json.loads(row) for row in (data / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return {}
    return {row["clip"]: data / "takes" / row["file"] for row in rows}


def key(clip: Clip) -> str:
    """Names a clip by all that it is, but for its number."""
    return json.dumps([clip.voice, clip.language, clip.text, astuple(clip.emotion), clip.pitch, clip.seed], ensure_ascii=False)
