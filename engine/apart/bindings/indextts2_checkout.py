"""IndexTTS 2 in a checkout of its makers' repository: Chinese and English, twice as many codes a second as 2.5."""
from __future__ import annotations

from . import indextts
from .checkout import Checkout
from .indextts import IMITATES, LICENCE, LICENCE_TOLD, RATE

__all__ = ["CAPABILITIES", "FILES", "HUB", "IMITATES", "LANGUAGES", "LICENCE", "LICENCE_TOLD", "PACKAGES", "RATE", "TITLE", "Binding"]

TITLE = "IndexTTS 2 checkout"
LANGUAGES = {code: name for code, name in indextts.LANGUAGES.items() if name in ("en", "zh")}
CAPABILITIES = indextts.CAPABILITIES
PACKAGES = ()
HUB: dict[str, str] = {}
FILES = ("indextts/infer_v2.py", "checkpoints/config.yaml", "checkpoints/gpt.pth", "checkpoints/s2mel.pth", "checkpoints/bpe.model")


class Binding(Checkout):
    title, module, languages, codes = TITLE, "indextts.infer_v2", LANGUAGES, 50.0
