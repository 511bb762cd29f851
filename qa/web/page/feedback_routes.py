"""What readers think of an answer is sent here, by a form that works without scripts too."""

import json
import shlex
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from index.catalog.reader import CatalogReader
from index.errors import ArticleQAError, UsageError
from qa.web.page.address import Address
from qa.web.page.feedback import case_of, feedback_file, keep, sent
from qa.web.page.frame import desk_of, frame, refused
from qa.web.page.rendering import render

VERDICTS = ("up", "down")
MAX_FIELDS = 10

router = APIRouter(include_in_schema=False)


@router.post("/feedback")
async def feedback(request: Request) -> Response:
    """Write a case of what a reader thinks of an answer, and say where it is."""
    desk = desk_of(request)
    try:
        fields = _fields(await request.body())
        folder = desk.name_of(fields.get("folder") or None)
        file = feedback_file(folder)
        is_right = fields["verdict"] == "up"

        def write(catalog: CatalogReader) -> dict[str, Any]:
            answer = sent(fields.get("answer", ""), catalog.text_of)
            case = case_of(answer, is_right, fields.get("note", ""), "silent" in fields, catalog.text_of)
            keep(case, file)
            return answer

        answer = await desk.call(folder, write)
        framed = frame(desk, Address(folder=folder), "plain", "Noted")
    except ArticleQAError as error:
        return refused(request, error)
    command = f"qa eval review {shlex.quote(str(file))} --articles {shlex.quote(str(desk.folders[folder].articles))}"
    is_mended = "silent" in fields or bool(fields.get("note", "").strip())
    told = {
        "command": command,
        "asks_what": not is_right and not is_mended,
        "is_abstained": answer["abstained"],
        "feedback_form": [("folder", folder), ("answer", json.dumps(answer)), ("back", fields.get("back", "/"))],
        "back": _local(fields.get("back", "/")),
    }
    is_part = request.headers.get("accept") == "text/x-part"
    return HTMLResponse(render("noted.html" if is_part else "noted_page.html", **framed, **told))


def _fields(body: bytes) -> dict[str, str]:
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise UsageError("This is not what the form of an answer sends") from error
    if fields.get("verdict") not in VERDICTS:
        raise UsageError("Is the answer right? verdict is up or down")
    return fields


def _local(back: str) -> str:
    """Give an address of this server alone, whatever was sent."""
    return back if back.startswith("/?") else "/"
