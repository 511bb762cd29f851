"""Parse the XML parts that documents of several formats are made of, whoever wrote them."""

from typing import TypeVar

from index.formats.extract import UnreadableError

NOTHING = b"<nothing/>"

Target = TypeVar("Target")


def parse_part(xml: bytes, target: Target) -> Target:
    """Feed a part to `target`, an lxml parser target, and give that back; entities are neither multiplied nor fetched.

    Raises:
        UnreadableError: it is no well-formed XML.
    """
    from lxml import etree

    try:
        etree.fromstring(xml, etree.XMLParser(target=target, resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise UnreadableError(f"broken XML: {error.msg}") from None
    return target


class Elements:
    """Collect a small part's elements: the name of each, its attributes, its text."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str], str]] = []
        self._text = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.found.append((local_name(tag), dict(attributes), ""))

    def data(self, data: str) -> None:
        if self.found:
            tag, attributes, text = self.found[-1]
            self.found[-1] = (tag, attributes, text + data)

    def end(self, tag: str) -> None: ...

    def close(self) -> None: ...


def local_name(tag: str) -> str:
    return tag.rpartition("}")[2]
