"""How two spans lie to each other."""

from collections.abc import Iterable

from qa.answer import Span


def contains(span: Span, gold: Span) -> bool:
    """Tell whether a span holds all of another."""
    return span.article_id == gold.article_id and span.start <= gold.start and gold.end <= span.end


def overlaps(span: Span, other: Span) -> bool:
    """Tell whether two spans have a character in common."""
    return span.article_id == other.article_id and span.start < other.end and other.start < span.end


def touches(span: Span, others: Iterable[Span]) -> bool:
    """Tell whether a span overlaps one of others."""
    return any(overlaps(span, other) for other in others)
