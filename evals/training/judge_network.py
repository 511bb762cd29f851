"""The judge as a network of torch, and as the int8 ONNX graph that is shipped."""

from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn
from transformers import AutoModel


class JudgeNetwork(nn.Module):
    """A BERT encoder that gives one score a pair and two a token."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        # With one epoch or two there is little to overfit, and dropout is slow on a CPU.
        self.encoder = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        size = self.encoder.config.hidden_size
        self.states = nn.Linear(size, 1)
        self.span = nn.Linear(size, 2)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the logits that the sentence states the answer, (pairs,), and that it begins and ends at a token.

        The latter have the shape (pairs, tokens, 2).
        """
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        hidden: Any = self.encoder(**inputs).last_hidden_state.float()
        return self.states(hidden[:, 0]).squeeze(-1), self.span(hidden)


def export(network: JudgeNetwork, folder: Path) -> Path:
    """Write the graph into `folder` as float32 and, dynamically quantised, as int8; give the latter."""
    whole, small = folder / "judge.float32.onnx", folder / "judge.int8.onnx"
    names = ["input_ids", "attention_mask", "token_type_ids"]
    rows = {0: "pairs", 1: "tokens"}
    ids = torch.tensor([[101, 2040, 102, 3000, 2001, 102]] * 2)
    torch.onnx.export(
        network.eval(),
        (ids, torch.ones_like(ids), torch.zeros_like(ids)),
        str(whole),
        input_names=names,
        output_names=["states", "span"],
        dynamic_axes=dict.fromkeys(names, rows) | {"states": {0: "pairs"}, "span": rows},
        dynamo=False,  # the other exporter needs onnxscript, a package more for the same graph
        opset_version=17,
    )
    quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True)
    return small
