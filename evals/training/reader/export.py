"""Write a trained reader as an int8 ONNX graph, compare it with torch on a pack's sentences, and ship it if asked to.

    python -m evals.training.reader.export ENCODER RUN --pack held.xz [--questions 60] [--reduce-range] [--write]

On processors without VNNI instructions 8-bit products can overflow; `--reduce-range` keeps weights to 7 bits, which
ONNX Runtime's documentation advises there. The graph has no weights beside it, and is its own file. What is shipped has
beside it the tokenizer, and the mix that fits the graph on all of the pack's questions on SQuAD's articles.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from evals.training.reader.examples import load
from evals.training.reader.measure import sample
from evals.training.reader.network import ReaderNetwork
from evals.training.reader.reading import fit_mix, onnx_run, read_passages, sentences_of, torch_run
from evals.training.reader.weights import Settings, open_trained
from qa.reading.reader_io import InputWriter

MODEL = Path(__file__).parents[3] / "qa" / "reading" / "reader_model"


def main() -> None:
    """Export, and print how far the graphs' readings are from torch's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--reduce-range", action="store_true")
    parser.add_argument("--write", action="store_true", help="write qa/reading/reader_model/")
    given = parser.parse_args()
    settings = Settings(**json.loads((given.run / "settings.json").read_text()))
    network = open_trained(given.encoder, given.run)
    whole, small = export(network, given.run, given.reduce_range)
    writer = InputWriter((given.encoder / "tokenizer.json").read_text(encoding="utf-8"), settings.max_tokens)
    held = [each for each in load(given.pack) if each.source.startswith("squad")]
    examples = [sentence for _, sentence in sentences_of(sample(held, given.questions))]
    wanted = read_passages(torch_run(network), writer, network.pad_id, examples, 1)
    for graph in (whole, small):
        found = read_passages(onnx_run(graph), writer, network.pad_id, examples, 1)
        same = np.mean([one.phrase == other.phrase for one, other in zip(found, wanted, strict=True)])
        pairs = np.array([[(a.span, b.span), (a.head, b.head)] for a, b in zip(found, wanted, strict=True)])
        apart = np.abs(pairs[..., 0] - pairs[..., 1])
        print(
            f"{graph.name}: {graph.stat().st_size / 1e6:.1f} MB, {len(found)} sentences, same phrase {same:.3f}, "
            f"span logit apart {apart[:, 0].mean():.4f} (most {apart[:, 0].max():.4f}), "
            f"head logit apart {apart[:, 1].mean():.4f} (most {apart[:, 1].max():.4f})"
        )
    if given.write:
        MODEL.mkdir(exist_ok=True)
        mix = fit_mix(onnx_run(small), writer, network.pad_id, held, 1)
        (MODEL / "model.onnx").write_bytes(small.read_bytes())
        (MODEL / "tokenizer.json").write_bytes((given.encoder / "tokenizer.json").read_bytes())
        (MODEL / "mix.json").write_text(json.dumps(asdict(mix), indent=1) + "\n", encoding="utf-8")


def export(network: ReaderNetwork, folder: Path, reduce_range: bool) -> tuple[Path, Path]:
    """Write the graph as float32 and, dynamically quantised per channel, as int8; give both."""
    whole, small = folder / "reader.float32.onnx", folder / "reader.int8.onnx"
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if network.has_types else [])]
    rows = {0: "windows", 1: "tokens"}
    ids = torch.tensor([[101, 2040, 102, 102, 3000, 2001, 102]] * 2)
    inputs = (ids, torch.ones_like(ids), torch.zeros_like(ids))[: len(names)]
    torch.onnx.export(
        network.eval(),
        inputs,
        str(whole),
        input_names=names,
        output_names=["tokens", "whole"],
        dynamic_axes=dict.fromkeys(names, rows) | {"tokens": rows, "whole": {0: "windows"}},
        dynamo=False,  # the other exporter needs onnxscript, a package more for the same graph
        opset_version=17,
    )
    quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True, reduce_range=reduce_range)
    return whole, small


if __name__ == "__main__":
    main()
