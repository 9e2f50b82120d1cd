"""A person's voice for tests: a stock timbre, moved a little; and a stand-in for what makes one of a recording."""
from dataclasses import dataclass, replace
from importlib import import_module

import numpy as np

from engine.voices.library import Consent, Enrolled, Library

ANNA = Enrolled(
    "anna", "en-us", tuple(0.01 * number - 0.6 for number in range(128)), "af_heart",
    Consent("Anna Example", "she agreed in writing", "2026-05-03", "the studio"),
    f0=190.0, semitones=-1.5, gear="quick", seconds=8.0, licence="CC-BY-4.0", made="2026-05-03",
)  # fmt: skip


def near(models, name="anna", of="af_heart", **more) -> Enrolled:
    """A voice that is nearly a stock one."""
    pack = np.fromfile(models / "kokoro-v1.0" / "voices" / f"{of}.bin", "<f4").reshape(510, 256)
    style = pack[80, :128] + np.random.default_rng(3).normal(0, 0.02, 128)
    return replace(ANNA, name=name, timbre=tuple(map(float, style)), habit=of, **more)


def own(models, tmp_path):
    """A folder that has the voice model of `models`, and a library of its own."""
    home = tmp_path / "models"
    home.mkdir()
    for name in ("kokoro-v1.0", "campplus"):
        if (models / name).exists():
            (home / name).symlink_to(models / name)
    return home


def kept(home, *voices):
    for voice in voices:
        Library(home).keep(voice)
    return home


@dataclass(frozen=True)
class Found:
    """As `engine.voices.enrol` and `refine` give it."""

    timbre: tuple = ANNA.timbre
    habit: str = "af_heart"
    f0: float = 190.0
    semitones: float = -1.5
    spread: float = 1.1
    pace: float = 0.9
    colour: tuple = ()
    embedding: tuple = ()
    seconds: float = 8.0
    notes: tuple[str, ...] = ("as the stand-in heard it",)


def stand_in(monkeypatch, package="engine", thorough=None):
    """Something that makes the same voice of every recording; thorough: what refines it."""
    monkeypatch.setattr(import_module(f"{package}.voices.enrol"), "quick", lambda mono, rate, language, models, spoken: Found())
    if thorough:
        monkeypatch.setattr(import_module(f"{package}.voices.refine"), "thorough", thorough)


def files(folder):
    """Every file within."""
    return [path for path in folder.rglob("*") if path.is_file()]
