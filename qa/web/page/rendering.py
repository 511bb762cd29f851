"""Templates and files of the page, each read once; what a request names is only ever a name in a list."""

import hashlib
import mimetypes
import secrets
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment

from qa.pages.template import environment_of

SERVER = secrets.token_hex(8)  # by which a page tells the process that began it from a later one
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def render(template: str, /, **context: Any) -> str:
    """Fill in a template; whatever is put in is shown as visible text."""
    return _environment().get_template(template).render(context)


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Give content and media type of each file that pages load."""
    found = sorted(files(__package__).joinpath("static").iterdir(), key=lambda each: each.name)
    return {
        each.name: (each.read_bytes(), MEDIA_TYPES.get(f".{each.name.rpartition('.')[2]}", _guessed(each.name)))
        for each in found
        if each.is_file()
    }


@cache
def static_version() -> str:
    """Name the state of these files: an address with it never gives anything else."""
    contents = (name.encode() + content for name, (content, _) in static_files().items())
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:12]


def static_url(name: str) -> str:
    """Give the address of a file that pages load."""
    return f"/static/{static_version()}/{name}"


@cache
def _environment() -> Environment:
    environment = environment_of(__package__)
    environment.globals |= {"static": static_url, "server": SERVER}
    environment.filters["sentence_case"] = lambda text: text[:1].upper() + text[1:]
    return environment


def _guessed(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
