"""A small folder of news, served, and a browser: a vote over weeks, and a bridge told from right to left."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pydantic import PrivateAttr

from index.article_index import ArticleIndex
from index.catalog.writer import Catalog
from qa.testing import HashingEmbedding, ScriptedLLM
from qa.web.desk import Desk
from tests.qa.web.page.hostile import HostileLLM, write_articles
from tests.support.browser import CHROMIUM
from tests.support.web import serving, settings_of

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
KNOWN = {
    "Who bought the ferry?": "The council of Orsby [1]",
    "How much did the ferry cost?": "2.4 million crowns [1]",
    "من افتتح الجسر؟": "رئيس البلدية [1]",
}

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


class KnowingLLM(ScriptedLLM):
    """A language model that knows the answers to some questions; while it is `held` it replies to nobody."""

    known: dict[str, str]
    _held: Event = PrivateAttr(default_factory=Event)

    def hold(self) -> None:
        """Let whoever asks wait."""
        self._held.set()

    def let_go(self) -> None:
        """Reply to whoever waits."""
        self._held.clear()

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Give the reply to the question in the last message."""
        text = str(messages[-1].content)
        while self._held.is_set():
            time.sleep(0.01)
        reply = next((reply for question, reply in self.known.items() if question in text), "not stated")
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=reply))


@contextmanager
def asked_and_held(page: Page, llm: KnowingLLM) -> Iterator[None]:
    """Ask a question on the first page, whose sentences stand there while the model replies to nobody."""
    llm.hold()
    try:
        page.locator("#question").fill("Who bought the ferry?")
        page.locator("#question").press("Enter", no_wait_after=True)
        expect(page.locator(".evidence li").first).to_contain_text("ferry")
        yield
    finally:
        llm.let_go()


def take_in(desk: Desk) -> None:
    """Wait until a desk has taken in its folders; in a thread, for Playwright has an event loop in the main one."""

    async def sync() -> None:
        for name in desk.folders:
            await desk.sync(name)

    thread = Thread(target=lambda: asyncio.run(sync()))
    thread.start()
    thread.join()


@pytest.fixture(scope="session")
def llm() -> KnowingLLM:
    """The model that is asked; a test that holds it lets it go."""
    return KnowingLLM(replies=[], known=KNOWN)


@pytest.fixture(scope="session")
def desk(news: Path, llm: KnowingLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of the folder of news, all of it taken in."""
    settings = settings_of(news, tmp_path_factory.mktemp("served") / "index")
    with closing(Desk([settings], llm)) as desk:
        take_in(desk)
        yield desk


@pytest.fixture(scope="session")
def address(desk: Desk) -> Iterator[str]:
    """The address of its server."""
    with serving(desk, closes=False) as address:
        yield address


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """A client that runs no scripts."""
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, HostileLLM]]:
    """A server of articles with every payload of the untrusted-text table, and its model, which replies them."""
    folder, llm = tmp_path_factory.mktemp("hostile") / "<b>hostile", HostileLLM(replies=[])
    write_articles(folder)
    with closing(Desk([settings_of(folder, tmp_path_factory.mktemp("hostile-index") / "index")], llm)) as desk:
        take_in(desk)
        with serving(desk, closes=False) as address:
            yield address, llm


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test writes among the user's data to itself."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A real browser; ended with these tests, for as long as it runs no other event loop can run in the main thread."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium, or Google Chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


REPORT_VIOLATIONS = "addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective}`))"


class Watch:
    """What a page asks for and complains of: messages, errors, dialogs, and what its policy keeps it from."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("popup", lambda popup: self.complaints.append(f"a window of {popup.url}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def foreign(self, address: str) -> list[str]:
        """Give the requests that go anywhere else."""
        return [url for url in self.requests if not url.startswith(f"{address}/")]


def violations(page: Page) -> list[str]:
    """Give what of WCAG 2.2 AA a page breaks, as far as axe-core can tell (npmjs.com/package/axe-core)."""
    found = Axe().run(page, options={"runOnly": list(RULES)}).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Open]:
    """Open a page of the server in a tab of its own; at the end nothing was loaded from elsewhere or complained of."""
    tabs: list[tuple[BrowserContext, Watch]] = []

    def open_page(path: str, width: int = 1600, height: int = 1000, status: int = 200, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **options)
        page = context.new_page()
        watch = Watch(page)
        tabs.append((context, watch))
        response = page.goto(f"{address}{path}")
        assert response
        assert response.status == status
        if status != 200:
            watch.complaints.pop()  # of the browser itself, over the status
        return page

    yield open_page
    for context, watch in tabs:
        context.close()
        assert (watch.foreign(address), watch.complaints) == ([], [])
