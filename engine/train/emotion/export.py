"""The encoder as a file that needs no torch: ONNX, any number of clips, any length."""
from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch

from ...hear.feeling import BANDS, EMBEDDING
from .network import Exported, Network

OUTPUTS = ("embedding", "strengths", "plane", "likely")

ALIKE = 1e-4
"""Most that the file may differ from the network anywhere."""


def exported(network: Network, temperature: float, path: Path):
    """Writes the file and sees that it says what the network says, at two lengths. Raises ValueError when it does not."""
    whole = Exported(network, temperature).eval()
    example = (torch.zeros(2, BANDS, 120), torch.zeros(1, EMBEDDING))
    axes = {"mel": {0: "clips", 2: "frames"}, "plain": {0: "speakers"}, **{name: {0: "clips"} for name in OUTPUTS}}
    with warnings.catch_warnings():
        # the older exporter needs no package beyond torch and onnx
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(whole, example, str(path), dynamo=False, input_names=["mel", "plain"], output_names=list(OUTPUTS), dynamic_axes=axes, opset_version=17)
    if (worst := difference(whole, path)) > ALIKE:
        raise ValueError(f"{path} differs from the network by {worst:.2g}")


def difference(whole: Exported, path: Path) -> float:
    """The greatest difference between network and file on noise of two lengths."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    draw = np.random.default_rng(1)
    worst = 0.0
    for clips, frames in ((1, 40), (3, 201)):
        mel = draw.standard_normal((clips, BANDS, frames)).astype(np.float32)
        plain = draw.standard_normal((1, EMBEDDING)).astype(np.float32)
        with torch.no_grad():
            wanted = whole(torch.from_numpy(mel), torch.from_numpy(plain))
        for one, other in zip(wanted, session.run(None, {"mel": mel, "plain": plain}), strict=True):
            worst = max(worst, float(np.abs(one.numpy() - other).max()))
    return worst
