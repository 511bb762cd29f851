"""What a question may be."""

from index.errors import UsageError
from qa.text import one_line

MAX_QUESTION_CHARS = 2000


def check_question(question: str) -> str:
    """Give the question on one line.

    Raises:
        UsageError: it has no word, or is longer than `MAX_QUESTION_CHARS`.
    """
    question = one_line(question)
    if not any(char.isalnum() for char in question):
        raise UsageError('The question is empty: type one, as in `qa ask "Who did Rubio call?"`')
    if len(question) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"The question has {len(question):,} characters, more than the {MAX_QUESTION_CHARS:,} read: shorten it"
        )
    return question
