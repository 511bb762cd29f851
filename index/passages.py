"""Group whole sentences into passages that the embedder reads to their end."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from index.articles import MAX_TITLE_CHARS, Article
from index.sentences import Offsets

PASSAGE_TOKENS = 200
WINDOW_TOKENS = 254  # MiniLM's 256 less the two that frame a text
SMALL_PARAGRAPH_TOKENS = 60

_WORD = re.compile(r"\b[^\W\d_]{3,}\b")


@dataclass(frozen=True)
class Passage:
    """Consecutive sentences of an article, `first` to `last` inclusive, with what is embedded for them.

    `id` is the hash of `embedded_text`: equal texts share one vector, and an edit keeps the others.
    """

    id: str
    first: int
    last: int
    start: int
    end: int
    embedded_text: str


def group(article: Article, sentences: list[Offsets], count_tokens: Callable[[list[str]], list[int]]) -> list[Passage]:
    """Fill passages with up to `PASSAGE_TOKENS` word pieces of whole sentences.

    A passage ends with its paragraph unless it would be smaller than `SMALL_PARAGRAPH_TOKENS`. Title and date go before
    the text that is embedded; with them a passage stays within `WINDOW_TOKENS`, all that MiniLM reads, unless a single
    sentence is longer.
    """
    head = _head(article)
    ends = [start for start, _ in sentences[1:]] + [end for _, end in sentences[-1:]]
    # Each with what lies between it and the next: a line of dashes there is embedded too, a word piece for each dash.
    pieces = [article.text[start:end] for (start, _), end in zip(sentences, ends, strict=True)]
    head_tokens, *counts = count_tokens([head, *pieces])
    room = min(PASSAGE_TOKENS, WINDOW_TOKENS - head_tokens)
    groups: list[tuple[int, int]] = []
    first, filled = 0, 0
    for ordinal, tokens in enumerate(counts):
        if ordinal > first and (
            filled + tokens > room
            or (filled >= SMALL_PARAGRAPH_TOKENS and _begins_paragraph(article.text, sentences, ordinal))
        ):
            groups.append((first, ordinal - 1))
            first, filled = ordinal, 0
        filled += tokens
    if sentences:
        groups.append((first, len(sentences) - 1))
    return [_passage(article, sentences, head, *bounds) for bounds in groups]


def _begins_paragraph(text: str, sentences: list[Offsets], ordinal: int) -> bool:
    return "\n" in text[sentences[ordinal - 1][1] : sentences[ordinal][0]]


def _head(article: Article) -> str:
    """Give the line before the embedded text; a title without a word, such as a hash, says nothing there."""
    title = article.title[:MAX_TITLE_CHARS] if _WORD.search(article.title) else ""
    date = f"({article.published.isoformat()})" if article.published else ""
    return f"{title} {date}".strip() + "\n"


def _passage(article: Article, sentences: list[Offsets], head: str, first: int, last: int) -> Passage:
    start, end = sentences[first][0], sentences[last][1]
    embedded_text = head + article.text[start:end]
    return Passage(
        hashlib.sha256(embedded_text.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        first,
        last,
        start,
        end,
        embedded_text,
    )
