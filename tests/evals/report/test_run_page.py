"""The page of a run shows every case, marks what is gold and what is cited, and is safe whatever it is given."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from evals.report.run_page import CONTEXT_CHARS, Mark, page, passages_around
from index.article_index import ArticleIndex
from qa.as_json import answer_as_dict
from qa.ask import ask
from qa.testing import ScriptedLLM
from tests.support.browser import CHROMIUM, Browser
from tests.support.runs import figure, make_answer, make_case, make_run

SEED = "000_a545c6f73c904d3a.txt"
HOSTILE = "<script>alert(1)</script>\x1b[31m\x00\u202eevil\u2066 \udce9 & \"two\" 'one' --> {{ 7 * 7 }}"
SHOWN = "<script>alert(1)</script>[31mevil \\udce9 & \"two\" 'one' --> {{ 7 * 7 }}"


class Reader(HTMLParser):
    """What a page says: its texts by the class of the innermost element, its tags, all that it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        self.tags.append(tag)
        self.loads += [fields[name] or "" for name in ("src", "href", "action", "data", "srcset") if name in fields]
        if tag not in ("meta", "link", "input", "br", "line", "path", "rect", "circle", "col"):
            self.stack.append(fields.get("class") or tag)

    def handle_endtag(self, tag: str) -> None:
        if self.stack and tag not in ("line", "path", "rect", "circle"):
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.stack[-1] if self.stack else "", []).append(data)


@pytest.fixture
def seed_text(seeds: Path) -> str:
    return (seeds / SEED).read_text(encoding="utf-8")


@pytest.fixture
def real_run(seed_index: ArticleIndex, seed_text: str) -> dict[str, Any]:
    """Four questions asked of the seed article: one right, one wrong, one given up, one rightly left alone."""
    gold = "Rubio called Russian Foreign Minister Sergei Lavrov"
    start = seed_text.index(gold)
    spans = [{"article": SEED, "start": start, "end": start + len(gold), "quote": gold}]
    script = [
        ("Who did Rubio call?", "Sergei Lavrov [1]", True, ["who"]),
        ("Who is Trump's special envoy?", "CNN [1]", True, ["who"]),
        ("Where was Trump when he spoke about land and power plants?", "not stated", True, ["where"]),
        ("Who did Blinken call?", "not stated", False, []),
    ]
    cases = []
    for number, (question, reply, answerable, tags) in enumerate(script, 1):
        answered = ask(question, seed_index, ScriptedLLM(replies=[reply]))
        answer = answer_as_dict(answered)
        answer["evidence"] = [e | {"text": o.text} for e, o in zip(answer["evidence"], answered.evidence, strict=True)]
        fields = {"question": question, "tags": tags, "answerable": answerable, "answer": answer}
        right = number in (1, 4)
        cases.append(make_case(number, **fields, gold=spans if answerable else [], right=right, f1=float(right)))
    return make_run(cases)


def test_every_case_is_there_with_its_verdict_and_every_figure_with_its_interval(
    real_run: dict[str, Any], seed_text: str
) -> None:
    html = page(real_run, {SEED: seed_text}.get)
    said = Reader(html).texts
    for case in real_run["cases"]:
        assert case["question"] in said["question"]
    assert re.findall(r'data-verdict="(\w+)"', html) == ["right", "wrong", "abstained", "right"]
    assert said["verdict is-right"][0] == "2 right"
    assert said["value"][:2] == ["0.500", "0.600"]
    assert "0.250–0.750" in said["small"]
    assert "My own" in said["th"]
    assert "ECE" not in said["th"]
    assert "5 min 12 s" in said["dd"]
    assert real_run["cases"][2]["answer"]["reason"] in said["p"]
    for each in real_run["cases"][1]["answer"]["evidence"]:
        assert each["text"] in said["span"]


def test_a_page_loads_nothing_and_forbids_it(real_run: dict[str, Any], seed_text: str) -> None:
    html = page(real_run, {SEED: seed_text}.get)
    assert Reader(html).loads == ["data:,"]
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert "url(" not in html
    assert "@import" not in html


def test_gold_and_cited_words_are_marked_where_they_stand_and_where_they_overlap(seed_text: str) -> None:
    start = seed_text.index("Rubio called")
    cited = seed_text.index("Marco Rubio called"), seed_text.index(" to discuss")
    marks = [mark(seed_text, start, start + 100, "gold"), mark(seed_text, *cited, "cited")]
    [passage] = passages_around(marks, {SEED: seed_text}.get)
    kinds = [(each.kind, each.text) for each in passage.segments if each.kind]
    assert [kind for kind, _ in kinds] == ["cited", "both", "gold"]
    assert kinds[0][1] == "Marco "
    assert kinds[1][1] == "Rubio called Russian Foreign Minister Sergei Lavrov"
    assert kinds[2][1] == seed_text[cited[1] : start + 100]
    whole = "".join(each.text for each in passage.segments)
    first, last = seed_text.index(whole), seed_text.index(whole) + len(whole)
    assert seed_text[first - 1].isspace()
    assert seed_text[last].isspace()
    assert 200 <= cited[0] - first <= CONTEXT_CHARS + 50
    assert 200 <= last - (start + 100) <= CONTEXT_CHARS
    assert (passage.before, passage.after) == ("… ", " …")


def test_spans_far_apart_or_in_several_articles_are_passages_of_their_own_the_cited_first() -> None:
    text = "word " * 1000
    marks = [mark(text, 0, 4, "gold"), mark(text, 4000, 4004, "gold"), mark("b " * 9, 2, 3, "cited", "b.txt")]
    passages = list(passages_around(marks, {SEED: text, "b.txt": "b " * 9}.get))
    assert [(each.article, each.before, each.after) for each in passages] == [
        ("b.txt", "", ""),
        (SEED, "", " …"),
        (SEED, "… ", " …"),
    ]


@pytest.mark.parametrize(("text", "state"), [(None, "is gone"), ("Another text.", "has changed")])
def test_an_article_that_is_gone_or_has_changed_leaves_its_quotes(text: str | None, state: str) -> None:
    [passage] = passages_around([Mark("a.txt", 5, 9, "said", "gold")], lambda _: text)
    assert state in passage.note
    assert [(each.text, each.kind) for each in passage.segments] == [("said", "gold")]


def test_the_lines_of_an_article_stay_lines_and_nothing_invisible_stays() -> None:
    text = "One\r\n\r\n \n two\x00 \u200bthree\u2028four \n"
    run = make_run([make_case(1, gold=[{"article": SEED, "start": 7, "end": 11, "quote": text[7:11]}])])
    html = page(run, {SEED: text}.get)
    assert "\ntwo three four\n</div>" in re.sub("</?mark.*?>", "", html)


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    text = "字" * 3000
    [passage] = passages_around([mark(text, 1500, 1502, "gold")], {SEED: text}.get)
    assert [len(each.text) for each in passage.segments] == [CONTEXT_CHARS, 2, CONTEXT_CHARS]


def test_hostile_text_is_seen_and_does_nothing(tmp_path: Path) -> None:
    text = HOSTILE * 9
    spans = [{"article": HOSTILE, "start": 3, "end": 70, "quote": text[3:70]}]
    answer = make_answer(answer=HOSTILE, short_answer=HOSTILE, citations=spans, model=HOSTILE)
    answer["evidence"] = [{"article": HOSTILE, "start": 3, "end": 70, "score": 0.5, "text": HOSTILE}]
    answer["timings_ms"] = {HOSTILE: 1}
    fields = {"id": HOSTILE, "question": HOSTILE, "answers": [HOSTILE], "tags": [HOSTILE], "gold": spans}
    fields |= {"signals": {HOSTILE: HOSTILE}, "retrieved": [spans[0] | {"score": 1.0}], "answer": answer}
    unscored = fields | {"scored": False, "unscored_reason": HOSTILE, "right": None}
    named = {"id": HOSTILE, "cases_file": HOSTILE, "settings": {HOSTILE: HOSTILE}, "product": HOSTILE}
    run = make_run([make_case(1, **fields), make_case(2, **unscored)], **named, git=HOSTILE)
    run["models"] = {"llm": HOSTILE, "embedder": HOSTILE}
    run["figures"][HOSTILE] = figure(0.5)
    html = page(run, {HOSTILE: text}.get)
    (tmp_path / "run.html").write_text(html, encoding="utf-8")
    read = Reader((tmp_path / "run.html").read_text(encoding="utf-8"))
    assert read.tags.count("script") == 1
    assert SHOWN in read.texts["question"]
    assert SHOWN in read.texts["id"]
    assert SHOWN in read.texts["option"]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    assert "49" not in "".join(read.texts["question"])


def test_a_run_that_only_retrieved_says_what_was_found_and_which_plots_have_nothing_to_show() -> None:
    left = {"id", "question", "tags", "answerable", "answers", "gold", "retrieved", "evidence_holds", "reciprocal_rank"}
    left |= {"recall_at_1", "recall_at_3", "recall_at_10"}
    missed = {"recall_at_1": 0.0, "recall_at_3": 0.0, "recall_at_10": 0.0, "reciprocal_rank": 0.0}
    cases = [make_case(1, reciprocal_rank=0.25), make_case(2, **missed)]
    run = make_run([{name: case[name] for name in case if name in left} for case in cases], finished=False)
    html = page(run | {"models": {"llm": None, "embedder": "hashing"}}, {}.get)
    said = Reader(html).texts
    assert re.findall(r'data-verdict="(\w+)"', html) == ["found", "missed"]
    assert "rank 4" in said["said"]
    assert said["missing"] == ["No answer of this run has a confidence."] * 2 + ["No question of this run was timed."]
    assert "not finished" in "".join(said["notice"])


def test_a_run_without_cases_or_figures_is_a_page_too() -> None:
    assert len(Reader(page(make_run([], figures={}), {}.get)).texts["missing"]) == 4


def test_a_thousand_cases_are_a_page_of_less_than_ten_megabytes(seed_text: str) -> None:
    spans = [{"article": SEED, "start": at, "end": at + 60, "quote": seed_text[at : at + 60]} for at in (600, 1200)]
    evidence = [{"article": SEED, "start": at, "end": at + 200, "score": 0.5} for at in range(0, 2000, 250)]
    evidence = [each | {"text": seed_text[each["start"] : each["end"]]} for each in evidence]
    answer = make_answer(citations=spans[1:], evidence=evidence)
    cases = [make_case(n, gold=spans, answer=answer, retrieved=evidence, seconds=n / 100) for n in range(1000)]
    html = page(make_run(cases), {SEED: seed_text}.get)
    assert len(html.encode()) < 10_000_000


def mark(text: str, start: int, end: int, kind: str, article: str = SEED) -> Mark:
    return Mark(article, start, end, text[start:end], kind)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium, or Google Chrome")
def test_in_a_browser_the_page_is_quiet_and_its_filters_work(
    real_run: dict[str, Any], seed_text: str, tmp_path: Path, browser: Browser
) -> None:
    answer = make_answer(answer="<img src='http://127.0.0.1:9/x' onerror='alert(1)'>", short_answer=None)
    real_run["cases"].append(make_case(5, question=HOSTILE, answer=answer, tags=[HOSTILE], right=False))
    path = tmp_path / "run.html"
    path.write_text(page(real_run, {SEED: seed_text}.get), encoding="utf-8")
    browser.open(path)

    def shown() -> list[str]:
        visible = "[...document.querySelectorAll('.case')].filter((each) => each.checkVisibility())"
        return [name.removeprefix("case-") for name in browser.evaluate(f"{visible}.map((each) => each.id)")]

    assert shown() == ["1", "2", "3", "4", "5"]
    browser.click('label:has([value="wrong"])')
    assert shown() == ["2", "5"]
    assert browser.evaluate("document.querySelector('#count').textContent") == "2 of 5 shown"
    browser.click('[type="search"]')
    browser.call("Input.insertText", text="ENVOY special")
    assert shown() == ["2"]
    browser.press("Tab", 9)
    browser.press("ArrowLeft", 37)
    assert shown() == []
    browser.press("ArrowLeft", 37)
    assert shown() == ["2"]
    browser.click("#case-2 summary")
    assert browser.evaluate("document.querySelector('#case-2 .passage').checkVisibility()")
    browser.press("Enter", 13)
    assert not browser.evaluate("document.querySelector('#case-2').open")
    assert browser.evaluate("document.querySelectorAll('img, main script').length") == 0
    assert browser.evaluate("getComputedStyle(document.querySelector('.case > summary')).display") == "grid"
    requests = [event["request"]["url"] for event in browser.of("Network.requestWillBeSent")]
    assert requests == [path.as_uri()]
    for complaint in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
        assert browser.of(complaint) == []


def test_broad_questions_have_their_tables_and_each_what_its_answer_lacks() -> None:
    answer = make_answer(answer="The dock was closed. [1]", short_answer=None, confidence=None, kind="overview")
    expected = ["The dock was closed.", f"A crane fell. {HOSTILE}"]
    fields = {"kind": "overview", "scores": {"points_carried": 0.5}, "expected": expected, "missed": expected[1:]}
    case = make_case(1, answers=[], f1=None, exact_match=None, answer=answer, **fields)
    kinds = {"overview": {"points_carried": figure(0.512, 0.25, 0.75), "of_later": figure(0.313)}}
    html = page(make_run([case], kinds=kinds), {}.get)
    said = Reader(html).texts
    assert "Overview" in said["caption"]
    assert {"0.512", "0.313"} <= set(said["value"])
    assert "0.250–0.750" in said["small"]
    assert {"Points carried", "Of later"} <= set(said["th"])
    assert said["li"] == ["The dock was closed.", f"A crane fell. {SHOWN}", f"A crane fell. {SHOWN}"]
    assert said["dd"][-1] == "0.50"
    assert "This one lacks" in said["h3"]
    assert "By kind of question" not in page(make_run([make_case(1)]), {}.get)
