"""The page of answers: each beside its articles, written whole, and looked at by a real browser."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html as lxml_html

from index.article_index import ArticleIndex
from index.errors import UsageError
from qa.answer import Answer, Kind
from qa.ask import ask
from qa.pages.answers import CONTEXT_CHARS, AnswerPage, entry, page
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support.browser import CHROMIUM, Browser

SEED = "000_a545c6f73c904d3a.txt"
LAVROV = "Meanwhile, Moscow said U.S. Secretary of State Marco Rubio called Russian Foreign Minister Sergei Lavrov to"


def answered(index: ArticleIndex, question: str = "Who did Rubio call?", reply: str = "Sergei Lavrov [1]") -> Answer:
    return ask(question, index, ScriptedLLM(replies=[reply]))


def tree_of(index: ArticleIndex, *answers: Answer) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(page([entry(answer, index.catalog) for answer in answers]))


def test_the_answer_stands_beside_its_article_with_the_cited_span_marked_and_linked(seed_index: ArticleIndex) -> None:
    tree = tree_of(seed_index, answered(seed_index))
    (statement,) = tree.find_class("answer")
    assert statement.text_content().startswith("Moscow said U.S. Secretary of State Marco Rubio called")
    assert statement.findtext("b") == "Sergei Lavrov"
    (mark,) = tree.iter("mark")
    assert mark.find("a").tail.startswith(LAVROV)
    assert statement.find("a").get("href") == f"#{mark.get('id')}"
    back = mark.find("a").get("href")
    assert "Sergei Lavrov" in tree.get_element_by_id(back[1:]).text_content()
    text = seed_index.catalog.text_of(SEED)
    assert text
    assert text[:16] in tree.find_class("text")[0].text_content()
    assert text[-40:].strip() in tree.find_class("text")[0].text_content()


def test_an_abstention_says_why_and_shows_the_closest_sentences(seed_index: ArticleIndex) -> None:
    tree = tree_of(seed_index, answered(seed_index, "Who did Blinken call?"))
    text = tree.text_content()
    assert "The articles do not say." in text
    assert "the cited article does not mention what the question names" in text
    assert [each.get("id") for each in tree.find_class("sources")[0]] == [f"q1-source{n}" for n in (1, 2, 3)]
    assert sorted(mark.get("id") for mark in tree.iter("mark")) == [f"q1-mark{n}" for n in (1, 2, 3)]


def test_a_page_says_how_a_misspelt_name_was_read_or_which_one_is_near(seed_index: ArticleIndex) -> None:
    read = tree_of(seed_index, answered(seed_index, "Who did Rubbio call?"))
    assert "Asked as: Who did Rubio call?" in " ".join(read.text_content().split())
    offered = replace(answered(seed_index, reply="not stated"), did_you_mean=("Lavrov", "Starmer", "<b>Bruce</b>"))
    text = " ".join(tree_of(seed_index, offered).text_content().split())
    assert "Did you mean Lavrov, Starmer or <b>Bruce</b>?" in text


def test_of_a_long_article_the_surroundings_of_the_span_are_shown(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("Owls hoot. " * 900 + "Rubio called Lavrov. " + "Bats fly. " * 900)
    index = ArticleIndex(tmp_path, tmp_path / "index", HashingEmbedding())
    index.sync()
    tree = tree_of(index, answered(index, reply="Lavrov [1]"))
    (shown,) = tree.find_class("text")
    assert "Rubio called Lavrov." in shown.text_content()
    assert len(shown.text_content()) < 2 * CONTEXT_CHARS + 200
    assert len(tree.find_class("left-out")) == 2
    index.close()


def test_an_article_that_changed_meanwhile_leaves_its_quote(seed_index: ArticleIndex, tmp_path: Path) -> None:
    answer = answered(seed_index)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / SEED).write_text("Something else.")
    other = ArticleIndex(tmp_path / "other", tmp_path / "other seed_index", HashingEmbedding())
    other.sync()
    tree = tree_of(other, answer)
    assert "has changed since" in tree.text_content()
    assert LAVROV in tree.find_class("text")[0].text_content()
    other.close()


def test_several_questions_follow_each_other_and_what_is_none_says_so(seed_index: ArticleIndex, tmp_path: Path) -> None:
    file = tmp_path / "pages" / "answers.html"
    written = AnswerPage(file, seed_index.place)
    written.add(answered(seed_index))
    written.add_failure("?", UsageError("The question is empty: type one"))
    written.add(answered(seed_index, "Who is Trump's special envoy?", "Steve Witkoff [1]"))
    assert not file.exists()
    written.close()
    tree = lxml_html.fromstring(file.read_bytes())
    assert [each.text_content().strip() for each in tree.find_class("question")] == [
        "Who did Rubio call?", "?", "Who is Trump's special envoy?"
    ]  # fmt: skip
    assert tree.find_class("error")[0].text_content() == "The question is empty: type one"
    assert [each.get("href") for each in tree.find_class("contents")[0].iter("a")] == ["#q1", "#q2", "#q3"]
    assert sorted(each.name for each in file.parent.iterdir()) == ["answers.html"]
    ids = [each.get("id") for each in tree.iter() if each.get("id")]
    assert len(ids) == len(set(ids))


def test_a_page_that_exists_is_replaced_and_a_link_stays_one(seed_index: ArticleIndex, tmp_path: Path) -> None:
    target, link = tmp_path / "target.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to(target)
    written = AnswerPage(link, seed_index.place)
    written.add(answered(seed_index))
    written.close()
    assert link.is_symlink()
    assert "Sergei Lavrov" in target.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_told_before_any_model_is_asked(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    places = ["--articles", str(seeds), "--index", str(tmp_path / "index"), "--llm", str(tmp_path / "none.gguf")]
    for path, reason in ((tmp_path, "it is no file"), (tmp_path / "file" / "a.html", "its folder is a file")):
        done = subprocess.run(
            [sys.executable, "-m", "qa", "ask", "Who did Rubio call?", "--html", str(path), *places],
            capture_output=True, text=True, env=dict(os.environ),
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"Error: {path} cannot be written ({reason}): name another file\n"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium, or Google Chrome")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser_the_page_fits_a_phone_and_can_be_read(
    seed_index: ArticleIndex, tmp_path: Path, browser: Browser, scheme: str
) -> None:
    path = tmp_path / "answers.html"
    written = AnswerPage(path, seed_index.place)
    written.add(answered(seed_index))
    written.add(answered(seed_index, "Who did Blinken call?"))
    written.close()
    browser.open(path)
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    for selector in ("body", ".small", "mark", ".number", ".reason"):
        assert browser.evaluate(CONTRAST.replace("SELECTOR", selector)) >= 4.5
    assert [each["request"]["url"] for each in browser.of("Network.requestWillBeSent")] == [path.as_uri()]


# Of a text with what is behind it (w3.org/TR/WCAG21, contrast ratio).
CONTRAST = """(() => {
  const light = (color) => color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  let behind = document.querySelector("SELECTOR");
  const ink = light(getComputedStyle(behind).color);
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const paper = light(getComputedStyle(behind).backgroundColor);
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
})()"""


def test_an_answer_of_several_statements_has_no_short_answer_and_says_what_it_rests_on(
    seed_index: ArticleIndex,
) -> None:
    answer = ask("What is the article about?", seed_index, ScriptedLLM(replies=[]), kind=Kind.OVERVIEW)
    answer = replace(answer, not_stated=("the other side",))
    html = page([entry(answer, seed_index.catalog)])
    assert html.count('<p class="answer"') == len(answer.statements) > 1
    assert "Not stated: the other side" in html
    assert "1 of 1 articles" in html
