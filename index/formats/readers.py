"""Which function reads a file of which suffix in the sandbox: the formats whose parsers are large, or written in C.

Each is imported with the first file that needs it. Texts and dumps are read by the process itself (`text`, `records`).
"""

READERS = {
    ".html": "index.formats.web:read_html",
    ".htm": "index.formats.web:read_html",
    ".xhtml": "index.formats.web:read_html",
    ".mhtml": "index.formats.saved_pages:read_mhtml",
    ".mht": "index.formats.saved_pages:read_mhtml",
    ".webarchive": "index.formats.saved_pages:read_webarchive",
    ".warc": "index.formats.warc:read_warc",
    ".warc.gz": "index.formats.warc:read_warc",
    ".pdf": "index.formats.pdf:read_pdf",
    ".docx": "index.formats.docx:read_docx",
    ".odt": "index.formats.odt:read_odt",
    ".rtf": "index.formats.rtf:read_rtf",
    ".epub": "index.formats.epub:read_epub",
    ".rss": "index.formats.feeds:read_feed",
    ".atom": "index.formats.feeds:read_feed",
    ".xml": "index.formats.xml_files:read_xml",
    ".enex": "index.formats.evernote:read_evernote",
    ".mbox": "index.formats.mail:read_mbox",
    ".eml": "index.formats.mail:read_eml",
    ".zip": "index.formats.compressed:read_zip",
    ".gz": "index.formats.compressed:read_gzip",
    ".wiki": "index.formats.wiki_extractor:read_wiki_extractor",
    ".story": "index.formats.story:read_story",
    ".vtt": "index.formats.subtitles:read_subtitles",
    ".srt": "index.formats.subtitles:read_subtitles",
}
