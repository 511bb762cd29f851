"""Questions for what somebody said: they get the whole quotation, not the word of it that a reader picked."""

import re
from dataclasses import replace

from qa.reading.grounding import Grounded

_ASKED = r"what (?:else )?(?:do|does|did|has|have|had) .+? "
_SAID = re.compile(
    _ASKED + r"(?:say|said|write|written|reply|replied|answer|answered|add|added)"
    r"(?: (?:about|after|at|before|during|from|in|of|on|outside|regarding|to|when|while)\b.*)?[ ?.]*",
    re.IGNORECASE,
)
_TOLD = re.compile(
    _ASKED + r"(?:tell|told)(?!.* (?:is|are|was|were|will|would|had|has|that)\b).*",
    re.IGNORECASE,
)
_QUOTATION = re.compile(r'"([^"]*)"|“([^”]*)”')


def asks_what_was_said(question: str) -> bool:
    """Tell whether a question asks for somebody's words, as "What did Wren say outside the court?" does."""
    return bool(_SAID.fullmatch(question) or _TOLD.fullmatch(question))


def whole_quotation(grounded: Grounded) -> Grounded:
    """Widen a phrase to the quotation in its sentence that it is a part of, without the marks around; else leave it."""
    for found in _QUOTATION.finditer(grounded.evidence.text):
        words = (found[1] or found[2] or "").strip(" ,.;")
        if grounded.phrase.strip('"“”') in words:
            return replace(grounded, phrase=words)
    return grounded
