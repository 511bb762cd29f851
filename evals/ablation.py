"""Switch rules of reading off, one after the other, and show what each is worth on sets of cases.

    python -m evals.ablation SET[=SAMPLE] ... [--articles FOLDER] [--without opposites,possessives] [--kept FILE]

A SET is what `qa eval` takes, its SAMPLE as there ("150+100"). For every rule the figures of each set without it are
shown less those with it, in cases: "+2 -1" are two that are right only without it, and one that is right only with it.
What the language model replied is kept in a file: where a rule changes nothing that it is shown, it is not asked again.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from evals.ask_cases import OpenSet, Request, judge_case, open_set
from evals.case_verdict import Verdict
from evals.figures import values_of
from qa.events import nobody
from qa.llms.local import LocalLLM
from qa.reading.spelling import Spelling
from qa.settings import Settings, load_settings

FIGURES = {"right": "right", "refused": "abstained"}  # as they are shown, and as `evals.figures` names them


def _no(*_: Any) -> bool:
    return False


def _as_it_is(question: str, grounded: Any, *_: Any) -> Any:
    return grounded


RULES: dict[str, dict[str, Any]] = {
    "missing names": {"qa.reading.decision.missing_names": lambda *_: []},
    "same person": {"qa.reading.check_names_and_counts.is_named_in_full": _no},
    "counts": {"qa.reading.decision.check_count": _as_it_is},
    "repeats": {"qa.reading.decision.repeats": _no},
    "possessives": {f"qa.reading.{at}.says_it_of_another": _no for at in ("decision", "evidence")},
    "opposites": {f"qa.reading.{at}.says_the_opposite": _no for at in ("decision", "evidence")},
    "whole quotation": {"qa.reading.decision.asks_what_was_said": _no},
    "yes or no": {
        f"qa.reading.{at}.is_closed": _no
        for at in ("decision", "confidence", "opposites", "check_names_and_counts", "supersede")
    },
    "hostile instructions": {
        "qa.reading.evidence.instructs": _no,
        "qa.reading.evidence.is_instructing": _no,
        "qa.reading.shaped_sentences.instructs": _no,
    },
    "spelling": {"qa.ask.respell": lambda question, *_: Spelling(question, question)},
    "supersede": {"qa.reading.decision.supersede": _as_it_is},
    "forms": {f"qa.reading.{at}.shapes_in": lambda *_: {} for at in ("shaped_sentences", "companions")},
    "clear evidence": {"qa.reading.evidence.CLEAR_SHARE": 1.0},
    "clear leads": {"qa.reading.decision.CLEAR_LEADS": ()},
    "second thought": {"qa.reading.decision.is_in_doubt": _no},
    "second look": {"qa.reading.language_model.SURE_PROBABILITY": 0.0},
}


class KeptReplies:
    """The embedded model's replies in a file, one a line: a request that was made before is answered from there."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._replies: dict[str, Any] = dict(json.loads(line) for line in lines)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Answer from the file what is there, and keep what is not."""
        ask = LocalLLM._request

        def request(llm: LocalLLM, messages: Sequence[Any], **options: Any) -> dict[str, Any]:
            asked = [llm.model_file.name, llm.max_tokens, [(each.role.value, each.content) for each in messages]]
            key = json.dumps([*asked, options], sort_keys=True)
            if key not in self._replies:
                self._replies[key] = ask(llm, messages, **options)
                with self._file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps([key, self._replies[key]]) + "\n")
            reply: dict[str, Any] = self._replies[key]
            return reply

        with patch.object(LocalLLM, "_request", request):
            yield


def main() -> None:
    """Ask every set with all rules, then without each of those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--articles", type=Path, help="of a file of cases that does not bring its own")
    parser.add_argument("--without", default=",".join(RULES), help="rules, by their names")
    parser.add_argument("--kept", type=Path, default=Path("replies.jsonl"))
    given = parser.parse_args()
    settings = load_settings(articles=given.articles, offline=True)
    with KeptReplies(given.kept).kept():
        for name in given.sets:
            measure(name, settings, given.without.split(","))


def measure(name: str, settings: Settings, without: Sequence[str]) -> None:
    """Print a set's figures with all rules, and what changes without each."""
    opened = open_set(request_of(name), settings, nobody)
    with closing(opened.index):
        whole = asked(opened)
        print(f"{name}: {', '.join(_share(shown, figure, whole) for shown, figure in FIGURES.items())}", flush=True)
        for rule in without:
            with switched_off(rule):
                found = asked(opened)
            changes = (f"{shown} {_changes(figure, whole, found)}" for shown, figure in FIGURES.items())
            print(f"    without {rule:<22} {'  '.join(changes)}", flush=True)


def request_of(name: str, retrieval_only: bool = False) -> Request:
    """Read SET=SAMPLE."""
    cases, _, sample = name.partition("=")
    request = Request(Path(cases), retrieval_only=retrieval_only)
    if not sample:
        return request
    answerable, _, unanswerable = sample.partition("+")
    return replace(request, sample=int(answerable) + int(unanswerable), answerable=int(answerable))


@contextmanager
def switched_off(rule: str) -> Iterator[None]:
    """Put what does nothing in the place of a rule."""
    with ExitStack() as patches:
        for place, replacement in RULES[rule].items():
            patches.enter_context(patch(place, replacement))
        yield


def asked(opened: OpenSet) -> list[Verdict]:
    """Ask the cases as they are read now."""
    return [Verdict.of(judge_case(case, opened.index, opened.llm, opened.settings)) for case in opened.cases]


def _share(shown: str, figure: str, verdicts: Sequence[Verdict]) -> str:
    values = values_of(figure, verdicts)
    return f"{shown} {sum(values.values()):.0f} of {len(values)}"


def _changes(figure: str, before: Sequence[Verdict], after: Sequence[Verdict]) -> str:
    old, new = values_of(figure, before), values_of(figure, after)
    return f"+{sum(new[case] > old[case] for case in old)} -{sum(new[case] < old[case] for case in old)}"


if __name__ == "__main__":
    main()
