"""Everything the product raises on purpose.

    ArticleQAError               catch this one; its message says what happened and what to type next
    ├── UsageError               exit 2    a setting, path or question that cannot be used
    │   └── ModelMissingError    exit 2    a model file is not here and could not be fetched
    ├── ModelError               exit 4    the language model failed, refused its key or did not load
    ├── VectorStoreError         exit 12   Chroma, here or on its server, cannot be read or written
    ├── NoArticlesError          exit 10   the folder holds nothing that can be read as an article
    ├── IndexBusyError           exit 11   another process is writing this index
    ├── IndexDamagedError        exit 12   the catalog cannot be read, and nothing can rebuild it
    └── IndexUnreachableError    exit 12   the database that holds the index does not answer, or refuses

An answer that abstains (exit 1) and an index that skipped files (exit 3) are results, not errors. Anything else that
escapes is a bug and keeps its traceback.
"""


class ArticleQAError(Exception):
    """Base of every error that is the user's to mend, caught once, in the command line."""

    exit_code = 2


class UsageError(ArticleQAError):
    """Report a setting, path or question that cannot be used."""


class ModelMissingError(UsageError):
    """Report a model file that is not here, or is not the file its manifest names, and could not be fetched."""


class ModelError(ArticleQAError):
    """Report a language model that does not load, does not answer or refuses the key."""

    exit_code = 4


class NoArticlesError(ArticleQAError):
    """Report a folder without a single readable article."""

    exit_code = 10


class IndexBusyError(ArticleQAError):
    """Report that another process is writing the index."""

    exit_code = 11


class IndexDamagedError(ArticleQAError):
    """Report an index that cannot be read and cannot be rebuilt by itself."""

    exit_code = 12


class IndexUnreachableError(ArticleQAError):
    """Report that the database that holds the index does not answer, or refuses who asks."""

    exit_code = 12


class VectorStoreError(ArticleQAError):
    """Report that Chroma, in its folder or on its server, cannot be read or written; the catalog is whole."""

    exit_code = 12
