"""CAM++ as an ear that can be followed back: from the decoder's samples to who seems to speak, every step in torch."""
from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .. import models as catalogue
from ..hear import campplus, speaker
from ..problems import LineProblem
from .backward import Backward, need_torch

UP, DOWN = 2, 3
"""From the decoder's 24 kHz to the 16 kHz that the network listens at."""

REACH = 32
"""Zero crossings of the sinc on either side."""

PASSED = 0.95
"""Share of the lower Nyquist frequency at which the sinc cuts."""

BETA = 8.0
"""Of Kaiser's window: the stop band lies 80 dB down (Kaiser and Schafer, IEEE Trans. ASSP 28, 1980)."""


class Ear:
    """The network, ready to be followed back."""

    def __init__(self, models: Path):
        """Raises LineProblem `cannot_hear` or `no_torch`."""
        torch = need_torch()
        try:
            (file,) = catalogue.catalogue()[speaker.MODEL].files
            network = campplus.graph(catalogue.find(speaker.MODEL, models) / file.name)
        except (LineProblem, OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise LineProblem("cannot_hear", what="the speaker", reason=getattr(error, "message", str(error))) from error
        self._network = Backward(network, ("bands",)).bound()
        self._sinc = torch.from_numpy(sinc().astype(np.float32))[:, None]
        self._frame = torch.from_numpy(_framing().T.copy())
        self._filters = torch.from_numpy(speaker.filters().T.copy())

    def resampled(self, samples: Any) -> Any:
        """Samples [n] at 24 kHz -> at 16 kHz."""
        torch = need_torch()
        half = (self._sinc.shape[-1] - 1) // 2
        padded = torch.nn.functional.pad(samples, (half, half))
        phases = torch.conv1d(padded[None, None], self._sinc, stride=DOWN)[0]
        return phases.T.reshape(-1)[: -(-len(samples) * UP // DOWN)]

    def filterbank(self, samples: Any) -> Any:
        """What `hear.speaker.filterbank` says of samples [n] at 16 kHz: [frames, MELS]. Raises ValueError."""
        torch = need_torch()
        if len(samples) < speaker.FRAME:
            raise ValueError(f"{len(samples)} samples are less than a frame")
        # what is soft is far below what float32 can tell beside what is loud
        frames = samples.double().unfold(0, speaker.FRAME, speaker.HOP) @ self._frame
        power = torch.view_as_real(torch.fft.rfft(frames, speaker.SIZE)).square().sum(-1)
        return torch.log((power @ self._filters).clamp_min(float(np.finfo(np.float32).eps))).float()

    def embedding(self, bands: Any) -> Any:
        """192 numbers of unit length of bands [frames, MELS]."""
        found = self._network((bands - bands.mean(dim=0))[None])[0]
        return found / found.norm()


def sinc() -> np.ndarray:
    """Kernels [UP, taps], one for every phase of the output."""
    cut = PASSED / max(UP, DOWN)
    half = int(np.ceil(REACH / cut / UP))
    places = np.arange(-half, half + 1)
    found = []
    for phase in range(UP):
        times = places - phase * DOWN / UP
        scale = cut * UP
        window = np.i0(BETA * np.sqrt(np.maximum(0, 1 - (times / (half + DOWN)) ** 2))) / np.i0(BETA)
        found.append(scale * np.sinc(scale * times) * window)
    return np.array(found)


def _framing() -> np.ndarray:
    """The matrix [FRAME, FRAME] that takes a frame's mean away, emphasises it and lays Povey's window over it."""
    size = speaker.FRAME
    centred = np.eye(size) - 1 / size
    lifted = np.eye(size) - speaker.EMPHASIS * np.eye(size, k=-1)
    lifted[0, 0] -= speaker.EMPHASIS
    return (np.hanning(size) ** 0.85)[:, None] * (lifted @ centred)
