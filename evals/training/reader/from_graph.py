"""Go on from what is shipped: the weights of an int8 graph, as an encoder's folder and as a run to `--start` from.

    python -m evals.training.reader.from_graph GRAPH.onnx MINILM --encoder encoders/shipped --run runs/shipped

The judge that was shipped before the reader (`qa/reading/judge_model/model.onnx` at commit 75c9849) had heads of its
own: a pair's logit becomes that of the whole, and begin and end stay what they are.
"""

import argparse
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file

from evals.training.reader.weights import Settings

KEPT = ("config.json", "tokenizer.json")
TOKEN_LOGITS, WHOLE_LOGITS = 3, 4


def main() -> None:
    """Write the encoder's folder and the run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("minilm", type=Path, help="the folder that the training of the graph began with")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    given = parser.parse_args()
    weights = weights_of(given.graph)
    given.encoder.mkdir(parents=True, exist_ok=True)
    given.run.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        shutil.copy(given.minilm / name, given.encoder)
    prefix = "encoder."
    encoder = {name.removeprefix(prefix): each for name, each in weights.items() if name.startswith(prefix)}
    save_file(encoder, given.encoder / "model.safetensors", metadata={"format": "pt"})
    save_file(heads_of(weights), given.run / "weights.safetensors")
    (given.run / "settings.json").write_text(json.dumps(asdict(Settings(form="sentences")), indent=1))


def weights_of(graph: Path) -> dict[str, torch.Tensor]:
    """Give the float weights of a dynamically quantised graph by the names that they have in torch."""
    model = onnx.load(graph)
    stored = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    quantised = ("_quantized", "_scale", "_zero_point")
    found = {
        name: torch.tensor(each)
        for name, each in stored.items()
        if not name.endswith(quantised) and name.split(".")[0] in ("encoder", "tokens", "whole", "states", "span")
    }
    for name in stored:
        if name.endswith("embeddings.weight_quantized"):
            found[name.removesuffix("_quantized")] = _float(stored, name.removesuffix("_quantized"))
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            name = node.name.strip("/").split("/MatMul")[0].split("/Gemm")[0].replace("/", ".")
            found[f"{name}.weight"] = _float(stored, node.input[1].removesuffix("_quantized")).T.contiguous()
    return found


def heads_of(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give the reader's heads; from a judge's those that it has, the others as zeros."""
    names = ("tokens.weight", "tokens.bias", "whole.weight", "whole.bias")
    if names[0] in weights:
        return {name: weights[name] for name in names}
    size = weights["span.weight"].shape[1]
    shapes = ((TOKEN_LOGITS, size), (TOKEN_LOGITS,), (WHOLE_LOGITS, size), (WHOLE_LOGITS,))
    heads = {name: torch.zeros(shape) for name, shape in zip(names, shapes, strict=True)}
    heads["tokens.weight"][:2], heads["tokens.bias"][:2] = weights["span.weight"], weights["span.bias"]
    heads["whole.weight"][:1], heads["whole.bias"][:1] = weights["states.weight"], weights["states.bias"]
    return heads


def _float(stored: dict[str, Any], name: str) -> torch.Tensor:
    whole = stored[f"{name}_quantized"].astype(np.float32) - stored[f"{name}_zero_point"].astype(np.float32)
    return torch.tensor(whole * stored[f"{name}_scale"])


if __name__ == "__main__":
    main()
