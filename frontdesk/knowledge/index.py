"""Milvus, and nothing but Milvus: a rebuildable copy of the chunks, searched by a lexical and a dense leg."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient
from pymilvus.exceptions import MilvusException

from frontdesk.errors import Unavailable
from frontdesk.knowledge import lexical
from frontdesk.knowledge.lexical import SparseVector

# It prints a stack trace for every call that fails; what failed reaches our callers as Unavailable.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)

SEARCH_SECONDS = 5.0
WRITE_SECONDS = 30.0
NOT_LOADED = 101  # Milvus' error code
# pymilvus pings every ten seconds, talk or not; a server that takes that for an attack cuts the connection off, and
# the next question with it. A connection of our own is made anew at once when its server is back.
GRPC_OPTIONS = {"grpc.keepalive_permit_without_calls": False, "grpc.use_local_subchannel_pool": 1}

DenseVector = Sequence[float] | NDArray[np.float32]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Row:
    """One chunk as Milvus stores it; without a dense vector only the lexical leg finds it."""

    id: uuid.UUID
    lexical: SparseVector
    dense: DenseVector | None


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that a leg found, with that leg's score: an inner product or a cosine."""

    id: uuid.UUID
    score: float


class Index:
    """The collections. Every method raises Unavailable when Milvus does not answer in time."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._client: MilvusClient | None = None
        self._dimensions: dict[str, int | None] = {}
        self._lock = threading.Lock()
        self._retry_at = 0.0

    def create(self, collection: str, dimensions: int | None) -> None:
        """Make an empty collection, with a dense leg when `dimensions` are given; one of that name goes."""
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=36)
        schema.add_field("lexical", DataType.SPARSE_FLOAT_VECTOR)
        indexes = MilvusClient.prepare_index_params()
        indexes.add_index("lexical", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        if dimensions:
            schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dimensions)
            # Milvus does not store a row without its vector: one that has none yet has a stand-in, and says so.
            schema.add_field("embedded", DataType.BOOL)
            indexes.add_index("dense", index_type="AUTOINDEX", metric_type="COSINE")

        def create(client: MilvusClient) -> None:
            client.drop_collection(collection, timeout=WRITE_SECONDS)
            client.create_collection(
                collection,
                schema=schema,
                index_params=indexes,
                consistency_level="Strong",
                timeout=WRITE_SECONDS,
            )

        self._call(create)

    def drop(self, collection: str) -> None:
        """Remove a collection; one that is not there is as good as removed."""
        self._call(lambda client: client.drop_collection(collection, timeout=WRITE_SECONDS))

    def release(self, collection: str) -> None:
        """Let a collection lie on disk alone; whoever searches it has it read again."""
        self._call(lambda client: client.release_collection(collection, timeout=WRITE_SECONDS))

    def exists(self, collection: str) -> bool:
        """Whether there is such a collection."""
        return self._call(lambda client: client.has_collection(collection, timeout=SEARCH_SECONDS))

    def write(self, collection: str, rows: Sequence[Row]) -> None:
        """Store rows; those with a known id are replaced."""
        if not rows:
            return

        def write(client: MilvusClient) -> None:
            payload = [_payload(row, self._dimensions_of(client, collection)) for row in rows]
            client.upsert(collection, payload, timeout=WRITE_SECONDS)

        self._call(write)

    def forget(self, collection: str, ids: Sequence[uuid.UUID]) -> None:
        """Remove these rows."""
        if ids:
            condition = equals("id", ids)
            self._call(lambda client: client.delete(collection, filter=condition, timeout=WRITE_SECONDS))

    def present(self, collection: str, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
        """Those of the ids that are stored, with a dense vector or without."""
        return self._query(collection, equals("id", ids), len(ids)) if ids else set()

    def not_embedded(self, collection: str, limit: int) -> set[uuid.UUID]:
        """Some of the rows that still need their dense vector."""
        return self._query(collection, "embedded == false", limit)

    def count(self, collection: str) -> int:
        """How many rows are stored."""

        def count(client: MilvusClient) -> int:
            options = {"output_fields": ["count(*)"], "consistency_level": "Strong", "timeout": WRITE_SECONDS}
            return _loaded(client, collection, lambda: client.query(collection, **options))[0]["count(*)"]

        return self._call(count)

    def every(self, collection: str) -> Iterator[Sequence[uuid.UUID]]:
        """The ids of all rows, in pieces."""
        rows = self._call(lambda client: client.query_iterator(collection, batch_size=1000, output_fields=["id"]))
        while batch := self._call(lambda _: rows.next()):
            yield [uuid.UUID(row["id"]) for row in batch]

    def collections(self, prefix: str) -> list[str]:
        """The collections whose names begin so."""
        names = self._call(lambda client: client.list_collections(timeout=SEARCH_SECONDS))
        return [name for name in names if name.startswith(prefix)]

    def search_lexical(self, collection: str, vector: SparseVector, limit: int) -> list[Found]:
        """The rows with the largest inner product, best first; a question without terms finds nothing."""
        return self._search(collection, "lexical", vector, limit) if vector else []

    def search_dense(self, collection: str, vector: DenseVector, limit: int) -> list[Found]:
        """The rows with the largest cosine, best first, of those that have their vector."""
        return self._search(collection, "dense", vector, limit, "embedded == true")

    def self_test(self, dense: Sequence[DenseVector] | None) -> dict[str, bool]:
        """Store a Chinese and an English sentence and find each again by each leg.

        `dense` are the embeddings of SELF_TEST, when there is an embedder. Returns which legs work.
        """
        collection = f"self_test_{uuid.uuid4().hex[:12]}"
        ids = [uuid.uuid4() for _ in SELF_TEST]
        packed = [lexical.pack(lexical.terms(text)) for text in SELF_TEST]
        vectors: Sequence[DenseVector | None] = dense or [None] * len(SELF_TEST)
        self.create(collection, len(dense[0]) if dense else None)
        try:
            self.write(
                collection,
                [
                    Row(i, lexical.stored_vector(terms), vector)
                    for i, terms, vector in zip(ids, packed, vectors, strict=True)
                ],
            )
            corpus = lexical.Corpus.of(packed)
            questions = [
                dict(lexical.question(text, lexical.terms(text), {}, corpus).weights) for text in SELF_TEST
            ]
            legs = {"lexical": self._finds(ids, [self.search_lexical(collection, q, 1) for q in questions])}
            if dense:
                legs["dense"] = self._finds(ids, [self.search_dense(collection, v, 1) for v in dense])
            return legs
        finally:
            self.drop(collection)

    @staticmethod
    def _finds(ids: Iterable[uuid.UUID], results: Iterable[list[Found]]) -> bool:
        return all(found and found[0].id == wanted for wanted, found in zip(ids, results, strict=True))

    def _search(
        self, collection: str, leg: str, vector: SparseVector | DenseVector, limit: int, condition: str = ""
    ) -> list[Found]:
        def search(client: MilvusClient) -> list[dict[str, Any]]:
            return client.search(
                collection,
                data=[vector],
                anns_field=leg,
                limit=limit,
                filter=condition,
                output_fields=["id"],
                consistency_level="Strong",
                timeout=SEARCH_SECONDS,
            )[0]

        hits = self._call(lambda client: _loaded(client, collection, lambda: search(client)))
        return [Found(uuid.UUID(hit["id"]), float(hit["distance"])) for hit in hits]

    def _query(self, collection: str, condition: str, limit: int) -> set[uuid.UUID]:
        def query(client: MilvusClient) -> list[dict[str, Any]]:
            return client.query(
                collection,
                filter=condition,
                limit=limit,
                output_fields=["id"],
                consistency_level="Strong",
                timeout=WRITE_SECONDS,
            )

        rows = self._call(lambda client: _loaded(client, collection, lambda: query(client)))
        return {uuid.UUID(row["id"]) for row in rows}

    def _dimensions_of(self, client: MilvusClient, collection: str) -> int | None:
        if collection not in self._dimensions:
            fields = client.describe_collection(collection, timeout=SEARCH_SECONDS)["fields"]
            dense = [field["params"]["dim"] for field in fields if field["name"] == "dense"]
            self._dimensions[collection] = int(dense[0]) if dense else None
        return self._dimensions[collection]

    def _call(self, verb: Callable[[MilvusClient], Result]) -> Result:
        try:
            return verb(self._connected())
        except (MilvusException, grpc.RpcError, ValueError) as error:
            raise Unavailable(f"Milvus: {error}", code="milvus_unavailable") from error

    def _connected(self) -> MilvusClient:
        # Made late, since making it fails while Milvus is away; once made it finds its way back by itself.
        # One that hangs is not waited for by everybody in turn: the others hear it at once, for as long as it took.
        with self._lock:
            if self._client is None:
                began = time.monotonic()
                if began < self._retry_at:
                    raise Unavailable("Milvus did not answer a moment ago.", code="milvus_unavailable")
                try:
                    self._client = MilvusClient(self._uri, timeout=SEARCH_SECONDS, grpc_options=GRPC_OPTIONS)
                except MilvusException:
                    self._retry_at = 2 * time.monotonic() - began
                    raise
            return self._client


def _payload(row: Row, dimensions: int | None) -> dict[str, object]:
    columns: dict[str, object] = {"id": str(row.id), "lexical": row.lexical}
    if dimensions is not None:
        stand_in = [1.0] + [0.0] * (dimensions - 1)
        columns |= {"dense": stand_in if row.dense is None else row.dense, "embedded": row.dense is not None}
    return columns


def _loaded(client: MilvusClient, collection: str, ask: Callable[[], Result]) -> Result:
    """The answer; a Milvus that was restarted may have its collections on disk only, and reads them first."""
    try:
        return ask()
    except MilvusException as error:
        if error.code != NOT_LOADED:
            raise
    client.load_collection(collection, timeout=WRITE_SECONDS)
    return ask()


SELF_TEST = ("海南可以发货，运费十八元。", "We ship to Hainan for eighteen yuan.")


def equals(field: str, values: Iterable[object]) -> str:
    """A Milvus filter for `field` being one of `values`; the one place where values enter a filter."""
    quoted = ", ".join(json.dumps(str(value), ensure_ascii=False) for value in values)
    return f"{field} in [{quoted}]"
