"""`qa status`: what is indexed."""

from typing import Annotated

import typer

from qa.cli.options import Articles, Index, Json

EXAMPLES = "qa status --articles news --json\nqa status --articles news --skipped"


def show_status(
    articles: Articles = None,
    index: Index = None,
    skipped: Annotated[bool, typer.Option("--skipped", help="List the files that were left out, and why.")] = False,
    json: Json = False,
) -> None:
    """Tell what is indexed, since when and how much."""
    from qa.cli.display import Display
    from qa.inspection.status import skipped_of, status_of
    from qa.settings import load_settings

    settings = load_settings(articles=articles, index=index)
    status = skipped_of(settings) if skipped else status_of(settings)
    with Display(json) as display:
        display.show(status.to_text(), status.to_json())
