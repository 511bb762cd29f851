"""Runs of an evaluation, their cases and answers, as their files hold them."""

from typing import Any


def figure(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 3}


def make_run(cases: list[dict[str, Any]], **changed: Any) -> dict[str, Any]:
    figures = {
        "exact_match": figure(0.5, 0.25, 0.75),
        "recall_at_1": figure(0.6, 0.4, 0.8),
        "recall_at_3": figure(0.8, 0.6, 1.0),
        "recall_at_10": figure(1.0, 1.0, 1.0),
        "ece": figure(None),
        "seconds_median": figure(4.0, 3.0, 5.0),
        "prompt_tokens": figure(212.0, 200.0, 1220.0),
        "my_own": figure(0.25),
    }
    run = {
        "version": 1,
        "id": "20261123T024011-seeds",
        "began": "2026-11-23T02:40:11+00:00",
        "seconds": 312.4,
        "finished": True,
        "cases_file": "seeds.jsonl",
        "cases_sha256": "ab" * 32,
        "format": "jsonl",
        "reading": False,
        "sample": None,
        "seed": None,
        "settings": {"llm": "local:1.5b", "index": None},
        "models": {"llm": "scripted", "embedder": "hashing"},
        "product": "0.1.0",
        "git": "abc123",
        "figures": figures,
        "cases": cases,
    }
    return run | changed


def make_case(number: int, **changed: Any) -> dict[str, Any]:
    case = {
        "id": f"case-{number}",
        "question": "Who did Rubio call?",
        "tags": ["who"],
        "answerable": True,
        "answers": ["Sergei Lavrov", "Lavrov"],
        "only": None,
        "gold": [],
        "scored": True,
        "unscored_reason": None,
        "right": True,
        "exact_match": 1.0,
        "f1": 1.0,
        "retrieved": [],
        "recall_at_1": 1.0,
        "recall_at_3": 1.0,
        "recall_at_10": 1.0,
        "reciprocal_rank": 1.0,
        "ndcg_at_10": 1.0,
        "evidence_holds": True,
        "cited_spans": 1,
        "valid": 1,
        "holding": 1,
        "touching": 1,
        "seconds": 3.9,
        "prompt_tokens": 212,
        "signals": {"first_probability": 0.93},
        "answer": make_answer(),
    }
    return case | changed


def make_answer(**changed: Any) -> dict[str, Any]:
    answer = {
        "question": "Who did Rubio call?",
        "answer": "Sergei Lavrov [1]",
        "short_answer": "Sergei Lavrov",
        "abstained": False,
        "reason": None,
        "confidence": 0.9,
        "statements": [],
        "citations": [],
        "evidence": [],
        "model": "scripted",
        "embedder": "hashing",
        "timings_ms": {"retrieve": 10, "evidence": 20, "generate": 3000, "total": 3030},
    }
    return answer | changed
