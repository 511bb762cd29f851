"""`qa chat`: one question after the other."""

from qa.cli.options import Articles, Chroma, Index, Llm, LlmUrl, Offline, OnlyArticle, Since, TraceFile, Until

EXAMPLES = "qa chat\nqa chat --articles news --since 2025-03-01\nqa chat < questions.txt"


def chat(
    articles: Articles = None,
    index: Index = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    offline: Offline = None,
    chroma: Chroma = None,
    since: Since = None,
    until: Until = None,
    article: OnlyArticle = None,
    trace: TraceFile = None,
) -> None:
    """Ask one question after the other; "And when?" is completed from the one before."""
    from index.filter import Filter
    from qa.cli.conversation import chat as talk
    from qa.cli.display import Display
    from qa.settings import load_settings

    settings = load_settings(articles=articles, index=index, llm=llm, llm_url=llm_url, offline=offline, chroma=chroma)
    with Display() as display:
        talk(settings, display, Filter(since and since.date(), until and until.date(), article), trace)
