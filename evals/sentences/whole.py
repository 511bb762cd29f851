"""Count the sentences of invented articles that are cut whole: neither broken nor joined with another.

    python -m evals.sentences.whole [--show]

`evals/sentences/articles/` has a file for each language, in which a blank line ends an article, whose first line is its
title, and `CUT` stands where a sentence ends. --show prints what is not whole.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from evals.sentences.rules import CUT
from index.sentences import split

ARTICLES = Path(__file__).parent / "articles"


class Marked(NamedTuple):
    """An article as it is read, and its sentences without its title."""

    language: str
    text: str
    sentences: list[str]


def main() -> None:
    """Print a line for each file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--show", action="store_true")
    given = arguments.parse_args()
    print(f"{'':12}{'articles':>10}{'sentences':>10}{'whole':>8}")
    for path in sorted(ARTICLES.glob("*.txt")):
        articles = list(marked_articles(path))
        broken = [each for article in articles for each in broken_sentences(article)]
        count = sum(len(article.sentences) for article in articles)
        print(f"{path.stem:12}{len(articles):>10}{count:>10}{count - len(broken):>8}")
        for sentence in broken if given.show else []:
            print("   ", sentence)


def marked_articles(path: Path) -> Iterator[Marked]:
    """Give the articles of a file."""
    for written in path.read_text(encoding="utf-8").strip().split("\n\n"):
        paragraphs = written.split("\n")
        sentences = [each.strip() for paragraph in paragraphs[1:] for each in paragraph.split(CUT)]
        yield Marked(path.stem[:2], "\n\n".join(paragraphs).replace(CUT, ""), sentences)


def broken_sentences(article: Marked) -> list[str]:
    """Give the sentences of an article that are none of those that it is cut into."""
    found = [article.text[start:end] for start, end in split(article.text)]
    return [sentence for sentence in article.sentences if sentence not in found]


if __name__ == "__main__":
    main()
