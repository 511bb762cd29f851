"""Tell of each sentence how surely it names something that a question asks to list, and with which words."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from index.models.embedding import Embedder
from qa.answer import Evidence, Lead
from qa.broad.gather import Gathered
from qa.broad.naming import is_byline, is_nameless
from qa.forms.datelines import without_dateline
from qa.question.pattern import TRAINED_WITH
from qa.question.words import names
from qa.reading.opposites import says_the_opposite
from qa.reading.possessives import says_it_of_another
from qa.reading.reader import Context, SentenceReading, load_reader

# A logistic regression over the 60 likeliest sentences of 46 lists and counts (`evals/broad`, and the half of
# `evals/broad/planted` that may be tuned on). The reader was trained on questions with one answer: alone, it finds of
# several things those that are told in the question's own words. Macro F1 of sentences on each set, fitted on the two
# others, for the reader alone and with the rest: .46 -> .63, .25 -> .34, .33 -> .40.
READER, MEANING, LIKE_BEST, PHRASE, CONSTANT = 0.330, 5.567, 2.913, -1.433, -3.484
READER_ALONE, CONSTANT_ALONE = 0.6, -0.7  # where another embedder gives the vectors
MOST_LIKELY = 60
BEST = 3  # sentences, whose mean the others are compared with


def read_all(question: str, gathered: Gathered, embedder: Embedder) -> list[Evidence]:
    """Read all sentences gathered, the surest first: `stated` is the logit that one names what is asked for.

    What a sentence calls "she" or "it" is named from the sentence before, which it then has as its lead.
    """
    sentences = [each for each in gathered.found if not is_byline(each.text)]
    readings = load_reader().read(question, [_context(each, gathered) for each in sentences])
    read = [
        (each, reading)
        for each, reading in zip(sentences, readings, strict=True)
        if not (says_it_of_another(question, each.text) or says_the_opposite(question, each.text))
    ]
    read = sorted(read, key=lambda each: -each[1].logit)[:MOST_LIKELY]
    if not read:
        return []
    found = [
        replace(each, stated=float(logit), phrase=reading.phrase, phrase_probability=reading.phrase_probability)
        for (each, reading), logit in zip(read, _logits(question, read, embedder), strict=True)
    ]
    return sorted(_with_names(question, found, gathered), key=lambda each: -each.stated)


def _context(sentence: Evidence, gathered: Gathered) -> Context:
    before = gathered.before.get(sentence.span)
    return Context(without_dateline(sentence.text), before.text if before else "", sentence.title)


def _logits(
    question: str, read: Sequence[tuple[Evidence, SentenceReading]], embedder: Embedder
) -> npt.NDArray[np.float32]:
    logits = np.array([reading.logit for _, reading in read], np.float32)
    if embedder.model_name != TRAINED_WITH:
        return READER_ALONE * logits + CONSTANT_ALONE
    vectors = np.array(embedder.get_text_embedding_batch([each.text for each, _ in read]), np.float32)
    best = vectors[:BEST].mean(0)
    best /= np.linalg.norm(best) or 1.0
    asked = np.array(embedder.get_query_embedding(question), np.float32)
    phrases = np.array([reading.phrase_probability for _, reading in read], np.float32)
    meaning = vectors @ (MEANING * asked + LIKE_BEST * best)
    return np.asarray(READER * logits + PHRASE * phrases + meaning + CONSTANT, np.float32)


def _with_names(question: str, read: Sequence[Evidence], gathered: Gathered) -> list[Evidence]:
    """Name what sentences only point at by their phrase, where the sentence before has its name."""
    pointing = [each for each in read if is_nameless(each.phrase) and each.span in gathered.before]
    contexts = [Context(without_dateline(gathered.before[each.span].text), title=each.title) for each in pointing]
    named = {
        each.span: replace(each, phrase=reading.phrase, lead=Lead(lead.span, lead.text))
        for each, reading in zip(pointing, load_reader().read(question, contexts), strict=True)
        if names(reading.phrase) and (lead := gathered.before[each.span])
    }
    return [named.get(each.span, each) for each in read]
