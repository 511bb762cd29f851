"""Articles that look as if they were not read right."""

from contextlib import closing
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from qa.inspection.articles import is_in_columns, is_mojibake, is_stub, suspicious_articles
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

SOUND = {
    "en": "The bridge opened on Tuesday. It cost nine million pounds, and “nobody” — not even the café — complained. "
    * 3,
    "fr": "L'été fut long à Orléans ; la crèche « Île » a été fermée, où l'on naît à l'âge d'être élevé. " * 3,
    "ru": "Мост открыли во вторник, и мэр Ёлкина сказала, что её город ждал этого десять лет. Ещё бы! " * 3,
    "ja": "橋は火曜日に開通した。費用は九百万ポンドだった。市長は「橋が開いた」と話した。" * 4,
    "table": "\n".join(f"| Town {n}   | {n * 7}   | 12   |" for n in range(20)) + "\nSo wrote the clerk.",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_sound_article_is_under_no_suspicion(text: str) -> None:
    assert not is_stub(text)
    assert not is_mojibake(text)
    assert not is_in_columns(text)


@pytest.mark.parametrize("end", ["…", "...", "[…]", "[+1234 chars]", "… [+88 Zeichen]\n"])
def test_text_that_says_it_goes_on_is_a_stub(end: str) -> None:
    assert is_stub(f"{SOUND['en']}The mayor {end}")


def test_text_of_a_few_words_is_a_stub() -> None:
    assert is_stub("Please enable scripts.\n")


@pytest.mark.parametrize(("language", "encoding"), [("en", "cp1252"), ("fr", "latin-1"), ("ru", "cp1251")])
def test_utf_8_read_as_another_encoding_is_mojibake(language: str, encoding: str) -> None:
    assert is_mojibake(SOUND[language].encode().decode(encoding, "replace"))


def test_two_columns_in_one_line_are_found() -> None:
    left = [
        "The bridge over the Lowmoor was",
        "opened by the mayor on Tuesday in",
        "the rain. Nobody came but her own",
    ] * 4
    right = [
        "A pair of owls nests in the tower",
        "of the church of Saint Anne, and",
        "the vicar is not amused by them.",
    ] * 4
    assert is_in_columns("\n".join(f"{a:<40}{b}" for a, b in zip(left, right, strict=True)))


def test_articles_under_suspicion_are_counted_and_named(make_folder: MakeFolder, tmp_path: Path) -> None:
    stubs = {f"{number}.txt": f"Tea {number} is served…" for number in range(7)}
    folder = make_folder({**stubs, "bad.txt": SOUND["en"].encode().decode("cp1252", "replace"), "a.txt": SOUND["en"]})
    with closing(ArticleIndex(folder, tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
        found = {subject: text for subject, text, _ in suspicious_articles(index.catalog)}
    assert found == {
        "stubs": "7 articles break off or are hardly any text: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, ...",
        "mojibake": "1 articles have letters of a wrong encoding: bad.txt",
    }
