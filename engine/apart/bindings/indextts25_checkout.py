"""IndexTTS 2.5 in a checkout of its makers' repository, with the Python that its `uv sync` made."""
from __future__ import annotations

from . import indextts
from .checkout import Checkout
from .indextts import IMITATES, LICENCE, LICENCE_TOLD, RATE

__all__ = ["CAPABILITIES", "FILES", "HUB", "IMITATES", "LANGUAGES", "LICENCE", "LICENCE_TOLD", "PACKAGES", "RATE", "TITLE", "Binding"]

TITLE = "IndexTTS 2.5 checkout"
LANGUAGES = indextts.LANGUAGES
CAPABILITIES = indextts.CAPABILITIES
PACKAGES = ()
HUB: dict[str, str] = {}
FILES = ("indextts/infer_v2_5.py", "checkpoints/config.yaml", "checkpoints/gpt.pth", "checkpoints/codec.pth", "checkpoints/s2mel.pth")


class Binding(Checkout):
    title, module, languages = TITLE, "indextts.infer_v2_5", LANGUAGES
