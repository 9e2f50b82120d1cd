"""Two voices, stock or enrolled, become one between them; it carries the consents of both."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from .. import __version__, phonation
from ..problems import LineProblem
from .habits import habits
from .library import Consent, Enrolled
from .styles import Styles

TOKENS = (60, 80, 100, 120, 140)
"""Rows of a pack whose mean is a stock voice's timbre; it hardly depends on them."""

BRIGHTEST = 6.0
"""Decibels by which a voice is made brighter or darker at most."""

FARTHER, LOWER = 0.5, 2.0
"""Share of the way between women's and men's timbre that a speaker one step bigger or smaller lies off, and semitones by which their voice
is lower or higher. A woman's third and fourth formants fall by 8 and 5 per cent with a step and rise by 3 and 1; DistillMOS of two women
and two men stays over 4.3 (4.45 to 4.63 without)."""

STOCK = "stock voices of Kokoro-82M, Apache-2.0"


@dataclass(frozen=True)
class Part:
    """A voice as a part of a mix."""

    name: str
    language: str
    timbre: np.ndarray
    """[128]"""
    person: Enrolled | None
    f0: float
    """Hz, as it speaks."""


def part(styles: Styles, name: str) -> Part:
    """The voice of that name. Raises LineProblem."""
    person = styles.person(name)
    rows = [styles.timbre(name, tokens)[0] for tokens in TOKENS]
    f0 = habits()[styles.stock(name)].f0 * 2 ** ((person.semitones if person else 0.0) / 12)
    return Part(name, styles.names()[name], np.mean(rows, axis=0), person, f0)


def size(styles: Styles) -> np.ndarray:
    """The step [128] from a timbre to that of a bigger speaker: half of what men's stock voices differ from women's. Raises LineProblem."""
    names = styles.stock_names()
    men, women = ([part(styles, name).timbre for name in names if name[1] == sex] for sex in "mf")
    return FARTHER * (np.mean(men, axis=0) - np.mean(women, axis=0))


def mixed(name: str, first: Part, second: Part, weight: float, bright: float = 0.0, bigger: float = 0.0, step: np.ndarray | None = None) -> Enrolled:
    """A voice that is `weight` of the second and the rest of the first, brighter by `bright` dB. Raises LineProblem `bad_wish`.

    bigger: -1 to 1, a smaller or a bigger speaker by `step`, which is of `size`.

    Durations and melodies are habits of one person and cannot be halved: they are those of the heavier part, moved to the height
    between both.
    """
    if not 0 <= weight <= 1 or not abs(bright) <= BRIGHTEST or not abs(bigger) <= 1:
        raise LineProblem("bad_wish", reason=f"The weight goes from 0 to 1, the brightness from -{BRIGHTEST:.0f} to {BRIGHTEST:.0f} dB, the size from -1 to 1.")
    main, shares = (second if weight > 0.5 else first), (1 - weight, weight)
    people = [one.person for one, share in zip((first, second), shares, strict=True) if one.person and share]
    today = date.today().isoformat()
    consents = tuple(dict.fromkeys(consent for one in people for consent in one.consents)) or (
        Consent(f"nobody: {first.name} and {second.name}", STOCK, today),
    )
    timbre = shares[0] * first.timbre + shares[1] * second.timbre + (0.0 if step is None else bigger * step)
    height = first.f0 ** (1 - weight) * second.f0**weight * 2 ** (-LOWER * bigger / 12)
    own = main.person.semitones if main.person else 0.0
    return Enrolled(
        name=name,
        language=main.language,
        timbre=tuple(map(float, timbre)),
        habit=main.person.habit if main.person else main.name,
        consent=consents[0],
        others=consents[1:],
        f0=round(height, 1),
        semitones=round(own + 12 * float(np.log2(height / main.f0)), 3),
        spread=main.person.spread if main.person else 1.0,
        pace=main.person.pace if main.person else 1.0,
        colour=_colour(first, second, weight, bright),
        gear="mixed",
        licence=_licence(people),
        made=f"{today}, Dubline {__version__}, {1 - weight:.2f} {first.name} and {weight:.2f} {second.name}" + (f", size {bigger:+.2f}" if bigger else ""),
    )


def _colour(first: Part, second: Part, weight: float, bright: float) -> tuple[float, ...]:
    """dB in the BANDS; empty where nothing changes."""
    octaves = np.clip(np.log2(np.array(phonation.BANDS) / phonation.PIVOT), -2, 2) / 2
    shares = [share * np.array(one.person.colour) if one.person and one.person.colour else 0.0 for one, share in ((first, 1 - weight), (second, weight))]
    colour = np.clip(sum(shares) + bright * octaves, -24, 24)
    return tuple(round(float(value), 3) for value in colour) if np.any(colour) else ()


def _licence(people: list[Enrolled]) -> str:
    """What all of them allow; nothing where one of them allows nothing."""
    if not people:
        return "Apache-2.0"
    licences = dict.fromkeys(one.licence for one in people)
    return "" if "" in licences else "; ".join(licences)
