"""Join the lines of a paragraph, some of which divide a word with a hyphen."""

import re
from collections import Counter

HYPHEN = "\x02"  # what PDFium gives for a hyphen that ends a line
SOFT_HYPHEN = "\u00ad"

_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def count_words(lines: list[str]) -> Counter[str]:
    """Count the words of a document, those with hyphens inside as one; those that a line's end divides do not count."""
    whole = re.sub(rf"\S+[-{HYPHEN}]\n\S+", " ", "\n".join(lines))
    return Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", whole.lower()))


def join_lines(last: str, text: str, words: Counter[str]) -> tuple[str, str]:
    """Join two lines: with a space, or, where a hyphen ends the first, as one word with or without it."""
    if last.endswith(SOFT_HYPHEN):
        return last[:-1], text
    if last[-1:] not in (HYPHEN, "-") or not last[-2:-1].isalnum():
        return last, text if _CJK.match(last[-1:]) and _CJK.match(text) else f" {text}"
    head, tail = re.split(r"[\s(“\"'‘]", last)[-1][:-1], re.match(r"[^\W\d_]*", text)
    return (last[:-1] if tail and _is_one_word(head, tail[0], words) else f"{last[:-1]}-"), text


def _is_one_word(head: str, tail: str, words: Counter[str]) -> bool:
    """Tell whether a hyphen between the parts only divides a word: by the rest of the document, where it knows."""
    if not head.isalpha() or not (tail.islower() or tail.isupper()):  # "state-of-the-|art", "COVID-|19", an address
        return False
    capital, head, tail = tail.isupper(), head.lower(), tail.lower()
    if words[f"{head}{tail}"] or words[f"{head}-{tail}"]:
        return words[f"{head}{tail}"] >= words[f"{head}-{tail}"]
    return len(head) > 1 and not capital and not (words[head] and words[tail])
