"""Collect the text of a document in which some texts stand beside a paragraph: notes, and boxes anchored to it."""

from index.formats.paragraphs import RAISED, Paragraphs


class Flow:
    """Paragraphs, and behind each what belongs to it; behind a table what belongs to one of its cells.

    What stands beside is collected as a flow of its own, between `open_beside` and `close_beside`.
    """

    def __init__(self) -> None:
        self._flows = [Paragraphs()]
        self._waiting: list[list[str]] = [[]]  # of each flow, what is to stand behind its open paragraph
        self._told: dict[str, int] = {}

    @property
    def shown(self) -> Paragraphs:
        """Give the paragraphs that are being collected: those of the innermost text."""
        return self._flows[-1]

    @property
    def depth(self) -> int:
        """Count the texts that are open beside others."""
        return len(self._flows) - 1

    def open_beside(self) -> None:
        self._flows.append(Paragraphs())
        self._waiting.append([])

    def close_beside(self) -> str:
        """Give the text that was opened last, to be put where it belongs."""
        text = self.close()
        self._flows.pop()
        self._waiting.pop()
        return text

    def put_behind(self, text: str) -> None:
        """Let a text stand behind the paragraph that is open."""
        if text:
            self._waiting[-1].append(text)

    def put_note(self, kind: str, text: str, is_numbered: bool = True) -> None:
        """Let a note stand behind the paragraph that is open, with its number among those of its kind, raised."""
        self._told[kind] = self._told.get(kind, 0) + is_numbered
        self.put_behind(f"{str(self._told[kind]).translate(RAISED)} {text}" if text else "")

    def end_paragraph(self) -> None:
        """Put what waits behind the paragraph that has ended, unless a table is open."""
        if self.shown.table is None:
            for text in self._waiting[-1]:
                self.shown.add(text)
            self._waiting[-1].clear()

    def close(self) -> str:
        """Give the text of the innermost flow, which has ended."""
        self.shown.close()
        self.end_paragraph()
        self.shown.close()
        return self.shown.text
