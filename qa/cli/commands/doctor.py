"""`qa doctor`: what is wrong, and how to mend it."""

import typer

from qa.cli.exit_codes import DAMAGED, TO_MEND
from qa.cli.options import Articles, Chroma, Index, Json

EXAMPLES = "qa doctor --articles news"


def doctor(articles: Articles = None, index: Index = None, chroma: Chroma = None, json: Json = False) -> None:
    """Examine models, index, disk and settings, changing nothing; each fault comes with its cure."""
    from qa.cli.display import Display
    from qa.inspection.doctor import examine
    from qa.settings import load_settings

    with Display(json) as display:
        findings = list(examine(load_settings(articles=articles, index=index, chroma=chroma)))
        display.show_findings(findings)
    if any(each.damage for each in findings):
        raise typer.Exit(DAMAGED)
    raise typer.Exit(TO_MEND if any(each.cure for each in findings) else 0)
