"""Date articles whose day is in doubt, as 03/05/2024 is, by how the folder's other days are written."""

import json
import re
from datetime import date

from index.catalog.writer import Catalog
from index.formats.dates import DAY_FIRST, MONTH_FIRST
from index.formats.metadata import DOUBT, ORDER

SOURCE = "in the order of the folder's other dates"

_READINGS = re.compile(rf"({DAY_FIRST}|{MONTH_FIRST}) (\S+)")


def settle_days(catalog: Catalog) -> None:
    """Give the days in doubt the order that all other days in numbers have; none where these disagree, or are none."""
    orders = catalog.db.execute(
        "select distinct json_extract(sources, ?) from articles where json_extract(sources, ?) is not null",
        (f'$."{ORDER}"', f'$."{ORDER}"'),
    ).fetchall()
    order = str(orders[0][0]) if len(orders) == 1 else None
    doubtful = catalog.db.execute(
        "select id, published, sources from articles where json_extract(sources, ?) is not null", (f'$."{DOUBT}"',)
    ).fetchall()
    for article_id, published, written in doubtful:
        sources: dict[str, str] = json.loads(written)
        if sources.get("published", SOURCE) != SOURCE:
            continue  # another place tells the day beyond doubt
        day = dict(_READINGS.findall(sources[DOUBT])).get(order)
        if day != published:
            sources |= {"published": SOURCE}
            kept = sources if day else {name: source for name, source in sources.items() if name != "published"}
            catalog.put_day(article_id, date.fromisoformat(day) if day else None, kept)
