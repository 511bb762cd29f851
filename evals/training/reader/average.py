"""Average what several runs of the reader have learnt from the same beginning.

    python -m evals.training.reader.average ENCODER_FOLDER RUN_FOLDER ... --out FOLDER

Runs that begin with the same weights end in one valley, and the mean of their weights often reads better than each, at
no cost (Wortsman et al. 2022, arXiv 2203.05482). A layer that a run has not learnt is the encoder's. The settings are
those of the last run.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch

from evals.training.reader.network import ReaderNetwork
from evals.training.reader.weights import open_trained, save_final


def main() -> None:
    """Write the mean as a run that `export` and `measure` take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(given.runs[-1] / "settings.json", given.out / "settings.json")
    save_final(given.out, average([open_trained(given.encoder, run) for run in given.runs]))


def average(networks: Sequence[ReaderNetwork]) -> ReaderNetwork:
    """Give the last of the networks, with the mean of all weights in place of its own."""
    states = [network.state_dict() for network in networks]
    mean = {
        name: torch.stack([state[name].float() for state in states]).mean(0).to(value.dtype)
        for name, value in states[-1].items()
    }
    networks[-1].load_state_dict(mean)
    return networks[-1].requires_grad_(True)  # so that the layers are saved, too, which that run has not learnt


if __name__ == "__main__":
    main()
