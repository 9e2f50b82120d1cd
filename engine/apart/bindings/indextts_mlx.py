"""IndexTTS 2.5 by MLX, on Apple's own processors."""
from __future__ import annotations

from typing import Any

from . import indextts, library, versions
from .indextts import IMITATES, LICENCE, LICENCE_TOLD, RATE
from .numpy_core import Core

__all__ = ["CAPABILITIES", "FILES", "HUB", "IMITATES", "LANGUAGES", "LICENCE", "LICENCE_TOLD", "PACKAGES", "RATE", "TITLE", "Binding"]

TITLE = "IndexTTS 2.5 MLX"
LANGUAGES = indextts.LANGUAGES
CAPABILITIES = ("exact_length", "emotion_clip")
PACKAGES = ("index-tts-2.5-mlx==0.1.1", "transformers==4.52.4")
HUB = {"": "yunfengwang/IndexTTS-2.5-mlx"}
FILES = (
    "gpt_int8.safetensors", "cfm_estimator.safetensors", "raw/semantic_model.safetensors", "raw/emo.safetensors", "raw/campplus.safetensors",
    "raw/length_regulator.safetensors", "raw/semantic_codec.safetensors", "raw/bigvgan.safetensors",
    "multilingual_zh_ja_yue_char_del.tiktoken", "spk_proj.npz", "hf_cache/w2v-bert-2.0/config.json", "hf_cache/w2v-bert-2.0/preprocessor_config.json",
)  # fmt: skip


class Binding(Core):
    title, module, languages = TITLE, "index_tts_2_5_mlx", LANGUAGES

    def version(self) -> str:
        return versions(TITLE, "index-tts-2.5-mlx")

    def pipeline(self) -> Any:
        return library(f"{self.module}.engine", TITLE).load_pipeline(str(self._folder))
