"""Write the articles: facts planted beside other matter, and where each of them is told.

An article has 6 to 12 sentences on one or two topics; a mention stands first in half of its articles, else below,
and some articles are reprinted by another agency.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from evals.broad.planted.facts import Drawn, Fact, Mention, capitalised
from evals.broad.planted.relations import Names, Number, read
from qa.answer import Span

FIRST_DAY, DAYS = date(2025, 3, 3), 90
SENTENCES_OF_MATTER = (6, 12)
LARGEST_NUMBER = 40
FIRST_SHARE = 0.5
MATTER_SHARE = 0.6
SECOND_TOPIC_SHARE = 0.5
COPIED_SHARE = 0.12  # of the articles with a mention
PARAGRAPH_SENTENCES = 3


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the facts that it states."""

    text: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Page:
    """What an article is made of, before it is written."""

    name: str
    title: str
    published: date
    agency: str
    town: str
    sentences: tuple[Sentence, ...]


@dataclass
class Articles:
    """The texts by file name, and the sentences that state a fact, by its relation and number."""

    texts: dict[str, str] = field(default_factory=dict)
    told: dict[tuple[str, int], list[Span]] = field(default_factory=lambda: defaultdict(list))

    def write(self, page: Page) -> None:
        """Write an article, and note where its facts are told."""
        head = f"---\ntitle: {page.title}\ndate: {page.published}\npublisher: {page.agency}\n---\n"
        text = f"{head}\n{page.town.upper()} -"
        for place, sentence in enumerate(page.sentences):
            text += "\n\n" if place and place % PARAGRAPH_SENTENCES == 0 else " "
            for fact in sentence.facts:
                span = Span(page.name, len(text), len(text) + len(sentence.text))
                self.told[fact.relation, fact.number].append(span)
            text += sentence.text
        self.texts[page.name] = f"{text}\n"


def write_articles(number: int, drawn: Sequence[Drawn], names: Names, draw: Random) -> Articles:
    """Write so many articles, copies not counted, with all mentions among them."""
    placed = defaultdict[int, list[tuple[Sentence, ...]]](list)
    for each in drawn:
        for mention in each.mentions:
            placed[draw.randrange(number)].append(_with_matter(mention, each.relation.matter, draw))
    articles = Articles()
    for place in range(number):
        page = _page(place, placed[place], names, draw)
        articles.write(page)
        if placed[place] and draw.random() < COPIED_SHARE:
            articles.write(_reprint(page, draw))
    return articles


def _with_matter(mention: Mention, matter: Sequence[str], draw: Random) -> tuple[Sentence, ...]:
    """Let a sentence that belongs to a mention and states nothing follow it, sometimes."""
    *before, last = mention.sentences
    beside = [Sentence(draw.choice(matter))] if draw.random() < MATTER_SHARE else []
    return (*map(Sentence, before), Sentence(last, mention.facts), *beside)


def _page(place: int, mentions: Sequence[tuple[Sentence, ...]], names: Names, draw: Random) -> Page:
    given = {"town": names.any("town"), "person": names.any("person"), "other": names.any("person")}
    title, blocks = _other_matter(given, draw)
    for mention in mentions:
        is_first = draw.random() < FIRST_SHARE
        blocks.insert(0 if is_first else draw.randrange(1, len(blocks) + 1), mention)
    return Page(
        f"{place:05}.md",
        title,
        FIRST_DAY + timedelta(draw.randrange(DAYS)),
        draw.choice(read("words.toml")["agencies"]),
        given["town"],
        tuple(sentence for block in blocks for sentence in block),
    )


def _other_matter(given: dict[str, str], draw: Random) -> tuple[str, list[tuple[Sentence, ...]]]:
    """Draw a title and sentences, those of a topic in their order."""
    topics = draw.sample(read("matter.toml")["topics"], 2 if draw.random() < SECOND_TOPIC_SHARE else 1)
    number, blocks = draw.randint(*SENTENCES_OF_MATTER), list[tuple[Sentence, ...]]()
    for topic in topics:
        later = draw.sample(range(1, len(topic["sentences"])), number // len(topics) - 1)
        for each in (0, *sorted(later)):  # the first one says what the topic is
            values = {"number": Number(draw.randrange(2, LARGEST_NUMBER)), "month": _month(draw), **given}
            blocks.append((Sentence(capitalised(topic["sentences"][each].format(**values))),))
    return draw.choice(topics[0]["titles"]).format(**given), blocks


def _reprint(page: Page, draw: Random) -> Page:
    agency = draw.choice([each for each in read("words.toml")["agencies"] if each != page.agency])
    return replace(page, name=page.name.replace(".md", "-reprint.md"), agency=agency)


def _month(draw: Random) -> str:
    return str(draw.choice(read("words.toml")["months"]))
