"""`qa index`: bring the index of a folder in step with it."""

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.exit_codes import SOME_SKIPPED
from qa.cli.options import Chroma, Fields, Index, Json, Offline, Quiet, Verbose

EXAMPLES = "qa index news\nqa index news --dry-run\nqa index news --watch"


def index_folder(
    folder: Annotated[Path | None, typer.Argument(help="Folder of articles.", show_default=False)] = None,
    index: Index = None,
    offline: Offline = None,
    chroma: Chroma = None,
    fields: Fields = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Delete the index first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the index in step until interrupted.")] = False,
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
    settings = load_settings(articles=folder, index=index, offline=offline, chroma=chroma, fields=fields)
    with Display(json, quiet, verbose) as display:
        if watch:
            watch_articles(settings, display)
            return
        report = preview_index(settings, display) if dry_run else index_articles(settings, display, rebuild)
    raise typer.Exit(SOME_SKIPPED if report.skipped else 0)
