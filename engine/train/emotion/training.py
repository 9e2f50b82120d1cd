"""Trains the network: batches of crops, losses, the schedule of the gradient reversal, and checkpoints that a killed run goes on from."""
from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from ...hear.feeling import BANDS, HOP, RATE, normal
from .. import schedule
from ..checkpoint import keep, resumed
from .corpus import Example
from .network import GradientReversal, Network

CROP = (1.0, 2.4)
"""Seconds of speech in one example; the product listens to 0.4 to 2."""

TOGETHER = 4
"""Examples of one speaker in a batch, beside a neutral one."""

KNOWN = 0.5
"""How often the speaker's neutral manner is known."""

SHIFT = 3
"""Mel bands by which all of one speaker's crops in a batch are moved up or down: some 80 Hz at the pitch of a voice, another size
of larynx and mouth."""

COLOUR = 3.0
"""Decibels by which they are all coloured: another timbre, another microphone."""

HIDDEN_BANDS, HIDDEN_FRAMES = 8, 15
"""Most bands and frames of a crop that are hidden (Park et al., "SpecAugment", Interspeech 2019)."""

PLANE_WEIGHT = 3.0
"""Of the squared errors of arousal and valence, which are small numbers, against the two cross entropies."""

FASTER = 4.0
"""How much longer the opponent's steps are: one that lags behind is deceived instead of deprived."""

MASKED = -1e4


@dataclass(frozen=True)
class Recipe:
    """All that decides a training beside its examples."""

    epochs: int = 60
    batch: int = 32
    rate: float = 6e-3
    """Highest step of Adam; it warms up over a twentieth and then falls as a cosine."""
    decay: float = 1e-3
    """Weight decay."""
    reversal: float = 0.5
    """Where the gradient reversal's weight ends; 0 trains without an opponent."""
    grown: bool = False
    """Whether the reversal is at its full weight from the first step, as in a training that goes on from another."""
    real: float = 0.0
    """Real clips in an epoch as a share of our own ones."""
    seed: int = 1


def reversal(recipe: Recipe, progress: float) -> float:
    """The gradient reversal's weight, for p from 0 to 1."""
    return recipe.reversal if recipe.grown else schedule.reversal(recipe.reversal, progress)


def train(examples: list[Example], speakers: list[str], recipe: Recipe, folder: Path, start: dict | None = None) -> Network:
    """Trains on the examples and gives the network. Goes on from `folder`'s checkpoint where there is one of the same recipe.

    speakers: all whom the opponent may name; start: weights to begin with. Every epoch draws by its own seed, so that a run that was
    broken off ends as one that was not.
    """
    torch.manual_seed(recipe.seed)
    network = Network(len(speakers))
    if start is not None:
        network.load_state_dict(start)
    groups = [{"params": [*network.encoder.parameters(), *network.heads.parameters()], "faster": 1.0}, {"params": network.opponent.parameters(), "faster": FASTER}]
    optimiser = torch.optim.AdamW(groups, recipe.rate, weight_decay=recipe.decay)
    folder.mkdir(parents=True, exist_ok=True)
    first = resumed(folder / "checkpoint.npz", recipe, network, optimiser)
    with (folder / "log.csv").open("a" if first else "w", newline="") as file:
        log = csv.writer(file)
        if not first:
            log.writerow(("epoch", "step", "reversal", "strengths", "plane", "likely", "speaker", "speakers_named"))
        for epoch in tqdm(range(first, recipe.epochs), initial=first, total=recipe.epochs, desc=folder.name, unit="epoch"):
            log.writerow((epoch, *(f"{value:.4g}" for value in _epoch(epoch, network, optimiser, examples, speakers, recipe))))
            file.flush()
            keep(folder / "checkpoint.npz", recipe, epoch + 1, network, optimiser)
    return network.eval()


def _epoch(epoch: int, network: Network, optimiser, examples: list[Example], speakers: list[str], recipe: Recipe) -> list[float]:
    """One turn over the examples; the means of what the log tells."""
    draw = np.random.default_rng([recipe.seed, epoch])
    torch.manual_seed(recipe.seed * 1000 + epoch)
    network.train()
    parts = batches(examples, recipe, draw)
    told = []
    for number, batch in enumerate(parts):
        progress = (epoch + number / len(parts)) / recipe.epochs
        weight = reversal(recipe, progress)
        for group in optimiser.param_groups:
            group["lr"] = schedule.step(recipe.rate, progress) * group["faster"]
        crops, chosen = batch
        wanted = torch.tensor([speakers.index(example.speaker) for example in chosen])
        embedding = network.embedded(torch.from_numpy(crops))
        strengths, place, likely = network.heads(embedding - plain(embedding, chosen, draw))
        named = network.opponent(GradientReversal.apply(embedding, weight))
        known, among, target = _stacked(chosen, "known"), _stacked(chosen, "among"), _stacked(chosen, "likely")
        losses = (
            (functional.binary_cross_entropy_with_logits(strengths, _stacked(chosen, "strengths"), reduction="none") * known).sum() / known.sum(),
            functional.mse_loss(place, _stacked(chosen, "plane")),
            -(target * torch.log_softmax(likely + (1 - among) * MASKED, dim=1)).sum(dim=1).mean(),
            functional.cross_entropy(named, wanted),
        )
        optimiser.zero_grad()
        (losses[0] + PLANE_WEIGHT * losses[1] + losses[2] + losses[3]).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        told.append([schedule.step(recipe.rate, progress), weight, *(float(loss.detach()) for loss in losses), float((named.argmax(dim=1) == wanted).float().mean())])
    return np.mean(told, axis=0).tolist()


def batches(examples: list[Example], recipe: Recipe, draw: np.random.Generator) -> list[tuple[np.ndarray, list[Example]]]:
    """Crops [B, BANDS, frames] and their examples, each example in one of its versions; TOGETHER of a speaker and one neutral clip of his more."""
    own = [example for example in examples if not example.real]
    real = [example for example in examples if example.real]
    chosen = own + ([real[i] for i in draw.choice(len(real), round(recipe.real * len(own)))] if real and recipe.real else [])
    groups: list[list[Example]] = []
    for speaker in sorted({example.speaker for example in chosen}):
        neutral = [example for example in examples if example.speaker == speaker and example.name == "neutral" and example.kind != "manner"]
        mine = [example for example in chosen if example.speaker == speaker]
        mine = [mine[i] for i in draw.permutation(len(mine))]
        groups += [[*mine[at : at + TOGETHER], *([neutral[int(draw.integers(len(neutral)))]] if neutral else [])] for at in range(0, len(mine), TOGETHER)]
    order, found = draw.permutation(len(groups)), []
    for part in np.array_split(order, max(1, round(len(groups) * (TOGETHER + 1) / recipe.batch))):
        length = round(draw.uniform(*CROP) * RATE / HOP)
        crops = []
        for group in part:
            body = stranger(draw)
            crops += [_crop(example.levels[int(draw.integers(len(example.levels)))], length, body, draw) for example in groups[group]]
        found.append((np.stack(crops), [example for group in part for example in groups[group]]))
    return found


def plain(embedding: torch.Tensor, examples: list[Example], draw: np.random.Generator) -> torch.Tensor:
    """For half of the examples what the batch's other neutral clips of the same speaker give on the average, for the rest nothing, 0."""
    rows = []
    for number, example in enumerate(examples):
        same = [i for i, other in enumerate(examples) if i != number and other.speaker == example.speaker and other.name == "neutral" and other.kind != "manner"]
        rows.append(embedding[same].mean(dim=0) if same and draw.random() < KNOWN else torch.zeros(embedding.shape[1]))
    return torch.stack(rows)


def stranger(draw: np.random.Generator) -> tuple[int, np.ndarray]:
    """What makes another speaker at another microphone of one: bands to move by, and decibels on each of them [BANDS, 1]."""
    at = np.linspace(0, np.pi, BANDS)[:, None]
    colour = sum(draw.normal(0, COLOUR / order) * np.cos(order * at + draw.uniform(0, 2 * np.pi)) for order in (1, 2, 3))
    return int(draw.integers(-SHIFT, SHIFT + 1)), colour.astype(np.float32)


def _crop(levels: np.ndarray, length: int, body: tuple[int, np.ndarray], draw: np.random.Generator) -> np.ndarray:
    """A stretch of the clip as the network is given it, with a band and a moment of it hidden; a short clip begins anew."""
    levels = np.pad(levels, ((0, 0), (0, max(0, length - levels.shape[1]))), mode="wrap")
    begin = int(draw.integers(levels.shape[1] - length + 1))
    part = levels[:, begin : begin + length].astype(np.float32)
    moved, colour = body
    part = normal(np.pad(part, ((max(moved, 0), max(-moved, 0)), (0, 0)), mode="edge")[max(-moved, 0) :][:BANDS] + colour)
    low, width = int(draw.integers(BANDS)), int(draw.integers(HIDDEN_BANDS + 1))
    first, count = int(draw.integers(length)), int(draw.integers(HIDDEN_FRAMES + 1))
    part[low : low + width] = 0
    part[:, first : first + count] = 0
    return part


def _stacked(examples: list[Example], name: str) -> torch.Tensor:
    return torch.from_numpy(np.stack([getattr(example, name) for example in examples]))
