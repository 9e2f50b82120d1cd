"""The ways to change a finished sound's length that ours is measured against."""
from __future__ import annotations

import numpy as np

from engine.wsola import stretched


def signalsmith(mono: np.ndarray, rate: int, ratio: float) -> np.ndarray:
    """Signalsmith Stretch by the package python-stretch, as it comes."""
    from python_stretch import Signalsmith

    stretch = Signalsmith.Stretch()
    stretch.preset(1, rate)
    stretch.timeFactor = 1 / ratio
    return stretch.process(mono[None])[0]


def rubberband(mono: np.ndarray, rate: int, ratio: float) -> np.ndarray:
    """Rubber Band by the package pedalboard, in its high quality."""
    from pedalboard import time_stretch

    return time_stretch(mono[None], rate, stretch_factor=1 / ratio, high_quality=True)[0]


def wsola(mono: np.ndarray, rate: int, ratio: float) -> np.ndarray:
    """Windows of 30 ms laid where they fit best: one factor for every sound."""
    return stretched(mono, round(len(mono) * ratio), rate)


RIVALS = {"wsola": wsola, "signalsmith": signalsmith, "rubberband": rubberband}
