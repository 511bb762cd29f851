"""The URL of a PostgreSQL database that holds an index; read without its driver, and shown without a password."""

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from index.errors import UsageError

SCHEMES = ("postgresql", "postgres")
SECRETS = ("password", "sslpassword")

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class PostgresUrl:
    """A database, and the schema in it that is named, if one is; `str` gives the URL without a password.

    `url` is what libpq takes (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS).
    """

    url: str = field(repr=False)
    schema: str | None = None

    @staticmethod
    def is_meant(text: str) -> bool:
        """Tell whether a text is such a URL and not the path of a folder."""
        return text.partition("://")[0] in SCHEMES and "://" in text

    @classmethod
    def parse(cls, text: str) -> "PostgresUrl":
        """Read a URL; its parameter `schema` is ours, and names the schema that otherwise follows from the folder.

        Raises:
            UsageError: it is no such URL, or names no schema that could be.
        """
        try:
            parts = urlsplit(text)
            given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
            _ = parts.port
        except ValueError:
            raise UsageError("The index is no URL of a database: set it to one such as postgresql://host/db") from None
        schema = dict(given).get("schema")
        if schema is not None and not _SCHEMA.fullmatch(schema):
            raise UsageError("The schema of an index is a name of small letters, digits and _, as in ?schema=news")
        query = urlencode([each for each in given if each[0] != "schema"], quote_via=quote)
        return cls(_joined(parts, parts.netloc, query), schema)

    @property
    def has_password(self) -> bool:
        """Tell whether a password stands in it."""
        parts = urlsplit(self.url)
        return bool(parts.password) or any(name in SECRETS for name, _ in parse_qsl(parts.query))

    def within(self, schema: str) -> "PostgresUrl":
        """Give it with this schema named, unless one is."""
        return self if self.schema else PostgresUrl(self.url, schema)

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        user, at, host = parts.netloc.rpartition("@")
        given = [each for each in parse_qsl(parts.query, keep_blank_values=True) if each[0] not in SECRETS]
        given += [("schema", self.schema)] if self.schema else []
        query = urlencode(given, quote_via=quote, safe="/")
        return _joined(parts, f"{user.partition(':')[0]}{at}{host}", query)

    def without_secrets(self, text: str) -> str:
        """Give a text, such as an error's, without the password."""
        parts = urlsplit(self.url)
        secrets = [parts.password or "", *(value for name, value in parse_qsl(parts.query) if name in SECRETS)]
        for secret in filter(None, secrets):
            text = text.replace(secret, "********")
        return text.replace(self.url, str(self))


def _joined(parts: SplitResult, netloc: str, query: str) -> str:
    """Write a URL; the two strokes stay where no host is named, as for a socket."""
    return f"{parts.scheme}://{netloc}{parts.path}{'?' if query else ''}{query}"
