"""A person's timbre, learned the thorough way: step by step towards the recording's speaker, through the decoder and the ear CAM++.

What was gained is measured on sentences that were not learned. Where that is nothing, or costs words or cleanness, the voice
stays as it was.
"""
from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ..hear.prosody import harmonicity
from . import Cancelled
from . import space as spaces
from .backward import need_torch
from .enrol import Found
from .mirror import RATE as SOUND
from .mirror import Goal, Mirror
from .text import resolve
from .trial import ROUGHER, Trial, spectrum, tried

THREADS = 2
"""Cores that are taken; a computer has them, and Blender is left the rest."""

LEARNED = 5
"""Phrases of a language that are learned, in turn; the others tell."""

STEPS = 50
"""About 4 CPU seconds each. Two real voices, from the nearest stock voice on, likeness on other sentences and to another recording:
0.46 before, 0.66 after 15 of 30 steps and 0.67 after all; 0.50 before and 0.65 after 20 steps."""

RATE = 0.25
"""Spreads of the stock voices by which a step moves along each axis at most, at the beginning; it falls to nothing as a cosine does. With 0.12, and
each phrase led to the speaker by itself, that likeness was 0.57 after 30 steps: one phrase's way is often against another's (cosines
of their gradients -0.8 to 0.5)."""

MOMENTS = 0.9, 0.98
"""Shares of the past in the means of the gradient and of its square (Kingma and Ba, "Adam", ICLR 2015); the second is as short as
the course wants it."""

NATURAL, OUTSIDE = 1.5, 0.004
"""Spreads from the middle within which every place is as natural as another, and what a square beyond costs along each axis."""

SPECTRUM = 0.03
"""Cosines that a neper of difference in the long-term spectrum, and in its spread, costs: a second opinion, that the ear's whims
cannot sway."""

CHECKED = 2 * LEARNED
"""Steps from one look at the other phrases to the next. Looked at is the mean of the places since the last (Polyak and Juditsky, 1992): every
phrase pulls its own way, and what they have in common is what the other phrases gain by."""

PATIENCE = 2
"""Looks without a gain after which it is over."""

SHARES, ENOUGH = (0.5, 0.75), 0.8
"""Shares of the way at which it may end, if that keeps so much of what was gained. The last part of a long way is the phrases' own and
costs naturalness: three quarters of one's were more alike to another recording (0.54, the whole 0.51) and sounded more like speech
(DistillMOS 3.9, the whole 3.4)."""

NEARER = (0.75, 0.5, 0.25)
"""Shares of the way that are tried, one after the other, where the voice has become rougher than ROUGHER allows."""

GAINED = 0.01
"""Likeness that must be gained for the new voice to be taken."""

STRENGTH, MOST = 0.7, 9.0
"""Share of the difference in long-term spectrum that a colour takes over, and decibels that it has at most."""

COLOURED = 0.005
"""Likeness that a colour must gain: the ear hears little of it, and every filter costs."""

FORM = 2
"""Version of the checkpoint."""


@dataclass
class Course:
    """Where the learning stands; all of it is in the checkpoint."""

    place: np.ndarray
    """[AXES] of `space`, as all arrays but those that say otherwise."""
    mean: np.ndarray
    square: np.ndarray
    """Moments of the gradient."""
    heard: np.ndarray
    """[LEARNED, 192]: what each phrase sounded like when it was last learned; nothing for those that are yet to come."""
    passed: np.ndarray
    """[CHECKED, AXES]: the last places."""
    best: np.ndarray
    likeness: float
    """Of the best place, on phrases that are not learned."""
    start: float
    """Of the beginning."""
    step: int = 0
    missed: int = 0
    """Looks in a row without a gain."""

    @property
    def over(self) -> bool:
        return self.step >= STEPS or self.missed >= PATIENCE


def thorough(
    voice: Found, mono: np.ndarray, rate: int, language: str, models: Path, progress: Callable[[float, str], None], stop: Callable[[], bool], home: Path,
) -> Found:  # fmt: skip
    """The quick gear's `voice` brought nearer to the speaker of mono speech; the same voice with a note where that fails.

    progress: share done, 0 to 1, and what is being done; stop: asked before every step, each of some seconds; home: folder
    for a checkpoint from which the same call goes on after a stop. Raises LineProblem `no_torch`, `cannot_hear`, `no_model`,
    and Cancelled.
    """
    progress(0.0, "preparing to learn the voice")
    texts = phrases(language)
    with _threads():
        mirror = Mirror(voice, language, models, texts)
        goal = mirror.goal(mono, rate, models)
        axes = spaces.of(models)
        course = learned(voice, mirror, goal, axes, len(texts), progress, stop, Path(home))
        place = settled(course, voice, mirror, goal, axes, len(texts))
    progress(0.9, "comparing the voices")
    refined = replace(voice, timbre=tuple(round(float(value), 5) for value in _timbre(voice, axes, place)))
    trial = Trial(texts[LEARNED:], language, models, goal.embedding, stop)
    colour = _colour(mono, rate, [samples for _speech, samples in trial.said(refined)])
    return _chosen(voice, refined, colour, trial, course.step)


def learned(voice: Found, mirror: Mirror, goal: Goal, axes: spaces.Space, count: int, progress: Callable[[float, str], object], stop: Callable[[], bool], home: Path) -> Course:
    """The course from wherever its checkpoint stands to its end. count: phrases of the mirror. Raises Cancelled."""
    kept = home / f"refining-{_key(voice, goal)}.npz"
    course = _taken_up(kept) or _begun(voice, mirror, goal, axes, count)
    while not course.over:
        if stop():
            raise Cancelled
        likeness = advance(course, voice, mirror, goal, axes)
        if course.step % CHECKED == 0 or course.step == STEPS:
            _look(course, voice, mirror, goal, axes, count)
        _keep(course, kept)
        progress(0.05 + 0.85 * course.step / STEPS, f"learning the voice: step {course.step} of {STEPS}, likeness {likeness:.2f}")
    return course


def advance(course: Course, voice: Found, mirror: Mirror, goal: Goal, axes: spaces.Space) -> float:
    """One step. The likeness of what has been heard of all learned phrases before it."""
    torch = need_torch()
    number = course.step % LEARNED
    place = torch.from_numpy(course.place.astype(np.float32)).requires_grad_()
    rest = torch.from_numpy((np.array(voice.timbre) - axes.style(axes.place(np.array(voice.timbre)))).astype(np.float32))
    timbre = torch.from_numpy(axes.middle.astype(np.float32)) + place @ torch.from_numpy(axes.axes.astype(np.float32)) + rest
    embedding, spectrum = mirror.heard(mirror.audio(number, timbre))
    # a phrase has sounds of its own, and the speaker is what all of them together sound like
    course.heard[number] = 0
    together = embedding + torch.from_numpy(course.heard.sum(axis=0))
    likeness = torch.nn.functional.cosine_similarity(together, torch.from_numpy(goal.embedding), dim=0)
    strange = torch.relu(place.abs() - NATURAL).square().sum()
    unlike = (spectrum - torch.from_numpy(goal.spectrum)).abs().mean(dim=1).sum()
    # each phrase has one share in what all sound like, and so has its gradient
    loss = -likeness * (np.abs(course.heard).any(axis=1).sum() + 1) + OUTSIDE * strange + SPECTRUM * unlike
    loss.backward()
    course.heard[number] = embedding.detach().numpy()
    _move(course, place.grad.numpy().astype(np.float64))
    return float(likeness.detach())


def _move(course: Course, gradient: np.ndarray) -> None:
    """Adam's step, in numpy: what it remembers is then a part of the checkpoint like all else."""
    first, second = MOMENTS
    course.step += 1
    course.mean = first * course.mean + (1 - first) * gradient
    course.square = second * course.square + (1 - second) * gradient**2
    size = RATE * (1 + np.cos(np.pi * (course.step - 1) / STEPS)) / 2
    course.place = course.place - size * (course.mean / (1 - first**course.step)) / (np.sqrt(course.square / (1 - second**course.step)) + 1e-8)
    course.passed = np.concatenate([course.passed[1:], course.place[None]])


def _begun(voice: Found, mirror: Mirror, goal: Goal, axes: spaces.Space, count: int) -> Course:
    place = axes.place(np.array(voice.timbre))
    course = Course(place, np.zeros_like(place), np.zeros_like(place), np.zeros((LEARNED, len(goal.embedding)), np.float32), np.tile(place, (CHECKED, 1)), place, 0.0, 0.0)
    course.likeness = course.start = _likeness(place, voice, mirror, goal, axes, count)
    return course


def _look(course: Course, *where: Any) -> None:
    """Whether the phrases that are not learned are more alike than ever before."""
    place = course.passed.mean(axis=0)
    likeness = _likeness(place, *where)
    course.missed = 0 if likeness > course.likeness else course.missed + 1
    if likeness > course.likeness:
        course.likeness, course.best = likeness, place


def settled(course: Course, voice: Found, mirror: Mirror, goal: Goal, axes: spaces.Space, count: int) -> np.ndarray:
    """The place nearest to the beginning that keeps most of the gain, or one before it where the voice has not become rough yet."""
    start = axes.place(np.array(voice.timbre))

    def place(share: float) -> np.ndarray:
        return start + share * (course.best - start)

    wanted = course.start + ENOUGH * (course.likeness - course.start)
    share = next((share for share in SHARES if _likeness(place(share), voice, mirror, goal, axes, count) >= wanted), 1.0)
    clear = _harmonicity(start, voice, mirror, axes, count) - ROUGHER
    for nearer in (share, *(nearer for nearer in NEARER if nearer < share)):
        if _harmonicity(place(nearer), voice, mirror, axes, count) >= clear:
            return place(nearer)
    return start


def _harmonicity(place: np.ndarray, voice: Found, mirror: Mirror, axes: spaces.Space, count: int) -> float:
    """Of the phrases that are not learned, dB."""
    sounds = [mirror.sound(number, _timbre(voice, axes, place)) for number in range(LEARNED, count)]
    return harmonicity(np.concatenate(sounds), SOUND)


def _likeness(place: np.ndarray, voice: Found, mirror: Mirror, goal: Goal, axes: spaces.Space, count: int) -> float:
    heard = sum(mirror.told(number, _timbre(voice, axes, place)) for number in range(LEARNED, count))
    return float(heard @ goal.embedding / np.linalg.norm(heard))


def _timbre(voice: Found, axes: spaces.Space, place: np.ndarray) -> np.ndarray:
    """The style [128] of a place; what of the quick one lies outside the space is kept."""
    own = np.array(voice.timbre)
    return axes.style(place) + own - axes.style(axes.place(own))


def _chosen(voice: Found, refined: Found, colour: tuple[float, ...], trial: Trial, steps: int) -> Found:
    """The refined voice, with its colour or the old one's, if it is better and no worse; or the old one. Raises Cancelled."""
    before, after = tried(trial, voice), tried(trial, refined)
    tinted = tried(trial, replace(refined, colour=colour))
    if tinted.likeness >= after.likeness + COLOURED and not tinted.worse(after):
        refined, after = replace(refined, colour=colour), tinted
    reason = after.worse(before) or ("" if after.likeness >= before.likeness + GAINED else "it is not more alike")
    if reason:
        told = f"Learning the voice has brought nothing, so it stays as it was: {reason} ({before.likeness:.2f} before, {after.likeness:.2f} after)."
        return replace(voice, notes=(*voice.notes, told))
    told = f"Learned in {steps} steps: sentences that were not learned are alike by {after.likeness:.2f}, and were by {before.likeness:.2f} before."
    return replace(refined, notes=(*voice.notes, told))


def _colour(mono: np.ndarray, rate: int, sound: list[np.ndarray]) -> tuple[float, ...]:
    """Decibels in `phonation.BANDS` by which the recording is brighter or darker than the decoder's sound, within bounds."""
    wanted, given = spectrum(mono, rate), np.mean([spectrum(one, SOUND) for one in sound], axis=0)
    away = wanted - given
    there = np.isfinite(away)
    away = np.where(there, away - away[there].mean(), 0.0)
    return tuple(round(float(value), 1) for value in np.clip(STRENGTH * away, -MOST, MOST))


@cache
def _lines() -> tuple[tuple[str, ...], ...]:
    rows = Path(__file__).with_name("refine.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(row.split("\t")) for row in rows if not row.startswith("#"))


def phrases(language: str) -> tuple[str, ...]:
    """What is said in a language: LEARNED phrases that are learned, then those that are not."""
    own = resolve(language).partition("-")[0]
    return tuple(text for code, text in _lines() if code == own)


def _key(voice: Found, goal: Goal) -> str:
    """Names a checkpoint by all that the course follows from."""
    settings = (FORM, LEARNED, STEPS, RATE, MOMENTS, NATURAL, OUTSIDE, SPECTRUM, CHECKED, PATIENCE)
    told = repr((settings, sorted(asdict(voice).items()))).encode() + goal.embedding.tobytes() + goal.spectrum.tobytes()
    return hashlib.sha256(told).hexdigest()[:16]


def _keep(course: Course, path: Path) -> None:
    """Writes the checkpoint; one that is half written is never seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".making.npz")
    np.savez(draft, **vars(course))
    os.replace(draft, path)


def _taken_up(path: Path) -> Course | None:
    """The course of a checkpoint; None where there is none that can be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return Course(**{name: value if value.ndim else value.item() for name, value in kept.items()})
    except (OSError, ValueError, TypeError, BadZipFile):
        return None


@contextlib.contextmanager
def _threads() -> Iterator[None]:
    """Torch on THREADS, and as it was afterwards."""
    torch = need_torch()
    before = torch.get_num_threads()
    torch.set_num_threads(min(THREADS, os.cpu_count() or 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)
