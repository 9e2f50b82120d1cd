"""How the decoder's graph is rewritten so that it says the same with far fewer multiplications.

Two exact identities, the weights prepared in double precision:

1. A convolution over time is cut into tiles; each tile, and the filter, is transformed to R numbers, in which the convolution
   is R plain products of matrices over the channels: y = A' ((G g) * (B x)). With the Fourier transform (overlap-save, a
   complex product as three real ones) R is about 1.5 N for tiles of N inputs and N - K + 1 outputs, so 11 taps cost 1.8
   multiplications an output; with Toom-Cook's points R = N, and 3 taps cost 1.33.
   (Winograd, "Arithmetic Complexity of Computations", SIAM 1980; Lavin and Gray, "Fast Algorithms for Convolutional Neural
   Networks", 2015.) B and A are applied as a strided convolution and a product over contiguous memory: nothing is shuffled.
2. Adaptive instance normalisation followed by Snake, y + sin(a y)^2 / a with y = norm(x) s + b, is (u + sin(u)^2) / a with
   u = norm(x) (a s) + a b: one normalisation with other numbers, and 1 / a moves into the next convolution's weights.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import onnx_file

Transform = tuple[np.ndarray, np.ndarray, np.ndarray]
"""B [R, N], G [R, taps], A [R, outputs] with sum_k g[k] x[j + k] = (A' ((G g) * (B x)))[j] and N = outputs + taps - 1."""


def fourier(outputs: int, taps: int) -> Transform:
    """The transform through the discrete Fourier transform of N points; N must be even. R = 3 N / 2 - 1."""
    n = outputs + taps - 1
    if n % 2:
        raise ValueError("the number of points must be even")
    time = np.arange(n)
    b: list = []
    g: list = []
    a: list = []
    for frequency in range(n // 2 + 1):
        c, s = np.cos(2 * np.pi * frequency * time / n), np.sin(2 * np.pi * frequency * time / n)
        if frequency in (0, n // 2):
            b, g, a = [*b, c], [*g, c[:taps]], [*a, c[:outputs] / n]
            continue
        # With X = xr + i xi and conj(G) = gr + i gi: k1 = gr (xr + xi), k2 = xr (gi - gr), k3 = xi (gr + gi),
        # real part k1 - k3, imaginary part k1 + k2; the inverse transform takes 2/N (real cos - imaginary sin).
        xr, xi, gr, gi = c, -s, c[:taps], s[:taps]
        cj, sj = 2 / n * c[:outputs], 2 / n * s[:outputs]
        b += [xr + xi, xr, xi]
        g += [gr, gi - gr, gr + gi]
        a += [cj - sj, -sj, -cj]
    return np.array(b), np.array(g), np.array(a)


def toom_cook(outputs: int, taps: int) -> Transform:
    """The transform through polynomials at the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity. R = N = 8."""
    points = np.array([0, 1, -1, 2, -2, 0.5, -0.5])
    n = outputs + taps - 1
    if n != len(points) + 1:
        raise ValueError("outputs + taps - 1 must be 8")

    def powers(count: int) -> np.ndarray:
        return np.vstack([points[:, None] ** np.arange(count), np.eye(count)[-1]])

    return np.linalg.inv(powers(n)).T, powers(taps), powers(outputs)


TILES: dict[tuple[int, int], tuple[Callable[[int, int], Transform], int]] = {
    (128, 11): (fourier, 48),
    (256, 11): (fourier, 16),
    (128, 7): (fourier, 16),
    (256, 7): (fourier, 16),
    (128, 3): (toom_cook, 6),
    (256, 3): (toom_cook, 6),
}
"""(channels, taps) -> transform and outputs of a tile: the fastest of those measured."""


def rewrite(graph: Any) -> None:
    """Rewrite an `onnx.GraphProto` in place; what does not look as expected stays as it is. Unused nodes may remain."""
    Rewriter(graph).run()


class Rewriter:
    """The graph with its links, and the nodes that take the place of others."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.kept = {tensor.name: tensor for tensor in graph.initializer}
        self.maker = {name: node for node in graph.node for name in node.output}
        self.takers = defaultdict(list)
        for node in graph.node:
            for name in node.input:
                self.takers[name].append(node)
        self.instead: dict[str, list] = {}
        self.weights: dict[str, np.ndarray] = {}
        self.normalising: set[int] = set()

    def run(self) -> None:
        for node in list(self.graph.node):
            if node.op_type == "Sin":
                self.snake(node)
        for node in list(self.graph.node):
            if node.op_type == "Conv":
                self.convolution(node)
        nodes = [new for node in self.graph.node for new in self.instead.get(node.output[0], [node])]
        del self.graph.node[:], self.graph.initializer[:]
        self.graph.node.extend(nodes)
        self.graph.initializer.extend(self.kept.values())

    def value(self, name: str) -> Any:
        """The constant of that name, or None when it is computed."""
        return onnx_file.array(self.kept[name]) if name in self.kept else None

    def constant(self, name: str, array: np.ndarray) -> str:
        if name not in self.kept:
            self.kept[name] = onnx_file.tensor(np.ascontiguousarray(array), name)
        return name

    def whole(self, name: str, values: Sequence[int]) -> str:
        return self.constant(name, np.array(values, np.int64))

    def split(self, node: Any) -> tuple[str, str] | None:
        """(constant input, computed input) of a node with one of each, or None."""
        first, second = node.input
        if (first in self.kept) == (second in self.kept):
            return None
        return (first, second) if first in self.kept else (second, first)

    def snake(self, sine: Any) -> None:
        """Identity 2 for the chain that ends in this `Sin`, when the chain is there."""
        scaled = self.maker.get(sine.input[0])
        parts = self.split(scaled) if scaled is not None and scaled.op_type == "Mul" else None
        if parts is None or self.value(parts[0]).ndim != 3:
            return
        alpha, y = self.value(parts[0]).astype(np.float64), parts[1]
        chain = [sine]
        for kind in ("Pow", "Mul", "Add", "Conv"):
            following = self.takers[chain[-1].output[0]]
            if len(following) != 1 or following[0].op_type != kind:
                return
            chain.append(following[0])
        _, _, inverse, total, conv = chain
        norm = self.norm(y)
        inverse_parts = self.split(inverse)
        if norm is None or inverse_parts is None or y not in total.input:
            return
        if not np.allclose(self.value(inverse_parts[0]) * alpha, 1, atol=1e-6):
            return
        x, scale, shift, epsilon = norm
        self.normalising.update(id(node) for node in self.takers[x] if node.op_type in ("ReduceMean", "Sub"))
        name = sine.output[0]
        factor = self.constant(name + "_alpha", alpha.astype(np.float32))
        flat = self.whole("flat", [-1])
        u, squared = name + "_u", name + "_squared"
        self.instead[total.output[0]] = [
            onnx_file.node("Mul", [scale, factor], [name + "_scale3"]),
            onnx_file.node("Reshape", [name + "_scale3", flat], [name + "_scale"]),
            onnx_file.node("Mul", [shift, factor], [name + "_shift3"]),
            onnx_file.node("Reshape", [name + "_shift3", flat], [name + "_shift"]),
            onnx_file.node("InstanceNormalization", [x, name + "_scale", name + "_shift"], [u], name=u, epsilon=epsilon),
            onnx_file.node("Sin", [u], [name + "_sin"], name=name + "_sin"),
            onnx_file.node("Mul", [name + "_sin", name + "_sin"], [squared], name=squared),
            onnx_file.node("Add", [u, squared], [total.output[0]], name=total.name),
        ]
        weight = self.value(conv.input[1]).astype(np.float64) / alpha
        self.weights[conv.output[0]] = weight
        kernel = self.constant(conv.output[0] + "_weight", weight.astype(np.float32))
        plain = onnx_file.node("Conv", [conv.input[0], kernel, *conv.input[2:]], list(conv.output), name=conv.name)
        plain.attribute.extend(conv.attribute)
        self.instead[conv.output[0]] = [plain]

    def norm(self, y: str) -> tuple[str, str, str, float] | None:
        """(x, scale, shift, epsilon) when y = (x - mean) / sqrt(variance + epsilon) * scale + shift."""
        def made(name: str, kind: str) -> Any:
            node = self.maker.get(name)
            return node if node is not None and node.op_type == kind else None

        last = made(y, "Add")
        for product, shift in ((0, 1), (1, 0)) if last is not None else ():
            multiplied = made(last.input[product], "Mul")
            for ratio, scale in ((0, 1), (1, 0)) if multiplied is not None else ():
                divided = made(multiplied.input[ratio], "Div")
                centred = made(divided.input[0], "Sub") if divided is not None else None
                root = made(divided.input[1], "Sqrt") if divided is not None else None
                padded = made(root.input[0], "Add") if root is not None else None
                if centred is None or padded is None or made(centred.input[1], "ReduceMean") is None:
                    continue
                epsilon = self.split(padded)
                if epsilon is not None:
                    return centred.input[0], multiplied.input[scale], last.input[shift], float(self.value(epsilon[0]))
        return None

    def convolution(self, conv: Any) -> None:
        """Identity 1 for one convolution, where it pays."""
        weight = self.weights.get(conv.output[0])
        weight = self.value(conv.input[1]).astype(np.float64) if weight is None else weight
        attributes = onnx_file.settings(conv)
        out, channels, taps = weight.shape
        spread = attributes["dilations"][0]
        half = (taps - 1) // 2
        if (channels, taps) not in TILES or out != channels or attributes["strides"] != [1] or attributes["pads"] != [half * spread] * 2:
            return
        transform, outputs = TILES[channels, taps]
        b, g, a = transform(outputs, taps)
        rank, points = b.shape
        x, y = conv.input[0], conv.output[0]
        spectra = self.constant(y + "_spectra", np.tensordot(g, weight, (1, 2)).astype(np.float32))
        kind = f"{outputs}x{taps}"
        nodes = []

        def node(op: str, inputs: Sequence[str], what: str, **attributes: Any) -> str:
            nodes.append(onnx_file.node(op, inputs, [y + what], name=y + what, **attributes))
            return y + what

        pads = [half, points - 1 - half]
        length = node("Shape", [x], "_length", start=2)
        if spread == 1:
            rows = node("Reshape", [x, self.whole(f"rows{channels}", [channels, 1, -1])], "_rows")
            into = self.constant(f"into{kind}", b[:, None].astype(np.float32))
            tiles = node("Conv", [rows, into], "_tiles", strides=[outputs], pads=pads, kernel_shape=[points])
        else:
            # Each residue of the time modulo the dilation is a sequence of its own: they lie side by side in the last axis.
            short = node("Neg", [length], "_minus")
            rest = node("Mod", [short, self.whole(f"by{spread}", [spread])], "_rest")
            ends = node("Concat", [self.whole("zeros5", [0] * 5), rest], "_ends", axis=0)
            padded = node("Pad", [x, ends], "_padded")
            rows = node("Reshape", [padded, self.whole(f"rows{channels}x{spread}", [channels, 1, -1, spread])], "_rows")
            into = self.constant(f"into{kind}x1", b[:, None, :, None].astype(np.float32))
            planes = node("Conv", [rows, into], "_planes", strides=[outputs, 1], pads=[pads[0], 0, pads[1], 0], kernel_shape=[points, 1])
            tiles = node("Reshape", [planes, self.whole(f"tiles{channels}x{rank}", [channels, rank, -1])], "_tiles")
        mixed = node("FusedMatMul", [spectra, tiles], "_mixed", domain="com.microsoft", transBatchB=1)
        flat = node("Reshape", [mixed, self.whole(f"flat{rank}", [rank, -1])], "_flat")
        back = self.constant(f"back{kind}", a.astype(np.float32))
        made = node("FusedMatMul", [flat, back], "_made", domain="com.microsoft", transA=1)
        if spread > 1:
            apart = node("Reshape", [made, self.whole(f"apart{spread}x{outputs}", [-1, spread, outputs])], "_apart")
            made = node("Transpose", [apart], "_woven", perm=[0, 2, 1])
        long = node("Reshape", [made, self.whole(f"long{channels}", [1, channels, -1])], "_long")
        cut = [long, self.whole("zero", [0]), length, self.whole("two", [2])]
        # A normalisation takes any constant away again, so a bias before one is for nothing.
        if len(conv.input) < 3 or all(id(taker) in self.normalising for taker in self.takers[y]):
            nodes.append(onnx_file.node("Slice", cut, [y], name=y))
        else:
            bias = self.constant(y + "_bias", self.value(conv.input[2]).reshape(1, -1, 1))
            nodes.append(onnx_file.node("Add", [node("Slice", cut, "_cut"), bias], [y], name=y))
        self.instead[y] = nodes
