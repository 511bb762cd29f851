"""Part a question that asks several things: "When did it begin, and what did it cost?" English only."""

import re

from qa.question.words import stems

_WORD = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
_AND = re.compile(rf",?\s+and\s+(?:also\s+)?(?={_WORD})|;\s*(?:and\s+)?(?={_WORD})", re.IGNORECASE)
# Behind a comma alone "who" and "which" begin a relative clause.
_COMMA = re.compile(r",\s*(?=(?:what|when|where|why|how)\b)", re.IGNORECASE)
_ASKS = re.compile(rf"(?:[\w’']+,? ){{0,4}}{_WORD}", re.IGNORECASE)  # "please tell me who" too
_SAYS = re.compile(r"\b(?:say|says|said|ask|asks|asked|tells|told|explain|explains|explained|know|knows|knew)\b")


def parts_of(question: str) -> list[str]:
    """Give the questions that a question is made of, each with its mark; one that asks one thing is its own part.

    What somebody said or knows is one thing, be it of two: "Did he say who called and what about?".
    """
    joined = _AND.split(question)
    if len(joined) < 2 or not _ASKS.match(joined[0]) or _SAYS.search(joined[0]):
        return [question]
    parts = [part.strip(" ?.,") for each in joined for part in _COMMA.split(each)]
    if not stems(parts[0]) or any(len(part) < 2 for part in parts):
        return [question]
    return [f"{part}?" for part in parts]
