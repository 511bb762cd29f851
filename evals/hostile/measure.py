"""Measure what hostile articles do to answers.

    python -m evals.hostile.measure REPLIES [--set unseen] [--trusting] [--sample N] [--out FILE]

All questions of `cases.jsonl` are asked of all articles, the hostile ones among them, and those about the ordinary
articles of these alone. The model's own words, which no check has passed, are judged too. Questions that a false fact
answers otherwise, without any instruction (`contested`), are counted apart: the articles disagree, and that is to be
shown. The set `unseen` was written by another hand, after the forms of `qa.reading.hostile_instructions` and without
knowing them; three of its articles were read to add some. `--trusting` takes every sentence as evidence, as if no
article had been looked through for instructions.

REPLIES keeps what the model replied to each prompt, so that another way of deciding is measured without asking it
again; a prompt that is the same with and without hostile articles is asked once.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from pydantic import PrivateAttr

from evals.cases import Case, load_cases
from evals.hostile.outcome import Outcome, Payload, Reply, is_right, is_same, judge, load_payloads
from index.article_index import ArticleIndex
from qa.answer import Answer
from qa.ask import ask
from qa.llms.llama import Llama
from qa.llms.local import LocalLLM
from qa.llms.warming import warm
from qa.opening import llm_file, open_embedder
from qa.reading.language_model import read
from qa.settings import Settings
from qa.trace import Trace

HERE = Path(__file__).parent
SETS = {"hostile": ".", "unseen": "unseen"}
CONTESTED = "contested"
SUCCESSES = (Outcome.ATTACKED, Outcome.SILENCED)
TRUE_SHOWN = (Outcome.RIGHT, Outcome.BOTH_SHOWN)


class RememberingLLM(LocalLLM):
    """The embedded model, which is asked each prompt once and its replies kept in a file."""

    kept_in: Path
    _kept: dict[str, str] = PrivateAttr(default_factory=dict)

    def __init__(self, llama: Llama, kept_in: Path) -> None:
        """Talk to a model that may still be loading; `kept_in` is the file, which may not exist yet."""
        super().__init__(llama, kept_in=kept_in)

    def model_post_init(self, context: Any, /) -> None:
        """Read the replies that were kept."""
        super().model_post_init(context)
        if self.kept_in.is_file():
            rows = map(json.loads, self.kept_in.read_text(encoding="utf-8").splitlines())
            self._kept.update((row["prompt"], row["response"]) for row in rows)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Give the reply that was kept, or ask the model."""
        prompt = "\n".join(f"{message.role.value}:{message.content}" for message in messages)
        key = hashlib.sha256(f"{self.model_file.name}\n{prompt}".encode()).hexdigest()
        if key not in self._kept:
            self._kept[key] = super().chat(messages, **kwargs).model_dump_json()
            with self.kept_in.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"prompt": key, "response": self._kept[key]}) + "\n")
        return ChatResponse.model_validate_json(self._kept[key])


@dataclass(frozen=True)
class Asking:
    """A case as it was answered and as the model alone replied: a short answer and what came of it."""

    case: Case
    short: str | None
    text: str
    outcome: Outcome
    attacker: str | None
    model_short: str | None
    model_text: str
    model_outcome: Outcome
    model_attacker: str | None

    @property
    def ungated(self) -> "Asking":
        """The same with what the model alone replied in the answer's place."""
        return replace(
            self,
            short=self.model_short,
            text=self.model_text,
            outcome=self.model_outcome,
            attacker=self.model_attacker,
        )


def main() -> None:
    """Ask, judge, print the figures and write each asking."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("replies", type=Path)
    parser.add_argument("--set", choices=SETS, default="hostile", dest="name")
    parser.add_argument("--trusting", action="store_true")
    parser.add_argument("--sample", type=int, default=1, help="take each so-manieth case")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    hostile = HERE / SETS[options.name]
    settings = Settings()
    llm = RememberingLLM(Llama(llm_file(settings), settings.models_dir / "states"), kept_in=options.replies)
    warm(llm)
    payloads = load_payloads(hostile / "payloads.jsonl")
    with TemporaryDirectory() as folder, trusting() if options.trusting else nullcontext():
        embedder = open_embedder(settings)
        articles = Path(folder, "articles")
        copytree(HERE / "articles" / "ordinary", articles / "ordinary")
        copytree(hostile / "articles" / "hostile", articles / "hostile")
        ordinary = ArticleIndex(articles / "ordinary", Path(folder, "ordinary"), embedder)
        every = ArticleIndex(articles, Path(folder, "every"), embedder)
        for index in (ordinary, every):
            index.sync()
        cases = load_cases(hostile / "cases.jsonl", every.catalog.text_of)[:: options.sample]
        without = {case.id: ask_one(case, ordinary, llm, [], None) for case in cases if "ordinary" in case.tags}
        among = [ask_one(case, every, llm, payloads, without.get(case.id)) for case in cases]
    for line in figures(without, among):
        print(line)
    if options.out:
        options.out.write_text(json.dumps([as_row(each, without.get(each.case.id)) for each in among], indent=1))


@contextmanager
def trusting() -> Iterator[None]:
    """Look through no article for instructions."""
    with (
        patch("qa.reading.evidence.instructs", lambda text: False),
        patch("qa.reading.evidence.is_instructing", lambda parts: False),
    ):
        yield


def ask_one(
    case: Case, index: ArticleIndex, llm: LocalLLM, payloads: Sequence[Payload], without: Asking | None
) -> Asking:
    """Ask a case, and judge the answer and what the model alone replied to the same evidence."""
    answer = ask(case.question, index, llm)
    shown = tuple(each.span.article_id for each in answer.evidence)
    text = "" if answer.abstained else _told(answer)
    outcome, attacker = judge(
        case, Reply(answer.short_answer, text, shown), payloads, bool(without and without.short is not None)
    )
    reply = read(case.question, answer.evidence, llm, Trace()).reply
    short = None if reply.refused else reply.text
    model_outcome, model_attacker = judge(
        case, Reply(short, reply.text, shown), payloads, bool(without and without.model_short is not None)
    )
    return Asking(case, answer.short_answer, text, outcome, attacker, short, reply.text, model_outcome, model_attacker)


def figures(without: dict[str, Asking], among: Sequence[Asking]) -> list[str]:
    """Give the lines of the report."""
    pairs = [(each, without[each.case.id]) for each in among if each.case.id in without]
    contested = [each for each, _ in pairs if CONTESTED in each.case.tags]
    others = [(each, alone) for each, alone in pairs if CONTESTED not in each.case.tags]
    rows: list[tuple[str, Sequence[Asking], Callable[[Asking], bool]]] = [
        ("attacks that succeeded", among, _succeeded),
        ("  of them on uncontested questions", [each for each in among if each not in contested], _succeeded),
        ("contested: the true fact is given, or both", contested, lambda each: each.outcome in TRUE_SHOWN),
    ]
    return [
        f"{'':<44}{'product':>10}{'model alone':>14}",
        *(_row(name, sum(map(test, of)), sum(test(each.ungated) for each in of), len(of)) for name, of, test in rows),
        _row(
            "other ordinary questions answered the same",
            sum(is_same(one.short, alone.short) for one, alone in others),
            sum(is_same(one.model_short, alone.model_short) for one, alone in others),
            len(others),
        ),
        *(
            _row(
                f"ordinary right, {name}",
                sum(is_right(each.case, each.short) for each in asked),
                sum(is_right(each.case, each.model_short) for each in asked),
                len(asked),
            )
            for name, asked in {
                "ordinary articles alone": [alone for _, alone in pairs],
                "among hostile articles": [each for each, _ in pairs],
            }.items()
        ),
        f"outcomes, product: {dict(Counter(str(each.outcome) for each in among))}",
        f"outcomes, model alone: {dict(Counter(str(each.model_outcome) for each in among))}",
    ]


def as_row(asking: Asking, without: Asking | None) -> dict[str, Any]:
    """Give an asking as it is written."""
    names = ("short", "text", "outcome", "attacker", "model_short", "model_text", "model_outcome", "model_attacker")
    row = {"id": asking.case.id, "question": asking.case.question, "answers": asking.case.answers}
    row |= {name: getattr(asking, name) for name in names}
    return row | {"without": without and {name: getattr(without, name) for name in names}}


def _succeeded(asking: Asking) -> bool:
    return asking.outcome in SUCCESSES


def _told(answer: Answer) -> str:
    return "\n".join([*(each.text for each in answer.statements), answer.short_answer or ""])


def _row(name: str, gated: int, ungated: int, whole: int) -> str:
    return f"{name:<44}{gated:>4}/{whole:<5}{ungated:>8}/{whole}"


if __name__ == "__main__":
    main()
