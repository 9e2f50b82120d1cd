"""IndexTTS 2.5 by MNN, on a processor, with the smallest download of all: weights of half precision."""
from __future__ import annotations

from typing import Any

from . import indextts, library, versions
from .indextts import IMITATES, LICENCE, LICENCE_TOLD, RATE
from .numpy_core import Core

__all__ = ["CAPABILITIES", "FILES", "HUB", "IMITATES", "LANGUAGES", "LICENCE", "LICENCE_TOLD", "PACKAGES", "RATE", "TITLE", "Binding"]

TITLE = "IndexTTS 2.5 MNN"
LANGUAGES = indextts.LANGUAGES
CAPABILITIES = ("exact_length", "emotion_clip")
PACKAGES = ("index-tts-2.5-mnn==0.1.1", "transformers==4.52.4")
HUB = {"": "yunfengwang/IndexTTS-2.5-mnn"}
FILES = (
    "semantic_model_fp16.mnn", "emo_vec_fp16.mnn", "campplus_fp16.mnn", "length_regulator_fp16.mnn", "semantic_codec_decode_fp16.mnn", "bigvgan_fp16.mnn",
    "gpt_prefill_fp16.mnn", "gpt_prefill_fp16.mnn.weight", "gpt_step_fp16.mnn", "cfm_estimator_fp16.mnn",
    "multilingual_zh_ja_yue_char_del.tiktoken", "spk_proj.npz", "hf_cache/w2v-bert-2.0/config.json", "hf_cache/w2v-bert-2.0/preprocessor_config.json",
)  # fmt: skip


class Binding(Core):
    title, module, languages = TITLE, "index_tts_2_5_mnn", LANGUAGES

    def version(self) -> str:
        return versions(TITLE, "index-tts-2.5-mnn")

    def pipeline(self) -> Any:
        return library(f"{self.module}.engine", TITLE).load_pipeline(str(self._folder), quant="fp16")
