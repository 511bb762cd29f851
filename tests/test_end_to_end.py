"""The whole product with the real local model."""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.model


def run_qa(
    *arguments: str, command: list[str] | None = None, stdin: str = "", cwd: Path = ROOT
) -> tuple[int, list[Any], str]:
    """Run `qa`, giving its exit code, the JSON objects that it printed and its messages."""
    run = subprocess.run(
        [*(command or [sys.executable, "-m", "qa"]), *arguments], input=stdin, capture_output=True, text=True, cwd=cwd
    )
    objects = [json.loads(line) for line in run.stdout.splitlines()] if "--json" in arguments else [run.stdout]
    return run.returncode, objects, run.stderr


def test_the_seed_question_is_answered_and_cited(seeds: Path, tmp_path: Path) -> None:
    code, (answer,), _ = run_qa(
        "ask", "Who did Rubio call?", "--json", "--articles", str(seeds), "--index", str(tmp_path / "index")
    )
    (citation,) = answer["citations"]
    assert code == 0
    assert answer["short_answer"] == "Sergei Lavrov"
    assert "Rubio called Russian Foreign Minister Sergei Lavrov" in citation["quote"]
    text = (seeds / citation["article"]).read_text(encoding="utf-8-sig")
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert 0.4 < answer["confidence"] < 1
    assert set(answer["timings_ms"]) == {"sync", "retrieve", "evidence", "generate", "total"}


def test_several_questions_on_stdin_are_answered_by_one_process(seeds: Path, tmp_path: Path) -> None:
    questions = "Who did Rubio call?\n\nWho did Blinken call?\n" + "x" * 9000 + "\nWho is Trump's special envoy?\n"
    code, answers, _ = run_qa(
        "ask", "-", "--json", "--articles", str(seeds), "--index", str(tmp_path / "index"), stdin=questions
    )
    assert code == 1
    assert [each.get("short_answer") for each in answers] == ["Sergei Lavrov", None, None, "Steve Witkoff"]
    assert answers[1]["abstained"]
    assert "characters" in answers[2]["error"]


def test_an_interrupt_while_the_model_reads_ends_with_its_code(seeds: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "qa",
        "ask",
        "-",
        "--json",
        "--articles",
        str(seeds),
        "--index",
        str(tmp_path / "i"),
    ]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        process.stdin.write("Who did Rubio call?\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["short_answer"] == "Sergei Lavrov"
        process.stdin.write("How many Ukrainian regions were attacked by drones?\n")
        process.stdin.flush()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, messages = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Interrupted" in messages
    assert "Traceback" not in messages


def test_an_article_added_edited_and_deleted_changes_the_next_answer(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "mayor.txt").write_text("The mayor of Tarnow, Ewa Brzoza, opened the new bridge on Friday.")

    def asked(question: str) -> dict[str, Any]:
        _, (answer,), _ = run_qa(
            "ask", question, "--json", "--articles", str(folder), "--index", str(tmp_path / "index")
        )
        return dict(answer)

    assert asked("Who is the mayor of Tarnow?")["short_answer"] == "Ewa Brzoza"
    (folder / "mayor.txt").write_text("The mayor of Tarnow, Piotr Lipa, opened the new bridge on Friday.")
    (folder / "ferry.txt").write_text("The ferry Halibut sank off Gdynia on Monday after a fire in its engine room.")
    assert asked("Who is the mayor of Tarnow?")["short_answer"] == "Piotr Lipa"
    assert asked("Which ferry sank off Gdynia?")["short_answer"] == "Halibut"
    (folder / "mayor.txt").unlink()
    gone = asked("Who is the mayor of Tarnow?")
    assert gone["abstained"]
    assert "Lipa" not in json.dumps(gone)


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs util-linux's unshare")
def test_without_any_network_interface_it_works_the_same(seeds: Path, tmp_path: Path) -> None:
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", "qa"]
    if subprocess.run([*command[:3], "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let us make a network namespace")
    code, (answer,), _ = run_qa(
        "ask",
        "Who did Rubio call?",
        "--json",
        "--articles",
        str(seeds),
        "--index",
        str(tmp_path / "i"),
        command=command,
    )
    assert (code, answer["short_answer"]) == (0, "Sergei Lavrov")


def test_the_built_wheel_answers_in_a_fresh_environment(seeds: Path, tmp_path: Path) -> None:
    """Only the dependencies come from the environment of the tests; the product comes from the wheel."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("article_qa-*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", wheel], check=True)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + os.linesep)
    where = subprocess.run(
        [python, "-c", "import qa; print(qa.__file__)"], capture_output=True, text=True, cwd=tmp_path
    )
    assert Path(where.stdout.strip()).is_relative_to(tmp_path / "venv")
    code, (answer,), _ = run_qa(
        "ask", "Who did Rubio call?", "--json", "--articles", str(seeds), "--index", str(tmp_path / "index"),
        command=[str(tmp_path / "venv" / "bin" / "qa")], cwd=tmp_path,
    )  # fmt: skip
    assert (code, answer["short_answer"]) == (0, "Sergei Lavrov")
