"""The command `qa`: its commands wired together, and the one place where the product's errors are caught."""

import sqlite3
from typing import Any

import typer

from index.errors import ArticleQAError, IndexDamagedError
from qa.cli.command_types import App, Group, global_options
from qa.cli.commands import ask, chat, completion, config, doctor, eval, help, index, mcp, models, serve, show, status
from qa.cli.exit_codes import DAMAGED, INTERRUPTED
from qa.cli.interrupts import keep_interrupts


class Commands(Group):
    """The commands, with the one place that turns the product's errors into a line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ArticleQAError as error:
            from qa.cli.display import print_error

            print_error(error)
            raise typer.Exit(error.exit_code) from None
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # of the kinds below it, which are bugs
                raise
            from qa.cli.display import print_error

            print_error(IndexDamagedError(f"The index is damaged ({error}): run `qa index --rebuild` to make it anew"))
            raise typer.Exit(DAMAGED) from None
        except typer.TyperException as error:  # repeats what was typed, such as names of files that a * stood for
            from qa.text import one_line

            error.message = one_line(error.message)
            raise
        except KeyboardInterrupt:
            typer.echo("\nInterrupted. What was fetched and indexed before is kept.", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = App(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog='qa ask --articles news "Who won the election in Tarnow?"\nqa show 2025/rubio.html --articles news',
    help="Ask a folder of articles; every statement of the answer points at the exact characters that say so.",
)
app.callback()(global_options)
app.command("ask", epilog=ask.EXAMPLES)(ask.ask)
app.command("chat", epilog=chat.EXAMPLES)(chat.chat)
app.command("serve", epilog=serve.EXAMPLES)(serve.serve)
app.command("index", epilog=index.EXAMPLES)(index.index_folder)
app.command("mcp", epilog=mcp.EXAMPLES)(mcp.serve_mcp)
app.command("status", epilog=status.EXAMPLES)(status.show_status)
app.command("show", epilog=show.EXAMPLES)(show.show)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("config", epilog=config.EXAMPLES)(config.show_config)
app.command("completion", epilog=completion.EXAMPLES)(completion.complete_shell)
app.command("help", epilog=help.EXAMPLES)(help.explain)
app.add_typer(models.app, name="models")
app.add_typer(eval.app, name="eval")


def main() -> None:
    """Run the command line."""
    keep_interrupts()
    completion.prepare_completion()
    app(prog_name="qa")  # whether started as `qa` or as `python -m qa`
