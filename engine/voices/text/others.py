"""Spanish, French, Hindi, Italian and Brazilian Portuguese, as the library reads them, in Kokoro's alphabet."""
from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .espeak import espeak, speak
from .written import Piece, cut

VOICES = {"es": "roa/es", "fr": "roa/fr", "hi": "inc/hi", "it": "roa/it", "pt-br": "roa/pt-BR"}

# misaki.espeak.EspeakG2P.e2m (hexgrad, Apache-2.0).
TO_MODEL = {"a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ",
            "t^ʃ": "ʧ", "ɔ^ɪ": "Y", "^": "", "-": ""}

MONEY = {
    "es": {"$": "dólares", "€": "euros", "£": "libras", "¥": "yenes"},
    "fr": {"$": "dollars", "€": "euros", "£": "livres", "¥": "yens"},
    "hi": {"$": "डॉलर", "€": "यूरो", "£": "पाउंड", "¥": "येन", "₹": "रुपये"},
    "it": {"$": "dollari", "€": "euro", "£": "sterline", "¥": "yen"},
    "pt-br": {"$": "dólares", "€": "euros", "£": "libras", "¥": "ienes"},
}
NUMBER = r"\d+(?:[.,]\d+)*"
DEVANAGARI = "\u0900-\u0963\u0966-\u097f"  # letters and vowel signs, without the two dandas


@lru_cache(maxsize=8)
def _rules(language: str) -> Any:
    money = MONEY[language]
    signs = "".join(money)
    table = (
        (rf"([{signs}])\s?({NUMBER})", lambda m: f"{m[2]} {money[m[1]]}"),
        (rf"({NUMBER})\s?([{signs}])", lambda m: f"{m[1]} {money[m[2]]}"),
        (r"(\d{1,2}):(\d\d)(?!\d)", lambda m: f"{int(m[1])} {int(m[2]) or ''}".strip()),
        (rf"({NUMBER})\s?%", lambda m: f"{m[1]} %"),
        (rf"-?{NUMBER}(?!\w)", lambda m: m.group()),
        (rf"[^\W_{DEVANAGARI}]+(?:['-][^\W_]+)*'?|[{DEVANAGARI}]+(?:-[{DEVANAGARI}]+)*", lambda m: m.group()),
        (r"[&%+=@°]", lambda m: m.group()),
    )
    return tuple((re.compile(pattern), reading) for pattern, reading in table)


@lru_cache(maxsize=4096)
def _say(text: str, language: str) -> Any:
    ipa = espeak().phonemes(text, VOICES[language])
    for old, new in TO_MODEL.items():
        ipa = ipa.replace(old, new)
    return ipa


def read(text: str, language: str) -> list[Piece]:
    """The pieces of a clean page with their phonemes."""
    text = text.replace("।", ".").replace("॥", ".")
    return speak(cut(text, _rules(language)), lambda words: _say(words, language))
