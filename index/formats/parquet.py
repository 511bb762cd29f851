"""Read the records of Parquet, a batch of rows at a time and only the columns that articles need."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from index.formats.extract import UnreadableError
from index.formats.metadata import bare_name
from index.formats.record_fields import LOST_BYTES, Fields, Record, Values, has_lost_bytes, names_wanted, require_text
from index.formats.text import MAX_LOST_SHARE

PARQUET_BATCH_ROWS = 16  # a row may hold megabytes
MAX_COLUMN_BYTES = 1_000_000_000  # of a row group, uncompressed


def read_parquet(path: Path, fields: Fields) -> Iterator[Record]:
    """Give the rows, numbered from 1.

    Raises:
        UnreadableError: it is damaged, holds no column for a text or one that is far too large, or pyarrow is missing.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UnreadableError('reading Parquet needs an extra: pip install "article-qa[parquet]"') from None
    try:
        with parquet.ParquetFile(path) as table:
            names = table.schema_arrow.names
            wanted = names_wanted(fields)
            texts = Values(dict.fromkeys(names)).texts
            columns = [name for name in names if bare_name(name) in wanted or name in texts]
            if not any(_is_nested(table.schema_arrow.field(name).type) for name in columns):
                require_text(names, fields)
            _refuse_bomb(table.metadata)
            batches = table.iter_batches(PARQUET_BATCH_ROWS, columns=columns)
            rows = chain.from_iterable(map(_rows_of, batches))
            for number, row in enumerate(rows, 1):
                lost = any(isinstance(each, str) and has_lost_bytes(each) for each in row.values())
                yield Record(str(number), row, missing=LOST_BYTES if lost else None)
    except (pyarrow.ArrowException, ValueError, OverflowError) as error:
        raise UnreadableError(f"no Parquet: {error}") from None


def _is_nested(kind: Any) -> bool:
    """Tell whether a column may hold a text below its own name; only its rows show it."""
    from pyarrow import types

    return bool(types.is_nested(kind))


def _refuse_bomb(metadata: Any) -> None:
    """Refuse a file whose columns would be larger in memory than any honest one's."""
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(metadata.num_columns)):
            if column.total_uncompressed_size > MAX_COLUMN_BYTES:
                raise UnreadableError(f"a column inflates to more than {MAX_COLUMN_BYTES // 1_000_000} MB")


def _rows_of(batch: Any) -> Iterator[dict[str, object]]:
    """Give the rows as mappings; a time is written as text, for one of nanoseconds has no other form in Python."""
    from pyarrow import string, types

    columns = [column.cast(string()) if types.is_temporal(column.type) else column for column in batch]
    for values in zip(*(column.to_pylist() for column in columns), strict=True):
        yield dict(zip(batch.schema.names, map(_decoded, values), strict=True))


def _decoded(value: object) -> object:
    """Give bytes as text, as `surrogateescape` reads it; none where they are a picture or the like."""
    if not isinstance(value, bytes):
        return value
    text = value.decode("utf-8", "surrogateescape")
    return "" if "\0" in text or sum(map(has_lost_bytes, text)) > MAX_LOST_SHARE * len(text) else text
