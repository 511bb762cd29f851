"""The vectors on a Chroma server: one collection for each index, brought in step in place."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, urlsplit

import httpx

from index.catalog.writer import Catalog
from index.chroma.collection import (
    BATCH_RECORDS,
    REBUILD_SHARE,
    apply,
    audit,
    client_settings,
    compare,
    draw_sample,
    nearest,
    open_collection,
)
from index.errors import UsageError, VectorStoreError
from index.filter import EVERY_RECORD, RecordFilter

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import AdminClient, Client
    from chromadb.api.fastapi import FastAPI

CONNECT_LIMIT_S = 3.0
ANSWER_LIMIT_S = 120.0
# A server may take long to answer, but its machine may not be silent for more than three seconds, as behind a cut.
SILENCE = [
    (level, getattr(socket, name), value)
    for level, name, value in (
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 2),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 3000),
    )
    if hasattr(socket, name)
]
MAX_REASON_CHARS = 300
UNFINISHED = -1

_log = logging.getLogger(__name__)


class ChromaServer:
    """The catalog's vectors in a collection `article-qa-DIGEST`; nothing is connected before the first use.

    The collection's metadata say which `generation` of the catalog it holds, how many `changes` were made since it was
    filled, and in `unsound` why it cannot be searched, if it cannot.
    """

    name = "Chroma"

    def __init__(self, url: str, digest: str) -> None:
        """Name the server by its URL, as in `http://localhost:8000`, and the index by a digest of its own.

        Raises:
            UsageError: that is no URL of a server.
        """
        parts = _split(url)
        self._url = url.rstrip("/")
        self._shown = (
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"  # without a password
        )
        self._name = f"article-qa-{digest}"
        self._client: Client | None = None

    def exists(self) -> bool:
        """Tell whether it was ever filled.

        Raises:
            VectorStoreError: the server does not answer.
        """
        return bool(self._state())

    def is_current(self, catalog: Catalog) -> bool:
        """Tell whether the collection was left in step with this state of the catalog.

        Raises:
            VectorStoreError: the server does not answer.
        """
        return bool(self._state().get("generation") == catalog.generation)

    def is_intact(self) -> bool:
        """Leave the server's files to the server."""
        return True

    def reconcile(self, catalog: Catalog) -> None:
        """Hold exactly the catalog's records, whatever is held now; the caller keeps other writers away.

        Raises:
            VectorStoreError: the server does not answer or failed; the next call goes on.
        """
        with self._telling():
            client = self._connect()
            records = len(catalog.record_ids())
            collection = open_collection(client, self._name)
            state = dict(collection.metadata or {})
            collection.modify(metadata={**state, "generation": UNFINISHED})
            difference = compare(collection, catalog)
            changes = int(cast("int", state.get("changes", 0))) + len(difference)
            filled = changes > REBUILD_SHARE * records
            if filled:
                collection = self._fill_anew(client, catalog)
            else:
                apply(difference, collection, catalog, _batch_limit(client))
            unsound = audit(collection, draw_sample(catalog))
            if unsound and not filled and not state.get("unsound"):
                _log.warning("The Chroma collection %s is filled anew: %s.", self._name, unsound)
                filled = True
                collection = self._fill_anew(client, catalog)
                unsound = audit(collection, draw_sample(catalog))
            if unsound:
                _log.warning("Chroma cannot serve these %d vectors, for %s; it is not used.", records, unsound)
            facts = {"changes": 0 if filled else changes, "unsound": unsound or ""}
            collection.modify(metadata={"generation": catalog.generation, **facts})

    def search(self, vector: list[float], limit: int, only: RecordFilter = EVERY_RECORD) -> dict[str, float]:
        """Give the cosine similarity of the `limit` records of a filter nearest to `vector` by id, best first.

        Raises:
            VectorStoreError: the server does not answer, failed, or cannot serve these vectors.
        """
        with self._telling():
            collection = self._connect().get_collection(self._name, embedding_function=None)
            if unsound := (collection.metadata or {}).get("unsound"):
                raise VectorStoreError(f"The Chroma server at {self._shown} cannot serve these vectors: {unsound}")
            return nearest(collection, vector, limit, only)

    def examine(self, catalog: Catalog) -> tuple[str, str | None]:
        """Say in what state the collection is and, unless it is well, what to do.

        Raises:
            VectorStoreError: the server does not answer.
        """
        state = self._state()
        if state.get("generation") != catalog.generation:
            return (
                f"{self._name} at {self._shown} is behind the catalog, until `qa index` runs or a question is asked",
                None,
            )
        if unsound := state.get("unsound"):
            return f"not used, for {unsound}; the catalog's own vectors are searched", None
        return f"{self._name} at {self._shown}, in step", None

    def close(self) -> None:
        """Close the connections."""
        if self._client:
            for api in _apis(self._client):
                api._session.close()  # which Chroma leaves open
            self._client.close()
            self._client = None

    def _state(self) -> dict[str, Any]:
        """Give the collection's metadata, none when there is no collection."""
        from chromadb.errors import NotFoundError

        with self._telling():
            try:
                return dict(self._connect().get_collection(self._name, embedding_function=None).metadata or {})
            except NotFoundError:
                return {}

    def _connect(self) -> "Client":
        if self._client is None:
            # Chroma's client waits for ever, and cannot be told otherwise before it has connected.
            answer = httpx.get(f"{self._url}/api/v2/heartbeat", timeout=CONNECT_LIMIT_S).raise_for_status()
            if "nanosecond heartbeat" not in answer.text:
                raise ValueError("its answer is not Chroma's")

            import chromadb

            secure = self._url.startswith("https:")
            client = cast("Client", chromadb.HttpClient(self._url, ssl=secure, settings=client_settings()))
            for api in _apis(client):
                api._session.timeout = httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S)
                api._session._transport.close()
                api._session._transport = httpx.HTTPTransport(limits=api.http_limits, socket_options=SILENCE)
            self._client = client
        return self._client

    def _fill_anew(self, client: "Client", catalog: Catalog) -> "Collection":
        client.delete_collection(self._name)
        collection = open_collection(client, self._name)
        collection.modify(metadata={"generation": UNFINISHED})
        apply(compare(collection, catalog), collection, catalog, _batch_limit(client))
        return collection

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what Chroma and the network raise into the product's error, what to do named."""
        try:
            yield
        except Exception as error:
            from chromadb.errors import ChromaError

            # Of an answer that is not Chroma's, its client raises a bare Exception.
            expected = isinstance(error, ChromaError | httpx.HTTPError | ValueError | OSError)
            if not expected and type(error) is not Exception:
                raise
            self.close()
            reason = " ".join(str(error).replace(self._url, self._shown).split()) or type(error).__name__
            raise VectorStoreError(
                f"The Chroma server at {self._shown} failed ({reason[:MAX_REASON_CHARS]}): start it, or set `chroma` "
                "to another one or to nothing, which keeps the vectors in a folder"
            ) from error


def _apis(client: "Client") -> list["FastAPI"]:
    """Give the two connections of a client, one for records and one for databases."""
    databases = cast("AdminClient", client._admin_client)
    return [cast("FastAPI", each) for each in (client._server, databases._server)]


def _batch_limit(client: "Client") -> int:
    return min(BATCH_RECORDS, client.get_max_batch_size())


def _split(url: str) -> SplitResult:
    with suppress(ValueError):  # of a port that is no number, or of half an IPv6 address
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    raise UsageError(f"{url} is no URL of a Chroma server: set `chroma` to one such as http://localhost:8000")
