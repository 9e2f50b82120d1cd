"""The encoder: from a recording's mel spectrogram and its speaker embedding to the timbre that would speak so.

ECAPA-TDNN's parts (Desplanques, Thienpondt, Demuynck, Interspeech 2020) over the mel spectrogram, made small; beside them CAM++'s
embedding, which was trained on 200,000 real speakers and knows what of a recording is its speaker.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ...hear.feeling import BANDS
from ..emotion.network import Block, GradientReversal, Pooling
from .corpus import MOODS

WIDTH = 160

EMBEDDING = 192
"""Numbers of our own embedding, as many as CAM++ has."""

SPEAKER = 192

BLUR = 0.1
"""Noise on an embedding in training, whose values have a spread of 1."""


class Encoder(nn.Module):
    """`normal` mel [B, BANDS, frames] and speaker embedding [B, 192] of unit length -> embedding [B, EMBEDDING]."""

    def __init__(self):
        super().__init__()
        self.picture = nn.Sequential(
            nn.Conv2d(1, 16, (5, 3), stride=(2, 2), padding=(2, 1), bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 24, 3, stride=(2, 1), padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
        )  # fmt: skip
        self.bands = nn.Sequential(nn.Conv1d(24 * (BANDS // 4), WIDTH, 1, bias=False), nn.BatchNorm1d(WIDTH), nn.ReLU())
        self.blocks = nn.Sequential(*(Block(WIDTH, dilation) for dilation in (1, 2, 3)))
        self.pooling = Pooling(WIDTH)
        self.heard = nn.Sequential(nn.BatchNorm1d(2 * WIDTH), nn.Dropout(0.2), nn.Linear(2 * WIDTH, EMBEDDING))
        self.known = nn.Sequential(nn.Dropout(0.1), nn.Linear(SPEAKER, 256), nn.ReLU(), nn.Dropout(0.1), nn.Linear(256, EMBEDDING))
        self.embedding = nn.BatchNorm1d(EMBEDDING, affine=False)

    def forward(self, mel: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        picture = self.picture(mel.unsqueeze(1))
        heard = self.heard(self.pooling(self.blocks(self.bands(picture.flatten(1, 2)))))
        return self.embedding(heard + self.known(speaker * SPEAKER**0.5))


class Network(nn.Module):
    """The encoder, what is read off its embedding, and the opponent who looks for the mood in it."""

    def __init__(self, places: int):
        super().__init__()
        self.encoder = Encoder()
        self.place = nn.Sequential(nn.Linear(EMBEDDING, 256), nn.ReLU(), nn.Linear(256, places))
        self.prior = nn.Linear(EMBEDDING, 2)
        self.opponent = nn.Sequential(nn.Linear(EMBEDDING, 128), nn.ReLU(), nn.Linear(128, len(MOODS)))

    def forward(self, mel: torch.Tensor, speaker: torch.Tensor, reversal: float = 0.0):
        """Places in the space of timbres, prior [B, 2] (normal), mood's logits."""
        embedding = self.encoder(mel, speaker)
        if self.training:
            embedding = embedding + BLUR * torch.randn_like(embedding)
        return self.place(embedding), self.prior(embedding), self.opponent(GradientReversal.apply(embedding, reversal))


class Foretold(nn.Module):
    """From a place and ln F0 to the speaker embedding that CAM++ would have of it: what no decoder has to be run for.

    A straight line: on voices that did not teach it, it is alike to the truth by 0.66, a network with two hidden layers by 0.63,
    and two clips of one voice are alike by 0.66 themselves.
    """

    def __init__(self, places: int):
        super().__init__()
        self.straight = nn.Linear(places + 1, SPEAKER)

    def forward(self, place: torch.Tensor, height: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(self.straight(torch.cat([place, height.unsqueeze(1)], dim=1)), dim=1)


class Exported(nn.Module):
    """What runs in the product: styles, not places, and Hz and syllables a second, not their logarithms."""

    def __init__(self, network: Network, middle: np.ndarray, axes: np.ndarray, prior: tuple[np.ndarray, np.ndarray]):
        super().__init__()
        self.encoder, self.place, self.prior = network.encoder, network.place, network.prior
        for name, values in (("middle", middle), ("axes", axes), ("mean", prior[0]), ("spread", prior[1])):
            self.register_buffer(name, torch.from_numpy(np.asarray(values, np.float32)))

    def forward(self, mel: torch.Tensor, speaker: torch.Tensor):
        embedding = self.encoder(mel, speaker)
        return embedding, self.middle + self.place(embedding) @ self.axes, torch.exp(self.mean + self.prior(embedding) * self.spread)
