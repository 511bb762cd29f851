"""Say at the end of a file which of its parts are no articles, and why."""

from index.formats.extract import UnreadableError

MAX_REASONS = 3
MAX_PLACES = 3
MAX_REASON_CHARS = 70
_KEPT_REASONS = 100


class LeftOut:
    """Counts the parts that are left out by their reasons, in little memory however many they are."""

    def __init__(self, part: str) -> None:
        """Begin for a file whose parts are called `part`, as "record" or "line"."""
        self._part = part
        self._places: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, place: str | None, reason: str) -> None:
        """Note that the part at `place`, if it has one of its own, is left out."""
        if reason not in self._counts and len(self._counts) >= _KEPT_REASONS:
            reason = "other reasons"
        self._counts[reason] = self._counts.get(reason, 0) + 1
        places = self._places.setdefault(reason, [])
        if place and len(places) < MAX_PLACES:
            places.append(place)

    def refuse(self) -> UnreadableError:
        """Give the error for a file of which no part is an article: the first reason says why."""
        reason = next(iter(self._counts), "holds no record")
        place = next(iter(self._places.get(reason, ())), None)
        return UnreadableError(f"{self._part} {place}: {reason}" if place else reason)

    def told(self) -> UnreadableError:
        """Give the error that ends a file whose other parts were read: what is left out, the most frequent first."""
        reasons = sorted(self._counts, key=lambda each: -self._counts[each])
        said = [self._said(reason) for reason in reasons[:MAX_REASONS]]
        if rest := sum(self._counts[reason] for reason in reasons[MAX_REASONS:]):
            said.append(f"{rest} for other reasons")
        return UnreadableError(f"read but for {'; '.join(said)}")

    def _said(self, reason: str) -> str:
        places, count = self._places[reason], self._counts[reason]
        short = reason if len(reason) <= MAX_REASON_CHARS else f"{reason[:MAX_REASON_CHARS]}…"
        if not places:
            return f"{count} {self._part}{'s' * (count > 1)} ({short})"
        more = f" and {count - len(places)} more" if count > len(places) else ""
        return f"{self._part}{'s' * (count > 1)} {', '.join(places)}{more} ({short})"
