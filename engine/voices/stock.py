"""Which voices come with the model, as the catalogue lists their packs, and which language each speaks by itself."""
from __future__ import annotations

from pathlib import Path

from .. import models as catalogue
from .text import LANGUAGES

MODEL = "kokoro-v1.0"


def names() -> dict[str, str]:
    """Every stock voice with its language."""
    by_letter = {language.prefix: code for code, language in LANGUAGES.items()}
    found = sorted(Path(file.name).stem for file in catalogue.catalogue()[MODEL].files if file.name.startswith("voices/"))
    return {name: by_letter[name[0]] for name in found}
