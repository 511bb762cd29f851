"""The reader as a network of torch: an encoder with heads on its tokens and on the whole, and low-rank adapters for it.

The heads: where an answer begins and ends, with position 0 for "none" (Devlin et al. 2019, arXiv 1810.04805, section
4.3); for each token whether its sentence states the answer, a sentence's logit being the mean of its tokens', so that
the graph needs no sentence offsets; at position 0 whether the passage answers, and whether it settles a yes/no
question with yes, no, or not at all.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoConfig, AutoModel

START, END, STATES = range(3)
ANSWERABLE, YES, NO, UNSETTLED = range(4)
ADAPTED_SHARE = 1.0  # scale of an adapter's product (alpha / rank of Hu et al. 2021, arXiv 2106.09685)


class ReaderNetwork(nn.Module):
    """An encoder of BERT's or MPNet's kind, with three logits a token and four an input."""

    def __init__(self, folder: Path, dropout: float = 0.0) -> None:
        super().__init__()
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
        self.encoder: Any = AutoModel.from_pretrained(
            folder, config=config, local_files_only=True, add_pooling_layer=False
        ).float()
        self.has_types = getattr(config, "type_vocab_size", 0) > 1 and config.model_type == "bert"
        self.pad_id = int(config.pad_token_id)
        self.tokens = nn.Linear(config.hidden_size, 3)
        self.whole = nn.Linear(config.hidden_size, 4)
        if config.model_type == "mpnet":
            _fuse_attention(self.encoder)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the logits of the tokens, (inputs, tokens, 3), and of the whole, (inputs, 4)."""
        inputs: dict[str, Any] = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.has_types:
            inputs["token_type_ids"] = token_type_ids
        hidden = self.encoder(**inputs).last_hidden_state.float()
        return self.tokens(hidden), self.whole(hidden[:, 0])


class LowRank(nn.Module):
    """A linear layer that stays as it is, plus a product of two small matrices that is learnt."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / rank)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Give the layer's output with the adapter's."""
        adapted: torch.Tensor = self.base(inputs) + ADAPTED_SHARE * ((inputs @ self.down.T) @ self.up.T)
        return adapted

    def merged(self) -> nn.Linear:
        """Give one linear layer that does the same."""
        with torch.no_grad():
            self.base.weight += ADAPTED_SHARE * (self.up @ self.down)
        return self.base


def choose_learnt(network: ReaderNetwork, rank: int, frozen_layers: int) -> None:
    """Freeze the embeddings and the lowest layers; with a rank, learn adapters in place of the layers' weights."""
    layers = network.encoder.encoder.layer
    frozen = [network.encoder.embeddings, *_position_biases(network), *layers[: len(layers) if rank else frozen_layers]]
    for parameter in (parameter for module in frozen for parameter in module.parameters()):
        parameter.requires_grad = False
    for layer in layers[frozen_layers:] if rank else []:
        for parent, name, linear in list(_linears(layer)):
            setattr(parent, name, LowRank(linear, rank))
        for name, parameter in layer.named_parameters():
            if "LayerNorm" in name or name.endswith("bias"):
                parameter.requires_grad = True


def merge(network: nn.Module) -> None:
    """Put all adapters into the layers that they belong to."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, LowRank):
                setattr(module, name, child.merged())


def learnt_weights(network: nn.Module) -> dict[str, torch.Tensor]:
    """Give what is learnt, by name: a checkpoint needs no more."""
    return {name: value.detach() for name, value in network.named_parameters() if value.requires_grad}


def _linears(layer: nn.Module) -> Iterator[tuple[nn.Module, str, nn.Linear]]:
    for parent in layer.modules():
        for name, child in parent.named_children():
            if isinstance(child, nn.Linear):
                yield parent, name, child


def _position_biases(network: ReaderNetwork) -> Iterator[nn.Module]:
    """Give MPNet's table of position biases: the fused kernel is faster where it needs no gradient."""
    if hasattr(network.encoder.encoder, "relative_attention_bias"):
        yield network.encoder.encoder.relative_attention_bias


def _fuse_attention(encoder: nn.Module) -> None:
    """Let MPNet attend by torch's fused kernel, which its class in transformers does not use: less memory and time."""
    for module in encoder.modules():
        if type(module).__name__ == "MPNetSelfAttention":
            module.forward = _Fused(module)


class _Fused:
    """The forward of an MPNetSelfAttention: its position bias and mask are added to the scores in the kernel."""

    def __init__(self, attention: Any) -> None:
        self._attention = attention

    def __call__(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        position_bias: torch.Tensor | None = None,
        **_: Any,
    ) -> tuple[torch.Tensor]:
        own = self._attention
        shape = (*hidden_states.shape[:-1], own.num_attention_heads, own.attention_head_size)
        q, k, v = (part(hidden_states).view(shape).transpose(1, 2) for part in (own.q, own.k, own.v))
        bias = sum(part for part in (attention_mask, position_bias) if part is not None)
        mask = bias.to(q.dtype).expand(-1, own.num_attention_heads, -1, -1) if isinstance(bias, torch.Tensor) else None
        share = own.dropout.p if own.training else 0.0
        context = scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=share)
        return (own.o(context.transpose(1, 2).reshape(hidden_states.shape)),)
