"""The names that fields of records have: guesses, the surest first, and exports that name them in their own way.

A dot leads into an object, or into the objects of a list: `fields.bodyText`, `target.selector.exact`. Case, hyphens and
underscores do not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.formats.metadata import NAMES

TEXT = (
    *("text", "body", "content", "article", "maintext", "plain_text", "fulltext", "articlebody", "articletext"),
    *(
        "bodytext",
        "contenttext",
        "content_html",
        "body_html",
        "story",
        "selftext",
        "fields.body",
        "fields.bodyText",
        "html",
    ),
    *("Inhalt", "Volltext", "Artikeltext", "texte", "contenu", "texto", "contenido", "cuerpo", "conteúdo", "corpo"),
    *("testo", "contenuto", "tekst", "inhoud", "treść", "innehåll", "brödtext", "indhold", "innhold", "teksti"),
    *("sisältö", "szöveg", "obsah", "metin", "текст", "содержание", "κείμενο", "Artikel", "artículo", "articolo"),
)
TEXT_ENDS = ("text", "content", "body")  # the last word of other names, as of story_text and articleContent
BESIDE_TEXT = frozenset("alt anchor button caption credit image img label link title".split())  # as of alt_text
SUMMARIES = (  # the text of a record that holds no longer one
    *("description", "summary", "abstract", "short_description", "lead_paragraph", "snippet", "excerpt", "standfirst"),
    *("fields.trailText", "abstractnote", "Zusammenfassung", "Beschreibung", "résumé", "chapô", "resumen", "resumo"),
    *("riassunto", "samenvatting", "streszczenie", "sammanfattning", "sammendrag", "описание"),
)
GUESSES: Mapping[str, tuple[str, ...]] = {
    "title": (
        *(*NAMES["title"], "headline.main", "Titel", "Überschrift", "Schlagzeile", "titre", "título", "titular"),
        *("titolo", "kop", "tytuł", "rubrik", "overskrift", "tittel", "otsikko", "cím", "başlık", "titulek"),
        *("заголовок", "название", "τίτλος"),
    ),
    "published": (
        *NAMES["published"][:-4],
        *("date_publish", "publish_date", "publish_time", "pub_date", "seendate", "dateTimePub", "issued.date-parts.0"),
        *(
            "issued.raw",
            "createdTimestampUsec",
            "ts",
            "Datum",
            "Erscheinungsdatum",
            "Veröffentlicht",
            "publié",
            "date de publication",
            "fecha",
        ),
        *("fecha de publicación", "data", "data di pubblicazione", "data de publicação", "publiceringsdatum", "dato"),
        *("data publikacji", "päivämäärä", "päiväys", "tarih", "дата", "дата публикации", "ημερομηνία"),
        *NAMES["published"][-4:],
    ),
    "publisher": (
        *("container-title", *NAMES["publisher"], "media_name", "publication_title", "provider.0.name", "Quelle"),
        *("Zeitung", "Medium", "journal", "média", "fuente", "medio", "periódico", "fonte", "testata", "giornale"),
        *("bron", "krant", "źródło", "gazeta", "källa", "tidning", "kilde", "avis", "lähde", "zdroj", "kaynak"),
        *("источник", "издание", "source_domain", "domain"),
    ),
    "url": (
        *NAMES["url"],
        "web_url",
        "uri",
        "requested_url",
        "Adresse",
        "lien",
        "enlace",
        "indirizzo",
        "länk",
        "ссылка",
    ),
}
PLACEHOLDERS = frozenset(  # what programs write where a text was taken away
    ("[removed]", "[deleted]", "only available in paid plans", "only available in professional and corporate plans")
)


@dataclass(frozen=True)
class Shape:
    """A known export: recognised by `marks`, its text the fields of `text` together, its facts under `names`."""

    marks: frozenset[str]
    text: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


SHAPES = (
    Shape(  # annotations of Hypothesis: the words that were marked, and the note on them
        frozenset(("uri", "user", "target")),
        ("target.selector.exact", "text"),
        {"title": ("document.title.0", "document.title"), "published": ("created",), "publisher": (), "url": ("uri",)},
    ),
    Shape(frozenset(("weburl", "leadparagraph")), ("abstract", "lead_paragraph")),  # the New York Times
    Shape(  # Zotero's table
        frozenset(("itemtype", "abstractnote", "publicationtitle")),
        ("abstractnote",),
        {"published": ("date",), "publisher": ("publicationtitle", "publisher")},
    ),
    # In what Instapaper and Pocket export, the only day is that of saving.
    Shape(frozenset(("url", "title", "selection", "folder")), ("selection",), {"published": ()}),
    Shape(frozenset(("title", "url", "timeadded")), (), {"published": ()}),
)
