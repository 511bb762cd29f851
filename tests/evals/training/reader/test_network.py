"""What the reader's network does beside its library: MPNet's fused attention, adapters that are merged."""

from pathlib import Path

import pytest
import torch
from transformers import MPNetConfig, MPNetModel

from evals.training.reader.network import LowRank, ReaderNetwork, choose_learnt, merge

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
