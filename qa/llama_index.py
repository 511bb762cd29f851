"""Answers in LlamaIndex's terms, for those who build on it."""

from collections.abc import Callable

from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.schema import NodeWithScore, TextNode

from qa.answer import Answer, Citation
from qa.as_json import answer_as_dict


class ArticleQueryEngine(CustomQueryEngine):
    """A query engine that answers from a folder of articles, or says that they do not say.

    The source nodes are the cited sentences, verbatim, with their offsets in the article's text; their score is the
    confidence of the answer. The response's metadata is the object that `qa ask --json` prints.
    """

    ask: Callable[[str], Answer]

    def custom_query(self, query_str: str) -> Response:
        """Answer a question."""
        answer = self.ask(query_str)
        nodes = [NodeWithScore(node=_as_node(each), score=answer.confidence) for each in answer.citations]
        return Response(answer.text, source_nodes=nodes, metadata=answer_as_dict(answer))


def _as_node(citation: Citation) -> TextNode:
    span = citation.span
    return TextNode(
        id_=f"{span.article_id}:{span.start}-{span.end}",
        text=citation.quote,
        start_char_idx=span.start,
        end_char_idx=span.end,
        metadata={
            "article": span.article_id,
            "title": citation.title,
            "published": citation.published and citation.published.isoformat(),
            "publisher": citation.publisher,
            "url": citation.url,
        },
    )
