"""IndexTTS 2.5 without PyTorch: the packages for ONNX Runtime, MNN and MLX share one core in numpy, and so one way to be called.

Their own programs take no emotion. What they make of a voice is a table of arrays, though, in which the emotion of a recording
can be mixed as the original does it: base + strength * (other - base). There is no vector, since its matrix is not among their files.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...problems import LineProblem
from ..length import NEAR, Fitted, cut, fitted, pieces
from ..talk import Utterance
from . import Sound, Stop, Stopped, Tell, library
from .lever import HOP, MOST_CODES, RATE, READINGS, STEPS

CODES = 25.0
"""Of one second."""

KEPT = 8
"""Voices and emotions that need not be listened to again."""


class Core:
    """One pipeline of the three packages."""

    title = module = ""
    languages: dict[str, str] = {}

    def __init__(self, folder: Path, device: str = "", half: bool = False):
        self._folder, self._device, self._half = Path(folder), device, half
        self._voices: dict[tuple[str, int], Any] = {}
        self._exact = False

    def pipeline(self) -> Any:
        """The package's own pipeline with its weights, which has `engines`, `build_speaker` and `synthesize`."""
        raise NotImplementedError

    def load(self) -> None:
        self._pipe = self.pipeline()
        self._sampler = library(f"{self.module}.core.gpt_sampler", self.title)
        self._exact = all(callable(getattr(getattr(self._pipe.engines, part, None), "run", None)) for part in ("length_regulator", "cfm")) and callable(getattr(self._sampler, "generate_codes", None))

    def say(self, wanted: Utterance, tell: Tell, stop: Stop) -> Sound:
        if not any(map(str.isalnum, wanted.text)):
            raise LineProblem("nothing_to_say", text=wanted.text)
        speaker = self._speaker(wanted)
        pcm, natural, behind = b"", 0.0, 0
        texts = pieces(wanted.text)
        for number, text in enumerate(texts):
            left = sum(map(len, texts[number:]))
            rest = wanted.samples - len(pcm) // 2
            share = max(HOP, rest if number == len(texts) - 1 else round(rest * len(text) / left)) if wanted.samples else 0

            def within(done: float, doing: str, at: int = behind, text: str = text) -> None:
                tell((at + done * len(text)) / len(wanted.text), doing)
                if stop():
                    raise Stopped

            one, own = self._piece(text, speaker, replace(wanted, samples=share), wanted.seed * 1009 + number * 101, within)
            pcm, natural, behind = pcm + one, natural + own, behind + len(text)
        return Sound(pcm, natural, self._exact or not (wanted.samples or wanted.ratio), self._device or "auto")

    def _piece(self, text: str, speaker: Any, wanted: Utterance, seed: int, within: Tell) -> tuple[bytes, float]:
        with _Lever(self, text, wanted, seed, within) as lever:
            made = self._pipe.synthesize(text, lang=self.languages[wanted.language], spk=speaker, seed=seed, max_mel_tokens=MOST_CODES, n_timesteps=STEPS, interval_silence=0, max_text_tokens_per_segment=600)
        pcm = made.astype("<i2").tobytes()
        if not pcm:
            raise LineProblem("nothing_to_say", text=text)
        if lever.fitted is None:
            return pcm, len(made) / RATE
        if len(made) != lever.fitted.frames * HOP:
            raise LineProblem("engine_length", engine=self.title, given=len(made), wanted=lever.fitted.frames * HOP)
        return cut(pcm, lever.fitted.samples, RATE), lever.natural * HOP / RATE

    def _speaker(self, wanted: Utterance) -> Any:
        """What the pipeline makes of the voice, with the emotion of the clip in it."""
        own = self._heard(wanted.voice)
        if not wanted.clip or not wanted.strength:
            return own
        emotion = own.emovec + wanted.strength * (self._heard(wanted.clip).emovec - own.emovec)
        conditions = own.conds.copy()
        conditions[:, 0] += emotion - own.emovec
        return replace(own, emovec=emotion, conds=conditions)

    def _heard(self, path: str) -> Any:
        key = (path, Path(path).stat().st_mtime_ns)
        if key not in self._voices:
            self._voices[key] = self._pipe.build_speaker(path)
            while len(self._voices) > KEPT:
                del self._voices[next(iter(self._voices))]
        return self._voices[key]


class _Part:
    """Stands in for one of the pipeline's engines while a piece is said."""

    def __init__(self, run: Callable[..., Any]):
        self.run = run


class _Lever:
    """Counts a reading, tries others, and tells the regulator how many frames are wanted."""

    def __init__(self, core: Core, text: str, wanted: Utterance, seed: int, within: Tell):
        self._core, self._engines, self._sampler = core, core._pipe.engines, core._sampler
        self._wanted, self._seed, self._within = wanted, seed, within
        self._expected = max(20.0, wanted.samples / RATE * CODES if wanted.samples else len(text) * 2.0)
        self._longer, self._steps, self._done = 1.0, 0, 0.0
        self.natural = 0
        """Frames of the reading at the engine's own pace."""
        self.fitted: Fitted | None = None

    def __enter__(self) -> _Lever:
        if self._core._exact:
            self._own = self._engines.length_regulator, self._engines.cfm, self._sampler.generate_codes
            self._engines.length_regulator, self._engines.cfm = _Part(self._regulated), _Part(self._stepped)
            self._sampler.generate_codes = self._read
        return self

    def __exit__(self, *_error: object) -> None:
        if self._core._exact:
            self._engines.length_regulator, self._engines.cfm, self._sampler.generate_codes = self._own

    def _read(self, backend: Any, *args: Any, **kwargs: Any) -> Any:
        """The codes of the best of some readings."""
        counted = _Counted(backend, lambda made: self._go_on(0.6 * min(1.0, made / self._expected), "reading the line"))
        found = self._own[2](counted, *args, **kwargs)
        free, target = max(1, len(found)), self._wanted.samples / RATE * CODES
        for number in range(1, READINGS if self._wanted.samples else 1):
            if NEAR[0] <= target / max(1, len(found)) <= NEAR[1]:
                break
            other = self._own[2](counted, *args, **{**kwargs, "seed": self._seed + number})
            # no further from the free reading than it may well be, so that no word is missing
            if NEAR[0] <= len(other) / free <= NEAR[1] and abs(len(other) - target) < abs(len(found) - target):
                found = other
        self._longer = free / max(1, len(found))
        return found

    def _regulated(self, features: Any, frames: int) -> Any:
        self.natural = max(1, round(frames * self._longer))
        self.fitted = fitted(self.natural, self._wanted, HOP)
        return self._own[0].run(features, self.fitted.frames)

    def _stepped(self, *args: Any) -> Any:
        self._steps += 1
        self._go_on(0.6 + 0.35 * min(1.0, self._steps / STEPS), "making the sound")
        return self._own[1].run(*args)

    def _go_on(self, done: float, doing: str) -> None:
        self._done = max(self._done, done)
        self._within(self._done, doing)


class _Counted:
    """The model that reads, with a count of its steps."""

    def __init__(self, backend: Any, tell: Callable[[int], None]):
        self._backend, self._tell = backend, tell

    def prefill(self, *args: Any) -> Any:
        self._made = 0
        return self._backend.prefill(*args)

    def step(self, *args: Any) -> Any:
        self._made += 1
        self._tell(self._made)
        return self._backend.step(*args)
