"""The page as its server writes it, which is all that a browser without scripts has."""

import json
from urllib.parse import parse_qsl, quote

import httpx
import pytest
from lxml import html as lxml_html
from playwright.sync_api import expect

from qa.web.page.feedback import feedback_file
from qa.web.page.rendering import static_files, static_url
from tests.qa.web.page.answers import BOUGHT, SECOND
from tests.qa.web.page.conftest import Open

ASKED = {"q": "Who bought the ferry?"}
MAX_PAGE_BYTES = 120_000
FROM_ELSEWHERE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def tree_of(response: httpx.Response) -> lxml_html.HtmlElement:
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return lxml_html.document_fromstring(response.text)


def test_a_question_is_answered_and_its_evidence_is_linked(client: httpx.Client) -> None:
    tree = tree_of(client.get("/", params=ASKED))
    (statement,) = tree.find_class("statement")
    assert statement.text_content().startswith(BOUGHT)
    marker = statement.find_class("n")[0]
    mark = tree.get_element_by_id(marker.get("href")[1:])
    assert mark.text_content().endswith(BOUGHT)
    back = mark.find_class("n")[0].get("href")
    assert BOUGHT in tree.get_element_by_id(back[1:]).text_content()


def test_steps_come_before_the_answer(client: httpx.Client) -> None:
    with client.stream("GET", "/", params=ASKED) as response:
        text = "".join(response.iter_text())
    at = [text.index(each) for each in ('<h1 class="question"', 'class="step"', 'class="evidence"', 'class="answered')]
    assert at == sorted(at)


def test_a_form_asks_further_in_the_thread(client: httpx.Client) -> None:
    tree = tree_of(client.get("/", params=ASKED | {"since": "2025-04-01", "kind": "fact"}))
    (form,) = tree.find_class("follow")
    fields = [(each.get("name"), each.get("value")) for each in form.iter("input")]
    assert fields == [("q", "Who bought the ferry?"), ("since", "2025-04-01"), ("q", None)]


def test_in_a_browser_without_scripts_all_is_there(open_page: Open) -> None:
    page = open_page(f"/?q={quote(ASKED['q'])}", java_script_enabled=False)
    expect(page.locator(".work")).to_be_hidden()
    expect(page.locator(".copy")).to_have_count(1)
    expect(page.locator(".copy")).to_be_hidden()
    page.locator(".statement .n").click()
    assert page.url.endswith("#c1")
    expect(page.locator("mark")).to_be_in_viewport()
    page.locator("#further").fill("How much did the ferry cost?")
    page.locator(".follow button").click()
    expect(page.locator(".statement")).to_contain_text("2.4 million crowns")
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_role("button", name="The articles do not say it").click()
    page.get_by_role("link", name="Back to the answer").click()
    expect(page.locator(".statement")).to_contain_text("2.4 million crowns")
    (line,) = feedback_file("news").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["answers"] == []


def test_a_link_of_another_site_asks_nothing_by_itself(client: httpx.Client) -> None:
    tree = tree_of(client.get("/", params=ASKED, headers=FROM_ELSEWHERE))
    assert tree.find_class("answered") == []
    (form,) = (each for each in tree.iter("form") if each.getparent().get("class") == "offered")
    assert [(each.get("name"), each.get("value")) for each in form.iter("input")] == [("q", ASKED["q"])]
    assert tree_of(client.get("/", params=ASKED, headers={"sec-purpose": "prefetch"})).find_class("answered") == []
    led_on = client.get("/answer.html", params=ASKED, headers=FROM_ELSEWHERE)
    assert (led_on.status_code, led_on.headers["location"]) == (307, "/?q=Who+bought+the+ferry%3F")


def test_an_answer_can_be_taken_along_as_a_page_of_its_own(client: httpx.Client) -> None:
    response = client.get("/answer.html", params=ASKED)
    assert response.headers["content-disposition"] == 'attachment; filename="answer.html"'
    assert BOUGHT in tree_of(response).text_content()
    assert client.get("/answer.html").status_code == 400


def test_what_is_not_here_is_said_on_a_page(client: httpx.Client) -> None:
    for path, told in (("/?folder=elsewhere", "There is no folder of that name"), ("/article?id=x", "no article")):
        response = client.get(path)
        assert response.status_code == 404
        assert told in tree_of(response).get_element_by_id("main").text_content()
    assert client.get("/state?folder=elsewhere").status_code == 404


def test_an_article_is_shown_whole_with_its_marks(client: httpx.Client) -> None:
    page = tree_of(client.get("/", params=ASKED))
    assert page.find_class("whole") == []
    text = client.get(f"/api/articles/{SECOND}/text").text
    start = text.index(BOUGHT)
    tree = tree_of(client.get("/article", params={"id": SECOND, "mark": f"4.2.{start}.{start + len(BOUGHT)}"}))
    (mark,) = tree.iter("mark")
    assert (mark.get("id"), mark.get("class")) == ("c4", "h2")
    assert mark.text_content().endswith(BOUGHT)
    for wrong in ("1.2.3", "1.2.3.x", "1.2.3.-4", "1.2.3.4.5", "²", "1" * 20 + ".1.1.1"):
        assert client.get("/article", params={"id": SECOND, "mark": wrong}).status_code == 400
    beyond = tree_of(client.get("/article", params={"id": SECOND, "mark": "1.1.5.99999"}))
    assert list(beyond.iter("mark")) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "vote/../vote/first.md", "\0", "", "x" * 5000])
def test_an_article_is_a_name_in_the_catalog_and_no_path(client: httpx.Client, name: str) -> None:
    assert client.get("/article", params={"id": name}).status_code == 404


@pytest.mark.parametrize(
    "path", ["page.py", "..%2fpage.css", "%2e%2e/templates/top.html", "templates/top.html", "page.css%00"]
)
def test_a_file_is_one_of_a_list(client: httpx.Client, path: str) -> None:
    assert client.get(f"/static/1/{path}").status_code == 404


def test_files_are_kept_by_browsers_until_they_change(client: httpx.Client) -> None:
    for name in static_files():
        assert "immutable" in client.get(static_url(name)).headers["cache-control"]
        assert client.get(f"/static/older/{name}").headers["cache-control"] == "no-cache"


def test_a_page_with_all_that_it_loads_is_light(client: httpx.Client) -> None:
    files = sum(len(content) for content, _ in static_files().values())
    for params in ({}, ASKED, {"q": "What happened with the ferry?", "kind": "timeline"}):
        assert len(client.get("/", params=params).content) + files <= MAX_PAGE_BYTES


def test_nothing_inline_stands_in_a_page(client: httpx.Client) -> None:
    for path in ("/", f"/?q={quote(ASKED['q'])}", "/runs", "/article?id=vote/first.md", "/nowhere"):
        response = client.get(path)
        assert "unsafe" not in response.headers["content-security-policy"]
        if path != "/nowhere":
            tree = tree_of(response)
            assert list(tree.iter("style")) == []
            assert [each.text for each in tree.iter("script") if each.text] == []
            assert [name for each in tree.iter() for name in each.attrib if name == "style" or name[:2] == "on"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("verdict=maybe", 400),
        ("verdict=up", 400),
        ("verdict=up&answer={}", 400),
        ("verdict=up&folder=elsewhere", 404),
        ("&".join(["a=b"] * 50), 400),
        ("%ff%fe=%ff", 400),
    ],
)
def test_what_the_form_does_not_send_is_no_feedback(client: httpx.Client, body: str, status: int) -> None:
    assert client.post("/feedback", content=body).status_code == status
    assert not feedback_file("news").exists()


def test_feedback_leads_back_to_this_server_only(client: httpx.Client) -> None:
    (form,) = tree_of(client.get("/", params=ASKED)).find_class("thumbs")
    fields = {each.get("name"): each.get("value") for each in form.iter("input")}
    for back, leads_to in ((fields["back"], fields["back"]), ("//evil.example", "/"), ("javascript:alert(1)", "/")):
        sent = fields | {"verdict": "up", "back": back}
        tree = tree_of(client.post("/feedback", data=sent))
        (link,) = (each for each in tree.iter("a") if each.text == "Back to the answer")
        assert link.get("href") == leads_to
    assert parse_qsl(fields["back"].partition("?")[2]) == [("q", ASKED["q"])]
