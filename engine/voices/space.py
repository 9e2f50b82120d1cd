"""The space of timbres that the stock voices span: how natural a style is, and drawing new ones."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .styles import Styles

TOKENS = (60, 80, 100, 120, 140)
"""Rows of a pack whose mean is a voice's timbre; it hardly depends on them."""

AXES = 48
"""Directions of the space; a thousandth of the stock voices' variance lies in the rest."""


@dataclass(frozen=True)
class Space:
    """Timbres as numbers whose spread over the stock voices is 1 in every direction."""

    names: tuple[str, ...]
    stock: np.ndarray
    """Timbre of each stock voice [voices, 128]."""
    middle: np.ndarray
    """[128]"""
    axes: np.ndarray
    """[AXES, 128]: a step of one spread along each."""

    def style(self, place: np.ndarray) -> np.ndarray:
        """[…, AXES] -> timbre styles […, 128]."""
        return self.middle + place @ self.axes

    def place(self, style: np.ndarray) -> np.ndarray:
        """Timbre styles […, 128] -> […, AXES]; what lies outside the space is dropped."""
        return (style - self.middle) @ (self.axes / (self.axes**2).sum(axis=1, keepdims=True)).T


def space(styles: Styles) -> Space:
    """Of the stock voices. Axes may point either way on another computer: places are not for keeping, styles are. Raises LineProblem."""
    names = tuple(sorted(styles.stock_names()))
    stock = np.stack([np.mean([styles.timbre(name, tokens)[0] for tokens in TOKENS], axis=0) for name in names])
    middle = stock.mean(axis=0)
    _left, spreads, axes = np.linalg.svd(stock - middle, full_matrices=False)
    return Space(names, stock, middle, axes[:AXES] * (spreads[:AXES, None] / np.sqrt(len(names))))


def of(models: Path) -> Space:
    """Of a model folder. Raises LineProblem."""
    return space(Styles(models, {}))
