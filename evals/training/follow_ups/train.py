"""Train the classifier that tells what a follow-up on a broad answer asks to be done with it.

    python -m evals.training.follow_ups.train FACTS.jsonl.gz ... [--hold 0.2] [--write]

`templates.toml` has follow-ups of each act in eleven languages, among them `other`: those that ask a fact or stand
alone. To these come the questions with slots of `evals/training/plan/templates.toml`, whose fillers are used, and the
`FACTS`, as in `evals.training.plan.train`. With `--hold` that share of the templates is held apart, and so is what
follows `FACTS_EACH` of each file: printed is the share of follow-ups whose act is told, and of others that are taken
for a follow-up, from each probability on.
"""

import argparse
import random
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from evals.training.plan.train import MIN_TEMPLATES, SLOT, Example, filled, frame, questions_of, write_model
from index.models.embedding import Embedder
from qa.opening import open_embedder
from qa.question.dialogue_act import OTHER
from qa.question.pattern import VECTOR_WEIGHT, features
from qa.question.words import tokens
from qa.settings import load_settings

HERE = Path(__file__).parent
FOLDER = HERE.parents[2] / "qa" / "question" / "act_model"
QUESTIONS = HERE.parent / "plan" / "templates.toml"
FACTS_EACH, FACTS_HELD = 500, 500
FREQUENT_IN_FACTS = 150
MIN_TIMES = 3  # that a stretch is seen
MAX_NUMBER = 12
C, TOLERANCE = 1.0, 1e-3
LEAST = (0.5, 0.6, 0.7, 0.8)


def main() -> None:
    """Train, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("facts", type=Path, nargs="+")
    parser.add_argument("--hold", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    generator = random.Random(given.seed)
    templates, ordinals = _templates()
    questions = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))
    fillers = _fillers(questions.pop("fillers"), ordinals)
    generator.shuffle(templates)
    number = int(len(templates) * given.hold)
    held, kept = templates[:number], templates[number:]
    facts = [questions_of(path, generator) for path in given.facts]
    whole = list(filled(_with_slots(questions), fillers, generator))
    generator.shuffle(whole)
    apart = int(len(whole) * given.hold)
    train = [*filled(kept, fillers, generator), *whole[apart:], *_others(facts, 0, FACTS_EACH)]
    words = _words(kept, facts)
    embedder, names = open_embedder(load_settings()), DictVectorizer(dtype=np.float32)
    seen = Counter(each for text, *_ in train for each in features(text, words))
    frequent = frozenset(each for each, times in seen.items() if times >= MIN_TIMES)
    x = _matrix(train, words, frequent, names, embedder, fit=True)
    acts = [act for _, act, _ in train]
    model = LogisticRegression(C=C, tol=TOLERANCE, max_iter=400).fit(x, acts)
    bare = LogisticRegression(C=C, tol=TOLERANCE, max_iter=400).fit(x[:, : len(names.feature_names_)], acts)
    print(f"{len(train)} texts, {len(names.feature_names_)} stretches, {len(words)} words")
    if given.hold:
        tests = [*filled(held, fillers, generator), *whole[:apart], *_others(facts, FACTS_EACH, FACTS_HELD)]
        _report(model, bare, tests, _matrix(tests, words, frequent, names, embedder))
    if given.write:
        asking = sorted(_often(each for each in kept if each[1] != OTHER))
        known: dict[str, Any] = {"classes": list(model.classes_), "words": sorted(words), "asking": asking}
        known |= {"features": list(names.feature_names_), "ordinals": _numbered(ordinals)}
        write_model(FOLDER, known, model, bare)


def _templates() -> tuple[list[Example], dict[str, list[list[str]]]]:
    by_act = tomllib.loads((HERE / "templates.toml").read_text(encoding="utf-8"))
    ordinals = by_act.pop("ordinals")
    return [
        (text, act, language)
        for act, by_language in by_act.items()
        for language, texts in by_language.items()
        for text in texts
    ], ordinals


def _fillers(fillers: dict[str, Any], ordinals: dict[str, list[list[str]]]) -> dict[str, Any]:
    numbers = [str(number) for number in range(1, MAX_NUMBER + 1)]
    return {
        language: slots | {"ordinal": [form for forms in ordinals[language] for form in forms], "n": numbers}
        for language, slots in fillers.items()
    }


def _numbered(ordinals: dict[str, list[list[str]]]) -> dict[str, int]:
    """Give the number of each word for one, -1 for the last; several words are joined by a space."""
    return {
        " ".join(tokens(form)): number if number < len(of_language) else -1
        for of_language in ordinals.values()
        for number, forms in enumerate(of_language, 1)
        for form in forms
    }


def _with_slots(questions: dict[str, Any]) -> list[Example]:
    return [
        (text, OTHER, language)
        for by_language in questions.values()
        for language, texts in by_language.items()
        for text in texts
        if SLOT.search(text)
    ]


def _others(facts: Sequence[Sequence[str]], first: int, number: int) -> list[Example]:
    return [(each, OTHER, "en") for some in facts for each in some[first : first + number]]


def _words(templates: Sequence[Example], facts: Sequence[Sequence[str]]) -> frozenset[str]:
    """Give the words that ask: those of several templates, outside of their slots, and the frequent ones of facts."""
    frequent = Counter(word for some in facts for question in some for word in set(tokens(question)))
    return frozenset(_often(templates) | {word for word, _ in frequent.most_common(FREQUENT_IN_FACTS)})


def _often(templates: Any) -> set[str]:
    times = Counter(word for text, *_ in templates for word in frame(text))
    return {word for word, number in times.items() if number >= MIN_TEMPLATES}


def _matrix(
    texts: Sequence[Example],
    words: frozenset[str],
    frequent: frozenset[str],
    names: DictVectorizer,
    embedder: Embedder,
    fit: bool = False,
) -> Any:
    rows = [{each: 1.0 for each in features(text, words) if each in frequent} for text, *_ in texts]
    vectors = np.array(embedder.get_text_embedding_batch([text for text, *_ in texts]), np.float32)
    found = names.fit_transform(rows) if fit else names.transform(rows)
    return hstack([found, csr_matrix(vectors * VECTOR_WEIGHT)]).tocsr()


def _report(model: LogisticRegression, bare: LogisticRegression, tests: Sequence[Example], x: Any) -> None:
    gold = np.array([act for _, act, _ in tests])
    english, is_other = np.array([language == "en" for *_, language in tests]), gold == OTHER
    for name, each, some in (("with a vector", model, x), ("without", bare, x[:, : bare.coef_.shape[1]])):
        likely = each.predict_proba(some)
        told, surely = each.classes_[likely.argmax(1)], likely.max(1)
        for least in LEAST:
            taken = (told != OTHER) & (surely >= least)
            right = taken & (told == gold)
            print(
                f"{name}, from {least}: {right[english & ~is_other].mean():.3f} of {sum(english & ~is_other)} English "
                f"follow-ups are told, {right[~english & ~is_other].mean():.3f} of {sum(~english & ~is_other)} others; "
                f"{(taken & ~right)[~is_other].mean():.3f} are told wrongly; "
                f"{taken[is_other].mean():.4f} of {sum(is_other)} questions are taken for one"
            )


if __name__ == "__main__":
    main()
