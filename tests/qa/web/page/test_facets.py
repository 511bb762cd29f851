"""Facets count what each filter would leave, and lead there."""

from datetime import date

from index.catalog.writer import Catalog
from qa.web.page.address import Address
from qa.web.page.facets import facets
from qa.web.page.known import known
from qa.web.page.suggestions import suggestions


def found(catalog: Catalog, address: Address) -> dict[str, dict[str, int]]:
    return {each.name: {value.text: value.count for value in each.values} for each in facets(catalog, address)}


def test_each_value_is_counted_and_leads_to_its_articles(catalog: Catalog) -> None:
    assert found(catalog, Address()) == {
        "Month": {"April 2025": 3, "March 2025": 1},
        "Publisher": {"Harbour Post": 2, "Orsby Weekly": 1},
        "Folder": {"town": 2, "vote": 2},
    }
    for facet in facets(catalog, Address(("Who?",))):
        for value in facet.values:
            assert value.url.startswith("/?q=Who%3F&")


def test_a_facet_counts_what_the_others_leave(catalog: Catalog) -> None:
    april = Address(since=date(2025, 4, 1), until=date(2025, 4, 30))
    counted = found(catalog, april)
    assert counted["Publisher"] == {"Harbour Post": 1, "Orsby Weekly": 1}
    assert counted["Month"] == {"April 2025": 3, "March 2025": 1}
    (month, *_) = facets(catalog, april)
    assert [(value.text, value.is_set, value.url) for value in month.values if value.is_set] == [
        ("April 2025", True, "/")
    ]


def test_what_is_counted_is_what_the_filter_lets_through(catalog: Catalog) -> None:
    for address in (Address(source="Harbour Post"), Address(article="vote/*"), Address(since=date(2025, 4, 15))):
        here = {value.text: value.count for facet in facets(catalog, address) for value in facet.values if value.is_set}
        counted = len(catalog.article_keys(address.only))
        assert here in ({}, {"Harbour Post": counted}, {"vote": counted})


def test_a_folder_tells_what_is_in_it_and_offers_questions_about_that(catalog: Catalog) -> None:
    facts = known(catalog)
    assert (facts.articles, facts.first, facts.last) == (4, "3 March 2025", "21 April 2025")
    assert [file for file, _ in facts.skipped] == ["broken.pdf"]
    offered = suggestions(catalog)
    assert 1 <= len(offered) <= 3
    texts = " ".join(f"{catalog.text_of(each)}" for each in catalog.hashes())
    for line in offered:
        about = line.partition("“")[2].partition("”")[0] or line.partition("about ")[2] or line.partition("mention ")[2]
        assert about.rstrip("?") in texts, line
