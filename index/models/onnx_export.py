"""Export a sentence-transformers model to ONNX: `python -m index.models.onnx_export MODEL_FOLDER OUT.onnx`."""

import os
import sys
import warnings
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from sentence_transformers import SentenceTransformer


class SentenceEmbedding(torch.nn.Module):
    """All modules of a sentence-transformers model (transformer, pooling, normalisation) as one function of tensors."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Map token ids and mask, both (batch, tokens) int64, to embeddings (batch, dimension) float32."""
        return self.model({"input_ids": input_ids, "attention_mask": attention_mask})["sentence_embedding"]  # type: ignore[no-any-return]


def export(folder: str, out: str) -> None:
    """Write the ONNX graph of the model in `folder` to the file `out`."""
    warnings.simplefilter("ignore")
    model = SentenceTransformer(folder, device="cpu", local_files_only=True).eval()
    tokens = model.tokenizer(["a text", "another, longer text"], padding=True, return_tensors="pt")
    dynamic = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        SentenceEmbedding(model),
        (tokens["input_ids"], tokens["attention_mask"]),
        out,
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={"input_ids": dynamic, "attention_mask": dynamic, "embedding": {0: "batch"}},
        dynamo=False,  # the other exporter needs onnxscript, a package more for the same graph
        opset_version=17,
    )


if __name__ == "__main__":
    export(*sys.argv[1:])
