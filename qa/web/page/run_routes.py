"""The addresses of eval runs."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from index.errors import ArticleQAError, UsageError
from qa.web.page.address import Address
from qa.web.page.frame import desk_of, frame, refused
from qa.web.page.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/runs")
async def runs(request: Request) -> Response:
    """List the runs that are kept."""

    def find() -> dict[str, Any]:
        from qa.web.page.runs import kept_runs, likely_before

        kept = kept_runs()
        return {"runs": kept, "likely": likely_before(kept)}

    return await _page(request, "Eval runs", "runs.html", find)


@router.get("/runs/compare")
async def compared(request: Request) -> Response:
    """Show two runs side by side."""
    query = request.query_params

    def find() -> dict[str, Any]:
        from qa.web.page.runs import label_of, side_by_side

        if not (query.get("before") and query.get("after")):
            raise UsageError("Which two runs? Choose them from the list")
        return {"pair": side_by_side(query["before"], query["after"]), "label_of": label_of}

    return await _page(request, "Two eval runs", "compare.html", find)


@router.get("/runs/{run_id}")
async def run(request: Request, run_id: str) -> Response:
    """Show one run."""

    def find() -> dict[str, Any]:
        from qa.web.page.runs import label_of, shown_run

        return {"run": shown_run(run_id), "label_of": label_of}

    return await _page(request, f"Eval run {run_id}", "run.html", find)


async def _page(request: Request, title: str, template: str, find: Callable[[], dict[str, Any]]) -> Response:
    """Give a page of what is found; what that takes to load is loaded in a thread, when the first one is asked for."""
    framed = frame(desk_of(request), Address(), "runs", title)
    try:
        return HTMLResponse(await run_in_threadpool(lambda: render(template, **framed, **find())))
    except ArticleQAError as error:
        return refused(request, error)
