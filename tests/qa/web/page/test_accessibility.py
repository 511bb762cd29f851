"""No state of the page breaks a rule of WCAG 2.2 AA that axe-core can check."""

from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from evals.run_file import runs_folder, write_run
from qa.web.desk import Desk
from tests.qa.web.page.conftest import KNOWN, KnowingLLM, Open, asked_and_held, take_in, violations
from tests.support.runs import make_answer, make_case, make_run
from tests.support.web import serving, settings_of

STATES = {
    "first page": "/",
    "fact": f"/?q={quote('Who bought the ferry?')}#c1",
    "timeline": f"/?q={quote('What happened with the ferry?')}&kind=timeline",
    "rows": f"/?q={quote('Which articles do you have?')}",
    "abstention": f"/?q={quote('Who sold the ferry?')}&since=2025-04-01",
    "thread": f"/?q={quote('Who bought the ferry?')}&q={quote('How much did the ferry cost?')}",
    "right to left": f"/?q={quote('من افتتح الجسر؟')}",
    "article": "/article?id=vote/first.md&mark=1.3.100.120",
    "refused": "/?q=Who%3F&since=yesterday",
    "runs": "/runs",
    "run": "/runs/20261123T024011-seeds",
    "compared": "/runs/compare?before=20261123T024011-seeds&after=20261124T024011-seeds",
}
# as a browser without scripts does: what belongs to the button is sent, and no script hears of it
SUBMIT = """(button) => {
  const sent = Object.assign(document.createElement("input"), {type: "hidden", name: button.name, value: button.value});
  button.form.append(sent);
  button.form.submit();
}"""


@pytest.fixture(autouse=True)
def two_runs(own_data: None) -> None:
    wrong = make_case(2, question="Who?", right=False, exact_match=0.0, f1=0.0, answer=make_answer(answer="Nobody"))
    figures = {"right": {"value": 0.5, "low": 0.2, "high": 0.8, "n": 2}}
    for day, cases in (("23", [make_case(1), wrong]), ("24", [make_case(1), make_case(2, question="Who?")])):
        began = f"2026-11-{day}T02:40:11+00:00"
        run = make_run(cases, id=f"202611{day}T024011-seeds", began=began, figures=figures)
        runs_folder().mkdir(parents=True, exist_ok=True)
        write_run(run, runs_folder() / f"{run['id']}.json")


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_in_light_and_dark_on_a_desk_and_on_a_phone(open_page: Open, state: str) -> None:
    page = open_page(STATES[state], status=400 if state == "refused" else 200)
    for details in page.locator("details").all():
        details.evaluate("each => each.open = true")
    for scheme, width in (("light", 1600), ("dark", 390)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        assert (scheme, violations(page)) == (scheme, [])


def test_an_answer_on_its_way_and_one_that_was_stopped_are_accessible(open_page: Open, llm: KnowingLLM) -> None:
    page = open_page("/")
    with asked_and_held(page, llm):
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Ask again").wait_for()
        assert violations(page) == []


def test_what_was_noted_without_scripts_is_accessible(open_page: Open) -> None:
    page = open_page(STATES["fact"])
    page.get_by_role("button", name="Yes").evaluate(SUBMIT)
    page.get_by_role("heading", name="Noted").wait_for()
    assert violations(page) == []


def test_several_folders_are_accessible(chromium: Browser, tmp_path: Path) -> None:
    settings = []
    for name in ("news", "letters"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("The council bought the ferry.\n", encoding="utf-8")
        settings.append(settings_of(tmp_path / name, tmp_path / f"index of {name}"))
    with closing(Desk(settings, KnowingLLM(replies=[], known=KNOWN))) as desk:
        take_in(desk)
        with serving(desk, closes=False) as address, closing(chromium.new_page(reduced_motion="reduce")) as page:
            for path in ("/?folder=letters", f"{STATES['fact'].partition('#')[0]}&folder=letters"):
                page.goto(f"{address}{path}")
                page.get_by_role("navigation", name="Folders").wait_for()
                assert violations(page) == []


def test_a_thumb_down_is_accessible(open_page: Open) -> None:
    page = open_page(STATES["fact"])
    page.get_by_role("button", name="No", exact=True).click()
    page.locator("#note").wait_for()
    assert violations(page) == []
