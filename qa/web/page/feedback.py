"""What a reader thinks of an answer, as a case that `qa eval review` takes.

A case of an answer that is right holds what was said and where. One that is wrong can be accepted by nobody before a
person has mended it: until then no quote holds its answer, or a point of it has no quote.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_data_path

from index.errors import UsageError
from qa.answer import Kind
from qa.files import write_text
from qa.question.limits import check_question
from qa.text import escape_invisible, one_line

PROPOSED = "proposed"  # which tells `qa eval review` that nobody has looked at a case yet
NOT_TOLD = "(what is right was not told)"
MAX_NOTE_CHARS = 500
MAX_STATEMENTS, MAX_QUOTES = 40, 2  # of an answer and of a statement that have more, the first
CELLS = ("item", "total", "articles")  # of rows, which tell what was listed, and how many

_NUMBER = re.compile(r"\d{1,15}(\.\d{1,6})?")

Json = Mapping[str, Any]
TextOf = Callable[[str], str | None]


def case_of(answer: Json, is_right: bool, note: str, is_silent: bool, text_of: TextOf) -> dict[str, Any]:
    """Make a case of an answer that a reader finds right or wrong.

    `note` is what the reader says would be right, if anything; `is_silent` that the articles do not say.
    """
    question, note = check_question(answer["question"]), one_line(note)[:MAX_NOTE_CHARS]
    case: dict[str, Any] = {"id": id_of(question), "question": question}
    thumb = "thumb up" if is_right else "thumb down"
    end = {"tags": ["feedback", thumb], "status": PROPOSED}
    if is_silent or (is_right and answer["abstained"]):
        return {**case, "answers": [], "evidence": [], **end}
    if answer["kind"] == Kind.FACT or answer["abstained"]:
        return {**case, **_fact(answer, is_right, note, text_of), **end}
    holds = _broad(answer)
    if not is_right:
        holds["points"] = [*holds.get("points", []), {"text": note or NOT_TOLD, "evidence": []}]
    return {**case, "kind": answer["kind"], **holds, **end}


def kept(answer: Json) -> dict[str, Any]:
    """Give what a case is made of: the first statements, of each the first quotes, what was read, which articles."""
    citations: list[dict[str, Any]] = []
    statements = []
    for each in answer["statements"][:MAX_STATEMENTS]:
        cited = [answer["citations"][position] for position in each["citations"][:MAX_QUOTES]]
        numbers = range(len(citations), len(citations) + len(cited))
        cells = {name: cell for name, cell in each.get("cells", {}).items() if name in CELLS}
        statements.append({"text": each["text"], "citations": list(numbers), "cells": cells})
        citations += _quotes(cited)
    plain = {name: answer[name] for name in ("question", "kind", "short_answer", "abstained")}
    articles = list(dict.fromkeys(each["article"] for each in answer["citations"]))
    read = sorted(answer["evidence"], key=lambda each: -each["score"])[:MAX_STATEMENTS]
    evidence = [{name: each[name] for name in ("article", "start", "end")} for each in read]
    return {**plain, "statements": statements, "citations": citations, "articles": articles, "evidence": evidence}


def sent(text: str, text_of: TextOf) -> dict[str, Any]:
    """Read what `kept` gave and a browser sent back.

    Raises:
        UsageError: it is something else, or a quote does not stand in its article.
    """
    try:
        answer: dict[str, Any] = json.loads(text)
        fields = {"question": str, "kind": str, "abstained": bool, "statements": list, "articles": list}
        right = all(isinstance(answer[name], kind) for name, kind in fields.items())
        right &= isinstance(answer["short_answer"], str | None) and answer["kind"] in list(Kind)
        right &= all(isinstance(each["text"], str) and _is_among(each, answer) for each in answer["statements"])
        right &= all(isinstance(cell, str) for each in answer["statements"] for cell in each["cells"].values())
        right &= all(text_of(each) is not None for each in answer["articles"])
        right &= all(_stands(each, text_of) for each in answer["citations"])
        right &= all(isinstance(each[name], int) for each in answer["evidence"] for name in ("start", "end"))
        right &= all(isinstance(each["article"], str) for each in answer["evidence"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError("This is no answer that was given here: ask again") from error
    if not right:
        raise UsageError("The articles have changed since this was answered: ask again")
    return answer


def id_of(question: str) -> str:
    """Name a case after its question, so that the same question has one case."""
    return f"feedback-{hashlib.sha256(question.casefold().encode()).hexdigest()[:10]}"


def feedback_file(folder_name: str) -> Path:
    """Give the file that cases on the answers of a folder are written to."""
    safe = "".join(char if char.isalnum() or char in "-_" else "-" for char in folder_name).strip("-") or "articles"
    return user_data_path("article-qa") / "feedback" / f"{safe}.jsonl"


def keep(case: Json, file: Path) -> None:
    """Write a case into a file, in the place of an earlier one of its id that nobody has reviewed.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=10):
            text = file.read_text(encoding="utf-8") if file.exists() else ""
            lines = [line for line in text.split("\n") if line.strip() and not _is_replaced(line, case)]
            lines.append(escape_invisible(json.dumps(case, ensure_ascii=False)))
            write_text("".join(f"{line}\n" for line in lines), file)
    except (OSError, TimeoutError) as error:
        raise UsageError(f"{file} cannot be written ({error}): the answer was not noted") from error


def _is_among(statement: Json, answer: Json) -> bool:
    return all(0 <= position < len(answer["citations"]) for position in statement["citations"])


def _stands(citation: Json, text_of: TextOf) -> bool:
    text, start, quote = text_of(citation["article"]), citation["start"], citation["quote"]
    return text is not None and start >= 0 and bool(quote) and text[start : start + len(quote)] == quote


def _is_replaced(line: str, case: Json) -> bool:
    with suppress(ValueError):
        known = json.loads(line)
        return isinstance(known, dict) and (known.get("id"), known.get("status")) == (case["id"], PROPOSED)
    return False


def _fact(answer: Json, is_right: bool, note: str, text_of: TextOf) -> dict[str, Any]:
    if is_right:
        said = [answer["short_answer"]] if answer["short_answer"] else [each["text"] for each in answer["statements"]]
        return {"answers": said, "evidence": _quotes(answer["citations"])}
    if not note:
        return {"answers": [NOT_TOLD], "evidence": _quotes(answer["citations"]) or _read(answer, text_of)}
    cited = [each for each in _quotes(answer["citations"]) if note.casefold() in one_line(each["quote"]).casefold()]
    return {"answers": [note], "evidence": cited or _saying(note, answer, text_of)}


def _saying(note: str, answer: Json, text_of: TextOf) -> list[dict[str, Any]]:
    """Find the sentence that says what a reader holds for right, among those that were read."""
    found = (each for each in _sentences(answer, text_of) if note.casefold() in one_line(each["quote"]).casefold())
    return list(islice(found, 1))


def _read(answer: Json, text_of: TextOf) -> list[dict[str, Any]]:
    """Give a sentence that was read, to be replaced by the one that answers; where none was, what is no quote."""
    return list(islice(_sentences(answer, text_of), 1)) or [{"article": NOT_TOLD, "quote": NOT_TOLD}]


def _sentences(answer: Json, text_of: TextOf) -> Iterator[dict[str, Any]]:
    for each in answer["evidence"]:
        if quote := (text_of(each["article"]) or "")[each["start"] : each["end"]]:
            yield {"article": each["article"], "quote": quote, "start": each["start"]}


def _broad(answer: Json) -> dict[str, Any]:
    """Write what a broad answer said as what a good one holds: things, a number, articles, else points."""
    statements, articles = answer["statements"], answer["articles"]
    named = [each for each in statements if "item" in each["cells"]]
    numbers = [each["cells"][name] for each in statements for name in ("total", "articles") if name in each["cells"]]
    holds: dict[str, Any] = {"number": float(numbers[0])} if numbers and _NUMBER.fullmatch(numbers[0]) else {}
    if answer["kind"] == Kind.FOLDER:
        is_all = holds.get("number", len(articles)) == len(articles)
        return holds | ({"articles": articles} if is_all else {})
    if named:
        items = [{"names": [each["cells"]["item"]], "evidence": _point(each, answer)["evidence"]} for each in named]
        return holds | {"items": items}
    return holds | {"points": [_point(each, answer) for each in statements if "total" not in each["cells"]]}


def _point(statement: Json, answer: Json) -> dict[str, Any]:
    cited: Sequence[Json] = [answer["citations"][position] for position in statement["citations"]]
    return {"text": statement["text"], "evidence": _quotes(cited)}


def _quotes(citations: Sequence[Json]) -> list[dict[str, Any]]:
    return [{name: each[name] for name in ("article", "quote", "start")} for each in citations]
