"""Read PDF: the lines of each page put together to paragraphs, without what repeats at the edges of the pages."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import Any

from index.formats.exports import articles_of
from index.formats.extract import Extract, UnreadableError
from index.formats.hyphenation import HYPHEN, SOFT_HYPHEN, count_words, join_lines
from index.formats.metadata import from_mapping
from index.formats.page_layout import Line, in_reading_order

EDGE_LINES = 2  # of a page, above and below, that may be a header or a footer
SAME_HEIGHT = 3.0  # in points, 1/72 inch
WIDER_GAP = 1.3  # than between the lines of a paragraph: a new one
MIN_PITCH_SHARE, PARAGRAPH_GAP = 0.3, 1.5  # of the lines of a page, where paragraphs of two lines are most of it
WIDER_SIZE = 0.1  # as a share: a heading
INDENT = 6.0  # in points, of a paragraph's first line
SHORT_LINE_SHARE = 0.8  # of a column's width: with a full stop it ends a paragraph
VERY_SHORT_LINE_SHARE = 0.6  # ends one without
WIDE_GAP = 0.8  # of the size of the letters: what is wider than a space of a justified line is a gutter, or a tabulator
MIN_GAP = 4.0  # in points
MAX_PAGES_NAMED = 9
MAX_UNKNOWN_SHARE = 0.2  # of the characters, that no one knows the meaning of

_NO_LETTER = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_PLAIN = str.maketrans(
    {"\uf0b7": "•", "\uf0a7": "▪", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}
)
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.)?\s*(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:of|von|/)\s*\d{1,4})?\W*", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•‣▪◦●■]|\(?(?:\d{1,2}|[a-z])[.)]\s")
_NO_TITLE = re.compile(
    r"Microsoft \w+ - |untitled|document ?\d*$|.*\.(?:docx?|pdf|indd|tex|qxd|pptx?|rtf|dvi)$", re.IGNORECASE
)
_WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD


def read_pdf(path: Path) -> Iterator[Extract]:
    """Read a document.

    Raises:
        UnreadableError: it is damaged, encrypted, or a scan without a text layer; behind its text, where pages are.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path.read_bytes())
    except pypdfium2.PdfiumError as error:
        reason = "encrypted with a password" if error.err_code == _WRONG_PASSWORD else "broken PDF"
        raise UnreadableError(reason) from None
    try:
        title = document.get_metadata_value("Title").strip()
        pages = [_lines_of(document, number) for number in range(len(document))]
        scans = [number + 1 for number, lines in enumerate(pages) if not lines and _is_picture(document, number)]
    finally:
        document.close()
    text = _join(_without_edges(pages))
    if not re.search(r"\w", text):
        raise UnreadableError("holds no text: a scan, which needs OCR first")
    if len(_NO_LETTER.findall(text)) > MAX_UNKNOWN_SHARE * len(text):
        raise UnreadableError("its fonts do not tell which letters they show: it needs OCR first")
    known = from_mapping({} if _NO_TITLE.match(title) else {"title": title}, "document")
    yield from articles_of(Extract(text, known))
    if scans:
        named = ", ".join(map(str, scans[:MAX_PAGES_NAMED])) + (", ..." if len(scans) > MAX_PAGES_NAMED else "")
        raise UnreadableError(f"pages without text left out ({named}): scans, which need OCR first")


def _lines_of(document: Any, number: int) -> list[Line]:
    """Give the lines of a page in the order of reading; none of a page that is damaged."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return []
    try:
        return in_reading_order(list(_lines(page.get_textpage())))
    except pypdfium2.PdfiumError:
        return []
    finally:
        page.close()


def _is_picture(document: Any, number: int) -> bool:
    """Tell whether a picture covers most of a page."""
    import pypdfium2
    from pypdfium2 import raw

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return False
    try:
        width, height = page.get_size()
        bounds = [each.get_bounds() for each in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=2)]
    except pypdfium2.PdfiumError:
        return False
    finally:
        page.close()
    areas = [(right - left) * (top - bottom) for left, bottom, right, top in bounds]
    return bool(max(areas, default=0) > width * height / 2)


def _lines(text_page: Any) -> Iterator[list[Line]]:
    """Cut at line breaks, and behind hyphens that end a line, where PDFium leaves the break out; part each line."""
    from pypdfium2 import raw

    code_at, handle = raw.FPDFText_GetUnicode, text_page.raw  # looked up once, for this is what the time goes to
    characters = [chr(code_at(handle, index)) for index in range(text_page.count_chars())]
    begin = 0
    for index, character in enumerate([*characters, "\n"]):
        if character in ("\n", HYPHEN):
            if parts := list(_parts(text_page, characters, begin, index + (character == HYPHEN))):
                yield parts
            begin = index + 1


def _parts(text_page: Any, characters: list[str], begin: int, end: int) -> Iterator[Line]:
    """Give the parts of a line between gaps that are wider than spaces are."""
    from pypdfium2 import raw

    shown = [index for index in range(begin, end) if not characters[index].isspace()]
    start = 0
    for place, (last, index) in enumerate(pairwise(shown), 1):
        if index > last + 1:
            gap = _origin(text_page, index)[0] - _right_edge(text_page, last)
            if gap > max(MIN_GAP, WIDE_GAP * raw.FPDFText_GetFontSize(text_page, last)):
                yield _line(text_page, characters, shown[start:place])
                start = place
    if shown:
        yield _line(text_page, characters, shown[start:])


def _line(text_page: Any, characters: list[str], shown: list[int]) -> Line:
    from pypdfium2 import raw

    left, height = _origin(text_page, shown[0])
    inside = "".join(characters[shown[0] : shown[-1] + 1])
    whole = inside.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins pairs
    text = " ".join(whole.translate(_PLAIN).split())
    size = raw.FPDFText_GetFontSize(text_page, shown[len(shown) // 2])
    return Line(text, left, _origin(text_page, shown[-1])[0], height, size)


def _origin(text_page: Any, index: int) -> tuple[float, float]:
    from ctypes import c_double

    from pypdfium2 import raw

    across, up = c_double(), c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, across, up)
    return across.value, up.value


def _right_edge(text_page: Any, index: int) -> float:
    from ctypes import c_double

    from pypdfium2 import raw

    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    raw.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
    return right.value


def _without_edges(pages: list[list[Line]]) -> list[list[Line]]:
    """Drop page numbers, and lines that are the same at the same height at the edge of several pages."""
    pitch = _pitch([gap for lines in pages for gap in _gaps(lines)])
    edges = [_edges(lines, pitch) for lines in pages]
    counts = Counter(key for each in edges for key in {_edge_key(line) for line in each})

    def repeats(line: Line, page: int) -> bool:
        text, height = _edge_key(line)
        alike = sum(counts[text, height + step] for step in (-1, 0, 1))
        return alike >= 2 or (text == "#" and str(page + 1) in re.findall(r"\d+", line.text))

    dropped = [{id(line) for line in edges[page] if repeats(line, page)} for page in range(len(pages))]
    return [[line for line in lines if id(line) not in dropped[page]] for page, lines in enumerate(pages)]


def _edges(lines: list[Line], pitch: float) -> list[Line]:
    """Give the few lines above and below that stand apart from the others."""
    found = []
    for ordered in (sorted(lines, key=lambda line: -line.height), sorted(lines, key=lambda line: line.height)):
        for count, (line, following) in enumerate(pairwise(ordered), 1):
            if count > EDGE_LINES:
                break
            if abs(line.height - following.height) > WIDER_GAP * pitch:
                found += ordered[:count]
                break
    return found


def _edge_key(line: Line) -> tuple[str, int]:
    text = "#" if _PAGE_NUMBER.fullmatch(line.text) else re.sub(r"\d+", "#", line.text)
    return text, round(line.height / SAME_HEIGHT)


def _gaps(lines: list[Line]) -> list[float]:
    """Give the distances of the lines from those that follow below them."""
    return [gap for line, following in pairwise(lines) if (gap := line.height - following.height) > 1]


def _pitch(gaps: list[float]) -> float:
    """Give the distance of lines within a paragraph: that of most, or where these part paragraphs, that of many."""
    if not gaps:
        return 0.0
    most = median_low(gaps)
    narrower = Counter(round(gap) for gap in gaps if gap * PARAGRAPH_GAP <= most)
    many = (gap for gap, count in sorted(narrower.items()) if count >= MIN_PITCH_SHARE * len(gaps))
    return float(next(many, most))


def _join(pages: list[list[Line]]) -> str:
    """Put lines together to paragraphs, which a blank line separates; a page ends one, unless in mid-sentence."""
    words = count_words([line.text for lines in pages for line in lines])
    pieces = [""]
    for lines in pages:
        pitch, columns = _pitch(_gaps(lines)), _columns(lines)
        for position, line in enumerate(lines):
            if line.is_table or (position and lines[position - 1].is_table):
                apart = True
            elif position == 0:
                apart = not _goes_on(pieces[-1], line.text)
            else:
                apart = _is_apart(lines, position, pitch, columns[position - 1])
            if apart:
                pieces += "\n\n", line.text
            else:
                pieces[-1:] = join_lines(pieces[-1], line.text, words)
    return "".join(pieces).replace(HYPHEN, "-").replace(SOFT_HYPHEN, "").strip()


def _columns(lines: list[Line]) -> list[tuple[float, float]]:
    """Give for each line the left and the right margin of its column; a column begins where a line jumps up."""
    starts = [i for i, (line, next_) in enumerate(pairwise(lines), 1) if line.height - next_.height < -1]
    margins: list[tuple[float, float]] = []
    for begin, end in pairwise([0, *starts, len(lines)]):
        lefts, rights = sorted(line.left for line in lines[begin:end]), sorted(line.right for line in lines[begin:end])
        margins += [(lefts[len(lefts) // 10], rights[-1 - len(rights) // 10])] * (end - begin) if lefts else []
    return margins


def _is_apart(lines: list[Line], position: int, pitch: float, column: tuple[float, float]) -> bool:
    """Tell whether a paragraph begins with the line at `position`; `column` has the margins of the line before it."""
    last, line = lines[position - 1], lines[position]
    gap = last.height - line.height
    if abs(gap) <= 1:  # two parts of one line
        return False
    goes_on = _goes_on(last.text, line.text)
    if gap < 0:
        return not goes_on
    filled = (last.right - column[0]) / max(column[1] - column[0], 1)
    if gap > WIDER_GAP * pitch or abs(last.size - line.size) > WIDER_SIZE * last.size:
        return not (goes_on and filled > SHORT_LINE_SHARE)
    if _BULLET.match(line.text):
        return True
    ended = _SENTENCE_END.search(last.text) is not None
    if (filled < SHORT_LINE_SHARE and ended) or (filled < VERY_SHORT_LINE_SHARE and not goes_on):
        return True
    return ended and line.left - last.left > INDENT


def _goes_on(last: str, text: str) -> bool:
    """Tell whether `text` can only be the rest of a sentence that `last` begins."""
    return bool(last) and not _SENTENCE_END.search(last) and (text[0].islower() or last.endswith(HYPHEN))
