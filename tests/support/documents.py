"""PDF, Word and EPUB files that tests write, honest ones and some that are made to do harm."""

import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import docx

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ODF = {"office": "office", "text": "text", "table": "table", "draw": "drawing", "xlink": "xlink"}
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
DUBLIN_CORE = (
    "<dc:title>The Low</dc:title><dc:publisher>Finch Press</dc:publisher>"
    '<dc:date opf:event="modification">2021-01-01</dc:date><dc:date opf:event="publication">2019-05-06</dc:date>'
)
ENTITIES = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
ENTITY_BOMB = f'<!DOCTYPE a [<!ENTITY a0 "ha">{ENTITIES}]>'

Line = str | tuple[float, float, str]  # text, or with the place of its beginning in points


def make_pdf(pages: Sequence[Sequence[Line]], title: str = "", extra: str = "") -> bytes:
    """Write lines in Helvetica of 12 points, 14 points apart; `extra` goes into the trailer."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        placed = [line if isinstance(line, tuple) else (72, 720 - 14 * i, line) for i, line in enumerate(lines)]
        shown = [(x, y, text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")) for x, y, text in placed]
        content = "".join(f"BT /F1 12 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n" for x, y, text in shown)
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        kids.append(len(objects) + 1)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>"
    objects.append(f"<< /Title ({title}) /Author (Ada Finch) /CreationDate (D:20010101000000Z) >>")
    written = b"%PDF-1.4\n"
    offsets = []
    for number, each in enumerate(objects, 1):
        offsets.append(len(written))
        written += f"{number} 0 obj\n{each}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    trailer = f"trailer << /Size {size} /Root 1 0 R /Info {size - 1} 0 R {extra} >>\nstartxref\n{len(written)}\n%%EOF\n"
    return written + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def map_letters(pdf: bytes, letters: dict[str, str]) -> bytes:
    """Let the font of `make_pdf` say that its letters mean others; offsets change, so that the table is rebuilt."""
    pairs = "".join(f"<{ord(old):02x}> <{new.encode('utf-16-be').hex()}>\n" for old, new in letters.items())
    cmap = f"1 begincodespacerange\n<00> <ff>\nendcodespacerange\n{len(letters)} beginbfchar\n{pairs}endbfchar\n"
    stream = f"99 0 obj\n<< /Length {len(cmap)} >>\nstream\n{cmap}endstream\nendobj\n".encode()
    font = b"/BaseFont /Helvetica"
    return pdf.replace(font, font + b" /ToUnicode 99 0 R").replace(b"xref\n0", stream + b"xref\n0")


def make_docx(path: Path, *paragraphs: str, title: str = "") -> None:
    document = docx.Document()
    document.core_properties.title = title
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(str(path))


def make_odt(path: Path, body: str, title: str = "", extra: dict[str, str] | None = None) -> None:
    """Write an OpenDocument text whose body is this XML, with the prefixes that LibreOffice uses."""
    names = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{uri}:1.0"' for name, uri in ODF.items())
    content = f"<office:document-content{names}><office:body><office:text>{body}</office:text></office:body>"
    meta = f'<office:document-meta{names} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
    members = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"{content}</office:document-content>",
        "meta.xml": f"{meta}<dc:title>{title}</dc:title></office:meta></office:document-meta>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (members | (extra or {})).items():
            archive.writestr(name, content)


def make_rtf(path: Path, *paragraphs: str, title: str = "", head: str = "") -> None:
    """Write paragraphs, what is not ASCII in them by its numbers; `head` follows the code page."""
    body = "".join(rf"\pard {_rtf(text)}\par" + "\n" for text in paragraphs)
    path.write_text(
        rf"{{\rtf1\ansi\ansicpg1252{head}{{\info{{\title {_rtf(title)}}}}}" + f"\n{body}}}", encoding="ascii"
    )


def _rtf(text: str) -> str:
    units = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")
    return "".join(chr(unit) if unit < 128 else rf"\u{unit - 65536 if unit > 32767 else unit}?" for unit in units)


def make_epub(
    path: Path, chapters: Sequence[str], dublin_core: str = DUBLIN_CORE, extra: dict[str, str] | None = None
) -> None:
    names = [f"chapter {number}.xhtml" for number in range(len(chapters))]
    items = "".join(
        f'<item id="c{i}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for i, name in enumerate(names)
    )
    order = "".join(f'<itemref idref="c{i}"/>' for i in range(len(names)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>{dublin_core}</metadata><manifest>{items}'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
        f'<spine><itemref idref="nav"/>{order}<itemref idref="c0"/></spine></package>'
    )
    members = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OPS/book.opf": package}
    members |= {f"OPS/{name}": chapter for name, chapter in zip(names, chapters, strict=True)}
    members |= {"OPS/nav.xhtml": "<html><body>Contents</body></html>"} | (extra or {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def replace_member(path: Path, name: str, content: str | bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, old in members.items():
            archive.writestr(each, content if each == name else old)


def make_lying_zip(path: Path, name: str, members: dict[str, str], megabytes: int) -> None:
    """Write a member that inflates to `megabytes` of spaces and declares 1,000 bytes, with the checksum of these."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = compressor.compress(b" " * 1_000_000) + compressor.flush(zlib.Z_FULL_FLUSH)
    deflated = block * megabytes + compressor.flush()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    whole = path.read_bytes()
    end = whole.rfind(b"PK\5\6")
    count, length, start = struct.unpack("<HII", whole[end + 10 : end + 20])
    lie = struct.pack("<IIIHH", zlib.crc32(b" " * 1_000), len(deflated), 1_000, len(name), 0)
    local = struct.pack("<4s5H", b"PK\3\4", 20, 0, 8, 0, 0) + lie + name.encode() + deflated
    central = struct.pack("<4s6H", b"PK\1\2", 20, 20, 0, 8, 0, 0) + lie
    central += struct.pack("<HHHII", 0, 0, 0, 0, start) + name.encode()
    directory = whole[start:end] + central
    closing = struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, count + 1, count + 1, len(directory), start + len(local), 0)
    path.write_bytes(whole[:start] + local + directory + closing)
    assert len(directory) > length
