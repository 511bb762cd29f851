"""The application: pages, HTTP API and what assistants speak, over one desk. Nothing here opens a port or a file."""

from collections.abc import Sequence
from http import HTTPStatus
from importlib.util import find_spec

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import ArticleQAError
from qa.web import api, openai_api
from qa.web.desk import Desk
from qa.web.page.routes import router as page_router
from qa.web.problems import MEDIA_TYPE, problem, problem_of
from qa.web.security import Guard

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
OPENAPI = "/api/openapi.json"


def build_app(desk: Desk, *, token: str | None = None, allowed_hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """Build the application over a desk, which `app.state.desk` is; whoever made the desk closes it.

    Where a `token` is given nothing is told without it. `allowed_hosts` are the names that a browser may call the
    server by, whatever the port.
    """
    app = FastAPI(title="article-qa", version=api.VERSION, docs_url=None, redoc_url=None, openapi_url=OPENAPI)
    app.state.desk = desk
    app.include_router(api.router)
    app.include_router(openai_api.router)
    if find_spec("mcp"):
        _add_mcp(app, desk)
    app.include_router(page_router)
    app.add_exception_handler(ArticleQAError, _tell_error)
    app.add_exception_handler(Exception, _tell_error)
    app.add_exception_handler(HTTPException, _tell_status)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    app.add_middleware(Guard, token=token, allowed_hosts=tuple(allowed_hosts))
    return app


def _add_mcp(app: FastAPI, desk: Desk) -> None:
    from qa.mcp.server import build_mcp, route_of

    server = build_mcp(desk)
    app.router.routes.append(route_of(server))
    app.router.lifespan_context = lambda _: server.session_manager.run()


def problem_response(details: dict[str, object], headers: dict[str, str] | None = None) -> JSONResponse:
    """Give a response of problem details."""
    return JSONResponse(details, int(str(details["status"])), headers, MEDIA_TYPE)


async def _tell_error(_: Request, error: Exception) -> JSONResponse:
    details = problem_of(error)
    again = {"Retry-After": "5"} if details["status"] == HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem_response(details, again)


async def _tell_status(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem_response(problem(HTTPStatus(error.status_code), error.detail), dict(error.headers or {}))


async def _tell_invalid(_: Request, error: Exception) -> JSONResponse:
    """Say what of a request is wrong and where; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    wrong = "; ".join(
        f"{'.'.join(map(str, each['loc'][1:])) or each['loc'][0]}: {each['msg']}" for each in error.errors()
    )
    return problem_response(problem(HTTPStatus.UNPROCESSABLE_ENTITY, wrong))
