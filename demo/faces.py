"""How the characters and their two stages look: each a few layers, so that heads nod, eyes blink and mouths move."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .draw import Canvas

WIDTH, HEIGHT = 1280, 720
FIGURE = (520, 640)
"""Width and height of a character's body and head layers."""
FACE = (260, 268)
"""Middle of the face in those layers."""
EYES, MOUTH = (220, 72), (130, 116)
"""Sizes of the layers that move in the face."""
EYES_AT, MOUTH_AT = -12, 72
"""Their middles below the middle of the face."""


@dataclass(frozen=True)
class Look:
    """One character's colours and hair."""

    skin: str
    shade: str
    hair: str
    shirt: str
    collar: str
    lips: str
    behind: Callable[[Canvas, Look], None]
    front: Callable[[Canvas, Look], None]
    glasses: bool = False


def _figure() -> tuple[Canvas, float, float]:
    return Canvas(*FIGURE), *FACE


def body(look: Look) -> Canvas:
    """Hair behind, shoulders, collar and neck."""
    canvas, x, y = _figure()
    look.behind(canvas, look)
    canvas.fill(canvas.box(x, y + 372, 470, 380, 150), look.shirt)
    canvas.fill(canvas.box(x, y + 158, 132, 80, 36), look.collar)
    canvas.fill(canvas.box(x, y + 128, 94, 120, 40), look.shade)
    return canvas


def head(look: Look) -> Canvas:
    """Everything of the head but its eyes and mouth."""
    canvas, x, y = _figure()
    for side in (-1, 1):
        canvas.fill(canvas.ellipse(x + side * 121, y + 6, 22, 30), look.shade)
    canvas.fill(canvas.ellipse(x, y, 122, 146), look.skin)
    for side in (-1, 1):
        canvas.fill(canvas.ellipse(x + side * 74, y + 44, 27, 19), look.lips, 0.16, 16)
        brow = [(x + side * (52 + step), y - 56 + (step + side * 2) ** 2 / 60) for step in range(-22, 23, 4)]
        canvas.fill(canvas.stroke(brow, 9), look.hair)
    canvas.fill(canvas.stroke([(x + 2, y - 2), (x + 9, y + 24), (x - 3, y + 28)], 6), look.shade)
    look.front(canvas, look)
    if look.glasses:
        _glasses(canvas, x, y + EYES_AT)
    return canvas


def eyes() -> Canvas:
    """Both eyes, open; a lower layer is a blink."""
    width, height = EYES
    canvas = Canvas(width, height)
    for side in (-1, 1):
        x, y = width / 2 + side * 52, height / 2
        canvas.fill(canvas.ellipse(x, y, 13, 18), "#2a2230")
        canvas.fill(canvas.ellipse(x + 4, y - 7, 4.5), "#ffffff", 0.92)
    return canvas


def mouth(look: Look) -> Canvas:
    """A mouth wide open; a lower layer is a smaller vowel."""
    width, height = MOUTH
    canvas = Canvas(width, height)
    x, y = width / 2, height / 2
    inside = canvas.ellipse(x, y, 46, 50)
    canvas.fill(canvas.ellipse(x, y, 52, 56), look.lips)
    canvas.fill(inside, "#4a1626")
    canvas.fill(np.maximum(inside, canvas.ellipse(x, y + 42, 34, 26)), "#d8616c")
    canvas.fill(np.maximum(inside, canvas.box(x, y - 44, 80, 34, 8)), "#fffaf3")
    return canvas


def smile(look: Look) -> Canvas:
    """The mouth at rest."""
    width, height = MOUTH
    canvas = Canvas(width, height)
    x, y = width / 2, height / 2
    curve = [(x + step, y + 8 - (step / 36) ** 2 * 12) for step in range(-36, 37, 4)]
    canvas.fill(canvas.stroke(curve, 9), look.lips)
    return canvas


def _glasses(canvas: Canvas, x, y):
    for side in (-1, 1):
        lens = canvas.box(x + side * 52, y, 88, 74, 30)
        canvas.fill(lens, "#ffffff", 0.14)
        canvas.fill(np.abs(lens) - 3.2, "#2b2f42")
    canvas.fill(canvas.stroke([(x - 9, y - 6), (x, y - 10), (x + 9, y - 6)], 6.4), "#2b2f42")


# Hair

def _long_behind(canvas: Canvas, look: Look):
    x, y = FACE
    canvas.fill(canvas.box(x, y + 32, 312, 384, 140), look.hair)


def _long_front(canvas: Canvas, look: Look):
    x, y = FACE
    cap = canvas.box(x, y - 10, 296, 318, 140)
    parting = np.minimum(canvas.ellipse(x + 40, y + 62, 124, 156, 12), canvas.ellipse(x - 14, y + 62, 112, 138))
    canvas.fill(np.maximum(np.maximum(cap, -parting), canvas.box(x, y - 60, 320, 300)), look.hair)
    for side in (-1, 1):
        canvas.fill(canvas.stroke([(x + side * 132, y - 40), (x + side * 137, y + 60), (x + side * 133, y + 160)], 40), look.hair)


def _short_behind(canvas: Canvas, look: Look):
    """Nothing: short hair does not show behind the neck."""


def _quiff_front(canvas: Canvas, look: Look):
    x, y = FACE
    _sides(canvas, look)
    cap = np.maximum(canvas.ellipse(x, y - 40, 138, 124), -canvas.ellipse(x - 8, y + 40, 126, 128))
    canvas.fill(np.maximum(cap, canvas.box(x, y - 100, 320, 150)), look.hair)
    canvas.fill(canvas.ellipse(x + 26, y - 140, 104, 46, -10), look.hair)
    # a short beard along the jaw, open round the mouth
    jaw = np.maximum(canvas.ellipse(x, y, 123, 147), -canvas.ellipse(x, y - 16, 108, 134))
    canvas.fill(np.maximum(jaw, y + 10 - canvas.y), look.hair, 0.92, 3)


def _sides(canvas: Canvas, look: Look):
    """Short hair down to the ears."""
    x, y = FACE
    for side in (-1, 1):
        canvas.fill(canvas.stroke([(x + side * 122, y - 60), (x + side * 121, y - 8)], 22), look.hair)


def _bun_behind(canvas: Canvas, look: Look):
    x, y = FACE
    canvas.fill(canvas.ellipse(x, y - 172, 62, 54), look.hair)
    canvas.fill(canvas.stroke([(x - 92, y - 206), (x + 84, y - 152)], 9), "#e3b04b")
    canvas.fill(canvas.ellipse(x - 92, y - 206, 13), "#d8433c")


def _bun_front(canvas: Canvas, look: Look):
    x, y = FACE
    cap = np.maximum(canvas.ellipse(x, y - 26, 139, 146), -canvas.box(x, y + 80, 216, 290, 70))
    canvas.fill(np.maximum(cap, canvas.box(x, y - 90, 300, 170)), look.hair)
    for side in (-1, 1):
        canvas.fill(canvas.ellipse(x + side * 121, y + 48, 8, 12), "#e3b04b")


def _crop_front(canvas: Canvas, look: Look):
    x, y = FACE
    _sides(canvas, look)
    cap = np.maximum(canvas.ellipse(x, y - 44, 136, 122), -canvas.ellipse(x + 20, y + 44, 138, 122, 8))
    canvas.fill(np.maximum(cap, canvas.box(x, y - 100, 320, 160)), look.hair)
    canvas.fill(canvas.ellipse(x - 34, y - 136, 92, 40, 8), look.hair)


LOOKS = {
    "ANNA": Look("#f3c6a5", "#dea380", "#8c3b2e", "#2f7f7a", "#256763", "#b8433f", _long_behind, _long_front),
    "BEN": Look("#c98f66", "#ad744d", "#33241f", "#e0a13a", "#c4852a", "#8f3f36", _short_behind, _quiff_front, glasses=True),
    "MEI": Look("#f6d3b4", "#e0ad8a", "#1e1a26", "#b5323a", "#e3b04b", "#c23b46", _bun_behind, _bun_front),
    "HAO": Look("#e4b48c", "#c9946b", "#191820", "#3c5f8f", "#2d4a72", "#9c4a42", _short_behind, _crop_front),
}


# Stages

def studio() -> Canvas:
    """Late light in a recording room."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.gradient("#3a2350", "#7a3b62", "#d9776a", "#f4b27c")
    canvas.glow(640, 470, 560, "#ffe0a3", 0.75)
    canvas.fill(canvas.ellipse(640, 452, 150), "#fff0c9", 0.95)
    for height, colour, phase, depth in ((500, "#b65f6b", 0.4, 34), (548, "#8a4668", 2.0, 26), (590, "#5a2f58", 4.1, 20)):
        hills = canvas.below(lambda x, h=height, p=phase, d=depth: h - d * np.sin(x / 150 + p) - d / 2 * np.sin(x / 61 + 2 * p))
        canvas.fill(hills, colour)
    for x in (-4, 322, 640, 958, 1284):  # the window's frame
        canvas.fill(canvas.box(x, 360, 16, 800), "#2a1a3c")
    for y in (-2, 176):
        canvas.fill(canvas.box(640, y, 1400, 14), "#2a1a3c")
    return canvas


def courtyard() -> Canvas:
    """A moonlit court with lanterns."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.gradient("#0d1533", "#1c2a56", "#35507c", "#6d7f9a")
    random = np.random.default_rng(7)
    for x, y, size in zip(random.uniform(0, 1280, 44), random.uniform(0, 330, 44), random.uniform(0.9, 2.2, 44), strict=True):
        canvas.fill(canvas.ellipse(x, y, size), "#ffffff", 0.75)
    canvas.glow(640, 214, 420, "#f7ecc8", 0.45)
    canvas.fill(canvas.ellipse(640, 214, 96), "#fbf3d6")
    canvas.fill(canvas.ellipse(608, 190, 17), "#ece0b6")
    canvas.fill(canvas.ellipse(672, 240, 24), "#ece0b6")
    for height, colour, phase, depth in ((470, "#2a4068", 1.0, 52), (530, "#1f3055", 3.0, 40), (600, "#152243", 5.2, 26)):
        ridge = canvas.below(lambda x, h=height, p=phase, d=depth: h - d * np.sin(x / 170 + p) - d / 2.4 * np.sin(x / 53 + p))
        canvas.fill(ridge, colour)
    for x, length in ((92, 120), (486, 66), (794, 84), (1186, 134)):
        canvas.fill(canvas.stroke([(x, -10), (x, length)], 3), "#241a2c")
        canvas.glow(x, length + 40, 130, "#ffb15e", 0.5)
        canvas.fill(canvas.ellipse(x, length + 40, 36, 42), "#d8433c")
        for inset in (12, 26):
            canvas.fill(np.abs(canvas.ellipse(x, length + 40, inset, 42)) - 0.9, "#f08a5a", 0.8)
        for y in (length - 2, length + 82):
            canvas.fill(canvas.box(x, y, 34, 9, 3), "#e3b04b")
        canvas.fill(canvas.stroke([(x, length + 86), (x, length + 112)], 3), "#e3b04b")
    return canvas


def desk(colour: str, edge: str) -> Canvas:
    """The table in front, which also carries the subtitles."""
    canvas = Canvas(WIDTH, 150)
    canvas.fill(canvas.box(640, 90, 1400, 150), colour, 0.96)
    canvas.fill(canvas.box(640, 17, 1400, 5), edge)
    return canvas


def paint(folder: Path) -> None:
    """Writes every layer as `<folder>/<name>.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    layers = {
        "studio": studio(),
        "courtyard": courtyard(),
        "desk_studio": desk("#24152f", "#f4b27c"),
        "desk_courtyard": desk("#0e1730", "#e3b04b"),
        "eyes": eyes(),
    }
    for name, look in LOOKS.items():
        layers |= {f"{name}_body": body(look), f"{name}_head": head(look), f"{name}_mouth": mouth(look), f"{name}_smile": smile(look)}
    for name, canvas in layers.items():
        canvas.save(folder / f"{name}.png")
