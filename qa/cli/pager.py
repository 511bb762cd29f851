"""Show a text by the user's own pager."""

import os
import subprocess

LESS = "FRX"  # what git gives less: end where it all fits, let colours through, leave the screen as it is


def show_in_pager(text: str, pager: str) -> None:
    """Run the shell command `pager` with a text as its input and wait until it ends; it gets interrupts itself."""
    options = {"LESS": LESS} | os.environ
    process = subprocess.Popen(pager, shell=True, stdin=subprocess.PIPE, env=options)
    try:
        process.communicate(text.encode())
    except KeyboardInterrupt:
        process.wait()
