"""Where and when a report was written, "LONDON (Reuters) - " or a day on a line of its own: not what happened."""

import re
from datetime import date

from index.formats.dates import parse_written

_DATELINE = re.compile(
    r"\s*[^\W\d_a-z]{2,}(?:[ .'’-]+[^\W\d_a-z]+)*"  # a place in capitals
    r"(?:, [^\W\d_][\w. ]{1,20})?(?: \([^()]{2,25}\))? ?[-–—]{1,2} "
)


def without_dateline(text: str) -> str:
    """Give a sentence without the dateline before it, if it has one."""
    found = _DATELINE.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def is_day_of_report(text: str, published: date | None) -> bool:
    """Tell whether a sentence is only the day of its article, as below a headline: it says nothing of what happened."""
    return published is not None and parse_written(text.strip(), foreign=False) == published
