"""Holds IndexTTS to a length: its reading is steered and counted, and its regulator told how many frames are wanted.

The engine makes codes, spreads them over frames of 256 samples (its length regulator), and turns those into sound. How many
frames there are is asked of the regulator alone, so another number makes the same words longer or shorter without stretching
any sound. That holds for the package and for checkouts of 2.5 and 2.0 alike; the names are checked when an engine is loaded.
"""
from __future__ import annotations

import random
import sys
import warnings
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

from ...problems import LineProblem
from ..length import NEAR, Fitted, cut, fitted, guessed, pieces
from ..talk import Utterance
from . import Sound, Stop, Stopped, Tell, library

RATE = 22050

HOP = 256
"""Samples of one frame."""

READINGS = 3
"""Most readings of a text, of which the one that is nearest to the wished length is taken."""

STEER = 1.02
"""Base of the factor by which the end of a reading becomes likelier with every code beyond nine tenths of the wished count. Weak, since a strong one
would cut words."""

MOST_CODES = 1500
"""A reading that finds no end is cut there: a minute of 2.5, half of one of 2.0."""

STEPS, BEAMS = 25, 3
"""Of the sound, and readings that are followed at a time: what its makers take."""


class Held:
    """One instance of an engine with IndexTTS's inner parts, which says one utterance at a time."""

    title = "IndexTTS"
    codes = 25.0
    """Of one second."""

    def opened(self) -> Any:
        """The engine with its weights, which has `gpt`, `s2mel` and `stop_mel_token`."""
        raise NotImplementedError

    def spoken(self, engine: Any, text: str, wanted: Utterance, factor: float, given: dict[str, Any]) -> Any:
        """(rate, int16 samples) of one piece, or None. factor: on the length, where there is no lever; given: emotion and sampling."""
        raise NotImplementedError

    def __init__(self, folder: Path, device: str = "", half: bool = False):
        self._folder, self._device, self._half = Path(folder), device, half
        self._sampling: dict[str, Any] = {"diffusion_steps": STEPS, "max_mel_tokens": MOST_CODES, "num_beams": BEAMS}
        self._exact = False

    def load(self) -> None:
        self._torch = library("torch", self.title)
        self._engine = self.opened()
        self._exact = _can_be_held(self._engine)

    def say(self, wanted: Utterance, tell: Tell, stop: Stop) -> Sound:
        texts = pieces(wanted.text)
        if not any(map(str.isalnum, wanted.text)):
            raise LineProblem("nothing_to_say", text=wanted.text)
        rest, behind = wanted.samples, 0
        pcm, natural, exact = b"", 0.0, True
        notes: list[str] = []
        for number, text in enumerate(texts):
            left = sum(map(len, texts[number:]))
            # the natural length of what is still to come is unknown: each piece has its share of the characters
            share = rest if number == len(texts) - 1 else round(rest * len(text) / left)
            share = max(share, HOP) if wanted.samples else 0

            def within(done: float, doing: str, at: int = behind, text: str = text) -> None:
                tell((at + done * len(text)) / len(wanted.text), doing)

            one = self._piece(text, wanted, share, number, within, stop)
            pcm, natural, exact = pcm + one.pcm, natural + one.natural, exact and one.exact
            notes += one.warnings
            rest, behind = max(0, wanted.samples - len(pcm) // 2), behind + len(text)
        return Sound(pcm, natural, exact, self._where(), self._memory(), tuple(dict.fromkeys(notes)))

    def _piece(self, text: str, wanted: Utterance, samples: int, number: int, tell: Tell, stop: Stop) -> Sound:
        lever = _Lever(self, text, wanted, samples, wanted.seed * 1009 + number * 101, tell, stop)
        factor = 1.0
        notes: list[str] = []
        if not self._exact and (samples or wanted.ratio):
            factor = self._factor(text, wanted, samples)
            notes.append(f"This version of {self.title} cannot be held to a length; it was told a rough factor instead.")
        given = {"emo_vector": list(wanted.vector)} if wanted.vector else {"emo_audio_prompt": wanted.clip, "emo_alpha": wanted.strength} if wanted.clip else {}
        random.seed(wanted.seed)  # draws which kanji are read as kana
        with lever, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = self.spoken(self._engine, text, wanted, factor, {**given, **self._sampling})
        if stop():
            raise Stopped
        pcm = made[1].reshape(-1).astype("<i2").tobytes() if made is not None else b""
        if not pcm:
            raise LineProblem("nothing_to_say", text=text)
        if lever.fitted is not None:
            if len(pcm) != 2 * lever.fitted.frames * HOP:
                raise LineProblem("engine_length", engine=self.title, given=len(pcm) // 2, wanted=lever.fitted.frames * HOP)
            return Sound(cut(pcm, lever.fitted.samples, RATE), lever.natural * HOP / RATE)
        return Sound(pcm, len(pcm) / 2 / RATE / factor, not (samples or wanted.ratio), warnings=tuple(notes))

    def _factor(self, text: str, wanted: Utterance, samples: int) -> float:
        """The engine's own `duration_factor`, above 1 is slower, where there is no lever: a guess from a count of characters."""
        rough = guessed(text)
        return min(max(wanted.ratio or samples / RATE / rough, wanted.shortest), wanted.longest)

    def _where(self) -> str:
        return str(getattr(self._engine, "device", ""))

    def _memory(self) -> int:
        if self._where().startswith("cuda"):
            return int(self._torch.cuda.max_memory_allocated())
        if sys.platform == "win32":
            return 0
        from resource import RUSAGE_SELF, getrusage

        return getrusage(RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class _Lever:
    """Holds one call of the engine to a length: steers its reading, counts it, and tells the regulator how many frames are wanted."""

    def __init__(self, binding: Held, text: str, wanted: Utterance, samples: int, seed: int, tell: Tell, stop: Stop):
        self._binding, self._engine, self._torch = binding, binding._engine, binding._torch
        self._wanted, self._samples, self._seed = wanted, samples, seed
        self._tell, self._stop = tell, stop
        self._armed, self._done = False, 0.0
        self._longer = 1.0
        """Codes of the free reading against those of the chosen one."""
        self._expected = max(20.0, samples / RATE * binding.codes if samples else len(text) * 2.0)
        self.natural = 0
        """Frames of the reading at the engine's own pace."""
        self.fitted: Fitted | None = None
        """What was asked of the regulator."""

    def __enter__(self) -> _Lever:
        self._hooks: list[Any] = []
        self._steps = 0
        if self._binding._exact:
            models = self._engine.s2mel.models
            self._own = self._engine.gpt.inference_speech
            self._engine.gpt.inference_speech = self._read
            self._hooks.append(models["cfm"].estimator.register_forward_hook(self._stepped))
            self._hooks.append(models["length_regulator"].register_forward_pre_hook(self._regulated, with_kwargs=True))
        return self

    def __exit__(self, *_error: object) -> None:
        for hook in self._hooks:
            hook.remove()
        if self._hooks:
            del self._engine.gpt.inference_speech  # of the instance: the class has its own

    def _read(self, *args: Any, **kwargs: Any) -> Any:
        """The codes of the best of some readings."""
        found = self._reading(0, args, kwargs)
        if self._binding._exact and self._samples:
            target = self._samples / RATE * self._binding.codes
            free = best = _count(found, self._engine.stop_mel_token)
            # a reading is led no further from the free one than it may well be, so that no word is cut
            target = min(max(target, NEAR[0] * free), NEAR[1] * free)
            for number in range(1, READINGS):
                if NEAR[0] <= self._samples / RATE * self._binding.codes / max(1, best) <= NEAR[1]:
                    break
                more = {"min_new_tokens": int(0.85 * target), "exponential_decay_length_penalty": (int(0.9 * target), STEER)}
                other = self._reading(number, args, {**kwargs, **more})
                count = _count(other, self._engine.stop_mel_token)
                if abs(count - target) < abs(best - target):
                    found, best = other, count
            self._longer = free / max(1, best)
        self._armed = True
        return found

    def _reading(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        # seeded here and not before the call: a voice that is new to the engine draws numbers, too
        self._torch.manual_seed(self._seed + number)
        made = 0

        def counted(ids: Any, *_scores: Any, **_more: Any) -> Any:
            nonlocal made
            made += 1
            self._go_on(0.6 * min(1.0, made / self._expected), "reading the line")
            return self._torch.zeros(ids.shape[0], dtype=self._torch.bool, device=ids.device)

        criteria = library("transformers", self._binding.title).StoppingCriteriaList([counted])
        return self._own(*args, **{**kwargs, "stopping_criteria": criteria})

    def _regulated(self, _module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Sets the frames of the line's own call; that of the voice's recording comes before it and is left alone."""
        if not self._armed:
            return None
        self._armed = False
        self._torch.manual_seed(self._seed)
        self.natural = max(1, round(int(kwargs["ylens"].max()) * self._longer))
        self.fitted = fitted(self.natural, replace(self._wanted, samples=self._samples), HOP)
        return args, {**kwargs, "ylens": self._torch.full_like(kwargs["ylens"], self.fitted.frames)}

    def _stepped(self, _module: Any, _args: Any, _output: Any) -> None:
        self._steps += 1
        self._go_on(0.6 + 0.35 * min(1.0, self._steps / STEPS), "making the sound")

    def _go_on(self, done: float, doing: str) -> None:
        self._done = max(self._done, done)  # another reading begins anew, and a bar that goes back tells nobody anything
        self._tell(self._done, doing)
        if self._stop():
            raise Stopped


def _count(found: Any, end: int) -> int:
    """Codes before the first that ends the reading. found: codes, or upstream's pair of codes and latents."""
    codes = found[0] if isinstance(found, tuple) else found
    ends = (codes[0] == end).nonzero()
    return int(ends[0, 0]) if len(ends) else int(codes.shape[1])


def _can_be_held(engine: Any) -> bool:
    """Whether this version has all that holds it to a length."""
    try:
        models = engine.s2mel.models
        regulator, estimator = models["length_regulator"], models["cfm"].estimator
        return "ylens" in signature(regulator.forward).parameters and callable(estimator.register_forward_hook) and callable(engine.gpt.inference_speech)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
