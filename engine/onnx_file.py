"""ONNX files without the package onnx: its messages, and the few ways of making and reading them that are needed here.

onnx_ml.desc is what ONNX 1.23 says of its file format, onnx/onnx-ml.proto, in the form that protobuf reads.
"""
from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cache
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

DESCRIPTION = Path(__file__).with_name("onnx_ml.desc")

FLOAT, INT64 = 1, 7
"""Numbers that the format gives to kinds of tensors."""

KINDS = {FLOAT: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, INT64: np.int64, 9: np.bool_, 11: np.float64}
"""Kinds of tensors that are known here."""

FIELDS = {FLOAT: "float_data", INT64: "int64_data", 11: "double_data"}
"""Where a tensor of few numbers may keep them; the other kinds keep them with the small integers."""


@cache
def message(name: str) -> Any:
    """The class of a message, such as `ModelProto`."""
    # a pool of its own: the package onnx, where another add-on has it, describes the same names in the common one
    return _classes()[f"onnx.{name}"]


@cache
def _classes() -> dict[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    description = descriptor_pb2.FileDescriptorProto.FromString(DESCRIPTION.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(description)
    names = [f"{description.package}.{one.name}" for one in description.message_type]
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names}


def read(path: str | os.PathLike) -> Any:
    """The `ModelProto` of a file. Raises OSError, and ValueError where it is damaged."""
    from google.protobuf.message import DecodeError

    try:
        return message("ModelProto").FromString(Path(path).read_bytes())
    except DecodeError as error:
        raise ValueError(str(error)) from error


def write(model: Any, path: str | os.PathLike) -> None:
    """Raises OSError."""
    Path(path).write_bytes(model.SerializeToString())


def model(nodes: Iterable, name: str, inputs: Iterable, outputs: Iterable, numbers: Iterable, opsets: Iterable, version: int) -> Any:
    """A `ModelProto` of these parts. opsets: the sets of operators it uses; version: of the format."""
    made = message("ModelProto")(ir_version=version, opset_import=opsets)
    made.graph.name = name
    for field, parts in ((made.graph.node, nodes), (made.graph.input, inputs), (made.graph.output, outputs), (made.graph.initializer, numbers)):
        field.extend(parts)
    return made


def opset(domain: str, version: int) -> Any:
    return message("OperatorSetIdProto")(domain=domain, version=version)


def value(name: str, kind: int = 0, shape: Sequence[int | str] = ()) -> Any:
    """An input or output. shape: sizes, and names for those that are not fixed; without a kind it is only named."""
    made = message("ValueInfoProto")(name=name)
    if kind:
        made.type.tensor_type.elem_type = kind
        for size in shape:
            made.type.tensor_type.shape.dim.add(**{"dim_param" if isinstance(size, str) else "dim_value": size})
    return made


def node(kind: str, inputs: Sequence[str], outputs: Sequence[str], **settings: Any) -> Any:
    """A step of computing. settings: name and domain where it has them, and the operator's own: integers, fractions, texts, lists of integers."""
    made = message("NodeProto")(op_type=kind, input=inputs, output=outputs)
    for place in ("name", "domain"):
        if found := settings.pop(place, ""):
            setattr(made, place, found)
    for setting, wanted in sorted(settings.items()):
        made.attribute.append(_attribute(setting, wanted))
    return made


def _attribute(name: str, wanted: Any) -> Any:
    kinds = message("AttributeProto")
    if isinstance(wanted, Integral):
        return kinds(name=name, type=kinds.INT, i=int(wanted))
    if isinstance(wanted, float):
        return kinds(name=name, type=kinds.FLOAT, f=wanted)
    if isinstance(wanted, str):
        return kinds(name=name, type=kinds.STRING, s=wanted.encode())
    return kinds(name=name, type=kinds.INTS, ints=wanted)


def settings(step: Any) -> dict[str, Any]:
    """The settings of a `NodeProto`: numbers, bytes, lists of them, or messages."""
    kinds = message("AttributeProto")
    single = {kinds.FLOAT: "f", kinds.INT: "i", kinds.STRING: "s", kinds.TENSOR: "t", kinds.GRAPH: "g"}
    lists = {kinds.FLOATS: "floats", kinds.INTS: "ints", kinds.STRINGS: "strings"}
    return {one.name: getattr(one, single[one.type]) if one.type in single else list(getattr(one, lists[one.type])) for one in step.attribute}


def tensor(array: np.ndarray, name: str) -> Any:
    """A constant of a graph. Raises KeyError for a kind of numbers that is not in KINDS."""
    kinds = {np.dtype(kind): number for number, kind in KINDS.items()}
    return message("TensorProto")(dims=array.shape, name=name, data_type=kinds[array.dtype], raw_data=array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())


def array(constant: Any) -> np.ndarray:
    """The numbers of a constant, read-only. Raises KeyError for a kind that is not in KINDS."""
    kind = np.dtype(KINDS[constant.data_type])
    if constant.HasField("raw_data"):
        return np.frombuffer(constant.raw_data, kind.newbyteorder("<")).astype(kind, copy=False).reshape(constant.dims)
    return np.array(getattr(constant, FIELDS.get(constant.data_type, "int32_data"))).astype(kind).reshape(constant.dims)
