"""Which articles a filter lets through, as conditions of SQLite."""

from index.filter import HEAD_CHARS, Filter


def articles_sql(only: Filter) -> tuple[str, list[str]]:
    """Give the condition on the table `articles` and its parameters."""
    given: dict[str, str] = {}
    if only.since:
        given["published >= ?"] = only.since.isoformat()
    if only.until:
        given["published <= ?"] = only.until.isoformat()
    if only.article is not None:
        given["articles.id glob ?"] = only.article
    if only.source:
        head = f"substr(articles.text, 1, {HEAD_CHARS})"
        given[f"instr(lower(coalesce(articles.publisher, '') || char(10) || {head}), ?) > 0"] = only.source.lower()
    return " and ".join(given) or "1", list(given.values())


def passages_sql(only: Filter) -> tuple[str, list[str]]:
    """Give the condition on the tables `passages` and `articles` that tells which passages are retrieved.

    What an original says too is retrieved from there alone, unless the filter keeps the original out.
    """
    if not only:
        return "repeated = 0", []
    condition, values = articles_sql(only)
    without_original = f"original not in (select key from articles where {condition})"
    return f"{condition} and (repeated = 0 or {without_original})", values * 2
