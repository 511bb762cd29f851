"""What cannot be answered, told to each as it reads: a page to browsers, OpenAI's object below /v1, else a problem."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from qa.web.page.rendering import render
from qa.web.problems import MEDIA_TYPE, openai_error, problem, problem_of

FOR_PROGRAMS = ("/api/", "/v1/", "/mcp")
OPENAI = "/v1/"
RETRY_S = "5"


def refusal(scope: Scope, details: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Give the response that tells problem details to whoever sent a request."""
    status = int(details["status"])
    if scope["path"].startswith(OPENAI):
        return JSONResponse(openai_error(details), status, headers)
    if is_for_a_person(scope):
        asks_token = status == HTTPStatus.UNAUTHORIZED
        return HTMLResponse(render("refused.html", details=details, asks_token=asks_token), status, headers)
    return JSONResponse(dict(details), status, headers, MEDIA_TYPE)


def is_for_a_person(scope: Scope) -> bool:
    """Tell whether a browser asks for a page, for somebody to read."""
    return "text/html" in Headers(scope=scope).get("accept", "") and not scope["path"].startswith(FOR_PROGRAMS)


def refusal_of_status(scope: Scope, error: HTTPException) -> Response:
    """Tell that a request is none that can be answered."""
    return refusal(scope, problem(HTTPStatus(error.status_code), error.detail), error.headers)


async def tell_error(request: Request, error: Exception) -> Response:
    """Tell an error of the product; of a bug only that it is one."""
    details = problem_of(error)
    again = {"Retry-After": RETRY_S} if details["status"] == HTTPStatus.SERVICE_UNAVAILABLE else None
    return refusal(request.scope, details, again)


async def tell_status(request: Request, error: Exception) -> Response:
    """Tell that there is no such address, or the like."""
    assert isinstance(error, HTTPException)
    return refusal_of_status(request.scope, error)


async def tell_invalid(request: Request, error: Exception) -> Response:
    """Say what of a request is wrong and where; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    wrong = [(".".join(str(part) for part in each["loc"] if part != "body"), each["msg"]) for each in error.errors()]
    if request.scope["path"].startswith(OPENAI):
        place, told = wrong[0]
        details = problem(HTTPStatus.BAD_REQUEST, f"{place}: {told}" if place else told)
        return refusal(request.scope, details | {"param": place or None, "class": None})
    told = "; ".join(f"{place.partition('.')[2] or place or 'body'}: {told}" for place, told in wrong)
    return refusal(request.scope, problem(HTTPStatus.UNPROCESSABLE_ENTITY, told))
