"""Quotes as a person gives them, found in their articles."""

from collections.abc import Callable, Iterable

from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz.fuzz import partial_ratio_alignment

from evals.checked_lines import FilledText, shorten
from qa.answer import Span

MAX_ALIGNED_CHARS = 1_000_000
MIN_NEAREST_SCORE = 60  # of rapidfuzz's 0 to 100; below it the nearest text is another text

TextOf = Callable[[str], str | None]


class QuoteFields(BaseModel):
    """A quote as a person gives it; `start` tells which one is meant where an article says it more than once."""

    model_config = ConfigDict(strict=True, extra="forbid")

    article: FilledText
    quote: FilledText
    start: int | None = Field(default=None, ge=0)


def find_all(quotes: Iterable[QuoteFields], text_of: TextOf) -> tuple[tuple[Span, ...], list[str]]:
    """Find quotes in their articles; give the spans of those that are there, and what is wrong with the others."""
    spans, faults = list[Span](), list[str]()
    for quote in quotes:
        try:
            spans.append(_find(quote, text_of(quote.article)))
        except ValueError as error:
            faults.append(str(error))
    return tuple(spans), faults


def no_article(article_id: str) -> str:
    """Say that there is no such article."""
    return f"there is no article {shorten(article_id)}: name it by its path below the folder, as citations do"


def _find(quote: QuoteFields, text: str | None) -> Span:
    if text is None:
        raise ValueError(no_article(quote.article))
    start = text.find(quote.quote) if quote.start is None else quote.start
    end = start + len(quote.quote)
    if start < 0:
        raise ValueError(f"{quote.article} does not hold the quote {shorten(quote.quote)}{_nearest(quote.quote, text)}")
    if text[start:end] != quote.quote:
        raise ValueError(
            f"{quote.article} does not hold the quote {shorten(quote.quote)} at {start}, "
            f"but {shorten(text[start:end])}: leave out start, or give where it begins"
        )
    return Span(quote.article, start, end)


def _nearest(quote: str, text: str) -> str:
    """Say what stands nearest to a quote, unless the article is too long to compare or has nothing like it."""
    if len(text) > MAX_ALIGNED_CHARS:
        return ""
    found = partial_ratio_alignment(quote, text, score_cutoff=MIN_NEAREST_SCORE)
    return f"; nearest to it is {shorten(text[found.dest_start : found.dest_end])}" if found else ""
