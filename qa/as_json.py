"""Answers and articles as the JSON objects that scripts read, the same by the command line and for programs.

Fields are only ever added.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from qa.answer import Answer, Citation, Statement

if TYPE_CHECKING:
    from index.catalog.rows import StoredArticle


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """Give an answer; what it cites by positions in `citations`."""
    explained = {"explain": answer.explanation.as_dict()} if answer.explanation else {}
    return {
        "question": answer.question,
        "kind": str(answer.kind),
        "answer": None if answer.abstained else answer.text,
        "short_answer": answer.short_answer,
        "abstained": answer.abstained,
        "reason": answer.abstention and str(answer.abstention),
        "confidence": answer.confidence,
        "statements": [_statement_as_dict(each) for each in answer.statements],
        "citations": [citation_as_dict(each) for each in answer.citations],
        "evidence": [
            {"article": each.span.article_id, "start": each.span.start, "end": each.span.end, "score": each.score}
            for each in answer.evidence
        ],
        "coverage": answer.coverage and asdict(answer.coverage),
        "not_stated": list(answer.not_stated),
        "model": answer.model,
        "embedder": answer.embedder,
        "timings_ms": answer.timings_ms,
        "cached": answer.cached,
        "read_as": answer.read_as,
        "did_you_mean": list(answer.did_you_mean),
        "read_by": answer.read_by and str(answer.read_by),
        "state_age_s": answer.state_age_s,
        **explained,
    }


def citation_as_dict(citation: Citation) -> dict[str, Any]:
    """Give a citation with what is known of its article."""
    return {
        "article": citation.span.article_id,
        "title": citation.title,
        "published": citation.published and citation.published.isoformat(),
        "start": citation.span.start,
        "end": citation.span.end,
        "quote": citation.quote,
        "publisher": citation.publisher,
        "url": citation.url,
        "also_in": list(citation.also_in),
    }


def article_as_dict(article: "StoredArticle") -> dict[str, Any]:
    """Give an article, and where each fact on it was read."""
    return {
        "article": article.id,
        "title": article.title,
        "published": article.published and article.published.isoformat(),
        "publisher": article.publisher,
        "url": article.url,
        "sources": dict(article.sources),
        "text": article.text,
    }


def _statement_as_dict(statement: Statement) -> dict[str, Any]:
    cells = {"cells": statement.cells} if statement.cells else {}
    return {"text": statement.text, "citations": list(statement.citations), **cells}
