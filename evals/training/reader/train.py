"""Train the reader on a pack (see `data`): on a CPU or an accelerator, on from the last checkpoint.

    python -m evals.training.reader.train ENCODER_FOLDER --pack train.xz [scenes.xz] --run FOLDER [--rate 1e-4] ...

Extractive reading with a null answer (Devlin et al. 2019, arXiv 1810.04805; Rajpurkar et al. 2018, arXiv 1806.03822),
with the further heads of `network`. With `--teacher` and `--teacher-encoder` a trained reader's outputs are learnt
beside the labels: its encoder must cut texts into the same pieces, which MPNet and BERT (uncased) do. `--start` begins
with another run's weights. A run that was stopped goes on when the same command is given again. With `--within` the
rate has fallen, and training ends, when so many minutes of training are over, if not sooner: for borrowed machines.
"""

import argparse
import random
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from evals.training.reader.batches import batches, count_batches, examples_of
from evals.training.reader.examples import Example, load
from evals.training.reader.network import ReaderNetwork, choose_learnt
from evals.training.reader.targets import Batch, loss_of, loss_to_teacher
from evals.training.reader.teacher import Teacher
from evals.training.reader.weights import (
    Settings,
    load_checkpoint,
    put,
    read_weights,
    save_checkpoint,
    save_final,
    save_settings,
)
from qa.reading.reader_io import InputWriter

WARMUP_SHARE = 0.06
LEAST_RATE = 0.05  # share that the rate falls to
SAVE_S = 240.0
REPORT_STEPS = 50


def main() -> None:
    """Train, or go on training, and write the weights."""
    given = _parse()
    settings = Settings(**{field.name: getattr(given, field.name) for field in fields(Settings)})
    given.run.mkdir(parents=True, exist_ok=True)
    save_settings(given.run, settings)
    torch.manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    network = ReaderNetwork(given.encoder, settings.dropout)
    choose_learnt(network, settings.rank, settings.frozen_layers)
    if given.start:
        put(network, read_weights(given.start))
    teacher = Teacher(given.teacher_encoder, given.teacher, device) if given.teacher else None
    writer = InputWriter((given.encoder / "tokenizer.json").read_text(encoding="utf-8"), settings.max_tokens)
    examples = choose([each for pack in given.pack for each in load(pack)], settings)
    if train(network.to(device), writer, examples, settings, given, device, teacher):
        save_final(given.run, network)


def choose(examples: list[Example], settings: Settings) -> list[Example]:
    """Leave out the sources and kinds that `without` names, and keep a random share of the rest if one is asked for."""
    unwanted = set(filter(None, settings.without.split(",")))
    kept = [each for each in examples if each.source not in unwanted and each.kind not in unwanted]
    random.Random(settings.seed).shuffle(kept)
    return kept[: settings.examples or None]


def train(
    network: ReaderNetwork,
    writer: InputWriter,
    examples: list[Example],
    settings: Settings,
    given: argparse.Namespace,
    device: torch.device,
    teacher: Teacher | None,
) -> bool:
    """Train to the end, and tell whether it was reached before the time was up."""
    learnt = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=settings.rate, weight_decay=0.01, fused=True)
    per_epoch = count_batches(examples_of(examples, settings, 0), settings.batch)
    step, elapsed_s = load_checkpoint(given.run, network, optimizer)
    progress = _Progress(step, int(settings.epochs * per_epoch), elapsed_s, given)
    count = sum(parameter.numel() for parameter in learnt)
    print(f"{given.run.name}: {len(examples)} examples, {count / 1e6:.1f} M learnt, from step {step}", flush=True)
    network.train()
    while progress.share < 1:
        epoch, done = divmod(progress.step, per_epoch)
        ordered = examples_of(examples, settings, epoch)
        seed = settings.seed + epoch
        for batch in batches(ordered, writer, network.pad_id, settings.batch, seed, done, given.workers):
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * rate_share(progress.share)
            progress.note(learn(network, batch.to(device), optimizer, learnt, settings, teacher))
            if progress.must_save() or progress.share >= 1:
                save_checkpoint(given.run, network, optimizer, progress.step, progress.elapsed_s)
            if progress.share >= 1 or progress.is_stopped:
                break
        if progress.is_stopped:
            return False
    return True


def learn(
    network: ReaderNetwork,
    batch: Batch,
    optimizer: Any,
    learnt: list[torch.nn.Parameter],
    settings: Settings,
    teacher: Teacher | None,
) -> torch.Tensor:
    """Take one step, and give the loss, still on the device."""
    device = batch.weight.device.type
    with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
        outputs = network(**batch.inputs)
    outputs = (outputs[0].float(), outputs[1].float())
    loss = loss_of(outputs, batch)
    if teacher:
        taught = loss_to_teacher(outputs, teacher.read(batch), batch)
        loss = (1 - settings.teacher_share) * loss + settings.teacher_share * taught
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(learnt, 1.0)
    optimizer.step()
    return loss.detach()


def rate_share(done: float) -> float:
    """Let the rate rise, then fall to `LEAST_RATE`, both evenly; `done` is the share of training that is over."""
    return min(1.0, (done + 1e-3) / WARMUP_SHARE) * (1 - (1 - LEAST_RATE) * done)


class _Progress:
    """Counts steps and seconds, reports the mean loss, and says when to save and when to stop."""

    def __init__(self, step: int, steps: int, elapsed_s: float, given: argparse.Namespace) -> None:
        self.step, self._first, self._steps, self._given = step, step, steps, given
        self._before_s, self._began, self._saved = elapsed_s, time.time(), time.time()
        self._losses: list[torch.Tensor] = []

    @property
    def elapsed_s(self) -> float:
        """The seconds of training so far, those before the checkpoint included."""
        return self._before_s + time.time() - self._began

    @property
    def share(self) -> float:
        """How much of the training is over, by steps or by time."""
        within_s: float = 60 * self._given.within
        return max(self.step / self._steps, self.elapsed_s / within_s)

    @property
    def is_stopped(self) -> bool:
        """Whether this call's time is up, though the training is not over."""
        return self.share < 1 and time.time() - self._began > 60 * self._given.minutes

    def note(self, loss: torch.Tensor) -> None:
        """Count a step with its loss."""
        self.step += 1
        self._losses.append(loss)
        if self.step % REPORT_STEPS == 0:
            mean, self._losses = float(torch.stack(self._losses).mean()), []
            pace = (time.time() - self._began) / (self.step - self._first)
            print(f"{self.step}/{self._steps} {self.share:.3f} loss {mean:.3f}, {pace:.3f} s a step", flush=True)

    def must_save(self) -> bool:
        """Tell whether it is time for a checkpoint."""
        if time.time() - self._saved < SAVE_S and not self.is_stopped:
            return False
        self._saved = time.time()
        return True


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--pack", type=Path, nargs="+", required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--teacher-encoder", type=Path)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop this call after so many, to go on later")
    parser.add_argument("--workers", type=int, default=0, help="processes that make batches; 0 for a thread")
    parser.add_argument("--within", type=float, default=1e9, help="end the training after so many minutes in all")
    for field in fields(Settings):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    return parser.parse_args()


if __name__ == "__main__":
    main()
