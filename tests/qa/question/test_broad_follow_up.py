"""A follow-up on a broad answer keeps the question's plan and changes what it names."""

import pytest

from index.errors import UsageError
from index.filter import Filter
from qa.answer import Answer, Citation, Kind, Span, Statement
from qa.question.asked import NOTHING_TOLD, Asked, Plan
from qa.question.broad_follow_up import Before, follow
from qa.question.dialogue_act import OTHER, DialogueAct

QUOTES = ("Kelvane will cut 220 jobs.", "Brodal will cut 85 jobs.", "The guild was not asked, Halvorsen said.")
CITATIONS = tuple(
    Citation(Span(f"{number}.txt", 0, len(quote)), quote, f"Title {number}", None)
    for number, quote in enumerate(QUOTES)
)
PLAN = Plan(Kind.LIST, topic="firms cutting jobs Tarnow")
ITEMS = (Statement("Kelvane", (0,), {"item": "Kelvane"}), Statement("Brodal", (1,), {"item": "Brodal"}))
TOLD = Answer("Which firms are cutting jobs in Tarnow?", ITEMS, CITATIONS, kind=Kind.LIST)


def after(
    question: str = TOLD.question,
    plan: Plan = PLAN,
    answer: Answer = TOLD,
    sources: tuple[str, ...] = (),
    said_together: bool = True,
) -> Before:
    return Before(Asked(question), plan, answer, lambda name: name in sources, lambda name, others: said_together)


def changed(name: str, before: Before, **what: object) -> Asked:
    found = follow(DialogueAct(name, 0.9, **what), before)  # type: ignore[arg-type]
    assert found
    return found


def test_days_take_the_place_of_those_that_the_question_named() -> None:
    asked = changed("narrow", after(), days=("since May",))
    assert asked.question == "Which firms are cutting jobs in Tarnow since May?"
    assert asked.plan == PLAN
    again = changed("swap", after(asked.question), days=("in April",))
    assert again.question == "Which firms are cutting jobs in Tarnow in April?"


def test_a_paper_narrows_the_articles_and_anything_else_the_topic() -> None:
    asked = changed("narrow", after(sources=("Courier",)), own="Courier")
    assert (asked.question, asked.plan, asked.only) == (TOLD.question, PLAN, Filter(source="Courier"))
    asked = changed("narrow", after(), own="welders")
    assert asked.plan == Plan(Kind.LIST, topic="firms cutting jobs Tarnow welders")
    assert asked.question == "Which firms are cutting jobs in Tarnow, welders?"


def test_a_name_is_swapped_where_the_rest_is_said_of_it_too() -> None:
    asked = changed("swap", after(), own="Halden")
    assert asked.question == "Which firms are cutting jobs in Halden?"
    assert asked.plan == Plan(Kind.LIST, topic="Halden firms cutting jobs")


def test_the_name_behind_the_same_word_is_swapped_whatever_is_said_of_it() -> None:
    asked = changed("swap", after(said_together=False), own="Halden", before_own="in")
    assert asked.question == "Which firms are cutting jobs in Halden?"


def test_a_verb_at_the_beginning_is_no_part_of_a_name() -> None:
    before = after("Summarise the Kelvane story.", Plan(Kind.OVERVIEW, topic="Kelvane"))
    asked = changed("swap", before, own="Brodal", before_own="and")
    assert asked == Asked("Summarise the Brodal story.", Plan(Kind.OVERVIEW, topic="Brodal"))


def test_all_of_the_topic_is_swapped_for_another_one() -> None:
    before = after("How did the tram dispute in Tarnow develop?", Plan(Kind.TIMELINE, topic="tram dispute Tarnow"))
    asked = changed("swap", before, own="Maske trial", before_own="the")
    assert asked.question == "How did the Maske trial develop?"
    assert asked.plan == Plan(Kind.TIMELINE, topic="Maske trial")
    other = after(before.asked.question, before.plan, said_together=False)
    assert changed("swap", other, own="Oslak").question == "How did the Oslak develop?"


def test_one_of_what_was_listed_is_told_more_of_and_a_sentence_leads_to_its_article() -> None:
    asked = changed("item", after(), ordinal=2)
    assert (asked.question, asked.plan) == ("Brodal", Plan(Kind.OVERVIEW, topic="Brodal"))
    told = Answer("?", (Statement(QUOTES[0], (0,)), Statement(QUOTES[2], (2,))), CITATIONS, kind=Kind.OVERVIEW)
    asked = changed("item", after(answer=told), ordinal=-1)
    assert (asked.question, asked.plan, asked.only) == ("Title 2", Plan(Kind.OVERVIEW), Filter(article="2.txt"))


def test_a_sum_is_none_of_what_it_adds_up() -> None:
    total = Statement("2: Kelvane, Brodal.", (0, 1), {"total": "2"})
    before = after(answer=Answer("How many?", (total, *ITEMS), CITATIONS, kind=Kind.COUNT))
    assert changed("item", before, ordinal=1).question == "Kelvane"


def test_who_said_it_and_where_it_is_said_is_asked_of_its_own_article() -> None:
    told = Answer("?", (Statement(QUOTES[0], (0,)), Statement(QUOTES[2], (2,))), CITATIONS, kind=Kind.OVERVIEW)
    asked = changed("speaker", after(answer=told))
    assert asked.question == "Who said “The guild was not asked”?"
    assert (asked.plan, asked.only) == (Plan(Kind.FACT), Filter(article="2.txt"))
    asked = changed("origin", after(answer=told), ordinal=1)
    assert asked.plan == Plan(Kind.FOLDER, fact="list", topic="Kelvane will cut 220 jobs.")
    assert asked.only == Filter(article="0.txt")


def test_days_that_a_sentence_names_do_not_narrow_what_is_asked_of_its_article() -> None:
    quote = "Since 1 June, line 8 has run to Sorrel Hill."
    citation = Citation(Span("8.txt", 0, len(quote)), quote, "Line 8 opens on 1 June", None)
    before = after(answer=Answer("?", (Statement(quote, (0,)),), (citation,), kind=Kind.OVERVIEW))
    asked = changed("origin", before)
    assert asked.question == "Which article says “line 8 has run to Sorrel Hill”?"
    assert asked.plan == Plan(Kind.FOLDER, fact="list", topic=quote)
    assert changed("item", before).question == "Line 8 opens"


def test_more_than_was_told_is_not_there() -> None:
    with pytest.raises(UsageError, match="told 2 of them: there is no number 5"):
        follow(DialogueAct("item", 0.9, ordinal=5), after())


def test_the_kind_changes_and_the_topic_stays() -> None:
    assert changed("as_count", after()).plan == Plan(Kind.COUNT, topic=PLAN.topic)
    assert changed("as_timeline", after()).question == TOLD.question
    assert changed("as_newest", after()).plan == Plan(Kind.FOLDER, fact="newest", topic=PLAN.topic)


def test_articles_that_were_listed_are_counted_as_articles() -> None:
    before = after("Which articles mention Oslak?", Plan(Kind.FOLDER, fact="list", topic="Oslak"))
    assert changed("as_count", before).plan == Plan(Kind.FOLDER, fact="count", topic="Oslak")


def test_what_was_listed_are_the_sides_that_are_compared() -> None:
    asked = changed("as_compare", after())
    assert asked.question == "Kelvane, Brodal?"
    assert asked.plan == Plan(Kind.COMPARE, topic="Kelvane Brodal firms cutting jobs Tarnow")


def test_more_is_the_same_question_without_what_was_told() -> None:
    asked = changed("more", after())
    assert (asked.question, asked.plan) == (TOLD.question, PLAN)
    assert asked.told.texts == {"Kelvane", "Brodal"}
    assert asked.told.spans == {each.span for each in CITATIONS}
    assert changed("as_timeline", Before(asked, PLAN, TOLD, bool, lambda *_: True)).told == NOTHING_TOLD


@pytest.mark.parametrize("name", ["item", "speaker", "origin", "more", "as_list", "as_compare"])
def test_what_names_something_of_its_own_is_no_such_follow_up(name: str) -> None:
    assert follow(DialogueAct(name, 0.9, own="harbour museum"), after()) is None


def test_what_names_nothing_to_change_and_what_is_no_act_is_none() -> None:
    assert follow(DialogueAct("narrow", 0.9), after()) is None
    assert follow(DialogueAct(OTHER, 0.9, own="Oslak"), after()) is None
    silent = Answer("?", kind=Kind.OVERVIEW)
    assert follow(DialogueAct("item", 0.9, ordinal=1), after(answer=silent)) is None
