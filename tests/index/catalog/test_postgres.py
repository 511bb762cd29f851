"""What is PostgreSQL's own: its URL, faults of the connection, stems, patterns and scores as SQLite has them."""

import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.robustness.servers import Server
from index.catalog.postgres.conditions import glob_sql
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.schema import POSTGRES_VERSION
from index.catalog.postgres.stems import TOKENIZER, Stemmer
from index.catalog.postgres.url import PostgresUrl
from index.catalog.postgres.writer import PostgresCatalog
from index.catalog.sqlite.place import FolderPlace
from index.catalog.writer import Catalog
from index.errors import IndexDamagedError, IndexUnreachableError, UsageError
from index.filter import EVERYTHING, Filter
from index.formats.records import Fields
from index.sync import find_changes, sync
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

SECRET = "open-sesame"


@pytest.fixture
def url(postgres: Server, tmp_path: Path) -> PostgresUrl:
    return PostgresUrl.parse(f"{postgres.url}&schema=of_{abs(hash(tmp_path.name)) % 10**9}")


@pytest.fixture
def catalog(url: PostgresUrl) -> Iterator[PostgresCatalog]:
    with closing(PostgresCatalog(url)) as catalog:
        yield catalog


# The URL


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:open-sesame@db.example/news", "postgresql://ada@db.example/news"),
        ("postgres://db.example:6432/news?password=open-sesame", "postgres://db.example:6432/news"),
        ("postgresql://db/news?sslmode=require&schema=of_2025", "postgresql://db/news?sslmode=require&schema=of_2025"),
        ("postgresql:///news?host=/run/postgresql", "postgresql:///news?host=/run/postgresql"),
    ],
)
def test_url_is_shown_without_a_password(text: str, shown: str) -> None:
    url = PostgresUrl.parse(text)
    assert str(url) == shown
    assert SECRET not in repr(url)
    assert url.has_password == (SECRET in text)
    assert SECRET not in url.without_secrets(f"it said {text}")


def test_schema_is_ours_and_no_parameter_of_the_driver() -> None:
    url = PostgresUrl.parse("postgresql://db/news?schema=of_2025&sslmode=require")
    assert (url.url, url.schema) == ("postgresql://db/news?sslmode=require", "of_2025")
    assert url.within("other") == url
    assert PostgresUrl.parse("postgresql://db/news").within("other").schema == "other"


@pytest.mark.parametrize(
    "text", ["postgresql://db:x/news", "postgresql://db/news?schema=Drop%20it", "postgres://[db/x"]
)
def test_what_is_no_url_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(UsageError, match=r"as in|such as"):
        PostgresUrl.parse(text)


# The connection


def test_database_that_is_not_there_is_told_at_once_without_its_password(tmp_path: Path) -> None:
    place = PostgresPlace(PostgresUrl.parse(f"postgresql://ada:{SECRET}@/news?host={tmp_path}&schema=s"), tmp_path)
    began = time.monotonic()
    with pytest.raises(IndexUnreachableError, match=r"cannot be reached \(.*\): start the database") as told:
        place.exists()
    assert time.monotonic() - began < 5
    assert SECRET not in str(told.value)


def test_connection_that_is_lost_is_one_error_and_the_next_question_goes_on(
    catalog: PostgresCatalog, url: PostgresUrl
) -> None:
    with catalog.writing():
        catalog.set_meta("fields", "kept")
    end = "select pg_terminate_backend(%s)"
    with closing(PostgresCatalog(url)) as other:
        other.database.value(end, (catalog.database.connection.info.backend_pid,))
        began = time.monotonic()
        with pytest.raises(IndexUnreachableError):
            catalog.counts()
        assert catalog.meta("fields") == "kept"

        def read_while_it_is_lost() -> None:
            with catalog.reading():
                other.database.value(end, (catalog.database.connection.info.backend_pid,))
                catalog.counts()

        with pytest.raises(IndexUnreachableError):
            read_while_it_is_lost()
        assert catalog.meta("fields") == "kept"
        assert time.monotonic() - began < 5


def test_catalog_of_a_later_version_is_left_alone(catalog: PostgresCatalog, url: PostgresUrl) -> None:
    with catalog.writing():
        catalog.set_meta("schema_version", "99")
    for read_only in (True, False):
        with pytest.raises(
            IndexDamagedError, match=f"version 99, not {POSTGRES_VERSION}: use the version of qa that made it"
        ):
            PostgresCatalog(url, read_only)


def test_schemas_of_a_database_do_not_know_each_other(catalog: PostgresCatalog, postgres: Server) -> None:
    with closing(PostgresCatalog(PostgresUrl.parse(f"{postgres.url}&schema=another"))) as other, other.writing():
        other.set_meta("fields", "its own")
    assert catalog.meta("fields") is None
    assert catalog.meta("index_id") != other.meta("index_id")


def test_deleted_schema_is_no_index_any_more(url: PostgresUrl, tmp_path: Path) -> None:
    place = PostgresPlace(url, tmp_path / "own")
    assert place.identity() is None
    place.open().close()
    first = place.identity()
    place.delete()
    assert (place.exists(), place.identity()) == (False, None)
    place.open().close()
    assert place.identity() not in (None, first)


# As SQLite reads it


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=5))
def test_stems_are_those_of_fts5(texts: list[str]) -> None:
    db = sqlite3.connect(":memory:")
    db.execute(f"create virtual table t using fts5 (text, tokenize = '{TOKENIZER}')")
    db.execute("create virtual table v using fts5vocab (t, instance)")
    db.executemany("insert into t (rowid, text) values (?, ?)", enumerate(texts))
    found: list[list[str]] = [[] for _ in texts]
    for number, stem in db.execute('select doc, term from v order by doc, "offset"'):
        found[number].append(stem)
    assert Stemmer().stems(texts) == found
    db.close()


def test_patterns_match_what_they_match_in_sqlite(catalog: PostgresCatalog) -> None:
    chance = random.Random(5)
    letters = "ab]-[^*?/.\\é🦉"
    names = ["".join(chance.choices("ab]-[^/.\\é🦉", k=chance.randrange(5))) for _ in range(150)] + ["", "a\nb"]
    db = sqlite3.connect(":memory:")
    for _ in range(400):
        pattern = "".join(chance.choices(letters, k=chance.randrange(7)))
        condition, values = glob_sql(pattern)
        query = f'select id from (select unnest(%s::text[]) collate "C" as id) as articles where {condition}'
        found = {name for (name,) in catalog.database.rows(query, (names, *values))}
        expected = {name for name in names if db.execute("select ? glob ?", (name, pattern)).fetchone()[0]}
        assert found == expected, pattern
    db.close()


WORDS = (
    "bridge bridges bakery owl owls council school flooded flood railway tea river mill tower vicar band lorry clay "
    "piers stone rains rain Zürich Zurich opened opening opens harbour the of and in".split()
)


def story(chance: random.Random) -> str:
    sentences = [" ".join(chance.choices(WORDS, k=chance.randrange(3, 14))).capitalize() + "." for _ in range(12)]
    return f"2025-03-{chance.randrange(1, 28):02}\n{chance.choice(WORDS).title()} news\n\n" + " ".join(sentences)


@pytest.fixture
def both(make_folder: MakeFolder, tmp_path: Path, url: PostgresUrl) -> Iterator[tuple[Catalog, Catalog]]:
    """A folder in a catalog of each database."""
    chance = random.Random(11)
    folder = make_folder({f"{number % 3}/{number}.txt": story(chance) for number in range(60)})
    with ExitStack() as opened:
        places = (FolderPlace(tmp_path / "sqlite"), PostgresPlace(url, tmp_path / "own"))
        catalogs = [opened.enter_context(closing(place.open())) for place in places]
        for catalog in catalogs:
            sync(find_changes(folder, catalog), catalog, HashingEmbedding(), Fields())
        yield catalogs[0], catalogs[1]


FILTERS = (EVERYTHING, Filter(article="1/*"), Filter(since=date(2025, 3, 9), until=date(2025, 3, 20)))


def test_scores_are_those_of_fts5(both: tuple[Catalog, Catalog]) -> None:
    sqlite, postgres = both
    chance = random.Random(3)
    keys = [each.key for each in sqlite.whole_articles()]
    for only in FILTERS:
        for _ in range(25):
            asked = chance.sample([*WORDS, "unheard"], chance.randrange(1, 6))
            found = postgres.search_passages(asked, 1000, only)
            assert found == pytest.approx(sqlite.search_passages(asked, 1000, only))
            best = sorted(found.values(), reverse=True)[:7]
            assert sorted(postgres.search_passages(asked, 7, only).values(), reverse=True) == pytest.approx(best)
            assert postgres.score_passages(asked, list(found)) == pytest.approx(found)
            assert postgres.score_articles(asked, keys) == pytest.approx(sqlite.score_articles(asked, keys))


def test_articles_and_words_are_those_that_fts5_gives(both: tuple[Catalog, Catalog]) -> None:
    sqlite, postgres = both
    for first, second in zip(WORDS, reversed(WORDS), strict=True):
        for only in FILTERS:
            assert postgres.articles_with([first, second], only) == sqlite.articles_with([first, second], only)
        best = [each.id for each in sqlite.articles_with([first], EVERYTHING, best_first=True)]
        assert Counter(each.id for each in postgres.articles_with([first], EVERYTHING, best_first=True)) == Counter(
            best
        )
        assert postgres.count_passages_with(first) == sqlite.count_passages_with(first)
        assert sorted(postgres.stems(first[0].lower(), 2, 9)) == sorted(sqlite.stems(first[0].lower(), 2, 9))
        together = ([first], [second, "unheard"])
        assert postgres.has_passage_with(*together) == sqlite.has_passage_with(*together)
        assert sorted(postgres.texts_with(first, 999)) == sorted(sqlite.texts_with(first, 999))


@pytest.fixture(scope="module")
def large(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCatalog]:
    """A catalog of so many articles that to read a whole table would take longer than to look something up."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(1500):
        (folder / f"{number}.txt").write_text(
            f"2025-01-{1 + number % 31:02}\nThe word{number} stands by name{number % 400}."
        )
    with closing(PostgresCatalog(PostgresUrl.parse(f"{postgres.url}&schema=large"))) as catalog:
        sync(find_changes(folder, catalog), catalog, HashingEmbedding(), Fields())
        catalog.database.execute("analyze")
        yield catalog


@pytest.mark.parametrize(
    "only", [EVERYTHING, Filter(article="120*"), Filter(since=date(2025, 1, 31))], ids=["all", "of a name", "of a day"]
)
def test_no_query_of_a_question_reads_a_whole_table(large: PostgresCatalog, only: Filter) -> None:
    told: list[str] = []
    large.database.connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
    large.database.execute("load 'auto_explain'; set auto_explain.log_level = notice")
    large.database.execute("set auto_explain.log_format = json; set auto_explain.log_min_duration = 0")
    with large.reading():
        found = large.passages(large.search_passages(["word1204", "name4", "name5"], 5, only))
        large.passages_of_vectors([each.vector_id for each in found])
        large.vectors([each.vector_id for each in found])
        list(large.lone_copies(only) if only else ())
        large.score_passages(["name4"], [each.id for each in found])
        large.score_articles(["name4"], [each.article_key for each in found])
        large.sentences(found[0].article_id, found[0].first, found[0].last)
        large.article(found[0].article_id)
        large.family(found[0].article_key)
        large.articles_with(["name4"], only)
        large.count_passages_with("name4")
        large.has_passage_with(["name4"], ["word1204", "word1205"])
        large.texts_with_stem("name4", 5)
        large.stems("word12", 7, 9)
    plans = [json.loads(each.partition("plan:")[2]) for each in told if "plan:" in each]
    assert len(plans) > 15
    # Of one row, of what a sync has not counted yet, and the index of the few articles that repeat another one.
    small = {"totals", "word_changes", "articles_by_original"}
    assert [plan for plan in plans if not set(read_wholly(plan["Plan"])) <= small] == []


def read_wholly(node: dict[str, Any]) -> Iterator[str]:
    """Give the tables that a plan reads, or the indexes that it goes through, without a condition to look up there."""
    if "Relation Name" in node and node["Node Type"] != "Bitmap Heap Scan" and "Index Cond" not in node:
        yield node.get("Index Name", node["Relation Name"])
    for each in node.get("Plans", []):
        yield from read_wholly(each)


def test_overview_is_that_of_sqlite(both: tuple[Catalog, Catalog]) -> None:
    sqlite, postgres = both
    for only in FILTERS:
        assert postgres.list_articles(only, 2, 9) == sqlite.list_articles(only, 2, 9)
        assert postgres.articles_of(only) == sqlite.articles_of(only)
        assert postgres.count_articles(only) == sqlite.count_articles(only)
        assert postgres.count_sentences(only) == sqlite.count_sentences(only)
    assert (postgres.dates(), set(postgres.days())) == (sqlite.dates(), set(sqlite.days()))
    assert postgres.count_sources() == sqlite.count_sources()
    assert postgres.ids_beginning("1/", 5) == sqlite.ids_beginning("1/", 5)
    assert list(postgres.texts()) == list(sqlite.texts())
    assert postgres.word_faults() == sqlite.word_faults() == []


def test_words_that_were_not_counted_anew_are_a_fault(both: tuple[Catalog, Catalog]) -> None:
    _, postgres = both
    assert isinstance(postgres, PostgresCatalog)
    postgres.database.execute("update words set passages = passages + 1 where stem = 'bridg'")
    postgres.database.execute("update totals set articles = articles + 1")
    word, totals = postgres.word_faults()
    assert word.startswith("a word is counted wrongly")
    assert totals.startswith("the totals are")
