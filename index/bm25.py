"""The words of a question that passages and articles are scored by (`index.catalog.words`)."""

import re

STOPWORDS = frozenset(
    "a an and any are as at be been but by can could did do does for from had has have he her his how i if in into is "
    "it its many me more most much my no not of on or our she should so some such than that the their them then there "
    "these they this to was we were what when where which who whom whose why will with would you your".split()
)


def words_of(text: str) -> list[str]:
    """Give the lower-case words of a text that say what it is about."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in STOPWORDS]


def search_words(question: str) -> list[str]:
    """Give each of these words once."""
    return list(dict.fromkeys(words_of(question)))
