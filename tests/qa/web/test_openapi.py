"""What OpenAPI says of the HTTP API is so, whatever is sent to it: schemathesis makes the requests."""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from qa.web.app import OPENAPI, build_app
from qa.web.desk import Desk

EXAMPLES = 20
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DESCRIPTION: dict[str, Any] = build_app(cast(Desk, SimpleNamespace(folders={}))).openapi()
OPERATIONS = [(path, method) for path, methods in DESCRIPTION["paths"].items() for method in methods]
SENT = [
    (path, method, mode)
    for path, method in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or DESCRIPTION["paths"][path][method].keys() & {"parameters", "requestBody"}
]


@pytest.mark.parametrize(("path", "method", "mode"), SENT, ids=lambda each: getattr(each, "value", each))
def test_no_request_is_a_server_error_and_every_response_is_as_it_is_described(
    address: str, path: str, method: str, mode: GenerationMode
) -> None:
    operation = schemathesis.openapi.from_dict(DESCRIPTION)[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def send(case: schemathesis.Case) -> None:
        case.validate_response(case.call(base_url=address), checks=CHECKS)

    send()


def test_the_description_is_served_and_tells_of_every_path_and_of_problems(address: str) -> None:
    assert httpx.get(address + OPENAPI).json() == DESCRIPTION
    paths = {"/api/ask", "/api/search", "/api/articles", "/api/articles/{article}", "/api/status", "/api/sync"}
    assert paths <= DESCRIPTION["paths"].keys()
    assert all("exit_code" in str(DESCRIPTION["paths"][path][method]["responses"]) for path, method in OPERATIONS)
