"""Conversations of two turns: the second question is completed from the first, and its answer is judged.

    python -m evals.followups            as `qa chat` completes it
    python -m evals.followups --by-hand  as a person completed it, which tells how good completing can get at best

For completing nothing was tuned on those tagged `held`; what an answer is refused for was made with all in view. Each
is asked of the seed article or of the invented ones, as its line says.
"""

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from llama_index.core.llms import LLM
from pydantic import BaseModel, ConfigDict

from evals.ask_cases import ask_cases, judge_case
from evals.cases import Case
from evals.figures import to_text
from evals.run_file import RunLog, code_revision
from index.article_index import ArticleIndex
from qa.ask import ask
from qa.cli.display import Display
from qa.events import Listener
from qa.llms.llama import Llama
from qa.llms.local import LocalLLM
from qa.llms.warming import warm
from qa.opening import llm_file, open_index
from qa.question.complete_follow_up import Before, rewrite
from qa.settings import Settings, load_settings
from qa.trace import Trace

FILE = Path(__file__).with_name("followups.jsonl")


class FollowUp(BaseModel):
    """Two questions, what the second one means in full, and its accepted answers; none where the articles say none."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: str
    articles: str
    first: str
    second: str
    standalone: str
    answers: list[str]
    tags: list[str]


def load_follow_ups(half: str | None = None) -> list[FollowUp]:
    """Read the conversations, or those of one half, `dev` or `held`."""
    found = [FollowUp.model_validate_json(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [each for each in found if half is None or half in each.tags]


def complete(follow_up: FollowUp, index: ArticleIndex, llm: LLM) -> str:
    """Ask the first question and give the second one as its answer completes it."""
    answer = ask(follow_up.first, index, llm)
    return rewrite(follow_up.second, Before(answer.question, answer.short_answer), lambda: llm, Trace())


def run(follow_ups: Sequence[FollowUp], by_hand: bool, tell: Listener, out: Path | None) -> dict[str, Any]:
    """Ask the second questions and give the run, as `evals.ask_cases` does; an interrupted one goes on."""
    settings = load_settings(offline=True)
    llm = LocalLLM(Llama(llm_file(settings), settings.models_dir / "states"))
    warm(llm)
    with ExitStack() as stack:
        folders = dict.fromkeys(each.articles for each in follow_ups)
        indexes = {each: stack.enter_context(_opened(settings, each)) for each in folders}
        cases = {_case(each): each for each in follow_ups}

        def judge(case: Case) -> dict[str, Any]:
            follow_up = cases[case]
            index = indexes[follow_up.articles]
            question = case.question if by_hand else complete(follow_up, index, llm)
            asked = judge_case(replace(case, question=question), index, llm, settings)
            return asked | {"first": follow_up.first, "second": follow_up.second}

        return ask_cases(list(cases), RunLog(_identity(follow_ups, by_hand, llm), out), tell, judge)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by-hand", action="store_true", help="ask the second question as a person completed it")
    parser.add_argument("--half", choices=["dev", "held"], help="only the conversations of this half")
    parser.add_argument("--out", type=Path, help="write the run to this file")
    given = parser.parse_args()
    with Display() as display:
        display.show(to_text(run(load_follow_ups(given.half), given.by_hand, display.hear, given.out)))


@contextmanager
def _opened(settings: Settings, articles: str) -> Iterator[ArticleIndex]:
    with closing(open_index(settings.model_copy(update={"articles": Path(articles)}))) as index:
        index.sync()
        yield index


def _case(follow_up: FollowUp) -> Case:
    answers = tuple(follow_up.answers)
    return Case(follow_up.id, follow_up.standalone, answers, (), bool(answers), tuple(follow_up.tags))


def _identity(follow_ups: Sequence[FollowUp], by_hand: bool, llm: LLM) -> dict[str, Any]:
    digest = hashlib.sha256("\n".join(each.model_dump_json() for each in follow_ups).encode()).hexdigest()
    facts = {"cases_file": FILE.name, "cases_sha256": digest, "by_hand": by_hand, "llm": llm.metadata.model_name}
    return facts | code_revision()


if __name__ == "__main__":
    main()
