"""An ONNX graph computed in torch, so that its output can be followed back to its inputs: the decoder and the ear CAM++.

Only what the two graphs use is known. Weights are frozen, and everything that the followed inputs do not touch is computed
once, by ONNX Runtime itself: pitch, its harmonics and their phases are then the very same numbers as in a take.
"""
from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from .. import inference, onnx_file
from ..problems import LineProblem

Tensor = Any
"""Of torch, which is looked for only when it is needed."""

Settings = dict[str, Any]
"""Of a node, as `onnx_file.settings` has them."""

Step = tuple[Callable[..., Any], Settings, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Operator, its settings, names it reads, names it makes, names that nothing reads afterwards."""


def need_torch() -> Any:
    """The package torch. Raises LineProblem `no_torch`."""
    # Threads that wait by spinning take six times the processor time as soon as anything else runs; read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        return import_module("torch")
    except ImportError as error:
        raise LineProblem("no_torch", reason=str(error)) from error


class Backward:
    """A graph that is followed back to some of its inputs."""

    def __init__(self, model: Any, followed: tuple[str, ...]) -> None:
        """model: `onnx.ModelProto`; followed: names of the inputs that get gradients. Raises LineProblem `no_torch`, and
        ValueError for a graph that has an operator which is not known here."""
        torch = need_torch()
        graph = model.graph
        reached = set(followed)
        self._nodes: list[Any] = []
        before: list[Any] = []
        for node in graph.node:
            touched = any(name in reached for name in node.input)
            (self._nodes if touched else before).append(node)
            if touched:
                reached.update(node.output)
        unknown = {node.op_type for node in self._nodes} - set(OPERATORS)
        if unknown:
            raise ValueError(f"the graph has operators that are not known here: {', '.join(sorted(unknown))}")
        kept = {tensor.name: tensor for tensor in graph.initializer}
        read = {name for node in self._nodes for name in node.input if name and name not in reached}
        self._weights = {name: torch.from_numpy(onnx_file.array(kept[name]).copy()) for name in sorted(read & set(kept))}
        self._edge = sorted(read - set(kept))
        self._before = _before(model, before, self._edge) if self._edge else None
        self._followed, self._outputs = followed, [output.name for output in graph.output]
        self._steps = _steps(self._nodes, {*self._outputs})

    def bound(self, feeds: dict[str, np.ndarray] | None = None) -> Bound:
        """The graph with its other inputs given."""
        torch = need_torch()
        values = self._before.run(self._edge, feeds) if self._before else []
        fixed = {name: torch.from_numpy(value) for name, value in zip(self._edge, values, strict=True)}
        return Bound(self._steps, {**self._weights, **fixed}, self._followed, self._outputs)


class Bound:
    """A function of torch tensors."""

    def __init__(self, steps: list[Step], fixed: dict[str, Tensor], followed: tuple[str, ...], outputs: list[str]) -> None:
        self._steps, self._fixed, self._followed, self._outputs = steps, fixed, followed, outputs

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The first output for the followed inputs, float32, with its way back."""
        values = dict(zip(self._followed, inputs, strict=True))
        for operator, settings, names, made, last in self._steps:
            given = [values[name] if name in values else self._fixed[name] if name else None for name in names]
            results = operator(settings, *given)
            values.update(zip(made, results if isinstance(results, tuple | list) else (results,), strict=False))
            for name in last:
                values.pop(name, None)  # what nothing reads any more need not be kept
        return values[self._outputs[0]]


def _steps(nodes: list[Any], outputs: set[str]) -> list[Step]:
    """A step of every node."""
    found: list[Step] = []
    later = set(outputs)
    for node in reversed(nodes):
        last = {*node.input, *node.output} - later
        found.append((OPERATORS[node.op_type], onnx_file.settings(node), tuple(node.input), tuple(node.output), tuple(last)))
        later.update(node.input)
    return found[::-1]


def _before(model: Any, nodes: list[Any], edge: list[str]) -> Any:
    """A session over the nodes that no followed input touches; its outputs are the names of `edge`."""
    names = {name for node in nodes for name in node.input}
    inputs = [value for value in model.graph.input if value.name in names]
    numbers = [tensor for tensor in model.graph.initializer if tensor.name in names]
    part = onnx_file.model(nodes, "before", inputs, map(onnx_file.value, edge), numbers, model.opset_import, model.ir_version)
    return inference.session(part.SerializeToString())


def _convolution(settings: Settings, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    torch = need_torch()
    kinds = {3: torch.conv1d, 4: torch.conv2d}
    space = weight.dim() - 2
    pads = settings.get("pads", [0] * (2 * space))
    before, after = pads[:space], pads[space:]
    if before != after:
        x = torch.nn.functional.pad(x, [size for pair in zip(before[::-1], after[::-1], strict=True) for size in pair])
        before = [0] * space
    if weight.shape[1] == 1 and x.shape[1] == 1 and settings["strides"][0] * 2 >= weight.shape[2]:
        return _tiles().apply(x, weight, settings["strides"][0])
    return kinds[weight.dim()](
        x, weight, bias, stride=settings.get("strides", 1), padding=before, dilation=settings.get("dilations", 1), groups=settings.get("group", 1)
    )


@cache
def _tiles() -> Any:
    """A convolution of one channel whose windows overlap once at most, [C, 1, L, …] by [R, 1, N, …] -> [C, R, T, …].

    The cutting into tiles of `lean`. Torch's own way back through it takes ten times as long.
    """
    torch = need_torch()
    function: Any = torch.autograd.Function

    class Tiles(function):
        @staticmethod
        def forward(way: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
            way.save_for_backward(weight)
            way.stride, way.shape = stride, x.shape
            flat, kernel = x.reshape(len(x), 1, x.shape[2], -1), weight.reshape(len(weight), 1, -1, 1)
            return torch.conv2d(flat, kernel, stride=(stride, 1)).reshape(len(x), len(weight), -1, *x.shape[3:])

        @staticmethod
        def backward(way: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
            (weight,) = way.saved_tensors
            channels, rank, tiles = gradient.shape[:3]
            points = weight.shape[2]
            over = points - way.stride
            back = weight.reshape(rank, points).T @ gradient.reshape(channels, rank, -1)
            back = back.reshape(channels, points, tiles, -1).transpose(1, 2)
            laid = gradient.new_zeros(channels, max(tiles + 1, -(-way.shape[2] // way.stride)), way.stride, back.shape[-1])
            laid[:, :tiles] = back[:, :, : way.stride]
            laid[:, 1 : tiles + 1, :over] += back[:, :, way.stride :]
            return laid.reshape(channels, 1, -1, back.shape[-1])[:, :, : way.shape[2]].reshape(way.shape), None, None

    return Tiles


def _transposed(settings: Settings, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    pads = settings["pads"]
    return need_torch().conv_transpose1d(
        x, weight, bias, stride=settings["strides"], padding=pads[:1], output_padding=settings.get("output_padding", 0),
        groups=settings.get("group", 1), dilation=settings["dilations"],
    )  # fmt: skip


def _product(settings: Settings, a: Tensor, b: Tensor) -> Tensor:
    if settings.get("transBatchA"):
        a = a.movedim(-2, 0) if a.dim() > 2 else a
    if settings.get("transBatchB"):
        # the first axis of the pair stands before the batch
        b = b.movedim(0, -2)
    a = a.transpose(-1, -2) if settings.get("transA") else a
    b = b.transpose(-1, -2) if settings.get("transB") else b
    product = a @ b
    return product * settings["alpha"] if settings.get("alpha", 1.0) != 1.0 else product


def _slice(settings: Settings, x: Tensor, starts: Tensor, ends: Tensor, axes: Tensor | None = None, steps: Tensor | None = None) -> Tensor:
    axes = range(x.dim()) if axes is None else axes.tolist()
    steps = [1] * len(starts) if steps is None else steps.tolist()
    for axis, start, end, step in zip(axes, starts.tolist(), ends.tolist(), steps, strict=True):
        size = x.shape[axis]
        first, last, step = slice(start, end, step).indices(size)
        x = x.narrow(axis, first, max(0, last - first)) if step == 1 else x.index_select(axis, need_torch().arange(first, last, step))
    return x


def _reshape(settings: Settings, x: Tensor, shape: Tensor) -> Tensor:
    return x.reshape([x.shape[place] if size == 0 else size for place, size in enumerate(shape.tolist())])


def _axes(settings: Settings, axes: Tensor | None) -> list[int]:
    return settings["axes"] if axes is None else axes.tolist()


def _unsqueeze(settings: Settings, x: Tensor, axes: Tensor | None = None) -> Tensor:
    for axis in sorted(_axes(settings, axes)):
        x = x.unsqueeze(axis)
    return x


def _squeeze(settings: Settings, x: Tensor, axes: Tensor | None = None) -> Tensor:
    return x.squeeze(dim=tuple(_axes(settings, axes)))


def _mean(settings: Settings, x: Tensor, axes: Tensor | None = None) -> Tensor:
    return x.mean(dim=_axes(settings, axes), keepdim=bool(settings.get("keepdims", 1)))


def _total(settings: Settings, x: Tensor, axes: Tensor | None = None) -> Tensor:
    return x.sum(dim=_axes(settings, axes), keepdim=bool(settings.get("keepdims", 1)))


def _pad(settings: Settings, x: Tensor, pads: Tensor, value: Tensor | None = None, axes: Tensor | None = None) -> Tensor:
    torch = need_torch()
    count, sizes = x.dim(), pads.tolist()
    pairs = [size for axis in reversed(range(count)) for size in (sizes[axis], sizes[axis + count])]
    while pairs and pairs[-2:] == [0, 0]:
        pairs = pairs[:-2]
    mode = settings.get("mode", b"constant").decode()
    return torch.nn.functional.pad(x, pairs, mode=mode) if pairs else x


def _resize(settings: Settings, x: Tensor, roi: Tensor | None, scales: Tensor, sizes: Tensor | None = None) -> Tensor:
    if settings["mode"] != b"nearest":
        raise ValueError("only the nearest sample is known here")
    for axis, scale in enumerate(scales.tolist()):
        x = x.repeat_interleave(round(scale), axis) if scale != 1 else x
    return x


def _scattered(settings: Settings, x: Tensor, places: Tensor, values: Tensor) -> Tensor:
    return x.index_put(tuple(places.unbind(-1)), values)


def _pooled(settings: Settings, x: Tensor) -> Tensor:
    (size,), (stride,) = settings["kernel_shape"], settings["strides"]
    return need_torch().avg_pool1d(x, size, stride, ceil_mode=bool(settings.get("ceil_mode")))


def _normal(settings: Settings, x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    return need_torch().nn.functional.batch_norm(x, mean, variance, scale, shift, eps=settings["epsilon"])


def _instance(settings: Settings, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    return need_torch().nn.functional.instance_norm(x, weight=scale, bias=shift, eps=settings["epsilon"])


def _split(settings: Settings, x: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
    axis = settings.get("axis", 0)
    return x.split(sizes.tolist(), axis) if sizes is not None else x.chunk(settings["num_outputs"], axis)


def _gather(settings: Settings, x: Tensor, places: Tensor) -> Tensor:
    axis = settings.get("axis", 0)
    return x.select(axis, int(places)) if places.dim() == 0 else x.index_select(axis, places.reshape(-1)).reshape(x.shape[:axis] + places.shape + x.shape[axis:][1:])


def _shape(settings: Settings, x: Tensor) -> Tensor:
    return need_torch().tensor(x.shape[settings.get("start", 0) : settings.get("end", None)])


def _cast(settings: Settings, x: Tensor) -> Tensor:
    torch = need_torch()
    return x.to({1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool}[settings["to"]])


def _power(settings: Settings, x: Tensor, exponent: Tensor) -> Tensor:
    # a general power costs as much as a sine
    return x * x if exponent.numel() == 1 and float(exponent) == 2 else x**exponent


def _divided(settings: Settings, a: Tensor, b: Tensor) -> Tensor:
    return a / b if a.is_floating_point() else a // b


def _expand(settings: Settings, x: Tensor, shape: Tensor) -> Tensor:
    torch = need_torch()
    return x.expand(torch.broadcast_shapes(x.shape, tuple(shape.tolist())))


OPERATORS: dict[str, Callable[..., Any]] = {
    "Add": lambda settings, a, b: a + b,
    "Sub": lambda settings, a, b: a - b,
    "Mul": lambda settings, a, b: a * b,
    "Div": _divided,
    "Neg": lambda settings, x: -x,
    "Mod": lambda settings, a, b: a % b,
    "Pow": _power,
    "Sqrt": lambda settings, x: x.sqrt(),
    "Exp": lambda settings, x: x.exp(),
    "Sin": lambda settings, x: x.sin(),
    "Cos": lambda settings, x: x.cos(),
    "Tanh": lambda settings, x: x.tanh(),
    "Sigmoid": lambda settings, x: x.sigmoid(),
    "Relu": lambda settings, x: x.relu(),
    "LeakyRelu": lambda settings, x: need_torch().nn.functional.leaky_relu(x, settings.get("alpha", 0.01)),
    "MatMul": lambda settings, a, b: a @ b,
    "FusedMatMul": _product,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "AveragePool": _pooled,
    "BatchNormalization": _normal,
    "InstanceNormalization": _instance,
    "ReduceMean": _mean,
    "ReduceSum": _total,
    "Reshape": _reshape,
    "Transpose": lambda settings, x: x.permute(settings["perm"]),
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Concat": lambda settings, *parts: need_torch().cat(parts, settings["axis"]),
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "Expand": _expand,
    "Pad": _pad,
    "Resize": _resize,
    "Shape": _shape,
    "Cast": _cast,
    "Range": lambda settings, start, end, step: need_torch().arange(int(start), int(end), int(step)),
    "Greater": lambda settings, a, b: a > b,
    "Equal": lambda settings, a, b: a == b,
    "Where": lambda settings, wanted, a, b: need_torch().where(wanted, a, b),
    "NonZero": lambda settings, x: x.nonzero().T,
    "ScatterND": _scattered,
}
"""ONNX operator -> (settings, tensors) -> its outputs."""
