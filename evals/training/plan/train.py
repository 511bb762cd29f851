"""Train the planner, which tells what kind of question is asked.

    python -m evals.training.plan.train FACTS.jsonl.gz ... [--hold 0.2] [--write]

`templates.toml` has questions of each kind in eleven languages, with slots, and what fills them; `written/` has whole
English ones of each kind, many of them facts that look like something broader, by people who saw neither the templates
nor what is measured; the `FACTS` are lines with a `question` that one sentence answers, as those of SQuAD 2.0. The
classifier is a logistic regression over stretches of the question's words, those that are neither in two templates nor
frequent in facts being but stars, and the question's vector by all-MiniLM-L6-v2.

`written/held.toml`, by a fourth person, is never trained on: printed is what its questions are taken for. With `--hold`
that share of the templates is held apart, and so is what follows `FACTS_EACH` of each file: printed is the share of
broad questions that are taken for broad and of the right kind, in English and in other languages, where each share of
facts is taken for broad.
"""

import argparse
import gzip
import json
import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from index.bm25 import STOPWORDS
from qa.opening import open_embedder
from qa.question.pattern import PLURAL, VECTOR_WEIGHT, features
from qa.question.plan import least_of
from qa.question.words import tokens
from qa.settings import load_settings

FOLDER = Path(__file__).parents[3] / "qa" / "question" / "plan_model"
WRITTEN, HELD = Path(__file__).with_name("written"), "held"
FACT = "fact"
SLOT = re.compile(r"\{(\w+?)2?\}")
FILLED = {"en": 6}  # times a template is filled; 3 in other languages
FACTS_EACH, FACTS_HELD = 1500, 500
FREQUENT_IN_FACTS = 150
WRITTEN_TIMES = 3  # that a whole question is learnt, as templates are that are filled several times
MIN_TEMPLATES = 2  # that a word stands in, to be one that asks
SURELY_ASKING = 5  # templates that a word stands in, to be one that asks though topics have it too
MIN_KINDS = 3  # that have a word, to be one that asks whatever is asked
MIN_TIMES = 4  # that a stretch is seen
FOREIGN_FACT_WEIGHT = 6.0  # there are few of them, and an unsure question is one
C, TOLERANCE = 0.5, 1e-3
SHARES = (0.005, 0.01, 0.02)

Example = tuple[str, str, str]


def main() -> None:
    """Train, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("facts", type=Path, nargs="+")
    parser.add_argument("--hold", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    templates = tomllib.loads(Path(__file__).with_name("templates.toml").read_text(encoding="utf-8"))
    fillers = templates.pop("fillers")
    generator = random.Random(given.seed)
    kept, held = _split(templates, given.hold, generator)
    facts = [questions_of(path, generator) for path in given.facts]
    whole = {path.stem: list(read_written(path)) for path in sorted(WRITTEN.glob("*.toml"))}
    of_held = whole.pop(HELD)
    train = [*filled(kept, fillers, generator), *((each, FACT, "en") for some in facts for each in some[:FACTS_EACH])]
    train += [each for some in whole.values() for each in some for _ in range(WRITTEN_TIMES)]
    known = _known(kept, facts)
    embedder = open_embedder(load_settings())
    names = DictVectorizer(dtype=np.float32)
    seen = Counter(each for question, _, _ in train for each in features(question, known))

    def matrix(examples: Sequence[Example], fit: bool = False) -> Any:
        rows = [
            {each: 1.0 for each in features(question, known) if seen[each] >= MIN_TIMES} for question, *_ in examples
        ]
        vectors = np.array(embedder.get_text_embedding_batch([question for question, *_ in examples]), np.float32)
        return hstack(
            [names.fit_transform(rows) if fit else names.transform(rows), csr_matrix(vectors * VECTOR_WEIGHT)]
        )

    weights = [FOREIGN_FACT_WEIGHT if kind == FACT and language != "en" else 1.0 for _, kind, language in train]
    model = LogisticRegression(C=C, tol=TOLERANCE, max_iter=300)
    model.fit(matrix(train, fit=True).tocsr(), [kind for _, kind, _ in train], sample_weight=weights)
    bare = LogisticRegression(C=C, tol=TOLERANCE, max_iter=300)
    bare.fit(
        matrix(train).tocsr()[:, : len(names.feature_names_)], [kind for _, kind, _ in train], sample_weight=weights
    )
    print(f"{len(train)} questions, {len(names.feature_names_)} stretches, {len(known)} words")
    _report_kinds(of_held, model.classes_, model.predict_proba(matrix(of_held).tocsr()))
    if held:
        apart = [(each, FACT, "en") for some in facts for each in some[FACTS_EACH : FACTS_EACH + FACTS_HELD]]
        tests = list(filled(held, fillers, generator))
        _report(model, tests, matrix(tests).tocsr(), matrix(apart).tocsr())
    if given.write:
        _write(model, bare, names.feature_names_, known, kept, fillers)


def _split(templates: dict[str, Any], share: float, generator: random.Random) -> tuple[list[Example], list[Example]]:
    kept, held = list[Example](), list[Example]()
    for kind, by_language in templates.items():
        for language, texts in by_language.items():
            texts = list(texts)
            generator.shuffle(texts)
            apart = int(len(texts) * share)
            held += [(each, kind, language) for each in texts[:apart]]
            kept += [(each, kind, language) for each in texts[apart:]]
    return kept, held


def questions_of(path: Path, generator: random.Random) -> list[str]:
    """Read the questions of a file of facts, in a random order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = [str(json.loads(line)["question"]) for line in lines]
    generator.shuffle(found)
    return found


def filled(templates: Sequence[Example], fillers: dict[str, Any], generator: random.Random) -> Iterator[Example]:
    """Fill the slots of templates, each several times if it has any."""
    for template, kind, language in templates:
        for _ in range(FILLED.get(language, 3) if SLOT.search(template) else 1):
            yield _fill(template, fillers[language], generator), kind, language


def _fill(template: str, fillers: dict[str, list[str]], generator: random.Random) -> str:
    used = set[str]()

    def one(found: re.Match[str]) -> str:
        slot = "side" if found[1] in ("a", "b") else found[1]
        chosen = generator.choice([each for each in fillers[slot] if each not in used] or fillers[slot])
        used.add(chosen)
        return chosen

    return SLOT.sub(one, template)


def _known(templates: Sequence[Example], facts: Sequence[Sequence[str]]) -> frozenset[str]:
    """Give the words that ask: those of several templates, outside of their slots, and the frequent ones of facts."""
    asking = Counter(word for template, *_ in templates for word in frame(template))
    frequent = Counter(word for some in facts for question in some for word in set(tokens(question)))
    often = {word for word, times in asking.items() if times >= MIN_TEMPLATES}
    return frozenset(often | {word for word, _ in frequent.most_common(FREQUENT_IN_FACTS)} | {PLURAL})


def frame(template: str) -> set[str]:
    """Give the words of a template outside of its slots."""
    return set(tokens(SLOT.sub(" ", template)))


def read_written(path: Path) -> Iterator[Example]:
    """Read the whole questions of a file, by kind and language."""
    for kind, by_language in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for language, texts in by_language.items():
            yield from ((text, kind, language) for text in texts)


def _report_kinds(tests: Sequence[Example], classes: Sequence[str], likely: Any) -> None:
    """Print what questions of each kind are taken for as the planner takes them: for a fact unless surely broad."""
    taken = defaultdict[str, Counter[str]](Counter)
    column = list(classes).index(FACT)
    for (_, kind, _), row in zip(tests, likely, strict=True):
        broad = 1 - row[column]
        best = classes[int(np.where(np.arange(len(row)) == column, -1, row).argmax())]
        taken[kind][best if broad >= least_of(best) else FACT] += 1
    for kind, counts in taken.items():
        print(f"  {kind} ({counts.total()}): " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))


def _report(model: LogisticRegression, tests: Sequence[Example], x: Any, facts: Any) -> None:
    classes = np.array(model.classes_)
    column = list(classes).index(FACT)
    broad = 1 - model.predict_proba(facts)[:, column]
    likely = model.predict_proba(x)
    taken_as = 1 - likely[:, column]
    likely[:, column] = 0
    best = classes[likely.argmax(1)]
    is_kind = np.array([one.split("_")[0] == kind.split("_")[0] for one, (_, kind, _) in zip(best, tests, strict=True)])
    is_fact = np.array([kind == FACT for _, kind, _ in tests])
    is_english = np.array([language == "en" for *_, language in tests])
    for share in SHARES:
        least = float(np.quantile(broad, 1 - share))
        print(f"{share:.3f} of {len(broad)} facts taken for broad, from {least:.2f}:")
        for language, among in (("English", is_english), ("others", ~is_english)):
            taken = taken_as > least
            print(
                f"  {language}: {taken[among & ~is_fact].mean():.3f} of the broad ones are, "
                f"{(taken & is_kind)[among & ~is_fact].mean():.3f} of the right kind; "
                f"{taken[among & is_fact].mean():.3f} of the templates' facts"
            )


def _write(
    model: LogisticRegression,
    bare: LogisticRegression,
    names: Sequence[str],
    known: frozenset[str],
    templates: Sequence[Example],
    fillers: Any,
) -> None:
    frames = {kind: _asking(kind, templates, fillers) for kind in model.classes_ if kind != FACT}
    of_kinds = Counter(word for words in frames.values() for word in words)
    frames["any"] = {word for word, kinds in of_kinds.items() if kinds >= MIN_KINDS}
    heads = sorted(set(_heads(templates, fillers)))
    facts = {"classes": list(model.classes_), "words": sorted(known), "heads": heads, "features": list(names)}
    facts |= {kind: sorted(words) for kind, words in frames.items()}
    write_model(FOLDER, facts, model, bare)
    print("heads:", " ".join(heads))


def write_model(folder: Path, facts: dict[str, Any], model: LogisticRegression, bare: LogisticRegression) -> None:
    """Write the files of a classifier that `qa.question.pattern.load_model` reads."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    (folder / "features.json").write_text(text + "\n", encoding="utf-8")
    for name, each in (("weights", model), ("weights_without_vector", bare)):
        np.save(folder / f"{name}.npy", np.vstack([each.coef_.T, each.intercept_[None]]).astype(np.float16))


def _asking(kind: str, templates: Sequence[Example], fillers: dict[str, Any]) -> set[str]:
    """Give the words with which a kind is asked for, without those that say what about."""
    topical = (
        {
            word
            for slots in fillers.values()
            for slot, each in slots.items()
            if slot != "article"
            for text in each
            for word in tokens(text)
        }
        - STOPWORDS
        - set(_heads(templates, fillers))
    )
    times = Counter(word for each, own, _ in templates if own == kind for word in frame(each))
    return {word for word, count in times.items() if count >= (SURELY_ASKING if word in topical else MIN_TEMPLATES)}


def _heads(templates: Sequence[Example], fillers: dict[str, Any]) -> Iterator[str]:
    """Give the words for a single article, as "text" or "interview": those behind the first word of several fillers."""
    for slots in fillers.values():
        of_things = {
            word for slot, each in slots.items() if slot != "article" for text in each for word in tokens(text)
        }
        behind = Counter(word for each in slots["article"] for word in tokens(each)[1:2])
        for word, times in behind.items():
            if times >= MIN_TEMPLATES and word not in of_things | STOPWORDS and len(word) > 1:
                yield word


if __name__ == "__main__":
    main()
