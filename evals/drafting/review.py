"""Walk through proposed cases in the terminal; what a person accepts becomes a case."""

import json
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from evals.broad_gold import BROAD_KINDS
from evals.cases import check_cases
from evals.checked_lines import numbered_lines, read_text
from evals.drafting.propose import PROPOSED, to_line
from evals.quotes import TextOf
from index.errors import UsageError
from qa.files import write_text
from qa.text import one_line

CONTEXT_CHARS = 300
TAKEN_OUT = "-"
CHOICES = "[a]ccept  [e]dit  [s]kip  [d]elete  [q]uit"

ReadLine = Callable[[str], str]
Fields = dict[str, Any]


@dataclass
class ReviewReport:
    """How many proposals were decided on, and how many are left in the file."""

    accepted: int = 0
    edited: int = 0
    deleted: int = 0
    skipped: int = 0
    left: int = 0
    cases: int = 0

    def to_text(self, path: Path, articles: Path | None = None) -> str:
        """Say what was done and which command comes next."""
        command = shlex.quote(str(path)) + (f" --articles {shlex.quote(str(articles))}" if articles else "")
        counts = (f"{getattr(self, each.name)} {each.name}" for each in fields(self) if each.name != "cases")
        told = ", ".join(counts)
        if self.left:
            return f"{told}. Go on with: qa eval review {command}"
        if not self.cases:
            return f"{told}. No case is left: draft again with another --seed"
        return f"{told}. All {self.cases} cases are reviewed; ask them with: qa eval {command}"


@dataclass
class _Review:
    """A review going on: the file's lines, written whole after every decision, and who is asked."""

    path: Path
    lines: list[Fields]
    text_of: TextOf
    console: Console
    read_line: ReadLine
    report: ReviewReport = field(default_factory=ReviewReport)

    @property
    def proposed(self) -> list[Fields]:
        return [line for line in self.lines if line.get("status") == PROPOSED]

    def save(self) -> None:
        write_text("".join(to_line(line) + "\n" for line in self.lines), self.path)

    def refuse(self, message: str) -> None:
        self.console.print(Text(one_line(message), style="red"))


def review_in_terminal(path: Path, text_of: TextOf) -> ReviewReport:
    """Review a file with the person at the terminal, as `review`.

    Raises:
        UsageError: there is no terminal, or the file cannot be read as cases.
    """
    console = Console(highlight=False, soft_wrap=True)
    if not (console.is_terminal and sys.stdin.isatty()):
        raise UsageError("Proposals are reviewed in a terminal: run `qa eval review` in one, without a pipe")
    return review(path, text_of, console)


def review(path: Path, text_of: TextOf, console: Console, read_line: ReadLine = input) -> ReviewReport:
    """Show each proposal in a file and do with it what is typed; every decision is in the file at once.

    `text_of` gives an article's text as it is indexed, None where there is no such article. Quitting, the end of the
    input and an interrupt leave the rest proposed; the next review begins there.

    Raises:
        UsageError: the file cannot be read or written, or a line of it is no case; the line is named.
    """
    going = _Review(path, _read(path), text_of, console, read_line)
    waiting = going.proposed
    for number, proposal in enumerate(waiting, 1):
        if not _decide(proposal, f"{number} of {len(waiting)}", going):
            break
    going.report.left, going.report.cases = len(going.proposed), len(going.lines) - len(going.proposed)
    return going.report


def fault_of_case(case: Fields, path: Path, text_of: TextOf) -> str | None:
    """Say why a case cannot be accepted: it is none, or no answer stands in its quotes."""
    plain = {name: value for name, value in case.items() if name != "status"}
    try:
        check_cases(path, [(1, plain)], text_of)
    except UsageError as error:
        return str(error).replace(f"{path}, line 1: ", "")
    if _is_broad(case):
        return None
    quotes = one_line(" ".join(each["quote"] for each in case.get("evidence", []))).casefold()
    if quotes and not any(one_line(answer).casefold() in quotes for answer in case["answers"]):
        return "none of the answers stands in the quote"
    return None


def _decide(proposal: Fields, place: str, going: _Review) -> bool:
    """Show a proposal until it is decided on; tell whether to go on."""
    _show(proposal, place, going)
    while True:
        try:
            choice = going.read_line(f"{CHOICES} > ").strip().lower()[:1]
            if choice == "e" and _edit(proposal, going):
                _show(proposal, place, going)
        except EOFError:
            return False
        if choice == "q":
            return False
        if choice == "s":
            going.report.skipped += 1
            return True
        if choice == "d":
            going.lines.remove(proposal)
            going.save()
            going.report.deleted += 1
            return True
        if choice == "a" and _accept(proposal, going):
            return True


def _accept(proposal: Fields, going: _Review) -> bool:
    if fault := fault_of_case(proposal, going.path, going.text_of):
        going.refuse(f"Not accepted: {fault}. Edit it or delete it.")
        return False
    del proposal["status"]
    going.save()
    going.report.accepted += 1
    return True


def _edit(proposal: Fields, going: _Review) -> bool:
    """Have each field typed anew; Enter keeps it. What does not stand in the articles is refused."""
    edited = json.loads(json.dumps(proposal))
    edited["question"] = one_line(going.read_line("Question (Enter keeps it): ")) or proposal["question"]
    if proposal["answers"]:
        edited["answers"] = _typed_anew("Answers", proposal["answers"], going)
    for each in edited["evidence"]:
        each["quote"] = going.read_line("Quote (Enter keeps it): ").strip() or each["quote"]
    _edit_broad(edited, going)
    if fault := fault_of_case(edited, going.path, going.text_of):
        going.refuse(f"Not changed: {fault}.")
        return False
    proposal.update(edited)
    going.save()
    going.report.edited += 1
    return True


def _edit_broad(edited: Fields, going: _Review) -> None:
    """Have typed anew what a good answer to a broad question holds; a "-" takes a point out."""
    points = edited.get("points", [])
    for point in [each for each in points if each["text"] is not None]:
        typed = one_line(going.read_line(f"Point: {one_line(point['text'])} (Enter keeps it, - takes it out): "))
        if typed == TAKEN_OUT:
            points.remove(point)
        else:
            point["text"] = typed or point["text"]
    if edited.get("number") is not None:
        typed = going.read_line("Number (Enter keeps it): ").strip()
        with suppress(ValueError):  # what is none is kept as it was typed, and refused as a case that has it
            typed = json.loads(typed) if typed else edited["number"]
        edited["number"] = typed
    if edited.get("articles"):
        edited["articles"] = _typed_anew("Articles", edited["articles"], going)


def _typed_anew(name: str, texts: list[str], going: _Review) -> list[str]:
    typed = going.read_line(f"{name}, | between them (Enter keeps them): ").split("|")
    return [one_line(text) for text in typed if one_line(text)] or texts


def _show(proposal: Fields, place: str, going: _Review) -> None:
    going.console.print()
    going.console.print(Text.assemble((f"{place}  ", "dim"), (one_line(proposal["question"]), "bold")))
    if _is_broad(proposal):
        _show_broad(proposal, going)
        return
    answers = " | ".join(map(one_line, proposal["answers"])) or "the articles do not say"
    going.console.print(Text("Answer: ").append(answers, style="green" if proposal["answers"] else "yellow"))
    _show_quotes(proposal["evidence"], proposal["answers"], going)


def _show_broad(proposal: Fields, going: _Review) -> None:
    """Show what a good answer to a broad question holds, each point amid its article."""
    going.console.print(Text("Kind: ").append(one_line(proposal["kind"]), style="green"))
    if proposal.get("number") is not None:
        going.console.print(Text("Number: ").append(f"{proposal['number']}", style="green"))
    for article in proposal.get("articles", []):
        known = "cyan" if going.text_of(article) is not None else "red"
        going.console.print(Text("Article: ").append(one_line(article), style=known))
    for point in proposal.get("points", []):
        text = "the articles are silent on a part" if point["text"] is None else one_line(point["text"])
        going.console.print(Text("Point: ").append(text, style="green"))
        _show_quotes(point["evidence"], [], going)
    for item in proposal.get("items", []):
        names = [one_line(name) for name in item["names"]]
        going.console.print(Text("Item: ").append(" | ".join(names), style="green"))
        _show_quotes(item["evidence"], names, going)


def _is_broad(case: Fields) -> bool:
    return case.get("kind") in BROAD_KINDS


def _show_quotes(quotes: list[Fields], answers: list[str], going: _Review) -> None:
    for each in quotes:
        going.console.print(Text(one_line(each["article"]), style="cyan"))
        going.console.print(_in_context(each["quote"], going.text_of(each["article"]), answers))


def _in_context(quote: str, text: str | None, answers: list[str]) -> Text:
    """Mark a quote, and the answer in it, amid the text around it."""
    start = (text or "").find(quote)
    if text is None or start < 0:
        return Text("(the quote does not stand in the article as it is indexed now)", style="red")
    end = start + len(quote)
    before, after = one_line(text[max(0, start - CONTEXT_CHARS) : start]), one_line(text[end : end + CONTEXT_CHARS])
    marked = Text(one_line(quote), style="reverse")
    marked.highlight_words([one_line(answer) for answer in answers], style="bold reverse green", case_sensitive=False)
    begins = "… " if start > CONTEXT_CHARS else ""
    ends = " …" if end + CONTEXT_CHARS < len(text) else ""
    return Text.assemble((f"{begins}{before} ".lstrip(), "dim"), marked, (f" {after}{ends}".rstrip(), "dim"))


def _read(path: Path) -> list[Fields]:
    if not path.is_file():
        raise UsageError(f"There is no file {path}: make it with `qa eval draft FOLDER --out {path}`")
    return [_checked(line, f"{path}, line {number}") for number, line in numbered_lines(read_text(path))]


def _checked(line: str, place: str) -> Fields:
    """Read a line, making sure of the fields that a review shows and writes."""
    try:
        case: Fields = json.loads(line)
        if _is_broad(case):
            case["answers"] = case.get("answers", [])
        case["evidence"] = case.get("evidence", [])
        points, items = case.get("points", []), case.get("items", [])
        texts = [case["question"], *case["answers"], *case.get("articles", [])]
        texts += [point["text"] for point in points if point["text"] is not None]
        texts += [name for item in items for name in item["names"]]
        quotes = [*case["evidence"], *(each for one in (*points, *items) for each in one["evidence"])]
        texts += [each[name] for each in quotes for name in ("article", "quote")]
        if not isinstance(case["answers"], list) or not all(isinstance(text, str) for text in texts):
            raise TypeError("question, answers, points, names, articles, article and quote must be text")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{place}: {one_line(reason)}; mend the line or delete it") from error
    return case
