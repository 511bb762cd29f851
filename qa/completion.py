"""What a shell may complete besides commands, options and files: the names of articles and of models."""

import typer

from qa.text import one_line

MAX_NAMES = 200


def article_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Give the articles whose names begin so, of the folder that the line names or the settings do."""
    from index.errors import ArticleQAError
    from qa.opening import index_folder
    from qa.settings import load_settings
    from qa.status import open_catalog

    try:
        settings = load_settings(articles=ctx.params.get("articles"), index=ctx.params.get("index"))
        catalog = open_catalog(index_folder(settings))
    except ArticleQAError:
        return []
    try:
        rows = catalog.db.execute(
            "select id from articles where substr(id, 1, ?) = ? order by id limit ?",
            (len(incomplete), incomplete, MAX_NAMES),
        )
        return [name for (name,) in rows if name == one_line(name)]  # a shell prints them as they are
    finally:
        catalog.close()


def model_names(incomplete: str) -> list[str]:
    """Give the models of the manifest whose names begin so."""
    from index.models import load_manifest

    return [name for name in load_manifest() if name.startswith(incomplete)]
