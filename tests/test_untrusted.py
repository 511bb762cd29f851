"""What articles, file names, models and settings hold reaches every output as visible text and as nothing else.

`payloads.json` has the payloads. A terminal is a real one (a pty), and what it gets is compared with what it gets of
an article without a payload: no other control sequence may be there.
"""

import json
import os
import pty
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Thread

import pytest
from lxml import html as lxml_html

from evals.figures import to_text
from evals.report.run_page import page as eval_page
from index.article_index import ArticleIndex
from index.errors import ArticleQAError, UsageError
from index.filter import Filter
from qa.answer import Answer
from qa.ask import ask
from qa.cli.article import show_article
from qa.cli.display import Display, print_error
from qa.events import EvidenceChosen, StatementMade
from qa.inspection.doctor import Finding, examine
from qa.inspection.status import status_of
from qa.pages.answers import AnswerPage
from qa.settings import Settings, load_settings
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support import ROOT
from tests.support.browser import CHROMIUM, Browser
from tests.support.runs import make_answer, make_case, make_run

PAYLOADS: dict[str, str] = json.loads((ROOT / "tests" / "support" / "payloads.json").read_text(encoding="utf-8"))
HARMLESS = "plain words"
IGNORED = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")
OWN = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;(?:id=\d+)?;(?:file:///[\w/.%~-]*)?\x1b\\")
HEAD, BODY = "html head meta link title style", "body nav ol li a bdi main section div h1 h2 p span b article header"
TAGS = {*HEAD.split(), *BODY.split(), "mark", "br"}
ACTIVE = ("iframe", "object", "embed", "img", "base", "audio", "video", "source", "template")

Write = Callable[[Display], None]


@dataclass
class World:
    """A folder with an article for each payload, in its name, text and facts, and answers from each."""

    index: ArticleIndex
    settings: Settings
    ids: dict[str, str]
    answers: dict[str, tuple[Answer, Answer]]

    def show(self, name: str, **options: object) -> Write:
        given = {"span": None, "text_only": False} | options
        return lambda display: show_article(self.ids[name], settings=self.settings, display=display, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, place = tmp_path_factory.mktemp("articles"), tmp_path_factory.mktemp("index") / "index"
    ids = {}
    for number, (name, payload) in enumerate([*PAYLOADS.items(), (HARMLESS, HARMLESS)]):
        safe = re.sub("[\0/\ud800-\udfff]", "_", payload)[:60]
        file = f"{number:03} {safe}.jsonl"
        fields = {"title": f"Owl {payload}", "publisher": f"Press {payload}", "url": f"https://x.example/{payload}"}
        text = f"The owl{number} of Lowmoor sat on the mill {payload} on Monday.\n\n{payload}\n"
        (folder / file).write_text(json.dumps(fields | {"text": text}), encoding="utf-8")
        (folder / f"{number:03} calm.txt").write_text(f"Nobody saw the owl{number} of Lowmoor again.")
        ids[name] = f"{file}#1"
    index = ArticleIndex(folder, place, HashingEmbedding())
    assert all(reason.startswith("indexed, but ") for _, reason in index.sync().skipped)
    answers = {}
    for number, (name, payload) in enumerate([*PAYLOADS.items(), (HARMLESS, HARMLESS)]):
        among = Filter(article=f"{number:03} *")  # a judge reads all that is found, so be that little
        replies = [f"on the mill [{payload}] [1]", payload]
        questions = [f"Where did the owl{number} of Lowmoor sit?", f"Who saw {payload} of owl{number}?"]
        answers[name] = tuple(
            ask(question, index, ScriptedLLM(replies=[reply]), only=among, why=True)
            for question, reply in zip(questions, replies, strict=True)
        )
    yield World(index, Settings(articles=folder, index=place), ids, answers)  # type: ignore[arg-type]
    index.close()


def on_terminal(write: Write, as_json: bool = False, folder: Path | None = None) -> str:
    """Give what a terminal gets, stdout and stderr together."""
    above, below = pty.openpty()
    got = bytearray()

    def read() -> None:
        while True:
            try:
                got.extend(os.read(above, 65536) or b"")
            except OSError:  # how Linux tells that the other side is closed
                return

    reader = Thread(target=read)
    reader.start()
    with (
        os.fdopen(below, "w") as terminal,
        redirect_stdout(terminal),
        redirect_stderr(terminal),
        Display(as_json) as display,
    ):
        display.articles = folder
        write(display)
    reader.join()
    os.close(above)
    return got.decode()


def foreign(text: str) -> set[str]:
    """Give the characters that are not to be seen, but for ends of lines."""
    strange = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    return (strange | set(IGNORED.findall(text))) - {"\n"}


def squeezed(text: str) -> str:
    """Give the letters that every output must show, in their order."""
    return re.sub("[^!-~]", "", text)


def controls(seen: str) -> set[str]:
    return {"link" if found.startswith("\x1b]") else found for found in OWN.findall(seen)}


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "PAGER"):
        monkeypatch.delenv(name, raising=False)


OUTPUTS: dict[str, Callable[[World, str], Write]] = {
    "answer": lambda world, name: lambda display: display.show_answer(world.answers[name][0]),
    "abstention": lambda world, name: lambda display: display.show_answer(world.answers[name][1]),
    "evidence": lambda world, name: lambda display: display.hear(EvidenceChosen(world.answers[name][0].evidence)),
    "statement": lambda world, name: lambda display: hear_statement(display, world.answers[name][0], text_of(name)),
    "show": lambda world, name: world.show(name),
    "show span": lambda world, name: world.show(name, span="4:50"),
    "show text": lambda world, name: world.show(name, text_only=True),
    "skipped": lambda _, name: lambda display: display.warn_skipped([(text_of(name), f"broken {text_of(name)}")]),
    "warning": lambda _, name: lambda display: display.warn(f"Careful: {text_of(name)}"),
    "error": lambda _, name: lambda _: print_error(UsageError(f"There is no {text_of(name)}")),
    "doctor": lambda world, name: lambda display: display.show_findings(settings_examined(world, name)),
    "status": lambda world, name: lambda display: display.show(status_of(set_to(world, name)).to_text()),
    "setting": lambda world, name: lambda _: refused_setting(text_of(name)),
    "figures": lambda _, name: lambda display: display.show(to_text(run_of(text_of(name)))),
}


def text_of(name: str) -> str:
    return PAYLOADS.get(name, HARMLESS)


def hear_statement(display: Display, answer: Answer, text: str) -> None:
    """Have a statement shown that a model wrote, below what it reads."""
    display.hear(EvidenceChosen(answer.evidence))
    display.hear(StatementMade(text, answer.citations))


def settings_examined(world: World, name: str) -> list[Finding]:
    """Give what the doctor says of versions, models, articles and disk, which come before the index's own state."""
    return list(islice(examine(set_to(world, name)), 5))


def set_to(world: World, name: str) -> Settings:
    """Give settings that hold a payload wherever they can."""
    text = text_of(name).replace("\0", "")
    return world.settings.model_copy(update={"llm": f"{text}.gguf", "embedder": text, "chroma": None})


def refused_setting(payload: str) -> None:
    try:
        load_settings(max_error=payload)
    except ArticleQAError as error:
        print_error(error)


def run_of(payload: str) -> dict[str, object]:
    answer = make_answer(answer=payload, reason=payload, short_answer=payload, model=payload)
    fields = {"question": payload, "answers": [payload], "answer": answer, "right": False, "id": payload}
    return make_run([make_case(1, **fields), make_case(2, **fields, scored=False, unscored_reason=payload)])


@pytest.fixture(scope="module")
def own(world: World) -> set[str]:
    """The control sequences that a terminal gets where there is no payload."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm-256color")
        found = {
            sequence
            for output in OUTPUTS.values()
            for sequence in controls(on_terminal(output(world, HARMLESS), folder=world.settings.articles))
        }
    assert {"\x1b[1m", "\x1b[31m", "link"} <= found
    return found - {"\x1b[31m"}  # of errors only


def test_there_are_many_payloads() -> None:
    assert len(PAYLOADS) >= 60
    assert len(set(PAYLOADS.values())) == len(PAYLOADS)


def each_payload(find: Callable[[str], object]) -> None:
    """Have what is found wrong with each payload be nothing, and name those of which it is not."""
    assert {name: found for name in PAYLOADS if (found := find(name))} == {}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_terminal_gets_no_control_of_a_payload(world: World, own: set[str], kind: str) -> None:
    allowed = own | ({"\x1b[31m"} if kind in ("error", "setting", "doctor") else set())

    def find(name: str) -> set[str]:
        seen = on_terminal(OUTPUTS[kind](world, name), folder=world.settings.articles)
        if kind in ("evidence", "statement"):  # a spinner moves the cursor, and is gone in the end
            seen = re.sub(r"\x1b\[(?:\?25[lh]|1A|2K)|\r", "", seen)
        return (controls(seen) - allowed) | foreign(OWN.sub("", seen).replace("\r\n", "\n"))

    each_payload(find)


@pytest.mark.parametrize("kind", [kind for kind in OUTPUTS if kind != "show text"])
def test_pipe_gets_no_control_of_a_payload(world: World, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    def find(name: str) -> set[str]:
        OUTPUTS[kind](world, name)(Display())
        return foreign("".join(capsys.readouterr()))

    each_payload(find)


def test_every_visible_letter_of_a_payload_is_shown(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    def find(name: str) -> list[str]:
        world.show(name)(Display())
        seen = [capsys.readouterr().out, OWN.sub("", on_terminal(world.show(name)))]
        return [each for each in seen if squeezed(text_of(name)) not in squeezed(each)]

    each_payload(find)


def test_text_alone_in_a_pipe_is_exact(world: World, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def find(name: str) -> list[str]:
        world.show(name, text_only=True)(Display())
        written = capfdbinary.readouterr().out.decode()
        article = world.index.catalog.article(world.ids[name])
        return [] if article and written == article.text else [written]

    each_payload(find)


def test_json_is_one_line_of_visible_characters_that_says_the_exact_text(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in PAYLOADS:
        for answer in world.answers[name]:
            Display(as_json=True).show_answer(answer)
            written = capsys.readouterr().out
            assert (name, foreign(written), written.count("\n")) == (name, set(), 1)
            fields = json.loads(written)
            for each in fields["citations"]:
                text = world.index.catalog.text_of(each["article"])
                assert text
                assert (name, text[each["start"] : each["end"]]) == (name, each["quote"])
            (exchange,) = fields["explain"]["exchanges"]
            assert exchange["said"] in (f"on the mill [{text_of(name)}] [1]", text_of(name))
            shown = on_terminal(lambda display, it=answer: display.show_answer(it), as_json=True)
            assert (name, foreign(shown)) == (name, {"\r"})


def write_pages(world: World, name: str, folder: Path) -> tuple[Path, Path]:
    answers, run = folder / "answers.html", folder / "run.html"
    written = AnswerPage(answers, world.index.place)
    for answer in world.answers[name]:
        written.add(answer)
    written.add_failure(text_of(name), UsageError(text_of(name)))
    written.close()
    html = eval_page(run_of(text_of(name)), world.index.catalog.text_of)
    run.write_text(html, encoding="utf-8")
    return answers, run


def test_pages_have_no_element_of_a_payload(world: World, tmp_path: Path) -> None:
    def find(name: str) -> list[object]:
        answers, run = write_pages(world, name, tmp_path)
        trees = {path: tree_of(path) for path in (answers, run)}
        said = trees[answers].text_content()
        return [
            *(wrong for path, tree in trees.items() for wrong in strange_in(tree, path == run)),
            *(foreign(answers.read_text(encoding="utf-8")) | foreign(run.read_text(encoding="utf-8"))),
            *({element.tag for element in trees[answers].iter()} - TAGS),
            *([] if squeezed(text_of(name)) in squeezed(said) else [said]),
        ]

    each_payload(find)


def tree_of(path: Path) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(path.read_text(encoding="utf-8"))


def strange_in(tree: lxml_html.HtmlElement, has_script: bool) -> Iterator[str]:
    """Give the elements of a page that are not its own, or that do what its own do not."""
    if len(list(tree.iter("script"))) != has_script:
        yield "script"
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ACTIVE:
            yield str(element.tag)
        yield from (key for key in element.attrib if key.startswith("on") or key in ("src", "style", "srcset"))
        if not element.get("href", "#").startswith(("#", "data:,")):
            yield str(element.get("href"))
        if element.get("http-equiv", "Content-Security-Policy") != "Content-Security-Policy":
            yield str(element.get("http-equiv"))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium, or Google Chrome")
def test_in_a_browser_a_page_of_all_payloads_is_quiet(world: World, tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "answers.html"
    written = AnswerPage(path, world.index.place)
    for answers in world.answers.values():
        for answer in answers:
            written.add(answer)
    written.close()
    browser.open(path)
    assert [each["request"]["url"] for each in browser.of("Network.requestWillBeSent")] == [path.as_uri()]
    for complaint in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
        assert browser.of(complaint) == []
    assert browser.evaluate("document.scripts.length") == 0
    assert browser.evaluate("document.querySelectorAll('.asked').length") == 2 * len(world.answers)
    to = browser.evaluate("document.querySelector('.answer .number').getAttribute('href')")
    browser.click(".answer .number")
    assert browser.evaluate("document.querySelector(':target').tagName") == "MARK"
    assert browser.evaluate("'#' + document.querySelector(':target').id") == to
