"""Near-duplicates: which articles are of one family, what of a copy is retrieved, and where else a sentence stands."""

import json
import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article_files import SourceFile
from index.articles import Article
from index.catalog.rows import ReadFile, WrittenArticle
from index.catalog.writer import Catalog
from index.duplicates import PERMUTATIONS, also_in, mark_duplicates, normalised, signature_of, similarity
from index.filter import EVERYTHING
from index.formats.records import Fields
from index.sync import find_changes, sync
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

STORY = [
    "The new bridge over the Lowmoor was opened on Tuesday by the mayor, Osei Bright, before a crowd of two thousand.",
    "It cost nine million pounds, two million more than the council had set aside four years ago.",
    "Engineers had found soft clay under the northern pier, which took another winter to make firm.",
    "Lorries above seven tonnes have to use the old road through Highmoor, where residents are angry.",
    '"We were promised fewer lorries, and we are getting more of them," said Marta Quill, who keeps a bakery there.',
    "The council answered that a study of the traffic will be made in the autumn and published in full.",
    "Cyclists have a lane of their own on both sides, fenced off from the cars by a low wall of stone.",
    "The railway bridge beside it, built in 1871, will be kept as a monument and lit at night.",
    "A pair of barn owls that nests in its eastern tower was not disturbed by the work, the builders said.",
    "The first to cross was Ida Marsh, who is ninety-four and crossed the old bridge on its first day as a girl.",
    "Schools were closed for the day, and the band of the fire brigade played until it began to rain.",
    "The old bridge will be taken down in spring, and its stones given to whoever wants to build with them.",
]


def article(*sentences: str, published: str = "", headline: str = "A bridge for Lowmoor") -> str:
    """Write a text as newspapers print it, two sentences a paragraph."""
    paragraphs = [" ".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2)]
    return "\n\n".join([*filter(None, [published]), headline, *paragraphs])


ORIGINAL = article(*STORY, published="2025-03-18")
REPRINT = article(*STORY[:-2], published="2025-03-19", headline="Nine-million bridge opens at last")
UNRELATED = article(
    "The bakery in Mill Lane sells rye bread from six in the morning.",
    "Its owner bakes at night and sleeps in the afternoon.",
    headline="Bread at dawn",
)


def sync_folder(folder: Path, catalog: Catalog) -> None:
    sync(find_changes(folder, catalog), catalog, HashingEmbedding(), Fields())


def originals(catalog: Catalog) -> dict[str, str]:
    """Give the original of each copy."""
    ids = {each.key: each.id for each in catalog.whole_articles()}
    return {each.id: ids[each.original] for each in catalog.whole_articles() if each.original}


def retrieved(catalog: Catalog, words: str) -> list[tuple[str, str]]:
    """Give article and text of every passage that has a word."""
    scores = catalog.search_passages(words.split(" OR "), 1000, EVERYTHING)
    return sorted((passage.article_id, passage.text) for passage in catalog.passages(scores))


def also(catalog: Catalog, article_id: str, sentence: str) -> tuple[str, ...]:
    found = catalog.article(article_id)
    assert found is not None
    return also_in(catalog, found, sentence)


# Families


def test_reprint_with_another_headline_and_a_trimmed_end_is_of_one_family(
    make_folder: MakeFolder, catalog: Catalog
) -> None:
    sync_folder(make_folder({"wire.txt": ORIGINAL, "paper.txt": REPRINT, "bakery.txt": UNRELATED}), catalog)
    assert originals(catalog) == {"paper.txt": "wire.txt"}


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        ({"a.txt": "2025-03-19", "b.txt": "2025-03-18", "c.txt": "2025-03-20"}, "b.txt"),
        ({"a.txt": "", "b.txt": "2025-03-18", "c.txt": ""}, "b.txt"),
        ({"a.txt": "2025-03-18", "b.txt": "2025-03-18", "c.txt": ""}, "a.txt"),
        ({"c.txt": "", "b.txt": "", "a.txt": ""}, "a.txt"),
    ],
    ids=[
        "the earliest",
        "the only one with a date",
        "of one day the first by name",
        "without a date the first by name",
    ],
)
def test_original_is_the_one_published_first_and_else_the_first_by_name(
    make_folder: MakeFolder, catalog: Catalog, dates: dict[str, str], first: str
) -> None:
    folder = make_folder({name: article(*STORY, published=day) for name, day in dates.items()})
    sync_folder(folder, catalog)
    assert originals(catalog) == {name: first for name in dates if name != first}


def test_unrelated_texts_are_no_family(make_folder: MakeFolder, catalog: Catalog) -> None:
    chance = random.Random(3)
    words = [f"{first}{second}" for first in "ba do fi ku le mo ni".split() for second in "rt lm nk st".split()]
    footer = "Subscribe to our newsletter and never miss a story. All rights are reserved by the publisher."
    texts = [f"Headline {n}\n\n{' '.join(chance.choices(words, k=120))}.\n\n{footer}" for n in range(300)]
    sync_folder(make_folder({"news.jsonl": "\n".join(json.dumps({"text": text}) for text in texts)}), catalog)
    assert catalog.counts()[0] == 300
    assert originals(catalog) == {}


def test_texts_of_a_few_words_are_a_family_only_when_they_are_equal(make_folder: MakeFolder, catalog: Catalog) -> None:
    texts = {"a.txt": "Tea.", "b.txt": "Tea!", "c.txt": "Milk.", "d.txt": "Tea at four.", "e.txt": "Tea at five."}
    sync_folder(make_folder(texts), catalog)
    assert originals(catalog) == {"b.txt": "a.txt"}


def test_case_punctuation_and_line_ends_make_no_other_text() -> None:
    signature = signature_of(ORIGINAL)
    assert signature_of(ORIGINAL.upper().replace("\n", "\r\n").replace(",", " –")) == signature
    assert len(signature) == 4 * PERMUTATIONS


@given(st.integers(100, 400), st.integers(0, 100))
def test_similarity_is_near_the_share_of_common_shingles(length: int, other: int) -> None:
    words = [f"w{n}" for n in range(length)]
    edited = words[: length - other] + [f"v{n}" for n in range(other)]
    shingles = [{tuple(text[i : i + 3]) for i in range(len(text) - 2)} for text in (words, edited)]
    jaccard = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
    one, two = (np.frombuffer(signature_of(" ".join(text)), "<u4") for text in (words, edited))
    assert similarity(one, two) == pytest.approx(jaccard, abs=0.2)


@given(st.text())
def test_every_text_has_a_signature(text: str) -> None:
    assert len(signature_of(text)) == 4 * PERMUTATIONS
    assert signature_of(text) == signature_of(text)


# What is retrieved of a copy


def test_passages_of_a_copy_that_say_nothing_new_are_not_retrieved(make_folder: MakeFolder, catalog: Catalog) -> None:
    sync_folder(make_folder({"wire.txt": ORIGINAL, "paper.txt": REPRINT}), catalog)
    assert {name for name, _ in retrieved(catalog, "cyclists OR owls")} == {"wire.txt"}
    ((_, text),) = [each for each in retrieved(catalog, "the OR bridge") if each[0] == "paper.txt"]
    assert text.startswith("Nine-million bridge opens at last"), "only the copy says its headline"


def test_records_of_equal_text_are_retrieved_once(make_folder: MakeFolder, catalog: Catalog) -> None:
    records = [{"title": f"Paper {n}", "text": " ".join(STORY), "date": f"2025-03-{19 - n}"} for n in range(3)]
    sync_folder(make_folder({"news.jsonl": "\n".join(map(json.dumps, records))}), catalog)
    assert {name for name, _ in retrieved(catalog, "bridge OR paper")} == {"news.jsonl#3"}
    assert {int(key.split("-")[0]) for key in catalog.record_ids()} == {catalog.article("news.jsonl#3").key}  # type: ignore[union-attr]


def test_sentence_that_only_a_copy_says_is_retrieved(make_folder: MakeFolder, catalog: Catalog) -> None:
    added = "The builders were fined for working on Sundays."
    copy = article(*STORY[:6], added, *STORY[6:], published="2025-03-19")
    sync_folder(make_folder({"wire.txt": ORIGINAL, "paper.txt": copy}), catalog)
    assert originals(catalog) == {"paper.txt": "wire.txt"}
    ((name, text),) = retrieved(catalog, "fined")
    assert name == "paper.txt"
    assert added in text


def test_copy_set_in_other_case_and_line_ends_says_nothing_new(make_folder: MakeFolder, catalog: Catalog) -> None:
    copy = ORIGINAL.replace("2025-03-18", "2025-03-19").replace("A bridge for", "A BRIDGE FOR").replace("\n", "\r\n")
    sync_folder(make_folder({"wire.txt": ORIGINAL, "paper.txt": copy}), catalog)
    assert {name for name, _ in retrieved(catalog, "bridge OR owls")} == {"wire.txt"}
    assert normalised(" A\n BRIDGE ") == "a bridge"


# The same sentence elsewhere


def test_citation_names_the_copies_that_say_its_sentence_too(make_folder: MakeFolder, catalog: Catalog) -> None:
    files = {"wire.txt": ORIGINAL, "paper.txt": REPRINT, "z.txt": article(*STORY[:-1]), "bakery.txt": UNRELATED}
    sync_folder(make_folder(files), catalog)
    assert also(catalog, "wire.txt", STORY[3]) == ("paper.txt", "z.txt")
    assert also(catalog, "wire.txt", STORY[-2]) == ("z.txt",)
    assert also(catalog, "wire.txt", STORY[-1]) == ()
    assert also(catalog, "paper.txt", STORY[3]) == ("wire.txt", "z.txt")
    assert also(catalog, "paper.txt", "Nine-million bridge opens at last") == ()
    assert also(catalog, "bakery.txt", STORY[3]) == ()


# In step with the folder


def test_copy_becomes_the_original_when_that_is_deleted(make_folder: MakeFolder, catalog: Catalog) -> None:
    late = article(*STORY, published="2025-03-20")
    folder = make_folder({"wire.txt": ORIGINAL, "paper.txt": REPRINT, "late.txt": late})
    sync_folder(folder, catalog)
    assert {name for name, _ in retrieved(catalog, "cyclists OR spring")} == {"wire.txt"}
    (folder / "wire.txt").unlink()
    sync_folder(folder, catalog)
    assert originals(catalog) == {"late.txt": "paper.txt"}
    assert {name for name, _ in retrieved(catalog, "cyclists")} == {"paper.txt"}
    assert {name for name, _ in retrieved(catalog, "spring")} == {"late.txt"}, "only this one has the end"


def test_copy_is_retrieved_again_when_the_original_is_edited(make_folder: MakeFolder, catalog: Catalog) -> None:
    folder = make_folder({"wire.txt": ORIGINAL, "paper.txt": REPRINT})
    sync_folder(folder, catalog)
    make_folder({"wire.txt": ORIGINAL.replace("barn owls", "kestrels")})
    sync_folder(folder, catalog)
    assert originals(catalog) == {"paper.txt": "wire.txt"}
    assert {name for name, _ in retrieved(catalog, "owls")} == {"paper.txt"}
    make_folder({"wire.txt": UNRELATED})
    sync_folder(folder, catalog)
    assert originals(catalog) == {}
    assert {name for name, _ in retrieved(catalog, "lorries")} == {"paper.txt"}


def test_earlier_print_that_comes_later_is_the_original(make_folder: MakeFolder, catalog: Catalog) -> None:
    folder = make_folder({"wire.txt": ORIGINAL})
    sync_folder(folder, catalog)
    make_folder({"first.txt": article(*STORY, published="2025-03-17")})
    sync_folder(folder, catalog)
    assert originals(catalog) == {"wire.txt": "first.txt"}
    assert {name for name, _ in retrieved(catalog, "owls")} == {"first.txt"}


def marks(catalog: Catalog) -> list[tuple[int, int | None, list[tuple[int, bool]]]]:
    return [
        (each.key, each.original, [(part.id, part.repeated) for part in each.passages])
        for each in catalog.whole_articles()
    ]


@pytest.mark.parametrize("seed", range(5))
def test_marks_after_changes_are_those_of_all_articles_looked_at_anew(
    make_folder: MakeFolder, catalog: Catalog, seed: int
) -> None:
    chance = random.Random(seed)
    folder = make_folder({})
    for _ in range(15):
        for _ in range(chance.randrange(1, 4)):
            path = folder / f"{chance.randrange(8)}.txt"
            if path.exists() and chance.random() < 0.3:
                path.unlink()
                continue
            kept = sorted(chance.sample(range(len(STORY)), len(STORY) - chance.randrange(3)))
            added = [f"Neighbour {chance.randrange(3)} saw it."] * chance.randrange(2)
            day = chance.choice(["", "2025-03-17", "2025-03-18", "2025-03-19"])
            path.write_text(article(*[STORY[n] for n in kept], *added, published=day, headline=f"Head {path.stem}"))
        sync_folder(folder, catalog)
        after_changes = marks(catalog)
        with catalog.writing():
            mark_duplicates(catalog)
        assert marks(catalog) == after_changes


def test_copies_are_found_among_many_articles_while_little_of_each_is_held(catalog: Catalog) -> None:
    numbers = np.random.default_rng(7).integers(0, 1 << 31, (20_000, PERMUTATIONS), np.uint32)
    numbers[-1] = numbers[0]
    file = SourceFile("a.csv", Path("a.csv"), 1, 1)
    with catalog.writing():
        catalog.put_files([ReadFile(file)])
        written = [
            WrittenArticle(
                Article(f"a.csv#{place:05}", "Bread", "Bread", None, file.path, "", file=file.id), row.tobytes(), [], []
            )
            for place, row in enumerate(numbers)
        ]
        catalog.put_articles(written)
        del written
        tracemalloc.start()
        mark_duplicates(catalog)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert originals(catalog) == {"a.csv#19999": "a.csv#00000"}
    assert peak / len(numbers) < 500  # bytes; their signatures alone have 512
