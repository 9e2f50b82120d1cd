"""IndexTTS 2.5 by ONNX Runtime, on a processor or a CUDA card, without PyTorch."""
from __future__ import annotations

from typing import Any

from . import indextts, library, versions
from .indextts import IMITATES, LICENCE, LICENCE_TOLD, RATE
from .numpy_core import Core

__all__ = ["CAPABILITIES", "FILES", "HUB", "IMITATES", "LANGUAGES", "LICENCE", "LICENCE_TOLD", "PACKAGES", "RATE", "TITLE", "Binding"]

TITLE = "IndexTTS 2.5 ONNX"
LANGUAGES = indextts.LANGUAGES
CAPABILITIES = ("exact_length", "emotion_clip")
PACKAGES = ("index-tts-2.5-onnx==0.1.0", "transformers==4.52.4")
HUB = {"": "yunfengwang/IndexTTS-2.5-onnx"}
FILES = (
    "campplus.onnx", "emo_vec.onnx", "length_regulator.onnx", "semantic_codec_decode.onnx", "bigvgan.onnx",
    "semantic_model/semantic_model.onnx", "semantic_model/semantic_model.onnx.data", "gpt_prefill/gpt_prefill.onnx", "gpt_prefill/gpt_prefill.onnx.data",
    "gpt_step/gpt_step.onnx", "gpt_step/gpt_step.onnx.data", "cfm_estimator/cfm_estimator.onnx",
    "multilingual_zh_ja_yue_char_del.tiktoken", "spk_proj.npz", "hf_cache/w2v-bert-2.0/config.json", "hf_cache/w2v-bert-2.0/preprocessor_config.json",
)  # fmt: skip


class Binding(Core):
    title, module, languages = TITLE, "index_tts_2_5_onnx", LANGUAGES

    def version(self) -> str:
        return versions(TITLE, "index-tts-2.5-onnx")

    def pipeline(self) -> Any:
        return library(f"{self.module}.engine", TITLE).load_pipeline(str(self._folder), device=self._device or "auto")
