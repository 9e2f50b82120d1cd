"""How a dynamically quantised ONNX graph is turned back into a float one: the same layers, without the integer detours.

The quantiser of ONNX Runtime wraps every float layer in a fixed pattern; each pattern is replaced by the layer it came from.
`onnx` graphs are changed in place; nodes that nothing needs any more are left for the cut that follows to drop.
"""
from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from .. import onnx_file


def to_float(graph: Any) -> None:
    """Replace every quantised layer of an `onnx.GraphProto` by its float original; a graph without any is left as it is.

    Weights become (integer - zero point) * scale in float32. Raises KeyError where the graph does not follow the pattern.
    """
    kept = {tensor.name: tensor for tensor in graph.initializer}
    maker = {name: node for node in graph.node for name in node.output}
    takers: dict[str, list[Any]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            takers[name].append(node)
    floats: dict[str, object] = {}
    replaced: dict[str, object] = {}

    def value(name: str) -> np.ndarray:
        return onnx_file.array(kept[name])

    def weight(name: str, zero: np.ndarray, scale: np.ndarray, order: tuple[int, ...] | None = None) -> str:
        """Name of the float form of a quantised weight; `zero` and `scale` broadcast against it."""
        new = name + "_float"
        if new not in floats:
            array = (value(name).astype(np.float32) - zero.astype(np.float32)) * scale
            array = array if order is None else array.transpose(order)
            floats[new] = onnx_file.tensor(np.ascontiguousarray(array, np.float32), new)
        return new

    def layer(node: Any) -> None:
        """The float MatMul or Conv behind an integer one: node -> [Add bias] -> Cast -> Mul scale."""
        source = maker[node.input[0]].input[0]
        after, bias = takers[node.output[0]][0], None
        if after.op_type == "Add":
            rounded = maker[maker[after.input[1]].input[0]]  # Reshape <- Cast <- Floor <- Div(bias, scale)
            bias = maker[maker[rounded.input[0]].input[0]].input[0]
            after = takers[after.output[0]][0]
        scaled = takers[after.output[0]][0]
        scales = maker[scaled.input[1]]
        scale = value(next(name for name in scales.input if name in kept))
        new = weight(node.input[1], value(node.input[3]), scale)
        inputs = [source, new] + ([bias] if bias else [])
        float_node = onnx_file.node(node.op_type.removesuffix("Integer"), inputs, [scaled.output[0]], name=scaled.output[0])
        float_node.attribute.extend(node.attribute)
        replaced[scaled.output[0]] = float_node

    def lstm(node: Any) -> None:
        """`DynamicQuantizeLSTM` holds W and R as [direction, in, 4 hidden]; the standard LSTM wants [direction, 4 hidden, in]."""
        scale_w, zero_w, scale_r, zero_r = (value(name) for name in node.input[8:12])

        def broad(array: np.ndarray) -> np.ndarray:
            return array.reshape(array.shape[0], 1, -1)

        w = weight(node.input[1], broad(zero_w), broad(scale_w), (0, 2, 1))
        r = weight(node.input[2], broad(zero_r), broad(scale_r), (0, 2, 1))
        float_node = onnx_file.node("LSTM", [node.input[0], w, r, *node.input[3:7]], list(node.output), name=node.name)
        float_node.attribute.extend(a for a in node.attribute if a.name in ("direction", "hidden_size"))
        replaced[node.output[0]] = float_node

    def table(node: Any) -> None:
        """Gather of integer rows followed by `DequantizeLinear`: gather float rows."""
        gather = maker[node.input[0]]
        rows = weight(gather.input[0], value(node.input[2]), value(node.input[1]))
        float_node = onnx_file.node("Gather", [rows, gather.input[1]], [node.output[0]], name=node.name)
        float_node.attribute.extend(gather.attribute)
        replaced[node.output[0]] = float_node

    kinds = {"MatMulInteger": layer, "ConvInteger": layer, "DynamicQuantizeLSTM": lstm, "DequantizeLinear": table}
    for node in graph.node:
        if node.op_type in kinds:
            kinds[node.op_type](node)
    nodes = [replaced.get(node.output[0], node) for node in graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(floats.values())
