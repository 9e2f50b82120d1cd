"""How a training's settings change over its course: the gradient reversal sets in, Adam's step warms up and falls."""
from __future__ import annotations

import numpy as np

STEEP = 10.0
"""How fast the reversal sets in, as in Ganin and Lempitsky."""


def reversal(most: float, progress: float) -> float:
    """Lambda = most * (2 / (1 + exp(-10 p)) - 1), for p from 0 to 1: an embedding grows before anything is driven out of it."""
    return most * (2 / (1 + float(np.exp(-STEEP * progress))) - 1)


def step(highest: float, progress: float) -> float:
    """Adam's step, for p from 0 to 1: it warms up over a twentieth and then falls as a cosine."""
    return highest * min(1.0, progress / 0.05 + 0.02) * 0.5 * (1 + float(np.cos(np.pi * progress)))
