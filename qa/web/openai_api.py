"""A folder as a model of OpenAI's API: `GET /v1/models` and `POST /v1/chat/completions`, plain and streamed."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from qa.as_json import answer_as_dict
from qa.web import schemas
from qa.web.api import AtDesk, unless_left
from qa.web.chat_completion import Completion, JsonObject
from qa.web.chat_request import ChatRequest
from qa.web.desk import Desk, Job
from qa.web.event_stream import MEDIA_TYPE, heard
from qa.web.problems import openai_error, problem

OWNER = "article-qa"
NO_MODEL = "model_not_found"
DONE = "data: [DONE]\n\n"

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"enum": ["invalid_request_error", "server_error"]},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
                "exit_code": {"type": "integer"},
            },
        }
    },
}
_TROUBLES: dict[int | str, dict[str, Any]] = {
    code: {"description": told, "content": {"application/json": {"schema": _ERROR}}}
    for code, told in {"4XX": "The request cannot be answered", "5XX": "The server cannot answer now"}.items()
}


router = APIRouter(prefix="/v1", tags=["OpenAI"], responses=_TROUBLES)
_began = int(time.time())


@router.get("/models")
async def list_models(desk: AtDesk) -> JsonObject:
    """List the folders as models."""
    return {"object": "list", "data": [_model(name) for name in desk.folders]}


@router.get("/models/{model:any}")
async def retrieve_model(model: Annotated[str, Path(max_length=schemas.MAX_NAME_CHARS)], desk: AtDesk) -> Response:
    """Give a folder as a model."""
    return JSONResponse(_model(model)) if model in desk.folders else _no_model(model, desk)


@router.post("/chat/completions", response_model=None, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def complete_chat(asked: ChatRequest, request: Request, desk: AtDesk) -> Response:
    """Answer the user's last message from the articles of a folder, which is the model."""
    if asked.model not in desk.folders:
        return _no_model(asked.model, desk)
    job = desk.ask(asked.asked())
    identity, created, url_of = f"chatcmpl-{uuid4().hex}", int(time.time()), _places(request, asked.model)

    def completion(answer: JsonObject) -> Completion:
        return Completion(identity, created, asked.model, answer, url_of)

    if asked.stream:
        streamed = _streamed(job, completion, asked.with_usage)
        return StreamingResponse(streamed, media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})
    answer = await unless_left(request, job)
    return JSONResponse(completion(answer_as_dict(answer)).whole()) if answer else Response()


async def _streamed(job: Job, completion: Callable[[JsonObject], Completion], with_usage: bool) -> AsyncIterator[str]:
    """Stream an answer once it stands, for what is told before may be taken back; until then comments keep it open."""
    async with aclosing(heard(job)) as events:
        async for event in events:
            match event:
                case "answer", told:
                    for chunk in completion(told).chunks(with_usage):
                        yield _event(chunk)
                case "error", told:
                    yield _event(openai_error(told))
                case "done", _:
                    yield DONE
                case _:
                    yield f": {event[0] if event else 'waiting'}\n\n"


def _event(data: JsonObject) -> str:
    return f"data: {json.dumps(data)}\n\n"


def _model(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": _began, "owned_by": OWNER}


def _no_model(name: str, desk: Desk) -> Response:
    told = f"The model `{name[:100]}` does not exist: there are {', '.join(desk.folders)}"
    error = openai_error(problem(HTTPStatus.NOT_FOUND, told) | {"param": "model", "class": None})
    error["error"]["code"] = NO_MODEL
    return JSONResponse(error, 404)


def _places(request: Request, folder: str) -> Callable[[JsonObject], str]:
    """Give what tells where a person sees a citation's characters: on the page of this server, marked."""

    def url_of(citation: JsonObject) -> str:
        mark = f"1.1.{citation['start']}.{citation['end']}"
        query = urlencode({"id": citation["article"], "folder": folder, "mark": mark})
        return f"{request.base_url}article?{query}#c1"

    return url_of
