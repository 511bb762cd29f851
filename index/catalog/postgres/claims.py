"""The files of a sync that several indexers share: each is claimed by one of them, in a lease that ends by itself.

What an indexer claims it reads and embeds alone; nothing of it is written once its lease went to another one.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from threading import Event, Thread
from uuid import uuid4

from index.article_files import SourceFile
from index.catalog.postgres.database import Database
from index.catalog.postgres.migrate import ENDING, lock_key
from index.errors import ArticleQAError, UsageError

LEASE_S = 60.0  # after which the files of an indexer that died are another one's
CLAIMED_FILES = 32  # at most at once, and until they hold so many bytes
CLAIMED_BYTES = 250_000
WRITE_LIMIT_S = 300  # for the transactions of all others that come first
MADE_WITH = ("identity", "reading", "fields")

Row = tuple[str, int, int]  # path, size, mtime_ns


class Claims:
    """One indexer's view of the files that are still to be read."""

    def __init__(self, database: Database, lease_s: float = LEASE_S) -> None:
        self._database = database
        self._lease_s = lease_s
        self._indexer = uuid4().hex
        self._made_with: dict[str, str] = {}

    @property
    def is_underway(self) -> bool:
        """Tell whether a shared sync began that did not end."""
        return bool(self._database.value("select value from meta where key = 'shared'"))

    def plan(self, files: Iterable[SourceFile], is_whole: bool) -> None:
        """Have files read by whoever claims them; in the transaction that begins the sync.

        `is_whole` is false where all that changed since the last sync that ended is what this one writes.
        """
        self._database.execute("delete from claims")
        self._database.execute("delete from written")
        with self._database.copying("copy claims (path, size, mtime_ns) from stdin") as copy:
            for file in files:
                copy.write_row((file.id, file.size, file.mtime_ns))
        self._set_shared("whole" if is_whole else "changes")

    def end(self) -> None:
        """Let the sync be over; in its last transaction."""
        self._set_shared("")

    def left(self) -> tuple[int, int]:
        """Give how many files are still to be written, and their bytes."""
        return self._database.rows("select count(*), coalesce(sum(size), 0)::bigint from claims")[0]  # type: ignore[no-any-return]

    def claim(self) -> list[Row]:
        """Claim some files that nobody reads, or whose lease is over; none where all are being read."""
        with self._database.transaction():
            rows = self._database.rows(
                "select path, size, mtime_ns from claims where ends is null or ends < clock_timestamp() "
                "order by path limit %s for update skip locked",
                (CLAIMED_FILES,),
            )
            claimed = list(_up_to(CLAIMED_BYTES, rows))
            self._lend([path for path, *_ in claimed])
        return claimed

    def held(self, paths: Iterable[str]) -> set[str]:
        """Give those of these files that are still this indexer's, and keep them until the transaction ends.

        Raises:
            UsageError: the index was changed by a program that reads or embeds otherwise.
        """
        if self._made_with != self._facts():
            raise UsageError(
                "The index is being made otherwise by another indexer: run the same version of qa everywhere, with "
                "the same embedder and the same fields, and run it again"
            )
        query = "select path from claims where path = any(%s) and indexer = %s for update"
        held = [path for (path,) in self._database.rows(query, (sorted(paths), self._indexer))]
        self._lend(held)
        return set(held)

    def note(self, added: Sequence[str], updated: Sequence[str], removed: Sequence[str], files: Sequence[str]) -> None:
        """Keep what was written, by article id, and take files off the list that were read to their ends."""
        done = dict.fromkeys(added, "added") | dict.fromkeys(updated, "updated") | dict.fromkeys(removed, "removed")
        self._database.execute(
            "insert into written (id, done) select unnest(%s::text[]), unnest(%s::text[]) on conflict (id) do update "
            "set done = case when written.done = 'added' and excluded.done = 'updated' then 'added' "
            "else excluded.done end",
            (list(done.keys()), list(done.values())),
        )
        self._database.execute("delete from claims where path = any(%s)", (list(files),))

    def note_renamed(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Keep which articles have got another id, old and new."""
        self._database.execute(
            "insert into written (done, was, id) select 'renamed', unnest(%s::text[]), unnest(%s::text[])",
            ([old for old, _ in pairs], [new for _, new in pairs]),
        )

    def written(self) -> list[tuple[str, str, str | None]]:
        """Give what was done to which article by this sync, or by the last one, and its id before where that changed.

        It is added, updated, removed or renamed; in the order of ids.
        """
        return self._database.rows("select done, id, was from written order by id")

    def touched(self) -> set[int] | None:
        """Give the keys of the articles that this sync wrote, None where others may have changed before it."""
        if self._database.value("select value from meta where key = 'shared'") != "changes":
            return None
        return {key for (key,) in self._database.rows("select key from articles join written using (id)")}

    @contextmanager
    def ending(self) -> Iterator[bool]:
        """Be the one who ends the sync, if nobody else is about to; gives whether that is so."""
        key = (lock_key(self._database.schema, ENDING),)
        if not self._database.value("select pg_try_advisory_lock(%s)", key):
            yield False
            return
        try:
            yield True
        finally:
            with suppress(ArticleQAError):  # it is lost with its connection too
                self._database.execute("select pg_advisory_unlock(%s)", key)

    @contextmanager
    def leased(self) -> Iterator[None]:
        """Keep what is claimed in the block leased as long as this process lives; what is not written is given back."""
        self._made_with = self._facts()
        self._database.execute(f"set lock_timeout = '{WRITE_LIMIT_S}s'")
        is_over = Event()
        renewing = Thread(target=self._renew, args=(is_over,), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            is_over.set()
            renewing.join()
            with suppress(ArticleQAError):  # its end comes by itself too
                self._database.execute(
                    "update claims set indexer = null, ends = null where indexer = %s", (self._indexer,)
                )
                self._database.execute("reset lock_timeout")

    def _renew(self, is_over: Event) -> None:
        """Renew the leases on a connection of its own; what is being written at this moment is renewed by that."""
        query = (
            "update claims set ends = clock_timestamp() + %s * interval '1 second' where path in "
            "(select path from claims where indexer = %s for update skip locked)"
        )
        while not is_over.wait(self._lease_s / 4):
            with suppress(ArticleQAError), closing(Database(self._database.url)) as database:
                database.execute(query, (self._lease_s, self._indexer))

    def _lend(self, paths: list[str]) -> None:
        query = (
            "update claims set indexer = %s, ends = clock_timestamp() + %s * interval '1 second' where path = any(%s)"
        )
        self._database.execute(query, (self._indexer, self._lease_s, paths))

    def _facts(self) -> dict[str, str]:
        return dict(self._database.rows("select key, value from meta where key = any(%s)", (list(MADE_WITH),)))

    def _set_shared(self, value: str) -> None:
        query = "insert into meta values ('shared', %s) on conflict (key) do update set value = excluded.value"
        self._database.execute(query, (value,))


def _up_to(most: int, rows: Iterable[Row]) -> Iterator[Row]:
    """Give rows until their sizes reach so many bytes."""
    total = 0
    for row in rows:
        yield row
        total += row[1]
        if total >= most:
            return
