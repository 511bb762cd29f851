"""Which function reads a file of which suffix; texts and dumps, which no parser written in C reads, need none."""

# The formats whose parsers are large, or written in C. Each is imported with the first file that needs it.
READERS = {
    ".html": "index.formats.web:read_html",
    ".htm": "index.formats.web:read_html",
    ".xhtml": "index.formats.web:read_html",
    ".pdf": "index.formats.pdf:read_pdf",
    ".docx": "index.formats.docx:read_docx",
    ".epub": "index.formats.epub:read_epub",
    ".rss": "index.formats.feeds:read_feed",
    ".atom": "index.formats.feeds:read_feed",
    ".xml": "index.formats.feeds:read_feed",
    ".mbox": "index.formats.mail:read_mbox",
    ".eml": "index.formats.mail:read_eml",
}
