"""Read plain text and Markdown: the file decoded as it is, its front matter read and left in place."""

import codecs
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import yaml

from index.formats.extract import Extract, Metadata, UnreadableError
from index.formats.metadata import from_mapping

SUFFIXES = (".txt", ".md", ".markdown", ".rst")
MAX_FRONT_MATTER_CHARS = 10_000
MAX_FRONT_MATTER_DEPTH = 8
SAMPLE_BYTES = 1_000_000
MAX_LOST_SHARE = 0.05  # of characters; a text that has lost more is none
UTF16_SAMPLE_BYTES = 100_000
MIN_SHARE_OF_SCRIPTS = 0.97
MAX_ASCII_BYTES = 0.8  # two letters of ASCII make a character of Chinese
MIN_SOUND_FOR_BROKEN = 2  # characters beyond ASCII for each that is broken
COHERENCE_TIE = 0.03  # of charset-normalizer's 0 to 1

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What texts are written in: the scripts of today, their punctuation and symbols (Unicode 16, Blocks.txt).
_WRITTEN = re.compile(
    "[\t\n\r\f -~\xa0-\u052f\u0531-\u07ff\u0900-\u0fff\u10a0-\u11ff\u1780-\u17ff\u1e00-\u214f\u2190-\u21ff"
    "\u2500-\u27bf\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\ufb00-\ufefc\uff00-\uffee\U0001f000-\U0001ffff]"
)
_ASCII = re.compile(rb"[ -~]")
_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f\ufffd]")
_YAML_BLOCK = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML_BLOCK = re.compile(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_FIELD_LINE = re.compile(r"^([A-Za-z][\w-]*):[ \t]+(\S.*)$", re.MULTILINE)
_NAME = re.compile(r"[\w.-]+")
_YAML_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is a text, so no value can be malformed


def read_text(path: Path) -> Extract:
    """Read a text file: `text` is all of it, its byte order mark removed and its newlines untouched.

    Raises:
        UnreadableError: it cannot be read, or is no text in any encoding.
    """
    try:
        text, lost = decode_counting(path.read_bytes())
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    metadata, body_start = _front_matter(text)
    return Extract(text, metadata, body_start, lost=lost)


def decode(raw: bytes) -> str:
    """Decode a file as `decode_counting` does."""
    return decode_counting(raw)[0]


def decode_counting(raw: bytes) -> tuple[str, int]:
    """Decode a file by its byte order mark, as UTF-8, or as the encoding that is detected; count what is lost.

    Where few bytes are wrong for the encoding, each becomes U+FFFD and is counted.

    Raises:
        UnreadableError: it is no text in any encoding.
    """
    encoding = marked_encoding(raw) or unmarked_utf16(raw)
    if encoding:
        return _decode_as(encoding, raw)
    if b"\0" in raw:
        raise UnreadableError("binary, not text")
    try:
        return raw.decode("utf-8"), 0
    except UnicodeDecodeError:
        return _decode_as("utf-8" if is_mostly_utf8(raw) else _detected_encoding(raw), raw)


def is_mostly_utf8(raw: bytes) -> bool:
    """Tell broken UTF-8 from another encoding, in which hardly any two bytes make a character of UTF-8."""
    read = raw.decode("utf-8", "replace")
    broken = read.count("\ufffd")
    return sum(char > "\x7f" for char in read) - broken > MIN_SOUND_FOR_BROKEN * broken


def find_encoding(path: Path) -> str:
    """Find the encoding of a file that is too large to be decoded at once; reading it through once tells whether UTF-8.

    Raises:
        UnreadableError: it is no text in any encoding.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
        if encoding := marked_encoding(sample) or unmarked_utf16(sample):
            return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        sound = b""  # the last sample that is UTF-8, and not ASCII alone
        while sample:
            try:
                decoder.decode(sample)
            except UnicodeDecodeError:
                around = sound + sample + file.read(SAMPLE_BYTES)
                return "utf-8" if is_mostly_utf8(around) else _detected_encoding(sample)
            sound = sound if sample.isascii() else sample
            sample = file.read(SAMPLE_BYTES)
    return "utf-8"


def marked_encoding(raw: bytes) -> str | None:
    """Name the encoding whose byte order mark a file begins with."""
    return next((encoding for bom, encoding in _BOMS if raw.startswith(bom)), None)


def unmarked_utf16(raw: bytes) -> str | None:
    """Recognise UTF-16 without its mark: read so it is text, with more of ASCII in it than in the other order of bytes.

    A space or a line's end has a NUL in UTF-16, whatever the script.
    """
    sample = raw[: UTF16_SAMPLE_BYTES & ~1]
    if len(sample) < 4 or b"\0" not in sample or len(_ASCII.findall(sample)) > MAX_ASCII_BYTES * len(sample):
        return None
    if is_mostly_utf8(sample):
        return None
    texts = {
        encoding: sample.decode(encoding, "replace").removesuffix("\ufffd") for encoding in ("utf-16-le", "utf-16-be")
    }
    of_ascii = {encoding: sum(char < "\x80" for char in text) for encoding, text in texts.items() if _is_written(text)}
    best = max(of_ascii, key=lambda encoding: of_ascii[encoding], default=None)
    return best if best and of_ascii[best] else None


def _is_written(text: str) -> bool:
    return not _CONTROL.search(text) and len(_WRITTEN.findall(text)) >= MIN_SHARE_OF_SCRIPTS * len(text)


def _detected_encoding(raw: bytes) -> str:
    """Take the encoding that charset-normalizer finds, or Windows-1252 where that does about as well.

    On a text of few accents many encodings tie, and it names the one of Central Europe first ("ańo" for "año").
    """
    from charset_normalizer import from_bytes

    matches = list(from_bytes(raw))
    if not matches:
        raise UnreadableError("binary, or text in an unknown encoding")
    least = matches[0].coherence - COHERENCE_TIE
    western = any(match.encoding == "cp1252" and match.coherence >= least for match in matches)
    return "cp1252" if western else matches[0].encoding


def _decode_as(encoding: str, raw: bytes) -> tuple[str, int]:
    """Decode, and count the characters that are lost.

    Raises:
        UnreadableError: they are too many, or it holds a NUL.
    """
    lost = 0
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        text = raw.decode(encoding, "replace")
        lost = text.count("\ufffd")
        if lost > MAX_LOST_SHARE * len(text):
            raise UnreadableError(f"broken {encoding}: {error.reason} at byte {error.start}") from None
    if "\0" in text:
        raise UnreadableError("binary, not text")
    return text, lost


def _front_matter(text: str) -> tuple[Metadata, int]:
    """Read the YAML block between "---" lines, or the TOML one between "+++", that a text begins with.

    A block that names no fields, or does not end within `MAX_FRONT_MATTER_CHARS`, is text.
    """
    if block := _YAML_BLOCK.match(text, 0, MAX_FRONT_MATTER_CHARS):
        fields = _yaml_fields(block[1])
    elif block := _TOML_BLOCK.match(text, 0, MAX_FRONT_MATTER_CHARS):
        fields = _toml_fields(block[1])
    if not block or not fields or not all(_NAME.fullmatch(str(name)) for name in fields):
        return Metadata(), 0
    return from_mapping(fields, "front matter"), block.end()


def _yaml_fields(block: str) -> Mapping[str, object]:
    """Load a block; where it is no plain YAML (`title: Rubio: the call`, an alias), take its lines `name: value`."""
    try:
        if _is_plain_yaml(block):
            fields = yaml.load(block, _YAML_LOADER)  # builds nothing but texts, lists and mappings
            return fields if isinstance(fields, dict) else {}
    except yaml.YAMLError:
        pass
    return dict(_FIELD_LINE.findall(block))


def _is_plain_yaml(block: str) -> bool:
    """Tell whether a block can be loaded in no time: no alias to multiply its size, no nesting to exhaust the stack."""
    depth = 0
    for event in yaml.parse(block, _YAML_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_FRONT_MATTER_DEPTH or getattr(event, "anchor", None):
            return False
    return True


def _toml_fields(block: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
