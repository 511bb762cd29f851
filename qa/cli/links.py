"""Link from a terminal to the files of articles (gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda)."""

import os
import sys
from pathlib import Path

WITHOUT_LINKS = ("", "dumb", "linux")  # the console of Linux writes what it does not know onto the screen


def stdout_has_links() -> bool:
    """Tell whether stdout is a terminal that takes links; one that does not know them shows their text alone."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in WITHOUT_LINKS


def file_uri(folder: Path, article_id: str) -> str | None:
    """Give the URI of the file that holds an article, None where there is no such file.

    It is plain ASCII: what else a name holds is percent-encoded, so that none can end the link and begin something.
    """
    for name in (article_id, article_id.rpartition("#")[0]):  # a record of a dump is named file#record
        if name and (folder / name).is_file():
            return (folder / name).absolute().as_uri()
    return None
