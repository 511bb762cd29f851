"""Pages that show a stub: the article is read from their data; a notice alone is none."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.sandbox import Sandbox

TITLE = "Weir at Sallow repaired"
FIRST = "The weir at Sallow was repaired on Friday after the flood of last winter."
SECOND = "Masons set 214 stones, said the engineer, Odile Ferrand."
THIRD = "The otters came back the same night."
BODY = f"{FIRST} {SECOND} {THIRD}"
PARAGRAPHS = f"{FIRST}\n\n{SECOND}\n\n{THIRD}"
PLEA = '<div class="paywall-box"><h2>Read on</h2><p>From 1 euro a week. <a href="/login">Log in</a></p></div>'


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def read(sandbox: Sandbox, tmp_path: Path) -> "Read":
    return Read(sandbox, tmp_path / "a.html")


class Read:
    """Read a page through the sandbox."""

    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self.sandbox, self.path = sandbox, path

    def __call__(self, body: str, *scripts: str) -> Extract:
        head = f"<head><title>{TITLE} | The Courier</title>{''.join(scripts)}</head>"
        self.path.write_text(f"<!doctype html><html>{head}<body>{body}</body></html>")
        (extract,) = self.sandbox.read(self.path, ".html")
        return extract


def linked(value: Any) -> str:
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


def article(**fields: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": TITLE, "articleBody": BODY} | fields


PAID = {"@type": "NewsArticle", "isAccessibleForFree": False}
OTHER = {"@type": "NewsArticle", "headline": "Ferry sold", "articleBody": "The ferry was sold to Norway. " * 30}


@pytest.mark.parametrize(
    "script",
    [
        linked(article()),
        linked([{"@type": "WebSite", "name": "The Courier"}, article()]),
        linked({"@graph": [{"@type": "Organization"}, article(**{"@type": ["ReportageNewsArticle", "Article"]})]}),
        linked({"@type": "WebPage", "mainEntity": article()}),
        linked({"@type": "BreadcrumbList"}) + linked(article()),
        linked("{broken") + linked(article()),
        linked(json.dumps(article())[:-1] + ",}"),
        linked(f"<!-- {json.dumps(article())} -->"),
        linked(f"//<![CDATA[\n{json.dumps(article())};\n//]]>"),
        linked(json.dumps(article()).replace("NewsArticle", 'News"Article')),
        linked(json.dumps(article()).replace("on Friday", "on\nFriday")),
        linked({"@graph": [OTHER, article(), OTHER]}),
    ],
    ids="one|list|graph|main entity|several|broken one|comma|comment|CDATA|quotation mark|newline|others".split("|"),
)
def test_body_of_the_linked_data_is_read_where_the_page_shows_a_stub(read: Read, script: str) -> None:
    extract = read(f"<article><h1>{TITLE}</h1><p>{FIRST}</p>{PLEA}</article>", script)
    assert extract.text.replace("\n", " ") == BODY
    assert extract.metadata.title == TITLE


def test_markup_of_a_body_is_removed_and_its_paragraphs_kept(read: Read) -> None:
    marked_up = f"<p>{FIRST}</p><p>Masons set <b>214</b> stones, said the engineer, Odile Ferrand.</p><p>{THIRD}</p>"
    for body in (marked_up, marked_up.replace("<", "&lt;").replace(">", "&gt;"), PARAGRAPHS, f"{PARAGRAPHS}&nbsp;"):
        assert read(f"<h1>{TITLE}</h1>{PLEA}", linked(article(articleBody=body))).text == PARAGRAPHS


def test_page_that_shows_its_article_is_read_as_it_is_shown(read: Read) -> None:
    shown = f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></article>"
    assert read(shown, linked(article())).text == f"{TITLE}\n\n{PARAGRAPHS}"
    assert read(shown, linked(article(articleBody=f"{FIRST} {SECOND[:20]}..."))).text == f"{TITLE}\n\n{PARAGRAPHS}"


def test_body_of_another_article_is_not_taken_for_that_of_a_page(read: Read) -> None:
    shown = f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></article>"
    assert read(shown * 1 + f"<p>{THIRD}</p>" * 30, linked(OTHER)).text.startswith(TITLE)


BLOCKS: dict[str, Any] = {
    "paragraphs": {"body": [{"type": "p", "text": FIRST}, {"type": "p", "text": SECOND}, {"type": "p", "text": THIRD}]},
    "markup": {"content": f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"},
    "texts": {"paragraphs": [FIRST, SECOND, THIRD]},
    "rendered": {"content": {"rendered": f"<p>{FIRST}</p>\n<p>{SECOND}</p>\n<p>{THIRD}</p>"}},
    "pieces": {
        "content": {
            "type": "doc",
            "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": FIRST}]},
                {
                    "type": "paragraph",
                    "content": [
                        {"type": "text", "text": "Masons set "},
                        {"type": "text", "text": "214 stones", "marks": [{"type": "bold"}]},
                        {"type": "text", "text": ", said the engineer, Odile Ferrand."},
                    ],
                },
                {"type": "image", "content": [{"type": "text", "text": "A photograph of a weir."}]},
                {"type": "paragraph", "content": [{"type": "text", "text": THIRD}]},
            ],
        }
    },
    "portable text": {
        "body": [
            {"_type": "block", "children": [{"_type": "span", "text": text} for text in (FIRST[:20], FIRST[20:])]},
            {"_type": "block", "children": [{"_type": "span", "text": SECOND}]},
            {"_type": "relatedArticles", "items": [{"text": "Ferry sold to Norway", "url": "/ferry"}]},
            {"_type": "block", "children": [{"_type": "span", "text": THIRD}]},
        ]
    },
    "rich text": {
        "body": {
            "nodeType": "document",
            "content": [
                {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": each}]}
                for each in (FIRST, SECOND, THIRD)
            ],
        }
    },
    "models": {
        "blocks": [
            {"type": "paragraph", "model": {"text": each, "blocks": [{"type": "fragment", "model": {"text": each}}]}}
            for each in (FIRST, SECOND, THIRD)
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("blocks", BLOCKS.values(), ids=BLOCKS)
def test_body_of_an_application_is_read_in_the_forms_that_editors_write(read: Read, blocks: dict[str, Any]) -> None:
    other = {"headline": "Ferry sold", "url": "/ferry", "summary": "The ferry was sold to Norway for nine million."}
    own = {"headline": TITLE, "publishDate": "2024-05-06"} | blocks
    state = json.dumps({"props": {"pageProps": {"article": own, "more": [other]}}})
    scripts = (
        f'<script id="__NEXT_DATA__" type="application/json">{state}</script>',
        f"<script>window.__INITIAL_STATE__ = {state}; window.after = function () {{ return 1 }}</script>",
        f"<script>self['__DATA__']={{\"none\":undefined,{state[1:]}</script>",
        f"<script>window.__X__ = JSON.parse({json.dumps(state)});</script>",
    )
    for script in scripts:
        extract = read('<div id="__next"></div><noscript>Scripts are needed to show this page.</noscript>', script)
        assert extract.text == PARAGRAPHS
        assert extract.metadata.title == TITLE
        assert extract.metadata.published == date(2024, 5, 6)


def test_data_that_is_no_article_does_not_replace_what_is_shown(read: Read) -> None:
    shown = f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></article>"
    state = {"user": {"text": "We use cookies to make this page better for you and for us."}, "css": {"content": "x"}}
    assert read(shown, f"<script>window.state = {json.dumps(state)}</script>").text == f"{TITLE}\n\n{PARAGRAPHS}"


@pytest.mark.parametrize(
    ("body", "scripts"),
    [
        ('<div id="root">You need to enable JavaScript to run this app.</div>', '<script src="/app.js"></script>'),
        ("<noscript>You need to enable JavaScript.</noscript>", '<script src="/app.js"></script>'),
        (f"<article><h1>{TITLE}</h1>{PLEA}</article>", ""),
        (f"<h1>{TITLE}</h1><p>Our articles are for subscribers.</p>", linked(PAID)),
        (f"<h1>{TITLE}</h1><p>Nur mit Abo.</p>", linked(PAID | {"isAccessibleForFree": "False"})),
    ],
    ids=["mount", "noscript", "plea", "subscribers", "German"],
)  # fmt: skip
def test_notice_alone_is_no_article(read: Read, body: str, scripts: str) -> None:
    with pytest.raises(UnreadableError, match="holds no text"):
        read(body, scripts)


def test_what_is_paid_for_is_no_notice_where_the_page_shows_it(read: Read) -> None:
    data = {
        "@type": "NewsArticle",
        "isAccessibleForFree": False,
        "hasPart": {"isAccessibleForFree": False, "cssSelector": ".paywall"},
    }
    more = " ".join(f"The {number} stone came from the quarry of Ness." for number in range(20))
    text = read(f'<article><h1>{TITLE}</h1><p>{FIRST}</p><div class="paywall"><p>{SECOND}</p></div><p>{more}</p>'
                "</article>", linked(data)).text  # fmt: skip
    assert SECOND in text


def test_endless_and_deep_data_does_no_harm(read: Read) -> None:
    deep = "[" * 200_000
    nested = '{"content":' * 5_000 + '"x"' + "}" * 5_000
    script = f"<script>window.a = {deep}</script>{linked(nested)}<script>var b = {nested}</script>"
    assert FIRST in read(f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p></article>", script).text


# JavaScript that is no JSON.

NUXT_2 = (
    'window.__NUXT__=(function(a,b,c){return {layout:"default",data:[{story:{title:a,slug:"weir",paid:c,'
    'body:"\\u003Cp\\u003E%s\\u003C\\u002Fp\\u003E",author:b,published:"2025-03-14",onShow:function(){return a}}}],'
    'error:b,serverRendered:c}}("%s",null,!0));'
)


@pytest.mark.parametrize(
    "script",
    [
        NUXT_2 % (BODY, TITLE),
        NUXT_2.replace("function(a,b,c){return {", "(a,b,c)=>({").replace("c}}(", "c}))(") % (BODY, TITLE),
        f"window.__INITIAL_STATE__ = {{page: {{title: '{TITLE}', body: '{BODY}', published: '2025-03-14', "
        "next: undefined,}};",
        f"window.__PRELOADED_STATE__ = {{\n  // of the server\n  'story': {{title: `{TITLE}`, 'body': `{BODY}`, "
        "published: '2025-03-14', load: () => { fetch('/x') }}}\n}",
        f"window['__STATE__']={json.dumps({'story': {'title': TITLE, 'body': BODY, 'published': '2025-03-14'}})};run()",
    ],
    ids=["Nuxt 2", "arrow", "unquoted names", "comments and templates", "JSON"],
)
def test_article_in_a_literal_of_a_script_is_read_where_the_page_shows_a_stub(read: Read, script: str) -> None:
    extract = read(f"<h1>{TITLE}</h1><p>Loading the story, please wait.</p>", f"<script>{script}</script>")
    assert extract.text == BODY
    assert extract.metadata.title == TITLE
    assert extract.metadata.published == date(2025, 3, 14)


def test_argument_that_is_the_whole_text_is_put_for_its_name(read: Read) -> None:
    arguments = f"{json.dumps(BODY)},{json.dumps(TITLE)}"
    script = f"window.__NUXT__=(function(a,b){{return {{data:[{{title:b,body:a}}]}}}}({arguments}));"
    assert read("<div id=__nuxt></div>", f"<script>{script}</script>").text == BODY


@pytest.mark.parametrize(
    "script",
    [
        "window.__STATE__ = {a: {",
        "window.__STATE__ = (function(a){return {body: a}}(",
        "window.run = function(){ return {body: 'The weir was never built, and nobody knows of it at all.'} }",
        f"window.__STATE__ = {{title: '{TITLE}', body: function(a) {{ return 'The weir was never built.' }}}}",
        "window.__STATE__ = " + "{a:" * 50_000,
        "window.__STATE__ = " + "[" * 50_000 + "]" * 50_000,
        "window.a = {x: y};" * 20_000,
    ],
    ids=["cut", "cut call", "function", "method", "deep", "deep and closed", "many"],
)
def test_script_that_is_broken_or_run_leaves_the_page_as_it_is(read: Read, script: str) -> None:
    assert FIRST in read(f"<h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p>", f"<script>{script}</script>").text
