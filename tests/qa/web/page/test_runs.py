"""Eval runs as pages: which there are, what one got wrong beside the articles, and what changed between two."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import html as lxml_html

from evals.run_file import runs_folder, write_run
from index.catalog.writer import Catalog
from tests.qa.web.page.answers import BOUGHT, SECOND, cite
from tests.qa.web.page.hostile import PAYLOADS, strange_in
from tests.support.runs import make_answer, make_case, make_run

MONDAY, TUESDAY = "20261123T024011-ferry", "20261124T024011-ferry"
RIGHT = {"right": {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1}}


def keep_run(run_id: str, cases: list[dict[str, Any]], catalog: Catalog, **changed: Any) -> None:
    began = f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}T02:40:11+00:00"
    settings = {"llm": "local:1.5b", "index": str(catalog.path.parent), "articles": "news"}
    run = make_run(cases, id=run_id, began=began, settings=settings, figures=RIGHT, **changed)
    runs_folder().mkdir(parents=True, exist_ok=True)
    write_run(run, runs_folder() / f"{run_id}.json")


@pytest.fixture
def two_runs(own_data: None, catalog: Catalog) -> None:
    """A run that knew who bought the ferry, and one that did not."""
    span = cite(SECOND, BOUGHT, catalog).span
    gold = [{"article": SECOND, "start": span.start, "end": span.end, "quote": BOUGHT}]
    case = make_case(1, question="Who bought the ferry?", answers=["The council of Orsby"], gold=gold)
    other = make_case(2, question="Who called?")
    keep_run(MONDAY, [case, other], catalog)
    wrong = make_answer(answer="Ida Brandt [1]", short_answer="Ida Brandt")
    keep_run(TUESDAY, [case | {"right": False, "f1": 0.0, "exact_match": 0.0, "answer": wrong}, other], catalog)


def tree_of(client: httpx.Client, path: str) -> lxml_html.HtmlElement:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert strange_in(response.text) - {"radio"} <= {"dl", "dt", "dd", "i"}
    return lxml_html.document_fromstring(response.text)


def test_runs_are_listed_newest_first_and_the_newest_is_compared_with_the_one_before(
    two_runs: None, client: httpx.Client
) -> None:
    tree = tree_of(client, "/runs")
    links = [each.get("href") for each in tree.find_class("rows")[0].iter("a")]
    assert links == [f"/runs/{TUESDAY}", f"/runs/{MONDAY}"]
    radios = [each for each in tree.iter("input") if each.get("type") == "radio" and each.get("checked") is not None]
    assert {each.get("name"): each.get("value") for each in radios} == {"before": MONDAY, "after": TUESDAY}
    assert "Evals" in tree_of(client, "/").find_class("places")[0].text_content()


def test_a_miss_stands_beside_its_article(two_runs: None, client: httpx.Client) -> None:
    tree = tree_of(client, f"/runs/{TUESDAY}")
    (miss,) = tree.find_class("miss")
    text = " ".join(each.strip() for each in miss.itertext() if each.strip())
    assert "Who bought the ferry? wrong said Ida Brandt wanted The council of Orsby" in text
    assert miss.find_class("gold")[0].text == BOUGHT
    assert tree_of(client, f"/runs/{MONDAY}").find_class("miss") == []


def test_two_runs_stand_side_by_side_with_what_changed(two_runs: None, client: httpx.Client) -> None:
    tree = tree_of(client, f"/runs/compare?before={MONDAY}&after={TUESDAY}")
    (changed,) = tree.find_class("miss")
    assert "right → wrong" in " ".join(changed.text_content().split())
    rows = {each.findtext("th"): [cell.text_content() for cell in each.iter("td")] for each in tree.iter("tr")}
    assert rows["Right"][:2] == ["1.000", "0.500"]
    assert rows["Right"][2].startswith("-0.500")
    assert tree_of(client, f"/runs/compare?before={MONDAY}&after={MONDAY}").find_class("miss") == []


@pytest.mark.parametrize("path", ["/runs/..%2f..%2fetc%2fpasswd", "/runs/nothing", f"/runs/{MONDAY}.json", "/runs/%00"])
def test_a_run_is_one_of_a_list(two_runs: None, client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_two_runs_have_to_be_named(two_runs: None, client: httpx.Client) -> None:
    assert client.get("/runs/compare").status_code == 400
    assert client.get("/runs/compare", params={"before": MONDAY, "after": "nothing"}).status_code == 404


def test_what_is_no_run_is_left_out(two_runs: None, client: httpx.Client) -> None:
    for name, text in (("broken", "{"), ("list", "[]"), ("bare", "{}"), ("old", json.dumps({"id": "x", "began": 1}))):
        (runs_folder() / f"{name}.json").write_text(text, encoding="utf-8")
    assert len(tree_of(client, "/runs").find_class("rows")[0].findall(".//tbody/tr")) == 2


def test_of_a_run_whose_index_is_gone_the_quotes_are_left(
    two_runs: None, client: httpx.Client, catalog: Catalog, tmp_path: Path
) -> None:
    file = runs_folder() / f"{TUESDAY}.json"
    text = file.read_text(encoding="utf-8").replace(str(catalog.path.parent), str(tmp_path / "gone"))
    file.write_text(text, encoding="utf-8")
    (miss,) = tree_of(client, f"/runs/{TUESDAY}").find_class("miss")
    assert "The article is gone" in miss.text_content()
    assert BOUGHT in miss.text_content()


def test_no_payload_in_a_run_is_more_than_text(own_data: None, client: httpx.Client, catalog: Catalog) -> None:
    cases = []
    for number, payload in enumerate(PAYLOADS.values()):
        texts = {"question": payload, "answers": [payload], "id": f"{number} {payload}", "right": False}
        gold = [{"article": payload, "start": 0, "end": 4, "quote": payload}]
        answer = make_answer(answer=payload, short_answer=payload, reason=payload)
        cases.append(make_case(number, gold=gold, answer=answer, **texts))
    for run_id in (MONDAY, TUESDAY):
        keep_run(run_id, cases, catalog, cases_file="<b>cases", models={"llm": "<i>model", "embedder": "<u>e"})
    for path in ("/runs", f"/runs/{MONDAY}", f"/runs/compare?before={MONDAY}&after={TUESDAY}"):
        tree_of(client, path)
    assert len(tree_of(client, f"/runs/{MONDAY}").find_class("miss")) == len(PAYLOADS)
