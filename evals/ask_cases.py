"""Ask every case and judge what comes back, each case kept at once."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from llama_index.core.llms import LLM
from platformdirs import user_cache_path

from evals.case_verdict import Verdict, judge_answer, judge_retrieval
from evals.cases import Case, draw
from evals.figures import Figure, counts, figures, figures_by_kind
from evals.question_sets import Format, bring_set, find_format, load_set
from evals.run_file import RunLog, code_revision
from index.article_index import ArticleIndex
from index.errors import ModelError, UsageError
from index.filter import Filter
from qa.answer import Kind
from qa.ask import ask
from qa.events import Listener, Progressed, Warned, progress_of
from qa.llms.warming import warm
from qa.opening import open_both, open_index
from qa.reading.evidence import choose_evidence
from qa.settings import Settings

SEEDS = Path(str(files("evals") / "seeds.jsonl"))
MAX_FAILURES_AT_FIRST = 3


@dataclass(frozen=True)
class Request:
    """What to measure: a file of cases, or a folder of such files; all of it, or a drawn sample.

    Of a `sample` so many are `answerable`, or two of three. With `reading` each question of a SQuAD file is asked of
    its own paragraph, with `retrieval_only` no model is asked. The run is written to `out`, else to the user's folder
    of runs. Of the cases those of `kinds` are asked, all where there is none; with `kinds_told` each question is asked
    as its case's kind, so that planning is not measured.
    """

    cases: Path = SEEDS
    format: str | None = None
    reading: bool = False
    sample: int | None = None
    answerable: int | None = None
    seed: int = 11
    retrieval_only: bool = False
    out: Path | None = None
    kinds: tuple[str, ...] = ()
    kinds_told: bool = False

    def choose(self, cases: Sequence[Case]) -> list[Case]:
        """Keep the kinds that are asked for, and draw the sample.

        Raises:
            UsageError: no case is of these kinds.
        """
        kept = [case for case in cases if not self.kinds or (case.kind or Kind.FACT) in self.kinds]
        if self.kinds and not kept:
            raise UsageError(f"No case of {self.cases} is of the kind {' or '.join(self.kinds)}")
        return draw(kept, self.sample, self.seed, self.answerable) if self.sample else kept


@dataclass(frozen=True)
class OpenSet:
    """Cases, the index of their articles, the language model to ask, and the settings that they were opened by."""

    cases: list[Case]
    index: ArticleIndex
    llm: LLM | None
    form: Format
    settings: Settings


def open_set(request: Request, settings: Settings, tell: Listener) -> OpenSet:
    """Open the cases that are asked for, their articles indexed as they are now.

    Raises:
        UsageError: the cases cannot be read, or one is wrong.
    """
    form, brought = _bring(request)
    if brought is not None:
        settings = settings.model_copy(update={"articles": _folder_of(request, form), "index": None})
    index, llm = _open(request, settings, tell)
    index.sync(progress_of(tell, in_bytes=True))
    cases = request.choose(_load(request.cases, form, index)) if brought is None else brought
    return OpenSet(cases, index, llm, form, settings)


def run_cases(request: Request, settings: Settings, tell: Listener) -> dict[str, Any]:
    """Ask the cases and give the run, which is written to its file; what an interrupted one had asked it keeps.

    Raises:
        UsageError: the cases cannot be read, or one is wrong.
        ModelError: the language model answers nothing at all.
    """
    opened = open_set(request, settings, tell)
    log = RunLog(_identity(request, opened), request.out)
    if log.done:
        tell(Warned(f"Going on where a run was interrupted: {len(log.done)} of {len(opened.cases)} cases are judged"))
    judge = partial(
        judge_case, index=opened.index, llm=opened.llm, settings=opened.settings, kinds_told=request.kinds_told
    )
    return ask_cases(opened.cases, log, tell, judge)


def ask_cases(
    cases: Sequence[Case], log: RunLog, tell: Listener, judge: Callable[[Case], dict[str, Any]]
) -> dict[str, Any]:
    """Judge each case that is not in the log yet, and finish the run.

    Raises:
        ModelError: the first cases fail one after the other.
    """
    with log.writing():
        _judge_missing(cases, log, tell, judge)
        judged = [log.done[case.id] for case in cases]
        verdicts = [Verdict.of(case) for case in judged]
        by_kind = {kind: _as_json(found) for kind, found in figures_by_kind(verdicts).items()}
        run = log.finish(counts(verdicts), _as_json(figures(verdicts)), judged, by_kind)
    tell(Warned(f"The run is kept in {log.file}"))
    return run


def _as_json(found: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: dataclasses.asdict(figure) for name, figure in found.items()}


def _bring(request: Request) -> tuple[Format, list[Case] | None]:
    """Tell the format and, of a set that brings its articles, write them and give its cases."""
    if request.cases.is_dir():
        return Format.JSONL, None
    form = find_format(request.cases, request.format)
    if request.reading and form is not Format.SQUAD:
        raise UsageError(f"--reading is for SQuAD files: {request.cases} is {form}")
    if not form.brings_articles:
        return form, None
    return form, bring_set(request.cases, form, _folder_of(request, form), request.reading, request.choose)


def _folder_of(request: Request, form: Format) -> Path:
    """Give the place for the articles that a set brings: one for all samples, unless each has articles of its own."""
    facts: list[Any] = [request.cases.resolve()]
    if request.reading or form is Format.NOMIRACL:
        facts += [request.reading, request.sample, request.answerable, request.seed]
    return user_cache_path("article-qa") / "evals" / _sha256(repr(facts).encode())[:16]


def _load(path: Path, form: Format, index: ArticleIndex) -> list[Case]:
    text_of = index.catalog.text_of
    if not path.is_dir():
        return load_set(path, form, text_of)
    cases = [case for file in sorted(path.glob("*.jsonl")) for case in load_set(file, form, text_of)]
    if not cases:
        raise UsageError(f"{path} holds no .jsonl file of cases: write one, or draft it with `qa eval draft`")
    if len({case.id for case in cases}) < len(cases):
        raise UsageError(f"Two cases in the files of {path} have the same id: rename one")
    return cases


def _open(request: Request, settings: Settings, tell: Listener) -> tuple[ArticleIndex, LLM | None]:
    if request.retrieval_only:
        return open_index(settings, tell), None
    index, llm = open_both(settings, tell)
    warm(llm)
    return index, llm


def _judge_missing(cases: Sequence[Case], log: RunLog, tell: Listener, judge: Callable[[Case], dict[str, Any]]) -> None:
    failures = 0
    for number, case in enumerate(cases):
        tell(Progressed("Asking", number, len(cases), _so_far(log)))
        if case.id in log.done:
            continue
        judged = judge(case)
        failures += judged.get("unscored_reason") is not None
        if failures == MAX_FAILURES_AT_FIRST > number:
            raise ModelError(str(judged["unscored_reason"]))
        log.add(judged)


def judge_case(
    case: Case, index: ArticleIndex, llm: LLM | None, settings: Settings, kinds_told: bool = False
) -> dict[str, Any]:
    """Ask one case, or retrieve only where there is no model, and judge it; a model's failure leaves it unscored."""
    only = Filter(article=case.only)
    passages = [] if case.broad else index.retriever(only=only).retrieve(case.question)
    told = Kind(case.kind) if kinds_told and case.kind in list(Kind) else None
    try:
        answer = llm and ask(case.question, index, llm, only=only, max_error=settings.max_error, kind=told)
        evidence = answer.evidence if answer else choose_evidence(case.question, passages, index)
        judged = judge_answer(case, answer, index) if answer else {}
    except ModelError as error:
        evidence, judged = choose_evidence(case.question, passages, index), {"unscored_reason": str(error)}
    return dataclasses.asdict(Verdict(**judge_retrieval(case, passages, evidence, index), **judged))


def _so_far(log: RunLog) -> str:
    right = [case["right"] for case in log.done.values() if case.get("right") is not None]
    return f"{sum(right)} of {len(right)} right" if right else ""


def _identity(request: Request, opened: OpenSet) -> dict[str, Any]:
    """Gather what makes a run the same run: cases, articles, settings, models and code."""
    index, llm = opened.index, opened.llm
    given = sorted(request.cases.glob("*.jsonl")) if request.cases.is_dir() else [request.cases]
    articles = sorted(index.catalog.hashes().items())
    return {
        "cases_file": request.cases.name,
        "cases_sha256": _sha256(b"".join(file.read_bytes() for file in given)),
        "format": str(opened.form),
        "reading": request.reading,
        "retrieval_only": request.retrieval_only,
        "sample": request.sample,
        "sample_answerable": request.answerable,
        "seed": request.seed if request.sample else None,
        "kinds_asked": list(request.kinds),
        "kinds_told": request.kinds_told,
        "settings": json.loads(opened.settings.model_dump_json()) | {"articles": str(index.articles.resolve())},
        "articles_sha256": _sha256(json.dumps(articles).encode()),
        "models": {"llm": llm.metadata.model_name if llm else None, "embedder": index.embedder.model_name},
        "embedder_fingerprint": index.embedder.fingerprint,
    } | code_revision()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
