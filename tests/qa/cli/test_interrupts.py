"""Ctrl-C reaches the command wherever it falls."""

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.span_handlers import SimpleSpanHandler

from qa.cli.interrupts import keep_interrupts


@pytest.fixture(autouse=True)
def _own_handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


class _Interrupted(SimpleSpanHandler):
    """Stands for whatever runs while a span begins, when Ctrl-C is pressed."""

    def span_enter(self, *_: Any, **__: Any) -> None:
        signal.raise_signal(signal.SIGINT)


def _embed_for(seconds: float) -> str:
    time.sleep(seconds)
    return "embedded"


def test_an_interrupt_inside_the_instrumentation_comes_a_moment_later() -> None:
    dispatcher = get_dispatcher("tests.interrupts")
    dispatcher.add_span_handler(_Interrupted())
    embed_for = dispatcher.span(_embed_for)
    assert embed_for(0.0) == "embedded"  # what LlamaIndex does alone: nobody hears of it
    keep_interrupts()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        embed_for(20)
    assert time.monotonic() - began < 10


def test_an_interrupt_elsewhere_comes_at_once() -> None:
    keep_interrupts()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_ignored_interrupts_stay_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_interrupts()
    signal.raise_signal(signal.SIGINT)
