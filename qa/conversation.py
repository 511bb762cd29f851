"""A conversation with a folder of articles: each line is a question, completed from the one before if it leans on it.

Every answer is a fresh one, from the articles as they are then, with citations of its own. Of the question before only
the question and its answer are remembered, and only to complete the next one: of a fact its short answer, of a broad
one what it was planned as, and what was told.
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from qa.answer import Answer
from qa.events import QuestionCompleted
from qa.question.asked import Asked
from qa.session import Session

MAX_TURNS = 200


class Turn(NamedTuple):
    """A line as it was typed, what was asked, and the answer to that."""

    line: str
    asked: Asked
    answer: Answer


class Conversation:
    """The turns so far, of which the last `MAX_TURNS` are kept, and what a line means after them."""

    def __init__(self, session: Session, turns: Iterable[Turn] = ()) -> None:
        """Begin a conversation, or go on from the `turns` of an earlier one."""
        self._session = session
        self.turns: deque[Turn] = deque(turns, maxlen=MAX_TURNS)

    def answer(self, line: str) -> Turn:
        """Answer a line that `check_question` gave; the session's listener hears first what it was completed to.

        Raises:
            UsageError: it means one of several things that were not told.
            ModelError: the language model failed.
        """
        self._session.trace.begin(line)
        asked = self.meant(line)
        if asked.text != line:
            self._session.trace.tell(QuestionCompleted(asked.text))
        turn = Turn(line, asked, self._session.answer_as(asked))
        self.turns.append(turn)
        return turn

    def meant(self, line: str) -> Asked:
        """Give what a line asks: a change of the broad question before, or a question that is completed from it.

        Raises:
            UsageError: it means one of several things that were not told.
            ModelError: the language model failed.
        """
        only = self._session.only
        if not self.turns:
            return Asked(line, only=only)
        last = self.turns[-1]
        if changed := self._session.follow_up(line, last.asked, last.answer):
            return changed
        from qa.question.complete_follow_up import Before, rewrite

        before = Before(last.answer.question, last.answer.short_answer)
        return Asked(rewrite(line, before, self._session.open, self._session.trace), only=only)
