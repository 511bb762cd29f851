"""Relative days in sentences of articles, and those that are better left alone."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text import one_line
from qa.wording.dates import Period, resolve_dates, with_dates

SUNDAY = date(2025, 3, 16)
MONDAY = date(2025, 3, 17)
WEDNESDAY = date(2025, 3, 19)
SATURDAY = date(2025, 3, 22)
NEW_YEAR = date(2026, 1, 2)

RESOLVED = [
    (SUNDAY, "Trump said he plans to speak with Putin on Tuesday about land.", "Tuesday (18 March 2025)"),
    (SUNDAY, "On Saturday, President Volodymyr Zelensky accused the Kremlin of stalling.", "Saturday (15 March 2025)"),
    (SUNDAY, "On Sunday, Ukraine said Russia launched 90 drones.", "Sunday (16 March 2025)"),
    (SUNDAY, "Spokeswoman Tammy Bruce said Saturday that the two agreed.", "Saturday (15 March 2025)"),
    (SUNDAY, "Trump's envoy, Steve Witkoff, who met with Putin last week, told CNN.", "last week (10–16 March 2025)"),
    (SUNDAY, "Understandings were reached at a summit in Saudi Arabia last month.", "last month (February 2025)"),
    (WEDNESDAY, "The council told reporters on Monday that the bridge was safe.", "Monday (17 March 2025)"),
    (WEDNESDAY, "The mayor resigned on Friday after the vote.", "Friday (14 March 2025)"),
    (WEDNESDAY, "The mill was opened to visitors on Monday.", "Monday (17 March 2025)"),
    (WEDNESDAY, "The lane closed to traffic on Friday, a week early.", "Friday (14 March 2025)"),
    (WEDNESDAY, "The court will hear the case on Friday.", "Friday (21 March 2025)"),
    (WEDNESDAY, "The court is expected to rule by Friday.", "Friday (21 March 2025)"),
    (WEDNESDAY, "The report will be released Thursday morning.", "Thursday morning (20 March 2025)"),
    (WEDNESDAY, "The council on Tuesday rejected the plan.", "Tuesday (18 March 2025)"),
    (WEDNESDAY, "The road has been closed since Sunday.", "Sunday (16 March 2025)"),
    (WEDNESDAY, "Ada Quill was elected last Friday.", "last Friday (14 March 2025)"),
    (SATURDAY, "Ada Quill leaves for Tarnow next Friday.", "next Friday (28 March 2025)"),
    (WEDNESDAY, "The owls returned yesterday.", "yesterday (18 March 2025)"),
    (WEDNESDAY, "The vote is tomorrow.", "tomorrow (20 March 2025)"),
    (WEDNESDAY, "The company announced today that it had been sold.", "today (19 March 2025)"),
    (WEDNESDAY, "The final will be played tonight.", "tonight (19 March 2025)"),
    (WEDNESDAY, "The owls were counted last week.", "last week (10–16 March 2025)"),
    (date(2025, 4, 2), "The bridge opens this week.", "this week (31 March – 6 April 2025)"),
    (NEW_YEAR, "The wardens met last week.", "last week (22–28 December 2025)"),
    (WEDNESDAY, "The parade was held last weekend.", "last weekend (15–16 March 2025)"),
    (WEDNESDAY, "The parade will be held this weekend.", "this weekend (22–23 March 2025)"),
    (WEDNESDAY, "The tax rises next month.", "next month (April 2025)"),
    (WEDNESDAY, "Prices rose by 3 percent this year.", "this year (2025)"),
    (NEW_YEAR, "Prices rose last year.", "last year (2025)"),
    (NEW_YEAR, "The mayor resigned on December 30.", "December 30 (2025)"),
    (WEDNESDAY, "The mayor resigned on March 3.", "March 3 (2025)"),
    (WEDNESDAY, "The mayor resigned on Monday, March 3.", "March 3 (2025)"),
    (NEW_YEAR, "The mayor resigned on 3 December.", "3 December (2025)"),
    (WEDNESDAY, "The court will rule on Jan. 5.", "Jan. 5 (2026)"),
    (WEDNESDAY, "The museum will open in June.", "June (2025)"),
    (WEDNESDAY, "In February, the museum was sold.", "February (2025)"),
    (WEDNESDAY, "Three days ago, the ship sank.", "Three days ago (16 March 2025)"),
    (WEDNESDAY, "The ship sank three days ago.", "three days ago (16 March 2025)"),
    (WEDNESDAY, "The ship will sail in 2 weeks.", "in 2 weeks (30 March – 5 April 2025)"),
]

LEFT_ALONE = [
    (WEDNESDAY, "Trump to Meet Putin Tuesday"),
    (WEDNESDAY, "The shop sold 300 sets on Black Friday."),
    (WEDNESDAY, "The Sunday Times reported the sale."),
    (WEDNESDAY, "The owls returned on Good Friday."),
    (WEDNESDAY, "The mass was held on Ash Wednesday."),
    (WEDNESDAY, "Prime Minister Theresa May said she had read the report."),
    (WEDNESDAY, "May was told in private."),
    (WEDNESDAY, "The protesters will march in silence."),
    (WEDNESDAY, "The owl may return."),
    (WEDNESDAY, "Last week's vote was close."),
    (WEDNESDAY, "Tuesday's vote was close."),
    (WEDNESDAY, "Prices rose by 3 percent in the last month."),
    (WEDNESDAY, "In the last week of the war, the bridge was lost."),
    (WEDNESDAY, 'Quill said: "We met on Monday and I will resign tomorrow."'),
    (WEDNESDAY, "I will resign tomorrow, Quill said.”"),
    (WEDNESDAY, "The council said the market opens on Saturday."),
    (WEDNESDAY, "The envoy agreed to meet the king on Friday."),
    (WEDNESDAY, "He said he would resign on Friday."),
    (WEDNESDAY, "The talks were scheduled for Friday."),
    (WEDNESDAY, "The council announced a vote on Friday."),
    (WEDNESDAY, "The market is held on Saturdays."),
    (WEDNESDAY, "The market is held every Saturday."),
    (WEDNESDAY, "The crash occurred on a Saturday."),
    (WEDNESDAY, "The shop was closed on Saturday and Sunday."),
    (WEDNESDAY, "The law passed in parliament takes effect Friday."),
    (WEDNESDAY, "The law was passed on Friday, March 14, 2025."),
    (WEDNESDAY, "The law was passed on March 14, 2025."),
    (WEDNESDAY, "The army attacked on Saturday, 1 July 1944."),
    (WEDNESDAY, "After the fall of Paris in 1940, the army attacked on Saturday."),
    (WEDNESDAY, "The owls nested in June 2019."),
    (WEDNESDAY, "The owls nest in June."),
    (WEDNESDAY, "The mayor resigned in March."),
    (WEDNESDAY, "The mayor resigned in June."),
    (WEDNESDAY, "On 5 June, the king left for Acre."),
    (WEDNESDAY, "Ada Quill was born on May 5."),
    (WEDNESDAY, "The mayor resigned on Tuesday, March 3."),
    (WEDNESDAY, "The storm that hit the coast on Monday is expected to weaken."),
    (WEDNESDAY, "The fair was held from March 3 to 5."),
    (WEDNESDAY, "The court will rule on February 30."),
    (WEDNESDAY, "The court will rule next Friday."),
    (SUNDAY, "The court will rule next week."),
    (SUNDAY, "The court will rule on Sunday."),
    (WEDNESDAY, "The bridge was built in two weeks."),
    (WEDNESDAY, "The owls left more than three days ago."),
    (WEDNESDAY, "Today the tower is a museum."),
    (WEDNESDAY, "The band sang Yesterday in the rain."),
    (WEDNESDAY, "Quill left the day before yesterday."),
    (WEDNESDAY, "These are the leaders of tomorrow."),
    (WEDNESDAY, "Next month, Quill was elected."),
    (WEDNESDAY, "Die Wahl war am Dienstag."),
    (None, "The mayor resigned on Friday."),
]


@pytest.mark.parametrize(("published", "sentence", "expected"), RESOLVED)
def test_days_that_are_clear_are_written_out(published: date, sentence: str, expected: str) -> None:
    words = expected.partition(" (")[0]
    assert with_dates(sentence, sentence, published) == sentence.replace(words, expected)


@pytest.mark.parametrize(("published", "sentence"), LEFT_ALONE)
def test_days_that_are_not_clear_are_left_alone(published: date | None, sentence: str) -> None:
    assert with_dates(sentence, sentence, published) == sentence


def test_phrase_takes_its_direction_from_the_whole_sentence() -> None:
    sentence = "Trump said he plans to speak with Putin on Tuesday about land."
    assert with_dates("Tuesday", sentence, SUNDAY) == "Tuesday (18 March 2025)"
    assert with_dates("on Tuesday", sentence, SUNDAY) == "on Tuesday (18 March 2025)"
    assert with_dates("Tuesday", "Tuesday's talks failed.", SUNDAY) == "Tuesday"


def test_sentence_over_several_lines_is_read_as_one() -> None:
    assert with_dates("last week", "The wardens met\nlast\nweek.", WEDNESDAY) == "last week (10–16 March 2025)"


def test_phrase_that_stands_for_two_days_is_left_alone() -> None:
    sentence = "Quill, who resigned on Tuesday, will speak on Tuesday."
    assert with_dates("Tuesday", sentence, WEDNESDAY) == "Tuesday"
    assert with_dates("Tuesday", "Quill resigned on Tuesday. Tuesday's vote failed.", WEDNESDAY) == "Tuesday"


def test_several_days_of_a_sentence_are_all_written_out() -> None:
    sentence = "Quill resigned on Friday, and the council will meet next month."
    assert with_dates(sentence, sentence, WEDNESDAY) == (
        "Quill resigned on Friday (14 March 2025), and the council will meet next month (April 2025)."
    )


def test_spans_are_those_of_the_words() -> None:
    text = "The mayor resigned on Friday."
    ((start, end, period),) = resolve_dates(text, WEDNESDAY)
    assert (text[start:end], period) == ("Friday", Period(date(2025, 3, 14), date(2025, 3, 14)))


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        (date(2025, 3, 1), date(2025, 3, 1), "1 March 2025"),
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (date(2024, 1, 1), date(2024, 12, 31), "2024"),
        (date(2025, 3, 10), date(2025, 3, 16), "10–16 March 2025"),
        (date(2025, 3, 31), date(2025, 4, 6), "31 March – 6 April 2025"),
        (date(2025, 12, 29), date(2026, 1, 4), "29 December 2025 – 4 January 2026"),
    ],
)
def test_period_is_written_as_short_as_it_is_exact(first: date, last: date, written: str) -> None:
    assert str(Period(first, last)) == written


WORDS = (
    "On in last next this Tuesday Sunday week month weekend March 3 30 May will meet said resigned two days ago "
    "yesterday today to and the a , . ' \""
).split()
TEXTS = st.lists(st.sampled_from(WORDS) | st.characters(exclude_categories=["Cs"]), max_size=20).map(" ".join)


@given(TEXTS, st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_only_notes_are_added_and_days_lie_within_two_years(text: str, published: date) -> None:
    text = one_line(text)  # as a sentence is shown
    spans = resolve_dates(text, published)
    without_notes = with_dates(text, text, published)
    for start, end, period in spans:
        assert 0 <= start < end <= len(text)
        assert published - timedelta(731) < period.first <= period.last < published + timedelta(731)
        for note in (f" ({period})", f" ({period.first.year})"):
            without_notes = without_notes.replace(text[start:end] + note, text[start:end])
    assert without_notes == text
