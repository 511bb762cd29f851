"""A sign of life from work that tells of nothing itself."""

import threading
import time
from collections.abc import Callable


class Pulse:
    """Calls `tell` with the seconds since it began, every `every_s` seconds until it is stopped."""

    def __init__(self, tell: Callable[[float], None], every_s: float) -> None:
        self._tell = tell
        self._every_s = every_s
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell nothing any more, from when this returns."""
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(self._every_s):
            self._tell(time.monotonic() - self._began)
