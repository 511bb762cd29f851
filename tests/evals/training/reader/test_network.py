"""What the reader's network does beside its library: MPNet's fused attention, adapters that are merged."""

import shutil
from pathlib import Path

import pytest
import torch
from transformers import MPNetConfig, MPNetModel

from evals.training.reader.average import average
from evals.training.reader.network import LowRank, ReaderNetwork, choose_learnt, merge
from evals.training.reader.weights import Settings, open_trained, save_final, save_settings

LAYERS = 2
IDS = torch.tensor([[0, 58, 6, 2, 2, 50, 96, 2, 1, 1], [0, 58, 6, 2, 2, 50, 96, 25, 11, 2]])
MASK = (IDS != 1).long()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small MPNet as it is when nobody has trained it."""
    torch.manual_seed(1)
    config = MPNetConfig(
        vocab_size=100,
        hidden_size=32,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
    )
    MPNetModel(config, add_pooling_layer=False).save_pretrained(tmp_path / "mpnet")
    return tmp_path / "mpnet"


def test_fused_attention_gives_what_the_library_gives(folder: Path) -> None:
    library = MPNetModel.from_pretrained(folder, add_pooling_layer=False).eval()
    network = ReaderNetwork(folder).eval()
    with torch.no_grad():
        wanted = library(input_ids=IDS, attention_mask=MASK).last_hidden_state
        found = network.encoder(input_ids=IDS, attention_mask=MASK).last_hidden_state
    assert torch.allclose(found[MASK.bool()], wanted[MASK.bool()], atol=1e-5)


def test_merged_adapters_give_what_they_gave_apart(folder: Path) -> None:
    network = ReaderNetwork(folder).eval()
    plain = network(IDS, MASK)
    choose_learnt(network, rank=4, frozen_layers=0)
    adapters = [module for module in network.modules() if isinstance(module, LowRank)]
    assert len(adapters) == 6 * LAYERS  # query, key, value, output and two feed-forward layers of each
    for adapter in adapters:
        torch.nn.init.normal_(adapter.up, std=0.1)
    with torch.no_grad():
        apart = network(IDS, MASK)
        merge(network)
        merged = network(IDS, MASK)
    for one, other, before in zip(apart, merged, plain, strict=True):
        assert torch.allclose(one, other, atol=1e-4)
        assert not torch.allclose(one, before, atol=1e-2)


def test_the_mean_of_runs_is_saved_whole_where_the_last_one_has_not_learnt_all(folder: Path, tmp_path: Path) -> None:
    runs = []
    for seed, frozen in ((1, 0), (2, 1)):
        torch.manual_seed(seed)
        network = ReaderNetwork(folder)
        choose_learnt(network, rank=0, frozen_layers=frozen)
        with torch.no_grad():
            for parameter in network.parameters():
                if parameter.requires_grad:
                    parameter += torch.randn_like(parameter) / 10
        runs.append(tmp_path / str(seed))
        runs[-1].mkdir()
        save_settings(runs[-1], Settings(frozen_layers=frozen))
        save_final(runs[-1], network)
    states = [open_trained(folder, run).state_dict() for run in runs]
    shutil.copytree(runs[1], tmp_path / "mean")
    save_final(tmp_path / "mean", average([open_trained(folder, run) for run in runs]))
    for name, value in open_trained(folder, tmp_path / "mean").state_dict().items():
        assert torch.allclose(value, (states[0][name] + states[1][name]) / 2, atol=2e-3), name
