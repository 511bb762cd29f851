"""Ask what a follow-up on a broad answer means: the question before, changed as the follow-up's act tells.

What is kept is the plan of the question before, its words, and which articles it was asked of. A follow-up that names
nothing to change, or things that were not told, is none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from index.errors import UsageError
from index.filter import Filter, glob_of
from qa.answer import Answer, Citation, Kind, Statement
from qa.question.asked import NOTHING_TOLD, Asked, Plan
from qa.question.days import day_words, without_days
from qa.question.dialogue_act import DialogueAct
from qa.question.limits import MAX_QUESTION_CHARS
from qa.question.words import names, tokens
from qa.text import one_line

MAX_COMPARED = 4  # things

# The kind that an act asks for, and of the folder which fact.
_AS_KIND = {
    "as_list": (Kind.LIST, ""),
    "as_count": (Kind.COUNT, ""),
    "as_timeline": (Kind.TIMELINE, ""),
    "as_compare": (Kind.COMPARE, ""),
    "as_overview": (Kind.OVERVIEW, ""),
    "as_articles": (Kind.FOLDER, "list"),
    "as_newest": (Kind.FOLDER, "newest"),
    "as_oldest": (Kind.FOLDER, "oldest"),
}

_NAME = re.compile(r"(?<![\w’'-])[^\W\d_a-z][\w.’'-]*(?: (?:of |de |von |du |di )?[^\W\d_a-z][\w.’'-]*)*")
_QUOTED = re.compile('“([^”]+)”|"([^"]+)"|«([^»]+)»|„([^“]+)“|「([^」]+)」')
_ENDING = " ?.!？。"


@dataclass(frozen=True)
class Before:
    """A broad question, its plan, and its answer; and what the index holds.

    `has_source` tells whether an article is of a paper or an author, `is_said_of` whether a passage has a name and one
    of some words.
    """

    asked: Asked
    plan: Plan
    answer: Answer
    has_source: Callable[[str], bool]
    is_said_of: Callable[[str, str], bool]


def follow(act: DialogueAct, before: Before) -> Asked | None:
    """Give what a follow-up asks, or None where it is none of the acts.

    Raises:
        UsageError: fewer things were told than the one that is meant.
    """
    way = _as_kind if act.name in _AS_KIND else _WAYS.get(act.name)
    asked = way(act, before) if way else None
    return asked and replace(asked, question=asked.question[:MAX_QUESTION_CHARS])


def _narrow(act: DialogueAct, before: Before) -> Asked | None:
    """Ask of other days, of a paper or author alone, or of one thing more."""
    if not (act.days or act.own):
        return None
    asked = replace(before.asked, plan=before.plan, told=NOTHING_TOLD)
    if act.days:
        asked = replace(asked, question=_of_days(asked.question, act.days))
    if act.own and before.has_source(act.own):
        return replace(asked, only=replace(asked.only, source=act.own))
    return _adding(act.own, asked, before.plan) if act.own else asked


def _swap(act: DialogueAct, before: Before) -> Asked | None:
    """Ask of something else: in the place of the name behind the same word, of the only name, or of all of it."""
    if act.days or not act.own:
        return _narrow(act, before)
    asked, topic = replace(before.asked, told=NOTHING_TOLD), before.plan.topic
    runs = [found for found in _NAME.finditer(asked.question) if _is_name_in(found[0], topic)]
    behind = [each for each in runs if act.before_own and _word_before(asked.question, each) == act.before_own]
    is_name = len(tokens(act.own)) == len(names(act.own))
    chosen = behind or (runs if is_name else [])
    if len(chosen) == 1 and (other := _without(chosen[0][0], topic)):
        if behind or before.is_said_of(act.own, other):
            return _replacing(chosen[0].span(), act.own, asked, f"{act.own} {other}", before.plan)
    elif is_name and not runs and topic and before.is_said_of(act.own, topic):
        return _adding(act.own, asked, before.plan)
    place = _place_of(topic, asked.question)
    return _replacing(place, act.own, asked, act.own, before.plan) if place else None


def _item(act: DialogueAct, before: Before) -> Asked | None:
    """Ask for an overview: of the thing that is listed, else of the article that a statement is from."""
    statement = None if act.own else _meant(act, before)
    if not statement:
        return None
    overview = Plan(Kind.OVERVIEW)
    if name := statement.cells.get("item"):
        return Asked(_dateless(name), replace(overview, topic=name), before.asked.only)
    citation = _cited(statement, before)
    return Asked(_dateless(_title_of(citation)), overview, _of_article(citation, before))


def _speaker(act: DialogueAct, before: Before) -> Asked | None:
    """Ask the fact who said it, of the article that says it."""
    statement = None if act.own else _meant(act, before)
    if not statement:
        return None
    citation = _cited(statement, before)
    return Asked(f"Who said “{_said_in(one_line(citation.quote))}”?", Plan(Kind.FACT), _of_article(citation, before))


def _origin(act: DialogueAct, before: Before) -> Asked | None:
    """Ask of the folder which article says it."""
    statement = None if act.own else _meant(act, before)
    if not statement:
        return None
    citation = _cited(statement, before)
    quote = one_line(citation.quote)
    plan = Plan(Kind.FOLDER, fact="list", topic=quote)
    return Asked(f"Which article says “{_said_in(_dateless(quote))}”?", plan, _of_article(citation, before))


def _more(act: DialogueAct, before: Before) -> Asked | None:
    """Ask the same once more, without what was told; what was counted is listed."""
    if act.own or act.days or before.answer.abstained:
        return None
    plan = replace(before.plan, kind=Kind.LIST) if before.plan.kind is Kind.COUNT else before.plan
    return replace(before.asked, plan=plan, told=before.asked.told.also(before.answer))


def _as_kind(act: DialogueAct, before: Before) -> Asked | None:
    """Ask the same as another kind; articles that were listed are counted as articles."""
    if act.own or act.days:
        return None
    kind, fact = _AS_KIND[act.name]
    if before.plan.kind is Kind.FOLDER and kind in (Kind.LIST, Kind.COUNT):
        kind, fact = Kind.FOLDER, str(kind)
    plan = Plan(kind, fact=fact, topic=before.plan.topic)
    asked = replace(before.asked, plan=plan, told=NOTHING_TOLD)
    listed = [each.cells["item"] for each in before.answer.statements if "item" in each.cells][:MAX_COMPARED]
    if kind is Kind.COMPARE and len(listed) > 1:
        days = " ".join(day_words(asked.question))
        question = f"{', '.join(listed)}{f' ({days})' if days else ''}?"
        return replace(asked, question=question, plan=replace(plan, topic=" ".join([*listed, plan.topic])))
    return asked


_WAYS: Mapping[str, Callable[[DialogueAct, Before], Asked | None]] = {
    "narrow": _narrow,
    "swap": _swap,
    "item": _item,
    "speaker": _speaker,
    "origin": _origin,
    "more": _more,
}


def _of_days(question: str, days: tuple[str, ...]) -> str:
    """Put days in the place of those that a question names, or behind it."""
    bare, ending = _parted(without_days(question))
    return f"{bare} {' '.join(days)}{ending}"


def _parted(question: str) -> tuple[str, str]:
    """Part a question from the mark behind it."""
    bare = question.rstrip(_ENDING)
    return bare, question[len(bare) :].strip()


def _adding(own: str, asked: Asked, plan: Plan) -> Asked:
    bare, ending = _parted(asked.question)
    return replace(asked, question=f"{bare}, {own}{ending}", plan=replace(plan, topic=f"{plan.topic} {own}".strip()))


def _replacing(place: tuple[int, int], own: str, asked: Asked, topic: str, plan: Plan) -> Asked:
    question = f"{asked.question[: place[0]]}{own}{asked.question[place[1] :]}"
    return replace(asked, question=question, plan=replace(plan, topic=topic))


def _is_name_in(text: str, topic: str) -> bool:
    return bool(names(f"- {text}")) and set(tokens(text)) <= set(tokens(topic))


def _word_before(question: str, found: re.Match[str]) -> str:
    return "".join(tokens(question[: found.start()])[-1:])


def _without(name: str, topic: str) -> str:
    named = set(tokens(name))
    return " ".join(word for word in topic.split() if not named.issuperset(tokens(word)))


def _place_of(topic: str, question: str) -> tuple[int, int] | None:
    """Find from where to where the words of a topic stand in a question."""
    places = [re.search(rf"(?<!\w){re.escape(word)}(?!\w)", question) for word in topic.split()]
    found = [each for each in places if each]
    return (min(each.start() for each in found), max(each.end() for each in found)) if found else None


def _meant(act: DialogueAct, before: Before) -> Statement | None:
    """Give the statement that is meant, the last one where none is named; a sum is none of what it adds up."""
    told = [each for each in before.answer.statements if "total" not in each.cells]
    number = act.ordinal or -1
    if not told:
        return None
    if number > len(told):
        raise UsageError(f"The answer before told {len(told)} of them: there is no number {number}")
    return told[number - 1 if number > 0 else -1]


def _cited(statement: Statement, before: Before) -> Citation:
    return before.answer.citations[statement.citations[0]]


def _dateless(text: str) -> str:
    """Give a text without its days, for those of a question tell of when the articles are that are asked."""
    return without_days(text) or text


def _said_in(sentence: str) -> str:
    """Give what is quoted in a sentence, else its longest part between commas: not the words for who says it."""
    said = [each for found in _QUOTED.findall(sentence) for each in found if each] or re.split("[,;:] ", sentence)
    return max(said, key=len).strip(" ,.")


def _title_of(citation: Citation) -> str:
    return one_line(citation.title) or citation.span.article_id


def _of_article(citation: Citation, before: Before) -> Filter:
    return replace(before.asked.only, article=glob_of(citation.span.article_id))
