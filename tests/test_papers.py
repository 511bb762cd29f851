"""The papers of the house are true: paths and commands are there, floors and calls are as they are drawn."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from qa.events import Event
from tests.support import ROOT

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CONTENTS = ROOT / "docs" / "README.md"
PAPERS = [ROOT / "README.md", CONTRIBUTING, *sorted((ROOT / "docs").glob("*.md"))]
OF_THE_READER = ("qa.toml", "config.toml")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TASKS = PROJECT["tool"]["poe"]["tasks"]
CONTAINERS = ("qa", "index")

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TEXT_BLOCK = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]*)+|[\w-]+\.(?:py|md|toml|jsonl?)")
_CALL = re.compile(r"(\S+)[│├└─ ]+([A-Za-z_][\w.]*)  +\S.*")
_NAME_IN_FILE = re.compile(r"`([\w.]+)`(?:\s+of|\s+in)?\s+\(?`([\w/]+\.py)`")


class Call(NamedTuple):
    """A line of a way: a function of a file, and the column in which it is written."""

    file: str
    name: str
    column: int


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def paths_in(text: str) -> Iterator[str]:
    """Give what is written as a path: in backquotes, and in code blocks below a folder of the repository.

    A file that is named alone belongs to the room that its line names, if it names one.
    """
    folders = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."))
    yield from re.findall(rf"(?<![\w./-])(?:{folders})/[\w./-]+", "".join(_FENCED.findall(text)))
    for line in _FENCED.sub("", text).splitlines():
        found = [each for each in re.findall(r"`([^`]+)`", line) if _PATH.fullmatch(each)]
        room = next((each for each in found if each.endswith("/")), "")
        yield from (room + each if "/" not in each and not (ROOT / each).exists() else each for each in found)


def section_of(page: Path, heading: str) -> str:
    return re.split(r"^## ", text_of(page).partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def lines_of_floors(container: str) -> list[list[str]]:
    """Give the floors of a container as they are drawn, the highest first: the names on each line of its box."""
    (drawing,) = _TEXT_BLOCK.findall(section_of(ARCHITECTURE, "The floors"))
    box = re.search(rf"^┌ {container} ─.*?\n(.*?)^└", drawing, re.MULTILINE | re.DOTALL)
    assert box
    return [re.split(r"\s{2,}", line.removeprefix("│").strip())[0].split(" · ") for line in box[1].splitlines()]


def layers_of(container: str) -> list[list[str]]:
    """Give the floors of a container as import-linter holds them."""
    contracts: list[dict[str, Any]] = PROJECT["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each.get("containers") == [container])
    return [re.split(r"\s*[:|]\s*", layer) for layer in contract["layers"]]


def rooms() -> list[str]:
    """Give the folders of code or cases in the packages that have rooms."""
    folders = [path for name in ("qa", "index", "evals") for path in sorted((ROOT / name).iterdir()) if path.is_dir()]
    return [
        f"{path.relative_to(ROOT).as_posix()}/"
        for path in folders
        if any(path.glob("*.py")) or any(path.glob("*.jsonl"))
    ]


def calls_of(heading: str) -> list[Call]:
    (way,) = _TEXT_BLOCK.findall(section_of(ARCHITECTURE, heading))
    found = [_CALL.fullmatch(line) for line in way.splitlines()]
    return [Call(each[1], each[2], each.start(2)) for each in found if each]


def callers_of(calls: list[Call]) -> Iterator[tuple[Call, Call]]:
    """Pair each call but the first with its caller: the nearest line above that begins further left."""
    for place, call in enumerate(calls[1:], 1):
        yield next(each for each in reversed(calls[:place]) if each.column < call.column), call


def mentions(file: str, name: str) -> bool:
    last = name.rpartition(".")[2].lstrip("_")  # LlamaIndex's `retrieve` calls `_retrieve`
    return re.search(rf"\b{last}\b", text_of(ROOT / file)) is not None


def defines(file: str, name: str) -> bool:
    body: list[ast.stmt] = ast.parse(text_of(ROOT / file)).body
    for part in name.split("."):
        found = [each for each in body if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == part]
        if not found:
            return False
        body = found[0].body
    return True


@pytest.mark.parametrize("page", PAPERS, ids=lambda page: page.name)
def test_every_path_is_there(page: Path) -> None:
    paths = [path for path in paths_in(text_of(page)) if path not in OF_THE_READER]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", [CONTRIBUTING, ARCHITECTURE], ids=lambda page: page.name)
def test_every_name_is_in_its_file(page: Path) -> None:
    named = _NAME_IN_FILE.findall(_FENCED.sub("", text_of(page)))
    assert named
    assert [(name, file) for name, file in named if not mentions(file, name)] == []


@pytest.mark.parametrize("page", PAPERS, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_module_that_is_run_and_every_task_is_there() -> None:
    text = text_of(CONTRIBUTING)
    modules, tasks = re.findall(r"python -m ([\w.]+)", text), set(re.findall(r"\bpoe ([\w-]+)", text))
    assert modules
    paths = {each: ROOT / each.replace(".", "/") for each in modules}
    runs = {
        each for each, path in paths.items() if path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
    }
    assert set(modules) == runs
    assert tasks == {"check", *TASKS["check"]}


def test_setting_up_is_what_the_readme_says() -> None:
    line = next(line for line in text_of(CONTRIBUTING).splitlines() if line.startswith("python3 -m venv"))
    assert f"{line} && .venv/bin/poe check" in text_of(ROOT / "README.md")


def test_every_page_is_for_somebody() -> None:
    pages = {page.name for page in CONTENTS.parent.iterdir()} - {CONTENTS.name}
    assert pages <= set(re.findall(r"\]\(([^)]+)\)", text_of(CONTENTS)))


@pytest.mark.parametrize("container", CONTAINERS)
def test_floors_are_drawn_as_the_contract_holds_them(container: str) -> None:
    assert lines_of_floors(container) == layers_of(container)


def test_every_container_of_floors_is_drawn() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    assert tuple(name for each in contracts for name in each.get("containers", ())) == CONTAINERS


@pytest.mark.parametrize("room", rooms())
def test_every_room_is_described(room: str) -> None:
    assert f"`{room}`" in text_of(ARCHITECTURE)


@pytest.mark.parametrize("heading", ["The way of a question", "The way of an article"])
def test_a_way_leads_from_caller_to_called(heading: str) -> None:
    calls = calls_of(heading)
    (way,) = _TEXT_BLOCK.findall(section_of(ARCHITECTURE, heading))
    assert len(calls) == len(way.splitlines()) > 10
    assert [call for call in calls if not defines(call.file, call.name)] == []
    assert [pair for pair in callers_of(calls) if not mentions(pair[0].file, pair[1].name)] == []


def test_every_event_is_told_of() -> None:
    told = re.findall(r"^\| `(\w+)` \|", section_of(ARCHITECTURE, "Events"), re.MULTILINE)
    assert sorted(told) == sorted(kind.__name__ for kind in get_args(Event))
