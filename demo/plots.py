"""Sound as pictures: the outline of a wave for SVG, and a spectrogram as PNG."""
from __future__ import annotations

import numpy as np

from . import png

FLOOR = -72.0
"""dB under full scale that is drawn as nothing."""
HIGHEST = 8000.0
"""Hz at the spectrogram's upper edge: what matters of speech, and all that a 16 kHz recording has."""
COLOURS = ((16, 15, 32), (52, 29, 92), (122, 40, 122), (196, 62, 104), (244, 122, 82), (253, 196, 120), (255, 246, 220))
"""Quiet to loud; rises evenly in lightness, so that it also reads without colour."""


def outline(samples: np.ndarray, bins: int, width: float, height: float) -> str:
    """SVG path round the wave: lowest and highest sample in each of `bins` steps, centred in `height`."""
    edges = np.linspace(0, len(samples), bins + 1).astype(int)
    pairs = [(samples[a:b].min(), samples[a:b].max()) if b > a else (0.0, 0.0) for a, b in zip(edges, edges[1:], strict=False)]
    x = (np.arange(bins) + 0.5) * width / bins
    middle = height / 2
    # a thread of half a pixel keeps silence visible
    upper = [f"{at:.1f},{middle - max(0.25, high * middle):.2f}" for at, (_, high) in zip(x, pairs, strict=True)]
    lower = [f"{at:.1f},{middle - min(-0.25, low * middle):.2f}" for at, (low, _) in zip(x, pairs, strict=True)]
    return "M" + "L".join(upper + lower[::-1]) + "Z"


def spectrogram(samples: np.ndarray, rate: int, columns: int = 560, rows: int = 112) -> bytes:
    """PNG of the short-time spectrum: time to the right, 0 to HIGHEST Hz upwards, 23 ms Hann windows."""
    size = int(2 ** np.round(np.log2(0.023 * rate)))
    padded = np.pad(samples, size // 2)
    starts = np.linspace(0, max(len(padded) - size, 0), columns).astype(int)
    frames = np.stack([padded[start : start + size] for start in starts])
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(size), 4 * size, axis=1)) * 4 / size
    wanted = np.linspace(HIGHEST, 0, rows) / (rate / 2) * (spectrum.shape[1] - 1)
    level = 20 * np.log10(np.maximum(spectrum[:, np.minimum(wanted.astype(int), spectrum.shape[1] - 1)].T, 1e-6))
    share = np.clip(1 - level / FLOOR, 0, 1)
    steps = np.round(share * 63) / 63  # few colours pack well
    place = np.linspace(0, 1, len(COLOURS))
    colours = np.stack([np.interp(steps, place, [colour[i] for colour in COLOURS]) for i in range(3)], axis=2)
    return png.encode(np.round(colours).astype(np.uint8))
