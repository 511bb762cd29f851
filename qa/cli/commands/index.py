"""`qa index`: bring the index of a folder in step with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.exit_codes import SOME_SKIPPED
from qa.cli.options import Chroma, Fields, Index, Json, Offline, Quiet, Verbose

if TYPE_CHECKING:
    from qa.settings import Settings

EXAMPLES = (
    "qa index news\nqa index news --dry-run\nqa index news --watch\nqa index copy news postgresql://host/articles\n"
    "qa index news --index postgresql://host/articles --workers 4"
)
COPY = "copy"


def index_folder(
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER | copy FROM TO]",
            help="Folder of articles; or what to copy an index from, and to: its folder, that of its articles, a URL.",
            show_default=False,
        ),
    ] = None,
    index: Index = None,
    offline: Offline = None,
    chroma: Chroma = None,
    fields: Fields = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Delete the index first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the index in step until interrupted.")] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes that index, with an index on PostgreSQL.")
    ] = 1,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Bring the index of a folder in step with it (asking does so by itself)."""
    from index.errors import UsageError
    from qa.cli.display import Display
    from qa.cli.indexing import index_articles, preview_index, watch_articles
    from qa.settings import load_settings

    if rebuild + dry_run + watch > 1:
        raise UsageError("--rebuild, --dry-run and --watch exclude each other: give one of them")
    if workers > 1 and (dry_run or watch):
        raise UsageError("--workers is for indexing once: leave out --dry-run and --watch")
    if named and named[0] == COPY and len(named) == 3:
        _copy(named[1], named[2], load_settings(), json)
        return
    if named and len(named) > 1:
        raise UsageError("Name one folder of articles, or `copy` with what to copy an index from, and to")
    folder = Path(named[0]) if named else None
    settings = load_settings(articles=folder, index=index, offline=offline, chroma=chroma, fields=fields)
    with Display(json, quiet, verbose) as display:
        if watch:
            watch_articles(settings, display)
            return
        report = preview_index(settings, display) if dry_run else index_articles(settings, display, rebuild, workers)
    raise typer.Exit(SOME_SKIPPED if report.skipped else 0)


def _copy(source: str, target: str, settings: "Settings", json: bool) -> None:
    from qa.cli.display import Display
    from qa.cli.index_copy import copy_index

    with Display(json) as display:
        copy_index(source, target, settings, display)
