"""Results as a person reads them: nothing of an article but its words."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from qa.answer import Kind
from qa.text import one_line

if TYPE_CHECKING:
    from index.models.manifest import Model
    from index.sync import SyncReport
    from qa.answer import Answer, Evidence, Span
    from qa.inspection.doctor import Finding

CLOSEST_SHOWN = 2
CITED_SHOWN = 3  # citations of a statement, where many articles carry it; JSON has them all
SYNCED = ("added", "updated", "renamed", "removed")

LinkOf = Callable[[str], str | None]


def answer_lines(answer: "Answer", link_of: LinkOf) -> Iterator[Text]:
    """Give an answer with its citations, or what comes closest to one; `link_of` gives the URI of an article."""
    if answer.read_as:
        yield Text(f"Asked as: {one_line(answer.read_as)}", style="dim")
    shown = set(range(len(answer.citations)))
    if (answer.kind == Kind.FACT and not answer.not_stated) or answer.abstained:
        text = Text(one_line(answer.text), style="bold" if answer.abstained else "")
        text.highlight_words([one_line(answer.short_answer)] if answer.short_answer else [], style="bold")
        yield text
    else:
        shown = {number for each in answer.statements for number in each.citations[:CITED_SHOWN]}
        yield from _statements(answer)
    if answer.coverage:
        yield Text(f"({answer.coverage.text})", style="dim")
    for number, each in enumerate(answer.citations):
        if number in shown:
            yield from _sentence(f"[{number + 1}]", each.span, each.quote, each.title, each.published, link_of)
            if each.also_in:
                yield Text(f"    also in {', '.join(map(one_line, each.also_in))}", style="dim")
    if answer.abstention:
        yield Text(f"({answer.abstention})")
        if answer.offer:
            yield Text(one_line(answer.offer))
        closest = closest_of(answer.evidence)
        if closest:
            yield Text("Closest:")
        for sentence in closest:
            yield from _sentence("  -", sentence.span, sentence.text, sentence.title, sentence.published, link_of)
    yield Text()
    if answer.explanation:
        yield Text(answer.explanation.to_text() + "\n")


def _statements(answer: "Answer") -> Iterator[Text]:
    """Give the statements of a broad answer, a line each, with the first of their citations."""
    for each in answer.statements:
        marks = "".join(f"[{number + 1}]" for number in each.citations[:CITED_SHOWN])
        more = len(each.citations) - CITED_SHOWN
        yield Text(f"- {one_line(each.text)} {marks}{f' and {more} more' if more > 0 else ''}")
    for silent in answer.not_stated:
        yield Text(f"- Not stated: {one_line(silent)}", style="bold")


def closest_of(evidence: "Sequence[Evidence]") -> "list[Evidence]":
    """Give the sentences that come closest to an answer."""
    return sorted(evidence, key=lambda each: -each.score)[:CLOSEST_SHOWN]


def sync_lines(report: "SyncReport", would: bool) -> Iterator[Text]:
    """Give what a sync did, or, file by file, what it would do."""
    if not would:
        end = f"{report.unchanged} unchanged; {report.passages} passages; {report.seconds:.1f} s"
        yield Text(f"{counts_of(report)}, {end}")
        return
    yield Text(f"Would be: {counts_of(report)}, {report.unchanged} unchanged")
    for name in SYNCED:
        for each in getattr(report, name):
            paths = " -> ".join(each) if isinstance(each, tuple) else each
            yield Text(f"  {name:<8} {one_line(paths)}")


def finding_lines(finding: "Finding") -> Iterator[Text]:
    """Give what was examined, a fault with its cure."""
    mark, style = ("ok", "green") if finding.cure is None else ("!!", "red")
    yield Text(f"{mark}  ", style=style).append(f"{finding.subject:<15} {one_line(finding.found)}", style="")
    if finding.cure:
        yield Text(f"    {'':<15} {one_line(finding.cure)}", style="yellow")


def model_line(model: "Model", state: str) -> Text:
    """Give a model of the manifest and its state."""
    return Text(f"{model.name:<18} {model.kind:<9} {model.size / 1e6:>7,.0f} MB  {model.license:<11} {state}")


def counts_of(report: "SyncReport") -> str:
    """Say how many articles a sync took in, moved and forgot."""
    counts = {name: len(getattr(report, name)) for name in SYNCED}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count or name != "renamed")


def _sentence(
    mark: str, span: "Span", text: str, title: str, published: date | None, link_of: LinkOf
) -> Iterator[Text]:
    place = f"{one_line(span.article_id)}:{span.start}-{span.end}"
    named_by_file = title.split() == re.split(r"[\s_-]+", PurePosixPath(span.article_id).stem)
    facts = [str(fact) for fact in (None if named_by_file else one_line(title), published) if fact]
    linked = Style(color="cyan", link=link_of(span.article_id))
    yield Text(f"{mark} ").append(place, style=linked).append("".join(f", {fact}" for fact in facts))
    yield Text(f"    {one_line(text)}")
