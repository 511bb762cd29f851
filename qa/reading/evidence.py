"""Choose the few sentences that a question is answered from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from llama_index.core.llms import LLM
from llama_index.core.schema import NodeWithScore, TextNode

from index.article_index import ArticleIndex
from index.passages import PASSAGE_TOKENS
from qa.answer import Evidence, Lead, Span
from qa.forms.datelines import is_day_of_report
from qa.forms.live_blogs import without_clock
from qa.question.words import stems
from qa.reading.check_names_and_counts import names_missing_in
from qa.reading.companions import with_companions
from qa.reading.hostile_instructions import instructs, is_instructing
from qa.reading.opposites import says_the_opposite
from qa.reading.possessives import says_it_of_another
from qa.reading.reader import SentenceReading
from qa.reading.shaped_sentences import in_form, read_in_form, shown
from qa.text import one_line

FEW_TOKENS = 155  # for the embedded model, which more sentences confuse and which reads 60 tokens a second
CLEAR_SHARE = 0.58  # of the tokens, where a sentence states the answer clearly
MANY_TOKENS = 1000  # from which on passages are shown whole, below their titles and dates
MOST_TOKENS = 3000
PROMPT_TOKENS = 700  # of the instructions and the longest question
MIN_PASSAGES = 10
CLEAR_LOGIT = -1.0  # of what the reader found stated in a sentence, it was stated in .97 (`docs/reading.md`)
MAX_CANDIDATES = 48  # 4 ms each
MAX_CANDIDATES_OF_MANY = 160
READER_WEIGHT = 0.25  # of a logit
LOGIT_BOUNDS = (-8.0, 3.0)  # beyond which a sentence states it no less and no more
NUMBERING_TOKENS = 4
UNREAD = SentenceReading(0.0, "", 0.0)
OF_ANOTHER_LOGIT = -6.0
# Of logits. Of 41 innocent facts that only hostile articles of `evals/hostile` state 2 fall below it, and 34 of 38
# questions that ordinary articles answer without stating it clearly.
TRUST_MARGIN = 4.0


@dataclass
class Candidate:
    """A sentence that is weighed: its score adds up its passage's, `overlap` and the reader's."""

    span: Span
    text: str
    before: str
    title: str
    published: date | None
    ordinal: int
    passage_score: float
    words: set[str]
    score: float = 0.0
    overlap: float = 0.0
    read: SentenceReading = UNREAD
    form: str = "text"
    lead: Lead | None = None
    entry: int | None = None
    clock: str = ""


def evidence_tokens_of(llm: LLM) -> int:
    """Tell how many word pieces of evidence a model reads well: as many as it says, else all that it has room for."""
    own = getattr(llm, "evidence_tokens", None)
    room = llm.metadata.context_window - llm.metadata.num_output - PROMPT_TOKENS
    return own or max(FEW_TOKENS, min(MOST_TOKENS, room))


def passages_for(tokens: int) -> int:
    """Tell how many passages are retrieved for so many word pieces of evidence."""
    return max(MIN_PASSAGES, math.ceil(tokens / PASSAGE_TOKENS))


def choose_evidence(
    question: str, passages: Sequence[NodeWithScore], index: ArticleIndex, tokens: int = FEW_TOKENS
) -> list[Evidence]:
    """Take the best sentences of the passages that fit into `tokens` word pieces, in the order in which they stand.

    A sentence's score adds up the share of the question's words that it holds (rare ones weigh more), its passage's
    score, and a quarter of the reader's logit that it states the answer: each alone finds fewer of those that do.
    Where one of the sentences states the answer clearly, it and the best others of `CLEAR_SHARE` of the tokens are
    enough; but a model that reads `MANY_TOKENS` gets all.

    No sentence that tells a machine how to answer is evidence (`qa.reading.hostile_instructions`), and an article that
    holds one is read only where it states the answer far more clearly than the others do. Where one of the articles
    mentions all that the question names, the others are not read, for their sentences cannot be its answer.
    """
    trusted = trusted_passages(passages, index)
    chosen = _choose(question, passages_that_name(question, trusted, index), index, tokens)
    if len(trusted) < len(passages) and not _is_any_clear(chosen):
        every = _choose(question, passages_that_name(question, passages, index), index, tokens)
        if _highest_logit(every) - _highest_logit(chosen) >= TRUST_MARGIN:
            chosen = every
    chosen = with_companions(question, chosen, index)
    articles = list(dict.fromkeys(each.span.article_id for each in chosen))
    chosen.sort(key=lambda each: (articles.index(each.span.article_id), each.ordinal))
    return [
        Evidence(
            each.span,
            each.text,
            each.title,
            each.published,
            round(each.score, 4),
            each.overlap,
            each.read.logit,
            each.read.phrase,
            each.read.phrase_probability,
            each.form,
            each.lead,
            each.entry,
            each.clock,
        )
        for each in chosen
    ]


def passages_that_name(
    question: str, passages: Sequence[NodeWithScore], index: ArticleIndex
) -> Sequence[NodeWithScore]:
    """Keep the passages of articles that mention every name and number of the question, or all where none does."""
    asked = without_clock(question)
    found = {str(each.node.metadata["article"]) for each in passages}
    naming = {article_id for article_id in found if not names_missing_in(article_id, asked, index.catalog)}
    return [each for each in passages if each.node.metadata["article"] in naming] if naming else passages


def trusted_passages(passages: Sequence[NodeWithScore], index: ArticleIndex) -> list[NodeWithScore]:
    """Leave out the passages of articles that tell a machine how to answer, be it in another place or in their name."""
    titles = {str(each.node.metadata["article"]): str(each.node.metadata["title"]) for each in passages}
    suspect = suspects_among(titles, index)
    return [each for each in passages if each.node.metadata["article"] not in suspect]


def suspects_among(titles: Mapping[str, str], index: ArticleIndex) -> set[str]:
    """Give those of some articles, by id with their titles, that tell a machine how to answer."""
    return {
        article_id
        for article_id, title in titles.items()
        if is_instructing([article_id, title, *(index.catalog.text_of(article_id) or "").splitlines()])
    }


def weigh_sentences(
    question: str, passages: Sequence[NodeWithScore], index: ArticleIndex, tokens: int = FEW_TOKENS
) -> list[Candidate]:
    """Read the sentences that have most of the question's words, at most `MAX_CANDIDATES`; the best come first.

    For a model that reads many `tokens` there may be `MAX_CANDIDATES_OF_MANY`.
    """
    most = MAX_CANDIDATES_OF_MANY if tokens >= MANY_TOKENS else MAX_CANDIDATES
    candidates = in_form(question, _candidates(passages, index), index.catalog)
    _score_words(candidates, set(stems(question)))
    candidates = sorted(candidates, key=lambda each: -each.score)[:most]
    _read(candidates, question)
    for each in candidates:
        each.score += READER_WEIGHT * min(max(each.read.logit, LOGIT_BOUNDS[0]), LOGIT_BOUNDS[1])
    return sorted(candidates, key=lambda each: -each.score)


def number_evidence(evidence: Sequence[Evidence], with_sources: bool = False) -> str:
    """Write the sentences as the model reads them, one a line behind its number; only the numbers have brackets.

    With sources, the sentences of each article stand below its title and date.
    """
    lines, source = list[str](), None
    for number, each in enumerate(evidence, 1):
        if with_sources and each.span.article_id != source:
            source = each.span.article_id
            lines.append(f"From {_source(each)}:")
        lines.append(f"[{number}] {_unnumbered(shown(each))}")
    return "\n".join(lines)


def _source(evidence: Evidence) -> str:
    title = f'"{_unnumbered(one_line(evidence.title))}"'
    return f"{title}, {evidence.published.day} {evidence.published:%B %Y}" if evidence.published else title


def _choose(question: str, passages: Sequence[NodeWithScore], index: ArticleIndex, tokens: int) -> list[Candidate]:
    weighed = weigh_sentences(question, passages, index, tokens)
    if tokens < MANY_TOKENS and _is_any_clear(weighed):
        return _fill([*_clearest_of_each_article(weighed), *weighed], index, round(CLEAR_SHARE * tokens))
    return _fill(weighed, index, tokens)


def _unnumbered(sentence: str) -> str:
    return sentence.replace("[", "(").replace("]", ")")


def _candidates(passages: Sequence[NodeWithScore], index: ArticleIndex) -> list[Candidate]:
    found = []
    for passage in passages:
        node = passage.node
        assert isinstance(node, TextNode)
        article_id, title = node.metadata["article"], node.metadata["title"]
        first, last = node.metadata["first_sentence"], node.metadata["last_sentence"]
        article_text = index.catalog.text_of(article_id) or ""
        published = node.metadata["published"] and date.fromisoformat(node.metadata["published"])
        before = ""
        for ordinal, (start, end) in enumerate(index.catalog.sentences(article_id, first - 1, last), max(first - 1, 0)):
            text = article_text[start:end]
            if is_day_of_report(text, published):
                continue
            if instructs(text):
                before = ""
                continue
            if ordinal >= first:
                span, score, words = Span(article_id, start, end), passage.score or 0.0, set(stems(text))
                found.append(Candidate(span, text, before, title, published, ordinal, score, words))
            before = text
    return found


def _score_words(candidates: list[Candidate], asked: set[str]) -> None:
    """Score each candidate by its passage and by the words of the question that it holds, weighed by their rarity."""
    frequency = {word: sum(word in each.words for each in candidates) for word in asked}
    weight = {word: math.log(1 + len(candidates) / (1 + count)) for word, count in frequency.items()}
    whole = sum(weight.values()) or 1.0
    for each in candidates:
        each.overlap = sum(weight[word] for word in asked & each.words) / whole
        each.score = each.passage_score + each.overlap


def _fill(candidates: list[Candidate], index: ArticleIndex, max_tokens: int) -> list[Candidate]:
    """Take candidates in their order while they fit, each text once; the first always fits."""
    chosen: list[Candidate] = []
    texts: set[str] = set()
    free = max_tokens
    for each, tokens in zip(candidates, index.embedder.count_tokens([each.text for each in candidates]), strict=True):
        cost = tokens + NUMBERING_TOKENS
        if each.text not in texts and (cost <= free or not chosen):
            chosen.append(each)
            texts.add(each.text)
            free -= cost
    return chosen


def _read(candidates: list[Candidate], question: str) -> None:
    for each, read in zip(candidates, read_in_form(question, candidates), strict=True):
        of_another = says_it_of_another(question, each.text) or says_the_opposite(question, each.text)
        each.read = replace(read, logit=min(read.logit, OF_ANOTHER_LOGIT)) if of_another else read


def _is_clear(candidate: Candidate) -> bool:
    return candidate.read.logit >= CLEAR_LOGIT


def _is_any_clear(candidates: list[Candidate]) -> bool:
    return any(map(_is_clear, candidates))


def _highest_logit(candidates: list[Candidate]) -> float:
    return max((each.read.logit for each in candidates), default=-math.inf)


def _clearest_of_each_article(candidates: list[Candidate]) -> list[Candidate]:
    """Give the sentence of each article that states the answer most clearly: articles may disagree."""
    clearest: dict[str, Candidate] = {}
    for each in sorted(candidates, key=lambda each: -each.read.logit):
        if _is_clear(each):
            clearest.setdefault(each.span.article_id, each)
    return list(clearest.values())
