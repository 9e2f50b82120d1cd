"""A picture as the bytes of a PNG file, the same bytes every time."""
from __future__ import annotations

import struct
import zlib

import numpy as np

COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""Samples in a pixel -> colour type of the PNG specification: grey, RGB, RGBA."""


def encode(pixels: np.ndarray) -> bytes:
    """PNG of (height, width, 1 | 3 | 4) uint8 pixels, first row on top."""
    height, width, samples = pixels.shape
    rows = np.zeros((height, 1 + width * samples), np.uint8)  # each row begins with its filter's number: 0, none
    rows[:, 1:] = np.ascontiguousarray(pixels, np.uint8).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[samples], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
