"""Who may ask: the defences against other sites, other machines and floods, in one place before everything else.

A page of any site can send requests to a server on this machine, and by DNS rebinding even read the replies. So the
name that a browser calls the server by is held to a list, and what a browser says of where a request comes from
(`Sec-Fetch-Site`, `Origin`) has to be this server itself; see docs/serve.md for each attack and its test.
"""

import asyncio
import time
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web.refusals import FOR_PROGRAMS, refusal_of_status
from qa.web.token import Allowance, TokenCheck

MAX_HEAD_BYTES = 32 * 1024
MAX_BODY_BYTES = 256 * 1024
BODY_S = 10.0  # that a whole body may take to come
REQUESTS_PER_S, BURST = 200.0, 400.0
ELSEWHERE = "article-qa.from-elsewhere"

_CLOSE = {"Connection": "close"}  # for what is left of a body is not read
_FROM_HERE = ("same-origin", "none")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",  # without any a form of a page would be sent as of no origin
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def is_from_elsewhere(connection: HTTPConnection) -> bool:
    """Tell whether another site led here by a link: then a page may be shown, but nothing be asked by itself."""
    return bool(connection.scope.get(ELSEWHERE))


class Guard:
    """Lets a request through to the application where it may be answered, and bounds what comes and goes."""

    def __init__(self, app: ASGIApp, token: str | None, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._check_token = TokenCheck(token) if token is not None else None
        self._allowed_hosts = frozenset(allowed_hosts)
        self._requests = Allowance(REQUESTS_PER_S, BURST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _with_headers(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            headers = Headers(scope=scope)
            _check_head(scope)
            self._check_host(headers)
            scope[ELSEWHERE] = _check_origin(scope, headers)
            receive = _bounded(headers, receive)
            check = None if _is_static(scope) else self._check_token
            if check and (led_on := await check(scope, headers, receive)):
                await led_on(scope, receive, send)
                return
            if self._requests.is_spent:
                raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests at once", {"Retry-After": "1"})
            self._requests.spend()
            await self._app(scope, receive, send)
        except HTTPException as error:
            await refusal_of_status(scope, error)(scope, receive, send)

    def _check_host(self, headers: Headers) -> None:
        """Refuse a request by a name that is not this server's, as DNS rebinding makes a browser send."""
        named = headers.getlist("host")
        if len(named) != 1 or _without_port(named[0]) not in self._allowed_hosts:
            raise HTTPException(HTTPStatus.MISDIRECTED_REQUEST, "This server has another name: use its address")


def _is_static(scope: Scope) -> bool:
    """Tell whether a file of this package is asked for, as by the page that asks for a token: it tells nothing."""
    path: str = scope["path"]
    return scope["method"] == "GET" and path.startswith("/static/")


def _check_head(scope: Scope) -> None:
    size = (
        len(scope["query_string"]) + len(scope["path"]) + sum(len(key) + len(value) for key, value in scope["headers"])
    )
    if size > MAX_HEAD_BYTES:
        raise HTTPException(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"A head may have {MAX_HEAD_BYTES} bytes at most"
        )


def _check_origin(scope: Scope, headers: Headers) -> bool:
    """Tell whether another site led here by a link, which may open a page; all else that comes from one is refused.

    What is no browser sends none of these headers. Browsers that send no `Sec-Fetch-Site` send `Origin` with whatever
    may change something.
    """
    origins = headers.getlist("origin")
    if any(origin.partition("://")[2] != headers["host"] for origin in origins):
        raise HTTPException(HTTPStatus.FORBIDDEN, "Another site may not ask here")
    sites = headers.getlist("sec-fetch-site")
    if all(site in _FROM_HERE for site in sites):
        return False
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if scope["method"] not in ("GET", "HEAD") or not is_link or scope["path"].startswith(FOR_PROGRAMS):
        raise HTTPException(HTTPStatus.FORBIDDEN, "Another site may not ask here")
    return True


def _bounded(headers: Headers, receive: Receive) -> Receive:
    """Give what receives a body of at most `MAX_BODY_BYTES`, and all of it in `BODY_S`."""
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise _too_large()
    size, is_whole, latest = 0, False, time.monotonic() + BODY_S

    async def receive_bounded() -> Message:
        nonlocal size, is_whole
        if is_whole:
            return await receive()
        try:
            async with asyncio.timeout(max(0.0, latest - time.monotonic())):
                message = await receive()
        except TimeoutError:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "The body came too slowly", _CLOSE) from None
        size += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        return message

    return receive_bounded


def _too_large() -> HTTPException:
    told = f"A body may have {MAX_BODY_BYTES} bytes at most"
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told, _CLOSE)


def _with_headers(send: Send) -> Send:
    """Give what sends the headers of a browser's own defences with each response, unless it has its own."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_headers


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()
