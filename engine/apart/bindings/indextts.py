"""IndexTTS 2.5 through the package indextts25-inference, whose version 0.2.0 was read; `lever` holds it to its lengths."""
from __future__ import annotations

from typing import Any

from ..talk import Utterance
from . import library, versions
from .lever import RATE, Held

__all__ = ["CAPABILITIES", "FILES", "HUB", "IMITATES", "LANGUAGES", "LICENCE", "LICENCE_TOLD", "PACKAGES", "RATE", "TITLE", "Binding"]

TITLE = "IndexTTS 2.5"
LANGUAGES = {"en-us": "en", "en-gb": "en", "zh": "zh", "ja": "ja", "es": "es"}
"""It speaks Arabic, too, for which we have no front end yet."""
CAPABILITIES = ("exact_length", "emotion_vector", "emotion_clip")
IMITATES = True
LICENCE = "bilibili Model Use License"
LICENCE_TOLD = (
    "Code and weights of IndexTTS belong to bilibili and are no open source; you get them from their makers, under their terms.",
    "Free of charge, also for commercial use, unless you have more than 100 million users a month or a yearly revenue of more than a billion yuan.",
    "What it makes may not be used to improve other AI models, and not for what the licence calls high-risk uses; whoever gets it from you is bound alike.",
    "Read the whole licence at github.com/index-tts/index-tts (LICENSE) before you accept it.",
)
PACKAGES = ("indextts25-inference[ja,zh]==0.2.0", "torch==2.13.0", "transformers==4.52.4")
"""Of torch and transformers the versions that the lever was tried with, within those that its packager tried. Without ja it speaks no Japanese, without
zh no numbers outside Linux."""
HUB = {
    "hf_cache/w2v-bert-2.0/": "facebook/w2v-bert-2.0",
    "hf_cache/bigvgan/": "nvidia/bigvgan_v2_22khz_80band_256x",
    "hf_cache/": "funasr/campplus",
    "": "IndexTeam/IndexTTS-2.5",
}
FILES = (
    "config.yaml", "gpt.pth", "codec.pth", "s2mel.pth", "wav2vec2bert_stats.pt", "feat1.pt", "feat2.pt", "multilingual_zh_ja_yue_char_del.tiktoken",
    "hf_cache/w2v-bert-2.0/config.json", "hf_cache/w2v-bert-2.0/preprocessor_config.json", "hf_cache/w2v-bert-2.0/model.safetensors",
    "hf_cache/campplus_cn_common.bin", "hf_cache/bigvgan/config.json", "hf_cache/bigvgan/bigvgan_generator.pt",
)  # fmt: skip


class Binding(Held):
    """The package's engine behind its small API: the lengths are held inside."""

    title = TITLE

    def version(self) -> str:
        return versions(TITLE, "indextts25-inference", "torch", "transformers")

    def opened(self) -> Any:
        made = library("indextts25", TITLE).IndexTTS25(model_dir=str(self._folder), device=self._device or None, fp16=self._half)
        return made._tts

    def spoken(self, engine: Any, text: str, wanted: Utterance, factor: float, given: dict[str, Any]) -> Any:
        language = LANGUAGES[wanted.language]
        return engine.infer(wanted.voice, text, None, language, interval_silence=0, max_text_tokens_per_segment=600, duration_factor=factor, **given)
