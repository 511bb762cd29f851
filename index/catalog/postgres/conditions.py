"""Which articles a filter lets through, as conditions of PostgreSQL."""

from typing import Any

from index.filter import HEAD_CHARS, Filter

NO_SUCH_CHAR = "\uffff"  # stands for NUL, which no text of PostgreSQL holds
LAST_CHAR = "\U0010ffff"


def articles_sql(only: Filter) -> tuple[str, list[Any]]:
    """Give the condition on the table `articles` and its parameters."""
    given: list[str] = []
    values: list[Any] = []
    if only.since:
        given.append("published >= %s")
        values.append(only.since.isoformat())
    if only.until:
        given.append("published <= %s")
        values.append(only.until.isoformat())
    if only.article is not None:
        condition, parameters = glob_sql(only.article)
        given.append(condition)
        values += parameters
    if only.source:  # in lower case as SQLite writes it, ASCII alone
        head = f"substr(articles.text, 1, {HEAD_CHARS})"
        told = f"coalesce(articles.publisher, '') || chr(10) || {head}"
        given.append(f'strpos(lower(({told}) collate "C"), %s) > 0')
        values.append(only.source.lower())
    return " and ".join(given) or "true", values


def passages_sql(only: Filter) -> tuple[str, list[Any]]:
    """Give the condition on the tables `passages` and `articles` that tells which passages are retrieved.

    What an original says too is retrieved from there alone, unless the filter keeps the original out.
    """
    if not only:
        return "not repeated", []
    condition, values = articles_sql(only)
    kept_out = (
        f"not exists (select from articles as first where first.key = articles.original and {_of_first(condition)})"
    )
    return f"{condition} and (not repeated or (articles.original is not null and {kept_out}))", values * 2


def glob_sql(pattern: str) -> tuple[str, list[str]]:
    """Give the condition that an article's id matches a GLOB pattern as SQLite reads it, and its parameters.

    A pattern that one name alone matches is looked up, one that begins with letters of its own reads these names alone.
    """
    literal, expression, is_literal = _read(pattern.replace("\0", NO_SUCH_CHAR))
    if expression is None:
        return "false", []
    if is_literal:
        return "articles.id = %s", [literal]
    within, values = ("articles.id >= %s and articles.id < %s and ", [literal, literal + LAST_CHAR])
    return (f"({within if literal else ''}articles.id ~ %s)", [*(values if literal else []), f"^{expression}$"])


def _of_first(condition: str) -> str:
    columns = ("articles.id", "articles.text", "articles.publisher", "published")
    for column in columns:
        name = column.rpartition(".")[2]
        condition = condition.replace(column, f"first.{name}")
    return condition


def _read(pattern: str) -> tuple[str, str | None, bool]:
    """Give the letters before the first wildcard, a regular expression (None: nothing matches), and if all are such."""
    literal, expression, is_literal, at = "", "", True, 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char in "*?":
            expression += ".*" if char == "*" else "."
            is_literal = False
        elif char == "[":
            found = _read_set(pattern, at)
            if found is None:
                return literal, None, False
            members, is_inverted, at = found
            if not is_inverted and len(members) == 1 and members[0][0] == members[0][1]:
                expression += _escaped(members[0][0])
                literal += members[0][0] if is_literal else ""
                continue
            inside = "".join(f"{_escaped(low)}-{_escaped(high)}" for low, high in members)
            expression += f"[{'^' if is_inverted else ''}{inside}]"
            is_literal = False
        else:
            expression += _escaped(char)
            literal += char if is_literal else ""
    return literal, expression, is_literal


def _read_set(pattern: str, at: int) -> tuple[list[tuple[str, str]], bool, int] | None:
    """Read what stands behind a `[` as ranges of characters; None where no `]` ends it or nothing is in it."""
    is_inverted = pattern[at : at + 1] == "^"
    at += is_inverted
    members: list[tuple[str, str]] = []
    before: str | None = None  # what a range may begin with
    if pattern[at : at + 1] == "]":
        members.append(("]", "]"))
        at += 1
    while at < len(pattern) and pattern[at] != "]":
        if pattern[at] == "-" and before and pattern[at + 1 : at + 2] not in ("]", ""):
            if before <= pattern[at + 1]:
                members.append((before, pattern[at + 1]))
            before, at = None, at + 2
        else:
            before = pattern[at]
            members.append((before, before))
            at += 1
    return (members, is_inverted, at + 1) if at < len(pattern) and members else None


def _escaped(char: str) -> str:
    return char if char.isascii() and char.isalnum() else f"\\U{ord(char):08x}"
