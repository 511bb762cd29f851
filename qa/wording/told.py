"""Tell an answer in the form that its sentence has: a cell with its row and column, a note, an entry with its time."""

from qa.forms.live_blogs import clock_head
from qa.forms.shape import Kind
from qa.forms.tables import cell_asked
from qa.reading.grounding import Grounded
from qa.reading.yes_or_no import is_closed
from qa.text import one_line
from qa.wording.statement import state


def tell(question: str, grounded: Grounded) -> str:
    """Give the statement of an answer, on one line, in words of its sentence and of what that stands under.

    The cell of a row has the row's label and the column's head beside it. A note is told whole, for it says what it
    corrects, and so is an interview's answer to yes or no. What an entry says stands behind its time.
    """
    evidence = grounded.evidence
    sentence = one_line(evidence.text)
    if evidence.form == Kind.ROW and evidence.lead:
        cell = cell_asked(question, evidence.lead.text, evidence.text)
        return one_line(f"{cell.label}, {cell.column}: {cell.value}") if cell else sentence
    if evidence.form == Kind.NOTE or (evidence.form == Kind.ANSWER and is_closed(question)):
        return sentence
    head = clock_head(sentence) if evidence.form == Kind.ENTRY else 0
    return sentence[:head] + state(question, one_line(grounded.phrase), sentence[head:])
