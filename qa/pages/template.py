"""Templates of pages that are complete in themselves: one file, which loads nothing and shows what it holds as text."""

import hashlib
from base64 import b64encode
from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from qa.text import one_line, visible


def load_template(package: str, name: str, show: Callable[[str], str] = visible) -> Template:
    """Load a template of a package's `templates`; `show` gives what is visible of each text that is put into it."""
    return environment_of(package, show).get_template(name)


def environment_of(package: str, show: Callable[[str], str] = visible) -> Environment:
    """Give the environment of a package's `templates`; `show` gives what is visible of each text that is put in.

    Markup of such a text is text. The filter `csp_hash` names an inline style or script in the page's
    Content-Security-Policy, `one_line` gives a text on one line.
    """
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: show(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"csp_hash": _csp_hash, "one_line": one_line}
    return environment


def _csp_hash(content: str) -> str:
    """Name an inline style or script in a Content-Security-Policy (w3.org/TR/CSP3, hash-source)."""
    return f"sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
