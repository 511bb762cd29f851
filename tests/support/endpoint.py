"""A server that speaks OpenAI's protocol on this machine: it replays replies and keeps the requests."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Endpoint:
    """What is replied in turn, a number for a failure of that status, and what was asked for.

    Each token of a reply is said to have the log-probability `logprob`, unless it is None. `count_tokens` counts the
    tokens of a message for `usage`.
    """

    replies: list[str | int]
    count_tokens: Callable[[str], int] = len
    logprob: float | None = None
    seconds: float = 0.0
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    prompt_tokens: list[int] = field(default_factory=list)
    url: str = ""

    def answer(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Give status and body of the next reply."""
        self.requests.append(request)
        reply = self.replies.pop(0)
        time.sleep(self.seconds)
        if isinstance(reply, int):
            return reply, {"error": {"message": f"no, says {self.keys[-1]}"}}
        self.prompt_tokens.append(sum(self.count_tokens(each["content"]) for each in request["messages"]))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply}}
        if self.logprob is not None:
            tokens = [
                {"token": word, "logprob": self.logprob, "bytes": None, "top_logprobs": []} for word in reply.split()
            ]
            choice["logprobs"] = {"content": [each | {"top_logprobs": [each.copy()]} for each in tokens]}
        usage = {"prompt_tokens": self.prompt_tokens[-1], "completion_tokens": 4}
        usage["total_tokens"] = sum(usage.values())
        head = {"id": "1", "object": "chat.completion", "created": 0, "model": request["model"]}
        return 200, head | {"choices": [choice], "usage": usage}


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[Endpoint]:
    """Serve it on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            endpoint.keys.append(self.headers["Authorization"])
            status, body = endpoint.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def handle(self) -> None:
            with suppress(OSError):  # whoever asked does not wait any more
                super().handle()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()
