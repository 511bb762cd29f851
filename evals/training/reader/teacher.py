"""A trained reader whose outputs another one learns, token by token."""

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from evals.training.reader.targets import Batch, Outputs
from evals.training.reader.weights import open_trained

BERT_TOKENS = 30522


class Teacher:
    """Reads batches that were encoded for a BERT encoder: MPNet's vocabulary is BERT's with other numbers."""

    def __init__(self, encoder: Path, run: Path, device: torch.device) -> None:
        self._network = open_trained(encoder, run).to(device)
        self._ids = torch.from_numpy(_translation(encoder / "tokenizer.json")).to(device)

    @torch.no_grad()
    def read(self, batch: Batch) -> Outputs:
        """Give the teacher's logits of the same tokens."""
        device = batch.weight.device.type
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            tokens, whole = self._network(self._ids[batch.inputs["input_ids"]], batch.inputs["attention_mask"])
        return tokens.float(), whole.float()


def _translation(tokenizer_json: Path) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Give for each of BERT's token ids MPNet's: the same words in the same order, behind four of its own."""
    vocabulary = Tokenizer.from_file(str(tokenizer_json)).get_vocab()
    ids = np.arange(BERT_TOKENS, dtype=np.int64) + vocabulary["[PAD]"]
    for bert, mpnet in ((0, "<pad>"), (101, "<s>"), (102, "</s>")):
        ids[bert] = vocabulary[mpnet]
    return ids
