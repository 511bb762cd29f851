"""The application: pages, HTTP API and what assistants speak, over one desk. Nothing here opens a port or a file."""

from collections.abc import Sequence

from fastapi import FastAPI

from qa.web.desk import Desk
from qa.web.page.routes import router as page_router

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def build_app(desk: Desk, *, token: str | None = None, allowed_hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """Build the application over a desk, which `app.state.desk` is; whoever made the desk closes it.

    Where a `token` is given nothing is told without it. `allowed_hosts` are the names that a browser may call the
    server by, whatever the port.
    """
    app = FastAPI(title="article-qa", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.state.token = token
    app.state.allowed_hosts = tuple(allowed_hosts)
    app.include_router(page_router)
    return app
