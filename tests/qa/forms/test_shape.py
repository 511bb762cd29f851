"""What each sentence is in the form of its article: interviews, live blogs, notes and tables."""

import pytest

from index.sentences import split
from qa.forms.shape import Kind, Shape, shapes_of


def read(text: str) -> dict[str, Shape]:
    """Give the shapes of a text by what they span; what another one has taken in is left out."""
    shapes = shapes_of(text, tuple(split(text)))
    return {text[slice(*each.span)]: each for each in shapes.values() if each.kind is not Kind.PART}


def answers(text: str) -> dict[str, str]:
    """Give what is an answer, and the question that it is one to."""
    return {
        said: text[slice(*each.lead)] for said, each in read(text).items() if each.kind is Kind.ANSWER and each.lead
    }


def test_where_questions_stand_in_bold_all_in_bold_behind_the_first_is_the_interviewers() -> None:
    text = (
        "**Mette Vang mends clocks on Sule. We met her.**\n\n**They say half of all clocks stop. Is that so?**\n\n"
        "One in six does.\n\n**Some people find you dear.**\n\nOne threw a *clock* at me.\n\n**And now?**\n\nTea.\n\n"
        "**Why clocks?**\n\nMy father had nine."
    )
    kinds = {said: each.kind for said, each in read(text).items()}
    assert kinds["**They say half of all clocks stop."] is kinds["**Some people find you dear.**"] is Kind.QUESTION
    assert "**Mette Vang mends clocks on Sule." not in kinds
    assert answers(text) == {
        "One in six does.": "**They say half of all clocks stop. Is that so?**",
        "One threw a *clock* at me.": "**Some people find you dear.**",
        "Tea.": "**And now?**",
        "My father had nine.": "**Why clocks?**",
    }


@pytest.mark.parametrize("more", ["**Why clocks?**", "*Why* not *now?*", "Half of all clocks stop. Why?"])
def test_a_statement_in_bold_beside_few_questions_in_bold_is_the_articles(more: str) -> None:
    text = f"**Half of all clocks stop.**\n\nSo they say.\n\n**And now?**\n\nTea.\n\n{more}\n\nNobody knows."
    assert "**Half of all clocks stop.**" not in read(text)


def test_an_answer_of_few_words_is_read_with_the_next_sentence_and_its_question() -> None:
    text = "Q: Who paid?\n\nA: The town. It took a loan.\n\nQ: Was it dear?\n\nA: It cost us nine years of our lives."
    assert answers(text) == {
        "The town. It took a loan.": "Who paid?",
        "It cost us nine years of our lives.": "Was it dear?",
    }


def test_in_a_labelled_interview_all_that_the_asker_says_around_a_question_is_his() -> None:
    text = (
        "Roe: You left in May. Why? Many said for money.\n\nOrr: For my mother's sake, who was ill.\n\n"
        "She died in June.\n\nRoe: Will you be back?\n\nOrr: Why would I not be? I have a house there."
    )
    kinds = {said: each.kind for said, each in read(text).items()}
    assert {said for said, kind in kinds.items() if kind is Kind.QUESTION} == {
        "Roe: You left in May.",
        "Why?",
        "Many said for money.",
        "Roe: Will you be back?",
        "Orr: Why would I not be?",
    }
    assert answers(text)["She died in June."] == "You left in May. Why?"
    assert answers(text)["I have a house there."] == "Will you be back?"


def test_a_question_in_bold_heads_the_paragraphs_that_answer_it() -> None:
    text = "# The keeper\n\n**Are you ever lonely?**\n\nNever. The gulls are company.\n\nI read a lot out here too."
    assert set(answers(text).values()) == {"**Are you ever lonely?**"}


def test_a_question_that_is_quoted_with_who_asked_it_is_text() -> None:
    assert read('"Who will pay for that?" the mayor asked. She got no answer.') == {}


CLOCKS = [
    ("07:10 ", "09:45 ", "11:30 "),
    ("7.10am: ", "9.45am: ", "1.30pm: "),
    ("7:10 a.m. ", "9:45 a.m. ", "12:30 p.m. "),
    ("**18.20 CET** ", "**18.45 CET** ", "**19.05 CET** "),
    ("### 6:00 p.m.\n\n", "### 8:45 p.m.\n\n", "### 10:10 p.m.\n\n"),
    ("[07h10] ", "[08h30] ", "[21h05] "),
    ("- 7:10 – ", "- 7:40 – ", "- 8:05 – "),
]


@pytest.mark.parametrize("clocks", CLOCKS)
@pytest.mark.parametrize("newest_first", [False, True])
def test_paragraphs_that_begin_with_a_time_are_entries_whichever_end_is_newest(
    clocks: tuple[str, str, str], newest_first: bool
) -> None:
    lines = [f"{clock}The river rises by {step} feet." for clock, step in zip(clocks, (1, 2, 3), strict=True)]
    shapes = read("Flood in Aldmoor\n\n" + "\n\n".join(lines[::-1] if newest_first else lines))
    ranks = {said[-7]: each.entry.rank for said, each in shapes.items() if each.kind is Kind.ENTRY and each.entry}
    assert ranks == {"1": 0, "2": 1, "3": 2}


@pytest.mark.parametrize(
    "text",
    [
        "9:30 is when it began.\n\nThe mayor spoke at 10:15.",  # one time alone
        "12.50 crowns is the new fare.\n\n3.20 was the old one.\n\n11.10 is asked in Velm.\n\n2.15 in Corr.",  # prices
        "1 First stir.\n\n2 Then bake.\n\n3 Eat.",  # a list
    ],
)
def test_other_numbers_in_front_of_paragraphs_make_no_live_blog(text: str) -> None:
    assert not any(each.entry for each in read(text).values())


@pytest.mark.parametrize(
    "note",
    [
        "Correction: The tower is 40 metres high, not 60.",
        "Corrected on 3 May: The tower is 40 metres high, not 60.",
        "*Editor's note: An earlier version of this story said that the tower is 60 metres high. It is 40.*",
        "This article was amended on 3 May 2026. The tower is 40 metres high, not 60 as stated.",
        "UPDATE (4.30 p.m.): The tower has been closed.",
        "Clarification – The tower belongs to the town.",
        "An earlier version of this article misstated the height of the tower. It is 40 metres.",
    ],
)
def test_a_note_is_read_as_a_whole(note: str) -> None:
    shapes = read(f"A tower was opened on Monday. It is 60 metres high.\n\n{note}")
    assert [said.strip("*") for said, each in shapes.items() if each.kind is Kind.NOTE] == [note.strip("*")]


def test_a_headline_on_an_update_is_no_note() -> None:
    assert read("Update on the strike of the ferries\n\nCorrect figures were asked for by the guild.") == {}


def test_a_row_is_led_by_the_header_of_its_table() -> None:
    text = "| Town | 2024 |\n|---|--:|\n| Velm | 3 |\n| St. Orr | 4 |\n\nThat is all."
    rows = {said: text[slice(*each.lead)] for said, each in read(text).items() if each.kind is Kind.ROW and each.lead}
    assert rows == {"| Velm | 3 |": "| Town | 2024 |", "| St. Orr | 4 |": "| Town | 2024 |"}
