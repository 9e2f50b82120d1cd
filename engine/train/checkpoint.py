"""Where a training stands: written whole or not at all, as plain arrays, and taken up by a run of the same recipe."""
from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch


def keep(path: Path, recipe, epoch: int, network: torch.nn.Module, optimiser) -> None:
    """Writes the checkpoint whole or not at all: plain arrays, nothing that could run when it is read."""
    arrays = {f"network.{name}": value.numpy() for name, value in network.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        arrays |= {f"optimiser.{number}.{name}": value.numpy() for name, value in state.items()}
    making = path.with_suffix(".new.npz")
    np.savez(making, recipe=np.array(repr(recipe)), epoch=np.array(epoch), **arrays)
    os.replace(making, path)


def weights(path: Path) -> dict:
    """The network's state out of a checkpoint."""
    with np.load(path) as kept:
        return {name.removeprefix("network."): torch.from_numpy(kept[name]) for name in kept.files if name.startswith("network.")}


def resumed(path: Path, recipe, network: torch.nn.Module, optimiser) -> int:
    """Takes up the checkpoint and gives the next epoch's number; 0 without one of this recipe."""
    if not path.is_file():
        return 0
    with np.load(path) as kept:
        if str(kept["recipe"]) != repr(recipe):
            return 0
        network.load_state_dict(weights(path))
        state: dict[int, dict] = {}
        for name in kept.files:
            if name.startswith("optimiser."):
                _, number, part = name.split(".")
                state.setdefault(int(number), {})[part] = torch.from_numpy(kept[name])
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
        return int(kept["epoch"])
