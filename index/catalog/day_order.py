"""Date articles whose day is in doubt, as 03/05/2024 is, by how the folder's other days are written.

Days with points are a kind of their own: 03.05.2024 is the third of May unless the folder has days such as 05.25.2024.
"""

import re
from datetime import date

from index.catalog.writer import Catalog
from index.formats.dates import DAY_FIRST, MONTH_FIRST, WITH_POINTS
from index.formats.metadata import DOUBT, ORDER

SOURCE = "in the order of the folder's other dates"
SOURCE_OF_POINTS = "day first, as dates with points are"

_READINGS = re.compile(rf"({DAY_FIRST}|{MONTH_FIRST}) (\S+)")


def settle_days(catalog: Catalog) -> None:
    """Give the days in doubt the order that all other days in numbers have; none where these disagree, or are none."""
    orders = catalog.values_of(ORDER)
    for article_id, published, sources in catalog.readings_of(DOUBT):
        if sources.get("published", SOURCE) not in (SOURCE, SOURCE_OF_POINTS):
            continue  # another place tells the day beyond doubt
        order, source = _order_of(sources[DOUBT], orders)
        day = dict(_READINGS.findall(sources[DOUBT])).get(order)
        if day != published or (day and sources.get("published") != source):
            others = {name: told for name, told in sources.items() if name != "published"}
            kept = others | {"published": source} if day else others
            catalog.put_day(article_id, date.fromisoformat(day) if day else None, kept)


def _order_of(doubt: str, orders: set[str]) -> tuple[str | None, str]:
    """Give the order that a day in doubt is read in, if there is one, and what tells it."""
    has_points = doubt.endswith(WITH_POINTS)
    known = {order.removesuffix(WITH_POINTS) for order in orders if order.endswith(WITH_POINTS) == has_points}
    if has_points and known <= {DAY_FIRST}:
        return DAY_FIRST, SOURCE_OF_POINTS
    return known.pop() if len(known) == 1 else None, SOURCE
