"""Who may ask: the defences against other sites, other machines and floods, in one place before everything else.

A page of any site can send requests to a server on this machine, and by DNS rebinding even read the replies. So the
name that a browser calls the server by is held to a list, and what a browser says of where a request comes from
(`Sec-Fetch-Site`, `Origin`) has to be this server itself; see docs/serve.md for each attack and its test.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web.problems import MEDIA_TYPE, problem

MAX_HEAD_BYTES = 32 * 1024
MAX_BODY_BYTES = 256 * 1024
BODY_S = 10.0  # that a whole body may take to come
REQUESTS_PER_S, BURST = 200.0, 400.0
WRONG_TOKENS_PER_S, WRONG_TOKENS = 1.0, 20.0

COOKIE = "article-qa"
COOKIE_S = 30 * 24 * 3600
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


class Allowance:
    """A token bucket: `burst` at once, and then `per_second`."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._left, self._at = burst, time.monotonic()

    @property
    def is_spent(self) -> bool:
        """Whether the next one has to wait."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        return self._left < 1

    def spend(self) -> None:
        """Take one."""
        self._left -= 1


class Guard:
    """Lets a request through to the application where it may be answered, and bounds what comes and goes."""

    def __init__(self, app: ASGIApp, token: str | None, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._token = token
        self._allowed_hosts = frozenset(allowed_hosts)
        self._requests = Allowance(REQUESTS_PER_S, BURST)
        self._wrong_tokens = Allowance(WRONG_TOKENS_PER_S, WRONG_TOKENS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with problem details."""
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
            if redirect := self._check_token(scope, headers):
                await redirect(scope, receive, send)
                return
            if self._requests.is_spent:
                raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests at once", {"Retry-After": "1"})
            self._requests.spend()
            await self._app(scope, _bounded(headers, receive), send)
        except HTTPException as error:
            await _refuse(error, send)

    def _check_host(self, headers: Headers) -> None:
        """Refuse a request by a name that is not this server's, as DNS rebinding makes a browser send."""
        named = headers.getlist("host")
        if len(named) != 1 or _without_port(named[0]) not in self._allowed_hosts:
            raise HTTPException(HTTPStatus.MISDIRECTED_REQUEST, "This server has another name: use its address")

    def _check_token(self, scope: Scope, headers: Headers) -> RedirectResponse | None:
        """Refuse a request without the token; one that brings it in its address gets a cookie instead.

        The token may stand in `Authorization: Bearer`, in the cookie, or as `?token=` in the address of a page.
        """
        if self._token is None:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _is_same(given.strip(), self._token):
            return None
        if any(_is_same(each, cookie_of(self._token)) for each in _cookies(headers)):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for name, value in query if name == "token"]
        if scope["method"] == "GET" and len(tokens) == 1 and _is_same(tokens[0], self._token):
            return _with_cookie(scope, [pair for pair in query if pair[0] != "token"], self._token)
        if self._wrong_tokens.is_spent:
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong tokens", {"Retry-After": "10"})
        self._wrong_tokens.spend()
        challenge = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong: `qa serve` printed it", challenge)


def cookie_of(token: str) -> str:
    """Give the cookie that stands for a token, and does not tell it."""
    return hmac.new(token.encode(), b"article-qa cookie", hashlib.sha256).hexdigest()


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
    if scope["method"] not in ("GET", "HEAD") or not is_link or scope["path"].startswith(("/api/", "/v1/", "/mcp")):
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


def _with_cookie(scope: Scope, query: list[tuple[str, str]], token: str) -> RedirectResponse:
    """Lead on to the same page without the token in its address, and with the cookie."""
    path = "/" + scope["raw_path"].decode("latin-1").lstrip("/")  # two slashes would lead to another host
    response = RedirectResponse(path + ("?" + urlencode(query) if query else ""), HTTPStatus.SEE_OTHER)
    response.set_cookie(COOKIE, cookie_of(token), COOKIE_S, httponly=True, samesite="strict")
    return response


def _cookies(headers: Headers) -> list[str]:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return []
    return [cookies[COOKIE].value] if COOKIE in cookies else []


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def _is_same(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


async def _refuse(error: HTTPException, send: Send) -> None:
    body = json.dumps(problem(HTTPStatus(error.status_code), error.detail)).encode()
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        "connection": "close",
        **(error.headers or {}),
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status_code, "headers": raw})
    await send({"type": "http.response.body", "body": body})
