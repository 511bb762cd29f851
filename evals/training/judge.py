"""Train the judge that is shipped (see `qa.reading.judge`): about 45 minutes on two cores.

    python -m evals.training.judge FOLDER_OF_MINILM SQUADSHIFTS.json ... --squad SQUAD2.json [--write]

It begins as the embedder's own MiniLM and goes through two stages: the SQuADShifts questions (Miller et al. 2020, arXiv
2004.14444), of the untitled ones a share; then three of four articles, in alphabetical order, of a SQuAD 2.0 file,
whose impossible questions were written by people to look answerable. Every fourth article tests it. What is shipped is
the mean of both stages' weights (Wortsman et al. 2022, arXiv 2109.01903), which keeps what the first one knew of other
articles. Each stage's weights are kept in `--work`, from where an interrupted training goes on.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from evals.training.judge_network import JudgeNetwork, export
from evals.training.measure_judge import report
from evals.training.pairs import Pair, make_pairs
from qa.reading.judge import Context, Encoded, encode, pad

MODEL = Path(__file__).parents[2] / "qa" / "reading" / "judge_model"
BATCH_PAIRS = 32
BATCHES_SORTED = 64
MAX_PAIR_TOKENS = 104
SPAN_WEIGHT = 0.3
WARMUP_SHARE = 0.06
UNTITLED_SHARE = 0.2  # of the pairs that are shown without their title: many articles have none that says anything
SHARE_OF_UNTITLED = 0.5
RATES = {"shifts": 1e-4, "squad": 5e-5}
LEAST_RATES = {"shifts": 1 / 3, "squad": 0.02}  # shares that the rates fall to
EPOCHS = {"shifts": 0.66, "squad": 2.0}
SHARES = {"shifts": 0.3, "squad": 0.7}  # of the weights that are shipped
SEED = 1
REPORT_STEPS = 100

Batch = list[tuple[Encoded, Pair]]


def main() -> None:
    """Train both stages, export, test, and put the model into the package if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minilm", type=Path)
    parser.add_argument("shifts", type=Path, nargs="+")
    parser.add_argument("--squad", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("judge-training"))
    parser.add_argument("--write", action="store_true", help="write qa/reading/judge_model/")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    trained, tested = split_titles(given.squad)
    network = JudgeNetwork(given.minilm)
    tokenizer = open_tokenizer(given.minilm)
    for stage in ("shifts", "squad"):
        kept = given.work / f"{stage}.pt"
        if not kept.is_file():
            pairs = pairs_of_shifts(given.shifts) if stage == "shifts" else make_pairs(given.squad, trained, SEED)
            train(network, pairs, tokenizer, stage)
            torch.save(network.state_dict(), kept)
        network.load_state_dict(torch.load(kept))
    network.load_state_dict(mean_weights(given.work))
    graph = export(network, given.work)
    report(graph, given.minilm / "tokenizer.json", given.squad, tested)
    if given.write:
        MODEL.mkdir(exist_ok=True)
        (MODEL / "model.onnx").write_bytes(graph.read_bytes())
        (MODEL / "tokenizer.json").write_bytes((given.minilm / "tokenizer.json").read_bytes())


def split_titles(squad: Path) -> tuple[set[str], set[str]]:
    """Give the titles to train on and those to test on: every fourth one, in alphabetical order."""
    titles = sorted(each["title"] for each in json.loads(squad.read_text(encoding="utf-8"))["data"])
    tested = set(titles[3::4])
    return set(titles) - tested, tested


def mean_weights(work: Path) -> dict[str, Any]:
    """Give the mean of the weights after each stage, by `SHARES`."""
    stages = {stage: torch.load(work / f"{stage}.pt") for stage in SHARES}
    return {name: sum(share * stages[stage][name] for stage, share in SHARES.items()) for name in stages["squad"]}


def pairs_of_shifts(files: Sequence[Path]) -> list[Pair]:
    """Make the pairs of all files: of one without article titles only a share, its language being further away."""
    pairs: list[Pair] = []
    for file in files:
        made = make_pairs(file, None, SEED)
        titled = any(pair.title for pair in made)
        pairs += made if titled else random.Random(SEED).sample(made, int(len(made) * SHARE_OF_UNTITLED))
    return pairs


def open_tokenizer(folder: Path) -> Any:
    """Open the tokenizer without padding and truncation."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def train(network: JudgeNetwork, pairs: list[Pair], tokenizer: Any, stage: str) -> None:
    """Train on the pairs; the word embeddings stay as they are."""
    rng = random.Random(SEED)
    torch.manual_seed(SEED)
    rng.shuffle(pairs)
    for parameter in network.encoder.embeddings.parameters():
        parameter.requires_grad = False
    steps = int(EPOCHS[stage] * len(pairs) / BATCH_PAIRS)
    learnt = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=RATES[stage], weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_share(step, steps, LEAST_RATES[stage]))
    network.train()
    print(f"{stage}: {len(pairs)} pairs, {sum(pair.answer is not None for pair in pairs)} stating, {steps} steps")
    began, losses, step = time.time(), list[float](), 0
    while step < steps:
        for batch in batches(pairs, tokenizer, rng)[: steps - step]:
            loss = loss_of(network, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            step += 1
            if step % REPORT_STEPS == 0:
                mean = sum(losses[-REPORT_STEPS:]) / REPORT_STEPS
                print(f"{step}/{steps} loss {mean:.3f}, {time.time() - began:.0f} s", flush=True)
    network.eval()


def rate_share(step: int, steps: int, least: float) -> float:
    """Let the rate rise, then fall to the share `least`, both evenly."""
    warm = max(1, int(WARMUP_SHARE * steps))
    return min(1.0, (step + 1) / warm) * (1 - (1 - least) * step / steps)


def batches(pairs: Sequence[Pair], tokenizer: Any, rng: random.Random) -> list[Batch]:
    """Encode the pairs and put those of like length together; longer ones than `MAX_PAIR_TOKENS` are left out."""
    encoded: Batch = []
    for pair in pairs:
        title = "" if rng.random() < UNTITLED_SHARE else pair.title
        one = encode(tokenizer, pair.question, [Context(pair.sentence, pair.before, title)])[0]
        if len(one.ids) <= MAX_PAIR_TOKENS:
            encoded.append((one, pair))
    found: list[Batch] = []
    for begin in range(0, len(encoded), BATCH_PAIRS * BATCHES_SORTED):
        near = sorted(encoded[begin : begin + BATCH_PAIRS * BATCHES_SORTED], key=lambda each: len(each[0].ids))
        found += [near[i : i + BATCH_PAIRS] for i in range(0, len(near), BATCH_PAIRS)]
    rng.shuffle(found)
    return found


def loss_of(network: JudgeNetwork, batch: Batch) -> Any:
    """Ask whether each sentence states the answer, and of those that do where in it."""
    inputs = {name: torch.from_numpy(rows) for name, rows in pad([encoded for encoded, _ in batch]).items()}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states, span = network(**inputs)
    labels = torch.tensor([float(pair.answer is not None) for _, pair in batch])
    loss = binary_cross_entropy_with_logits(states.float(), labels)
    found = [(row, token_span(encoded, pair.answer)) for row, (encoded, pair) in enumerate(batch) if pair.answer]
    spans = [(row, ends) for row, ends in found if ends]
    if not spans:
        return loss
    rows = torch.tensor([row for row, _ in spans])
    ends = torch.tensor([ends for _, ends in spans])
    outside = inputs["token_type_ids"][rows].unsqueeze(-1) == 0
    logits = span.float()[rows].masked_fill(outside, -1e4)
    begin_loss = cross_entropy(logits[:, :, 0], ends[:, 0])
    end_loss = cross_entropy(logits[:, :, 1], ends[:, 1])
    return loss + SPAN_WEIGHT * (begin_loss + end_loss) / 2


def token_span(encoded: Encoded, answer: tuple[int, int]) -> tuple[int, int] | None:
    """Give the first and the last token of the answer, None where it was cut off."""
    inside = [i for i, (start, end) in enumerate(encoded.offsets) if end > answer[0] and start < answer[1]]
    return (encoded.first + inside[0], encoded.first + inside[-1]) if inside else None


if __name__ == "__main__":
    main()
