"""The application: pages, HTTP API and what assistants speak, over one desk. Nothing here opens a port or a file."""

from collections.abc import Sequence
from importlib.util import find_spec

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from index.errors import ArticleQAError
from qa.web import api, openai_api, refusals
from qa.web.desk import Desk
from qa.web.page.routes import router as page_router
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
    app.add_exception_handler(ArticleQAError, refusals.tell_error)
    app.add_exception_handler(Exception, refusals.tell_error)
    app.add_exception_handler(HTTPException, refusals.tell_status)
    app.add_exception_handler(RequestValidationError, refusals.tell_invalid)
    app.add_middleware(Guard, token=token, allowed_hosts=tuple(allowed_hosts))
    return app


def _add_mcp(app: FastAPI, desk: Desk) -> None:
    from qa.mcp.server import build_mcp, route_of

    server = build_mcp(desk)
    app.router.routes.append(route_of(server))
    app.router.lifespan_context = lambda _: server.session_manager.run()
