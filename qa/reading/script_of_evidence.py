"""Read articles in the script of the question, unless there are none."""

from collections.abc import Sequence

from llama_index.core.schema import NodeWithScore

from index.article_index import ArticleIndex
from index.filter import Filter
from qa.question.script import LATIN, script_of

OTHER_SCRIPTS = 5  # times as many passages are looked among: words and vectors find English best


def retrieve(question: str, index: ArticleIndex, only: Filter, top_k: int) -> list[NodeWithScore]:
    """Retrieve the `top_k` best passages that are written in the script of the question, or in any if none is."""
    asked = script_of(question)
    found = index.retriever(top_k if asked == LATIN else OTHER_SCRIPTS * top_k, only).retrieve(question)
    return [each for each in found if script_of(each.node.get_content()) == asked][:top_k] or found[:top_k]


def shares_script(question: str, passages: Sequence[NodeWithScore]) -> bool:
    """Tell whether one of the passages is written in the script of the question."""
    return any(script_of(each.node.get_content()) == script_of(question) for each in passages)
