"""The encoder as a file that needs no torch: ONNX, one recording of any length."""
from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch

from ...hear.feeling import BANDS
from .network import SPEAKER, Exported, Network
from .training import Material

OUTPUTS = ("embedding", "timbre", "prior")

ALIKE = 2e-4
"""Most that the file may differ from the network anywhere, as a share of the value where that is over 1."""


def exported(network: Network, known: Material, path: Path) -> None:
    """Writes the file and sees that it says what the network says, at two lengths. Raises ValueError when it does not."""
    whole = Exported(network, known.space.middle, known.space.axes, known.prior).eval()
    example = (torch.zeros(1, BANDS, 120), torch.zeros(1, SPEAKER))
    axes = {"mel": {2: "frames"}}
    with warnings.catch_warnings():
        # the older exporter needs no package beyond torch and onnx
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(whole, example, str(path), dynamo=False, input_names=["mel", "speaker"], output_names=list(OUTPUTS), dynamic_axes=axes, opset_version=17)
    if (worst := difference(whole, path)) > ALIKE:
        raise ValueError(f"{path} differs from the network by {worst:.2g}")


def difference(whole: Exported, path: Path) -> float:
    """The greatest difference between network and file on noise of two lengths."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    draw = np.random.default_rng(1)
    worst = 0.0
    for frames in (120, 901):
        mel, speaker = draw.standard_normal((1, BANDS, frames)).astype(np.float32), draw.standard_normal((1, SPEAKER)).astype(np.float32) / SPEAKER**0.5
        with torch.no_grad():
            wanted = whole(torch.from_numpy(mel), torch.from_numpy(speaker))
        for one, other in zip(wanted, session.run(None, {"mel": mel, "speaker": speaker}), strict=True):
            worst = max(worst, float((np.abs(one.numpy() - other) / np.maximum(1, np.abs(other))).max()))
    return worst
