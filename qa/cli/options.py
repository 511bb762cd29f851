"""The options that several commands have."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"


Articles = Annotated[Path | None, typer.Option(help="Folder of articles.", show_default=False)]
Index = Annotated[
    str | None,
    typer.Option(
        metavar="PATH|URL",
        help="Folder of the index, instead of its own place, or postgresql://HOST/DATABASE.",
        show_default=False,
    ),
]
Llm = Annotated[
    str | None,
    typer.Option(help="local, local:0.5b, a GGUF file, or openai:, ollama:, anthropic:NAME.", show_default=False),
]
LlmUrl = Annotated[
    str | None, typer.Option(help="URL of the endpoint, instead of its provider's own.", show_default=False)
]
Offline = Annotated[bool | None, typer.Option("--offline", help="Never connect to a network.", show_default=False)]
Fields = Annotated[
    str | None, typer.Option(help='Names of the fields of dumps, as "text=body,published=ts".', show_default=False)
]
Chroma = Annotated[str | None, typer.Option(help="URL of a Chroma server for the vectors.", show_default=False)]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Write each step, timed, to this file.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only results and errors: no progress, no warnings.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also say where the index is and what each step took.")]
Since = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Only articles published on this day or later, as 2025-03-16.",
        show_default=False,
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], metavar="DATE", help="Only articles published on this day or earlier.", show_default=False
    ),
]
OnlyArticle = Annotated[
    str | None,
    typer.Option("--article", help='Only articles whose path matches, as "2025/*.txt".', show_default=False),
]
