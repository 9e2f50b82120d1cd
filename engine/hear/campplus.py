"""The network CAM++ as an ONNX graph, put together round the numbers of 3D-Speaker's own file: neither torch nor its pickle is needed.

Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking", Interspeech 2023.
The file is a zip of raw tensors, numbered as the network's layers were made. What is drawn here layer by layer in that same
order therefore takes one tensor after the other, and the part of the file that names them is never opened.
"""
from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .. import onnx_file

MELS, NUMBERS = 80, 192
"""What the network takes, and what it gives."""

PLANES = 32
"""Channels of the convolutions over frequency and time."""

BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers of each dense block, and their dilation."""

FIRST, GROWTH, NECK = 128, 32, 128
"""Channels that the first block is given, that each dense layer adds, and that it works in."""

SEGMENT = 100
"""Frames whose mean is the near context of a layer's mask."""

EPSILON = 1e-5
"""What torch adds to a variance."""


def graph(path: Path) -> Any:
    """The `onnx.ModelProto`: bands [1, frames, MELS] -> embedding [1, NUMBERS].

    Raises KeyError, ValueError or zipfile.BadZipFile when the file holds another network.
    """
    with zipfile.ZipFile(path) as file:
        drawing = _Drawing(_tensors(file))
        return drawing.whole()


def _tensors(file: zipfile.ZipFile) -> Iterator[bytes]:
    number = 0
    while True:
        yield file.read(f"archive/data/{number}")
        number += 1


class _Drawing:
    """Nodes in the order of computing; numbers are taken in the order of the file."""

    def __init__(self, tensors: Iterator[bytes]):
        self._tensors = tensors
        self._nodes: list = []
        self._numbers: list = []

    def whole(self) -> Any:
        """All of it."""
        last = self._network("bands")
        shapes: tuple[tuple[str, list[int | str]], ...] = (("bands", [1, "frames", MELS]), (last, [1, NUMBERS]))
        ends = [onnx_file.value(name, onnx_file.FLOAT, shape) for name, shape in shapes]
        return onnx_file.model(self._nodes, "campplus", ends[:1], ends[1:], self._numbers, [onnx_file.opset("", 13)], 8)

    def _network(self, bands: str) -> str:
        # [1, frames, MELS] -> a picture of one channel, frequency by time
        x = self._do("Transpose", bands, perm=[0, 2, 1])
        x = self._do("Unsqueeze", x, self._whole([1]))
        x = self._relu(self._norm(self._conv(x, 1, PLANES, (3, 3)), PLANES))
        for stride in (2, 1, 2, 1):
            x = self._residual(x, stride)
        x = self._relu(self._norm(self._conv(x, PLANES, PLANES, (3, 3), stride=(2, 1)), PLANES))
        channels = PLANES * MELS // 8
        x = self._do("Reshape", x, self._whole([1, channels, -1]))
        x = self._relu(self._norm(self._conv(x, channels, FIRST, (5,), stride=(2,)), FIRST))
        self._frames = self._do("Slice", self._do("Shape", x), self._whole([2]), self._whole([3]))
        channels = FIRST
        for layers, dilation in BLOCKS:
            for _ in range(layers):
                x = self._do("Concat", x, self._dense(x, channels, dilation), axis=1)
                channels += GROWTH
            x = self._conv(self._relu(self._norm(x, channels)), channels, channels // 2, (1,))
            channels //= 2
        # these two were made before the norm in front of them
        dense = self._number(NUMBERS, 2 * channels, 1)
        scale = self._norm_numbers(NUMBERS, affine=False)
        x = self._relu(self._norm(x, channels))
        x = self._do("Conv", self._statistics(x), dense)
        x = self._do("BatchNormalization", x, *scale, epsilon=EPSILON)
        return self._do("Squeeze", x, self._whole([2]))

    def _residual(self, x: str, stride: int) -> str:
        """Two convolutions beside what goes past them; a stride halves the frequencies."""
        y = self._relu(self._norm(self._conv(x, PLANES, PLANES, (3, 3), stride=(stride, 1)), PLANES))
        y = self._norm(self._conv(y, PLANES, PLANES, (3, 3)), PLANES)
        if stride > 1:
            x = self._norm(self._conv(x, PLANES, PLANES, (1, 1), stride=(stride, 1)), PLANES)
        return self._relu(self._do("Add", y, x))

    def _dense(self, x: str, channels: int, dilation: int) -> str:
        """GROWTH new channels, masked by their context: the mean of all frames plus that of the SEGMENT around."""
        x = self._relu(self._norm(x, channels))
        x = self._relu(self._norm(self._conv(x, channels, NECK, (1,)), NECK))
        local = self._conv(x, NECK, GROWTH, (3,), dilation=dilation)
        near = self._do("AveragePool", x, kernel_shape=[SEGMENT], strides=[SEGMENT], ceil_mode=1)
        near = self._do("Expand", self._do("Unsqueeze", near, self._whole([3])), self._whole([1, 1, 1, SEGMENT]))
        near = self._do("Slice", self._do("Reshape", near, self._whole([1, NECK, -1])), self._whole([0]), self._frames, self._whole([2]))
        context = self._do("Add", self._do("ReduceMean", x, axes=[2]), near)
        context = self._relu(self._conv(context, NECK, NECK // 2, (1,), bias=True))
        return self._do("Mul", local, self._do("Sigmoid", self._conv(context, NECK // 2, GROWTH, (1,), bias=True)))

    def _statistics(self, x: str) -> str:
        """Mean and standard deviation over time (that of a sample, as torch's is), one after the other: [1, 2 channels, 1]."""
        mean = self._do("ReduceMean", x, axes=[2])
        off = self._do("Sub", x, mean)
        squares = self._do("ReduceSum", self._do("Mul", off, off), self._whole([2]))
        degrees = self._do("Sub", self._do("Cast", self._frames, to=1), self._constant(np.ones(1, np.float32)))
        return self._do("Concat", mean, self._do("Sqrt", self._do("Div", squares, degrees)), axis=1)

    def _conv(self, x: str, given: int, made: int, kernel: tuple[int, ...], stride: tuple[int, ...] = (), dilation: int = 1, bias: bool = False) -> str:
        numbers = [self._number(made, given, *kernel)] + ([self._number(made)] if bias else [])
        pads = [(size - 1) // 2 * dilation for size in kernel]
        return self._do("Conv", x, *numbers, pads=pads * 2, dilations=[dilation] * len(kernel), strides=list(stride or [1] * len(kernel)))

    def _norm(self, x: str, channels: int) -> str:
        return self._do("BatchNormalization", x, *self._norm_numbers(channels), epsilon=EPSILON)

    def _norm_numbers(self, channels: int, affine: bool = True) -> list[str]:
        """Scale, bias, mean and variance."""
        plain = (np.ones(channels, np.float32), np.zeros(channels, np.float32))
        found = [self._number(channels) for _ in range(2)] if affine else [self._constant(values) for values in plain]
        found += [self._number(channels) for _ in range(2)]
        next(self._tensors)  # how many batches it was trained on
        return found

    def _relu(self, x: str) -> str:
        return self._do("Relu", x)

    def _number(self, *shape: int) -> str:
        """The file's next tensor. Raises ValueError when it has another size."""
        return self._constant(np.frombuffer(next(self._tensors), "<f4").reshape(shape))

    def _whole(self, values: list[int]) -> str:
        return self._constant(np.array(values, np.int64))

    def _constant(self, values: np.ndarray) -> str:
        name = f"n{len(self._numbers)}"
        self._numbers.append(onnx_file.tensor(values, name))
        return name

    def _do(self, kind: str, *inputs: str, **settings: Any) -> str:
        name = f"x{len(self._nodes)}"
        self._nodes.append(onnx_file.node(kind, list(inputs), [name], **settings))
        return name
