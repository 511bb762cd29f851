"""Read what a language model replied: an answer with sentence numbers, or that it is not stated."""

import re
from dataclasses import dataclass

from qa.text import one_line

_NUMBERS = re.compile(r"[\[(]\s*(\d+(?:\s*[,;&-]\s*\d+)*)\s*[\])]")
_REFUSAL = re.compile(
    r"(?:the )?(?:answer |sentences? |articles? |information )?(?:is |are |do(?:es)? )?"
    r"(?:not (?:stated?|given|mentioned|specified|provided|say|known|answered|found)|unknown|none|n/a|no answer)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reply:
    """The model's words without the numbers, and the numbers of the sentences that it names, from 1."""

    text: str
    numbers: tuple[int, ...]

    @property
    def refused(self) -> bool:
        """Tell whether the model says that the sentences do not state the answer, or says nothing."""
        return not re.search(r"\w", self.text) or _REFUSAL.match(self.text) is not None


def parse_reply(text: str) -> Reply:
    """Read a reply of any form: numbers before, behind or among the words, labels and quotation marks around them."""
    line = next((one_line(line) for line in text.splitlines() if one_line(line)), "")
    numbers = dict.fromkeys(int(n) for group in _NUMBERS.findall(line) for n in re.findall(r"\d+", group))
    words = re.sub(r"^(?:the )?answer\s*(?:is)?\s*:\s*", "", _NUMBERS.sub(" ", line).strip(), flags=re.IGNORECASE)
    words = one_line(words).strip("*_` ")
    return Reply(re.sub(r"\s+([.,;!?])", r"\1", words), tuple(numbers))
