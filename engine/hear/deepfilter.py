"""The speech in a sound, as DeepFilterNet 3 hears it: its three networks by ONNX Runtime, and what stands round them.

Schröter et al., "DeepFilterNet: Perceptually Motivated Real-Time Speech Enhancement", Interspeech 2023. Of 32 bands a gain is
told, and below 5 kHz a complex filter over five frames instead. What comes out is that of the authors' own library.
"""
from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from .. import onnx_file

MODEL, FILE = "deepfilternet3", "DeepFilterNet3_onnx.tar.gz"

RATE, FRAME = 48000, 480
"""Hz, and samples from one frame to the next; a window is two of them."""

BANDS, LOW, ORDER = 32, 96, 5
"""Bands of the gains, lines of the spectrum that are filtered instead, and frames that a filter reaches over."""

AHEAD = 2
"""Frames behind one that are heard before it is told."""

BLOCK = 200
"""Frames that are told at once."""

KEPT = 0.99
"""What a running mean keeps from one frame to the next, about a second's worth."""

LOUDNESSES, LEVELS = np.linspace(-60, -90, BANDS), np.linspace(0.001, 0.0001, LOW)
"""Running means before the first frame, in dB and as amplitude: a usual voice's."""

REACH = {"feat_erb": 2, "feat_spec": 2, "c0": 4}
"""Frames before its own that a network's input is heard for; it is padded with as many where a sound begins."""


class Network:
    """One of the networks, so changed that a sound may come piece by piece: what it remembers goes out, and in with the next."""

    def __init__(self, content: bytes, session: Callable[[bytes], Any]):
        """content: of its file; session: content -> something that runs it. Raises ValueError."""
        model = onnx_file.message("ModelProto").FromString(content)
        bare = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Pad"}
        self._size = 0
        for node in model.graph.node:
            node.input[:] = [bare.get(name, name) for name in node.input]
            if node.op_type == "GRU":
                (self._size,) = (one.i for one in node.attribute if one.name == "hidden_size")
                node.input[5] = node.output[1] + "_before"
                model.graph.input.append(onnx_file.value(node.input[5], onnx_file.FLOAT, (1, 1, self._size)))
                model.graph.output.append(onnx_file.value(node.output[1]))
        self._memories = [node.output[1] for node in model.graph.node if node.op_type == "GRU"]
        self._given = [one.name for one in model.graph.input if not one.name.endswith("_before")]
        self._session = session(model.SerializeToString())

    def __call__(self, wanted: list[str], memories: dict[Network, dict], **inputs: np.ndarray) -> list[np.ndarray]:
        """The outputs for the frames that are new. memories: of the sound, empty before its first piece."""
        feeds, memory = {}, memories.setdefault(self, {})
        for name in self._given:
            frames = inputs[name]
            if reach := REACH.get(name):
                before = memory.get(name, np.zeros((*frames.shape[:2], reach, frames.shape[3]), np.float32))
                frames = np.concatenate([before, frames], axis=2)
                memory[name] = frames[:, :, -reach:]
            feeds[name] = frames
        silent = np.zeros((1, 1, self._size), np.float32)
        feeds |= {name + "_before": memory.get(name, silent) for name in self._memories}
        found = self._session.run(wanted + self._memories, feeds)
        memory |= zip(self._memories, found[len(wanted) :], strict=True)
        return found[: len(wanted)]


class Filter:
    """The networks, ready to hear one sound after the other."""

    def __init__(self, home: Path, session: Callable[[bytes], Any]):
        """home: the model's folder; session: content of an ONNX file -> something that runs it. Raises OSError, KeyError, ValueError and tarfile.TarError."""
        file: Any
        with tarfile.open(home / FILE) as file:
            self._encoder, self._gains, self._filters = (Network(file.extractfile(f"tmp/export/{name}.onnx").read(), session) for name in ("enc", "erb_dec", "df_dec"))
        turn = (np.arange(2 * FRAME) + 0.5) / FRAME
        self._window = np.sin(0.5 * np.pi * np.sin(0.5 * np.pi * turn) ** 2).astype(np.float32)
        self._widths = widths()

    def speech(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The speech of mono float32 pieces at RATE that follow each other, on their very samples: late, but as many in all, and some silence behind it."""
        tail = None
        for spectra in self._told(self._spectra(pieces)):
            windows = np.fft.irfft(spectra, axis=1).astype(np.float32) * self._window
            halves = np.concatenate([np.zeros((1, FRAME), np.float32) if tail is None else tail, windows[:, FRAME:]])
            out = windows[:, :FRAME] + halves[:-1]
            # the first window begins a frame before the sound does
            yield out[tail is None :].reshape(-1)
            tail = halves[-1:]

    def _spectra(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Blocks of spectra [frames, FRAME + 1]."""
        rest = np.zeros(FRAME, np.float32)
        # silence for samples that fill no frame, for the last window, and for what is heard before a frame is told
        for piece in chain(pieces, [np.zeros((2 + AHEAD) * FRAME - 1, np.float32), None]):
            rest = rest if piece is None else np.concatenate([rest, piece])
            while len(rest) >= (BLOCK + 1) * FRAME or piece is None and len(rest) >= 2 * FRAME:
                count = min(BLOCK, len(rest) // FRAME - 1)
                windows = np.lib.stride_tricks.sliding_window_view(rest[: (count + 1) * FRAME], 2 * FRAME)[::FRAME]
                yield np.fft.rfft(windows * self._window, axis=1).astype(np.complex64)
                rest = rest[count * FRAME :]

    def _told(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The spectra of the speech, AHEAD fewer than came."""
        means = LOUDNESSES.copy(), LEVELS.copy()
        memories: dict[Network, dict] = {}
        heard = np.zeros((ORDER - 1, FRAME + 1), np.complex64)
        early = AHEAD
        for block in blocks:
            gain, taps = self._asked(*self._features(block / (2 * FRAME), *means), memories)
            heard = np.concatenate([heard[1 - ORDER :], block])
            # by parts: numpy rounds a product of complex numbers one way or another, by where in memory they lie
            gains, middle = np.repeat(gain, self._widths, axis=1), heard[ORDER - 1 - AHEAD : -AHEAD]
            speech = np.empty_like(middle)
            speech.real, speech.imag = middle.real * gains, middle.imag * gains
            pairs = [(taps[:, :, tap], heard[tap : tap + len(block), :LOW]) for tap in range(ORDER)]
            speech.real[:, :LOW] = sum(tap.real * line.real - tap.imag * line.imag for tap, line in pairs)
            speech.imag[:, :LOW] = sum(tap.real * line.imag + tap.imag * line.real for tap, line in pairs)
            yield speech[early:]
            early = max(0, early - len(block))

    def _features(self, spectra: np.ndarray, loudness: np.ndarray, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the networks hear of frames; the running means go on."""
        edges = np.cumsum(self._widths) - self._widths
        power = np.add.reduceat(np.square(np.abs(spectra)), edges, axis=1) / self._widths
        loud, low = 10 * np.log10(power + 1e-10), spectra[:, :LOW].copy()
        for now, line in zip(loud, low, strict=True):
            loudness += (1 - KEPT) * (now - loudness)
            level += (1 - KEPT) * (np.abs(line) - level)
            now -= loudness
            line /= np.sqrt(level)
        return (loud / 40).astype(np.float32), low

    def _asked(self, loud: np.ndarray, low: np.ndarray, memories: dict[Network, dict]) -> tuple[np.ndarray, np.ndarray]:
        """Gains [frames, BANDS] and filters [frames, LOW, ORDER] for frames that were heard AHEAD ago."""
        outputs = ["e0", "e1", "e2", "e3", "emb", "c0"]
        found = dict(zip(outputs, self._encoder(outputs, memories, feat_erb=loud[None, None], feat_spec=np.stack([low.real, low.imag])[None]), strict=True))
        (gain,), (taps,) = self._gains(["m"], memories, **found), self._filters(["coefs"], memories, **found)
        taps = taps.reshape(-1, LOW, ORDER, 2)
        return gain[0, 0], taps[..., 0] + 1j * taps[..., 1]


def widths() -> np.ndarray:
    """Lines of the spectrum in each band, equal on the scale of equivalent rectangular bandwidths but for a least width."""
    scale = 24.7 * 9.265
    steps = np.arange(1, BANDS + 1) * np.log1p(RATE / 2 / scale) / BANDS
    found, before, owed = [], 0, 0
    for end in np.round(scale * np.expm1(steps) / (RATE / 2 / FRAME)).astype(int):
        width = end - before - owed
        owed = max(0, 2 - width)
        found.append(max(2, width))
        before = end
    found[-1] += FRAME + 1 - sum(found)
    return np.array(found)
