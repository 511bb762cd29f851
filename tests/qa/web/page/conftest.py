"""A small folder of news that a page shows: a vote over weeks, a bridge told from right to left, a hostile file name."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from index.catalog.writer import Catalog
from qa.testing import HashingEmbedding

NEWS = {
    "vote/first.md": "---\ntitle: Council puts off the ferry vote\ndate: 2025-03-03\npublisher: Harbour Post\n---\n"
    "The council of Orsby put off the vote on the ferry on 3 March 2025.\n\nMayor Ida Brandt called it a pity.\n",
    "vote/second.md": "---\ntitle: Orsby buys the ferry\ndate: 2025-04-14\npublisher: Harbour Post\n---\n"
    "The council of Orsby bought the ferry on 14 April 2025 for 2.4 million crowns.\n\n"
    "Mayor Ida Brandt said that the ferry would sail in May.\n",
    "town/library.md": "---\ntitle: The library stays open\ndate: 2025-04-20\npublisher: Orsby Weekly\n---\n"
    "Librarian Tove Lind keeps the library of Orsby open on Sundays.\n",
    "town/bridge.md": "---\ntitle: افتتاح الجسر\ndate: 2025-04-21\n---\n\nافتتح رئيس البلدية الجسر الجديد يوم السبت.\n",
}


@pytest.fixture(scope="session")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder."""
    folder = tmp_path_factory.mktemp("news") / "news"
    for name, text in NEWS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    return folder


@pytest.fixture(scope="session")
def catalog(news: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """Its catalog; no test changes it."""
    with closing(ArticleIndex(news, tmp_path_factory.mktemp("catalog") / "index", HashingEmbedding())) as index:
        index.sync()
        yield index.catalog
