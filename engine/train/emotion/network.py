"""The encoder: from the mel spectrogram to an emotion embedding, and from that to the eight, arousal, valence, and a speaker's absence.

Convolutions over time and pitch, residual blocks with squeeze and excitation, attentive statistics pooling: ECAPA-TDNN
(Desplanques, Thienpondt, Demuynck, Interspeech 2020), made small.
"""
from __future__ import annotations

import torch
from torch import nn

from ...hear.feeling import BANDS, EMBEDDING

WIDTH = 96

BLUR = 0.2
"""Noise on an embedding in training, whose values have a spread of 1: what is not worth being loud is lost in it."""


class GradientReversal(torch.autograd.Function):
    """Hands values on as they are and gradients times -weight (Ganin and Lempitsky, "Unsupervised domain adaptation by
    backpropagation", ICML 2015; in IndexTTS 2 between emotion and speaker)."""

    @staticmethod
    def forward(context, values: torch.Tensor, weight: float) -> torch.Tensor:
        context.weight = weight
        return values.view_as(values)

    @staticmethod
    def backward(context, gradient: torch.Tensor):
        return -context.weight * gradient, None


class Block(nn.Module):
    """A depthwise and a pointwise convolution, weighed by what is in the whole clip."""

    def __init__(self, width: int, dilation: int):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv1d(width, width, 5, padding=2 * dilation, dilation=dilation, groups=width, bias=False), nn.BatchNorm1d(width), nn.ReLU(),
            nn.Conv1d(width, width, 1, bias=False), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.1),
        )  # fmt: skip
        self.weigh = nn.Sequential(nn.Linear(width, width // 4), nn.ReLU(), nn.Linear(width // 4, width), nn.Sigmoid())

    def forward(self, heard: torch.Tensor) -> torch.Tensor:
        made = self.path(heard)
        return heard + made * self.weigh(made.mean(dim=2)).unsqueeze(2)


class Pooling(nn.Module):
    """Mean and spread over time, weighed by an attention that also knows the clip's plain mean and spread."""

    def __init__(self, width: int):
        super().__init__()
        self.attention = nn.Sequential(nn.Conv1d(3 * width, 48, 1), nn.Tanh(), nn.Conv1d(48, width, 1))

    def forward(self, heard: torch.Tensor) -> torch.Tensor:
        plain = torch.cat(_statistics(heard, torch.full_like(heard, 1.0) / heard.shape[2]), dim=1)
        weights = torch.softmax(self.attention(torch.cat([heard, plain.unsqueeze(2).expand(-1, -1, heard.shape[2])], dim=1)), dim=2)
        return torch.cat(_statistics(heard, weights), dim=1)


def _statistics(heard: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    mean = (heard * weights).sum(dim=2)
    square = (heard * heard * weights).sum(dim=2)
    return mean, (square - mean * mean).clamp(min=1e-4).sqrt()


class Encoder(nn.Module):
    """`normal` mel [B, BANDS, frames] -> embedding [B, EMBEDDING]; one value every 20 ms within."""

    def __init__(self, bands: int = BANDS):
        super().__init__()
        self.picture = nn.Sequential(
            nn.Conv2d(1, 16, (5, 3), stride=(2, 2), padding=(2, 1), bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 24, 3, stride=(2, 1), padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
        )  # fmt: skip
        self.bands = nn.Sequential(nn.Conv1d(24 * (bands // 4), WIDTH, 1, bias=False), nn.BatchNorm1d(WIDTH), nn.ReLU())
        self.blocks = nn.Sequential(*(Block(WIDTH, dilation) for dilation in (1, 2, 4)))
        self.pooling = Pooling(WIDTH)
        self.embedding = nn.Sequential(nn.BatchNorm1d(2 * WIDTH), nn.Dropout(0.2), nn.Linear(2 * WIDTH, EMBEDDING), nn.BatchNorm1d(EMBEDDING, affine=False))

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        picture = self.picture(mel.unsqueeze(1))
        return self.embedding(self.pooling(self.blocks(self.bands(picture.flatten(1, 2)))))


class Heads(nn.Module):
    """What is read off an embedding, each by one linear layer."""

    def __init__(self):
        super().__init__()
        self.strengths, self.plane, self.likely = nn.Linear(EMBEDDING, 8), nn.Linear(EMBEDDING, 2), nn.Linear(EMBEDDING, 9)
        nn.init.constant_(self.strengths.bias, -2.2)  # a tenth, about what each is on the average

    def forward(self, embedding: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of the eight, arousal and valence from -1 to 1, logits of the eight and neutral."""
        return self.strengths(embedding), torch.tanh(self.plane(embedding)), self.likely(embedding)


class Network(nn.Module):
    """The encoder with its heads, and with the opponent who looks for the speaker in its embedding."""

    def __init__(self, speakers: int):
        super().__init__()
        self.encoder, self.heads = Encoder(), Heads()
        self.opponent = nn.Sequential(nn.Linear(EMBEDDING, 256), nn.ReLU(), nn.Linear(256, speakers))

    def embedded(self, mel: torch.Tensor) -> torch.Tensor:
        """The embedding as it is in training, blurred."""
        embedding = self.encoder(mel)
        return embedding + BLUR * torch.randn_like(embedding)


class Exported(nn.Module):
    """What runs in the product: no opponent, and likelihoods that mean what they say."""

    def __init__(self, network: Network, temperature: float):
        super().__init__()
        self.encoder, self.heads, self.temperature = network.encoder, network.heads, temperature

    def forward(self, mel: torch.Tensor, plain: torch.Tensor):
        """plain [B or 1, EMBEDDING]: the embedding of neutral speech of the same speaker, or 0 where it is not known."""
        embedding = self.encoder(mel)
        strengths, plane, likely = self.heads(embedding - plain)
        return embedding, torch.sigmoid(strengths), plane, torch.softmax(likely / self.temperature, dim=1)
