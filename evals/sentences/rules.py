"""Rules that sentences are to be cut by: invented ones, a file for each language, and those of pySBD where they lie."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RULES = Path(__file__).parent / "languages"
CUT = "‖"
KNOWN_FAILURE = "✗ "  # before a rule that is broken today


class Rule(NamedTuple):
    """A text and the sentences that it is to be cut into."""

    language: str
    text: str
    sentences: list[str]
    fails: bool = False


def own_rules() -> list[Rule]:
    """Give the rules of `evals/sentences/languages/`: a line each, `CUT` where a sentence is to end."""
    return [
        _rule(path.stem, line)
        for path in sorted(RULES.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def golden_rules(folder: Path) -> Iterator[Rule]:
    """Give the pairs of a text and its sentences that Python files hold in lists: pySBD's tests/lang, its benchmarks.

    The language is the two letters in the list's name, GOLDEN_DE_RULES_TEST_CASES.
    """
    for path in sorted(folder.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
                name = ast.unparse(node.targets[0])
                codes = [part.lower() for part in name.split("_") if len(part) == 2]
                yield from (_golden(codes[0], each) for each in node.value.elts if codes and _is_pair(each))


def _rule(language: str, line: str) -> Rule:
    written = line.removeprefix(KNOWN_FAILURE)
    sentences = [each.strip() for each in written.split(CUT)]
    return Rule(language, written.replace(CUT, ""), sentences, line != written)


def _is_pair(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.List)


def _golden(language: str, node: ast.expr) -> Rule:
    text, sentences = ast.literal_eval(node)
    return Rule(language, text, [" ".join(each.split()) for each in sentences])
