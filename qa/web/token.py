"""The token that a server may ask for: where it stands in a request, and the cookie that stands for it."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope

WRONG_TOKENS_PER_S, WRONG_TOKENS = 1.0, 20.0
COOKIE = "article-qa"
COOKIE_S = 30 * 24 * 3600
FORM = "application/x-www-form-urlencoded"

_CHALLENGE = {"WWW-Authenticate": "Bearer"}


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


class TokenCheck:
    """Lets in who brings the token along: as `Authorization: Bearer`, or as the cookie that one visit leaves.

    A visit brings it as `?token=` in the address of a page, or by the form of the page that says that it is missing.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._cookie = cookie_of(token)
        self._wrong = Allowance(WRONG_TOKENS_PER_S, WRONG_TOKENS)

    async def __call__(self, scope: Scope, headers: Headers, receive: Receive) -> RedirectResponse | None:
        """Let a request in by giving null, or lead a visit on to the same page with its cookie.

        Raises:
            HTTPException: the token is missing or wrong, or too many wrong ones were tried.
        """
        brought = [(each, self._token) for each in _bearers(headers)]
        brought += [(each, self._cookie) for each in _cookies(headers)]
        if any(_is_same(*pair) for pair in brought):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        sent = [value for name, value in query if name == "token"] if scope["method"] == "GET" else []
        if scope["method"] == "POST" and headers.get("content-type", "").startswith(FORM):
            body = await Request(scope, receive).body()
            sent = [value for name, value in parse_qsl(body.decode("utf-8", "replace")) if name == "token"]
        if len(sent) == 1 and _is_same(sent[0], self._token):
            return self._led_on(scope, [pair for pair in query if pair[0] != "token"])
        if self._wrong.is_spent:
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong tokens", {"Retry-After": "10"})
        if not (brought or sent):
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "The token is missing: `qa serve` printed it", _CHALLENGE)
        self._wrong.spend()
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "The token is wrong: `qa serve` printed it", _CHALLENGE)

    def _led_on(self, scope: Scope, query: list[tuple[str, str]]) -> RedirectResponse:
        path = "/" + scope["raw_path"].decode("latin-1").lstrip("/")  # two slashes would lead to another host
        response = RedirectResponse(path + ("?" + urlencode(query) if query else ""), HTTPStatus.SEE_OTHER)
        response.set_cookie(COOKIE, self._cookie, COOKIE_S, httponly=True, samesite="strict")
        return response


def cookie_of(token: str) -> str:
    """Give the cookie that stands for a token, and does not tell it."""
    return hmac.new(token.encode(), b"article-qa cookie", hashlib.sha256).hexdigest()


def _bearers(headers: Headers) -> Iterator[str]:
    for each in headers.getlist("authorization"):
        scheme, _, given = each.partition(" ")
        yield given.strip() if scheme.lower() == "bearer" else ""


def _cookies(headers: Headers) -> Iterator[str]:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return
    if COOKIE in cookies:
        yield cookies[COOKIE].value


def _is_same(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
