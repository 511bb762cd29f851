"""Complete a follow-up question from the question before it and its answer.

"What about Ukraine?" puts a name in the place of the only other one, which needs no model. The rest is written by the
language model, and held to what was said: it may bring in no word that neither question nor answer has, drop none of
the follow-up's, and may not lean on anything. Where it does, a pronoun gets the name it most likely stands for, a
follow-up that is whole is asked as it is, and one that leaves something out is asked together with the question before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from llama_index.core.llms import LLM

from prompts import load_prompt, render
from qa.llms.warming import warm
from qa.question.limits import MAX_QUESTION_CHARS
from qa.question.stands_alone import (
    is_elliptic,
    is_possessive,
    leaning_pronoun,
    leans,
    says_little,
    stands_alone,
    without_connective,
)
from qa.question.words import names, names_asked, stem, stems, tokens
from qa.text import one_line
from qa.trace import Trace

PROMPT = "rewrite"
NOTHING = "not stated"
MAX_ANSWER_CHARS = 200

_ABOUT = re.compile(r"(?:what|how) about (?:in )?(?P<name>.+?)[ ?.]*", re.IGNORECASE)
_AND = re.compile(r"(?:and|but) (?:in )?(?P<name>.+?)[ ?.]*", re.IGNORECASE)
_NAME = re.compile(
    r"(?<!^)(?<!\w)(?:[Tt]he )?[A-Z][\w.’'-]*?(?: (?:of |the )?[A-Z][\w.’'-]*?)*(?=[’']s\b|[’']? |[,?]|$)"
)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_ASKING = frozenset("who whom whose what which when where why how".split())

# Words of a follow-up that need not come back: they stand for others.
_STANDS_FOR_OTHERS = frozenset(stem(word) for word in "one ones else exactly also instead now ok okay well".split())
MAX_FORM_CHARS = 8  # of an irregular verb


@dataclass(frozen=True)
class Before:
    """The question before, as it was asked, and its short answer, null where there was none."""

    question: str
    answer: str | None


def rewrite(follow_up: str, before: Before, open_llm: Callable[[], LLM], trace: Trace) -> str:
    """Give the question that a follow-up means, in at most `MAX_QUESTION_CHARS`; one that stands alone is that already.

    The model is opened only if it is needed.

    Raises:
        ModelError: the language model failed.
    """
    if stands_alone(follow_up):
        return without_connective(follow_up)
    with trace("rewrite") as step:
        found = swap(follow_up, before.question) or _ask_for(follow_up, before, open_llm(), trace)
        step |= {"found": found, "accepted": is_faithful(found, follow_up, before)}
    if step["accepted"]:
        return found
    named = name_pronoun(follow_up, before)
    if named and is_faithful(named, follow_up, before):
        return named
    if not leans(follow_up):
        return without_connective(follow_up)
    return f"{before.question} {follow_up}"[:MAX_QUESTION_CHARS]


def warm_up(llm: LLM) -> None:
    """Let a local model read both prompts, while nobody waits for it, so that each is but restored later."""
    warm(llm, PROMPT)
    warm(llm)


def swap(follow_up: str, question: str) -> str | None:
    """Ask a question of another name or year, if the follow-up is no more than that and it is clear in whose place."""
    asked = _ABOUT.fullmatch(follow_up) or _AND.fullmatch(follow_up)
    if not asked:
        return None
    name = asked["name"]
    if _YEAR.fullmatch(name):
        years = _YEAR.findall(question)
        if len(years) > 1:
            return None
        return question.replace(years[0], name) if years else f"{question.rstrip(' ?')} in {name}?"
    others = list(_NAME.finditer(question))
    if len(others) != 1 or not names(name) or not (_NAME.fullmatch(f" {name}", 1)):
        return None
    return question[: others[0].start()] + name + question[others[0].end() :]


def name_pronoun(follow_up: str, before: Before) -> str | None:
    """Put names in the place of a pronoun: for "they" all of question and answer, else the answer's or the only one."""
    asked = without_connective(follow_up)
    pronoun = leaning_pronoun(asked)
    if pronoun is None:
        return None
    answer = [before.answer] if before.answer and names(before.answer) else []
    known = [found[0] for found in _NAME.finditer(before.question)]
    if pronoun[0].lower() in ("they", "them", "their"):
        known += answer
    else:
        known = answer or known
        if len(known) != 1:
            return None
    ending = "'s" if is_possessive(pronoun, asked) else ""
    return f"{asked[: pronoun.start()]}{' and '.join(known)}{ending}{asked[pronoun.end() :]}"


def is_faithful(said: str, follow_up: str, before: Before) -> bool:
    """Tell whether a question can be what a follow-up means: it does not lean, brings in nothing and drops nothing."""
    about = _ABOUT.fullmatch(follow_up)
    asked = about["name"] if about else without_connective(follow_up)
    kept = set(stems(asked)) - _STANDS_FOR_OTHERS
    if is_elliptic(asked) or says_little(asked):
        kept |= set(tokens(asked)) & _ASKING
    return (
        said.endswith("?")
        and not leans(said)
        and kept <= {*tokens(said), *stems(said)}
        and not _brings_in(said, f"{before.question} {before.answer or ''} {asked}")
    )


def _brings_in(said: str, known: str) -> bool:
    """Tell whether a text has a word that is no form of a known one, or a name or number that is not known."""
    words = [word for word in tokens(said) if stem(word) in stems(said) and stem(word) not in stems(known)]
    named = set(names_asked(said))
    return any(word in named or not any(_may_be_form(word, each) for each in tokens(known)) for word in words)


def _may_be_form(word: str, known: str) -> bool:
    """Tell whether a word may be a form of an irregular verb, as far as its beginning shows: won, win."""
    return word[0] == known[0] and max(len(word), len(known)) <= MAX_FORM_CHARS and abs(len(word) - len(known)) <= 2


def _ask_for(follow_up: str, before: Before, llm: LLM, trace: Trace) -> str:
    answer = one_line(before.answer or NOTHING)[:MAX_ANSWER_CHARS]
    messages = render(
        load_prompt(PROMPT), question=before.question, answer=answer, follow_up=without_connective(follow_up)
    )
    warm(llm, PROMPT)
    said = trace.chat(llm, messages).message.content
    warm(llm)
    return one_line(said or "")
