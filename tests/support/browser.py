"""A real browser, for what only a browser shows: what a page loads, runs and complains of."""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """Headless Chromium, spoken to over its DevTools pipe (chromedevtools.github.io/devtools-protocol)."""

    def __init__(self, profile: Path) -> None:
        reads, self._to = os.pipe()
        self._from, writes = os.pipe()
        switches = "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
        switches += "disable-component-update disable-sync remote-debugging-pipe"
        # Chromium reads commands from descriptor 3 and writes to 4, which only a shell can set up safely here.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{reads} 4>&{writes}', "browser", str(CHROMIUM)]
            + [f"--{switch}" for switch in switches.split()]
            + [f"--user-data-dir={profile}"],
            pass_fds=(reads, writes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reads)
        os.close(writes)
        self._numbers = itertools.count(1)
        self._unread = b""
        self._session: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []

    def open(self, path: Path) -> None:
        """Open a file in a new tab, and wait until it is loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=path.as_uri())
        while not self.of("Page.loadEventFired"):
            self.events.append(self._receive())

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and give its result; events that come meanwhile are kept."""
        number = next(self._numbers)
        os.write(
            self._to, json.dumps({"id": number, "method": method, "params": params} | self._session).encode() + b"\0"
        )
        while (message := self._receive()).get("id") != number:
            self.events.append(message)
        assert "error" not in message, message
        return dict(message["result"])

    def evaluate(self, expression: str) -> Any:
        """Give the value of a JavaScript expression in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse."""
        place = "(({x, y, width, height}) => [x + width / 2, y + height / 2])"
        element = f"document.querySelector({json.dumps(selector)})"
        self.evaluate(f"{element}.scrollIntoView({{block: 'center'}})")
        x, y = self.evaluate(f"{place}({element}.getBoundingClientRect())")
        for event in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, code: int) -> None:
        """Press and release a key that writes nothing, or Enter."""
        for event in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and event == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=event, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def of(self, method: str) -> list[dict[str, Any]]:
        """Give the events of a kind so far."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def close(self) -> None:
        """End the browser."""
        self._session = {}
        self.call("Browser.close")
        self._process.wait(timeout=30)
        os.close(self._to)
        os.close(self._from)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            more = os.read(self._from, 1 << 20)
            assert more, "the browser ended"
            self._unread += more
        message, self._unread = self._unread.split(b"\0", 1)
        return dict(json.loads(message))
