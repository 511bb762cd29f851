"""The other side is no answer."""

import pytest

from qa.reading.opposites import says_the_opposite


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("Who voted against the bypass?", "The Liberals voted for the bypass.", True),
        ("Who voted for the bypass?", "The Greens voted firmly against it.", True),
        ("Who voted in favour of the bypass?", "The Greens voted against it.", True),
        ("Who opposes the bypass?", "Shopkeepers support the bypass.", True),
        ("Which is the lowest hill?", "The highest hill is the Orr.", True),
        ("When did the strike begin?", "The strike ended on Monday.", True),
        ("When did the baths open again?", "The baths closed in May.", True),
        ("Which of his plays ended up on the stage in Paris?", "His play began as a letter to Paris.", False),
        ("Where did the two singers grow up?", "Ada Toft and her brother fell in love with Brede.", False),
        ("When did the strike begin?", "Crews started their walkout on Friday; it ended on Monday.", False),
        ("Who voted against the bypass?", "The Liberals voted for it, the Greens voted against it.", False),
        ("Who voted against the bypass?", "Three members did not vote for it.", False),  # denied
        ("Who opposes the bypass?", "No shopkeeper supports it.", False),
        ("Do the Greens support the bypass?", "The Greens oppose the bypass.", False),  # settles it
        ("Who argued for the tax?", "Orr voted against the tax.", False),  # another verb
    ],
)
def test_a_sentence_says_the_opposite(question: str, sentence: str, expected: bool) -> None:
    assert says_the_opposite(question, sentence) is expected
