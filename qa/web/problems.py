"""Errors as programs read them: problem details of RFC 9457 with class and exit code, and objects as OpenAI's."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from index.errors import (
    ArticleQAError,
    IndexBusyError,
    IndexDamagedError,
    ModelError,
    ModelMissingError,
    NoArticlesError,
    VectorStoreError,
)

MEDIA_TYPE = "application/problem+json"
NO_KEY = "invalid_api_key"  # as OpenAI calls it
ENDING = "The server ends: ask again when it is started anew"
INTERNAL = "An error that is no fault of yours: the server's own output has its traceback"

_STATUS: dict[type[Exception], HTTPStatus] = {
    ModelMissingError: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelError: HTTPStatus.BAD_GATEWAY,
    VectorStoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    NoArticlesError: HTTPStatus.CONFLICT,
    IndexBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    IndexDamagedError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class NotHereError(ArticleQAError):
    """Report a folder, an article or a page that is not here."""

    status = HTTPStatus.NOT_FOUND


class QueueFullError(ArticleQAError):
    """Report that too many questions wait already."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    exit_code = 11


class EndingError(ArticleQAError):
    """Report that the server ends, so that the question is not answered."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    exit_code = 130


def status_of(error: BaseException) -> HTTPStatus:
    """Give the status of the response to an error: 400 for what the asker can mend, 500 for a bug."""
    named: HTTPStatus | None = getattr(error, "status", None)
    if named:
        return named
    mendable = HTTPStatus.BAD_REQUEST if isinstance(error, ArticleQAError) else HTTPStatus.INTERNAL_SERVER_ERROR
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), mendable)


def problem_of(error: BaseException) -> dict[str, Any]:
    """Give an error's problem details; of a bug nothing is told but that it is one."""
    is_told = isinstance(error, ArticleQAError)
    return problem(
        status_of(error),
        str(error) if is_told else INTERNAL,
        type(error).__name__ if is_told else "InternalError",
        error.exit_code if isinstance(error, ArticleQAError) else 1,
    )


def problem(status: HTTPStatus, detail: str, kind: str = "UsageError", exit_code: int = 2) -> dict[str, Any]:
    """Give problem details (RFC 9457, section 3.1), and as extensions the error's class and its exit code."""
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "class": kind,
        "exit_code": exit_code,
    }


def openai_error(details: Mapping[str, Any]) -> dict[str, Any]:
    """Give problem details as the object that OpenAI's clients read, with the `param` that is wrong, if one is."""
    status = int(details["status"])
    told = {
        "message": details["detail"],
        "type": "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error",
        "param": details.get("param"),
        "code": NO_KEY if status == HTTPStatus.UNAUTHORIZED else details["class"],
    }
    return {"error": told | ({"exit_code": details["exit_code"]} if details["class"] else {})}
