"""Keep what was learnt: checkpoints to go on from, and the weights that training ends with.

A run's folder holds `last.pt` (weights, optimizer, schedule, position: to go on), `settings.json`, and at the end
`weights.safetensors`, as float16, what differs from the encoder only. Each file is written beside itself and renamed,
so that a kill leaves the old one or the new one.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from evals.training.reader.network import ReaderNetwork, choose_learnt, learnt_weights, merge


@dataclass(frozen=True)
class Settings:
    """How a reader is trained. `form` says what it reads: passages, single sentences, or passages and sentences.

    Of single sentences one that states the answer is read, and the `silent` ones that are most like the question.
    """

    form: str = "passages"
    rate: float = 1e-4
    batch: int = 32
    max_tokens: int = 256
    epochs: float = 1.0
    examples: int = 0
    silent: int = 2
    rank: int = 0
    frozen_layers: int = 0
    dropout: float = 0.0
    teacher_share: float = 0.0
    without: str = ""
    seed: int = 1


def save_checkpoint(folder: Path, network: ReaderNetwork, optimizer: Any, step: int, elapsed_s: float) -> None:
    """Write what training goes on from."""
    state = {
        "weights": learnt_weights(network),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "elapsed_s": elapsed_s,
    }
    torch.save(state, folder / "last.partial")
    (folder / "last.partial").replace(folder / "last.pt")


def load_checkpoint(folder: Path, network: ReaderNetwork, optimizer: Any) -> tuple[int, float]:
    """Go on from the checkpoint if there is one; give the steps done and the seconds that they took."""
    if not (folder / "last.pt").is_file():
        return 0, 0.0
    state = torch.load(folder / "last.pt", map_location="cpu")
    put(network, state["weights"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state.get("elapsed_s", 0.0))


def save_settings(folder: Path, settings: Settings) -> None:
    """Write the settings; raise ValueError where the folder holds a run with others, which cannot be gone on with."""
    file = folder / "settings.json"
    if file.is_file() and json.loads(file.read_text()) != asdict(settings):
        raise ValueError(f"{file} has other settings: name another run, or delete that one")
    file.write_text(json.dumps(asdict(settings), indent=1))


def save_final(folder: Path, network: ReaderNetwork) -> None:
    """Write what was learnt, as float16."""
    halves = {name: value.half().cpu().contiguous() for name, value in learnt_weights(network).items()}
    save_file(halves, folder / "weights.partial")
    (folder / "weights.partial").replace(folder / "weights.safetensors")


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Give a run's final weights, or those of its last checkpoint."""
    final = folder / "weights.safetensors"
    if final.is_file():
        return load_file(final)
    weights: dict[str, torch.Tensor] = torch.load(folder / "last.pt", map_location="cpu")["weights"]
    return weights


def open_trained(encoder: Path, folder: Path) -> ReaderNetwork:
    """Open a trained reader, its adapters merged, ready to read."""
    settings = Settings(**json.loads((folder / "settings.json").read_text()))
    network = ReaderNetwork(encoder)
    choose_learnt(network, settings.rank, settings.frozen_layers)
    put(network, read_weights(folder))
    merge(network)
    return network.eval()


def put(network: ReaderNetwork, weights: dict[str, torch.Tensor]) -> None:
    """Set the weights that are named; raise ValueError where a name is unknown to the network."""
    unknown = network.load_state_dict({name: value.float() for name, value in weights.items()}, strict=False)
    if unknown.unexpected_keys:
        raise ValueError(f"the network has no {unknown.unexpected_keys[0]}")
