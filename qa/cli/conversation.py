"""Talk with a folder of articles on the command line: a line is a question (`qa.conversation`), or a command."""

import sys
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_state_path

from index.errors import ArticleQAError, UsageError
from index.filter import EVERYTHING, Filter
from qa.answer import Answer
from qa.cli.display import Display, print_error
from qa.cli.trace_file import with_trace
from qa.conversation import Conversation, Turn
from qa.paths import articles_folder
from qa.question.limits import check_question
from qa.session import Session
from qa.settings import Settings
from qa.text import one_line

GREETING = "Ask a question, and then further ones. /help lists what else there is; Ctrl-D leaves."
HELP = """\
/sources    the articles behind the last answer
/explain    how the last answer comes about, asked once more
/save FILE  write the conversation to a file
/help       this list
/quit       leave, as Ctrl-D does
Ctrl-C interrupts a question. "And when?" or "Who is he?" is completed from the question before, and then shown; so is
what changes a broad one: "only since May", "and the second?", "as a timeline", "anything else?"."""


def chat(settings: Settings, display: Display, only: Filter = EVERYTHING, trace: Path | None = None) -> None:
    """Answer lines until there are no more: typed on a terminal, else read from stdin, where an error ends the chat."""
    display.articles = articles_folder(settings)
    session = Session(settings, only, tell=with_trace(display.hear, trace))
    talk = Chat(session, display)
    if sys.stdin.isatty() and sys.stdout.isatty():
        display.warn(GREETING)
        from qa.question.complete_follow_up import warm_up

        warm_up(session.open())
        lines = typed_lines(user_state_path("article-qa") / "chat-history")
        while talk.is_open and (line := next(lines, None)) is not None:
            try:
                talk.hear(line)
            except KeyboardInterrupt:
                display.warn("Interrupted.")
            except ArticleQAError as error:
                print_error(error)
    else:
        for line in sys.stdin:
            talk.hear(line)
            if not talk.is_open:
                break
    session.close()


class Chat:
    """A conversation whose lines may also be commands."""

    def __init__(self, session: Session, display: Display) -> None:
        self.is_open = True
        self._session = session
        self._display = display
        self._conversation = Conversation(session)
        self._saved: Path | None = None

    def hear(self, line: str) -> None:
        """Do what a line says: answer a question, or follow a command.

        Raises:
            UsageError: the line is neither.
            ModelError: the language model failed.
        """
        line = one_line(line)
        command, _, argument = line.partition(" ")
        match command:
            case "":
                pass
            case "/quit":
                self.is_open = False
            case "/help":
                self._display.show(HELP)
            case "/sources":
                self._display.show(sources_of(self._last().answer))
            case "/explain":
                self._display.show(self._session.explain(self._last().asked).to_text())
            case "/save":
                self._save(argument)
            case _ if command.startswith("/"):
                raise UsageError(f"There is no command {command}: /help lists them")
            case _:
                self._display.show_answer(self._conversation.answer(check_question(line)).answer)

    def _last(self) -> Turn:
        if not self._conversation.turns:
            raise UsageError("Nothing was asked yet: ask a question first")
        return self._conversation.turns[-1]

    def _save(self, name: str) -> None:
        self._last()
        if not name:
            raise UsageError("Where to? Name a file, as in /save conversation.txt")
        file = Path(name).expanduser()
        try:
            with file.open("w" if file == self._saved else "x", encoding="utf-8") as out:
                display = Display(out=out)
                for turn in self._conversation.turns:
                    display.show("\n".join(dict.fromkeys([f"> {turn.line}", f"> {turn.asked.text}"])))
                    display.show_answer(turn.answer)
        except FileExistsError:
            raise UsageError(f"{file} is there already: name another file") from None
        except OSError as error:
            raise UsageError(f"{file} cannot be written ({error.strerror}): name another file") from error
        self._saved = file
        self._display.warn(f"The conversation is in {file}")


def typed_lines(history: Path) -> Iterator[str]:
    """Give what is typed, line by line, with the lines of earlier chats at hand; Ctrl-C gives up a line, Ctrl-D all."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory

    history.parent.mkdir(parents=True, exist_ok=True)
    history.touch(mode=0o600)
    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)))
    while True:
        try:
            line = session.prompt("> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        yield line


def sources_of(answer: Answer) -> str:
    """List the articles that are cited, and those of which sentences were read besides."""
    lines = []
    for number, each in enumerate(answer.citations, 1):
        facts = [each.title, str(each.published or ""), each.publisher, each.url]
        lines.append(f"[{number}] {each.span.article_id}:{each.span.start}-{each.span.end}")
        lines += [f"    {one_line(fact)}" for fact in facts if fact]
        lines += [f"    also in {one_line(other)}" for other in each.also_in]
    cited = {each.span.article_id for each in answer.citations}
    besides = [each.span.article_id for each in answer.evidence if each.span.article_id not in cited]
    lines += [f"read besides: {one_line(each)}" for each in dict.fromkeys(besides)]
    return "\n".join(lines) or "No article holds a sentence on this question."
