"""Ctrl-C that is not lost where a library catches every exception."""

import signal
import threading
from types import FrameType

# LlamaIndex's instrumentation, around each call of an embedder or a model, passes over whatever its handlers raise.
_CATCHER = "llama_index_instrumentation.dispatcher"
_CATCHING = ("event", "span_enter", "span_drop", "span_exit")
RETRY_S = 0.01


def keep_interrupts() -> None:
    """Raise KeyboardInterrupt at Ctrl-C, as Python does, but a moment later where it would be caught and forgotten.

    It is for the main thread. Where interrupts are ignored, as in the background of a shell, they stay so.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _is_caught(frame):
        raise KeyboardInterrupt
    again = [threading.main_thread().ident, number]  # its thread, whose waiting it ends
    later = threading.Timer(RETRY_S, signal.pthread_kill, again)
    later.daemon = True
    later.start()


def _is_caught(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_globals.get("__name__") == _CATCHER and frame.f_code.co_name in _CATCHING:
            return True
        frame = frame.f_back
    return False
