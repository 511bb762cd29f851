"""Ask every case and judge what comes back."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

from platformdirs import user_cache_path

from evals.cases import Case, draw, load_cases, load_squad
from evals.metrics import exact_match, f1
from evals.report import Report, Verdict
from index.article_index import ArticleIndex
from index.formats.text import SUFFIXES as TEXT_SUFFIXES
from index.formats.text import decode
from qa.answer import Answer, Span
from qa.ask import ask, warm
from qa.display import Display, answer_as_dict
from qa.opening import articles_folder, open_both
from qa.settings import Settings


def run_cases(path: Path | None, settings: Settings, display: Display, sample: int | None, seed: int) -> Report:
    """Ask the cases of a file, or of the seed set, or a `sample` of them, and report.

    A SQuAD file brings its own articles: they are written to the user's cache directory and asked as one folder.
    """
    path = path or Path(str(files("evals") / "seeds.jsonl"))
    if path.suffix == ".json":
        digest = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:16]
        articles = user_cache_path("article-qa") / "evals" / digest
        cases = load_squad(path, articles)
        settings = settings.model_copy(update={"articles": articles})
    else:
        cases = load_cases(path, articles_folder(settings))
    cases = draw(cases, sample, seed) if sample else cases
    index, llm = open_both(settings, display.progress)
    index.sync(display.progress)
    warm(llm)
    verdicts = []
    for done, case in enumerate(cases):
        display.progress("Asking", done, len(cases))
        verdicts.append(judge(case, ask(case.question, index, llm), index))
    facts = json.loads(settings.model_dump_json()) | {
        "cases": str(path),
        "sample": sample,
        "seed": seed if sample else None,
    }
    return Report(verdicts, facts)


def judge(case: Case, answer: Answer, index: ArticleIndex) -> Verdict:
    """Compare an answer with its case, and each citation with the file that it names."""
    cited = [citation.span for citation in answer.citations]
    shown = [evidence.span for evidence in answer.evidence]
    return Verdict(
        case=case,
        answer=answer_as_dict(answer),
        exact_match=_score(exact_match, answer, case),
        f1=_score(f1, answer, case),
        cited_spans=len(cited),
        valid=sum(stands_in_file(citation.span, citation.quote, index) for citation in answer.citations),
        holding=sum(any(_contains(span, gold) for gold in case.evidence) for span in cited),
        touching=sum(any(_overlaps(span, gold) for gold in case.evidence) for span in cited),
        evidence_holds=any(_contains(span, gold) for span in shown for gold in case.evidence),
        seconds=answer.timings_ms["total"] / 1000,
    )


def stands_in_file(span: Span, quote: str, index: ArticleIndex) -> bool:
    """Tell whether a quote is what stands at a span: in a text file itself, else in what `qa show --text` prints."""
    path = index.articles / span.article_id
    if path.suffix.lower() in TEXT_SUFFIXES and path.is_file():  # a name that is no UTF-8 is not its file's id
        text = decode(path.read_bytes())
    else:
        article = index.catalog.article(span.article_id)
        text = article.text if article else ""
    return text[span.start : span.end] == quote


def _score(metric: Callable[[str, Iterable[str]], float], answer: Answer, case: Case) -> float:
    if answer.abstained or not case.answerable:
        return float(answer.abstained and not case.answerable)
    return metric(answer.short_answer or answer.text, case.answers)


def _contains(span: Span, gold: Span) -> bool:
    return span.article_id == gold.article_id and span.start <= gold.start and gold.end <= span.end


def _overlaps(span: Span, gold: Span) -> bool:
    return span.article_id == gold.article_id and span.start < gold.end and gold.start < span.end
