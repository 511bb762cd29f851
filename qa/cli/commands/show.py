"""`qa show`: an article as it is indexed."""

from typing import Annotated

import typer

from qa.cli.commands.completion import article_names
from qa.cli.options import Articles, Index, Json

EXAMPLES = "qa show 2025/rubio.html 179:413\nqa show 2025/rubio.html --text > rubio.txt"


def show(
    article: Annotated[str, typer.Argument(help="An article as citations name it.", autocompletion=article_names)],
    span: Annotated[
        str | None, typer.Argument(metavar="START:END", help="Only what is around these characters.")
    ] = None,
    articles: Articles = None,
    index: Index = None,
    text: Annotated[bool, typer.Option("--text", help="Only the text that offsets count in, exactly.")] = False,
    json: Json = False,
) -> None:
    """Show an article as it is indexed, and where its title and date were read."""
    from qa.cli.article import show_article
    from qa.cli.display import Display
    from qa.settings import load_settings

    with Display(json) as display:
        show_article(article, span, load_settings(articles=articles, index=index), display, text)
