"""Answer a question that no one sentence answers: gather all that touches it, fold, word, and check every citation."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from llama_index.core.llms import LLM

from index.article_index import ArticleIndex
from index.filter import Filter
from qa.answer import Abstention, Answer, Citation, Coverage, Kind, ReadBy, Statement
from qa.broad.account import WANTED, Account, writes_accounts
from qa.broad.compare import compare, sides_of
from qa.broad.folder_facts import answer_of_folder
from qa.broad.gather import Gathered, gather, gather_article, gather_nearest, is_of
from qa.broad.items import count_of, list_of, sum_of
from qa.broad.model_list import ModelList
from qa.broad.overview import explanation_of, overview_of_article, overview_of_topic
from qa.broad.points import Point
from qa.broad.timeline import timeline_of
from qa.explanation import Explanation
from qa.question.asked import EXPLAIN, NOTHING_TOLD, SUM, Plan, Told
from qa.question.days import Days, days_named
from qa.reading.grounding import cite
from qa.reading.spelling import Spelling
from qa.trace import Trace

MAX_EVIDENCE = 100  # of an answer that no model wrote


@dataclass
class Found:
    """What was found for a question: the points, and what they rest on."""

    points: list[Point]
    gathered: Gathered
    uncertain: int = 0
    not_stated: tuple[str, ...] = ()


def answer_broadly(
    asked: Spelling,
    plan: Plan,
    index: ArticleIndex,
    llm: LLM,
    only: Filter,
    trace: Trace,
    why: bool = False,
    told: Told = NOTHING_TOLD,
) -> Answer:
    """Answer a broad question from all articles that touch it, or abstain where none does.

    Every statement is of the articles' own words, or counts them, or was written by a strong model and is carried by
    what it cites; each of its citations is compared with the catalog's text. A language model is asked at most once:
    for a list or a count, or, if it reads much, for an account; where that gives nothing the answer is one without a
    model. With `why` the answer has its explanation. Sentences and statements that were `told` are left out.

    Raises:
        ModelError: the language model failed.
    """
    began, question = time.perf_counter(), asked.question
    answer = Answer(asked.typed, kind=plan.kind, embedder=index.embedder.model_name, read_as=asked.read_as)
    days = days_named(question, _known_days(index))
    lists, account = ModelList(question, llm, trace), Account(question, llm, index, trace)
    with trace("gather") as gathering:
        if plan.kind is Kind.FOLDER:
            points, articles = answer_of_folder(plan, plan.topic, index, _within(only, days), told)
            answer = replace(answer, coverage=Coverage(articles, index.catalog.counts()[0], 0, 0))
        else:
            found = _found(question, plan, index, only, days, lists, account, told)
            points, of = [each for each in found.points if each.text not in told.texts], found.gathered
            answer = replace(
                answer,
                coverage=Coverage(len(of.articles), of.among, len(of.found), of.sentences, found.uncertain),
                evidence=account.shown or tuple(of.found[:MAX_EVIDENCE]),
                not_stated=found.not_stated,
            )
        gathering |= {"topic": plan.topic, "points": len(points)}
    answer = _cited(answer, points, index)
    if why:
        answer = replace(answer, explanation=_explanation(plan, answer, lists, account))
    spent = {"retrieve": gathering["ms"] - account.ms, "evidence": 0, "generate": account.ms, "total": _ms_since(began)}
    if lists.exchanges or account.exchanges:
        answer = replace(answer, model=llm.metadata.model_name)
    if lists.exchanges or (account.exchanges and not account.failed):
        answer = replace(answer, read_by=ReadBy.MODEL)
    read = lists.prompt_tokens + account.prompt_tokens
    return replace(answer, timings_ms=spent, prompt_tokens=read, model_failed=account.failed)


def _explanation(plan: Plan, answer: Answer, lists: ModelList, account: Account) -> Explanation:
    """Tell as what the question was read, and what the model was sent, if it was; no passage was ranked."""
    read = f"asked for is {plan.kind}{f' ({plan.fact})' if plan.fact else ''}, with probability {plan.probability:.2f}"
    about = f'on "{plan.topic}"' if plan.topic else "on all articles"
    rests = f"; {answer.coverage.text}" if answer.coverage else ""
    outcome = f"{read}, {about}{rests}" + (f"; no answer: {answer.abstention}" if answer.abstention else "")
    return Explanation((), (), lists.exchanges + account.exchanges, (), None, outcome, account.refused)


def _found(
    question: str,
    plan: Plan,
    index: ArticleIndex,
    only: Filter,
    days: Sequence[Days],
    lists: ModelList,
    account: Account,
    told: Told,
) -> Found:
    gathered = _gathered(question, plan, index, only, days)
    if told.spans:
        gathered = gathered.of([each for each in gathered.found if each.span not in told.spans])
    if not gathered.found:
        return Found([], gathered)
    if plan.kind in WANTED and writes_accounts(account.llm):
        is_compared = plan.kind is Kind.COMPARE
        sides = sides_of(question, plan.topic, days, gathered, index, only)[0] if is_compared else {}
        if written := account.write(plan.kind, gathered, list(sides.values())):
            return Found(written, gathered, not_stated=account.silent_sides(written, sides) if is_compared else ())
    match plan.kind:
        case Kind.LIST:
            points, uncertain = list_of(question, gathered, lists, index.embedder)
            return Found(points, gathered, uncertain)
        case Kind.COUNT if plan.fact == SUM:
            points, uncertain = sum_of(question, gathered, index.embedder)
            return Found(points, gathered, uncertain)
        case Kind.COUNT:
            points, uncertain = count_of(question, gathered, lists, index.embedder)
            return Found(points, gathered, uncertain)
        case Kind.TIMELINE:
            return Found(timeline_of(gathered, index), gathered)
        case Kind.COMPARE:
            points, silent = compare(question, plan.topic, days, gathered, index, only)
            return Found(points, gathered, not_stated=tuple(silent))
    if plan.fact == EXPLAIN:
        return Found(explanation_of(question, gathered, index), gathered)
    of_one = len(gathered.articles) == 1
    return Found((overview_of_article if of_one else overview_of_topic)(gathered, index), gathered)


def _gathered(question: str, plan: Plan, index: ArticleIndex, only: Filter, days: Sequence[Days]) -> Gathered:
    """Gather what touches the topic and the days; of a question about one article the sentences of the likeliest."""
    read_for = plan.is_read and plan.topic
    gathered = gather_nearest(question, plan.topic, index, only) if read_for else gather(plan.topic, index, only)
    if days:
        gathered = gathered.of([each for each in gathered.found if any(is_of(each, some) for some in days)])
    if gathered.found and (gathered.among == 1 or (plan.of_one and plan.topic)):
        return gather_article(gathered.articles[0], index)
    return gathered


def _within(only: Filter, days: Sequence[Days]) -> Filter:
    """Narrow a filter to the days that are named, where these are one stretch."""
    if len(days) != 1:
        return only
    first, last = days[0].first, days[0].last
    since = max((each for each in (only.since, first) if each), default=None)
    return replace(only, since=since, until=min((each for each in (only.until, last) if each), default=None))


def _known_days(index: ArticleIndex) -> list[date]:
    return index.catalog.days()


def _cited(answer: Answer, points: Sequence[Point], index: ArticleIndex) -> Answer:
    """State the points, each with the citations that stand; one without any is left out."""
    statements, citations = list[Statement](), list[Citation]()
    position: dict[object, int] = {}
    for point in points:
        numbers = []
        for each in point.carried_by:
            lead = [replace(each, span=each.lead.span, text=each.lead.text)] if each.lead else []
            for one in (each, *lead):
                if one.span not in position and (citation := cite(one, index.catalog)):
                    position[one.span] = len(citations)
                    citations.append(citation)
                if one.span in position:
                    numbers.append(position[one.span])
        if numbers:
            statements.append(Statement(point.text, tuple(numbers), point.cells))
    if not statements:
        return replace(answer, abstention=Abstention.NO_EVIDENCE)
    return replace(answer, statements=tuple(statements), citations=tuple(citations))


def _ms_since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
