"""Measure how many rules for cutting sentences are kept, and how fast: ours, and other splitters that are installed.

    python -m evals.sentences.measure [--golden FOLDER] [--show LANGUAGE]

FOLDER holds pySBD's tests/lang, or the module `benchmarks` that its wheel brings along. --show prints what we break.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from evals.sentences.rules import Rule, golden_rules, own_rules
from index.sentences import split

Splitter = Callable[[str, str], list[str]]

PUNKT_NAMES = {"de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "ru": "russian"}


def main() -> None:
    """Print a line for each language."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--golden", type=Path)
    arguments.add_argument("--show", default="")
    given = arguments.parse_args()
    rules = sorted(golden_rules(given.golden) if given.golden else own_rules(), key=lambda rule: rule.language)
    splitters = dict(installed_splitters())
    print(f"{'':8}{'rules':>8}" + "".join(f"{name:>12}" for name in splitters))
    for language, each in groupby(rules, key=lambda rule: rule.language):
        of_language = list(each)
        kept = [sum(keeps(splitter, rule) for rule in of_language) for splitter in splitters.values()]
        print(f"{language:8}{len(of_language):>8}" + "".join(f"{number:>12}" for number in kept))
        for rule in of_language if given.show == language else []:
            if not keeps(ours, rule):
                print("   ", *ours(language, rule.text), sep=" | ")
    rates = [chars_a_second(splitter, rules) for splitter in splitters.values()]
    print(f"{'chars a second':16}" + "".join(f"{rate:>12,.0f}" for rate in rates))


def keeps(splitter: Splitter, rule: Rule) -> bool:
    """Tell whether a text is cut into just the sentences of its rule, white space aside."""
    found = [" ".join(each.split()) for each in splitter(rule.language, rule.text)]
    return [each for each in found if each] == rule.sentences


def chars_a_second(splitter: Splitter, rules: list[Rule]) -> float:
    """Give the speed on the rules of each language as one text of many paragraphs."""
    texts = [
        (language, "\n".join(rule.text for rule in each) + "\n")
        for language, each in groupby(rules, key=lambda rule: rule.language)
    ]
    began = time.perf_counter()
    for language, text in texts:
        splitter(language, text)
    return sum(len(text) for _, text in texts) / (time.perf_counter() - began)


def ours(language: str, text: str) -> list[str]:
    """Cut a text as the index does, which is not told the language."""
    return [text[start:end] for start, end in split(text)]


def installed_splitters() -> Iterator[tuple[str, Splitter]]:
    """Give ours, and those libraries that are installed; the others are told the language."""
    yield "ours", ours
    yield "sentencex", lambda language, text: list(import_module("sentencex").segment(language, text))
    if find_spec("nupunkt"):
        yield "nupunkt", lambda _, text: list(import_module("nupunkt").sent_tokenize(text))
    if find_spec("pysbd"):
        yield (
            "pysbd",
            lambda language, text: list(import_module("pysbd").Segmenter(language, clean=False).segment(text)),
        )
    yield "punkt", _punkt


def _punkt(language: str, text: str) -> list[str]:
    """Cut by nltk's Punkt with the models that llama-index-core brings along, the English one where there is none."""
    import nltk
    from llama_index.core import utils

    folder = str(Path(utils.__file__).parent / "_static" / "nltk_cache")
    if folder not in nltk.data.path:
        nltk.data.path.insert(0, folder)
    tokenizer: Any = nltk.PunktTokenizer(PUNKT_NAMES.get(language, "english"))
    return list(tokenizer.tokenize(text))


if __name__ == "__main__":
    main()
