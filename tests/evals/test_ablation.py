"""Rules are switched off where they are used, and the model is asked what it was not asked before."""

from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage

from evals.ablation import RULES, KeptReplies, request_of, switched_off
from qa.llms.llama import Llama
from qa.llms.local import LocalLLM


@pytest.mark.parametrize("rule", RULES)
def test_what_stands_in_a_rules_place_is_put_back(rule: str) -> None:
    places = {place: resolve_name(place) for place in RULES[rule]}
    with switched_off(rule):
        assert all(resolve_name(place) is RULES[rule][place] for place in places)
    assert all(resolve_name(place) is before for place, before in places.items())


def test_a_reply_is_asked_for_once_and_found_in_the_file_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    def post(_: Llama, path: str, body: dict[str, Any]) -> dict[str, Any]:
        sent.append((path, body))
        return {"choices": [{"message": {"content": f"reply {len(sent)}"}}]}

    monkeypatch.setattr(Llama, "post", post)
    llm = LocalLLM(Llama(tmp_path / "model.gguf", tmp_path))
    said = []
    for _ in range(2):
        with KeptReplies(tmp_path / "kept.jsonl").kept():
            said += [llm.chat([ChatMessage(content=words)]).message.content for words in ("Who?", "When?", "Who?")]
    assert said == ["reply 1", "reply 2", "reply 1"] * 2
    assert len(sent) == 2


@pytest.mark.parametrize(("name", "sample", "answerable"), [("a.jsonl", None, None), ("a.json=15+10", 25, 15)])
def test_a_set_may_be_a_sample(name: str, sample: int | None, answerable: int | None) -> None:
    request = request_of(name)
    assert (str(request.cases), request.sample, request.answerable) == (name.partition("=")[0], sample, answerable)
