"""The dateline with which a news article begins, "LONDON (Reuters) - ": the place of the report, not what happened."""

import re

_DATELINE = re.compile(
    r"\s*[^\W\d_a-z]{2,}(?:[ .'’-]+[^\W\d_a-z]+)*"  # a place in capitals
    r"(?:, [^\W\d_][\w. ]{1,20})?(?: \([^()]{2,25}\))? ?[-–—]{1,2} "
)


def without_dateline(text: str) -> str:
    """Give a sentence without the dateline before it, if it has one."""
    found = _DATELINE.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text
