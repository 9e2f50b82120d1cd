"""A checkout of IndexTTS as its makers publish it: what 2.5 and 2.0 have in common, and which of its keywords a version knows."""
from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from inspect import signature
from typing import Any

from ..talk import Utterance
from . import library, versions
from .lever import Held

WHOLE = 600
"""Tokens of a text that are said in one: all that the engine takes, since `lever` divides long texts itself."""


class Checkout(Held):
    """The class IndexTTS2 of one of its modules, with the weights in `checkpoints`."""

    module = ""
    languages: dict[str, str] = {}

    def version(self) -> str:
        told = re.search(r'^version\s*=\s*"([^"]+)"', self._read("pyproject.toml"), re.MULTILINE)
        return f"indextts {told[1] if told else 'checkout'}, {versions(self.title, 'torch', 'transformers')}"

    def _read(self, name: str) -> str:
        try:
            return (self._folder / name).read_text(encoding="utf-8")
        except OSError:
            return ""

    def opened(self) -> Any:
        # it looks for some of its files from where it is started
        os.chdir(self._folder)
        sys.path.insert(0, str(self._folder))
        made, place = library(self.module, self.title).IndexTTS2, self._folder / "checkpoints"
        wished = {"use_bf16": self._half, "use_fp16": self._half, "device": self._device or None, "use_cuda_kernel": False, "use_deepspeed": False, "use_qwen_emo": False}
        return made(cfg_path=str(place / "config.yaml"), model_dir=str(place), **_known(made, wished))

    def spoken(self, engine: Any, text: str, wanted: Utterance, factor: float, given: dict[str, Any]) -> Any:
        given.pop("diffusion_steps", None)  # not asked for here: it would be taken for something of the reading's
        more = _known(engine.infer_generator, {"lang": self.languages[wanted.language], "duration_factor": factor, "text_normalization": True})
        with self._torch.no_grad():  # some of its ways to a voice remember what training would want, and much of it
            made = list(engine.infer_generator(wanted.voice, text, None, interval_silence=0, max_text_tokens_per_segment=WHOLE, verbose=False, **more, **given))
        return made[-1] if made else None


def _known(called: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """Of the keywords those that this version names."""
    return {name: value for name, value in given.items() if name in signature(called).parameters}
