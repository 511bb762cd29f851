"""`qa status`: what is indexed."""

from qa.cli.options import Articles, Index, Json

EXAMPLES = "qa status --articles news --json"


def show_status(articles: Articles = None, index: Index = None, json: Json = False) -> None:
    """Tell what is indexed, since when and how much."""
    from qa.cli.display import Display
    from qa.inspection.status import status_of
    from qa.settings import load_settings

    status = status_of(load_settings(articles=articles, index=index))
    with Display(json) as display:
        display.show(status.to_text(), status.to_json())
