"""Three questions to begin with, drafted from a folder's own articles: on a name, on an article, over time."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from evals.drafting.broad_questions import articles_mentioning, tells
from evals.drafting.candidates import name_spans
from index.catalog.reader import CatalogReader
from qa.text import one_line

READ_ARTICLES = 40
READ_CHARS = 6_000
NAME_WORDS = range(2, 5)
NAMES_TRIED = 12
LEAST_LINE_CHARS = 80
MOST = 3


def suggestions(catalog: CatalogReader) -> list[str]:
    """Draft up to three questions from the newest articles; each is about something that these hold."""
    read = catalog.newest_articles(READ_ARTICLES, READ_CHARS)
    found = Counter[str](name for title, text in read for name in set(_names_in(f"{title}\n{text}")))
    names = sorted(found, key=lambda name: (-found[name], name))[:NAMES_TRIED]
    often = [name for name in names if len(articles_mentioning(name, catalog)) > 1]
    drafted = [*_on_names(names, often), *_on_titles([one_line(title) for title, _ in read])]
    return list(islice(dict.fromkeys(drafted), MOST))


def _on_names(names: list[str], often: list[str]) -> Iterator[str]:
    if names:
        yield f"What do the articles say about {names[0]}?"
    others = [name for name in often if name != names[0]] or often
    if others:
        yield f"Which articles mention {others[0]}?"
    elif len(names) > 1:
        yield f"What happened with {names[1]}?"


def _on_titles(titles: list[str]) -> Iterator[str]:
    return (f"What is the article “{title}” about?" for title in titles if tells(title) and titles.count(title) == 1)


def _names_in(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if len(line) < LEAST_LINE_CHARS:
            continue  # a headline or a byline, which names the paper
        found = (line[start:end] for start, end in name_spans(line, text))
        yield from (name for name in found if len(name.split()) in NAME_WORDS and name == name.title())
