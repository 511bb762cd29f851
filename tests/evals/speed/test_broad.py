"""Folders of every size hold the same facts, so that only their size differs."""

import os
import time
from pathlib import Path

from evals.speed.broad import first_lists, processor_seconds, write_sets


def test_a_larger_folder_states_the_same_facts(tmp_path: Path) -> None:
    small, asked = write_sets(tmp_path / "small", articles=40, sets=2)
    large, same = write_sets(tmp_path / "large", articles=80, sets=2)
    assert small == large
    assert asked == same
    assert len(small) > 300


def test_planted_sentences_stand_in_the_articles(tmp_path: Path) -> None:
    planted, _ = write_sets(tmp_path, articles=30, sets=1)
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "set-0").iterdir()]
    assert len(texts) >= 30
    assert all(any(sentence in text for text in texts) for sentence in planted)


def test_each_relation_is_asked_once(tmp_path: Path) -> None:
    _, lists = write_sets(tmp_path, articles=30, sets=1)
    assert len(lists) == len(set(lists)) == 13
    assert first_lists([]) == []


def test_work_is_counted_in_seconds_of_the_processor() -> None:
    before = processor_seconds(os.getpid())
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert 0.05 <= processor_seconds(os.getpid()) - before < 5
