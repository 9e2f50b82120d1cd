"""Flat shapes with smooth edges on a transparent canvas: each shape is the distance to its outline, in numpy."""
from __future__ import annotations

from pathlib import Path

import numpy as np

from . import png


def rgb(colour: str) -> np.ndarray:
    """`#rrggbb` as three shares of one."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255


class Canvas:
    """Pixels with transparency; (0, 0) is the top left corner, lengths are in pixels of a 1280 x 720 picture."""

    def __init__(self, width: int, height: int, scale: float = 1.0):
        self.scale = scale
        columns, rows = round(width * scale), round(height * scale)
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
        self.x, self.y = (x + 0.5) / scale, (y + 0.5) / scale
        self.colour = np.zeros((rows, columns, 3), np.float32)
        self.alpha = np.zeros((rows, columns), np.float32)

    # Shapes: distance to the outline, negative inside

    def ellipse(self, x, y, rx, ry=None, tilt=0.0):
        """Tilt in degrees, clockwise. The distance is approximate away from the outline."""
        ry = rx if ry is None else ry
        angle = np.radians(tilt)
        dx, dy = self.x - x, self.y - y
        u, v = (dx * np.cos(angle) + dy * np.sin(angle)) / rx, (dy * np.cos(angle) - dx * np.sin(angle)) / ry
        radius = np.hypot(u, v)
        slope = np.hypot(u / rx, v / ry) / np.maximum(radius, 1e-6)
        return (radius - 1) / np.maximum(slope, 1e-6)

    def box(self, x, y, width, height, corner=0.0):
        """Centre, whole width and height, corner radius."""
        dx = np.abs(self.x - x) - width / 2 + corner
        dy = np.abs(self.y - y) - height / 2 + corner
        return np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - corner

    def stroke(self, points, width):
        """A line with round ends through the points."""
        distance = np.full_like(self.x, 1e6)
        for (ax, ay), (bx, by) in zip(points, points[1:], strict=False):
            along = ((self.x - ax) * (bx - ax) + (self.y - ay) * (by - ay)) / max((bx - ax) ** 2 + (by - ay) ** 2, 1e-6)
            along = np.clip(along, 0, 1)
            distance = np.minimum(distance, np.hypot(self.x - ax - along * (bx - ax), self.y - ay - along * (by - ay)))
        return distance - width / 2

    def below(self, heights):
        """Everything under a line of heights, given as a function of x."""
        return heights(self.x) - self.y

    # Paint

    def fill(self, distance, colour, opacity=1.0, soft=0.0):
        """Paints inside a shape; `soft` pixels of feathered edge."""
        edge = max(soft, 1 / self.scale)
        share = np.clip(0.5 - distance / edge, 0, 1) * opacity
        # pixels beside an edge get its colour too: a moving layer is drawn between pixels, and black would shine through
        beside = (self.alpha == 0) & (distance < 4 / self.scale)
        self.colour[beside] = rgb(colour)
        self._over(share, colour)

    def glow(self, x, y, radius, colour, opacity=1.0):
        """A round light that fades to nothing at its radius."""
        share = np.clip(1 - np.hypot(self.x - x, self.y - y) / radius, 0, 1) ** 2 * opacity
        self._over(share, colour)

    def gradient(self, *stops):
        """Covers the whole canvas from top to bottom with colours in equal steps."""
        colours = np.stack([rgb(stop) for stop in stops])
        place = self.y[:, :1].repeat(self.y.shape[1], 1) / self.y.max() * (len(stops) - 1)
        first = np.minimum(place.astype(int), len(stops) - 2)
        part = (place - first)[..., None]
        self.colour = (colours[first] * (1 - part) + colours[first + 1] * part).astype(np.float32)
        self.alpha[:] = 1

    def _over(self, share, colour):
        """Porter and Duff's `over`, with straight alpha."""
        paint = rgb(colour)
        alpha = share + self.alpha * (1 - share)
        weight = np.divide(share, alpha, out=np.zeros_like(alpha), where=alpha > 0)[..., None]
        self.colour = self.colour * (1 - weight) + paint * weight
        self.alpha = alpha

    def save(self, path: Path):
        """Writes a PNG; a whisper of ordered noise keeps wide gradients from banding in the video."""
        y, x = np.indices(self.alpha.shape)
        noise = (((x * 7 + y * 13) % 16 + 0.5) / 16 - 0.5)[..., None]
        pixels = np.concatenate([self.colour * 255 + noise, self.alpha[..., None] * 255], axis=2)
        path.write_bytes(png.encode(np.clip(np.round(pixels), 0, 255).astype(np.uint8)))
