"""How the Kokoro-82M ONNX file comes apart: text, prosody and decoder, three graphs whose cuts are plain tensors.

The cuts are exact: the three stages one after the other give the samples of the whole file, bit for bit.
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import inference, onnx_file
from ..problems import LineProblem

RECIPE = 4
"""Raised whenever `prepare` would write other files from the same source; old ones are then made anew."""

PRECISIONS = ("fast", "fp32", "int8")
"""`fast`: float layers with fewer multiplications; `fp32`: float layers; `int8`: the quantised layers as they are."""

ABANDONED = 3600.0
"""Seconds after which an unfinished preparation is taken for the remains of a killed process."""

CLEARLY = 0.85
"""Share of the fast decoder's time that the quantised one may take at most to be chosen."""

CUTS = {
    "text": (
        {"tokens": "tokens", "/encoder/Slice_output_0": "style"},
        {
            "/encoder/predictor/ReduceSum_output_0": "durations",
            "/encoder/predictor/text_encoder/Concat_4_output_0": "hidden",
            "/encoder/text_encoder/Transpose_2_output_0": "encoded",
        },
    ),
    "prosody": (
        {
            "/encoder/Clip_output_0": "frames",
            "/encoder/predictor/text_encoder/Concat_4_output_0": "hidden",
            "/encoder/text_encoder/Transpose_2_output_0": "encoded",
            "/encoder/Slice_output_0": "style",
        },
        {
            "/encoder/MatMul_1_output_0": "aligned",
            "/encoder/Reshape_output_0": "f0",
            "/encoder/Reshape_1_output_0": "energy",
        },
    ),
    "decoder": (
        {
            "/encoder/MatMul_1_output_0": "aligned",
            "/encoder/Reshape_output_0": "f0",
            "/encoder/Reshape_1_output_0": "energy",
            "/decoder/Slice_output_0": "style",
        },
        {"audio": "audio"},
    ),
}
"""Stage -> (tensor of the file -> our name) for its inputs and for its outputs."""

SHAPES: dict[str, tuple[int | str, ...]] = {
    "tokens": (1, "tokens"), "style": (1, 128), "durations": (1, "tokens"), "hidden": (1, "tokens", 640),
    "encoded": (1, 512, "tokens"), "frames": (1, "tokens"), "aligned": (1, 512, "frames"), "f0": (1, "half_frames"),
    "energy": (1, "half_frames"), "audio": ("samples",),
}  # fmt: skip


@dataclass(frozen=True)
class Stages:
    """The three files of a model that came apart.

    text: tokens [1, T] int64, style [1, 128] -> durations [1, T] in frames, hidden [1, T, 640], encoded [1, 512, T].
    prosody: frames [1, T] whole numbers >= 1 as floats, hidden, encoded, style -> aligned [1, 512, F],
    f0 [1, 2F] in Hz (under 10 is unvoiced), energy [1, 2F]; F is the sum of the frames, of 25 ms each.
    decoder: aligned, f0, energy, style [1, 128] -> audio [600 F] at 24 kHz.
    The style of text and prosody is the second half of a voice's row, the decoder's is the first half.
    """

    text: Path
    prosody: Path
    decoder: Path


@dataclass(frozen=True)
class Sessions:
    """One ONNX Runtime session per stage."""

    text: Any
    prosody: Any
    decoder: Any


def prepare(source: Path, folder: Path, precision: str = "fast", progress: Callable[[float, str], None] | None = None) -> Stages:
    """The three stage files of the model `source`, made in `folder` when they are not there yet.

    They are named by the source's content, the precision and the recipe, appear all at once, and are never changed
    afterwards, so several processes may prepare the same model together. `progress(share, what)` is told of the work.
    Raises LineProblem `bad_model` when the file is not a whole Kokoro model, `no_model` when it cannot be read,
    `cannot_prepare` when `folder` cannot be written to.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision {precision!r} is none of {PRECISIONS}")
    tell = progress or (lambda share, what: None)
    try:
        with Path(source).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise LineProblem("no_model", reason=str(error)) from error
    home = Path(folder) / f"{digest[:16]}-{precision}-{RECIPE}"
    stages = Stages(**{name: home / f"{name}.onnx" for name in CUTS})
    if _whole(home):
        return stages
    making = home.with_name(f"{home.name}.{uuid.uuid4().hex[:8]}.making")
    try:
        _tidy(home, f"{digest[:16]}-{precision}-")
        making.mkdir(parents=True)
        _write(source, making, precision, tell)
        os.replace(making, home)
    except OSError as error:
        # Another process may have been first; its files are the same as ours.
        if not _whole(home):
            raise LineProblem("cannot_prepare", folder=str(folder), reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return stages


def prepared(source: Path, own: Path) -> Stages:
    """The same beside the model; in `own` where nothing can be written there, since a studio's shared folder may be for reading alone."""
    try:
        return prepare(source, source.parent / "stages")
    except LineProblem as problem:
        if problem.code != "cannot_prepare":
            raise
        return prepare(source, own / "stages")


def choose(source: Path, folder: Path, progress: Callable[[float, str], None] | None = None) -> str:
    """The precision whose decoder is fastest on this computer, `fast` or `int8`, measured once and remembered in `folder`.

    The two sound slightly different, so the answer belongs into whatever names a take. Raises LineProblem like `prepare`.
    """
    memory = Path(folder) / f"choice-{platform.node() or 'here'}-{RECIPE}.json"
    try:
        remembered = json.loads(memory.read_text(encoding="utf-8"))["precision"]
        if remembered in PRECISIONS:
            return remembered
    except (OSError, ValueError, LookupError, TypeError):
        pass  # never measured, or the note is unreadable: measure
    spent = {}
    for precision in ("fast", "int8"):
        spent[precision] = _decoding(prepare(source, folder, precision, progress))
    # Where the two are about even, the same choice everywhere keeps takes the same everywhere.
    precision = "int8" if spent["int8"] < CLEARLY * spent["fast"] else "fast"
    draft = memory.with_suffix(f".{uuid.uuid4().hex[:8]}.making")
    # What cannot be remembered is measured again.
    with contextlib.suppress(OSError):
        draft.write_text(json.dumps({"precision": precision, "seconds": spent}), encoding="utf-8")
        os.replace(draft, memory)
    return precision


def _decoding(stages: Stages, frames: int = 60) -> float:
    """CPU seconds that the decoder takes on one thread for 1.5 s of some sound, the least of three."""
    import numpy as np

    chance = np.random.default_rng(0)
    feeds = {
        "aligned": chance.standard_normal((1, 512, frames), np.float32),
        "f0": np.full((1, 2 * frames), 120, np.float32),
        "energy": np.zeros((1, 2 * frames), np.float32),
        "style": 0.2 * chance.standard_normal((1, 128), np.float32),
    }
    decoder, spent = open(stages, 1).decoder, []
    for _ in range(3):
        began = time.process_time()
        decoder.run(["audio"], feeds)
        spent.append(time.process_time() - began)
    return min(spent)


def _whole(home: Path) -> bool:
    return all((home / f"{name}.onnx").is_file() for name in CUTS)


def _tidy(home: Path, family: str) -> None:
    """Throw away what is left of unfinished or older preparations, up to half a gigabyte each."""
    for old in home.parent.glob(f"{family}*"):
        # A process that finishes meanwhile gives its folder another name.
        with contextlib.suppress(FileNotFoundError):
            running = old.suffix == ".making" and time.time() - old.stat().st_mtime < ABANDONED
            if not running and not (old == home and _whole(home)):
                shutil.rmtree(old, ignore_errors=True)


def _write(source: Path, home: Path, precision: str, tell: Callable[[float, str], None]) -> None:
    """Make the three files in the folder `home`."""
    from . import dequantise, lean

    tell(0.0, "reading the voice model")
    try:
        model = onnx_file.read(source)
        if precision != "int8":
            tell(0.1, "turning the voice model into float layers")
            dequantise.to_float(model.graph)
        for share, (name, (inputs, outputs)) in zip((0.3, 0.4, 0.5), CUTS.items(), strict=True):
            tell(share, f"cutting the {name} stage")
            stage = cut(model, inputs, outputs)
            if precision == "fast" and name == "decoder":
                lean.rewrite(stage.graph)
                prune(stage.graph)
            onnx_file.write(stage, home / f"{name}.onnx")
    except (LookupError, StopIteration, ValueError) as error:
        raise LineProblem("bad_model", reason=f"{source} is not a whole Kokoro-82M model ({error})") from error
    tell(1.0, "the voice model is ready")


def cut(model: Any, inputs: dict[str, str], outputs: dict[str, str]) -> Any:
    """The part of an `onnx.ModelProto` between the tensors `inputs` and `outputs`, which get their new names.

    Raises KeyError when a tensor on the way is made by nothing.
    """
    maker = {name: node for node in model.graph.node for name in node.output}
    kept = {tensor.name: tensor for tensor in model.graph.initializer}
    names = inputs | outputs
    wanted, used, needed, constants = list(outputs), set(), set(), {}
    while wanted:
        name = wanted.pop()
        if name in inputs or name in used or not name:
            continue
        used.add(name)
        if name in kept:
            constants[name] = kept[name]
        else:
            node = maker[name]
            needed.add(id(node))
            wanted.extend(node.input)
    nodes = []
    for node in model.graph.node:
        if id(node) in needed:
            nodes.append(renamed := onnx_file.message("NodeProto")())
            renamed.CopyFrom(node)
            renamed.input[:] = [names.get(name, name) for name in node.input]
            renamed.output[:] = [names.get(name, name) for name in node.output]

    def described(name: str) -> Any:
        return onnx_file.value(name, onnx_file.INT64 if name == "tokens" else onnx_file.FLOAT, SHAPES[name])

    return onnx_file.model(
        nodes, "stage", [described(name) for name in inputs.values()], [described(name) for name in outputs.values()],
        constants.values(), model.opset_import, model.ir_version,
    )  # fmt: skip


def prune(graph: Any) -> None:
    """Drop every node and constant of an `onnx.GraphProto` that its outputs do not need."""
    maker = {name: node for node in graph.node for name in node.output}
    wanted, used, needed = [output.name for output in graph.output], set(), set()
    while wanted:
        name = wanted.pop()
        used.add(name)
        node = maker.get(name)
        if node is not None and id(node) not in needed:
            needed.add(id(node))
            wanted.extend(node.input)
    for field, kept in (
        (graph.node, [node for node in graph.node if id(node) in needed]), (graph.initializer, [tensor for tensor in graph.initializer if tensor.name in used]),
    ):  # fmt: skip
        del field[:]
        field.extend(kept)


def open(stages: Stages, threads: int) -> Sessions:
    """Sessions that compute on `threads` threads.

    Raises LineProblem `bad_model` when a stage file is damaged, and removes the stages so that they are made anew.
    """
    import onnxruntime

    states = onnxruntime.capi.onnxruntime_pybind11_state
    try:
        return Sessions(*(inference.session(path, threads) for path in (stages.text, stages.prosody, stages.decoder)))
    except (states.InvalidProtobuf, states.Fail, states.NoSuchFile, states.InvalidGraph) as error:
        shutil.rmtree(stages.text.parent, ignore_errors=True)
        raise LineProblem("bad_model", reason=str(error)) from error
